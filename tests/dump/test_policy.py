"""Policies of jobs: which copy is kept, where copies are looked for, what stays all the same."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import dedup
from dedup.cli import main
from dedup.dump import record
from dedup.dump.job import clean_files
from dedup.dump.summary import Summary
from dedup.errors import InputError
from dedup.options import Policy
from tests.support import dumps
from tests.support.articles import PARAGRAPHS
from tests.support.flat import make_request

A, B, C, D = PARAGRAPHS[:4]
LONG_A = A + " This is how it has been ever since."

Rows = list[dict[str, str]]
Capture = pytest.CaptureFixture[str]


def write(path: Path, rows: Rows) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def row(host: str, *texts: str, date: str = "2026-01-01") -> dict[str, str]:
    return {"url": f"https://{host}/x", "date": date, "text": "\n\n".join(texts)}


def cleaned(folder: Path, rows: Rows, **options: Any) -> list[list[str]]:
    """Clean rows and return the paragraphs that are left of each."""
    source = write(folder / "in.jsonl", rows)
    job(source, folder / "out", **options)
    lines = (folder / "out" / "in.jsonl").read_text("utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in lines]
    return [[each.strip() for each in text.split("\n\n") if each.strip()] for text in texts]


def job(source: Path, output: Path, **options: Any) -> Summary:
    return clean_files(make_request([str(source)], str(output), workers=1, **options))


# -- who is kept


def test_the_longest_is_kept(tmp_path: Path) -> None:
    left = cleaned(tmp_path, [row("a", A), row("b", LONG_A)], policy=Policy(keep="longest"))
    assert left == [[], [LONG_A]]


@pytest.mark.parametrize(
    "dates",
    [("2025-12-31", "2026-01-01"), ("2026-01-01T00:00:00+02:00", "2026-01-01T00:00:00Z"),
     ("", "1980"), ("20251231235959", "20260101")],
)  # fmt: skip
def test_the_newest_is_kept(tmp_path: Path, dates: tuple[str, str]) -> None:
    rows = [row("a", A, date=dates[0]), row("b", A, date=dates[1]), row("c", A, date=dates[1])]
    assert cleaned(tmp_path, rows, policy=Policy(keep="newest")) == [[], [A], []]


def test_what_is_no_date_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"in\.jsonl#0: its date is 'May', which is no date"):
        cleaned(tmp_path, [row("a", A, date="May")], policy=Policy(keep="newest"))


def test_the_order_of_sources_says_who_is_kept(tmp_path: Path) -> None:
    policy = Policy(keep="order", order=("wiki*", "*.news"))
    rows = [row("blog", A, B, C), row("daily.news", A, B), row("wiki.example", A)]
    assert cleaned(tmp_path, rows, policy=policy) == [[C], [B], [A]]


# -- where copies are looked for


def test_within_a_host(tmp_path: Path) -> None:
    rows = [row("a", A, B), row("b", A), row("a", B, C), row("b", A, C)]
    assert cleaned(tmp_path, rows, policy=Policy(scope="host")) == [[A, B], [A], [C], [C]]


def test_within_a_document(tmp_path: Path) -> None:
    rows = [row("a", A, B, A), row("a", A, B)]
    assert cleaned(tmp_path, rows, policy=Policy(scope="document")) == [[A, B], [A, B]]


# -- what stays all the same


def test_only_what_occurs_often_goes(tmp_path: Path) -> None:
    rows = [row("a", A, B), row("b", A, B), row("c", A)]
    assert cleaned(tmp_path, rows, policy=Policy(min_copies=3)) == [[A, B], [B], []]


def test_protected_paragraphs_stay(tmp_path: Path) -> None:
    rows = [row("a", A, B), row("b", A, B)]
    left = cleaned(tmp_path, rows, policy=Policy(protect=("nothing like it", re.escape(A[:30]))))
    assert left == [[A, B], [A]]
    assert [each.text for each in record.read(str(tmp_path / "out" / record.RECORD))] == [B]


# -- references


@pytest.mark.parametrize("keep", ["first", "longest"])
def test_what_a_reference_holds_goes(tmp_path: Path, keep: str) -> None:
    old = write(tmp_path / "old" / "a.jsonl", [row("z", A), row("y", A, C)])
    before = old.read_bytes()
    left = cleaned(
        tmp_path, [row("a", LONG_A, B), row("b", B)], references=[str(tmp_path / "old")],
        policy=Policy(keep=keep),
    )  # fmt: skip
    assert left == [[B], []]
    assert old.read_bytes() == before
    gone = list(record.read(str(tmp_path / "out" / record.RECORD)))
    assert gone[0].kept is not None
    assert (gone[0].kept["source"], gone[0].kept["first"]) == (str(old), 1)


def test_an_index_is_a_reference(tmp_path: Path) -> None:
    with dedup.Index(tmp_path / "seen.db") as index:
        index.add_many([A, C], ["https://old/1#1", "https://old/1#2"])
    left = cleaned(tmp_path, [row("a", A, B), row("b", B)], references=[str(tmp_path / "seen.db")])
    assert left == [[B], []]
    (gone, _) = record.read(str(tmp_path / "out" / record.RECORD))
    assert gone.kept is not None
    assert gone.kept["record"] == "https://old/1#1"
    with dedup.Index(tmp_path / "seen.db") as index:
        assert len(index) == 2


def test_an_index_takes_out_what_it_would_have_known(tmp_path: Path) -> None:
    texts = [each for text in dumps.documents(3, 60) for each in text.split("\n\n")]
    old, new = texts[: len(texts) // 2], texts[len(texts) // 2 :]
    with dedup.Index.from_paragraphs(old, tmp_path / "seen.db") as index:
        recipe = index.recipe
        answers = index.add_many(new, [str(k) for k in range(len(new))])
    gone = [each.strip() for each, match in zip(new, answers, strict=True) if match and
            match.is_copy]  # fmt: skip
    with dedup.Index.from_paragraphs(old, tmp_path / "old.db"):
        pass
    rows = [row("a", each) for each in new]
    source = write(tmp_path / "in.jsonl", rows)
    job(
        source, tmp_path / "out", references=[str(tmp_path / "old.db")],
        recipe=recipe,
    )  # fmt: skip
    found = [each.text for each in record.read(str(tmp_path / "out" / record.RECORD))]
    assert found == gone
    assert len(gone) > 30


def test_an_index_without_texts_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "seen.db"
    dedup.Index(path, variants="remove", store_texts=False).close()
    with pytest.raises(InputError, match=r"seen\.db: it stores no texts to compare with; make an"):
        cleaned(tmp_path, [row("a", A)], references=[str(path)])


def test_a_reference_is_not_cleaned(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    with pytest.raises(InputError, match="is to be cleaned and a reference too"):
        cleaned(tmp_path, [row("a", A)], references=[str(source)])


# -- values


BAD: dict[str, tuple[Callable[[], object], str]] = {
    "keep": (lambda: Policy(keep="last"), "keep is 'last'; it must be one of 'first'"),
    "scope": (lambda: Policy(scope="site"), "scope is 'site'; it must be one of 'all'"),
    "an order that isn't asked for": (lambda: Policy(order=("a",)), "keep is 'first' and order"),
    "no order": (lambda: Policy(keep="order"), "order has 0 patterns"),
    "one copy": (lambda: Policy(min_copies=1), "min_copies is 1; it must be 2 or more"),
    "all may be lost": (lambda: Policy(max_loss=1.5), "max_loss is 1.5"),
    "no expression": (lambda: Policy(protect=("(",)), r"protect is '\('; it is not a regular"),
    "nowhere": (lambda: make_request(["a"]), "output and plan: one of the two must be given"),
    "two places": (lambda: make_request(["a"], "b", plan="c"), "output and plan"),
    "another plan": (
        lambda: make_request(["a"], "b", apply="p", policy=Policy(keep="longest")), "apply carries",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("make", "message"), BAD.values(), ids=BAD)
def test_wrong_values_are_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


# -- the command


def test_the_command_tells_who_lost_what(tmp_path: Path, capsys: Capture) -> None:
    rows = [row("a.example", A, B), row("b.example", A), row("b.example", A, D)]
    source = write(tmp_path / "in.jsonl", rows)
    assert main(["clean", str(source), "-o", f"{tmp_path}/out/"]) == 0
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("took out 2 of 5 paragraphs, ")
    assert "hosts that lost most:" in lines
    assert any("2 of 3  b.example" in line for line in lines)
    assert any(line.strip().startswith("3 times, 2 hosts: ") for line in lines)
    assert lines[-1] == (
        f"written to {tmp_path}/out/; what went is in {tmp_path}/out/removed.jsonl.gz"
    )
    told = json.loads((tmp_path / "out" / "cleaned.json").read_text("utf-8"))
    assert told["hosts"]["b.example"]["gone"] == 2
    assert told["repeated"][0]["times"] == 3


def test_the_command_makes_plans_and_carries_them_out(tmp_path: Path, capsys: Capture) -> None:
    source = write(tmp_path / "in.jsonl", [row("a", A, B), row("b", A)])
    plan = str(tmp_path / "plan.jsonl")
    assert main(["clean", str(source), "--plan", plan, "--scope", "all"]) == 0
    assert "would take out 1 of 3 paragraphs" in capsys.readouterr().err
    assert main(["clean", "--apply", plan, "-o", f"{tmp_path}/out/"]) == 0
    assert "took out 1 paragraph" in capsys.readouterr().err
    assert main(["clean", str(source), "--plan", str(tmp_path / "plan.parquet")]) == 2
    assert "a plan is JSON Lines" in capsys.readouterr().err
    assert main(["clean", "-o", str(tmp_path / "x")]) == 2
    assert "Missing argument 'PATH...'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--keep", "longest"], "--keep works on files that are written; name a folder with -o"),
        (["--min-copies", "3", "-o", "{}/out", "--max-loss", "7"], "max_loss is 7"),
        (["-o", "{}/out", "--removed", "{}/gone.csv"], "is no name for a record of removals"),
        (["-o", "{}/out", "--memory", "much"], "memory is 'much'; it must be a size"),
        (["-o", "{}/out", "--reference", "{}/none"], "no such file or folder"),
        (["-o", "{}/out", "--text-field", "body"], "body"),
    ],
)
def test_what_cannot_be_is_one_line(
    tmp_path: Path, capsys: Capture, arguments: list[str], message: str
) -> None:
    source = write(tmp_path / "in.jsonl", [row("a", A)])
    given = [each.replace("{}", str(tmp_path)) for each in arguments]
    assert main(["clean", str(source), *given]) == 2
    err = capsys.readouterr().err
    assert message in err
    assert err.count("\n") == 1
    assert "Traceback" not in err
