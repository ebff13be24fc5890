"""The settings of a check: where they are looked for, how mistakes are told."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import dedup
from dedup.check.config import file as config
from dedup.check.config import presets
from dedup.check.config.settings import CheckSettings, SectionGlobs
from dedup.check.files.globs import compile_family, compile_glob
from dedup.check.findings.report import REPEATED, SIMILAR, VARIANT
from dedup.errors import ConfigError


def load(tmp_path: Path, text: str, name: str = "dedup.toml") -> CheckSettings:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return config.load(str(path), str(tmp_path), "")


def test_every_key_is_read(tmp_path: Path) -> None:
    made = load(
        tmp_path,
        """
        min-words = 12
        threshold = 0.9
        fail-on = "error"
        headings = true
        include = ["**/*.md"]
        exclude = ["old/"]
        extend-exclude = ["CHANGELOG.md"]
        boilerplate = ["docs/_shared/*.md"]
        isolate = ["versions/*/**", ["docs/**", "archive/*/**"]]
        baseline = "ci/known.json"
        preset = "none"
        [rules]
        repeated-paragraph = "warning"
        similar-paragraph = "off"
        paragraph-variant = true
        [markup]
        "*.inc" = "rst"
        [per-file-ignores]
        "legal/**" = ["similar-paragraph"]
        """,
    )
    assert (made.min_words, made.threshold, made.fail_on, made.headings) == (12, 0.9, "error", True)
    assert dict(made.levels) == {REPEATED: "warning", SIMILAR: "off", VARIANT: "warning"}
    assert made.baseline == str(tmp_path / "ci" / "known.json")
    assert [len(each.globs) for each in made.isolate] == [1, 2]
    assert [(glob.pattern, name) for glob, name in made.markup] == [("*.inc", "rst")]
    assert [(glob.pattern, rules) for glob, rules in made.ignored] == [("legal/**", (SIMILAR,))]
    assert made.source == "dedup.toml"


MISTAKES: dict[str, tuple[str, str]] = {
    "a key spelled wrong": ("\nmin-word = 3", "dedup.toml:2: min-word: this key is not known;"
                            " did you mean 'min-words'?"),
    "a key with underscores": ("min_words = 3", "did you mean 'min-words'?"),
    "a key like no other": ("zzz = 3", "it must be one of min-words, threshold"),
    "a table like no other": ("threshold = 0.8\n\n[allow]\nx = 1", "dedup.toml:3: allow: this key"),
    "a number too small": ("# words\n\nmin-words = 0", "dedup.toml:3: min-words: 0 is no whole"),
    "a text for a number": ('min-words = "many"', '"many" is no whole number of 1 or more'),
    "a switch for a number": ("min-words = true", "true is no whole number"),
    "a share above 1": ("threshold = 80", "threshold: 80 is no number above 0 and at most 1"),
    "a level that is none": ('fail-on = "errors"', "is not known; did you mean 'error'?"),
    "a rule spelled wrong": ('[rules]\nrepeated = "off"', "dedup.toml:2: rules.repeated: this rule"
                             " is not known; did you mean"),
    "a rule's level": ('[rules]\n\nsimilar-paragraph = "fatal"', "dedup.toml:3:"
                       " rules.similar-paragraph: \"fatal\" is not known"),
    "a rule in braces": ('min-words = 9\nrules = { similar-paragraph = "x" }', "toml:2: rules"),
    "one glob for a list": ('exclude = "old/"', 'exclude: "old/" is no list of globs'),
    "a glob that leads out": ('exclude = ["../x"]', '"../x" is no glob: it can\'t lead out'),
    "a glob for Windows": (r"exclude = ['a\b']", "folders are parted by forward slashes"),
    "an empty glob": ('isolate = [""]', "it names no path"),
    "a number in a list of globs": ("isolate = [[3]]", "3 is no glob"),
    "a markup that is none": ('[markup]\n"*.inc" = "rest"', "dedup.toml:2: markup.*.inc: \"rest\""
                              " is not known; did you mean 'rst'?"),
    "a preset that is none": ('preset = "docusaurs"', "did you mean 'docusaurus'?"),
    "no table": ("rules = 3", "dedup.toml:1: rules: is no table; write it as [rules]"),
    "no TOML": ("min-words = 3\nthreshold =", "dedup.toml:2: this is no TOML"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "message"), MISTAKES.values(), ids=MISTAKES.keys())
def test_mistakes_name_file_line_key_and_what_is_meant(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)
    assert message in str(caught.value)


def test_the_line_in_a_pyproject_is_that_of_the_key(tmp_path: Path) -> None:
    text = '[project]\nname = "x"\nthreshold = 3\n\n[tool.dedup]\nthreshold = 3\n'
    with pytest.raises(ConfigError, match=r"^pyproject.toml:6: threshold: 3 is no number"):
        load(tmp_path, text, "pyproject.toml")


def test_the_nearest_file_decides_and_dedup_toml_comes_first(tmp_path: Path) -> None:
    inner = tmp_path / "docs" / "guide"
    inner.mkdir(parents=True)
    root = str(tmp_path)
    assert config.find(str(inner), root) is None
    (tmp_path / "pyproject.toml").write_text("[tool.dedup]\n")
    assert config.find(str(inner), root) == str(tmp_path / "pyproject.toml")
    (tmp_path / ".dedup.toml").write_text("")
    assert config.find(str(inner), root) == str(tmp_path / ".dedup.toml")
    (tmp_path / "dedup.toml").write_text("")
    assert config.find(str(inner), root) == str(tmp_path / "dedup.toml")
    (tmp_path / "docs" / "pyproject.toml").write_text("[tool.other]\n# dedup\n")
    assert config.find(str(inner), root) == str(tmp_path / "dedup.toml")
    (tmp_path / "docs" / "pyproject.toml").write_text("[tool.dedup]\nmin-words = 9\n")
    assert config.find(str(inner), root) == str(tmp_path / "docs" / "pyproject.toml")


def test_a_file_that_is_missing_or_no_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"can't be read: No such file or directory"):
        config.load(str(tmp_path / "none.toml"), str(tmp_path), "")
    (tmp_path / "dedup.toml").write_bytes(b"\xff\xff")
    with pytest.raises(ConfigError, match="is not UTF-8"):
        config.load(str(tmp_path / "dedup.toml"), str(tmp_path), "")


GLOBS: list[tuple[str, str, bool]] = [
    ("CHANGELOG.md", "CHANGELOG.md", True),
    ("CHANGELOG.md", "packages/a/CHANGELOG.md", True),
    ("/CHANGELOG.md", "packages/a/CHANGELOG.md", False),
    ("docs/*.md", "docs/a.md", True),
    ("docs/*.md", "docs/a/b.md", False),
    ("docs/*.md", "other/docs/a.md", False),
    ("docs", "docs/a/b.md", True),
    ("docs/", "docs", False),
    ("docs/", "sub/docs/a.md", True),
    ("docs/**", "docs/a/b.md", True),
    ("**/api/*.md", "api/x.md", True),
    ("**/api/*.md", "a/b/api/x.md", True),
    ("a/**/b.md", "a/b.md", True),
    ("a/**/b.md", "a/x/y/b.md", True),
    ("*.{md,rst}", "x/y.rst", True),
    ("*.{md,rst}", "x/y.txt", False),
    ("v[0-9]/", "v2/a.md", True),
    ("v[!0-9]/", "v2/a.md", False),
    ("a?.md", "ab.md", True),
    ("a?.md", "a/.md", False),
    ("a.md", "axmd", False),
    ("a+(b).md", "a+(b).md", True),
]


@pytest.mark.parametrize(("pattern", "path", "matches"), GLOBS)
def test_globs(pattern: str, path: str, matches: bool) -> None:
    assert bool(compile_glob(pattern).regex.match(path)) is matches


SECTIONS: list[tuple[list[str], str, tuple[object, ...] | None]] = [
    (["versions/*/**"], "versions/1.0/a/b.md", (0, "1.0")),
    (["versions/*/**"], "docs/a.md", None),
    (["docs/**", "versions/*/**"], "docs/a.md", (0,)),
    (["docs/**", "versions/*/**"], "versions/2/a.md", (1, "2")),
    (["content/{lang}/**"], "content/pt-BR/a.md", (0, "pt-BR")),
    (["content/{lang}/**"], "content/zh-Hans/a.md", (0, "zh-Hans")),
    (["content/{lang}/**"], "content/posts/a.md", None),
    (["**/*.{lang}.md", "**/*.md"], "a/post.fr.md", (0, "fr")),
    (["**/*.{lang}.md", "**/*.md"], "a/post.md", (1,)),
    (["docs/{version}/**"], "docs/v1.2/a.md", (0, "v1.2")),
    (["docs/{version}/**"], "docs/latest/a.md", (0, "latest")),
    (["docs/{version}/**"], "docs/guide/a.md", None),
    (["{team}/docs/**"], "red/docs/a.md", (0, "red")),
]


@pytest.mark.parametrize(("patterns", "path", "section"), SECTIONS)
def test_families_sort_paths(
    patterns: list[str], path: str, section: tuple[object, ...] | None
) -> None:
    assert SectionGlobs(compile_family(patterns)).section(path) == section


def test_a_site_is_known_by_its_file_and_isolated_in_its_folder() -> None:
    made = presets.detected(CheckSettings(), ["web/docusaurus.config.ts", "web/docs/a.md"], "")
    sections = [
        [
            family.section(path)
            for path in ("web/docs/a.md", "web/versioned_docs/v1/a.md", "docs/a.md")
        ]
        for family in made.isolate
    ]
    assert sections[0] == [(0,), (1, "v1"), None]
    assert presets.detected(CheckSettings(), ["a.md"], "").isolate == ()


def test_the_preset_for_instructions_reads_hidden_folders_and_short_lines(tmp_path: Path) -> None:
    made = load(tmp_path, 'preset = "instructions"\nmin-words = 6\n')
    assert made.hidden
    assert made.min_words == 6
    assert made.include is not None
    matches = [
        any(glob.regex.match(path) for glob in made.include)
        for path in (
            "AGENTS.md",
            "a/CLAUDE.md",
            ".cursor/rules/x.mdc",
            ".github/prompts/a/b.md",
            "README.md",
        )
    ]
    assert matches == [True, True, True, True, False]


def run_check(root: Path, *arguments: str) -> tuple[int, str]:
    """Run dedup check in a folder; its exit code and standard error."""
    done = subprocess.run(
        [sys.executable, "-m", "dedup.cli", *(arguments or ("check",))],
        cwd=root, capture_output=True, timeout=60, check=False,
        env={**os.environ, "PYTHONPATH": str(Path(dedup.__file__).parents[1])},
    )  # fmt: skip
    return done.returncode, done.stderr.decode()


NONSENSE = {
    "lists in lists": ("a = " + "[" * 100_000, "dedup.toml: lists or tables are nested too deep"),
    "a long number": ("\na = " + "9" * 100_000, "dedup.toml:2: a number has too many digits"),
    "a long hexadecimal": ("min-words = 0x" + "f" * 9_999, ":1: min-words: this int is more than"),
    "a large number": ("min-words = 10000000000", ":1: min-words: 10000000000 is more than"),
    "no number": ("threshold = nan", ":1: threshold: nan is no number above 0 and at most 1"),
    "a date": ("min-words = 1979-05-27", ":1: min-words: datetime.date(1979, 5, 27) is no whole"),
    "deep lists for globs": (f"include = {'[' * 300}{']' * 300}", ":1: include: [[["),
    "tables in a list": ("isolate = [{a = 1}]", ":1: isolate: {'a': 1} is no list of globs"),
    "lists for rules": (
        'per-file-ignores = {"*" = [[]]}',
        ":1: per-file-ignores.*: [] is not",
    ),
    "a NUL in the baseline": ('baseline = "a\\u0000b"', ":1: baseline: embedded null byte"),
    "no UTF-8": (b"\xff\xfe\0", "dedup.toml: is not UTF-8: byte 0 in line 1 (ff fe 00)"),
    "Latin-1 in line 2": (b'\nx = "\xe9"', "dedup.toml: is not UTF-8: byte 6 in line 2"),
    "a baseline above": ('baseline = "../x.json"', ':1: baseline: "../x.json" leads out of '),
    "a baseline elsewhere": (
        'baseline = "/tmp/x.json"',
        'baseline: "/tmp/x.json" leads out of',
    ),
    "a roundabout baseline": ('baseline = "a/../../x"', ':1: baseline: "a/../../x" leads out of'),
    "a baseline behind a link": ('baseline = "out/x"', ':1: baseline: "out/x" leads out of'),
}


@pytest.mark.parametrize(("content", "message"), NONSENSE.values(), ids=NONSENSE.keys())
@pytest.mark.parametrize("command", ["check", "baseline"])
def test_nonsense_in_the_settings_is_an_error_with_its_place(
    tmp_path: Path, command: str, content: str | bytes, message: str
) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "out").symlink_to("..")
    raw = content if isinstance(content, bytes) else content.encode()
    (root / "dedup.toml").write_bytes(raw)
    with pytest.raises(ConfigError) as caught:
        config.load(str(root / "dedup.toml"), str(root), "")
    assert message in str(caught.value)
    assert len(str(caught.value)) < 500
    if message.endswith("leads out of "):
        code, said = run_check(root, command)
        assert code == 2
        assert message in said
        assert [each.name for each in tmp_path.iterdir()] == ["root"]


@pytest.mark.skipif(os.name != "posix", reason="links and pipes")
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (Path.mkdir, "dedup.toml: can't be read: Is a directory"),
        (os.mkfifo, "dedup.toml: is a pipe, which is not read"),
        (lambda path: path.symlink_to("nowhere"), "dedup.toml: can't be read: No such file"),
        (lambda path: path.symlink_to("dedup.toml"), "dedup.toml: can't be read: Too many levels"),
        (lambda path: path.symlink_to("/dev/zero"), "dedup.toml: is a device, which is not read"),
    ],
    ids=["a folder", "a pipe", "a dead link", "a loop", "a device"],
)
def test_settings_that_are_no_file_are_refused(
    tmp_path: Path, make: Callable[[Path], object], message: str
) -> None:
    make(tmp_path / "dedup.toml")
    (tmp_path / "a.md").write_text("text")
    code, said = run_check(tmp_path, "check", "a.md")
    assert code == 2
    assert message in said
