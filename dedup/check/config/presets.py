"""Settings that fit a kind of repository.

Knows: in which folders site generators keep versions and languages, which files instruct coding
assistants. Does not know: files on disk, the settings of a repository.

The presets of site generators only say which files are copies by design. With "auto", the default,
a preset applies to every folder that holds the generator's own file of settings.
"""

from __future__ import annotations

import os
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import compress
from types import MappingProxyType
from typing import NamedTuple

from dedup.check.config import settings
from dedup.check.config.settings import CheckSettings, SectionGlobs
from dedup.check.files.documents import own_text
from dedup.check.files.globs import LANGUAGE_NAME, VERSION_NAME, compile_family, compile_glob

AUTO, NONE = "auto", "none"

#: Fields whose values a file of settings adds to. It replaces the values of all others.
ADDED = ("isolate", "extend_exclude")

#: The name and the version of a component of Antora, in its ``antora.yml``.
_COMPONENT = re.compile(r"^name:[ \t]*+['\"]?([^'\"\s#]++)", re.MULTILINE)
_COMPONENT_VERSION = re.compile(r"^version:[ \t]*+['\"]?([^'\"\s#]++)", re.MULTILINE)

#: Characters that have a meaning in a glob.
_SPECIAL = frozenset("*?[{")


class Site(NamedTuple):
    """What is known of a site generator.

    Attributes:
        marks: the names of its files of settings.
        isolate: families of globs for its versions and languages.
        exclude: globs of the files that it writes.
        maybe: families that are only used if the files in two sections have mostly the same names.

    """

    marks: tuple[str, ...]
    isolate: tuple[tuple[str, ...], ...]
    exclude: tuple[str, ...]
    maybe: tuple[tuple[str, ...], ...] = ()


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
            (("docs/{lang}/**", "docs/**"), ("docs/{version}/**", "docs/**")),
        ),
        "starlight": Site(
            tuple(f"astro.config.{suffix}" for suffix in ("mjs", "js", "ts", "mts", "cjs")),
            (("src/content/docs/{lang}/**",),),
            ("/dist/",),
            (
                ("src/content/docs/{lang}/**", "src/content/docs/**"),
                ("src/content/docs/{version}/**", "src/content/docs/**"),
                ("src/content/docs/{lang}/{version}/**", "src/content/docs/{lang}/**"),
            ),
        ),
        "sphinx": Site(
            ("conf.py",),
            (),
            ("/_build/",),
            (
                ("locale/{lang}/**", "locales/{lang}/**", "**"),
                ("source/locale/{lang}/**", "source/locales/{lang}/**", "source/**"),
                ("{lang}/**", "**"),
            ),
        ),
        "antora": Site(("antora.yml",), (), ()),
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


def apply(made: CheckSettings, names: Iterable[str]) -> CheckSettings:
    """Change settings by presets, in their order."""
    for name in names:
        if name == INSTRUCTIONS:
            include = tuple(compile_glob(each) for each in _INSTRUCTIONS)
            made = replace(made, include=include, min_words=8, hidden=True)
        elif name in SITES:
            made = _with_site(made, SITES[name], SITES[name].isolate, "")
    return made


def detected(made: CheckSettings, paths: Sequence[str], root: str) -> CheckSettings:
    """Apply the presets of the site generators whose files of settings are among the paths.

    paths: relative to the root.
    """
    met = sites(made, paths)
    seen = sorted(each for path in paths if (each := made.relative(path)) is not None)
    maybe: dict[str, list[SectionGlobs]] = {}
    for folder, name in sorted(met):
        site = SITES[name]
        families = [*site.isolate]
        if name == "docusaurus":
            families[0] = (*_docs(folder, seen), *families[0])
        if name not in maybe:
            maybe[name] = [*map(_family, site.maybe)]
        below = _below(folder, seen) if site.maybe else []
        parallel = [_are_parallel(each, below) for each in maybe[name]]
        made = _with_site(made, site, [*families, *compress(site.maybe, parallel)], folder)
    families = [*_siblings(met)]
    components = [(folder, met[folder, name]) for folder, name in sorted(met) if name == "antora"]
    antora = _components(components, root)
    return replace(made, isolate=(*made.isolate, *map(_family, families), *antora))


def _below(folder: str, paths: Sequence[str]) -> list[str]:
    """Give the paths in a folder, relative to it. paths: sorted."""
    if not folder:
        return [*paths]
    head = f"{folder}/"
    first = bisect_left(paths, head)
    last = bisect_left(paths, f"{folder}0", first)  # "0" is the character behind "/"
    return [each[len(head) :] for each in paths[first:last]]


def sites(made: CheckSettings, paths: Iterable[str]) -> dict[tuple[str, str], str]:
    """Find site generators: the folder and name of each, and the path of its file of settings."""
    marks = {mark: name for name, site in SITES.items() for mark in site.marks}
    met: dict[tuple[str, str], str] = {}
    for path in paths:
        folder, _, name = path.rpartition("/")
        if name in marks and not _SPECIAL & set(folder):
            inside = made.relative(folder) if folder != made.base else ""
            if inside is not None:
                met[inside, marks[name]] = path
    return met


def _docs(folder: str, seen: Sequence[str]) -> tuple[str, ...]:
    """Find the docs of a Docusaurus site that stand beside its folder, as a glob relative to it."""
    above = folder.rpartition("/")[0]
    beside = f"{above}/docs/" if above else "docs/"
    own = f"{folder}/docs/" if folder else "docs/"
    if not folder or any(path.startswith(own) for path in seen):
        return ()
    return ("/../docs/**",) if any(path.startswith(beside) for path in seen) else ()


def _are_parallel(family: SectionGlobs, paths: Iterable[str]) -> bool:
    """Say whether globs sort paths into sections whose files mostly have the same names."""
    names: dict[tuple[object, ...], set[str]] = {}
    for path in paths:
        section = family.section(path)
        if section is not None:
            names.setdefault(section, set()).add(path.rpartition("/")[2])
    main = names.pop((len(family.globs) - 1,), None)
    if main is None:
        largest = max(names, key=lambda each: len(names[each]), default=None)
        main = names.pop(largest) if largest is not None else set()
    return any(2 * len(each & main) > len(each) for each in names.values())


def _siblings(met: Iterable[tuple[str, str]]) -> Iterator[tuple[str, ...]]:
    """Find sites side by side whose folders are named as languages or as versions."""
    sites: dict[tuple[str, str], list[str]] = {}
    for folder, name in met:
        above, _, own = folder.rpartition("/")
        if folder and name != "antora":
            sites.setdefault((above, name), []).append(own)
    for (above, _), names in sorted(sites.items()):
        for pattern, known in (("{lang}/**", LANGUAGE_NAME), ("{version}/**", VERSION_NAME)):
            fitting = [each for each in names if known.fullmatch(each)]
            digits = pattern.startswith("{lang") or any(map(_has_digit, fitting))
            if len(fitting) > 1 and digits:
                yield (f"{above}/{pattern}" if above else pattern,)


def _has_digit(name: str) -> bool:
    return any(map(str.isdigit, name))


def _components(found: Iterable[tuple[str, str]], root: str) -> Iterator[SectionGlobs]:
    """Make a family of the versions of each component of Antora.

    found: the folder of each version and the path of its ``antora.yml``.
    """
    components: dict[str, list[tuple[str, str]]] = {}
    for folder, path in found:
        try:
            text = own_text(os.path.join(root, path))
        except (OSError, ValueError):
            continue
        name, version = _COMPONENT.search(text), _COMPONENT_VERSION.search(text)
        if name:
            components.setdefault(name[1], []).append((folder, version[1] if version else ""))
    for _, every in sorted(components.items()):
        if len(every) > 1 and all(folder for folder, _ in every):
            globs = compile_family([f"{folder}/**" for folder, _ in every])
            yield SectionGlobs(globs, tuple(version.strip("~") for _, version in every))


def _placed(patterns: Iterable[str], folder: str) -> list[str]:
    """Make globs that are relative to a folder relative to the folder of the settings."""
    placed = []
    for pattern in patterns:
        if pattern.startswith("/../"):
            above = folder.rpartition("/")[0]
            placed.append(f"{above}/{pattern[4:]}".lstrip("/"))
        else:
            placed.append(f"{folder}/{pattern.removeprefix('/')}" if folder else pattern)
    return placed


def _family(patterns: Sequence[str]) -> SectionGlobs:
    return SectionGlobs(compile_family(patterns))


def _with_site(
    made: CheckSettings, site: Site, families: Iterable[Sequence[str]], folder: str
) -> CheckSettings:
    """Add the families of a site generator in a folder, and exclude the files that it writes."""
    sorted_by = tuple(_family(_placed(each, folder)) for each in families)
    built = tuple(compile_glob(each) for each in _placed(site.exclude, folder))
    return replace(
        made, isolate=made.isolate + sorted_by, extend_exclude=made.extend_exclude + built
    )
