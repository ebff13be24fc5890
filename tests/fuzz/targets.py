"""All targets by name. Does not know: what they do."""

from __future__ import annotations

from collections.abc import Mapping

from tests.fuzz import comparing, keeping, reading
from tests.fuzz.target import Target

#: In the order in which they take their turns.
TARGETS: Mapping[str, Target] = {
    each.name: each
    for each in (
        reading.READERS, reading.SEGMENTERS, keeping.ROUND_TRIPS, comparing.FIND, comparing.EXPLAIN,
        keeping.INDEX, keeping.LEFT, keeping.CONFIG, keeping.BASELINE, keeping.COMMANDS,
    )
}  # fmt: skip
