"""A crew whose messages TensorFlow carries.

``MultiWorkerMirroredStrategy`` meets the others, runs the collectives (over gRPC between CPUs, NCCL
between GPUs) and breaks them off when a worker is gone. Its variables and its optimizer are not
used: Keras 3 has neither for several workers, and its optimizers add up gradients as whole tables.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from deepfm.training.adam import sum_rows


class TensorFlowCrew:
    """The worker of this process among those that ``TF_CONFIG`` names.

    It waits until all are there.
    """

    def __init__(self) -> None:
        self._strategy = tf.distribute.MultiWorkerMirroredStrategy()
        self.rank = int(self._strategy.cluster_resolver.task_id)
        self.size = int(self._strategy.num_replicas_in_sync)

    def gather(self, values: Sequence[float]) -> NDArray[np.float64]:
        """What each worker has: ``[size, k]`` of its ``k`` values, alike for all."""
        told = self._gather(tf.constant([values], tf.float64))
        return told.numpy()  # type: ignore[no-any-return]

    def gather_rows(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Rows ``[n]`` of each worker, one after the other; ``n`` may be another one for each."""
        return self._gather_rows(tf.constant(values)).numpy()  # type: ignore[no-any-return]

    def together(self, what: Callable[..., Any], *values: tf.Tensor) -> Any:
        """What ``what`` gives; in it ``add_up`` and Keras' layers reach the other workers.

        Part of a graph, which makes one step a call: TensorFlow remembers the length of a message
        for as long as the call lasts, so that in a loop inside it all would have to be equal.
        """
        # Inside a graph a tensor has no device of its own, and the collectives ask for one.
        with tf.device(self._strategy.extended.worker_devices[0]):
            placed = [tf.identity(value) for value in values]
        return self._strategy.run(what, args=placed)

    @tf.function(input_signature=[tf.TensorSpec([None, None], tf.float64)])
    def _gather(self, values: tf.Tensor) -> tf.Tensor:
        return self.together(_everyone, values)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
    def _gather_rows(self, values: tf.Tensor) -> tf.Tensor:
        return self.together(_everyone, values)


def add_up(
    dense: Sequence[tf.Tensor], rows: tf.IndexedSlices
) -> tuple[list[tf.Tensor], tf.IndexedSlices]:
    """The sums over all workers; inside of ``together``.

    Args:
        dense: float32, alike in shape for all.
        rows: float32 ``[m, k]`` with int32 indices; each worker has its own number of them.

    Returns:
        The summed tensors; and the rows of all, each index at most once a worker.
    """
    context = tf.distribute.get_replica_context()
    index, place = tf.unique(rows.indices)
    values = sum_rows(rows.values, place, tf.size(index))
    # As bits in one more column, which are moved and never computed with: one message less.
    packed = tf.concat([values, tf.bitcast(index, tf.float32)[:, None]], axis=1)
    packed = context.all_gather(packed, axis=0)
    width = rows.values.shape[1]
    found = tf.IndexedSlices(
        packed[:, :width], tf.bitcast(packed[:, width], tf.int32), rows.dense_shape
    )
    flat = tf.concat([tf.reshape(value, [-1]) for value in dense], axis=0)
    flat = context.all_reduce(tf.distribute.ReduceOp.SUM, flat)
    parts = tf.split(flat, [value.shape.num_elements() for value in dense])
    summed = [tf.reshape(part, value.shape) for part, value in zip(parts, dense, strict=True)]
    return summed, found


def _everyone(values: tf.Tensor) -> tf.Tensor:
    return tf.distribute.get_replica_context().all_gather(values, axis=0)
