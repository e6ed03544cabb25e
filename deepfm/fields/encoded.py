"""Examples as the model reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


class Examples(Protocol):
    """Encoded examples, wherever they lie."""

    def __len__(self) -> int: ...

    def take(self, index: NDArray[Any] | slice) -> Encoded:
        """The examples at ``index``, in memory."""
        ...


@dataclass(frozen=True)
class Encoded:
    """Rows of the embedding table for each example.

    Attributes:
        ids: int32 ``[n, F]``, for each field a row of the field's own part of the table; sparse
            fields first, then dense ones.
        fraction: float32 ``[n, D]`` for the last ``D`` fields, the dense ones: how far the number
            lies between row ``id`` (0) and row ``id + 1`` (1).
    """

    ids: NDArray[np.int32]
    fraction: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, index: NDArray[Any] | slice) -> Encoded:
        """The examples at ``index``."""
        return Encoded(self.ids[index], self.fraction[index])
