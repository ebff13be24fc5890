"""The index: a store of kept paragraphs that is asked as a crawl goes on.

Knows: how a page of paragraphs is decided against what is stored, and two stores, SQLite and Redis.
Does not know: markup, containers, reports. ``Index`` is the door (``awaiting`` has one for event
loops); ``steps`` is the contract of a store.
"""

from __future__ import annotations

from dedup.index.indexing import Index as Index
from dedup.index.steps import Match as Match
from dedup.index.steps import Met as Met
from dedup.index.steps import Stats as Stats
from dedup.index.steps import StoreError as StoreError
