"""All that is asked of an index on a server, for ``store`` to call and ``awaited`` to await.

Knows: nothing by itself. Does not know: connections, rules.
"""

from __future__ import annotations

from dedup.index.redis.contents import Contents
from dedup.index.redis.filling import Filling
from dedup.index.redis.pages import Pages


class Talker(Pages, Filling, Contents):
    """What is asked of one index."""
