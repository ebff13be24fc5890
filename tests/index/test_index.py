"""The index keeps what ``find`` keeps, does what a plain list does, and says what it holds."""

from __future__ import annotations

import json
import random
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dedup
from dedup.index import index as index_module
from dedup.index import settings as index_settings
from dedup.index.decision import decide_page
from dedup.index.page import MOST_ROWS, SketchedPage
from dedup.index.protocol import Answer as StoreAnswer
from dedup.index.protocol import Step, Write, drive
from dedup.index.sqlite import cache
from tests.conftest import DEV_SETS
from tests.support import laws, places
from tests.support.index_model import Clock, check_law_4, feed, names, small_buckets, stress

LONG = "the ferry of line 12 leaves the old stone harbour at nine and comes back over the river"
EDITED = "the ferry of line 12 leaves the old harbour at nine and comes back over the river"
OTHER = "seven lamps stood in the window of the council house all through that long winter"


@pytest.fixture(autouse=True)
def _small_ring(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let bands be sorted into the file after some hundred paragraphs."""
    monkeypatch.setattr(cache, "RING", 512)


variants_modes = st.sampled_from(["report", "remove", "ignore"])


@given(
    laws.text_lists(40), laws.thresholds, variants_modes, st.lists(st.integers(0, 40), max_size=6)
)
@settings(max_examples=60)
def test_an_index_fed_in_pages_keeps_what_find_keeps(
    texts: list[str], threshold: float, variants: str, cuts: list[int]
) -> None:
    recipe = laws.BANDED
    with dedup.Index(":memory:", recipe, threshold=threshold, variants=variants) as index:
        answers = feed(index, texts, cuts)
        assert index.check() == []
    found = dedup.find(texts, threshold, recipe=recipe, variants=variants, workers=1)
    check_law_4(answers, found)


@pytest.fixture(scope="module", params=DEV_SETS)
def real_texts(request: pytest.FixtureRequest) -> list[str]:
    """The texts of each set of real text in turn; skips where they are absent."""
    path = places.DEV / request.param / "units.jsonl"
    if not path.is_file():
        pytest.skip(f"the development set {request.param} is not there")
    return [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()]


def test_an_index_of_real_text_keeps_what_find_keeps(real_texts: list[str], tmp_path: Path) -> None:
    recipe = dedup.Recipe.choose(0.8, 0.99, 100_000)
    draw = random.Random(5)
    keys = names(len(real_texts))
    answers: list[dedup.Match | None] = []
    at = 0
    while at < len(real_texts):
        with dedup.Index(tmp_path / "seen.db", recipe) as index:
            for _ in range(25):
                end = at + draw.choice([1, 7, 20, 300])
                answers += index.add_many(real_texts[at:end], keys[at:end])
                at = end
    with dedup.Index(tmp_path / "seen.db") as index:
        assert index.check() == []
        assert index.stats().recent < 2048
    check_law_4(answers, dedup.find(real_texts, recipe=recipe, workers=1))


@pytest.mark.parametrize("variants", ["report", "remove"])
def test_a_template_filled_in_a_thousand_times_keeps_what_find_keeps(variants: str) -> None:
    texts = [laws.template(number) for number in range(1000)]
    with dedup.Index(":memory:", laws.BANDED, threshold=0.7, variants=variants) as index:
        answers = feed(index, texts, range(0, 1000, 90))
        assert index.check() == []
    found = dedup.find(texts, 0.7, recipe=laws.BANDED, variants=variants, workers=1)
    check_law_4(answers, found)


def test_characters_are_compared_where_the_recipe_says_so() -> None:
    recipe = dedup.Recipe.choose(0.8, 0.99, 100_000, tokens="chars")
    texts = [LONG, LONG.replace("stone", "stcne"), OTHER, LONG.replace("e", "c")]
    with dedup.Index(":memory:", recipe) as index:
        answers = feed(index, texts, [2])
    check_law_4(answers, dedup.find(texts, recipe=recipe, workers=1))


def test_misread_words_are_judged_as_find_judges_them() -> None:
    # A word of much the same letters is a misreading where characters are compared, and another
    # word elsewhere; one pair is judged alone, three together.
    recipe = dedup.Recipe.choose(0.8, 0.99, 100_000, tokens="chars")
    scans = [LONG.replace("harbour", word) for word in ("hanbouk", "hazbouz", "hasboun")]
    for texts in ([LONG, scans[0]], [LONG, *scans]):
        with dedup.Index(":memory:", recipe) as index:
            answers = feed(index, texts, [1])
        found = dedup.find(texts, recipe=recipe, workers=1)
        assert not found.kept[1:].any()
        check_law_4(answers, found)


def test_without_texts_copies_are_found_all_the_same(
    real_texts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "RING", 2048)
    recipe = dedup.Recipe.choose(0.8, 0.99, 100_000)
    with dedup.Index(":memory:", recipe, variants="remove", store_texts=False) as index:
        answers = feed(index, real_texts, range(0, len(real_texts), 400))
        assert index.check() == []
        with pytest.raises(ValueError, match="stores no texts"):
            index.texts("p0")
    check_law_4(answers, dedup.find(real_texts, recipe=recipe, variants="remove", workers=1))


@pytest.mark.parametrize("seed", range(6))
def test_an_index_does_what_a_plain_list_does(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_buckets(monkeypatch)
    path = tmp_path / "seen.db"
    stress(seed, lambda **wanted: dedup.Index(path, **wanted))


def test_add_tells_new_from_copy_from_variant() -> None:
    with dedup.Index() as index:
        assert index.add(LONG, "a") is None
        assert index.add(LONG.upper() + "!", "b") == dedup.Match("a", 1.0, dedup.Kind.EXACT)
        near = index.add(EDITED, "c")
        assert near is not None
        assert (near.key, near.kind, near.is_copy) == ("a", dedup.Kind.NEAR, True)
        variant = index.add(LONG.replace("12", "14"), "d")
        assert variant is not None
        assert (variant.key, variant.kind, variant.is_copy) == ("a", dedup.Kind.VARIANT, False)
        assert index.add("too short", "e") is None
        assert [m.key for m in index.counts()] == ["a", "d"]
        assert index.counts("a")[0].count == 3
        assert len(index) == 2


def test_a_query_neither_stores_nor_counts() -> None:
    with dedup.Index() as index:
        assert index.query_many([LONG, LONG]) == [None, None]
        index.add(LONG, "a")
        assert index.query(LONG) == dedup.Match("a", 1.0, dedup.Kind.EXACT)
        assert index.counts("a")[0].count == 1


def test_what_was_removed_is_new_again_and_its_text_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "seen.db"
    with dedup.Index(path, store_texts=False, variants="remove") as index:
        index.add_many([LONG, OTHER], ["a", "b"])
        assert index.remove("a") == 1
        assert index.remove("a") == 0
        assert index.query(EDITED) is None
        assert index.query(OTHER) is not None
        assert index.check() == []
        assert index.stats().removed == 1
        index.compact()
        assert index.stats().removed == 0
        assert index.check() == []
        assert index.add(LONG, "c") is None


def test_prune_by_age_and_by_number() -> None:
    clock = Clock()
    with dedup.Index(clock=clock) as index:
        index.add(LONG, "a")
        clock.now += 100
        index.add(OTHER, "b")
        clock.now += 100
        assert index.prune(older_than=timedelta(seconds=300)) == 0
        assert index.prune(older_than=150.0) == 1
        assert [m.key for m in index.counts()] == ["b"]
        moment = datetime.fromtimestamp(clock.now - 100, UTC)
        assert index.prune(older_than=moment) == 0
        index.add(LONG, "c")
        assert index.prune(max_items=1) == 1
        assert [m.key for m in index.counts()] == ["c"]
        assert index.prune(max_items=0) == 1
        assert len(index) == 0


@pytest.mark.parametrize(("left", "held"), [(900, 100), (700, 0), (1000, 0)])
def test_pruning_much_drops_it_from_the_buckets(
    left: int, held: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_module, "_HELD", 50)
    texts = [" ".join(f"w{k}x{n}" for n in range(12)) for k in range(1000)]
    with dedup.Index() as index:
        index.add_many(texts, names(1000))
        assert index.prune(max_items=left) == 1000 - left
        assert (index.stats().paragraphs, index.stats().removed) == (left, held)


def test_an_option_of_a_server_is_none_of_a_file() -> None:
    with pytest.raises(ValueError, match=r"ttl is for an index on Redis; in a file use prune"):
        dedup.Index(ttl=60)


def test_stats_say_what_was_chosen() -> None:
    with dedup.Index(expected=10_000_000) as index:
        index.add_many([LONG, LONG, OTHER], names(3))
        held = index.stats()
    assert (held.paragraphs, held.met, held.recent) == (2, 3, 2)
    assert held.settings["rows"] == dedup.Recipe.choose(count=10_000_000).rows
    assert held.settings["threshold"] == 0.8
    assert held.expected_recall >= 0.99
    assert 0 < held.texts < held.size


def test_an_index_is_laid_out_for_a_million_unless_told() -> None:
    with dedup.Index() as index:
        assert index.recipe == dedup.Recipe.choose(count=1_000_000)
    with dedup.Index(expected=10) as index:
        assert index.recipe.bands > 0


def test_threshold_one_stores_no_bands_and_finds_the_same_words() -> None:
    with dedup.Index(threshold=1.0) as index:
        answers = index.add_many([LONG, LONG + ".", EDITED], names(3))
        assert [m and m.kind for m in answers] == [None, dedup.Kind.EXACT, None]
        assert index.check() == []


def test_paragraphs_are_compared_by_their_prose() -> None:
    with dedup.Index() as index:
        index.add(LONG, "a")
        marked = dedup.Paragraph(f"<p>{LONG}</p>", prose=LONG)
        assert index.query_many([marked])[0] == dedup.Match("a", 1.0, dedup.Kind.EXACT)


class _Reluctant:
    """A store that refuses the first write, another writer having been quicker."""

    def __init__(self, index: dedup.Index, page: SketchedPage) -> None:
        self.index, self.page, self.asked = index, page, [""]

    def unit(self, write: bool) -> AbstractContextManager[None]:
        return self.index._unit(write)

    def answer(self, step: Step) -> StoreAnswer:
        self.asked.append(type(step).__name__)
        if isinstance(step, Write) and self.asked.count("Write") == 1:
            drive(self.index._store, decide_page(self.index.settings, self.page))
            return False
        return self.index._store.answer(step)


def test_a_page_whose_write_is_refused_is_decided_again() -> None:
    with dedup.Index() as index:
        ((_, page),) = index._paginator.pages([LONG, OTHER], ["a", "b"])
        ((_, quicker),) = index._paginator.pages([EDITED], ["c"])
        store = _Reluctant(index, quicker)
        with store.unit(write=True):
            matches = drive(store, decide_page(index.settings, page))
        assert [each and each.key for each in matches] == ["c", None]
        assert store.asked[1:] == ["Look", "Write", "Look", "Fetch", "Write"]
        assert [(m.key, m.count) for m in index.counts()] == [("c", 2), ("b", 1)]
        assert index.check() == []


def test_large_pages_are_decided_in_blocks_and_stored_together() -> None:
    texts = [f"{OTHER} number{k} x{k} y{k} z{k} q{k} r{k}" for k in range(3 * MOST_ROWS)] * 2
    with dedup.Index(threshold=0.95) as index:
        answers = index.add_many(texts, names(len(texts)))
        assert [m is None for m in answers] == [True] * (3 * MOST_ROWS) + [False] * (3 * MOST_ROWS)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"threshold": 0.0}, "threshold is 0.0"),
        ({"threshold": "high"}, "threshold is 'high'"),
        ({"variants": "drop"}, "variants is 'drop'"),
        ({"recall": 1.0}, "needs a recipe with bands"),
        ({"store_texts": False}, "needs variants='remove'"),
        ({"store_texts": False, "variants": "remove", "tokens": "chars"}, "needs texts"),
    ],
)
def test_settings_that_can_t_be_are_refused(arguments: dict[str, object], message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        dedup.Index(":memory:", **arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("texts", "keys", "message"),
    [
        (LONG, ["a"], "texts is one text"),
        ([LONG], "a", "keys is one key"),
        ([LONG, 3], ["a", "b"], r"texts\[1\] is a int"),
        ([LONG], [3], r"keys\[0\] is a int"),
        ([LONG], [], "keys has 0 entries"),
        ([LONG], ["\ud800"], r"keys\[0\] is"),
    ],
)
def test_pages_that_can_t_be_are_refused_whole(texts: object, keys: object, message: str) -> None:
    with dedup.Index() as index:
        with pytest.raises((ValueError, TypeError), match=message):
            index.add_many(texts, keys)  # type: ignore[arg-type]
        assert len(index) == 0


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"threshold": 0.9}, "threshold is 0.9 instead of 0.8"),
        ({"variants": "ignore"}, "variants is 'ignore' instead of 'report'"),
        ({"tokens": "chars"}, "tokens is 'chars' instead of 'words'"),
        ({"min_tokens": 3}, "min_tokens is 3 instead of 8"),
        ({"recipe": dedup.Recipe(seed=7, bands=29, permutations=87)}, "seed is 7 instead of 1"),
    ],
)
def test_another_recipe_is_refused_with_the_fields_named(
    arguments: dict[str, object], field: str, tmp_path: Path
) -> None:
    dedup.Index(tmp_path / "seen.db").close()
    with pytest.raises(dedup.RecipeMismatch, match=field):
        dedup.Index(tmp_path / "seen.db", **arguments)  # type: ignore[arg-type]


def test_settings_are_written_down_and_read_back() -> None:
    chosen = index_settings.Settings(dedup.Recipe(), 0.7, "ignore", True)
    assert index_settings.Settings.from_dict(chosen.to_dict()) == chosen
    with pytest.raises(ValueError, match="the settings are"):
        index_settings.Settings.from_dict({"threshold": 0.7})
