"""Where the training runs."""

from __future__ import annotations


def device_name() -> str:
    """The name of the first GPU, or "CPU"."""
    # Imported here: TensorFlow takes seconds to load, and only the training needs it.
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        return "CPU"
    return str(tf.config.experimental.get_device_details(gpus[0]).get("device_name", "GPU"))
