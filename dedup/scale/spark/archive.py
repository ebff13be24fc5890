"""The package as one file, for executors that don't have it.

Knows: what of the package executors import, and the kernel's library, which each of them unpacks
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

#: Fixed, so that the same package makes the same file.
_TIME = (1980, 1, 1, 0, 0, 0)


def archive(target: str | os.PathLike[str] | None = None) -> str:
    """Write the package to a zip that Python imports from; return its path.

    For ``spark.addArtifact(archive(), pyfile=True)``, ``sc.addPyFile(archive())`` or
    ``spark-submit --py-files``. target: where; None makes a file in the folder for temporary ones.
    Executors need numpy, xxhash, rapidfuzz and pyarrow besides, and what a container or markup
    needs. Some 400 kB. The library in it is that of this machine; executors of another kind must
    have dedup installed, and use its library then. Raises KernelMissing where there is none.
    """
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in _members():
            entry = zipfile.ZipInfo(name, _TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(entry, content)
    packed = held.getvalue()
    if target is None:
        # Spark takes a name once, so another content has another name.
        name = f"dedup-{xxhash.xxh3_64_hexdigest(packed)}.zip"
        target = Path(tempfile.mkdtemp(prefix="dedup-")) / name
    Path(target).write_bytes(packed)
    return os.fspath(target)


def _members() -> Iterator[tuple[str, bytes]]:
    """Name and read what goes into the zip."""
    import dedup

    package = Path(dedup.__path__[0])
    if not package.is_dir():
        # A driver that was itself sent as a zip passes on what it has.
        with zipfile.ZipFile(package.parent) as file:
            yield from ((each, file.read(each)) for each in file.namelist())
        return
    for source in sorted(package.rglob("*.py")):
        yield Path("dedup", source.relative_to(package)).as_posix(), source.read_bytes()
    yield f"dedup/kernel/{machine()}/{NAME}", Path(path()).read_bytes()
