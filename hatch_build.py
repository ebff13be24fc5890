"""Builds the kernel when dedup is built or installed: one compiler call, one library.

The system's C compiler is used (``CC``, cc, gcc or clang); where there is none, that of PyPI's
ziglang, which is asked for only then. The wheel that holds the library serves every Python 3 of
its platform, for the library does not use Python's C interface.
"""

from __future__ import annotations

import os
import platform
import shlex
import shutil
import subprocess
import sys
import sysconfig
from importlib import import_module
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_NAMES = {"win32": "dedup_kernel.dll", "darwin": "libdedup_kernel.dylib"}
_NAME = _NAMES.get(sys.platform, "libdedup_kernel.so")

#: How the kernel is compiled; SSE4 is in every x86-64 that numpy runs on.
_FLAGS = ["-std=c11", "-O3", "-fvisibility=hidden", "-shared", "-Wall", "-Wextra"]
_BASELINE = {"x86_64": ["-march=x86-64-v2"], "AMD64": ["-march=x86_64_v2"]}


def compiler() -> list[str] | None:
    """Give the command of the system's C compiler; None where there is none."""
    if "CC" in os.environ:
        return shlex.split(os.environ["CC"])
    found = next(filter(shutil.which, ("cc", "gcc", "clang")), None)
    return None if found is None else [found]


def _characters(root: str) -> str:
    """Write the table of characters as C, by the rules of the package that is built."""
    sys.path.insert(0, root)
    try:
        return import_module("dedup.core.characters").source()  # type: ignore[no-any-return]
    finally:
        sys.path.remove(root)


class KernelHook(BuildHookInterface):  # type: ignore[type-arg]
    """Compiles the kernel into its folder and has it packed."""

    def dependencies(self) -> list[str]:
        """Ask for a compiler where the system has none."""
        return [] if compiler() else ["ziglang>=0.13"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and name the platform in the wheel's name. Nothing is done for an sdist."""
        if self.target_name != "wheel":
            return
        if sys.byteorder != "little":
            raise SystemExit("dedup's hashes are those of little-endian machines; this one is not")
        folder = Path(self.root) / "dedup" / "kernel"
        command = compiler() or [sys.executable, "-m", "ziglang", "cc"]
        machine = platform.machine()
        flags = [*_FLAGS, *_BASELINE.get(machine, []), *([] if os.name == "nt" else ["-fPIC"])]
        (folder / "characters.inc").write_text(_characters(self.root), encoding="ascii")
        sources = sorted(map(str, folder.glob("*.c")))
        made = folder / f"{_NAME}.new"
        subprocess.run([*command, *flags, "-o", str(made), *sources], check=True)
        os.replace(made, folder / _NAME)
        tag = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{tag}"
        build_data["artifacts"].append(f"dedup/kernel/{_NAME}")
