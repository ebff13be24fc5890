"""Targets that compare: the laws of ``find`` against brute force, ``explain`` and ``similarity``.

Promises: the answer of the plain, slow version; stretches that join to both texts.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import cast

import dedup
from tests.fuzz.case import Case, joined
from tests.fuzz.mutation import mutated
from tests.fuzz.seeds import MARKED
from tests.fuzz.target import Drawn, Target
from tests.support import brute, laws

_THRESHOLDS = (0.3, 0.5, 2 / 3, 0.75, 0.8, 0.9, 1.0)
_ODD = (
    *("", "\0", "\ud800 a b c d e f g h", "e\u0301" * 9, "日本語の文章です。", "ﬁ 3.4 v2"),
    *("\u0301" * 50, "½ ² ٣ 3", "\u200b", "a\u00adb c"),
)


def _drawn_texts(random: Random, drawn: Drawn) -> list[str]:
    texts = list(cast(list[str], random.choice(drawn)))
    for _ in range(random.choice((0, 0, 1, 3))):
        kind = random.randrange(3)
        if kind == 0 or not texts:
            texts.insert(random.randint(0, len(texts)), random.choice(_ODD))
            continue
        at = random.randrange(len(texts))
        damaged = mutated(random, texts[at].encode("utf-8", "surrogatepass")[:2000])
        texts[at] = Case("", damaged, {}).text
        if kind == 2:
            texts[at] += random.choice([*MARKED.values()])
    return texts


def _draw_list(random: Random, drawn: Drawn) -> Case:
    options = {
        "threshold": random.choice(_THRESHOLDS),
        "tokens": random.choice(("words", "words", "chars")),
        "min_tokens": random.choice((0, 1, 3, 8)),
        "variants": random.choice(("report", "report", "remove", "ignore")),
    }
    return Case("find", joined(_drawn_texts(random, drawn)), options)


def _find(case: Case, _: Path) -> Iterator[str]:
    texts, options = case.texts, case.options
    threshold, tokens = options["threshold"], options["tokens"]
    found = dedup.find(texts, recall=1.0, **options)
    for kind in set(found.kind.tolist()):
        yield dedup.Kind(kind).name
    yield tokens
    if options["variants"] != "ignore":
        judge = brute.never if options["variants"] == "remove" else laws.judged_by(tokens)
        expected = brute.pure_law(texts, threshold, tokens, options["min_tokens"], variant=judge)
        laws.check_same(found, expected)
        laws.check_sound(found, texts, tokens)
    laws.check_complete(found, texts, tokens)


def _draw_pair(random: Random, drawn: Drawn) -> Case:
    texts = [*_drawn_texts(random, drawn), *random.choices(_ODD, k=2)]
    texts.append(" ".join(random.sample(texts, 2)))
    options = {"tokens": random.choice(("words", "chars")), "threshold": random.choice(_THRESHOLDS)}
    return Case("explain", joined(random.sample(texts, 2)), options)


def _explain(case: Case, _: Path) -> Iterator[str]:
    a, b = [*case.texts, "", ""][:2]
    tokens = case.options["tokens"]
    found = dedup.explain(a, b, **case.options)
    yield found.kind.name
    yield from (each.op for each in found.stretches)
    assert "".join(each.old for each in found.stretches) == a, "not the first text"
    assert "".join(each.new for each in found.stretches) == b, "not the second text"
    assert found.similarity == dedup.similarity(a, b, tokens) == dedup.similarity(b, a, tokens)
    assert found.similarity == brute.similarity(brute.units(a, tokens), brute.units(b, tokens))
    assert (found.kind == dedup.Kind.EXACT) == (brute.words(a) == brute.words(b))


FIND = Target(
    "find",
    _draw_list,
    _find,
    ("UNIQUE", "EXACT", "NEAR", "VARIANT", "words", "chars"),
    strategy=laws.text_lists(9),
    pace=80,
)
EXPLAIN = Target(
    "explain",
    _draw_pair,
    _explain,
    ("UNIQUE", "EXACT", "NEAR", "VARIANT", "CONTAINED", "same", "old", "new", "changed"),
    strategy=laws.text_lists(5),
    pace=300,
)
