"""The index: a store of kept paragraphs that pipelines query page by page.

Knows: how a page of paragraphs is decided against what is stored; two stores, SQLite and Redis.
Does not know: markup, containers, reports. ``index.Index`` is what users call, ``aio.AsyncIndex``
the same for event loops; ``protocol`` is the contract of a store.
"""

from __future__ import annotations

from dedup.index.index import Index as Index
from dedup.index.protocol import Match as Match
from dedup.index.protocol import Met as Met
from dedup.index.protocol import Stats as Stats
from dedup.index.protocol import StoreError as StoreError
