"""A session of a Spark Connect server, which is the driver and gives work to workers of its own."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import grpc

from deepfm.errors import InputError
from deepfm.log.address import public
from deepfm.log.cluster_work import Cluster, in_time, in_words, no_worker

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# By itself PySpark asks a server that is gone for ten minutes; so often is a quarter of one.
_RETRIES = 5


class ConnectCluster(Cluster):
    """A session whose driver is the server.

    How many workers there are it does not tell: that they are gone, its owner sees.
    """

    def await_worker(self) -> None:
        """As ``Cluster.await_worker``."""
        with in_words(self.address, self.source):
            in_time(self.session.range(1).count, no_worker(self.address), self.give_up)

    def share(self, value: Any) -> Any:
        """As ``Cluster.share``; it travels with the work."""
        return SimpleNamespace(value=value)

    def send(self, program: Path) -> None:
        """As ``Cluster.send``."""
        self.session.addArtifacts(str(program), pyfile=True)

    def has_worker(self) -> bool:
        """As far as one knows."""
        return True

    def give_up(self) -> None:
        """As ``Cluster.give_up``."""
        self.session.interruptAll()


def connected(address: str, source: Path | str) -> SparkSession:
    """A session of its own with the server at ``address``.

    Args:
        address: ``sc://host:port``, and after ``/;`` what else PySpark takes, such as a token.
        source: what the workers are to read: the path of a file, or the name of a table.

    Raises:
        InputError: what listens there is no such server.
    """
    from pyspark.sql.connect.client import DefaultChannelBuilder
    from pyspark.sql.connect.client.retries import DefaultPolicy
    from pyspark.sql.connect.session import SparkSession as Connected

    too_late = InputError(
        "What listens at {address} does not answer as a Spark Connect server. Correct the address, "
        "or install here the PySpark of the cluster's version.",
        address=public(address),
    )
    with DefaultChannelBuilder(address).toChannel() as channel:
        ready = grpc.channel_ready_future(channel)
        in_time(ready.result, too_late, ready.cancel)
    with in_words(public(address), source):
        session: Any = Connected.builder.remote(address).create()
        session.client.set_retry_policies([DefaultPolicy(max_retries=_RETRIES)])
    found: SparkSession = session
    return found
