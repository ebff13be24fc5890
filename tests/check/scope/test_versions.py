"""Versions and languages that site generators lay out as copies, and those of unknown layouts."""

from __future__ import annotations

from pathlib import Path

import pytest

from dedup.check.findings.report import REPEATED, SIMILAR
from dedup.check.scope.versions import rank_of
from tests.support.repositories import PROSE, Repository, drifted, page

A, B, C, D = PROSE[:4]


@pytest.fixture
def repository(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Repository:
    return Repository(tmp_path / "site", capsys, monkeypatch)


#: Files that tell of a site generator, and pages that are copies by design.
SITES: dict[str, tuple[dict[str, str], list[str]]] = {
    "Docusaurus, its docs beside its folder": (
        {"website/docusaurus.config.js": ""},
        ["docs/a.md", "website/versioned_docs/version-1.0/a.md",
         "website/versioned_docs/version-2.0/a.md",
         "website/i18n/fr/docusaurus-plugin-content-docs/current/a.md"],
    ),
    "Docusaurus, its docs deeper down": (
        {"x/website/docusaurus.config.ts": ""},
        ["x/docs/a.md", "x/website/versioned_docs/version-1.0/a.md"],
    ),
    "Starlight, a language in the root": (
        {"astro.config.mjs": ""},
        ["src/content/docs/guides/a.md", "src/content/docs/fr/guides/a.md",
         "src/content/docs/pt-br/guides/a.md"],
    ),
    "Starlight, every language in a folder": (
        {"astro.config.mjs": ""},
        ["src/content/docs/en/a.mdx", "src/content/docs/de/a.mdx"],
    ),
    "Starlight, versions": (
        {"astro.config.ts": ""}, ["src/content/docs/a.md", "src/content/docs/1.0/a.md"],
    ),
    "Sphinx, locale beside the pages": (
        {"docs/conf.py": ""},
        ["docs/guide/a.rst", "docs/locale/de/guide/a.rst", "docs/locale/ja/guide/a.rst"],
    ),
    "Sphinx, a project a language": (
        {"docs/en/conf.py": "", "docs/de/conf.py": ""}, ["docs/en/a.rst", "docs/de/a.rst"],
    ),
    "MkDocs i18n, folders, one language in the root": (
        {"mkdocs.yml": ""}, ["docs/guide/a.md", "docs/fr/guide/a.md"],
    ),
    "MkDocs i18n, suffixes": ({"mkdocs.yml": ""}, ["docs/a.md", "docs/a.fr.md"]),
    "MkDocs, a project a language": (
        {"docs/en/mkdocs.yml": "", "docs/de/mkdocs.yml": ""},
        ["docs/en/docs/a.md", "docs/de/docs/a.md"],
    ),
    "MkDocs, a project a version": (
        {"docs/v1.0/mkdocs.yml": "", "docs/v2.0/mkdocs.yml": ""},
        ["docs/v1.0/docs/a.md", "docs/v2.0/docs/a.md"],
    ),
    "Antora, versions of a component": (
        {"docs/one/antora.yml": "name: guide\nversion: '1.0'\n",
         "docs/two/antora.yml": "name: guide\nversion: ~\n"},
        ["docs/one/modules/ROOT/pages/a.adoc", "docs/two/modules/ROOT/pages/a.adoc"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("marks", "pages"), SITES.values(), ids=SITES)
def test_copies_of_a_known_layout_are_not_compared(
    repository: Repository, marks: dict[str, str], pages: list[str]
) -> None:
    for path, content in marks.items():
        repository.write(path, content)
    for path in pages:
        repository.write(path, f"{A}\n\n{B}\n")
    assert repository.check().findings == []
    assert repository.check("--preset", "none").code == 1
    repository.write(pages[0].replace("/a.", "/b."), f"{A}\n")
    assert repository.check().found == [
        (REPEATED, sorted(f"{each}:1" for each in (pages[0].replace("/a.", "/b."), pages[0]))[::-1])
    ]


#: Layouts that only look like versions or languages.
OTHERS: dict[str, tuple[dict[str, str], list[str]]] = {
    "components of Antora with different names": (
        {"one/antora.yml": "name: guide\n", "two/antora.yml": "name: api\n"},
        ["one/modules/ROOT/pages/a.adoc", "two/modules/ROOT/pages/a.adoc"],
    ),
    "a folder of MkDocs named as a language, with pages of its own": (
        {"mkdocs.yml": ""}, ["docs/start.md", "docs/it/a.md"],
    ),
    "Docusaurus with docs of its own": (
        {"website/docusaurus.config.js": "", "website/docs/x.md": ""},
        ["docs/a.md", "website/docs/a.md"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("marks", "pages"), OTHERS.values(), ids=OTHERS)
def test_what_is_no_edition_of_a_page_is_compared(
    repository: Repository, marks: dict[str, str], pages: list[str]
) -> None:
    for path, content in marks.items():
        repository.write(path, content)
    for path in pages:
        repository.write(path, f"{A}\n")
    assert len(repository.check().findings) == 1


def versioned(repository: Repository, **pages: str) -> None:
    """Write pages; ``_`` in their names is a slash."""
    repository.write("dedup.toml", 'isolate = [["docs/**", "old/{version}/**"]]\n')
    for path, content in pages.items():
        repository.write(f"{path.replace('_', '/').replace('v', '')}.md", content)


#: Pages by name, and what is found: places, the primary one first.
FROZEN: dict[str, tuple[dict[str, str], list[list[str]]]] = {
    "what all versions repeat is told in the newest": (
        {"docs_a": page(A, A), "old_v1_a": page(A, A), "old_v2_a": page(A, A)},
        [["docs/a.md:5", "docs/a.md:3"]],
    ),
    "what only older ones repeat is told once": (
        {"docs_a": page(B), "old_v2_a": page(A, A), "old_v10_a": page(A, A)},
        [["old/10/a.md:5", "old/10/a.md:3"]],
    ),
    "a copy outside repeats the newest alone": (
        {"docs_a": page(A), "old_v1_a": page(A), "old_v2_a": page(A), "readme": page(A)},
        [["readme.md:3", "docs/a.md:3"]],
    ),
    "a copy of what is gone from the newest is none": (
        {"docs_a": page(B), "old_v1_a": page(A), "readme": page(A)}, [],
    ),
    "an edited copy outside is like the newest alone": (
        {"docs_a": page(A), "old_v1_a": page(A), "old_v2_a": page(f"{A} As ever."),
         "readme": page(drifted(A))},
        [["readme.md:3", "docs/a.md:3"]],
    ),
    "an older wording is compared with nothing newer": (
        {"docs_a": page(A, B), "old_v1_a": page(drifted(A), B)}, [],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("pages", "expected"), FROZEN.values(), ids=FROZEN)
def test_older_versions_are_told_of_once_and_against_the_newest(
    repository: Repository, pages: dict[str, str], expected: list[list[str]]
) -> None:
    versioned(repository, **pages)
    assert [places for _, places in repository.check().found] == expected


ORDER = ["0.9", "v1.x", "version-2.0-rc1", "2.0", "v2.0.1", "10", "stable", "next", ""]


def test_versions_are_ordered_by_their_numbers() -> None:
    assert sorted(ORDER, key=rank_of) == ORDER


def test_names_of_folders_that_are_no_versions_freeze_nothing(repository: Repository) -> None:
    repository.write("dedup.toml", 'isolate = ["teams/*/**"]\n')
    for team in ("main", "edge", "red"):
        repository.write(f"teams/{team}/a.md", page(A, A))
    assert len(repository.check().findings) == 3
    assert {rule for rule, _ in repository.check().found} == {REPEATED}
    repository.write("teams/red/b.md", page(drifted(B), C))
    repository.write("teams/red/c.md", page(C, B))
    assert {rule for rule, _ in repository.check().found} == {REPEATED, SIMILAR}


#: Folders of an unknown layout with three pages each, and the line that settles it.
LAYOUTS: dict[str, tuple[list[str], str]] = {
    "languages": (["text/en", "text/de", "text/pt-BR"], 'isolate = ["text/{lang}/**"]'),
    "languages at the root": (["en", "de"], 'isolate = ["{lang}/**"]'),
    "versions": (["docs/1.0", "docs/2.0"], 'isolate = ["docs/{version}/**"]'),
    "other names": (["docs/blue", "docs/red"], 'isolate = [["docs/blue/**", "docs/red/**"]]'),
    "one inside the other": (["docs", "docs/old"], 'isolate = [["docs/old/**", "docs/**"]]'),
    "one inside the root": ([".", "old"], 'isolate = [["old/**", "**"]]'),
    "odd names": (["a[b]", "c{d}"], 'isolate = [["a[[]b[]]/**", "c[{]d[}]/**"]]'),
}


@pytest.mark.parametrize(("folders", "setting"), LAYOUTS.values(), ids=LAYOUTS)
def test_a_layout_that_looks_like_versions_is_told_with_what_settles_it(
    repository: Repository, folders: list[str], setting: str
) -> None:
    for folder in folders:
        for name, text in (("a", A), ("x/b", B), ("c", C)):
            repository.write(f"{folder}/{name}.md", page(text))
    answer = repository.check()
    (trees,) = answer.summary["trees"]
    assert (trees["findings"], trees["setting"]) == (3, setting)
    assert repository.run("check").out.startswith("layout: ")
    assert f"\n       {setting}\n" in repository.run("check").out
    repository.write("dedup.toml", setting)
    assert repository.check().findings == []


#: Pages of two folders that share a few names.
OWN = {folder: ["1", "2", "3", *(f"{folder}{k}" for k in range(9))] for folder in "ab"}
UNLIKE: dict[str, list[str]] = {
    "two paths in common": ["a/1.md", "a/2.md", "b/1.md", "b/2.md"],
    "most paths different": [f"{folder}/{n}.md" for folder, names in OWN.items() for n in names],
}


@pytest.mark.parametrize("paths", UNLIKE.values(), ids=UNLIKE)
def test_folders_with_few_paths_in_common_are_no_layout(
    repository: Repository, paths: list[str]
) -> None:
    for path in paths:
        number = path.rpartition("/")[2][:-3]
        words = " ".join(f"w{number}x{k}" for k in range(30))
        repository.write(path, page(words))
    answer = repository.check()
    assert answer.findings
    assert answer.summary["trees"] == []
