"""A clock in the browser itself, as a driver's own round trips cost more than what is measured."""

from __future__ import annotations

# ``pressed`` is the last click or key; ``first`` is the first figure in numbers or the first table,
# ``changed`` the last change of what is seen: it is drawn in the next frame. What stands inside a
# canvas is for screen readers, and a table writes it 0.2 s after it has painted its cells.
CLOCK = """
window.pressed = window.first = window.changed = 0;
for (const press of ["pointerdown", "keydown"])
  window.addEventListener(press, () => { window.pressed = performance.now(); }, true);
const seen = ({target}) =>
  !(target.closest ? target : target.parentElement)?.closest("canvas");
new MutationObserver(changes => changes.some(seen) && requestAnimationFrame(() => {
  window.changed = performance.now();
  if (!window.first
    && document.querySelector("[data-testid=stMetric], [data-testid=stDataFrame] canvas"))
    window.first = window.changed;
})).observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
"""
