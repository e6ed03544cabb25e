"""The server in numbers, in the form that monitoring systems read (OpenMetrics 1.0)."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from deepfm.errors import InputError
from deepfm.runs.home import home, is_id
from deepfm.runs.members import workspaces
from deepfm.runs.status import State, read_status

CONTENT_TYPE = CONTENT_TYPE_LATEST
_DAMAGED = "damaged"


def open_metrics() -> bytes:
    """Runs by state, logs and workspaces of the whole server, and the room on its disk.

    It reads the status of every run.
    """
    registry = CollectorRegistry()
    registry.register(_Server())
    told: bytes = generate_latest(registry)  # type: ignore[no-untyped-call]
    return told


class _Server(Collector):
    """Asked anew at each reading; nothing is counted along."""

    def collect(self) -> Iterator[Metric]:
        found = list(workspaces())
        folders = [run for one in found for run in _ids(one.runs)]
        states = Counter(map(_state, folders))
        runs = GaugeMetricFamily("deepfm_runs", "Runs that are kept, by state", labels=["state"])
        for state in (*get_args(State), _DAMAGED):
            runs.add_metric([state], states[state])
        yield runs
        logs = sum(len(_ids(one.logs)) for one in found)
        yield GaugeMetricFamily("deepfm_logs", "Logs that are kept", logs)
        yield GaugeMetricFamily("deepfm_workspaces", "Workspaces", len(found))
        if home().is_dir():
            disk = shutil.disk_usage(home())
            name = "Room left on the disk of the home folder"
            yield GaugeMetricFamily("deepfm_disk_free_bytes", name, disk.free, unit="bytes")
            name = "Size of that disk"
            yield GaugeMetricFamily("deepfm_disk_size_bytes", name, disk.total, unit="bytes")


def _state(run: Path) -> str:
    try:
        return read_status(run).state
    except InputError:
        return _DAMAGED


def _ids(parent: Path) -> list[Path]:
    return [path for path in parent.iterdir() if is_id(path.name)] if parent.is_dir() else []
