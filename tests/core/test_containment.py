"""Containment: what is reported is so by brute force, and what stands word for word is found."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import containment as benchmark
from dedup import kernel
from dedup.core import containment, inverted_index, local_alignment
from dedup.core.containment import WIDTH, Contained, best, containments, outermost
from dedup.core.tokens import code_points, tokenise
from dedup.ragged import Ragged, starts_of
from tests.support import brute
from tests.support.places import DEV

NOTICE = (
    "The ferry to the northern islands leaves from the old pier at seven in the morning, and "
    "passengers with bicycles are asked to be there a quarter of an hour early."
)
TOWER = (
    "Nobody had wound the clock in the tower since the great storm, so it went on showing ten "
    "past four while the town around it woke, traded and slept soundly."
)
BRIDGE = (
    "When the council met in autumn it found no money for a second bridge, but enough for paint, "
    "and the first one has been green ever since."
)
LEAD = "As the harbour master told us when we called her office last week on another matter: "
SHORT = "Ten past four since then, they say."
FORMULA = "terms and conditions apply and prices may change without notice at any time"


def share_of(inner: Sequence[object], outer: Sequence[object]) -> float:
    """The share of a row in the best stretch of another, by trying each."""
    size = len(inner)
    starts = range(len(outer) - size + 1)
    return max(brute.common(inner, outer[k : k + size]) for k in starts) / size


def pairs(found: Contained) -> dict[tuple[int, int], float]:
    """The pairs found, with their shares."""
    return dict(
        zip(zip(found.inner.tolist(), found.outer.tolist(), strict=True), found.share, strict=True)
    )


def columns(found: Contained) -> list[tuple[int, int, float, int, int, int, int]]:
    """The pairs found, row by row."""
    return list(zip(*(column.tolist() for column in found[:7]), strict=True))


def check(
    found: Contained, rows: Sequence[Sequence[object]], threshold: float, similar: float
) -> None:
    """Every pair found is a containment, with the share and the stretch that it has."""
    order = list(pairs(found))
    assert order == sorted(set(order))
    assert found.share.dtype == np.float64
    for i, j, share, first, last, before, after in columns(found):
        inner, outer = rows[i], rows[j]
        assert len(inner) < len(outer)
        assert share == share_of(inner, outer) >= threshold
        assert brute.similarity(inner, outer) < similar
        piece = outer[first : last + 1]
        assert len(piece) == last + 1 - first <= len(inner)
        common = brute.common(inner, piece)
        assert common / len(inner) == share
        assert brute.common(inner, piece[1:]) < common
        assert brute.common(inner, piece[:-1]) < common
        assert brute.common(inner[before : len(inner) - after], piece) == common


def check_complete(
    found: Contained, rows: Sequence[Sequence[object]], similar: float, shortest: int
) -> None:
    """Every row that stands word for word in another was found there; for few rows only."""
    assert len(rows) <= inverted_index.MOST
    known = pairs(found)
    for i, inner in enumerate(rows):
        for j, outer in enumerate(rows):
            starts = range(len(outer) - len(inner) + 1)
            if shortest <= len(inner) < len(outer) and any(
                outer[k : k + len(inner)] == inner for k in starts
            ):
                near = brute.similarity(inner, outer) >= similar
                assert ((i, j) in known) != near


@st.composite
def collections(draw: st.DrawFn) -> list[str]:
    """Up to eleven texts, many of them pieces of others, joined, edited and put into others."""
    word = st.sampled_from(["ox", "sea", "pier", "to", "is", "naïve", "ΟΔΟΣ", "日", "本"])
    texts = draw(st.lists(st.lists(word, min_size=4, max_size=16), min_size=1, max_size=4))
    for _ in range(draw(st.integers(0, 7))):
        made = list(draw(st.sampled_from(texts)))
        for _ in range(draw(st.integers(0, 2))):
            made[draw(st.integers(0, len(made) - 1))] = draw(word)
        before = draw(st.one_of(st.lists(word, max_size=12), st.sampled_from(texts)))
        texts.append([*before, *made, *draw(st.lists(word, max_size=6))])
    return [" ".join(text) for text in texts]


@settings(max_examples=40)
@given(
    collections(),
    st.sampled_from([0.6, 0.75, 0.8, 0.9, 0.95, 1.0]),
    st.sampled_from([0.5, 0.8, 0.9, 1.0]),
    st.integers(1, 5),
    st.sampled_from(["words", "chars"]),
)
def test_what_is_found_is_so_and_what_stands_word_for_word_is_found(
    texts: list[str], threshold: float, similar: float, width: int, tokens: str
) -> None:
    rows = [brute.units(text, tokens) for text in texts]
    made = tokenise(texts) if tokens == "words" else code_points(texts)
    found = containments(made, width, threshold, similar, shortest=8)
    some = np.arange(0, len(found.inner), 1 + len(found.inner) // 4)
    check(found.take(some), rows, threshold, similar)
    check_complete(found, rows, similar, shortest=8)


def changed(text: str, *swaps: tuple[str, str]) -> str:
    """Replace words of a text."""
    for old, new in swaps:
        assert f" {old} " in text
        text = text.replace(f" {old} ", f" {new} ")
    return text


def scattered(text: str) -> str:
    """The words of a text, in order, among as many others."""
    other = ["a", "green", "lamp", "stood", "by", "each", "window", "of", "that", "long", "house"]
    return " ".join(
        f"{word} {other[k % len(other)]}" for k, word in enumerate(text.lower().split())
    )


CHINESE = "渡船每天早上七点从老码头开往北方的岛屿，带自行车的乘客请提前一刻钟到达。"
CHINESE_LETTER = f"港务长上周来信告诉我们，夏天的时刻表不变：{CHINESE}特此通知。"
JAPANESE = "北の島へ向かう船は毎朝七時に古い桟橋を出ますので、自転車の方は早めにお越しください。"
JAPANESE_LETTER = f"港の事務所から、夏の時刻表は変わらないとのお知らせです。{JAPANESE}以上です。"
THAI = "เรือไปเกาะทางเหนือออกจากท่าเรือเก่าเวลาเจ็ดโมงเช้าทุกวัน"

SEEN: dict[str, tuple[str, str, float]] = {
    "a lead-in is added": (NOTICE, LEAD + NOTICE, 1.0),
    "something follows": (NOTICE, f"{NOTICE} So the notice says; {FORMULA}.", 1.0),
    "two paragraphs are joined": (TOWER, f"{NOTICE} {TOWER}", 1.0),
    "a quotation stands inside": (TOWER, f"{LEAD}“{TOWER}” {BRIDGE}", 1.0),
    "case and punctuation are other": (TOWER, f"{LEAD}– {TOWER.upper()} – {BRIDGE}", 1.0),
    "one word is another": (changed(TOWER, ("great", "awful")), f"{LEAD}{TOWER} {LEAD}", 29 / 30),
    "one word is left out": (changed(TOWER, ("great", "")), f"{LEAD}{TOWER} {LEAD}", 28 / 29),
    "one word is put in": (TOWER, f"{LEAD}{changed(TOWER, ('great', ''))} {LEAD}", 29 / 30),
    "three words of thirty are others": (
        changed(TOWER, ("wound", "set"), ("great", "awful"), ("woke,", "rose,")),
        f"{BRIDGE} {TOWER}",
        0.9,
    ),
    "it begins before the other does": (f"So: {TOWER}", f"{TOWER} {BRIDGE}", 30 / 31),
    "ideographs are tokens": (CHINESE, CHINESE_LETTER, 1.0),
    "one ideograph is another": (CHINESE.replace("七", "八"), CHINESE_LETTER, 33 / 34),
    "kana are tokens": (JAPANESE, JAPANESE_LETTER, 1.0),
    "Thai has no spaces": (THAI, f"นายท่าแจ้งให้เราทราบเมื่อสัปดาห์ที่แล้วว่า {THAI} ขอบคุณครับ", 1.0),
}  # fmt: skip


@pytest.mark.parametrize(("inner", "outer", "share"), SEEN.values(), ids=SEEN)
def test_contained(inner: str, outer: str, share: float) -> None:
    texts = [BRIDGE, outer, inner, NOTICE.replace("islands", "coast")]
    found = containments(tokenise(texts))
    assert pairs(found)[2, 1] == share
    assert best(found).take(np.flatnonzero(best(found).inner == 2)).outer.tolist() == [1]
    check(found, [brute.words(text) for text in texts], 0.9, 0.8)


def test_the_stretch_says_where_the_row_stands() -> None:
    words = TOWER.split()
    longer = f"{LEAD} {' '.join(words[2:14])} then {' '.join(words[14:-1])} soundly."
    found = containments(tokenise([TOWER, longer]))
    lead = len(brute.words(LEAD))
    assert columns(found) == [(0, 1, 28 / 30, lead, lead + 28, 2, 0)]
    # A word replaced at an end is outside the stretch, but in the place of the row.
    changed_end = TOWER.replace("soundly", "lightly")
    found = containments(tokenise([changed_end, f"{LEAD}{TOWER} {BRIDGE}"]))
    assert columns(found) == [(0, 1, 29 / 30, lead, lead + 28, 0, 1)]


UNSEEN: dict[str, tuple[str, str]] = {
    "its words are scattered over the other": (TOWER, scattered(TOWER)),
    "its words stand there in another order": (TOWER, f"{NOTICE} {' '.join(TOWER.split()[::-1])}"),
    "two halves stand far apart": (TOWER, f"{TOWER[:75]} {BRIDGE} {NOTICE} {TOWER[75:]}"),
    "both hold the same long formula": (f"{NOTICE} {FORMULA}", f"{TOWER} {BRIDGE} {FORMULA}"),
    "half of it stands there": (f"{NOTICE} {TOWER}", f"{LEAD}{TOWER} {BRIDGE} {BRIDGE}"),
    "more than a tenth is other": (
        changed(TOWER, ("wound", "set"), ("great", "awful"), ("woke,", "rose,"), ("ten", "half")),
        f"{BRIDGE} {TOWER}",
    ),
    "it is too short to be evidence": (SHORT, f"{TOWER} {SHORT}"),
    "it has no word": ("***", f"{NOTICE} ***"),
    "it is the same": (TOWER, TOWER),
    "it is a near copy": (TOWER, f"{TOWER} Every day."),
    "it is a near copy that puts one word for another": (changed(TOWER, ("great", "awful")), TOWER),
}  # fmt: skip


@pytest.mark.parametrize(("inner", "outer"), UNSEEN.values(), ids=UNSEEN)
def test_not_contained(inner: str, outer: str) -> None:
    assert pairs(containments(tokenise([inner, outer]))) == {}


def test_characters_forgive_what_words_do_not() -> None:
    scanned = NOTICE.replace("m", "rn").replace("seven", "scven").replace("early", "ear1y")
    texts = [scanned, f"{LEAD}{NOTICE} {FORMULA}"]
    assert pairs(containments(tokenise(texts))) == {}
    found = containments(code_points(texts), WIDTH["chars"], shortest=40)
    assert list(pairs(found)) == [(0, 1)]
    check(found, [brute.characters(text) for text in texts], 0.9, 0.8)


def test_the_threshold_of_similarity_tells_a_near_copy_from_a_containment() -> None:
    texts = [TOWER, f"{TOWER} Every day, and every night too, it seems."]
    score = brute.similarity(*(brute.words(text) for text in texts))
    assert 0.8 < score < 0.9
    assert pairs(containments(tokenise(texts), similar=0.8)) == {}
    assert pairs(containments(tokenise(texts), similar=score)) == {}
    assert pairs(containments(tokenise(texts), similar=0.9)) == {(0, 1): 1.0}


def test_the_shortest_row_that_can_hold_another() -> None:
    # With 27 of 30 words in common the pair is a near copy in 37 words, and not in 38.
    inner = changed(TOWER, ("wound", "set"), ("great", "awful"), ("woke,", "rose,"))
    more = "Every day and every night too, it seems now."
    for words, answer in ((7, {}), (8, {(0, 1): 0.9})):
        outer = f"{TOWER} {' '.join(more.split()[:words])}"
        assert pairs(containments(tokenise([inner, outer]))) == answer


def test_similarity_is_that_of_the_whole_pair() -> None:
    # The last word stands in the other too, but beyond the stretch; both at the border.
    texts = [TOWER.replace("soundly", "then"), f"{LEAD}{TOWER} Then."]
    score = brute.similarity(*(brute.words(text) for text in texts))
    assert score == 60 / (30 + 47)
    assert pairs(containments(tokenise(texts), similar=score)) == {}
    assert pairs(containments(tokenise(texts), similar=score + 0.001)) == {(0, 1): 29 / 30}


@pytest.mark.parametrize("threshold", [0.1, 0.29, 0.55, 0.57, 0.7, 0.9, 0.95, 1.0])
def test_the_fewest_tokens_that_reach_the_threshold(threshold: float) -> None:
    sizes = np.arange(1, 300)
    expected = [next(k for k in range(size + 1) if k / size >= threshold) for size in range(1, 300)]
    assert containment._need(sizes, threshold).tolist() == expected


def contained(*rows: tuple[int, int, float]) -> Contained:
    """A result by hand, with stretches that don't matter."""
    inner, outer, share = (np.array(column) for column in zip(*rows, strict=True))
    return Contained(inner, outer, share, inner, inner, inner, inner, 0)


def test_the_best_outer_row_is_the_one_with_the_highest_share_and_then_the_first() -> None:
    found = best(contained((0, 5, 0.9), (0, 7, 1.0), (0, 9, 1.0), (2, 4, 0.95), (3, 1, 0.9)))
    assert pairs(found) == {(0, 7): 1.0, (2, 4): 0.95, (3, 1): 0.9}


CHAINS: dict[str, tuple[list[int], list[tuple[int, int]], dict[int, int]]] = {
    "a in b, b in c, a in c": ([9, 20, 40], [(0, 1), (0, 2), (1, 2)], {0: 2, 1: 2}),
    "a in b, b in c, a not found in c": ([9, 20, 40], [(0, 1), (1, 2)], {1: 2}),
    "a in b, b in c, c in d": ([9, 20, 40, 80], [(0, 1), (1, 2), (2, 3)], {0: 1, 2: 3}),
    "one in two that stay": ([9, 30, 20], [(0, 1), (0, 2)], {0: 1}),
    "two in one": ([40, 9, 9], [(1, 0), (2, 0)], {1: 0, 2: 0}),
    "each of a hundred in the next": (
        [*range(10, 110)],
        [(k, k + 1) for k in range(99)],
        {k: k + 1 for k in range(0, 99, 2)},
    ),
    "none": ([9, 9], [], {}),
}


@pytest.mark.parametrize(("lengths", "edges", "goes"), CHAINS.values(), ids=CHAINS)
def test_what_goes(lengths: list[int], edges: list[tuple[int, int]], goes: dict[int, int]) -> None:
    found = contained(*((i, j, 1.0) for i, j in edges)) if edges else containments(tokenise([]))
    left = outermost(found, np.array(lengths))
    assert dict(zip(left.inner.tolist(), left.outer.tolist(), strict=True)) == goes


@given(st.lists(st.integers(8, 12), max_size=9), st.data())
def test_what_goes_is_decided_from_the_longest_to_the_shortest(
    lengths: list[int], data: st.DataObject
) -> None:
    count = len(lengths)
    possible = [(i, j) for i in range(count) for j in range(count) if lengths[i] < lengths[j]]
    edges = sorted(data.draw(st.sets(st.sampled_from(possible)))) if possible else []
    order = sorted(range(count), key=lambda k: (-lengths[k], k))
    rank = {row: place for place, row in enumerate(order)}
    stays = brute.first_independent(count, [(rank[i], rank[j]) for i, j in edges])
    found = contained(*((i, j, 1.0) for i, j in edges)) if edges else containments(tokenise([]))
    left = outermost(found, np.array(lengths, dtype=np.int64))
    expected = {i: [j for a, j in edges if a == i and stays[rank[j]]] for i, _ in edges}
    assert dict(zip(left.inner.tolist(), left.outer.tolist(), strict=True)) == {
        i: outers[0] for i, outers in expected.items() if not stays[rank[i]]
    }


def test_the_two_halves_work_in_batches() -> None:
    texts = [BRIDGE, f"{LEAD}{TOWER} {BRIDGE}", TOWER, NOTICE, f"{TOWER} {NOTICE}", CHINESE]
    made = [tokenise([text]) for text in texts]
    rows = [kernel.shingles(one, WIDTH["words"], linked=False) for one in made]
    values = np.concatenate([row.values for row in rows])
    joined = Ragged(values, starts_of(np.array([len(row.values) for row in rows])))
    lengths = np.array([len(one.values) for one in made])
    proposed = containment.propose(joined, lengths)
    whole = containments(tokenise(texts))
    assert len(whole.inner) == 4
    for i, j in zip(proposed.inner.tolist(), proposed.outer.tolist(), strict=True):
        some = containment.verify(tokenise([texts[i], texts[j]]), np.array([0]), np.array([1]))
        assert some.share.tolist() == [pairs(whole)[i, j]] * ((i, j) in pairs(whole))
    # Alignment in small parts gives the same.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(containment, "_TOKENS", 130)
        again = containments(tokenise(texts))
    assert columns(again) == columns(whole)
    assert again.uncompared == 0


def test_pairs_too_long_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [TOWER, changed(NOTICE, ("old", "new")), f"{LEAD}{TOWER} {NOTICE}"]
    assert len(containments(tokenise(texts)).inner) == 2
    monkeypatch.setattr(local_alignment, "MOST_CELLS", 1000 * local_alignment.LEAST_LOOKS)
    found = containments(tokenise(texts))
    assert (pairs(found), found.uncompared) == ({(0, 2): 1.0}, 1)
    monkeypatch.setattr(containment, "_TOKENS", 30)
    found = containments(tokenise(texts))
    assert (pairs(found), found.uncompared) == ({}, 2)


def test_a_template_with_many_lead_ins_costs_no_square() -> None:
    # Each text holds the template, and so do 4,000 others; only the template itself is contained.
    texts = [TOWER] + [f"w{k} x{k} y{k} z{k} " * 4 + TOWER for k in range(4_000)]
    made = tokenise(texts)
    proposed = containment.propose(kernel.shingles(made, 4, linked=False), made.lengths)
    assert len(proposed.inner) + proposed.left_out <= inverted_index.SIGHT
    found = containments(made)
    assert set(found.inner.tolist()) == {0}
    assert best(found).outer.tolist() == [1]


BAD: dict[str, tuple[dict[str, float], str]] = {
    "a threshold of nought": ({"threshold": 0.0}, "threshold is 0.0"),
    "a threshold in percent": ({"threshold": 90.0}, "threshold is 90.0"),
    "a similarity above one": ({"similar": 1.5}, "similar is 1.5"),
}


@pytest.mark.parametrize(("named", "message"), BAD.values(), ids=BAD)
def test_refused(named: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        containments(tokenise(["a"]), **named)  # type: ignore[arg-type]


def test_no_rows() -> None:
    for texts in ([], [""], ["a"], ["", "***"]):
        found = containments(tokenise(texts))
        assert columns(found) == []


def test_the_benchmark_finds_what_it_planted(capsys: pytest.CaptureFixture[str]) -> None:
    benchmark.main(["--paragraphs", "800", "--repeats", "1"])
    found = [line.rsplit("  ", 1)[1].strip() for line in capsys.readouterr().out.splitlines()[-4:]]
    assert found == ["0 of 0", "80 of 80", "1 of 1", "2 of 2"]


def word_for_word(rows: list[list[str]]) -> set[tuple[int, int]]:
    """The rows of eight words or more that stand word for word in another, no near copy of it."""
    holders: dict[tuple[str, ...], set[int]] = {}
    for j, row in enumerate(rows):
        for k in range(len(row) - 7):
            holders.setdefault(tuple(row[k : k + 8]), set()).add(j)
    joined = [f" {' '.join(row)} " for row in rows]
    return {
        (i, j)
        for i, row in enumerate(rows)
        for j in holders.get(tuple(row[:8]), ())
        if joined[i] in joined[j] and 2 * len(row) / (len(row) + len(rows[j])) < 0.8
    }


@pytest.mark.parametrize(
    "name", ["bible_editions", "content_hugo_rust", "ocr_two_scans", "versioned_etcd"]
)
def test_real_text(name: str) -> None:
    path = DEV / name / "units.jsonl"
    if not path.is_file():
        pytest.skip(f"the development set {name} is not at {DEV.parent.name}/{DEV.name}")
    with open(path, encoding="utf-8") as lines:
        texts = list(dict.fromkeys(json.loads(line)["text"] for line in lines))
    rows = [brute.words(text) for text in texts]
    found = containments(tokenise(texts))
    short = [k for k, j in enumerate(found.outer.tolist()) if len(rows[j]) <= 100][:20]
    check(found.take(np.array(short)), rows, 0.9, 0.8)
    assert len(short) >= 10
    known = word_for_word(rows)
    assert len(known - set(pairs(found))) <= 0.02 * len(known)
