"""Globs: several patterns in one expression say what each of them says in turn."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.check.config.settings import BUILT, HIDDEN, LEGAL, VENDORED
from dedup.check.files.globs import compile_glob, compile_globs, first_match

PATTERNS = (*VENDORED, *HIDDEN, *BUILT, "*.min.*", "docs/**/a?.md", "{a,b}/[!c]*", "**/x", "a/")

names = st.sampled_from(
    [*(each.strip("/") for each in PATTERNS), ".git", "a", "b", "c", "docs", "a1.md", "x.min.html"]
)


@given(st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=6), st.lists(names, min_size=1))
def test_patterns_together_say_what_they_say_in_turn(patterns: list[str], path: list[str]) -> None:
    in_turn = first_match(map(compile_glob, patterns), "/".join(path))
    assert compile_globs(patterns).first("/".join(path)) == in_turn


@pytest.mark.parametrize(
    ("name", "legal"),
    [
        ("LICENSE", True),
        ("LICENCE.md", True),
        ("docs/COPYING-GPL.rst", True),
        ("NOTICE_3rd", True),
        ("CODE_OF_CONDUCT.de.md", True),
        ("LICENSES.md", False),
        ("license.md", False),
        ("NO-NOTICE.md", False),
    ],
)
def test_files_whose_texts_are_repeated_by_law(name: str, legal: bool) -> None:
    assert (first_match(map(compile_glob, LEGAL), name) is not None) == legal
