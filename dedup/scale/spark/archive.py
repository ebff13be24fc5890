"""The package as one file, for executors that don't have it.

Knows: what of the package executors import. Does not know: Spark.
"""

from __future__ import annotations

import io
import os
import tempfile
import zipfile
from pathlib import Path

import xxhash

#: Fixed, so that the same package makes the same file.
_TIME = (1980, 1, 1, 0, 0, 0)


def archive(target: str | os.PathLike[str] | None = None) -> str:
    """Write the package to a zip that Python imports from; return its path.

    For ``spark.addArtifact(archive(), pyfile=True)``, ``sc.addPyFile(archive())`` or
    ``spark-submit --py-files``. target: where; None makes a file in the folder for temporary ones.
    Executors need numpy, xxhash, rapidfuzz and pyarrow besides, and what a container or markup
    needs. Some 300 kB.
    """
    import dedup

    package = Path(dedup.__path__[0])
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as file:
        for path in sorted(package.rglob("*.py")):
            told = zipfile.ZipInfo(Path("dedup", path.relative_to(package)).as_posix(), _TIME)
            told.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(told, path.read_bytes())
    packed = held.getvalue()
    if target is None:
        # Spark takes a name once, so another content has another name.
        name = f"dedup-{xxhash.xxh3_64_hexdigest(packed)}.zip"
        target = Path(tempfile.mkdtemp(prefix="dedup-")) / name
    Path(target).write_bytes(packed)
    return os.fspath(target)
