"""How many bytes Spark shuffled, where it publishes that.

Knows: the address where a driver publishes figures of its stages. Does not know: our stages.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import urlopen

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: Seconds to wait for an answer.
_PATIENCE = 20.0


class Shuffled:
    """Counts the bytes written for shuffles. Spark Connect, or a session without UI, has none."""

    def __init__(self, spark: SparkSession) -> None:
        context = None if is_remote(spark) else spark.sparkContext
        address = context.uiWebUrl if context is not None else None
        self._address = None
        if context is not None and address:
            self._address = f"{address}/api/v1/applications/{context.applicationId}/stages"

    def total(self) -> int | None:
        """Sum the bytes that all stages wrote so far; None where that is unknown."""
        if self._address is None:
            return None
        try:
            with urlopen(self._address, timeout=_PATIENCE) as answer:  # noqa: S310
                return sum(int(stage["shuffleWriteBytes"]) for stage in json.load(answer))
        except (URLError, OSError, ValueError, KeyError):
            return None


def is_remote(spark: SparkSession) -> bool:
    """Say whether a session is a client of Spark Connect."""
    return "connect" in type(spark).__module__
