"""What is never changed, and takes out what repeats it: files, or an index.

Knows: that references are read before all else. Does not know: how they are compared.

References are first rid of their own copies, as an index is: what is like one of those only, and
not like the one that was kept, stays.
"""

from __future__ import annotations

from collections.abc import Sequence

from dedup.readers import Options
from dedup.scale import Shard
from dedup.scale.inputs import from_paths


def reference_shards(paths: Sequence[str], markup: str, reading: Options) -> list[Shard]:
    """Make shards of what the paths of references lead to, in order. Raises InputError."""
    return from_paths(paths, markup, reading) if paths else []
