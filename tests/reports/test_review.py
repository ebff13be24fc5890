"""The review page as a file: what it holds, what nobody can write into it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.cli import main
from dedup.explanation import explain
from dedup.paragraph import Paragraph
from dedup.reports.review import page
from tests.support.articles import PARAGRAPHS, edit
from tests.support.review import HOSTILE, data_of, made_of, written

SCRIPT = re.compile(r"<script[ >]")


def test_every_text_is_stored_once() -> None:
    text = PARAGRAPHS[0]
    made = written([text, "Else.", text, "Else.", text, edit(text, 0)])
    assert data_of(made)["texts"] == [text, edit(text, 0)]
    assert made.count(text) == 1


def test_what_a_page_says_of_a_run() -> None:
    (row,) = data_of(written([*PARAGRAPHS[:3], *PARAGRAPHS[:3]]))["findings"]
    sort, place, title, words, more = row[:5]
    assert (sort, place, more) == ("run", "a.txt:4-6", 0)
    assert title == "lines 4-6 repeat lines 1-3: 3 paragraphs, identical"
    assert words == 98
    assert [pair[4:6] for pair in row[7]] == [[1.0, "exact"]] * 3
    assert [pair[1] == pair[3] for pair in row[7]] == [True] * 3


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_no_text_ends_the_data_or_changes_the_page(hostile: str) -> None:
    texts = [f"{hostile} {PARAGRAPHS[0]} {hostile}", "Else.", f"{hostile} {PARAGRAPHS[0]}"]
    made = written(texts, source=f"a{hostile}.txt", record=hostile)
    usual = written([PARAGRAPHS[0], "Else.", edit(PARAGRAPHS[0], 1)])
    assert len(SCRIPT.findall(made)) == len(SCRIPT.findall(usual)) == 2
    assert made.split('id="data">')[0] == usual.split('id="data">')[0]
    found = data_of(made)
    assert {texts[0], texts[2]} >= set(found["texts"])
    assert found["sources"] == [f"a{hostile}.txt"]
    made.encode()


def test_the_policy_allows_the_own_script_and_style_alone() -> None:
    made = written([PARAGRAPHS[0], "Else.", PARAGRAPHS[0]])
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', made)
    assert policy
    rules = dict(each.split(" ", 1) for each in policy[1].split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"].startswith("'sha256-")
    assert rules["style-src"].startswith("'sha256-")
    assert "unsafe" not in policy[1]


class Elements(HTMLParser):
    """Collects the attributes of all elements."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names |= {name for name, _ in attrs}


def test_nothing_in_the_page_is_loaded_and_no_attribute_is_a_script_or_style() -> None:
    elements = Elements()
    elements.feed(written([PARAGRAPHS[0], "Else.", PARAGRAPHS[0]]))
    assert not elements.names & {"src", "srcset", "style", "action"}
    assert not [name for name in elements.names if name.startswith("on")]


TEXTS = st.lists(
    st.sampled_from(["One", "one,", "“two”", "Three!", "4", "😀", "五六", "é", "-"]), max_size=9
).map(" ".join)


@given(TEXTS, TEXTS)
def test_lengths_cut_both_texts_where_they_differ(a: str, b: str) -> None:
    stretches = explain(a, b).stretches
    lengths = page.lengths_of(stretches)
    for side, text in ((0, a), (1, b)):
        units = text.encode("utf-16-le")
        cuts = lengths[side::2]
        assert sum(cuts) == len(units) // 2
        at, pieces = 0, []
        for size in cuts:
            pieces.append(units[2 * at : 2 * (at + size)].decode("utf-16-le"))
            at += size
        differing = [
            (each.old, each.new)[side] for each in stretches if each.op != "same"
        ]  # fmt: skip
        assert len(pieces[1::2]) == len(differing)
        for piece, stretch in zip(pieces[1::2], differing, strict=True):
            assert stretch.startswith(piece)


def many(count: int) -> str:
    """Make groups of which each repeats more words than the next."""
    texts = [f"{' '.join(f'w{k}x{j}' for j in range(50 - k))}" for k in range(count)]
    paragraphs = [
        Paragraph(text, f"{number}.txt", None, 2 * k + 1, 2 * k + 1)
        for number in range(2)
        for k, text in enumerate(texts if number == 0 else reversed(texts))
    ]
    return made_of(paragraphs)


def left(made: str) -> list[int]:
    return [each[4] for each in data_of(made)["head"]["sorts"]]


def test_a_page_that_is_full_holds_what_saves_most_words(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = many(12)
    assert left(whole) == [0, 0, 0, 0]
    monkeypatch.setattr(page, "MOST_FINDINGS", 5)
    some = data_of(many(12))
    assert [each[3] for each in some["findings"]] == [50, 49, 48, 47, 46]
    assert [each[3:] for each in some["head"]["sorts"]][1] == [12, 7]


def test_a_page_is_no_larger_than_it_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "MOST_BYTES", page._FRAME + 2_500)
    made = many(20)
    held = len(data_of(made)["findings"])
    assert 0 < held < 20
    assert left(made)[1] == 20 - held
    assert len(made.encode()) < page.MOST_BYTES


def test_very_long_paragraphs_are_not_shown_word_by_word() -> None:
    text = " ".join(f"w{k}" for k in range(20_000))
    (row,) = data_of(written([text, "Else.", f"{text} more"]))["findings"]
    assert row[7][0][6] is None


def test_a_group_of_very_many_copies_names_the_first() -> None:
    texts = [each for k in range(1_200) for each in (PARAGRAPHS[0], f"Else {k}.")]
    (row,) = data_of(written(texts))["findings"]
    assert (len(row[7]), row[4]) == (1_000, 199)


def test_find_writes_a_page(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.txt").write_text(f"{PARAGRAPHS[0]}\n\nElse.\n\n{PARAGRAPHS[0]}\n")
    out = tmp_path / "review.html"
    assert main(["find", str(tmp_path / "a.txt"), "--format", "html", "-o", str(out)]) == 0
    assert capfd.readouterr().out == ""
    assert data_of(out.read_text())["findings"][0][0] == "group"
    assert main(["find", str(tmp_path / "a.txt"), "--format", "html"]) == 0
    assert re.sub(r"\d\.\d\d s", "", capfd.readouterr().out) == re.sub(
        r"\d\.\d\d s", "", out.read_text()
    )


def test_a_report_is_never_written_over_what_it_tells_of(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "a.txt"
    source.write_text(f"{PARAGRAPHS[0]}\n\nElse.\n\n{PARAGRAPHS[0]}\n")
    for paths in ([str(source)], [str(tmp_path)]):
        assert main(["find", *paths, "-o", str(source)]) == 2
        assert "is part of the input; name another file with -o" in capfd.readouterr().err
    assert "Else." in source.read_text()


@pytest.mark.parametrize("form", ["text", "json", "jsonl"])
def test_every_report_goes_to_a_file(
    form: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.txt").write_text(f"{PARAGRAPHS[0]}\n\nElse.\n\n{PARAGRAPHS[0]}\n")
    command = ["find", str(tmp_path / "a.txt"), "--format", form]
    assert main(command) == 0
    shown = capfd.readouterr().out
    assert main([*command, "-o", str(tmp_path / "out")]) == 0
    assert capfd.readouterr().out == ""
    seconds = re.compile(r"\d\.\d+ s|\"seconds\": [0-9.]+")
    assert seconds.sub("", (tmp_path / "out").read_text()) == seconds.sub("", shown)


def test_a_histogram_is_no_page(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.txt").write_text("One.\n")
    assert main(["find", str(tmp_path / "a.txt"), "--histogram", "--format", "html"]) == 2
    assert "--histogram writes text or json" in capfd.readouterr().err


def test_the_page_is_left_out_of_a_check_of_the_folder_it_lies_in(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.md").write_text("A paragraph of its own.\n")
    (tmp_path / "review.html").write_text(written([PARAGRAPHS[0], "Else.", PARAGRAPHS[0]]))
    assert main(["check", "--files"]) == 0
    assert "review.html: left out: generated" in capfd.readouterr().out
