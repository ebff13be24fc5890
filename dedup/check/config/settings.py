"""The settings of a check, wherever they come from.

Knows: which settings there are, their bounds and defaults. Does not know: files, TOML, options.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import NamedTuple

from dedup.check.files.globs import Glob, below, compile_family, compile_glob
from dedup.check.findings.report import ERROR, NOTE, REPEATED, RULES, SIMILAR, VARIANT, WARNING
from dedup.check.scope.alternatives import KNOWN
from dedup.checks import instead_of

#: The level of a rule that is switched off, and the value of ``fail_on`` with which nothing fails.
OFF, NEVER = "off", "never"

#: The level of each rule when it is on.
DEFAULT_LEVELS: Mapping[str, str] = MappingProxyType(
    {REPEATED: ERROR, SIMILAR: WARNING, VARIANT: WARNING}
)
LEVEL_NAMES = (ERROR, WARNING, NOTE, OFF)
FAIL_NAMES = (ERROR, WARNING, NEVER)

#: Folders of files that other people or programs wrote. They are left out unless they are named.
VENDORED = ("node_modules/", "bower_components/", "vendor/", "_vendor/", "third_party/", "_build/",
            "dist/", "site-packages/", "__pycache__/")  # fmt: skip
HIDDEN = (".*",)
#: The usual folders of outputs and environments, which are left out where there is no git.
BUILT = ("build/", "target/", "site/", "public/", "_site/", "venv/", "env/")

#: Files whose texts are usually repeated, by law or by habit.
LEGAL = tuple(
    f"{{LICENSE,LICENCE,COPYING,NOTICE,CODE_OF_CONDUCT}}{rest}" for rest in ("", ".*", "-*", "_*")
)

#: An upper bound of the number of words of a paragraph.
MOST_WORDS = 1_000_000_000

#: The usual name of the file that ``dedup baseline`` writes and ``dedup check`` reads.
BASELINE = "dedup-baseline.json"


class SectionGlobs(NamedTuple):
    """A family of globs that sort paths into sections. Files of two sections are never compared.

    versions: the version of the files that each glob matches, if the path doesn't say it.
    """

    globs: tuple[Glob, ...]
    versions: tuple[str, ...] = ()

    def section(self, path: str) -> tuple[object, ...] | None:
        """Give the section of a path: the number of the glob that matches, and its captures."""
        for number, glob in enumerate(self.globs):
            if found := glob.regex.match(path):
                return number, *found.groups()
        return None


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """What decides which paragraphs a check compares, and which findings fail it.

    Attributes:
        min_words: shorter paragraphs are not compared.
        threshold: the similarity from which on two paragraphs are similar.
        fail_on: findings of this level, and of graver ones, fail the check.
        levels: the level of each rule; ``OFF`` for a rule that is not used.
        include: the files to check; None for all files of a known markup but plain text.
        exclude: the files to leave out, even if they are named; None for the built-in folders,
            which are read where they are named.
        extend_exclude: more files to leave out, even if they are named.
        boilerplate: files whose text may be repeated anywhere.
        isolate: which files are never compared with each other; see ``SectionGlobs``.
        markup: the markup of files; the first glob that matches decides.
        ignored: rules that are off for some files.
        headings: whether headings are compared too.
        alternatives: the names of components that are tabs; none to compare all branches of a page.
        baseline: the absolute path of the baseline, None for the usual place.
        presets: the names of presets, which these settings already include.
        hidden: whether hidden files are checked.
        base: the folder that globs are relative to, itself relative to the root.
        source: the file that the settings are from, None for defaults.

    """

    min_words: int = 20
    threshold: float = 0.8
    fail_on: str = WARNING
    levels: Mapping[str, str] = field(
        default_factory=lambda: MappingProxyType({**DEFAULT_LEVELS, VARIANT: OFF})
    )
    include: tuple[Glob, ...] | None = None
    exclude: tuple[Glob, ...] | None = None
    extend_exclude: tuple[Glob, ...] = ()
    boilerplate: tuple[Glob, ...] = tuple(compile_glob(each) for each in LEGAL)
    isolate: tuple[SectionGlobs, ...] = ()
    markup: tuple[tuple[Glob, str], ...] = ()
    ignored: tuple[tuple[Glob, tuple[str, ...]], ...] = ()
    headings: bool = False
    alternatives: tuple[str, ...] = KNOWN
    baseline: str | None = None
    presets: tuple[str, ...] = ("auto",)
    hidden: bool = False
    base: str = ""
    source: str | None = None

    def relative(self, path: str) -> str | None:
        """Make a path relative to the folder of the globs; None for a path outside of it."""
        return below(path, self.base)

    def set_levels(self, levels: Mapping[str, str]) -> CheckSettings:
        """Change the levels of some rules."""
        return replace(self, levels=MappingProxyType({**self.levels, **levels}))

    def choose_rules(self, select: Collection[str], ignore: Collection[str]) -> CheckSettings:
        """Switch all rules off that are not selected, if any are, and all that are ignored."""
        levels = {}
        for rule, level in self.levels.items():
            on = DEFAULT_LEVELS[rule] if level == OFF and rule in select else level
            wanted = (not select or rule in select) and rule not in ignore
            levels[rule] = on if wanted else OFF
        return self.set_levels(levels)


# Each of these functions checks one value and returns it as ``CheckSettings`` holds it. They raise
# ValueError, which says what is wrong but doesn't name the key.


def words_number(value: object) -> int:
    """Check a number of words."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{shown_value(value)} is no whole number of 1 or more")
    if value > MOST_WORDS:
        raise ValueError(f"{shown_value(value)} is more than {MOST_WORDS:,}")
    return value


def share(value: object) -> float:
    """Check a similarity."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
        raise ValueError(f"{shown_value(value)} is no number above 0 and at most 1")
    return float(value)


def switch(value: object) -> bool:
    """Check a switch."""
    if not isinstance(value, bool):
        raise ValueError(f"{shown_value(value)} is neither true nor false")
    return value


def tabs(value: object) -> tuple[str, ...]:
    """Check a list of more names of tabs, or a switch for all tabs."""
    if isinstance(value, bool):
        return KNOWN if value else ()
    names = _listed(value, "names")
    return (*KNOWN, *(text(each) for each in names))


def one_of(known: tuple[str, ...]) -> Callable[[object], str]:
    """Make a function that checks that a value is one of some words."""

    def checked(value: object) -> str:
        if not isinstance(value, str) or value not in known:
            raise ValueError(f"{shown_value(value)} {instead_of(value, known)}")
        return value

    return checked


def level(rule: str, value: object) -> str:
    """Check the level of a rule: its name, or whether the rule is on."""
    if isinstance(value, bool):
        return DEFAULT_LEVELS[rule] if value else OFF
    return one_of(LEVEL_NAMES)(value)


def rule_names(value: object) -> tuple[str, ...]:
    """Check a list of rules."""
    return tuple(one_of(RULES)(each) for each in _listed(value, "rules"))


def globs(value: object) -> tuple[Glob, ...]:
    """Check a list of globs."""
    return tuple(one_glob(each) for each in _listed(value, "globs"))


def one_glob(value: object) -> Glob:
    """Check a glob."""
    if not isinstance(value, str):
        raise ValueError(f"{shown_value(value)} is no glob")
    try:
        return compile_glob(value)
    except ValueError as error:
        raise ValueError(f"{shown_value(value)} is no glob: {error}") from error


def families(value: object) -> tuple[SectionGlobs, ...]:
    """Check a list of globs, or lists of globs, that sort paths."""
    return tuple(map(_family, _listed(value, "globs, or of lists of globs")))


def _family(value: object) -> SectionGlobs:
    patterns = [value] if isinstance(value, str) else _listed(value, "globs")
    for each in patterns:
        one_glob(each)
    return SectionGlobs(compile_family([str(each) for each in patterns]))


def text(value: object) -> str:
    """Check a text that isn't empty."""
    if not isinstance(value, str) or not value:
        raise ValueError(f"{shown_value(value)} is no text in quotes")
    return value


def _listed(value: object, what: str) -> list[object]:
    if not isinstance(value, list):
        raise ValueError(f"{shown_value(value)} is no list of {what}")
    return value


def shown_value(value: object) -> str:
    """Write a value as TOML would, shortened."""
    if isinstance(value, bool):
        return str(value).lower()
    try:
        shown = f'"{value}"' if isinstance(value, str) else repr(value)
    except (ValueError, RecursionError):  # a number of thousands of digits, lists in lists
        return f"this {type(value).__name__}"
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
