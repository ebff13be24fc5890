"""A Scrapy item pipeline that takes out of items the paragraphs that the crawl has seen before.

Knows: items, settings, statistics, and how to wait without blocking the reactor. Does not know: how
a page is cut into paragraphs, and how copies are taken out of it (``repeats``).

    ITEM_PIPELINES = {"dedup.integrations.scrapy.DedupPipeline": 900}

Put it behind all pipelines that drop items. Otherwise the index learns the paragraphs of items that
are dropped later, and takes them for copies when another item has them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple, TypeGuard, TypeVar

from dedup.errors import MissingExtra
from dedup.found import Kind
from dedup.index import Match
from dedup.integrations.repeats import (
    CleanedFields,
    CutPage,
    FieldValue,
    copied_share,
    cut_page,
    take_out,
    without_revisits,
)
from dedup.integrations.scrapy_settings import PipelineSettings, open_index, read_settings, wrong

if TYPE_CHECKING:
    from itemadapter import ItemAdapter
    from scrapy import Spider
    from scrapy.crawler import Crawler
    from scrapy.statscollectors import StatsCollector
    from twisted.internet.defer import Deferred

_LOG = logging.getLogger(__name__)

_T = TypeVar("_T")

#: The finish reason of a crawl that this pipeline has stopped.
_STOPPED = "dedup_wrong_setting"


class _Decision(NamedTuple):
    """What was found for an item, and what is done with it.

    keys: the keys of its paragraphs. matches: a match or None for each paragraph. share: the share
    of its words that stands in copies. drop: whether the item is dropped. answer: the fields
    without their copies.
    """

    keys: list[str]
    matches: list[Match | None]
    share: float
    drop: bool
    answer: CleanedFields


class DedupPipeline:
    """Drops repeated items, takes repeated paragraphs out of items, or notes what items repeat.

    One thread asks the index, item by item in the order of arrival, so the reactor never waits. The
    settings ``DEDUP_*`` are described on the page of the integrations.

    Raises ConfigError for a setting that can't be used, when the crawl starts. The type of items is
    known only when they arrive, so for a field that they lack or that can't be changed, ConfigError
    is raised at the first such item, and the crawl is stopped.
    """

    def __init__(
        self,
        settings: Mapping[str, Any],
        stats: StatsCollector | None = None,
        crawler: Crawler | None = None,
    ) -> None:
        self._settings: PipelineSettings = read_settings(settings)
        self._stats = stats
        self._crawler = crawler
        self._warned: set[str] = set()
        try:
            import itemadapter
            import scrapy.exceptions
        except ImportError as error:
            raise MissingExtra("scrapy", "scrapy") from error
        self._adapter = itemadapter.ItemAdapter
        self._dropped = scrapy.exceptions.DropItem

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> DedupPipeline:
        """Make the pipeline of a crawler. Scrapy calls this."""
        return cls(crawler.settings, crawler.stats, crawler)

    def open_spider(self, spider: Spider | None = None) -> None:
        """Open the index. Raises ConfigError if the settings differ from those of its file."""
        self._index = open_index(self._settings)
        self._thread = ThreadPoolExecutor(1, "dedup")

    def close_spider(self, spider: Spider | None = None) -> None:
        """Close the index."""
        self._thread.shutdown()
        self._index.close()

    async def process_item(self, item: object, spider: Spider | None = None) -> object:
        """Ask the index about an item, and treat the item as the settings say.

        An item without text is returned as it is, and counted. The index learns nothing from an
        item that can't be changed. Raises DropItem for an item that is dropped.
        """
        adapter = self._adapter(item)
        fields = self._fields(adapter)
        if not fields:
            self._count("items/skipped")
            return item
        self._try_writing(adapter, fields)
        asked = self._thread.submit(self._decide, adapter, fields, self._key(adapter))
        decision = await _awaited(asked)
        self._count_matches(decision)
        if decision.drop:
            self._count("items/dropped")
            raise self._dropped(_why(decision))
        if decision.answer.removed and self._settings.action == "drop_paragraphs":
            self._count("items/changed")
        return item

    def _decide(
        self, adapter: ItemAdapter, fields: Mapping[str, FieldValue], key: str
    ) -> _Decision:
        """Ask the index about an item and change the item. Runs in the thread of the index.

        No other item is decided in between. So none is taken for a copy of an item that fails.
        """
        decision = self._ask(fields, key)
        if decision.drop or self._is_emptied(decision.answer):
            return decision._replace(drop=True)
        try:
            if self._settings.action == "drop_paragraphs":
                self._change(adapter, fields, decision.answer)
            if self._settings.annotate is not None:
                notes = [each.to_dict() for each in decision.answer.repeats]
                adapter[self._settings.annotate] = notes
        except Exception:
            self._forget(decision)
            raise
        return decision

    def _try_writing(self, adapter: ItemAdapter, fields: Mapping[str, FieldValue]) -> None:
        """Check that the fields of an item can be changed, by writing what they hold already.

        Raises ConfigError and stops the crawl if not, because every item of the type would fail.
        """
        kind = type(adapter.item).__name__
        if self._settings.action == "drop_paragraphs":
            for name in fields:
                try:
                    adapter[name] = adapter[name]
                except Exception as error:
                    self._stop()
                    raise wrong(
                        "ACTION",
                        f"is 'drop_paragraphs', but field {name!r} of {kind} can't be changed"
                        f" ({error})",
                        "let it be changed, or use 'drop_item'",
                    ) from error
        note = self._settings.annotate
        if note is not None:
            try:
                adapter[note] = []
            except KeyError as error:
                self._stop()
                raise wrong(
                    "ANNOTATE", f"is {note!r}, a field that {kind} doesn't have", "declare it"
                ) from error
            except Exception as error:
                self._stop()
                raise wrong(
                    "ANNOTATE",
                    f"is {note!r}, a field of {kind} that can't be a list ({error})",
                    "let it be one",
                ) from error

    def _stop(self) -> None:
        """Stop the crawl, if it has started and was not stopped here before."""
        crawler, self._crawler = self._crawler, None
        if crawler is None or crawler.engine is None:
            return
        engine: Any = crawler.engine
        _LOG.error("the crawl is stopped, because every item would fail like the first one")
        if hasattr(engine, "close_spider_async"):
            from scrapy.utils.defer import deferred_from_coro

            deferred_from_coro(engine.close_spider_async(reason=_STOPPED))
        else:  # before Scrapy 2.14
            engine.close_spider(crawler.spider, _STOPPED)

    def _forget(self, decision: _Decision) -> None:
        """Remove from the index what it learnt from an item. Runs in the thread of the index.

        If pages share a key, paragraphs of another page are removed too. A copy of those is kept
        when it comes, so nothing is lost.
        """
        for key, match in zip(decision.keys, decision.matches, strict=True):
            if match is None or not match.is_copy:
                self._index.remove(key)

    def _fields(self, adapter: ItemAdapter) -> dict[str, FieldValue]:
        """Return the fields of an item that hold text."""
        found: dict[str, FieldValue] = {}
        for name in self._settings.fields:
            value = adapter.get(name)
            if isinstance(value, tuple):
                value = list(value)
            if _is_text(value):
                found[name] = value
            elif value is not None:
                kind = type(value).__name__
                self._warn(
                    f"field {name!r} holds a {kind}, not text or a list of texts; it is left alone"
                )
        if not found:
            names = ", ".join(self._settings.fields)
            self._warn(f"an item has no text in {names}; it is left as it is")
        return found

    def _key(self, adapter: ItemAdapter) -> str:
        key = adapter.get(self._settings.key)
        if isinstance(key, str):
            return key
        self._warn(f"an item has no text in DEDUP_KEY {self._settings.key!r}; its key is ''")
        return ""

    def _ask(self, fields: Mapping[str, FieldValue], key: str) -> _Decision:
        """Cut an item into paragraphs and ask the index about them.

        Runs in the thread of the index. The index must not learn from an item that is dropped, or
        paragraphs would be copies of what no output holds. So if a share of the words is enough to
        drop an item, the index is queried first and learns only if the item stays. If another
        process adds paragraphs in between, the item is still dropped if all of its words are
        copies.
        """
        if len(self._settings.fields) == 1:
            (value,) = fields.values()
            fields = {"": value}
        page = cut_page(fields, key, self._settings.markup)
        limit = self._settings.drop_share
        if limit is not None and limit < 1.0:
            asked = self._settled(page, self._index.query_many(page.paragraphs))
            share = self._share(page, asked)
            if share >= limit:
                return _Decision(page.keys, asked, share, True, take_out(page, asked))
        matches = self._settled(page, self._index.add_many(page.paragraphs, page.keys))
        share = self._share(page, matches)
        drop = limit is not None and share == 1.0
        return _Decision(page.keys, matches, share, drop, take_out(page, matches))

    def _settled(self, page: CutPage, matches: list[Match | None]) -> list[Match | None]:
        return without_revisits(page, matches, self._settings.revisits, self._index.settings)

    def _share(self, page: CutPage, matches: list[Match | None]) -> float:
        return copied_share(page, matches, self._index.recipe.min_tokens)

    def _is_emptied(self, answer: CleanedFields) -> bool:
        """Say whether the fields of an item have no text left."""
        if self._settings.action != "drop_paragraphs" or not answer.removed:
            return False
        return not any(
            each.strip()
            for value in answer.values.values()
            for each in ([value] if isinstance(value, str) else value)
        )

    def _change(
        self, adapter: ItemAdapter, fields: Mapping[str, FieldValue], answer: CleanedFields
    ) -> None:
        if not answer.removed:
            return
        values = zip(fields, answer.values.values(), strict=True)
        for name, value in values:
            adapter[name] = value
        for each in answer.removed:
            _LOG.debug("%s#%d repeats %s", each.paragraph.source, each.paragraph.first, each.match)

    def _count_matches(self, decision: _Decision) -> None:
        """Count the paragraphs of an item and their matches."""
        self._count("items")
        self._count("paragraphs", len(decision.matches))
        self._count("new", decision.matches.count(None))
        for match in decision.matches:
            if match is not None:
                name = match.kind.name.lower()
                self._count("variants" if match.kind == Kind.VARIANT else f"copies/{name}")

    def _count(self, name: str, number: int = 1) -> None:
        if self._stats is not None:
            self._stats.inc_value(f"dedup/{name}", number)

    def _warn(self, message: str) -> None:
        """Log a warning, if it was not logged before."""
        if message not in self._warned:
            self._warned.add(message)
            _LOG.warning(message)


def _is_text(value: object) -> TypeGuard[FieldValue]:
    entries = value if isinstance(value, list) else [value]
    return all(isinstance(each, str) for each in entries)


def _why(decision: _Decision) -> str:
    first = (*decision.answer.removed, *decision.answer.left)[0].match
    return f"{decision.share:.0%} of its words repeat other items, such as {first.key}"


def _awaited(future: Future[_T]) -> Awaitable[_T]:
    """Make the result of a thread awaitable in the running event loop.

    It is a future of asyncio if its loop is running, and a Deferred with other reactors.
    """
    try:
        return asyncio.wrap_future(future, loop=asyncio.get_running_loop())
    except RuntimeError:
        return _deferred(future)


def _deferred(future: Future[_T]) -> Awaitable[_T]:
    from twisted.internet import defer, reactor

    deferred: Any = defer.Deferred()
    answer: Callable[[Future[_T]], None] = lambda done: reactor.callFromThread(  # noqa: E731
        _fire, deferred, done
    )
    future.add_done_callback(answer)
    awaited: Awaitable[_T] = deferred
    return awaited


def _fire(deferred: Deferred[Any], done: Future[Any]) -> None:
    error = done.exception()
    if error is None:
        deferred.callback(done.result())
    else:
        deferred.errback(error)
