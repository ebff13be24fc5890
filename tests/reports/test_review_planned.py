"""The review page of a plan, as a file: removals beside what they repeat, as the plan has them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from dedup import Index
from dedup.cli import main
from dedup.dump.partners import look
from dedup.reports.review import page
from tests.support.articles import PARAGRAPHS, edit
from tests.support.review import data_of


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    Path("in/a.md").write_text(
        "\n\n".join([*PARAGRAPHS[:4], "First.", "Apart.", PARAGRAPHS[6]]) + "\n"
    )
    Path("in/b.md").write_text(
        "\n\n".join(
            [*PARAGRAPHS[:3], "One.", "Two.", edit(PARAGRAPHS[3], 0), "Six.", f"*{PARAGRAPHS[6]}*"]
        )
        + "\n"
    )
    return tmp_path


def reviewed(*options: str, plan: str = "plan.jsonl") -> Any:
    assert main(["clean", *options, "--plan", plan, "--review", "review.html"]) == 0
    return data_of(Path("review.html").read_text())


def lines_of(data: Any) -> list[str]:
    """Write the plan that the page gives where nothing is unticked, as its script does."""
    sources, places, texts = data["sources"], data["places"], data["texts"]

    def place(at: int) -> dict[str, Any]:
        source, record, first, last = places[at]
        return {"source": sources[source], "record": record, "first": first, "last": last}

    found = []
    for finding in data["findings"]:
        for kept, _, copy, _, similarity, kind, _, _, removal in finding[7]:
            line, document, paragraph, start, end, text, rest = removal
            fields = {
                **place(copy), "document": document, "paragraph": paragraph, "start": start,
                "end": end, "similarity": similarity, "kind": kind,
                "kept": None if kept < 0 else place(kept), "text": texts[text], **rest,
            }  # fmt: skip
            found.append((line, json.dumps(fields)))
    return [data["head"]["plan"]["head"], *(line for _, line in sorted(found))]


def test_runs_come_first_and_every_removal_stands_beside_what_it_repeats() -> None:
    data = reviewed("in")
    run, *groups = data["findings"]
    assert run[:3] == ["run", "in/b.md:1-5", "lines 1-5 repeat in/a.md:1-5: 3 paragraphs"]
    assert [each[0] for each in groups] == ["group", "group"]
    for finding in data["findings"]:
        for kept, kept_text, _, copy_text, *_ in finding[7]:
            assert kept >= 0
            assert kept_text >= 0
            assert copy_text >= 0
    (edited,) = (pair for each in groups for pair in each[7] if pair[5] == "near")
    assert data["texts"][edited[1]] == PARAGRAPHS[3]
    assert edited[6] is not None


# The options of a plan, and the kind of removal that is in it for them.
MADE = {
    "usual": ("near",),
    "contained": ("contained", "--contained", "remove"),
    "boilerplate": ("boilerplate", "--min-copies", "3", "--boilerplate", "drop"),
    "whole documents": ("document", "--drop-documents", "0.5"),
    "variants": ("near", "--variants", "remove"),
    "characters": ("near", "--tokens", "chars", "--threshold", "0.76"),
}


@pytest.mark.parametrize("options", MADE.values(), ids=MADE)
def test_what_the_page_holds_is_the_plan(options: tuple[str, ...]) -> None:
    kind, *others = options
    dull = "Subscribe to our letter, which comes every week and tells you what the ferry does."
    release = "To install version 3.4 of the tide service stop the old one and start the new one."
    texts = [dull, PARAGRAPHS[7], f"{PARAGRAPHS[8]} {PARAGRAPHS[7]}", release]
    for name, every in (("c", texts), ("d", [dull, release.replace("3.4", "3.5")])):
        rows = [{"id": f"{name}{k}", "text": text} for k, text in enumerate(every)]
        rows.append({"id": name, "text": f"{dull}\n\n{dull}\n\nOn its own."})
        Path(f"in/{name}.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    data = reviewed("in", *others)
    assert lines_of(data) == Path("plan.jsonl").read_text().splitlines()
    assert kind in {pair[5] for each in data["findings"] for pair in each[7]}


def test_rows_and_odd_characters_come_back_as_they_were() -> None:
    texts = [f"\ud800 {PARAGRAPHS[0]} \x00\u2028</script>", "Else.", PARAGRAPHS[1]]
    rows = [{"id": str(k), "text": "\n".join(texts)} for k in range(2)]
    Path("rows.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    data = reviewed("rows.jsonl", "--markup", "lines")
    assert len(data["findings"]) == 1
    assert lines_of(data) == Path("plan.jsonl").read_text().splitlines()


def test_a_plan_that_is_there_is_shown_without_being_made_again() -> None:
    reviewed("in", plan="plan.jsonl.gz")
    before = Path("plan.jsonl.gz").read_bytes()
    data = reviewed(plan="plan.jsonl.gz")
    assert Path("plan.jsonl.gz").read_bytes() == before
    assert lines_of(data) == gzip.decompress(before).decode().splitlines()
    assert data["head"]["plan"]["name"] == "plan.reviewed.jsonl"


def test_what_a_reference_holds_stands_beside_what_repeats_it() -> None:
    Path("old.txt").write_text(f"{PARAGRAPHS[8]}\n")
    with Index("old.db") as index:
        index.add(PARAGRAPHS[9], key="page")
    Path("in/c.md").write_text(f"{PARAGRAPHS[8]}\n\nElse.\n\n{PARAGRAPHS[9]}\n")
    data = reviewed("in/c.md", "--reference", "old.txt", "--reference", "old.db")
    kept = [data["texts"][pair[1]] for each in data["findings"] for pair in each[7]]
    assert sorted(kept) == sorted(PARAGRAPHS[8:10])
    assert lines_of(data) == Path("plan.jsonl").read_text().splitlines()


def test_a_reference_that_the_command_line_does_not_name_is_not_opened() -> None:
    Path("old.txt").write_text(f"{PARAGRAPHS[8]}\n")
    Path("in/c.md").write_text(f"{PARAGRAPHS[8]}\n")
    reviewed("in/c.md", "--reference", "old.txt")
    head, *lines = Path("plan.jsonl").read_text().splitlines()
    made = json.loads(head)
    made["made"]["references"] = ["http://example.org/", "/dev/zero"]
    Path("plan.jsonl").write_text("\n".join([json.dumps(made), *lines, ""]))
    data = reviewed()
    ((kept, text, *_),) = data["findings"][0][7]
    assert data["sources"][data["places"][kept][0]] == "old.txt"
    assert text == -1


def test_a_plan_that_names_more_than_it_was_made_of_ends_at_the_first_other_file(
    capfd: pytest.CaptureFixture[str],
) -> None:
    reviewed("in")
    Path("other").mkdir()
    Path("other/x.txt").write_text("Other.\n")
    head, *lines = Path("plan.jsonl").read_text().splitlines()
    for paths, said in (
        (["other"], "other/x.txt is none of it"),
        (["http://example.org/"], "give the paths"),
        (["/dev/zero"], "give the paths"),
    ):
        changed = json.dumps({**json.loads(head), "paths": paths})
        Path("plan.jsonl").write_text("\n".join([changed, *lines, ""]))
        assert main(["clean", "--plan", "plan.jsonl", "--review", "review.html"]) == 2
        assert said in capfd.readouterr().err


def test_of_paragraphs_in_one_line_the_right_ones_are_shown() -> None:
    page_of = "".join(f"<p>{text}</p>" for text in [*PARAGRAPHS[:4], edit(PARAGRAPHS[2], 1)])
    Path("a.html").write_text(page_of)
    data = reviewed("a.html")
    (finding,) = data["findings"]
    assert data["texts"][finding[7][0][1]] == PARAGRAPHS[2]


def test_a_full_page_holds_what_saves_most_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "MOST_FINDINGS", 2)
    data = reviewed("in")
    assert data["head"]["plan"]["total"] == 5
    assert sum(len(each[7]) for each in data["findings"]) == 2
    made = Path("plan.jsonl").read_text().splitlines()
    sizes = sorted((len(json.loads(line)["text"].split()) for line in made[1:]), reverse=True)
    held = [json.loads(line) for line in lines_of(data)[1:]]
    assert sorted((len(each["text"].split()) for each in held), reverse=True) == sizes[:2]


def test_a_plan_of_other_input_is_refused(capfd: pytest.CaptureFixture[str]) -> None:
    reviewed("in")
    Path("in/a.md").write_text("Something else.\n")
    assert main(["clean", "--plan", "plan.jsonl", "--review", "review.html"]) == 2
    assert "it was made of other input" in capfd.readouterr().err


WRONG = {
    "without a plan": (
        ("in", "--review", "r.html"),
        "--review shows a plan; name the plan with --plan",
    ),
    "of a plan that is not there": (("--plan", "none.jsonl", "--review", "r.html"), "Missing arg"),
    "over the input": (
        ("in/a.md", "--plan", "p.jsonl", "--review", "in/a.md"),
        "is part of the input; name",
    ),
    "over the plan": (
        ("in", "--plan", "p.jsonl", "--review", "p.jsonl"),
        "is part of the input; name",
    ),
    "what is no plan": (("--plan", "in/a.md", "--review", "r.html"), "error"),
}


@pytest.mark.parametrize(("options", "said"), WRONG.values(), ids=WRONG)
def test_what_can_not_be_shown_is_told(
    options: tuple[str, ...], said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["clean", *options]) == 2
    error = capfd.readouterr().err
    assert said in error or said == "error"
    assert "please report it" not in error
    assert PARAGRAPHS[0] in Path("in/a.md").read_text()


def test_an_empty_plan_has_a_page() -> None:
    Path("one.txt").write_text("One.\n")
    data = reviewed("one.txt")
    assert data["findings"] == []
    assert look("plan.jsonl", 10, 1_000).total == 0
