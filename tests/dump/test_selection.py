"""Policies about whole documents and boilerplate, held to a plain reading of their words."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dedup
from dedup.cli import main
from dedup.dump import record, removal, selection
from dedup.dump.job import clean_files
from dedup.dump.restoration import restore
from dedup.dump.summary import Summary
from dedup.options import Policy
from dedup.paragraph import Paragraph
from dedup.scale.inputs import from_paths
from tests.support.articles import PARAGRAPHS
from tests.support.flat import make_request, run

A, B, C, D, E = PARAGRAPHS[:5]
FOOTER = "All of these pages are printed on paper that the mill by the old bridge has made."

Pages = list[tuple[str, list[str]]]
Capture = pytest.CaptureFixture[str]


def write(folder: Path, pages: Pages) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "in.jsonl"
    rows = [
        {"url": f"https://{host}/{number}", "text": "\n\n".join(texts), "n": number}
        for number, (host, texts) in enumerate(pages)
    ]
    path.write_text("".join(json.dumps(each) + "\n" for each in rows), "utf-8")
    return path


def job(source: Path, output: Path, policy: Policy, **options: Any) -> Summary:
    request = make_request([str(source)], str(output), workers=1, policy=policy, **options)
    return clean_files(request)


def left_of(path: Path) -> dict[int, list[str]]:
    """The paragraphs that are left of each page that is written, by its number."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return {
        each["n"]: [part.strip() for part in each["text"].split("\n\n") if part.strip()]
        for each in rows
    }


def cleaned(folder: Path, pages: Pages, policy: Policy) -> dict[int, list[str]]:
    job(write(folder, pages), folder / "out", policy)
    return left_of(folder / "out" / "in.jsonl")


# -- only what repeats another document


def test_a_refrain_stays_and_its_copy_in_another_song_goes(tmp_path: Path) -> None:
    pages = [("a", [A, B, A, C, A]), ("b", [D, A, A])]
    assert cleaned(tmp_path, pages, Policy(scope="across")) == {0: [A, B, A, C, A], 1: [D]}


# -- boilerplate by share of pages


def test_what_stands_on_few_pages_of_a_site_stays(tmp_path: Path) -> None:
    pages = [("a", [A, FOOTER]), ("a", [B, FOOTER]), ("a", [C, FOOTER]), ("a", [A]), ("b", [A])]
    left = cleaned(tmp_path, pages, Policy(min_share=0.6))
    assert left == {0: [A, FOOTER], 1: [B], 2: [C], 3: [A], 4: [A]}


def test_one_page_makes_no_boilerplate(tmp_path: Path) -> None:
    pages = [("a", [A, FOOTER]), ("b", [B, FOOTER])]
    left = cleaned(tmp_path, pages, Policy(min_share=0.1))
    assert left == {0: [A, FOOTER], 1: [B, FOOTER]}


def test_a_page_counts_once(tmp_path: Path) -> None:
    pages = [("a", [FOOTER, A, FOOTER, B, FOOTER]), ("a", [C]), ("a", [D])]
    assert cleaned(tmp_path, pages, Policy(min_share=0.5))[0] == pages[0][1]


def test_every_copy_of_boilerplate_goes(tmp_path: Path) -> None:
    pages = [("a", [A, FOOTER]), ("a", [B, FOOTER, A]), ("a", [C, FOOTER]), ("a", [D])]
    left = cleaned(tmp_path, pages, Policy(min_share=0.6, boilerplate="drop"))
    assert left == {0: [A], 1: [B, A], 2: [C], 3: [D]}
    gone = list(record.read(str(tmp_path / "out" / record.RECORD)))
    assert [(each.kind, each.kept is None) for each in gone] == [
        ("boilerplate", True), ("exact", False), ("exact", False),
    ]  # fmt: skip


def test_by_count_the_first_goes_too(tmp_path: Path) -> None:
    pages = [("a", [A, FOOTER]), ("b", [B, FOOTER, A]), ("c", [C, FOOTER])]
    left = cleaned(tmp_path, pages, Policy(min_copies=3, boilerplate="drop"))
    assert left == {0: [A], 1: [B, A], 2: [C]}


# -- documents that are copies


def test_a_document_of_copies_goes_whole_and_comes_back(tmp_path: Path) -> None:
    pages = [("a", [A, B, C]), ("b", [A, B, C, FOOTER]), ("c", [A, D, E])]
    source = write(tmp_path, pages)
    summary = job(source, tmp_path / "out", Policy(drop_documents=0.7))
    assert left_of(tmp_path / "out" / "in.jsonl") == {0: [A, B, C], 2: [D, E]}
    assert (summary.count("dropped"), summary.count("emptied")) == (1, 0)
    gone = list(record.read(str(tmp_path / "out" / record.RECORD)))
    assert [each.kind for each in gone] == ["exact", "exact", "exact", "document", "exact"]
    restore(str(tmp_path / "out"), str(tmp_path / "back"))
    assert (tmp_path / "back" / "in.jsonl").read_bytes() == source.read_bytes()


def test_a_document_stays_that_holds_what_another_repeats(tmp_path: Path) -> None:
    pages = [("a", [A, B, C]), ("b", [A, B, C, FOOTER]), ("c", [D, FOOTER])]
    left = cleaned(tmp_path, pages, Policy(drop_documents=0.7))
    assert left == {0: [A, B, C], 1: [FOOTER], 2: [D]}


@pytest.mark.parametrize("nothing", [[""], ["* * *"], ["* * *", "!!!"]])
def test_a_document_without_words_is_no_copy(tmp_path: Path, nothing: list[str]) -> None:
    pages = [("a", [A, B, C]), ("b", nothing), ("c", [A, B, C]), ("d", nothing)]
    left = cleaned(tmp_path, pages, Policy(drop_documents=0.5))
    shown = [each for each in nothing if each]
    assert left == {0: [A, B, C], 1: shown, 3: shown}


def test_a_document_stays_that_holds_what_is_protected(tmp_path: Path) -> None:
    pages = [("a", [A, B, C]), ("b", [A, B, C, FOOTER])]
    left = cleaned(tmp_path, pages, Policy(drop_documents=0.5, protect=("mill",)))
    assert left == {0: [A, B, C], 1: [FOOTER]}


def test_a_plan_says_that_a_document_goes_whole(tmp_path: Path) -> None:
    source = write(tmp_path, [("a", [A, B, C]), ("b", [A, B, C, FOOTER])])
    plan = tmp_path / "plan.jsonl"
    clean_files(make_request([str(source)], plan=str(plan), policy=Policy(drop_documents=0.5)))
    clean_files(make_request(output=str(tmp_path / "whole"), apply=str(plan)))
    assert left_of(tmp_path / "whole" / "in.jsonl") == {0: [A, B, C]}
    lines = plan.read_text("utf-8").splitlines(keepends=True)
    plan.write_text("".join(lines[:-1]), "utf-8")
    clean_files(make_request(output=str(tmp_path / "part"), apply=str(plan)))
    assert left_of(tmp_path / "part" / "in.jsonl") == {0: [A, B, C], 1: [FOOTER]}


# -- all of it, against a plain reading


def plainly(pages: Pages, policy: Policy) -> dict[int, list[str]]:
    """What a policy leaves, found page by page and pair by pair."""
    texts = [text for _, part in pages for text in part]
    found = dedup.find(texts)
    page = [number for number, (_, part) in enumerate(pages) for _ in part]
    match = [row if found.kept[row] else int(found.match[row]) for row in range(len(texts))]
    copies = [sum(match[k] == row != k for k in range(len(texts))) for row in range(len(texts))]
    pages_of: dict[tuple[int, str], set[int]] = defaultdict(set)
    for row, partner in enumerate(match):
        pages_of[partner, pages[page[row]][0]].add(page[row])

    def goes(row: int) -> bool:
        partner = match[row]
        if partner == row and not (policy.boilerplate == "drop" and copies[row]):
            return False
        if copies[partner] + 1 < policy.min_copies:
            return False
        if policy.scope == "across" and page[partner] == page[row]:
            return False
        if policy.min_share is not None:
            host = pages[page[row]][0]
            there = sum(each == host and bool(part) for each, part in pages)
            here = len(pages_of[partner, host])
            if here < 2 or here < policy.min_share * there - 1e-9:
                return False
        return True

    gone = [goes(row) for row in range(len(texts))]
    rows = [
        [row for row in range(len(texts)) if page[row] == number] for number in range(len(pages))
    ]
    needed = {match[row] for row in range(len(texts))
              if gone[row] and page[match[row]] != page[row]}  # fmt: skip
    left = {}
    for number, own in enumerate(rows):
        words = [len(texts[row].split()) for row in own]
        lost = sum(count for row, count in zip(own, words, strict=True) if gone[row])
        whole = policy.drop_documents is not None and lost > 0
        whole = whole and lost >= (policy.drop_documents or 0) * sum(words) - 1e-9
        if whole and not any(row in needed and not gone[row] for row in own):
            continue
        left[number] = [texts[row] for row in own if not gone[row]]
    return left


POLICIES = [
    Policy(scope="across"), Policy(scope="across", min_copies=3), Policy(min_share=0.3),
    Policy(min_share=0.5, boilerplate="drop"), Policy(min_share=0.4, min_copies=4),
    Policy(min_copies=3, boilerplate="drop"), Policy(drop_documents=0.5),
    Policy(drop_documents=0.3, min_share=0.3, boilerplate="drop"),
    Policy(drop_documents=1.0, scope="across"), Policy(drop_documents=0.6, min_copies=3),
]  # fmt: skip


def words(count: int, draw: random.Random) -> str:
    return " ".join("".join(draw.choices("abcdefgh", k=5)) for _ in range(count))


def site(seed: int) -> Pages:
    """Pages of three hosts that share paragraphs, some of them edited."""
    draw = random.Random(seed)
    pool = [words(draw.randint(9, 14), draw) for _ in range(12)]
    pages: Pages = []
    for _ in range(draw.randint(4, 14)):
        part = []
        for _ in range(draw.randint(1, 6)):
            text = draw.choice(pool) if draw.random() < 0.7 else words(10, draw)
            part.append(text + " " + words(1, draw) if draw.random() < 0.2 else text)
        pages.append((draw.choice("abc"), part))
    return pages


@pytest.mark.parametrize("policy", POLICIES, ids=lambda each: str(POLICIES.index(each)))
def test_a_policy_leaves_what_its_words_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, policy: Policy
) -> None:
    monkeypatch.setattr(selection, "_UNIT", 7)
    monkeypatch.setattr(selection, "_COUNTED", 10**8)  # a range for each unit of paragraphs
    different = 0
    for seed in range(8):
        pages = site(seed)
        left = cleaned(tmp_path / str(seed), pages, policy)
        assert left == plainly(pages, policy), seed
        different += left != plainly(pages, Policy())
    assert different > 3


# -- values and the command


def test_boilerplate_must_be_named() -> None:
    with pytest.raises(ValueError, match="say how often it must be"):
        Policy(boilerplate="drop")
    with pytest.raises(ValueError, match="the one takes out every copy"):
        Policy(boilerplate="drop", min_copies=3, scope="across")
    with pytest.raises(ValueError, match="boilerplate is 'all'; it must be one of 'keep', 'drop'"):
        Policy(boilerplate="all")


@pytest.mark.parametrize("name", ["min_share", "drop_documents"])
@pytest.mark.parametrize("share", [0.0, 1.1, float("nan")])
def test_shares_have_bounds(name: str, share: float) -> None:
    with pytest.raises(ValueError, match=f"{name} is .*; it must be above 0 and at most 1"):
        Policy(**{name: share})  # type: ignore[arg-type]


def command(*arguments: object) -> int:
    return main(["clean", *map(str, arguments)])


def test_the_command_leaves_documents_out(tmp_path: Path, capsys: Capture) -> None:
    source = write(tmp_path, [("a", [A, B, C]), ("b", [A, B, C, FOOTER])])
    assert command(source, "-o", tmp_path / "out.jsonl", "--drop-documents", 0.5) == 0
    lines = capsys.readouterr().err.splitlines()
    assert "1 document left out whole, for so much of them is copies" in lines


def test_the_command_protects_on_standard_output(tmp_path: Path, capsys: Capture) -> None:
    song = tmp_path / "song.txt"
    song.write_text("\n".join([A, B, A, C, B]) + "\n", "utf-8")
    assert command(song, "--protect", A[:20]) == 0
    shown = capsys.readouterr()
    assert shown.out.splitlines() == [A, B, A, C]
    assert shown.err.splitlines()[-1].startswith("took out 1 of 5 paragraphs")


@pytest.mark.parametrize(
    ("options", "message"),
    [(("--boilerplate", "drop"), "say how often"), (("--min-share", "2"), "min_share is 2"),
     (("--drop-documents", "0"), "drop_documents is 0")],
)  # fmt: skip
def test_wrong_values_are_refused(
    tmp_path: Path, capsys: Capture, options: Sequence[str], message: str
) -> None:
    source = write(tmp_path, [("a", [A])])
    assert command(source, "-o", tmp_path / "out.jsonl", *options) == 2
    assert message in capsys.readouterr().err


# -- many documents at once


def test_why_copies_go_is_said_alike_one_by_one_and_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selection, "_TOGETHER", 7)
    draw = random.Random(5)
    edited = [each.replace(" the ", " their ", 1) for each in PARAGRAPHS]
    pages = [("a", draw.choices([*PARAGRAPHS, *edited], k=6)) for _ in range(40)]
    decisions = run(from_paths(write(tmp_path, pages)), tmp_path / "work", workers=1)
    goes = np.where(decisions.every().kept, selection.STAYS, selection.COPY).astype(np.uint8)
    one, many = (selection.Decided(decisions, 0, goes) for _ in range(2))
    every = [each for each in dedup.read(tmp_path / "in.jsonl") if isinstance(each, Paragraph)]
    at = 0
    while at < len(every):
        some = every[at : at + draw.randrange(1, 25)]
        at += len(some)
        going, chosen = one.going(some), many.together(len(some))
        assert chosen is not None
        assert chosen.rows.tolist() == [each.paragraph for each in going]
        assert texts_of(chosen.reasons) == texts_of(removal.reasons_of(going))
    assert len(set(goes.tolist())) == 2


def test_documents_that_go_whole_are_asked_for_one_by_one(tmp_path: Path) -> None:
    pages = [("a", [A, B]), ("b", [A, C]), ("c", [A, B])]
    decisions = run(from_paths(write(tmp_path, pages)), tmp_path / "work", workers=1)
    copy, whole = selection.COPY, selection.COPY + selection.WHOLE
    chosen = selection.Decided(decisions, 0, np.array([0, 0, copy, 0, whole, whole], np.uint8))
    every = [each for each in dedup.read(tmp_path / "in.jsonl") if isinstance(each, Paragraph)]
    assert chosen.together(6) is None
    first = chosen.together(4)
    assert first is not None
    assert first.rows.tolist() == [2]
    assert [each.whole for each in chosen.going(every[4:])] == [True, True]


def texts_of(spans: removal.Spans) -> list[bytes]:
    raw = spans.bytes.tobytes()
    return [raw[at:end] for at, end in zip(spans.begin.tolist(), spans.end.tolist(), strict=True)]
