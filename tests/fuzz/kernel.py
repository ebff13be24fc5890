"""Hand the kernel arrays at random, to be run with a library that tells of every wrong access.

Knows: what each function promises of any bytes, rows and sizes. Does not know: the package above
the kernel, how the library was built (``.ci/sanitize`` builds one with ASan and UBSan).

    python -m tests.fuzz.kernel --inputs 100000 --seed 1

An input is a row, pair or key that was handed to a function. Arrays are exactly as long as they
are said to be. Bytes are pieces of real scripts, cut anywhere, with random bytes among them.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

from dedup import kernel
from dedup.core.lexicon import lexicon
from dedup.encoded import Encoded
from dedup.ragged import Ragged, starts_of
from tests.support import kernel_calls, plain
from tests.support.kernel_calls import BAD_SIZE, NO_ROOM, Family, ragged, rows_of
from tests.support.scripts import SCRIPTS

Draw = np.random.Generator

#: Bytes that have led decoders and tokenisers astray.
_ODD = [
    text.encode("utf-8", "surrogatepass")
    for text in (
        *("-\n", "\u00ad\n", "\u00ad", "\u200d", "\u0301", "\u0345", "\u0e49", "\u3099", "\uff9e"),
        *(
            "می ",
            " ها",
            "نمی ",
            "\ufdfa",
            "\ud800",
            "\udfff",
            "\U0010ffff",
            "\u0958",
            "ᾳ",
            "ﬃ",
            "İ",
        ),
        *(
            "\u1100\u1161\u11a8",
            "\u0378",
            "x" * 9,
            "\x00",
            "\u0344" * 20,
            "日本",
            "か\u3099",
            "\r\n",
        ),
    )
] + [b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xff", b"\xe2\x82", b"\xf0\x9f", b"\x80"]

_TEXTS = [text.encode() for script in SCRIPTS.values() for text in script.paragraphs]

#: Sizes that no array has.
_EXTREMES = (-1, 0, 1, 2**31 - 1, 2**31, 2**32, 2**60, 2**62, 2**63 - 1, -(2**31), -(2**63))


def bytes_of(draw: Draw, size: int) -> bytes:
    """Write about so many bytes of pieces of text, some of them damaged."""
    parts: list[bytes] = []
    left = size
    while left > 0:
        kind = draw.integers(0, 10)
        if kind < 6:
            text = _TEXTS[draw.integers(len(_TEXTS))]
            begin = int(draw.integers(len(text)))
            parts.append(text[begin : begin + int(draw.integers(1, 200))])
        elif kind < 9:
            parts.append(_ODD[draw.integers(len(_ODD))] * int(draw.integers(1, 4)))
        else:
            parts.append(draw.bytes(int(draw.integers(1, 30))))
        left -= len(parts[-1])
    raw = np.frombuffer(b"".join(parts), dtype=np.uint8).copy()
    if draw.random() < 0.5:
        places = draw.integers(0, len(raw), len(raw) // int(draw.integers(10, 300)))
        raw[places] = draw.integers(0, 256, len(places))
    return raw.tobytes()


def starts_in(draw: Draw, size: int, rows: int) -> NDArray[np.int64]:
    """Cut anywhere: rising places from 0 to ``size``."""
    return np.sort(np.concatenate(([0, size], draw.integers(0, size + 1, rows - 1))))


def tokens_of(draw: Draw, rows: int, most: int) -> Ragged[np.uint64]:
    """Draw rows of tokens: of few values, of any, of values that share a place in a table."""
    lengths = draw.integers(0, most + 1, rows)
    count = int(lengths.sum())
    values = draw.integers(0, int(draw.choice([2, 9, 300, 2**63])), count, dtype=np.uint64)
    if draw.random() < 0.3:
        values <<= np.uint64(draw.integers(0, 64))
    return Ragged(values, starts_of(lengths))


def fuzz_read(draw: Draw) -> int:
    """Read rows in every mode, with too little room and enough; one of them alone again."""
    raw, rows = bytes_of(draw, 20_000), 1_000
    starts = starts_in(draw, len(raw), rows)
    folded, units, places = (bool(each) for each in draw.integers(0, 2, 3))
    whole = kernel_calls.read(raw, starts, folded, units, places)
    assert whole.result == whole.value_starts[-1] >= 0
    assert (np.diff(whole.value_starts) >= 0).all()
    assert (np.diff(whole.normal_starts) >= 1).all()
    values, lengths = whole.values[: whole.result], np.diff(whole.value_starts)
    assert (lengths[whole.special == 1] == 0).all()
    assert ((values & np.uint64(3)) < 3).all()
    points = np.diff(whole.unit_starts)
    assert (whole.units[: whole.unit_starts[-1]] < 0x110000).all()
    assert not units or ((points >= lengths) & ((points > 0) == (lengths > 0))).all()
    if places:
        begin, end = whole.begin[: whole.result], whole.end[: whole.result]
        sizes = np.repeat(np.diff(whole.normal_starts), lengths)
        assert ((begin >= 0) & (begin < end) & (end < sizes)).all()
    room = (int(draw.integers(0, 2 * len(raw))), int(draw.integers(0, len(raw))))
    small = kernel_calls.read(raw, starts, folded, units, not places, room)
    assert small.result in (whole.result, NO_ROOM)
    row = int(draw.integers(rows))
    some = raw[starts[row] : starts[row + 1]]
    alone = kernel_calls.read(some, np.array([0, len(some)]), folded, units)
    assert alone.values[: alone.result].tolist() == (
        values[whole.value_starts[row] : whole.value_starts[row + 1]].tolist()
    )
    if not (folded or alone.special[0]):
        text = plain.decoded(some).encode("utf-8", "surrogatepass")
        again = kernel_calls.read(text, np.array([0, len(text)]), folded, units)
        assert again.values[: again.result].tolist() == alone.values[: alone.result].tolist()
        count = int(again.unit_starts[-1])
        assert again.units[:count].tolist() == alone.units[: alone.unit_starts[-1]].tolist()
    draw.shuffle(starts)
    if (np.diff(starts) < 0).any():
        assert kernel_calls.read(raw, starts, room=room).result in (BAD_SIZE, NO_ROOM)
    return 2 * rows


def fuzz_paragraphs(draw: Draw) -> int:
    """Cut texts by each rule, at once and alone, with too little room and enough."""
    parts = [bytes_of(draw, int(draw.integers(1, 400))) for _ in range(20)]
    ends = [
        b"\n",
        b"\n\n",
        b"\r",
        b"\r\n",
        b"\f",
        b"\xc2\x85",
        b"\xe2\x80\xa9",
        b"\xef\xbb\xbf",
        b" ",
    ]
    raw = b"".join(
        ends[draw.integers(len(ends))] * int(draw.integers(1, 3)) + part for part in parts
    )
    count, rule = int(draw.integers(1, 9)), int(draw.integers(3))
    starts, before = starts_in(draw, len(raw), count), tuple(draw.integers(0, 3, 2).tolist())
    whole = kernel_calls.paragraphs(raw, starts, rule, packed=len(raw), before=before)
    assert whole.result == whole.starts[-1] >= 0
    begin, end, start, stop, first, last = whole.rows.tolist()
    assert whole.texts == [raw[a:b] for a, b in zip(begin, end, strict=True)]
    for text in range(count):
        rows = slice(*whole.starts[text : text + 2].tolist())
        edges = [each for pair in zip(begin[rows], end[rows], strict=True) for each in pair]
        assert edges == sorted({*edges, int(starts[text]), int(starts[text + 1])} & {*edges})
        assert all(starts[text] <= each <= starts[text + 1] for each in edges)
        alone = kernel_calls.paragraphs(
            raw[starts[text] : starts[text + 1]], np.array([0, starts[text + 1] - starts[text]]),
            rule, before=before,
        )  # fmt: skip
        assert alone.rows[2:].tolist() == whole.rows[2:, rows].tolist()
    assert all(a <= b for a, b in zip(start, stop, strict=True))
    assert all(0 < a <= b for a, b in zip(first, last, strict=True))
    room = (int(draw.integers(0, 2 * whole.result + 1)), int(draw.integers(0, len(raw) + 1)))
    small = kernel_calls.paragraphs(raw, starts, rule, *room, before=before)
    assert small.result in (whole.result, NO_ROOM)
    extreme = int(draw.choice(_EXTREMES))
    bad = kernel_calls.paragraphs(raw, starts, rule, before=(extreme, 0)).result
    assert bad >= 0 or (bad == BAD_SIZE and not 0 <= extreme <= 2**61)
    draw.shuffle(starts)
    if (np.diff(starts) < 0).any():
        assert kernel_calls.paragraphs(raw, starts, rule).result == BAD_SIZE
    return count


def fuzz_remove(draw: Draw) -> int:
    """Take paragraphs out of texts, at once and with too little room; write lines of them."""
    raw, count = bytes_of(draw, int(draw.integers(1, 2_000))), int(draw.integers(1, 9))
    starts = starts_in(draw, len(raw), count)
    cut = kernel_calls.paragraphs(raw, starts, int(draw.integers(3)))
    going = np.flatnonzero(draw.random(cut.result) < draw.random())
    spans = cut.rows[:2]
    whole = kernel_calls.remove(raw, starts, spans, cut.starts, going)
    assert (0 if not len(going) else 1) <= whole.result <= len(going)
    before_begin, before_end, after_begin, after_end = whole.places
    assert (before_end == spans[0, going]).all()
    assert (after_begin == spans[1, going]).all()
    gone = np.zeros(len(raw) + 1, dtype=np.int64)
    np.add.at(gone, before_begin, 1)
    np.add.at(gone, after_end, -1)
    inside = np.cumsum(gone)[:-1]
    assert set(inside.tolist()) <= {0, 1}
    for text, rest in enumerate(whole.rests):
        span = slice(*starts[text : text + 2].tolist())
        left = np.frombuffer(raw[span], dtype=np.uint8)[inside[span] == 0].tobytes()
        assert rest == (left if inside[span].any() else b"")
    small = kernel_calls.remove(
        raw, starts, spans, cut.starts, going, int(draw.integers(0, len(raw) + 1))
    )
    assert small.result in (whole.result, NO_ROOM)
    extreme = int(draw.choice(_EXTREMES))
    hurt = [spans.copy(), cut.starts.copy(), going.copy(), starts.copy()]
    place = int(draw.integers(4))
    if hurt[place].size:
        hurt[place].flat[draw.integers(hurt[place].size)] = extreme
    if hurt[1].max() <= spans.shape[1] and hurt[3].max() <= len(raw):
        kernel_calls.remove(raw, hurt[3], hurt[0], hurt[1], hurt[2])
    return max(len(going), 1) + _fuzz_lines(draw, raw, whole.places, going)


def _fuzz_lines(
    draw: Draw, raw: bytes, places: NDArray[np.int64], numbers: NDArray[np.int64]
) -> int:
    """Write lines with fields of every kind, with too little room and enough."""
    rows = len(numbers)
    fields = [
        (0, b'"n": ', numbers - int(draw.choice([0, 2**62])), None, b""),
        (1, b"", *places[:2].copy(), raw),
        (2, b'"t": ', *places[2:].copy(), raw),
        (3, b'"u": ', *places[:2].copy(), raw),
    ]
    room = rows * 80 + 14 * int(np.abs(places[1::2] - places[::2]).sum())
    result, lines = kernel_calls.lines(fields, rows, room)
    assert result == sum(map(len, lines))
    assert all(each.startswith(b'{"n": ') and each.endswith(b"}\n") for each in lines)
    small, _ = kernel_calls.lines(fields, rows, int(draw.integers(0, result + 1)))
    assert small in (result, NO_ROOM)
    return rows


def fuzz_sketch(draw: Draw) -> int:
    """Sketch rows at once and in two parts, and cut what was made."""
    rows = 400
    tokens = tokens_of(draw, rows, int(draw.choice([3, 20, 90])))
    count, band_rows = int(draw.integers(1, 140)), int(draw.integers(1, 9))
    family = Family(
        int(draw.integers(1, 9)),
        bool(draw.integers(0, 2)),
        count,
        int(draw.integers(0, count // band_rows + 1)),
        band_rows,
        int(draw.integers(0, min(count, 9) + 1)),
    )
    middle = int(draw.integers(0, rows + 1))
    whole = kernel_calls.sketch(tokens, family)
    parts = [
        kernel_calls.sketch(tokens, family, 0, middle),
        kernel_calls.sketch(tokens, family, middle, rows),
    ]
    cut = kernel_calls.cut(whole.signatures, family)
    for name, axis in (("signatures", 1), ("keys", 1), ("sketches", 0), ("bags", 0)):
        made = getattr(whole, name)
        assert (np.concatenate([getattr(part, name) for part in parts], axis) == made).all()
        assert name in ("signatures", "bags") or (getattr(cut, name) == made).all()
    result, _, starts = kernel_calls.shingles(tokens, family.width, family.linked)
    assert result == starts[-1] == np.maximum(
        tokens.lengths - family.width + 1, np.minimum(tokens.lengths, 1)
    ).sum()  # fmt: skip
    return 4 * rows


def fuzz_sizes(draw: Draw) -> int:
    """Hand over sizes that can't be, and no arrays: they must be refused before one is used."""
    for _ in range(100):
        family = Family(2, True, 12, 4, 3, 1)
        field = str(draw.choice(["width", "permutations", "bands", "band_rows", "sketch_words"]))
        extreme = _EXTREMES[draw.integers(len(_EXTREMES))]
        if field == "width":
            extreme = max(-(2**31), min(extreme, 2**31 - 1))
        family = Family(**{**family._asdict(), field: extreme})
        good = {"width": extreme in (1, 2), "bands": extreme in (0, 1), "band_rows": extreme == 1}
        if extreme in (0, 1) and (field == "sketch_words" or good.get(field)):
            continue
        told = kernel_calls.CFamily(
            family.width, 1, None, None, family.permutations, family.bands, family.band_rows,
            family.sketch_words,
        )  # fmt: skip
        out, library = kernel_calls.CSketches(None, None, None, None, 1), kernel_calls.library()
        starts = kernel_calls.at(edges := np.array([0, 1]))
        assert library.dedup_sketch(told, None, starts, 0, 1, out) == BAD_SIZE, family
        assert library.dedup_cut(told, None, 1, out) == BAD_SIZE, family
        assert len(edges) == 2
        if extreme < 0:
            assert library.dedup_buckets(None, None, extreme, None, None, None) == BAD_SIZE
            blocks = kernel_calls.CBlocks(None, None, None, 0, None, None)
            assert library.dedup_align(None, None, None, None, extreme, 1, blocks) == BAD_SIZE
            pairs = kernel_calls.CPairs(None, None, None, extreme, 0)
            for begin, end in ((extreme, 1), (1, extreme)):
                assert library.dedup_similarities(
                    None, None, None, None, None, begin, end, 1, None
                ) == BAD_SIZE  # fmt: skip
                assert library.dedup_may_be_similar(
                    None, None, 0, None, None, begin, end, 0.5, 1, None
                ) == BAD_SIZE  # fmt: skip
                assert library.dedup_all_similar(
                    None, None, begin, end, 0, 0, 0.5, 1, pairs
                ) == BAD_SIZE  # fmt: skip
    return 100


def fuzz_numbers(draw: Draw) -> int:
    """Number tokens with room for all or for fewer, and compare rows of numbers."""
    rows = 60
    tokens = tokens_of(draw, rows, int(draw.choice([3, 20, 70, 300])))
    values = tokens.values.tolist()
    bits = int(draw.integers(1, 17))
    result, numbers = kernel_calls.number(values, bits, int(draw.integers(0, 1 + 2 ** (bits - 1))))
    met = dict(zip(values, numbers, strict=False))
    assert numbers == [met[value] for value in values[:result]]
    assert sorted(met.values()) == [*range(len(met))]
    whole = max(0, int(np.searchsorted(tokens.starts, result, side="right")) - 1)
    some = tokens._replace(starts=tokens.starts[: whole + 1])
    narrow = Ragged(np.array(numbers, dtype=np.uint32), some.starts)
    pairs = [(int(i), int(j)) for i, j in draw.integers(0, max(whole, 1), (100 * (whole > 0), 2))]
    most = int(draw.choice([0, 50, 2**63 - 1]))
    found = kernel_calls.similarities(narrow, pairs, most)
    assert found[0] == 0
    assert np.array_equal(found[1], kernel_calls.similarities(some, pairs, most)[1], equal_nan=True)
    return len(values)


def fuzz_pairs(draw: Draw) -> int:
    """Compare and align pairs, at once and in parts, with bounds and with too little room."""
    rows = 60
    tokens = tokens_of(draw, rows, int(draw.choice([3, 20, 70, 150, 400])))
    pairs = [(int(i), int(j)) for i, j in draw.integers(0, rows, (300, 2))]
    pairs.sort(key=lambda pair: pair[0] if draw.random() < 0.9 else rows)
    most = int(draw.choice([0, 1, 50, 5_000, 2**63 - 1]))
    result, scores = kernel_calls.similarities(tokens, pairs, most)
    assert result == 0
    middle = int(draw.integers(0, len(pairs) + 1))
    parts = [
        kernel_calls.similarities(tokens, pairs, most, begin, end)[1]
        for begin, end in ((0, middle), (middle, len(pairs)))
    ]
    assert np.array_equal(np.concatenate(parts), scores, equal_nan=True)
    bags = kernel_calls.sketch(tokens, Family(permutations=1, bands=0)).bags
    result, may = kernel_calls.may_be_similar(bags, tokens.lengths.tolist(), pairs, 0.6, most)
    assert result == 0
    assert all(may[k] for k in np.flatnonzero(~(scores < 0.6)))
    aligned = kernel_calls.align(tokens, pairs, most)
    lengths, values = tokens.lengths.tolist(), rows_of(*tokens)
    for (i, j), score, blocks, whole in zip(
        pairs, scores.tolist(), aligned.blocks, aligned.whole, strict=True
    ):
        same, at = 0, (0, 0)
        for left, right, size in blocks:
            assert size > 0
            assert left >= at[0]
            assert right >= at[1]
            assert values[i][left : left + size] == values[j][right : right + size]
            same, at = same + size, (left + size, right + size)
        assert at[0] <= lengths[i]
        assert at[1] <= lengths[j]
        total = lengths[i] + lengths[j]
        if whole:
            assert score == (2.0 * same / total if total else 1.0)
    room = int(draw.integers(0, aligned.result + 1))
    small = kernel_calls.align(tokens, pairs, most, room).result
    assert small in (NO_ROOM, aligned.result)
    bad = tokens._replace(starts=draw.permutation(tokens.starts))
    assert kernel_calls.similarities(bad, pairs, most)[0] in (0, BAD_SIZE)
    assert kernel_calls.align(bad, pairs, most, aligned.result).result <= aligned.result
    return 3 * len(pairs)


def fuzz_all(draw: Draw) -> int:
    """Compare all pairs of ranges of rows, with the least room and with more."""
    rows = 40
    tokens = tokens_of(draw, rows, int(draw.choice([2, 9, 70, 300])))
    ends = np.sort(draw.integers(0, rows + 1, (2, 2)), axis=1).tolist()
    left, right = (range(*each) for each in ends)
    threshold, most = float(draw.choice([0.0, 0.3, 0.8, 1.0])), int(draw.choice([1, 2**63 - 1]))
    wanted = len(left) * len(right) + len(right)
    result, whole, after = kernel_calls.all_similar(tokens, left, right, threshold, most, wanted)
    assert (result, after) == (len(whole), left.stop)
    found: list[tuple[int, int, float]] = []
    begin = left.start
    while begin < left.stop:
        _, some, begin = kernel_calls.all_similar(
            tokens, range(begin, left.stop), right, threshold, most
        )
        found += some
    assert repr(found) == repr(whole)
    bad = tokens._replace(starts=draw.permutation(tokens.starts))
    result = kernel_calls.all_similar(bad, left, right, threshold, most, wanted)[0]
    falls = any((np.diff(bad.starts[r.start : r.stop + 1]) < 0).any() for r in (left, right))
    assert (result == BAD_SIZE) == falls or (result >= 0 and not len(left))
    return len(left) * len(right)


def fuzz_buckets(draw: Draw) -> int:
    """Sort keys, of few values and of many."""
    count = int(draw.choice([0, 1, 2, 500, 3_000]))
    packed = draw.integers(0, 2**64 - 1, count, dtype=np.uint64)
    packed >>= np.uint64(draw.integers(0, 64))
    packed <<= np.uint64(draw.integers(0, 64))
    expected = plain.buckets(packed.tolist())
    result, found = kernel_calls.buckets(packed)
    assert found == expected
    assert result == sum(map(len, found))
    rows = 50
    sizes = draw.integers(0, 9, 40)
    members, starts = draw.integers(0, rows, int(sizes.sum())), starts_of(sizes)
    table = draw.integers(0, 2**64 - 1, (rows, int(draw.integers(1, 4))), dtype=np.uint64)
    room, least = int(draw.choice([28, 40, 2_000])), int(draw.integers(0, 9))
    begin = 0
    while begin < len(sizes):
        result, _, begin = kernel_calls.bucket_pairs(
            members.tolist(), starts.tolist(), table, least, room, begin
        )
        assert 0 <= result <= room
    return count


def page_of(draw: Draw, rows: int) -> kernel.Reading:
    """Read rows of random bytes, with the places of their tokens."""
    texts = [bytes_of(draw, int(draw.integers(0, 120))) for _ in range(rows)]
    starts = starts_of(np.array([*map(len, texts)], dtype=np.int64))
    raw = np.frombuffer(b"".join(texts) + b" ", dtype=np.uint8)[:-1]
    return kernel.read(Encoded(raw, starts), places=True)


def judge_of(draw: Draw) -> kernel.Judge:
    """Draw a judge: any weights, any readings for facts and edits."""
    weights = draw.integers(-50, 50, kernel.FEATURES).astype(np.int32)
    replaced, facts, edits = draw.integers(0, 1 << kernel.READINGS, 3).tolist()
    border, cells = int(draw.integers(-9000, 9000)), int(draw.choice([0, 40, 10**9]))
    return kernel.Judge(
        lexicon(), weights, replaced, facts, edits, border, cells, bool(draw.integers(2))
    )


def fuzz_judge(draw: Draw) -> int:
    """Judge pairs of any texts, and of rows and places that there are not."""
    rows, count = int(draw.integers(1, 8)), int(draw.integers(1, 20))
    page, judge = page_of(draw, rows), judge_of(draw)
    left, right = draw.integers(0, rows, (2, count))
    if draw.integers(3) == 0:
        name = str(draw.choice(["left", "begin", "end", "starts"]))
        if name == "left":
            left[draw.integers(count)] = int(draw.choice([-1, rows, *_EXTREMES[3:]]))
        elif name == "starts":
            wrong = page.normal.starts.copy()
            wrong[draw.integers(rows + 1) :] -= int(draw.choice([1, 10**9]))
            page = page._replace(normal=Ragged(page.normal.values, wrong))
        elif len(page.begin):
            wrong = getattr(page, name).copy()
            wrong[draw.integers(len(wrong))] += int(draw.choice([-(10**9), 10**9]))
            page = page._replace(**{name: wrong})
        with suppress(ValueError):
            kernel.judge_scores(page, judge, left, right)
        return count
    found = kernel.judge_whole(page, judge, left, right)
    scores = kernel.judge_scores(page, judge, right, left)
    assert scores.tolist() == found.scores.tolist()
    assert (found.readings < kernel.READINGS).all()
    return count


def fuzz_meet(draw: Draw) -> int:
    """List candidates of sound blocks, and of some that name rows or buckets that there are not."""
    count, buckets, cap, known = (
        int(draw.integers(low, high)) for low, high in ((1, 40), (1, 9), (1, 5), (1, 20))
    )
    pairs, lists = draw.integers(0, 4, count), draw.integers(0, buckets, count)
    of = kernel.Meeting(
        starts_of(pairs), draw.integers(0, 100, pairs.sum()),
        draw.integers(-1, known, pairs.sum()), draw.integers(0, 33, pairs.sum()).astype(np.uint8),
        starts_of(lists), draw.integers(0, buckets, lists.sum()),
        draw.integers(-1, known, (buckets, cap)), draw.integers(0, cap + 1, buckets),
        np.arange(known), draw.integers(0, 4, (known, 2)).astype(np.uint64), np.arange(count),
        draw.integers(0, 4, (count, 2)).astype(np.uint64),
    )  # fmt: skip
    most = int(draw.integers(1, 9))
    rule = kernel.Rule(cap, most, int(draw.integers(0, 33)), 40, 0.5, bool(draw.integers(2)))
    if draw.integers(3) == 0:
        name = str(draw.choice(["known_place", "buckets", "remembered", "pair_starts", "at"]))
        wrong = getattr(of, name).copy()
        flat = wrong.reshape(-1)
        flat[draw.integers(len(flat) + 1) - 1 :] += 10**9
        with suppress(ValueError, IndexError, MemoryError):
            kernel.meet(rule, of._replace(**{name: wrong}))
        return count
    found = kernel.meet(rule, of)
    assert (np.diff(found.starts) <= most).all()
    return count


def fuzz_walk(draw: Draw) -> int:
    """Walk blocks of rows, sound ones and ones that name rows or buckets that there are not."""
    count, buckets, cap = (int(draw.integers(low, high)) for low, high in ((1, 40), (1, 9), (1, 5)))
    rows = np.sort(draw.choice(3 * count, count, replace=False))
    pairs = [np.unique(draw.integers(0, row + 1, draw.integers(0, 4))) for row in rows.tolist()]
    pairs = [each[each < row] for each, row in zip(pairs, rows.tolist(), strict=True)]
    lists = [draw.choice(buckets, draw.integers(0, buckets), replace=False) for _ in rows]
    earlier, members = (
        np.concatenate([np.empty(0), *each]).astype(np.int64) for each in (pairs, lists)
    )
    judges = bool(draw.integers(2))
    lone = len(earlier)
    block = kernel.Block(
        rows, starts_of(np.array([*map(len, pairs)])), earlier,
        draw.integers(0, 17, lone).astype(np.uint8), draw.random(lone),
        draw.integers(0, 3, lone).astype(np.uint8), draw.integers(0, count, lone),
        draw.integers(0, 3, count), starts_of(np.array([*map(len, lists)])), members,
        np.arange(count), draw.integers(0, 4, (count, 2)).astype(np.uint64),
        tokens_of(draw, count, 9), page_of(draw, count) if judges else None, np.arange(count),
    )  # fmt: skip
    memory = kernel.Memory(
        np.ones(3 * count, dtype=bool), np.zeros((buckets, cap), dtype=np.uint32),
        np.zeros(buckets, dtype=np.int64), np.zeros(buckets, dtype=np.int64),
        np.zeros(2, dtype=np.int64),
    )  # fmt: skip
    rule = kernel.Rule(
        cap, int(draw.integers(1, 9)), int(draw.integers(0, 33)), 40, float(draw.random()),
        bool(draw.integers(2)),
    )  # fmt: skip
    judge = judge_of(draw) if judges else None
    if draw.integers(3) == 0:
        names = ["rows", "earlier", "buckets", "pair_starts", "bucket_starts", "at"]
        name = str(draw.choice([*names, "pair_page_row", "page_row"] if judges else names))
        wrong = getattr(block, name).copy()
        wrong[draw.integers(len(wrong) + 1) - 1 :] += 10**9
        with suppress(ValueError):
            kernel.walk(memory, rule, judge, block._replace(**{name: wrong}))
        return count
    match, _ = kernel.walk(memory, rule, judge, block)
    assert memory.kept[match].all()
    assert (memory.filled <= np.minimum(memory.met, cap)).all()
    return count


def fuzz_page(draw: Draw) -> int:
    """Decide pages, sound ones and ones whose members or texts are nowhere."""
    count, bands, stored = (
        int(draw.integers(low, high)) for low, high in ((1, 30), (0, 6), (1, 9))
    )
    pairs = int(draw.integers(0, 60)) if bands else 0
    page = kernel.Arrivals(
        draw.integers(0, 6, (count, 2)).astype(np.uint64),
        draw.integers(0, 5, (bands, count)).astype(np.uint32),
        draw.integers(0, 4, (count, 2)).astype(np.uint64),
        np.where(draw.random(count) < 0.2, 5, -1).astype(np.int64), bool(draw.integers(2)),
    )  # fmt: skip
    members = kernel.Members(
        draw.integers(0, count, pairs), draw.integers(0, max(bands, 1), pairs),
        draw.integers(0, stored, pairs), draw.integers(0, 4, (stored, 2)).astype(np.uint64),
    )  # fmt: skip
    rule = kernel.Rule(
        int(draw.integers(1, 9)), int(draw.integers(1, 9)), int(draw.integers(0, 33)), 40,
        float(draw.random()), False,
    )  # fmt: skip
    if draw.integers(3) == 0 and pairs:
        name = str(draw.choice(["row", "band", "place"]))
        wrong = getattr(members, name).copy()
        wrong[draw.integers(pairs)] += int(draw.choice([-(10**9), 10**9]))
        with suppress(ValueError):
            kernel.page_candidates(rule, page, members._replace(**{name: wrong}))
        return count
    proposed = kernel.page_candidates(rule, page, members)
    used = len(proposed.used)
    judges = bool(draw.integers(2))
    tokens = tokens_of(draw, count + used, 9)
    if draw.integers(3) == 0:
        tokens = Ragged(tokens.values, tokens.starts + int(draw.choice([-1, 1, 10**9])))
        with suppress(ValueError):
            kernel.page_outcomes(rule, None, page, members, proposed, None, tokens)
        return count
    found = kernel.page_outcomes(
        rule, judge_of(draw) if judges else None, page, members, proposed,
        page_of(draw, count + used) if judges else None, tokens,
    )  # fmt: skip
    assert (found.partner < used + count).all()
    assert (found.held.any(axis=0) <= found.kept).all()
    return count


def fuzz_memtable(draw: Draw) -> int:
    """Fill a table beyond its ring, with and without what is refused, and ask it."""
    bands, size = int(draw.integers(1, 4)), 1 << int(draw.integers(3, 7))
    table, number = kernel.Memtable(bands, size), int(draw.choice([0, 5, 2**40]))
    for _ in range(int(draw.integers(1, 9))):
        count = int(draw.integers(0, size + 2))
        keys = draw.integers(0, 9, (bands, count), dtype=np.uint32)
        with suppress(ValueError):
            table.add(number, keys, draw.random((bands, count)) < 0.7)
            number += count
    first = int(draw.integers(0, bands + 2))
    with suppress(ValueError):
        _, found = table.find(first, draw.integers(0, 9, (bands, 7), dtype=np.uint32))
        assert (found < number).all()
    return bands


def fuzz_runs(draw: Draw) -> int:
    """Ask runs with and without filters, of all sizes that may be and some that may not."""
    count = int(draw.integers(0, 5))
    sizes = [int(draw.integers(0, 6)) for _ in range(count)]
    runs = kernel.Runs(
        draw.integers(0, 4, count).tolist(),
        draw.integers(0, 2**50, count).tolist(),
        draw.choice([1, 8, 24, 31, 31, 32, 0], count).tolist(),
        [None if not size else draw.bytes(1 << size - 1) for size in sizes],
    )
    keys = draw.integers(0, 1 << 32, (int(draw.integers(0, 4)), 9), dtype=np.uint32)
    with suppress(ValueError):
        question, run, _ = runs.find(int(draw.integers(0, 3)), keys)
        assert (question < keys.size).all()
        assert (run < count).all()
    return count


def fuzz_slots(draw: Draw) -> int:
    """Look keys up in slots of any bytes and any lengths."""
    count = int(draw.integers(0, 6))
    lengths = draw.integers(0, 40, count)
    starts = np.concatenate(([0], np.cumsum(lengths)))
    keys = draw.integers(0, 3, count, dtype=np.uint32)
    bodies = draw.integers(0, 2, int(starts[-1]), dtype=np.uint8).tobytes()
    with suppress(ValueError):
        place, number = kernel.slots_find(bodies, starts, draw.integers(1, 9, count), keys)
        assert (place < count).all()
        assert (number >= 0).all()
    return count


TARGETS: tuple[Callable[[Draw], int], ...] = (
    fuzz_read, fuzz_read, fuzz_sketch, fuzz_sizes, fuzz_numbers, fuzz_pairs, fuzz_all, fuzz_buckets,
    *[fuzz_paragraphs] * 4,
    *[fuzz_remove] * 4,
    *[fuzz_walk] * 8, *[fuzz_judge] * 8, *[fuzz_meet] * 4, *[fuzz_page] * 6,
    *[fuzz_memtable] * 2, fuzz_runs, fuzz_slots,
)  # fmt: skip


def main() -> None:
    """Go round the functions until so many inputs were handed over; tell how many each got."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.kernel", description=__doc__)
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    done: Counter[str] = Counter()
    begin, turn = time.monotonic(), 0
    assert kernel_calls.similarities(ragged([[1], [1]]), [(0, 1)])[1].tolist() == [1.0]
    while sum(done.values()) < given.inputs:
        target = TARGETS[turn % len(TARGETS)]
        try:
            done[target.__name__] += target(np.random.default_rng((given.seed, turn)))
        except AssertionError:
            print(f"{target.__name__} failed in turn {turn} of seed {given.seed}", flush=True)
            raise
        turn += 1
    shown = ", ".join(f"{name.removeprefix('fuzz_')} {count:,}" for name, count in done.items())
    seconds = time.monotonic() - begin
    print(f"{sum(done.values()):,} inputs in {seconds:.0f} s from seed {given.seed}: {shown}")


if __name__ == "__main__":
    main()
