"""``streamlit run app.py``: the server; what it shows is in ``pages/``.

The main script is ``pages/frame.py``, not this one: beside a main script Streamlit takes a folder
called ``pages`` for its multipage apps of old, and whoever opens a new server by the address of a
page would get that page without its frame.
"""

from pathlib import Path

import streamlit as st

from pages.shared.routes import ROUTES
from pages.shared.show import unexpected

app = st.App(
    Path(__file__).parent / "pages" / "frame.py", routes=ROUTES, on_script_error=unexpected
)
