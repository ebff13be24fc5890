"""Write files whole or not at all, and choose the path of each output.

Knows: paths, temporary files beside their targets. Does not know: texts, what was cleaned.
"""

from __future__ import annotations

import os
import secrets
import shutil
import stat
from collections.abc import Sequence
from contextlib import suppress

from dedup.errors import InputError
from dedup.files import require_inside
from dedup.readers import containers, packings
from dedup.readers.containers import Shard, name_of, suffixes
from dedup.readers.file import STDIN

#: The name of standard input in a folder.
STDIN_NAME = "standard-input.txt"


def output_name(shard: Shard, to: str | None = None) -> str:
    """Name the file that a shard is written to: its own name, but for pages that become text.

    The name is never a path: of a URL only the part behind the last slash counts, without a query.
    Raises InputError if nothing is left.

    >>> output_name(Shard("crawl/a.wet.gz", "warc", "gzip"))
    'a.wet.gz'
    >>> output_name(Shard("https://example.org/a.warc.gz?x=1", "warc", "gzip"))
    'a.jsonl.gz'
    >>> output_name(Shard("a.warc", "warc"), "wet")
    'a.wet'
    """
    name = "standard-input" if shard.path == STDIN else name_of(shard.path)
    if name in ("", ".", "..") or "\0" in name:
        raise InputError(shard.path, "has no name to write it by", "read it from a file")
    kind, packed = suffixes(name)
    container = containers.named(shard.container)
    if not container.becomes or (to or ("wet" if kind == "wet" else "jsonl")) == kind:
        return name
    stem = name[: len(name) - len(packed) - 1] if packed else name
    if kind in container.suffixes:
        stem = stem.rpartition(".")[0]
    to = to or "jsonl"
    packing = packed
    if packed and to == "jsonl" and not packings.named(packings.by_suffix(packed)).pack:
        packing = packings.PACKINGS[0].suffixes[0]
    return f"{stem}.{to}" + (f".{packing}" if packing else "")


def shard_targets(
    shards: Sequence[Shard], paths: Sequence[str], folder: str, to: str | None = None
) -> list[str]:
    """Return the path in a folder to which each shard is written; see ``output_name``.

    paths: the paths and URLs that the user named. A named file is written under its name. A file in
    a named folder keeps its path below that folder, with the folder's name in front if several
    paths were named. No part of a path comes from the content of a container. Raises InputError if
    two files would get the same path, or a link would lead out of ``folder``.
    """
    named = [
        os.path.join(os.path.dirname(_below(each.path, paths)), output_name(each, to))
        for each in shards
    ]
    taken: dict[str, str] = {}
    for each, name in zip(shards, named, strict=True):
        target = os.path.join(folder, name)
        if target in taken:
            raise InputError(
                each.path,
                f"would be written to {target}, as would {taken[target]}",
                "clean them into different folders, or give one folder that holds both",
            )
        require_inside(target, folder)
        taken[target] = each.path
    return list(taken)


def _below(source: str, paths: Sequence[str]) -> str:
    """Return the path of a file relative to the output folder."""
    if source == STDIN:
        return STDIN_NAME
    root = max((path for path in paths if _is_in(source, path)), key=len, default="")
    if not root:
        return os.path.basename(source)
    inside = os.path.relpath(source, root)
    if len(paths) == 1:
        return inside
    return os.path.join(os.path.basename(os.path.abspath(root)), inside)


def _is_in(source: str, folder: str) -> bool:
    return source.startswith(os.path.join(folder, ""))


def write_whole(files: Sequence[tuple[str, bytes]]) -> None:
    """Write files, each whole or not at all; if one cannot be written, none is.

    Every file is written beside its target and put in place at the end. Folders are created. A
    target that is a device or a pipe is written to directly. Raises InputError.
    """
    ready: list[tuple[str, str]] = []
    try:
        for path, content in files:
            try:
                real = os.path.realpath(path)
                if os.path.exists(path) and not stat.S_ISREG(os.stat(path).st_mode):
                    _write_to(path, content)
                else:
                    ready.append((_write_beside(real, content), real))
            except OSError as error:
                raise unwritable(path, error) from error
        while ready:
            try:
                os.replace(*ready[0])
            except OSError as error:
                raise unwritable(ready[0][1], error) from error
            ready.pop(0)
    finally:
        for temporary, _ in ready:
            with suppress(OSError):
                os.unlink(temporary)


def _write_to(path: str, content: bytes) -> None:
    with open(path, "wb") as opened:
        opened.write(content)


def _write_beside(path: str, content: bytes) -> str:
    """Write to a new file beside ``path``, with the permissions it has or would have."""
    folder, name = os.path.split(path)
    os.makedirs(folder, exist_ok=True)
    temporary = os.path.join(folder, f".{name[:100]}.{secrets.token_hex(4)}.tmp")
    try:
        with open(temporary, "xb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
        if os.path.exists(path):
            shutil.copymode(path, temporary)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    return temporary


def unwritable(path: str, error: OSError) -> InputError:
    """Make the error for a path to which the system cannot write."""
    reason = error.strerror or str(error)
    return InputError(path, f"can't be written: {reason}", "choose another place with -o")
