"""Folders that look like versions or languages, although no setting or preset says so.

Knows: when two folders hold mostly the same paths, and which line of settings would isolate them.
Does not know: site generators (``presets``), texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

from dedup.check.config.settings import CheckSettings
from dedup.check.files.globs import LANGUAGE_NAME, VERSION_NAME
from dedup.check.findings.report import Finding, Trees
from dedup.check.matches.pages import glob_of, toml

#: Two folders are alike if they have this many paths in common, and more than this share of the
#: paths of the smaller one.
_COMMON, _SHARE = 3, 0.5

#: The most pairs of folders that are compared.
_MOST_PAIRS = 100

#: The most files of a finding whose folders are compared.
_MOST = 20


def trees(
    findings: Sequence[Finding], paths: Iterable[str], settings: CheckSettings
) -> tuple[Trees, ...]:
    """Find folders that hold mostly the same paths, among folders that have findings in common.

    paths: the paths of the files that are checked. Of very many pairs of folders only those with
    most findings in common are compared. Cost: linear in the findings, and 0.1 us for each path and
    pair of folders.
    """
    joined: dict[tuple[str, str], set[int]] = {}
    for number, finding in enumerate(findings):
        sources = sorted({p.paragraph.source for part in finding.groups for p in part.places})
        for one, other in combinations(sources[:_MOST], 2):
            if pair := _folders(one, other):
                joined.setdefault(pair, set()).add(number)
    every = list(paths)
    most = sorted(joined, key=lambda pair: (-len(joined[pair]), pair))[:_MOST_PAIRS]
    alike = {pair: joined[pair] for pair in most if _alike(*pair, every)}
    answer = []
    for folders in _clusters(alike):
        numbers = set().union(*(found for pair, found in alike.items() if pair[0] in folders))
        inside = [settings.relative(f"{each}/x".lstrip("/")) for each in folders]
        named = [each.removesuffix("x").removesuffix("/") for each in inside if each is not None]
        setting = _setting(named) if len(named) == len(folders) else ""
        answer.append(Trees(tuple(folders), len(numbers), setting))
    return tuple(sorted(answer, key=lambda each: (-each.findings, each.folders)))


def _folders(one: str, other: str) -> tuple[str, str] | None:
    """Give the two folders in which two paths end alike; None where their file names differ."""
    first, second = one.split("/"), other.split("/")
    common = 0
    while common < min(len(first), len(second)) and first[-1 - common] == second[-1 - common]:
        common += 1
    if not common:
        return None
    low, high = sorted(("/".join(first[:-common]), "/".join(second[:-common])))
    return low, high


def _alike(one: str, other: str, paths: Sequence[str]) -> bool:
    """Say whether two folders hold mostly the same paths; one may lie in the other."""
    first, second = _inside(one, paths), _inside(other, paths)
    if other.startswith(f"{one}/") or not one:
        first = {each for each in first if not f"{one}/{each}".lstrip("/").startswith(f"{other}/")}
    common = len(first & second)
    return common >= _COMMON and common > _SHARE * min(len(first), len(second))


def _inside(folder: str, paths: Sequence[str]) -> set[str]:
    begin = f"{folder}/" if folder else ""
    return {path[len(begin) :] for path in paths if path.startswith(begin)}


def _clusters(pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Join pairs of folders that have a folder in common."""
    clusters: list[set[str]] = []
    for pair in pairs:
        met = [each for each in clusters if not each.isdisjoint(pair)]
        clusters = [each for each in clusters if each not in met]
        clusters.append(set(pair).union(*met))
    return [sorted(each) for each in clusters]


def _setting(folders: Sequence[str]) -> str:
    """Write the line of settings that isolates folders from each other; "" where there is none."""
    above = {each.rpartition("/")[0] for each in folders}
    names = [each.rpartition("/")[2] for each in folders]
    globs = [f"{glob_of(f'{each}/x')}"[:-2] if each else "" for each in folders]
    if any(glob_of(f"{each}/x") is None for each in folders):
        return ""
    if len(above) == 1 and all(folders):
        base = globs[0].rpartition("/")[0]
        begin = f"{base}/" if base else ""
        if all(map(LANGUAGE_NAME.fullmatch, names)):
            return f"isolate = {toml([f'{begin}{{lang}}/**'])}"
        digits = any(each.isdigit() for name in names for each in name)
        if digits and all(map(VERSION_NAME.fullmatch, names)):
            return f"isolate = {toml([f'{begin}{{version}}/**'])}"
    deepest = sorted(globs, key=lambda each: (-each.count("/") - bool(each), each))
    return f"isolate = {toml([[f'{each}/**' if each else '**' for each in deepest]])}"
