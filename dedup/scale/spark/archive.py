"""The package as one zip, for executors that don't have it installed.

Knows: the modules that executors import, and the kernel's library, which each executor unpacks
(``kernel.library``). Does not know: Spark.
"""

from __future__ import annotations

import io
import os
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import xxhash

from dedup.kernel.library import NAME, machine, path

#: The time of every entry, so that the same package always makes the same file.
_TIME = (1980, 1, 1, 0, 0, 0)


def archive(target: str | os.PathLike[str] | None = None) -> str:
    """Write the package to a zip that Python imports from; return its path.

    For ``spark.addArtifact(archive(), pyfile=True)``, ``sc.addPyFile(archive())`` or
    ``spark-submit --py-files``. Some 400 kB. Executors also need numpy, xxhash, rapidfuzz, pyarrow,
    and the packages that their containers and markups need. The zip holds the kernel's library for
    this kind of machine; executors of another kind must have dedup installed.

    Args:
        target: the path of the zip; None makes one in the folder for temporary files.

    Raises:
        KernelMissing: where this machine has no library of the kernel.

    """
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in _members():
            entry = zipfile.ZipInfo(name, _TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(entry, content)
    packed = held.getvalue()
    if target is None:
        # Spark ignores a file whose name it knows, so the name depends on the content.
        name = f"dedup-{xxhash.xxh3_64_hexdigest(packed)}.zip"
        target = Path(tempfile.mkdtemp(prefix="dedup-")) / name
    Path(target).write_bytes(packed)
    return os.fspath(target)


def _members() -> Iterator[tuple[str, bytes]]:
    """Give the names and contents of the entries of the zip."""
    import dedup

    package = Path(dedup.__path__[0])
    if not package.is_dir():
        # A driver that itself runs from such a zip passes it on.
        with zipfile.ZipFile(package.parent) as file:
            yield from ((each, file.read(each)) for each in file.namelist())
        return
    for source in sorted(package.rglob("*.py")):
        yield Path("dedup", source.relative_to(package)).as_posix(), source.read_bytes()
    yield f"dedup/kernel/{machine()}/{NAME}", Path(path()).read_bytes()
