"""Where the training runs, and why not on a GPU."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from deepfm.language import Sentence

_DRIVER = Path("/proc/driver/nvidia/version")
# CUDA 12, which TensorFlow and JAX are built with, needs it (CUDA compatibility, table 2).
_LEAST_DRIVER = 525


@dataclass(frozen=True)
class Device:
    """What trains.

    Attributes:
        name: the first GPU's, or "CPU".
        memory_mb: of that GPU in MiB, where it is known.
        why_not_gpu: why it is no GPU; None where it is one.
    """

    name: str
    memory_mb: int | None = None
    why_not_gpu: Sentence | None = None


def share_gpu() -> None:
    """Take the GPU's memory as it is needed, not all at once; before a backend is loaded."""
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")


def find_device() -> Device:
    """The first GPU that the backend can use, or the CPU."""
    # Imported here: they take seconds to load, and only the training needs them.
    import keras

    if keras.backend.backend() == "jax":
        import jax

        if jax.default_backend() != "cpu":
            gpu = jax.devices()[0]
            limit = (gpu.memory_stats() or {}).get("bytes_limit")
            return Device(str(gpu.device_kind), limit and limit >> 20)
        return Device("CPU", why_not_gpu=why_not_gpu(driver_version()))
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        return Device("CPU", why_not_gpu=why_not_gpu(driver_version()))
    details = tf.config.experimental.get_device_details(gpus[0])
    return Device(str(details.get("device_name", "GPU")), _memory_of_first_gpu())


def why_not_gpu(driver: str | None) -> Sentence:
    """Why a backend found no GPU, and what to do.

    Args:
        driver: as from ``driver_version``.
    """
    if driver is None:
        return Sentence(
            "There is no NVIDIA driver on this machine. If it has an NVIDIA GPU, install the "
            "driver to train faster."
        )
    if int(driver.split(".")[0]) < _LEAST_DRIVER:
        return Sentence(
            "The NVIDIA driver {found} is too old: {least} or later is needed. Update the driver.",
            found=driver,
            least=_LEAST_DRIVER,
        )
    return Sentence(
        "There is an NVIDIA driver ({found}), but the CUDA libraries are missing or no GPU is "
        "free. Install requirements-gpu.txt, and look at what nvidia-smi says.",
        found=driver,
    )


def driver_version(path: Path = _DRIVER) -> str | None:
    """Version of the NVIDIA driver of this machine; None where there is none."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    found = re.search(r"Kernel Module(?: for \S+)?\s+(\d+[\d.]*)", text)
    return found.group(1) if found else None


def _memory_of_first_gpu() -> int | None:
    """In MiB, as the driver tells; None where it does not."""
    import subprocess

    command = ["nvidia-smi", "--query-gpu=memory.total", "--format=csv,noheader,nounits"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
        return int(told.stdout.splitlines()[0])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return None
