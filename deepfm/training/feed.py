"""In which order a training sees its examples, and which of them lie on the device."""

from __future__ import annotations

from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepfm.fields.encoded import Encoded, Examples
from deepfm.training.steps import Steps

# Of the examples that are loaded at once, where they are on the disk; bytes.
BUFFER = 2**28
# Examples that lie side by side there are read together.
_BLOCK = 4096


class Feed:
    """Loads the examples of each epoch, shuffled.

    Those in memory are loaded once. Those on the disk come in buffers: blocks of neighbours are
    drawn at random until they fill one, and are shuffled within it.

    Args:
        steps: loaded.
        train: the examples.
        label: ``[n]``, 0 or 1.
        batch_size: buffers hold whole batches of it, except the last one of an epoch.
    """

    def __init__(self, steps: Steps, train: Examples, label: NDArray[Any], batch_size: int) -> None:
        self._steps, self._train = steps, train
        self._label = label.astype(np.float32)
        self._block = batch_size * max(1, _BLOCK // batch_size)
        self._size = len(train)
        if not isinstance(train, Encoded):
            one = train.take(slice(0, 1))
            block_bytes = self._block * (one.ids.nbytes + one.fraction.nbytes)
            self._size = min(self._size, self._block * max(1, BUFFER // block_bytes))
        self._starts = np.zeros(0, np.int64)
        self._seeds = np.zeros(0, np.int64)
        self._loaded: int | None = None
        self._order = np.zeros(0, np.int32)

    def draw(self, generator: np.random.Generator) -> None:
        """The order of another epoch."""
        if self._size == len(self._train):
            self._order = generator.permutation(self._size).astype(np.int32)
            return
        starts = np.arange(0, len(self._train), self._block)
        # The last block is a short one, so that it must be the last of the epoch.
        self._starts = np.append(generator.permutation(starts[:-1]), starts[-1])
        buffers = ceil(len(self._train) / self._size)
        self._seeds = generator.integers(2**62, size=buffers)
        self._loaded = None

    def end(self, place: int) -> int:
        """Where the buffer ends that holds the ``place``-th example of the epoch."""
        return min(len(self._train), (place // self._size + 1) * self._size)

    def take(self, first: int, last: int) -> NDArray[np.int32]:
        """The ``first``-th to ``last``-th example of the epoch, within one buffer, now loaded.

        Returns:
            Their numbers ``[last - first]`` on the device.
        """
        buffer = first // self._size
        if buffer != self._loaded:
            self._load(buffer)
        start = buffer * self._size
        return self._order[first - start : last - start]

    def _load(self, buffer: int) -> None:
        if self._size == len(self._train):
            self._steps.load(self._train.take(slice(None)), self._label)
        else:
            blocks = self._size // self._block
            starts = np.sort(self._starts[buffer * blocks : (buffer + 1) * blocks])
            places = [slice(start, start + self._block) for start in starts]
            some = [self._train.take(place) for place in places]
            label = np.concatenate([self._label[place] for place in places])
            ids = np.concatenate([one.ids for one in some])
            fraction = np.concatenate([one.fraction for one in some])
            self._steps.load(Encoded(ids, fraction), label)
            generator = np.random.default_rng(self._seeds[buffer])
            self._order = generator.permutation(len(label)).astype(np.int32)
        self._loaded = buffer
