"""A real site of 1,105 Markdown files: what repeats in its prose is found, at its lines, no more.

The set lists every block of 100 characters or more that stands twice, of any kind. What is no prose
is left out by a rule; each rule here is counted.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import NamedTuple

import numpy as np
import pytest

import dedup
from tests.support.brute import similarity, words
from tests.support.laws import all_pairs
from tests.support.places import DEV

SET = DEV / "content_hugo_rust"

pytestmark = pytest.mark.skipif(
    not SET.is_dir(), reason="the set content_hugo_rust is not beside this checkout"
)

READ = "read"

# Groups by the kind that the set calls them and what becomes of them here.
EXPECTED = {
    ("prose", READ): 68,
    ("prose", "a table, without outer bars"): 4,
    ("prose", "settings within a shortcode for code"): 5,
    ("quote/admonition", READ): 13,
    ("list", READ): 5,
    ("indented", READ): 1,  # a paragraph of an item
    ("indented", "indented code"): 1,
    ("markup/include", READ): 2,  # words within a shortcode that isn't for code
    ("markup/include", "a shortcode, with or without settings in it"): 15,
    ("comment", "a comment"): 7,
    ("link_refs", "definitions of links"): 7,
    ("code_fence", "fenced code"): 73,
}

RULES = {
    "code_fence": "fenced code",
    "comment": "a comment",
    "link_refs": "definitions of links",
    "markup/include": "a shortcode, with or without settings in it",
    "indented": "indented code",
}


class Site(NamedTuple):
    """The paragraphs of the site, where each file's are, and which of them repeat which."""

    paragraphs: list[dedup.Paragraph]
    files: dict[str, list[int]]
    found: dedup.Found


@pytest.fixture(scope="module")
def site() -> Site:
    read = dedup.read([SET / "tree"], markup="markdown")
    paragraphs = [each for each in read if isinstance(each, dedup.Paragraph)]
    files: dict[str, list[int]] = {}
    for k, each in enumerate(paragraphs):
        files.setdefault(each.source.removeprefix(f"{SET}/tree/"), []).append(k)
    return Site(paragraphs, files, dedup.find(paragraphs))


def rule_for(kind: str, text: str) -> str:
    """Name the rule by which a block is no prose."""
    if kind != "prose":
        return RULES[kind]
    return (
        "a table, without outer bars" if "|:--" in text else "settings within a shortcode for code"
    )


def test_every_exact_group_of_prose_is_one_and_at_its_lines(site: Site) -> None:
    seen: Counter[tuple[str, str]] = Counter()
    for row in (SET / "exact_groups.jsonl").read_text("utf-8").splitlines():
        group = json.loads(row)
        blocks = [_in_block(site, place, group["text"]) for place in group["places"]]
        proses = {tuple(str(site.paragraphs[k].prose) for k in block) for block in blocks}
        assert len(proses) == 1, group["places"]
        rule = READ if blocks[0] else rule_for(group["kind"], group["text"])
        seen[group["kind"], rule] += 1
        for each in zip(*blocks, strict=True):
            if len(words(str(site.paragraphs[each[0]].prose))) >= 8:
                assert len({_kept(site.found, k) for k in each}) == 1
    assert seen == EXPECTED


def _kept(found: dedup.Found, k: int) -> int:
    """Give the paragraph that is kept for a paragraph: itself or what it repeats."""
    return k if found.kept[k] else int(found.match[k])


def _in_block(site: Site, place: str, text: str) -> list[int]:
    """List the paragraphs of the block that begins at a place; each stands wholly in it."""
    path, _, line = place.rpartition(":")
    rows = (SET / "tree" / path).read_text("utf-8").split("\n")
    first = last = int(line)
    while " ".join(" ".join(rows[first - 1 : last]).split()) != text:
        last += 1
        assert last < first + 400, place
    inside = [
        k
        for k in site.files.get(path, [])
        if site.paragraphs[k].first <= last and site.paragraphs[k].last >= first
    ]
    assert all(first <= site.paragraphs[k].first for k in inside)
    assert all(site.paragraphs[k].last <= last for k in inside)
    return inside


def test_pairs_alike_are_found_and_no_others(site: Site) -> None:
    """Compared with every pair of the first 3,000 wordings; those that other facts part count."""
    found, kept = site.found, site.found.kept.tolist()
    rows = [words(str(each.prose)) for each in site.paragraphs]
    for k in np.flatnonzero(~found.kept).tolist():
        assert kept[found.match[k]]
        assert similarity(rows[k], rows[int(found.match[k])]) >= found.threshold
    place: dict[tuple[str, ...], int] = {}
    own = [k for k, row in enumerate(rows) if place.setdefault(tuple(row), k) == k]
    own = [k for k in own if len(rows[k]) >= found.recipe.min_tokens][:3_000]
    pairs = all_pairs([rows[k] for k in own], own, found.threshold)
    told = ~found.kept | (found.kind == dedup.Kind.VARIANT)
    escaped = [(i, j) for i, j, _ in pairs if not (told[i] or told[j])]
    assert len(pairs) > 100
    assert len(escaped) <= (1 - found.expected_recall) * len(pairs)
