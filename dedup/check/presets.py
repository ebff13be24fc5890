"""Settings that fit a kind of repository.

Knows: how site generators lay versions and languages out, which files instruct coding assistants.
Does not know: files on disk, the settings that a repository makes itself.

The presets of site generators only say which copies are made by design. With "auto", the default,
they are taken where the generator's own file of settings stands, for the folder it stands in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import NamedTuple

from dedup.check import settings
from dedup.check.globs import compile_family, compile_glob
from dedup.check.settings import Family, Settings

AUTO, NONE = "auto", "none"

#: Fields to which a file of settings adds, where it replaces others.
ADDED = ("isolate", "extend_exclude")

#: Characters that would be more than themselves in a glob.
_SPECIAL = frozenset("*?[{")


class Site(NamedTuple):
    """A site generator: the files that tell of it, what it sorts, what it writes."""

    marks: tuple[str, ...]
    isolate: tuple[tuple[str, ...], ...]
    exclude: tuple[str, ...]


SITES: Mapping[str, Site] = MappingProxyType(
    {
        "docusaurus": Site(
            tuple(f"docusaurus.config.{suffix}" for suffix in ("js", "ts", "mjs", "cjs", "mts")),
            (
                (
                    "docs/**",
                    "versioned_docs/*/**",
                    "i18n/*/docusaurus-plugin-content-docs/*/**",
                ),
                ("blog/**", "i18n/*/docusaurus-plugin-content-blog/**"),
                ("src/pages/**", "i18n/*/docusaurus-plugin-content-pages/**"),
                ("*_versioned_docs/*/**",),
                ("i18n/*/**",),
            ),
            (),
        ),
        "hugo": Site(
            ("hugo.toml", "hugo.yaml", "hugo.yml", "hugo.json"),
            (("content/{lang}/**",), ("content/**/*.{lang}.*", "content/**")),
            ("/public/", "/resources/_gen/", "/archetypes/"),
        ),
        "jekyll": Site(("_config.yml",), (("_i18n/{lang}/**",),), ("/_site/",)),
        "mkdocs": Site(
            ("mkdocs.yml", "mkdocs.yaml"),
            (("docs/{lang}/**",), ("docs/**/*.{lang}.md", "docs/**")),
            ("/site/",),
        ),
    }
)

INSTRUCTIONS = "instructions"
#: Files that instruct coding assistants.
_INSTRUCTIONS = (
    "AGENTS*.md", "CLAUDE*.md", "GEMINI*.md", "SKILL.md", "copilot-instructions.md",
    "*.instructions.md", "*.prompt.md", "*.chatmode.md", "*.mdc", "llms.txt", ".cursorrules",
    ".windsurfrules", ".clinerules", "**/.cursor/**/*.md", "**/.claude/**/*.md",
    "**/.agents/**/*.md", "**/.codex/**/*.md", "**/.gemini/**/*.md", "**/.windsurf/**/*.md",
    "**/.clinerules/**/*.md", "**/.github/{instructions,prompts,agents,skills}/**/*.md",
    "**/skills/**/*.md",
)  # fmt: skip

PRESETS = (AUTO, NONE, *SITES, INSTRUCTIONS)


def named(value: object) -> tuple[str, ...]:
    """Check the name of a preset, or a list of them. Raises ValueError."""
    names = value if isinstance(value, list) else [value]
    return tuple(settings.one_of(PRESETS)(each) for each in names)


def apply(made: Settings, names: Iterable[str]) -> Settings:
    """Change settings by presets, in their order."""
    for name in names:
        if name == INSTRUCTIONS:
            include = tuple(compile_glob(each) for each in _INSTRUCTIONS)
            made = replace(made, include=include, min_words=8, hidden=True)
        elif name in SITES:
            made = _with_site(made, SITES[name], "")
    return made


def detected(made: Settings, paths: Iterable[str]) -> Settings:
    """Change settings by the site generators whose files are among paths relative to the root."""
    marks = {mark: site for site in SITES.values() for mark in site.marks}
    met = set()
    for path in paths:
        folder, _, name = path.rpartition("/")
        if name in marks and not _SPECIAL & set(folder):
            inside = made.relative(folder) if folder != made.base else ""
            if inside is not None:
                met.add((inside, marks[name]))
    for folder, site in sorted(met):
        made = _with_site(made, site, folder)
    return made


def _with_site(made: Settings, site: Site, folder: str) -> Settings:
    """Add what a site generator sorts and writes in a folder."""

    def place(pattern: str) -> str:
        return f"{folder}/{pattern.removeprefix('/')}" if folder else pattern

    sorted_by = tuple(Family(compile_family([*map(place, each)])) for each in site.isolate)
    built = tuple(compile_glob(place(each)) for each in site.exclude)
    return replace(
        made, isolate=made.isolate + sorted_by, extend_exclude=made.extend_exclude + built
    )
