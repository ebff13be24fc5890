"""The benchmark of the check: what is planted is there, marks are right; nothing is timed."""

import json
from collections import Counter
from pathlib import Path

import pytest

from benchmarks import check, checkers, site
from benchmarks.checkers import Finding, Place, Texts
from benchmarks.measure import table
from tests.support.brute import similarity, words

PAGES = site.make(60, seed=3, copies=4)


def text_of(page: site.Page, block: site.Block) -> str:
    return "\n".join(page.text.split("\n")[block.first - 1 : block.last])


def groups() -> dict[int, list[tuple[site.Page, site.Block]]]:
    found: dict[int, list[tuple[site.Page, site.Block]]] = {}
    for page in PAGES:
        for block in page.blocks:
            if block.group >= 0:
                found.setdefault(block.group, []).append((page, block))
    return found


def test_the_same_seed_makes_the_same_site() -> None:
    assert site.make(12, seed=3, copies=1) == site.make(12, seed=3, copies=1)
    assert site.make(12, seed=3, copies=1) != site.make(12, seed=4, copies=1)


def test_blocks_stand_one_behind_the_other_with_blank_lines_between() -> None:
    for page in PAGES:
        lines = page.text.split("\n")
        at = 0
        for block in page.blocks:
            assert block.first > at
            assert lines[block.first - 1]
            assert lines[block.last - 1]
            assert lines[block.last] == ""
            at = block.last


def test_each_sort_is_planted_as_often_as_asked_for() -> None:
    planted = Counter(block.sort for page in PAGES for block in page.blocks if block.group >= 0)
    originals = planted.pop("")
    assert planted == dict.fromkeys(site.SORTS, 4)
    assert originals == 4 * (len(site.SORTS) - 1) + 1
    for places in groups().values():
        assert sum(not block.sort for _, block in places) == 1
        assert len({page.path for page, _ in places}) == len(places)


def test_copies_are_what_their_sort_says() -> None:
    for places in groups().values():
        originals = [text_of(*each) for each in places if not each[1].sort]
        for page, block in places:
            text, original = text_of(page, block), originals[0]
            if block.sort in (site.EXACT, site.FIVE):
                assert text == original
            elif block.sort:
                assert text != original
            if block.sort == site.WRAPPED:
                assert text.split() == original.split()
            if block.sort == site.QUOTED:
                assert all(line.startswith("> ") for line in text.split("\n"))
            if block.sort in (site.EDITED, site.REPLACED):
                plain = original.replace("*", "").replace("`", "")
                assert similarity(words(text), words(plain)) > 0.7


def test_perfect_findings_are_marked_perfect() -> None:
    perfect = [[_place(page, block) for page, block in each] for each in groups().values()]
    marks = check.mark(PAGES, perfect)
    assert marks.found == marks.exact == dict.fromkeys(site.SORTS, 4)
    assert marks.findings == marks.groups == len(perfect)
    assert not marks.other


def test_pairs_count_several_findings_a_group() -> None:
    (five,) = (each for each in groups().values() if len(each) == 5)
    places = [_place(*each) for each in five]
    marks = check.mark(PAGES, [[places[0], each] for each in places[1:]])
    assert (marks.findings, marks.groups, marks.found.total()) == (4, 1, 4)


def test_a_copy_is_found_from_half_of_it_on_and_exact_at_its_lines_alone() -> None:
    (first, *_) = (each for each in groups().values() if each[0][1].sort or each[1][1].sort)
    one, two = (_place(*each) for each in first[:2])

    def found(share: float) -> int:
        parts = [
            each._replace(end=each.start + int((each.end - each.start) * share) + 1, last=0)
            for each in (one, two)
        ]
        marks = check.mark(PAGES, [parts])
        assert not marks.exact.total()
        return marks.found.total()

    assert (found(0.4), found(0.6)) == (0, 1)


def test_a_finding_of_nothing_planted_is_named_for_the_block_it_begins_in() -> None:
    codes = [
        _place(page, block) for page in PAGES for block in page.blocks if block.kind == site.CODE
    ]
    marks = check.mark(PAGES, [codes[:2], [codes[2], codes[3]._replace(path="elsewhere.md")]])
    assert marks.other == {site.CODE: 2}
    assert not marks.found


def _place(page: site.Page, block: site.Block) -> Place:
    lines = page.text.split("\n")
    start = sum(len(line) + 1 for line in lines[: block.first - 1])
    return Place(page.path, block.first, block.last, start, start + len(text_of(page, block)))


def test_places_of_both_reports_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# One\n\nAlike, äöü,\nin two lines.\n", encoding="utf-8")
    (tmp_path / "b.md").write_text("Alike, äöü,\nin two lines.\n", encoding="utf-8")
    texts = Texts(tmp_path)
    sides = {
        "firstFile": _side("a.md", (2, 0), (4, 13)),
        "secondFile": _side("./b.md:markdown", (1, 0), (2, 13)),
    }
    report = json.dumps({"duplicates": [sides]})
    (tmp_path / "jscpd-report.json").write_text(report, encoding="utf-8")
    expected = [[Place("a.md", 3, 4, 7, 32), Place("b.md", 1, 2, 0, 25)]]
    assert checkers.jscpd("", "jscpd").read(texts, b"", tmp_path) == expected
    places = [{"source": "a.md", "first": 3, "last": 4}, {"source": "b.md", "first": 1, "last": 2}]
    written = json.dumps({"findings": [{"places": places}]}).encode()
    assert checkers.dedup("").read(texts, written, tmp_path) == expected


def _side(name: str, *ends: tuple[int, int]) -> dict[str, object]:
    start, end = ({"line": line, "column": column} for line, column in ends)
    return {"name": name, "startLoc": start, "endLoc": end}


def test_a_group_is_linked_where_findings_join_all_its_places() -> None:
    places = [Place(f"{name}.md", 1, 1, 0, 10) for name in "abc"]
    group = check.Group("prose", places)

    def links(*findings: Finding) -> tuple[bool, int]:
        return check.Links(findings).of(group)

    assert links() == (False, 0)
    assert links(places) == (True, 1)
    assert links(places[:2]) == (False, 1)
    assert links(places[:2], places[1:]) == (True, 2)
    assert links([places[0]._replace(end=3), places[1]], places[1:]) == (False, 2)
    assert links([places[0]], [places[1], Place("d.md", 1, 1, 0, 10)]) == (False, 0)


def test_a_checker_that_fails_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "empty").mkdir()
    with pytest.raises(RuntimeError, match="no files to check"):
        checkers.run(checkers.dedup("dedup"), tmp_path / "empty", tmp_path / "out")


def test_it_prints_times_findings_and_targets(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkers, "jscpd_installed", lambda: None)
    real = tmp_path / "real"
    text = " ".join(f"word{number}" for number in range(25))
    for name in ("a.md", "b.md"):
        path = real / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# {name}\n\n{text}\n", encoding="utf-8")
    group = {"kind": "prose", "text": text, "places": ["a.md:3", "b.md:3"]}
    (real / "exact_groups.jsonl").write_text(json.dumps(group), encoding="utf-8")
    check.main(["--files", "40", "--copies", "2", "--repeats", "1", "--real", str(real)])
    output = capsys.readouterr().out
    assert "jscpd is not installed" in output
    rows = {tuple(filter(None, row.split("  "))) for row in output.split("\n")}
    cells = {tuple(map(str.strip, row)) for row in rows}
    assert ("planted copies found", "22", "all 22", "reached") in cells
    assert ("real site: groups of prose found", "1", "all 1", "reached") in cells
    assert ("seconds, as multiple of jscpd", "-", "at most 3", "not measured") in cells


def test_without_the_real_site_it_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = check.Options(real=tmp_path, repeats=1)
    assert list(check.on_real_site(options, [], tmp_path, table)) == []
    assert "The real site is left out: there is no" in capsys.readouterr().out
