"""A Scrapy item pipeline that takes out of items what the crawl has met before.

Knows: items, settings, stats, and how to wait without holding up the reactor. Does not know: how a
page is cut and put together (``repeats``).

    ITEM_PIPELINES = {"dedup.integrations.scrapy.DedupPipeline": 900}

It belongs behind the pipelines that drop items: what a dropped item said would be known as met.
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

#: What Scrapy gives as the reason of a crawl that was stopped here.
_STOPPED = "dedup_wrong_setting"


class _Verdict(NamedTuple):
    """What the index said of a page.

    keys: of its paragraphs; matches: a match or None for each of them; share: that of the words in
    copies; drop: whether the item goes for it; answer: the fields without copies.
    """

    keys: list[str]
    matches: list[Match | None]
    share: float
    drop: bool
    answer: CleanedFields


class DedupPipeline:
    """Drops items, drops paragraphs in them, or notes beside them what the crawl has met before.

    The index is asked by one thread, item after item in the order in which they come; the reactor
    never waits for it. Settings are ``DEDUP_*``, see the page of the integrations. Raises
    ConfigError for a setting that can't be used, when the crawl starts; for a field that items lack
    or that can't be written to, at the first such item, and then the crawl is stopped. Scrapy
    learns of what type items are only when they come.
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
        """Make the pipeline of a crawler, as Scrapy does."""
        return cls(crawler.settings, crawler.stats, crawler)

    def open_spider(self, spider: Spider | None = None) -> None:
        """Open the index. Raises ConfigError where the settings are not its own."""
        self._index = open_index(self._settings)
        self._thread = ThreadPoolExecutor(1, "dedup")

    def close_spider(self, spider: Spider | None = None) -> None:
        """Close the index."""
        self._thread.shutdown()
        self._index.close()

    async def process_item(self, item: object, spider: Spider | None = None) -> object:
        """Ask the index about an item and do with it what the settings say.

        Raises DropItem for an item that goes. What isn't text is passed through, and counted.
        Nothing is learnt of an item that can't be written to.
        """
        adapter = self._adapter(item)
        fields = self._fields(adapter)
        if not fields:
            self._count("items/skipped")
            return item
        self._try_writing(adapter, fields)
        asked = self._thread.submit(self._decide, adapter, fields, self._key(adapter))
        verdict = await _awaited(asked)
        self._tell(verdict)
        if verdict.drop:
            self._count("items/dropped")
            raise self._dropped(_why(verdict))
        if verdict.answer.removed and self._settings.action == "drop_paragraphs":
            self._count("items/changed")
        return item

    def _decide(self, adapter: ItemAdapter, fields: Mapping[str, FieldValue], key: str) -> _Verdict:
        """Ask the index about an item and write the answer to it; in the thread of the index.

        No other item is asked about in between, so none is taken for a copy of one that fails.
        """
        verdict = self._ask(fields, key)
        if verdict.drop or self._is_emptied(verdict.answer):
            return verdict._replace(drop=True)
        try:
            if self._settings.action == "drop_paragraphs":
                self._change(adapter, fields, verdict.answer)
            if self._settings.annotate is not None:
                notes = [each.to_dict() for each in verdict.answer.repeats]
                adapter[self._settings.annotate] = notes
        except Exception:
            self._forget(verdict)
            raise
        return verdict

    def _try_writing(self, adapter: ItemAdapter, fields: Mapping[str, FieldValue]) -> None:
        """Write what stands in an item anyway, so that one that refuses it is met in time.

        Raises ConfigError and stops the crawl: no item of that type could be given out.
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
        """Stop the crawl, if it is one that was begun and isn't stopped yet."""
        crawler, self._crawler = self._crawler, None
        if crawler is None or crawler.engine is None:
            return
        engine: Any = crawler.engine
        _LOG.error("the crawl is stopped: no item could be given out, see the error of the first")
        if hasattr(engine, "close_spider_async"):
            from scrapy.utils.defer import deferred_from_coro

            deferred_from_coro(engine.close_spider_async(reason=_STOPPED))
        else:  # before Scrapy 2.14
            engine.close_spider(crawler.spider, _STOPPED)

    def _forget(self, verdict: _Verdict) -> None:
        """Take out of the index what it learnt of an item; in the thread of the index.

        Where pages share a key, what another one said under it is forgotten too: a copy of that
        is then kept, and nothing is lost.
        """
        for key, match in zip(verdict.keys, verdict.matches, strict=True):
            if match is None or not match.is_copy:
                self._index.remove(key)

    def _fields(self, adapter: ItemAdapter) -> dict[str, FieldValue]:
        """Give the fields of an item that hold text."""
        found: dict[str, FieldValue] = {}
        for name in self._settings.fields:
            value = adapter.get(name)
            if isinstance(value, tuple):
                value = list(value)
            if _is_text(value):
                found[name] = value
            elif value is not None:
                kind = type(value).__name__
                self._warn(f"field {name!r} holds a {kind}, not text or a list of texts: passed")
        if not found:
            self._warn(f"an item has no text in {', '.join(self._settings.fields)}: passed through")
        return found

    def _key(self, adapter: ItemAdapter) -> str:
        key = adapter.get(self._settings.key)
        if isinstance(key, str):
            return key
        self._warn(f"an item has no text in DEDUP_KEY {self._settings.key!r}: its key is ''")
        return ""

    def _ask(self, fields: Mapping[str, FieldValue], key: str) -> _Verdict:
        """Cut an item, ask the index about it and put it together; in the thread of the index.

        Nothing of an item that goes may be stored, or its words would be known but nowhere to be
        found. So where a part of the words is enough to drop it, the index is asked before it
        learns; what another process adds in between only counts if it has said it all.
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
                return _Verdict(page.keys, asked, share, True, take_out(page, asked))
        matches = self._settled(page, self._index.add_many(page.paragraphs, page.keys))
        share = self._share(page, matches)
        drop = limit is not None and share == 1.0
        return _Verdict(page.keys, matches, share, drop, take_out(page, matches))

    def _settled(self, page: CutPage, matches: list[Match | None]) -> list[Match | None]:
        return without_revisits(page, matches, self._settings.revisits, self._index.settings)

    def _share(self, page: CutPage, matches: list[Match | None]) -> float:
        return copied_share(page, matches, self._index.recipe.min_tokens)

    def _is_emptied(self, answer: CleanedFields) -> bool:
        """Say whether nothing is left of an item."""
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

    def _tell(self, verdict: _Verdict) -> None:
        """Count what was said of a page."""
        self._count("items")
        self._count("paragraphs", len(verdict.matches))
        self._count("new", verdict.matches.count(None))
        for match in verdict.matches:
            if match is not None:
                name = match.kind.name.lower()
                self._count("variants" if match.kind == Kind.VARIANT else f"copies/{name}")

    def _count(self, name: str, number: int = 1) -> None:
        if self._stats is not None:
            self._stats.inc_value(f"dedup/{name}", number)

    def _warn(self, message: str) -> None:
        """Warn of something once."""
        if message not in self._warned:
            self._warned.add(message)
            _LOG.warning(message)


def _is_text(value: object) -> TypeGuard[FieldValue]:
    entries = value if isinstance(value, list) else [value]
    return all(isinstance(each, str) for each in entries)


def _why(verdict: _Verdict) -> str:
    first = (*verdict.answer.removed, *verdict.answer.left)[0].match
    return f"{verdict.share:.0%} of its words repeat other items, such as {first.key}"


def _awaited(future: Future[_T]) -> Awaitable[_T]:
    """Turn the answer of a thread into what may be awaited here.

    That is a future of asyncio where its loop runs, and a Deferred under other reactors.
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
