"""The Scrapy pipeline in real crawls of a local site: what stays is what ``find`` keeps."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs
import pytest

import dedup
from tests.support import site
from tests.support.places import ROOT

scrapy = pytest.importorskip("scrapy")

RECIPE = dedup.Recipe.choose(0.8, 0.99, 1_000_000)

#: Crawls a site with the settings given as JSON. Notes each item as it comes to the pipeline, each
#: item that leaves it, each that is dropped, and the stats at the end.
CRAWL = """
import json, sys
import scrapy
from scrapy import signals
from scrapy.crawler import CrawlerProcess
from scrapy.exceptions import CloseSpider
from dedup.integrations.scrapy import DedupPipeline

start, out, given = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
notes = open(out, "a", encoding="utf-8")

def note(what, said):
    notes.write(json.dumps([what, said]) + "\\n")
    notes.flush()

class Noting(DedupPipeline):
    async def process_item(self, item, spider=None):
        note("came", dict(item))
        return await super().process_item(item, spider)

class Pages(scrapy.Spider):
    name = "pages"
    seen = 0
    custom_settings = {"ITEM_PIPELINES": {Noting: 900}}

    @classmethod
    def from_crawler(cls, crawler, *args, **kwargs):
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.left, signals.item_scraped)
        crawler.signals.connect(spider.fell, signals.item_dropped)
        return spider

    async def start(self):
        for request in self.start_requests():
            yield request

    def start_requests(self):
        yield scrapy.Request(start)

    def left(self, item):
        note("left", dict(item))

    def fell(self, item, exception):
        note("fell", {"url": item["url"], "why": str(exception)})

    def parse(self, response):
        paragraphs = response.css("p::text").getall()
        yield {"url": response.url, "text": "\\n".join(paragraphs), "paragraphs": paragraphs}
        for link in response.css("a::attr(href)").getall():
            yield response.follow(link)
        self.seen += 1
        if self.seen == self.settings.getint("PAUSE_AFTER"):
            raise CloseSpider("paused")

settings = {"LOG_LEVEL": "WARNING", "TELNETCONSOLE_ENABLED": False, "ROBOTSTXT_OBEY": False,
            "CONCURRENT_REQUESTS_PER_DOMAIN": 16, "DOWNLOAD_DELAY": 0, **given}
process = CrawlerProcess(settings)
crawler = process.create_crawler(Pages)
process.crawl(crawler)
process.start()
note("stats", {k: v for k, v in crawler.stats.get_stats().items()
               if k.startswith("dedup/") or k == "finish_reason"})
"""


def crawl(start: str, folder: Path, **settings: Any) -> tuple[dict[str, list[Any]], str]:
    """Crawl in a process of its own; give what this crawl noted, and its log."""
    out = folder / f"notes-{len(list(folder.glob('notes-*')))}.jsonl"
    done = subprocess.run(
        [sys.executable, "-c", CRAWL, start, str(out), json.dumps(settings)],
        capture_output=True, encoding="utf-8", cwd=ROOT, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    noted: dict[str, list[Any]] = {"came": [], "left": [], "fell": [], "stats": []}
    for line in out.read_text(encoding="utf-8").splitlines():
        what, said = json.loads(line)
        noted[what].append(said)
    return noted, done.stderr


@pytest.fixture(scope="module")
def pages() -> list[list[str]]:
    return site.make_pages()


@pytest.fixture(scope="module")
def start(pages: list[list[str]]) -> Iterator[str]:
    with site.served(pages) as address:
        yield f"{address}/0"


def kept_of(came: list[dict[str, Any]]) -> tuple[dict[str, list[str]], dedup.Found]:
    """What ``find`` keeps of the paragraphs of each page, in the order in which pages came."""
    texts = [each for item in came for each in item["paragraphs"]]
    found = dedup.find(texts, recipe=RECIPE, workers=1)
    kept, at = {}, 0
    for item in came:
        own = item["paragraphs"]
        kept[item["url"]] = [own[k] for k in range(len(own)) if found.kept[at + k]]
        at += len(own)
    return kept, found


def test_a_crawl_that_was_paused_and_resumed_keeps_what_find_keeps_in_the_order_of_arrival(
    start: str, pages: list[list[str]], tmp_path: Path
) -> None:
    job = tmp_path / "job"
    settings = {"JOBDIR": str(job)}
    first, log = crawl(start, tmp_path, **settings, PAUSE_AFTER=60)
    assert first["stats"][0]["finish_reason"] == "paused", log
    second, log = crawl(start, tmp_path, **settings)
    assert "Traceback" not in log
    came = first["came"] + second["came"]
    assert 60 <= len(first["came"]) < 120
    assert sorted(map(len, (each["paragraphs"] for each in came))) == sorted(map(len, pages))
    kept, found = kept_of(came)
    left = {each["url"]: each["text"] for each in first["left"] + second["left"]}
    fallen = {each["url"] for each in first["fell"] + second["fell"]}
    assert len(left) + len(fallen) == len(pages)
    assert {url: text.splitlines() for url, text in left.items()} == {
        url: paragraphs for url, paragraphs in kept.items() if url not in fallen
    }
    assert not any(kept[url] for url in fallen)
    stats = Counter(first["stats"][0])
    stats.update({k: v for k, v in second["stats"][0].items() if isinstance(v, int)})
    kinds = Counter(dedup.Kind(kind) for kind in found.kind.tolist())
    assert stats["dedup/items"] == len(pages)
    assert stats["dedup/items/dropped"] == len(fallen)
    assert stats["dedup/paragraphs"] == len(found.kept)
    assert stats["dedup/copies/exact"] == kinds[dedup.Kind.EXACT] > 0
    assert stats["dedup/copies/near"] == kinds[dedup.Kind.NEAR] > 0
    assert stats["dedup/variants"] == kinds[dedup.Kind.VARIANT] > 0
    assert stats["dedup/new"] == kinds[dedup.Kind.UNIQUE]
    with dedup.Index(job / "dedup.db", readonly=True) as index:
        assert index.check() == []


def repeated_share(known: Sequence[str], own: Sequence[str]) -> float:
    """Share of the words of a page that stand in copies of what other pages say."""
    found = dedup.find([*known, *own], recipe=RECIPE, workers=1)
    words = [len(each.split()) if len(each.split()) >= 8 else 0 for each in own]
    copies = ~found.kept[len(known) :]
    return sum(n for n, copy in zip(words, copies, strict=True) if copy) / sum(words)


def test_without_asyncio_items_that_mostly_repeat_others_are_dropped_and_nothing_of_them_is_known(
    tmp_path: Path,
) -> None:
    with site.served(site.make_pages(40, seed=3, again=False)) as address:
        noted, log = crawl(
            f"{address}/0",
            tmp_path,
            TWISTED_REACTOR="twisted.internet.selectreactor.SelectReactor",
            DEDUP_ACTION="drop_item",
            DEDUP_DROP_SHARE="0.4",
            DEDUP_FIELDS=["paragraphs"],
            DEDUP_ANNOTATE="repeats",
        )
    assert "Traceback" not in log
    assert len(noted["came"]) == 40
    known: list[str] = []
    kept = []
    for item in noted["came"]:
        if repeated_share(known, item["paragraphs"]) < 0.4:
            kept.append(item["url"])
            known += item["paragraphs"]
    left = {each["url"]: each for each in noted["left"]}
    assert set(left) == set(kept)
    assert 10 < len(kept) < 40
    assert all(
        "% of its words repeat other items, such as http" in each["why"] for each in noted["fell"]
    )
    for item in noted["came"]:
        if item["url"] in left:
            repeats = left[item["url"]].pop("repeats")
            assert left[item["url"]] == item
            assert all(each["text"] == item["paragraphs"][each["first"] - 1] for each in repeats)
    assert noted["stats"][0]["dedup/items/dropped"] == 40 - len(kept)


class Counted:
    """Counts as Scrapy's statistics do."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def inc_value(self, name: str, number: int) -> None:
        self.counts[name] += number


def pipeline(stats: Any = None, **settings: Any) -> Any:
    from scrapy.settings import Settings

    from dedup.integrations.scrapy import DedupPipeline

    return DedupPipeline(Settings(settings), stats)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            {"DEDUP_TRESHOLD": 0.9},
            "DEDUP_TRESHOLD: there is no such setting; did you mean DEDUP_THRESHOLD?",
        ),
        ({"DEDUP_QQQ": 0.9}, "DEDUP_QQQ: there is no such setting; there are DEDUP_INDEX,"),
        ({"DEDUP_THRESHOLD": 1.5}, "DEDUP_THRESHOLD: is 1.5; it must be above 0 and at most 1"),
        ({"DEDUP_THRESHOLD": "much"}, "DEDUP_THRESHOLD: is 'much'; it must be a number"),
        ({"DEDUP_TOKENS": "bytes"}, "DEDUP_TOKENS: is 'bytes'; it must be"),
        ({"DEDUP_MIN_TOKENS": "8.5"}, "DEDUP_MIN_TOKENS: is '8.5'; it must be a whole number"),
        ({"DEDUP_VARIANTS": "drop"}, "DEDUP_VARIANTS: is 'drop'; it must be one of 'report'"),
        ({"DEDUP_STORE_TEXTS": "no"}, "DEDUP_STORE_TEXTS: is 'no'; it must be True or False"),
        ({"DEDUP_STORE_TEXTS": False}, "DEDUP_STORE_TEXTS: is False: without texts"),
        ({"DEDUP_RECALL": 1}, "an index needs a recipe with bands and a recall below 1"),
        ({"DEDUP_ACTION": "drop"}, "DEDUP_ACTION: is 'drop'; it must be one of 'drop_item'"),
        ({"DEDUP_MARKUP": "htm"}, "DEDUP_MARKUP: is 'htm'; it must be one of 'auto', 'lines'"),
        ({"DEDUP_REVISITS": True}, "DEDUP_REVISITS: is True; it must be one of 'remove', 'keep'"),
        ({"DEDUP_DROP_SHARE": 0}, "DEDUP_DROP_SHARE: is 0; it must be a number above 0"),
        ({"DEDUP_FIELDS": "text,"}, "DEDUP_FIELDS: is 'text,'; it must be names of fields"),
        ({"DEDUP_FIELDS": []}, "DEDUP_FIELDS: is []; it must be names of fields"),
        ({"DEDUP_INDEX": 7}, "DEDUP_INDEX: is 7; it must be a path, a URL"),
        ({"DEDUP_ACTION": "annotate", "DEDUP_DROP_SHARE": 0.5}, "DEDUP_DROP_SHARE: is 0.5, but"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(dedup.DedupError) as raised:
        pipeline(**settings)
    assert str(raised.value).startswith("Scrapy settings")
    assert said in str(raised.value)


def test_an_index_of_other_settings_stops_the_crawl_and_the_setting_is_named(
    start: str, tmp_path: Path
) -> None:
    dedup.Index(tmp_path / "seen.db", threshold=0.7).close()
    noted, log = crawl(start, tmp_path, DEDUP_INDEX=str(tmp_path / "seen.db"), DEDUP_THRESHOLD=0.9)
    assert "DEDUP_THRESHOLD: is 0.9, but the index" in log
    assert "was made with 0.7; leave the setting out, or take another DEDUP_INDEX" in log
    assert noted["came"] == []


async def run(pipe: Any, *items: Any) -> list[Any]:
    pipe.open_spider()
    try:
        return [await pipe.process_item(item) for item in items]
    finally:
        pipe.close_spider()


LONG = "the ferry of line 12 leaves the old stone harbour at nine and comes back over the river"
OTHER = "seven lamps stood in the window of the council house all through that long winter"


def test_a_page_met_again_under_its_address_stays_if_that_is_asked_for() -> None:
    page = {"url": "a", "text": f"{LONG}\n\n{OTHER}\n\n{LONG}"}
    again = f"{LONG}\n\n{OTHER}\n"
    first, second = asyncio.run(run(pipeline(DEDUP_REVISITS="keep"), dict(page), dict(page)))
    assert first["text"] == second["text"] == again
    with pytest.raises(scrapy.exceptions.DropItem):
        asyncio.run(run(pipeline(), dict(page), dict(page)))


def test_fields_of_texts_and_of_lists_are_one_page_and_what_holds_no_text_is_passed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    pipe = pipeline(DEDUP_FIELDS="title, body, more", DEDUP_ANNOTATE="notes")
    items: list[Any] = [
        {"url": "a", "title": LONG, "body": (OTHER, LONG), "more": 5},
        {"url": "b", "title": "Short", "body": [LONG.upper(), f"{LONG} again", OTHER[::-1]]},
        {"url": "c", "title": None, "body": 3},
        {"title": "No address", "body": []},
    ]
    a, b, c, d = asyncio.run(run(pipe, *items))
    assert (a["title"], a["body"], a["more"]) == (LONG, [OTHER], 5)
    assert [(n["field"], n["first"], n["key"], n["kind"]) for n in a["notes"]] == [
        ("body", 2, "a#title#1", "exact")
    ]
    assert (b["title"], b["body"]) == ("Short", [OTHER[::-1]])
    assert [(n["first"], n["text"], n["kind"]) for n in b["notes"]] == [
        (1, LONG.upper(), "exact"),
        (2, f"{LONG} again", "near"),
    ]
    assert c == {"url": "c", "title": None, "body": 3}
    assert (d["title"], d["body"], d["notes"]) == ("No address", [], [])
    assert "field 'more' holds a int" in caplog.text
    assert "an item has no text in DEDUP_KEY 'url'" in caplog.text


@pytest.mark.parametrize(
    ("item", "warned"),
    [
        ({"url": "a", "title": LONG, "body": [OTHER]}, False),
        ({"url": "a", "title": LONG}, False),
        ({"url": "a", "body": ["", ""]}, False),
        ({"url": "a"}, True),
        ({"url": "a", "title": None, "body": 3}, True),
    ],
)
def test_only_an_item_without_text_is_said_to_have_none(
    caplog: pytest.LogCaptureFixture, item: dict[str, Any], warned: bool
) -> None:
    stats = Counted()
    asyncio.run(run(pipeline(stats, DEDUP_FIELDS="title, body"), item))
    assert ("an item has no text in title, body; it is left as it is" in caplog.text) == warned
    assert stats.counts["dedup/items/skipped"] == warned
    assert stats.counts["dedup/items"] == (not warned)


def test_items_that_lost_paragraphs_are_counted() -> None:
    stats = Counted()
    first = {"url": "a", "text": f"{LONG}\n\n{OTHER}\n"}
    some = {"url": "b", "text": f"A headline\n\n{LONG}\n"}
    none = {"url": "c", "text": "A headline\n\nAnd a line.\n"}
    asyncio.run(run(pipeline(stats), first, some, none, {**some, "url": "d"}))
    assert stats.counts == {
        "dedup/items": 4, "dedup/items/changed": 2, "dedup/paragraphs": 8, "dedup/new": 6,
        "dedup/copies/exact": 2,
    }  # fmt: skip


class Article(scrapy.Item):  # type: ignore[name-defined,misc]
    """An item without a field for notes."""

    url = scrapy.Field()
    text = scrapy.Field()


@dataclasses.dataclass
class Page:
    """A page without a field for notes."""

    url: str
    text: str


@dataclasses.dataclass(frozen=True)
class Frozen:
    """A page that can't be changed."""

    url: str
    text: str
    dedup: object = None


@attrs.define
class Defined:
    """A page of attrs without a field for notes."""

    url: str
    text: str


@attrs.define
class Checked:
    """A page of attrs whose text must be long, and whose notes must be few."""

    url: str
    text: str = attrs.field(validator=attrs.validators.min_len(100))
    dedup: list[object] = attrs.field(factory=list, validator=attrs.validators.max_len(0))


LACKING = {
    "an Item": (Article, "annotate", "ANNOTATE: is 'dedup', a field that Article doesn't have"),
    "a dataclass": (Page, "annotate", "ANNOTATE: is 'dedup', a field that Page doesn't have"),
    "attrs": (Defined, "annotate", "ANNOTATE: is 'dedup', a field that Defined doesn't have"),
    "frozen, to annotate": (Frozen, "annotate", "ANNOTATE: is 'dedup', .* can't be a list"),
    "frozen, to change": (Frozen, "drop_paragraphs", "ACTION: .* 'text' of Frozen can't be ch"),
}


@pytest.mark.parametrize(("kind", "action", "said"), LACKING.values(), ids=LACKING)
def test_an_item_that_cannot_be_written_to_is_named_and_nothing_of_it_is_learnt(
    kind: Any, action: str, said: str
) -> None:
    async def fail() -> tuple[dict[str, int], Any]:
        stats = Counted()
        pipe = pipeline(stats, DEDUP_ACTION=action, DEDUP_ANNOTATE=None)
        pipe.open_spider()
        with pytest.raises(dedup.DedupError, match=said):
            await pipe.process_item(kind(url="a", text=LONG))
        held = pipe._index.stats().paragraphs
        later = await pipe.process_item({"url": "b", "text": LONG})
        pipe.close_spider()
        return {**stats.counts, "held": held}, later

    counts, later = asyncio.run(fail())
    assert counts["held"] == 0
    assert counts["dedup/items"] == 1
    assert later["text"] == LONG
    assert not later.get("dedup")


@pytest.mark.parametrize(("action", "text"), [("drop_paragraphs", "text"), ("annotate", "dedup")])
def test_nothing_is_learnt_of_an_item_that_fails_when_it_is_changed(action: str, text: str) -> None:
    async def fail() -> Any:
        pipe = pipeline(DEDUP_ACTION=action, DEDUP_ANNOTATE="dedup")
        pipe.open_spider()
        await pipe.process_item({"url": "a", "text": LONG})
        with pytest.raises(ValueError, match=f"Length of '{text}'"):
            await pipe.process_item(Checked("b", f"{LONG}\n\n{OTHER}"))
        later = await pipe.process_item({"url": "c", "text": f"{OTHER}\n\n{LONG[::-1]}"})
        pipe.close_spider()
        return later

    later = asyncio.run(fail())
    assert (later["text"], later["dedup"]) == (f"{OTHER}\n\n{LONG[::-1]}", [])


ITEMS = """
import dataclasses, json, sys
import scrapy
from scrapy.crawler import CrawlerProcess

@dataclasses.dataclass
class Page:
    url: str
    text: str

class Pages(scrapy.Spider):
    name = "pages"
    custom_settings = {"ITEM_PIPELINES": {"dedup.integrations.scrapy.DedupPipeline": 900}}

    async def start(self):
        for request in self.start_requests():
            yield request

    def start_requests(self):
        for number in range(200):
            yield scrapy.Request(f"data:text/plain,{number}", dont_filter=True)

    def parse(self, response):
        yield Page(response.url, f"page {response.text} says nothing that another page says too")

process = CrawlerProcess({"LOG_LEVEL": "ERROR", "TELNETCONSOLE_ENABLED": False,
                          "DEDUP_ACTION": "annotate", "DEDUP_INDEX": sys.argv[1]})
crawler = process.create_crawler(Pages)
process.crawl(crawler)
process.start()
print(json.dumps({k: v for k, v in crawler.stats.get_stats().items() if isinstance(v, int | str)}))
"""


def test_a_crawl_of_items_without_the_field_for_notes_is_stopped_at_the_first(
    tmp_path: Path,
) -> None:
    path = tmp_path / "seen.db"
    done = subprocess.run(
        [sys.executable, "-c", ITEMS, str(path)],
        capture_output=True, encoding="utf-8", cwd=ROOT, check=False, timeout=120,
    )  # fmt: skip
    stats = json.loads(done.stdout)
    assert stats["finish_reason"] == "dedup_wrong_setting", done.stderr
    assert "DEDUP_ANNOTATE: is 'dedup', a field that Page doesn't have; declare it" in done.stderr
    assert done.stderr.count("the crawl is stopped") == 1
    assert stats["downloader/request_count"] < 100
    assert "item_scraped_count" not in stats
    with dedup.Index(path, readonly=True) as index:
        assert index.stats().paragraphs == 0


def test_items_are_answered_in_their_order_while_many_wait() -> None:
    async def crowd() -> list[Any]:
        pipe = pipeline(DEDUP_ACTION="annotate")
        pipe.open_spider()
        items = [{"url": f"{number}", "text": LONG} for number in range(50)]
        answers = await asyncio.gather(*map(pipe.process_item, items))
        pipe.close_spider()
        return answers

    answers = asyncio.run(crowd())
    assert answers[0]["dedup"] == []
    assert {each["dedup"][0]["key"] for each in answers[1:]} == {"0#1"}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"DEDUP_TTL": 60}, "DEDUP_TTL: is for an index on Redis; in a file use prune"),
        (
            {"DEDUP_INDEX": "redis://localhost:1/0", "DEDUP_DURABLE": True},
            "DEDUP_DURABLE: is for a",
        ),
    ],
)
def test_a_setting_that_is_not_of_this_kind_of_index_is_named(
    settings: dict[str, Any], said: str
) -> None:
    with pytest.raises(dedup.DedupError, match=said):
        pipeline(**settings).open_spider()


def test_an_index_that_fails_says_so_to_scrapy(tmp_path: Path) -> None:
    pipe = pipeline()
    pipe.open_spider()
    pipe._index.close()
    with pytest.raises(dedup.StoreError, match="it was closed"):
        asyncio.run(pipe.process_item({"url": "a", "text": LONG}))
    pipe.close_spider()


def test_an_item_is_dropped_where_no_text_is_left_or_as_much_of_it_repeats_as_was_said() -> None:
    first = {"url": "a", "text": f"{LONG}\n\n{OTHER}\n"}
    headed = {"url": "b", "text": f"A headline\n\n{LONG}\n"}
    bare = {"url": "c", "text": f"{OTHER}\n\n{LONG}\n"}
    _, left = asyncio.run(run(pipeline(), first, dict(headed)))
    assert left["text"] == "A headline\n"
    with pytest.raises(scrapy.exceptions.DropItem, match=r"100% of its words repeat .* a#3"):
        asyncio.run(run(pipeline(), first, dict(bare)))
    with pytest.raises(scrapy.exceptions.DropItem, match=r"100% of its words repeat .* a#1"):
        asyncio.run(run(pipeline(DEDUP_DROP_SHARE=1), first, dict(headed)))
