"""The optimizer's steps on the JAX backend.

The data lie on the device once; many whole batches are stepped through inside one compiled call.
The compiler joins the look-up's gradient, Adam and the L2 term into few passes, so that Adam is
exact here for tables of every size; its cost grows with the table.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np
from numpy.typing import NDArray

from deepfm.fields.encoded import Encoded, Examples
from deepfm.fields.fields import OUT_OF_VOCABULARY
from deepfm.model.deepfm import DeepFM
from deepfm.training.settings import TrainingSettings

# A loop of another length would be compiled anew.
_STEPS_A_CALL = 64
_PREDICTION_BATCH = 8192

State = tuple[list[Any], list[Any], list[Any]]


class JaxSteps:
    """Trains a model on resident examples; see ``deepfm.training.steps``."""

    def __init__(self, model: DeepFM, examples: int, settings: TrainingSettings) -> None:
        self.model = model
        # JAX adds up the gradients of equal rows by itself, so the stock optimizer is right.
        self.optimizer = keras.optimizers.Adam(settings.learning_rate)
        model.compile(optimizer=self.optimizer)
        self.optimizer.build(model.trainable_variables)
        self._settings = settings
        self._row_l2 = settings.l2 / examples
        self._sparse_fields = len(model.embedding.sizes) - model.embedding.dense_fields
        self._data: tuple[Any, ...] = ()
        self._key = jax.random.key(settings.seed)
        self._many = jax.jit(self._make_steps, donate_argnums=0)
        self._one = jax.jit(self._make_step, donate_argnums=0)
        self._predict = jax.jit(self._logit)

    def load(self, encoded: Encoded, label: NDArray[np.float32]) -> None:
        """As ``Steps.load``."""
        # The old ones leave the device before the new ones are put there.
        self._data = ()
        with _memory_in_python():
            self._data = tuple(map(jnp.asarray, (encoded.ids, encoded.fraction, label)))

    def run(self, order: NDArray[np.int32]) -> float:
        """Make a step for each batch of ``order`` (example numbers ``[n]``); the last may be short.

        Returns:
            The mean loss of the examples.

        Raises:
            MemoryError: a batch does not fit. The weights are gone then.
        """
        with _memory_in_python():
            return self._run(order)

    def _run(self, order: NDArray[np.int32]) -> float:
        size = self._settings.batch_size
        state, total = self._state(), 0.0
        whole = len(order) // size
        for first in range(0, whole, _STEPS_A_CALL):
            batches = order[first * size : whole * size].reshape(-1, size)[:_STEPS_A_CALL]
            padded = np.zeros((_STEPS_A_CALL, size), np.int32)
            padded[: len(batches)] = batches
            state, loss = self._many(state, padded, len(batches), self._data)
            total += float(loss) * size
        rest = order[whole * size :]
        if len(rest):
            state, loss = self._one(state, rest, self._data)
            total += float(loss) * len(rest)
        self._keep(state)
        return total / len(order)

    def logit(self, encoded: Examples) -> NDArray[np.float32]:
        """The logit ``[n]`` at inference."""
        weights = self._state()[:2]
        pieces = []
        for start in range(0, len(encoded), _PREDICTION_BATCH):
            piece = encoded.take(slice(start, start + _PREDICTION_BATCH))
            # The last piece is filled up, as another shape would be compiled anew.
            missing = ((0, _PREDICTION_BATCH - len(piece)), (0, 0))
            ids, fraction = np.pad(piece.ids, missing), np.pad(piece.fraction, missing)
            with _memory_in_python():
                pieces.append(np.asarray(self._predict(*weights, ids, fraction))[: len(piece)])
        return np.concatenate(pieces)

    @property
    def learning_rate(self) -> float:
        """Of the next step."""
        return float(self.optimizer.learning_rate.value)

    @learning_rate.setter
    def learning_rate(self, value: float) -> None:
        self.optimizer.learning_rate.assign(value)

    def _state(self) -> State:
        return (
            [v.value for v in self.model.trainable_variables],
            [v.value for v in self.model.non_trainable_variables],
            [v.value for v in self.optimizer.variables],
        )

    def _keep(self, state: State) -> None:
        variables = (
            self.model.trainable_variables,
            self.model.non_trainable_variables,
            self.optimizer.variables,
        )
        for kind, values in zip(variables, state, strict=True):
            for variable, value in zip(kind, values, strict=True):
                variable.assign(value)

    def _make_steps(self, state: State, batches: Any, count: Any, data: Any) -> tuple[State, Any]:
        """The first ``count`` of ``batches`` ``[_STEPS_A_CALL, batch size]``; their summed loss."""

        def body(place: Any, carried: tuple[State, Any]) -> tuple[State, Any]:
            state, loss = self._make_step(carried[0], batches[place], data)
            return state, carried[1] + loss

        start = (state, jnp.zeros(()))
        return jax.lax.fori_loop(0, count, body, start)  # type: ignore[no-any-return]

    def _make_step(self, state: State, batch: Any, data: Any) -> tuple[State, Any]:
        trainable, other, optimizer = state
        ids, fraction, label = (column[batch] for column in data)
        inputs = {"ids": self._with_unknown(ids, optimizer), "fraction": fraction}

        def loss_of(trainable: list[Any]) -> tuple[Any, list[Any]]:
            with self.model.deep.in_bfloat16(self._settings.mixed_precision):
                logit, others = self.model.stateless_call(trainable, other, inputs, training=True)
            # log(1 + e^z) - y z, the cross-entropy of a sigmoid, without overflow.
            return jnp.mean(jax.nn.softplus(logit) - label * logit), others

        (loss, other), gradient = jax.value_and_grad(loss_of, has_aux=True)(trainable)
        table = next(
            place
            for place, variable in enumerate(self.model.trainable_variables)
            if variable is self.model.embedding.table
        )
        gradient[table] += self._row_l2 * trainable[table]
        trainable, optimizer = self.optimizer.stateless_apply(optimizer, gradient, trainable)
        return (list(trainable), list(other), list(optimizer)), loss

    def _with_unknown(self, ids: Any, optimizer: list[Any]) -> Any:
        """Turn some known ids into out-of-vocabulary ones."""
        # The first variable of every Keras optimizer counts its steps.
        key = jax.random.fold_in(self._key, optimizer[0])
        sparse = ids[:, : self._sparse_fields]
        hidden = jax.random.uniform(key, sparse.shape) < self._settings.oov_rate
        hidden &= sparse > OUT_OF_VOCABULARY
        return ids.at[:, : self._sparse_fields].set(jnp.where(hidden, OUT_OF_VOCABULARY, sparse))

    def _logit(self, trainable: list[Any], other: list[Any], ids: Any, fraction: Any) -> Any:
        inputs = {"ids": ids, "fraction": fraction}
        return self.model.stateless_call(trainable, other, inputs, training=False)[0]


@contextmanager
def _memory_in_python() -> Iterator[None]:
    """Raise Python's own error where JAX lacks memory."""
    try:
        yield
    except jax.errors.JaxRuntimeError as error:
        if "RESOURCE_EXHAUSTED" not in str(error):
            raise
        raise MemoryError(str(error)) from error
