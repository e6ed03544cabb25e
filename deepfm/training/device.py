"""Where the training runs."""

from __future__ import annotations


def device_name() -> str:
    """The name of the first GPU, or "CPU"."""
    # Imported here: they take seconds to load, and only the training needs them.
    import keras

    if keras.backend.backend() == "jax":
        import jax

        return "CPU" if jax.default_backend() == "cpu" else str(jax.devices()[0].device_kind)
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        return "CPU"
    return str(tf.config.experimental.get_device_details(gpus[0]).get("device_name", "GPU"))
