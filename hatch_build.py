"""Builds the kernel when dedup is built or installed: one compiler call, one library.

    python hatch_build.py       builds it anew where it is worked on, after a change to the C

The system's C compiler is used (``CC``, cc, gcc or clang, with what ``CFLAGS`` adds); where there
is none, that of PyPI's ziglang, which is asked for only then. The wheel that holds the library
serves every Python 3 of its platform, for the library does not use Python's C interface.
"""

from __future__ import annotations

import os
import platform
import runpy
import shlex
import shutil
import subprocess
import sys
import sysconfig
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

#: Named one by one, so that a source distribution which lacks one fails here.
_SOURCES = (
    "alignment.c", "buckets.c", "judge.c", "lines.c", "memtable.c", "numbers.c", "page.c",
    "plain.c", "removal.c", "similarity.c", "sketch.c", "tokens.c", "walk.c", "words.c",
)  # fmt: skip
_FLAGS = ["-std=c11", "-O3", "-fvisibility=hidden", "-shared", "-Wall", "-Wextra"]

#: Oldest macOS that a library is for; a Python for both kinds of Mac doesn't say which it is.
_MACOS = {"arm64": "11.0", "x86_64": "10.13"}

_NO = subprocess.DEVNULL
_X86 = platform.machine() in ("x86_64", "AMD64")


def compiler() -> list[str] | None:
    """Give the command of the system's C compiler; None where there is none that runs.

    On Windows only ``CC`` counts: what is called gcc there came with something else.
    """
    if "CC" in os.environ:
        return shlex.split(os.environ["CC"])
    for name in () if os.name == "nt" else ("cc", "gcc", "clang"):
        # A Mac without developer tools has a cc that only says so.
        if shutil.which(name) and not subprocess.call([name, "--version"], stdout=_NO, stderr=_NO):
            return [name]
    return None


def _command() -> list[str]:
    """Give the compiler and what it must be told of the machine: x86-64-v2, as numpy wants it."""
    if (found := compiler()) is None:
        if find_spec("ziglang") is None:
            raise SystemExit("there is no C compiler: install gcc or clang, or pip install ziglang")
        # Zig compiles for the very processor it runs on and to be debugged, if it isn't told.
        processor = "x86_64_v2" if _X86 else "baseline"
        return [sys.executable, "-m", "ziglang", "cc", f"-mcpu={processor}", "-s"]
    if sys.platform == "darwin":
        found.append(f"-mmacosx-version-min={_MACOS[platform.machine()]}")
    return [*found, *(["-msse4.2", "-mpopcnt"] if _X86 else [])]


def build(root: Path, target: Path) -> Path:
    """Compile the kernel of the package in ``root``; give the library, in the folder ``target``."""
    folder = root / "dedup" / "kernel"
    sys.path.insert(0, str(root))
    name = runpy.run_path(str(folder / "library.py"))["NAME"]
    table = import_module("dedup.core.characters").source()
    with TemporaryDirectory(prefix="dedup-kernel-") as made:
        table_file, library = Path(made, "characters.inc"), Path(made, name)
        table_file.write_text(table, encoding="ascii")
        _put(table_file, folder)
        call = [*_command(), *_FLAGS, *([] if os.name == "nt" else ["-fPIC"])]
        call += shlex.split(os.environ.get("CFLAGS", ""))
        call += ["-o", str(library), *(str(folder / each) for each in _SOURCES)]
        if subprocess.run(call, check=False).returncode:
            raise SystemExit(f"the kernel can't be compiled: {shlex.join(call)}")
        return _put(library, target)


def _put(made: Path, folder: Path) -> Path:
    """Copy a file into a folder in one step: who has the one before in use keeps that."""
    new = folder / f"{made.name}.new"
    shutil.copyfile(made, new)
    return new.replace(folder / made.name)


class KernelHook(BuildHookInterface):  # type: ignore[type-arg]
    """Compiles the kernel and has it packed; for an editable install, puts it into its folder."""

    def dependencies(self) -> list[str]:
        """Ask for a compiler where the system has none."""
        return [] if compiler() else ["ziglang>=0.13"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and name the platform in the wheel's name."""
        root = Path(self.root)
        tag = sysconfig.get_platform()
        if sys.platform == "darwin":
            tag = f"macosx_{_MACOS[platform.machine()]}_{platform.machine()}"
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{tag.replace('-', '_').replace('.', '_')}"
        if version == "editable":
            build(root, root / "dedup" / "kernel")
            return
        self._made = TemporaryDirectory(prefix="dedup-wheel-")
        library = build(root, Path(self._made.name))
        build_data["force_include"][str(library)] = f"dedup/kernel/{library.name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Delete what was compiled for a wheel, which holds it now."""
        if version != "editable":
            self._made.cleanup()


if __name__ == "__main__":
    here = Path(__file__).parent.resolve()
    print(build(here, here / "dedup" / "kernel"))  # noqa: T201
