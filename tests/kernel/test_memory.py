"""Memory of the kernel: what it takes it gives back, and where there is none it says so."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.support.places import ROOT

#: A row of 4 million tokens: its scratch memory is 48 MB, laid out it is 128 MB.
_ROW = """
import resource, sys
import numpy as np
from tests.support import kernel_calls
from dedup.ragged import Ragged
size = 4_000_000
tokens = Ragged(np.arange(2 * size, dtype=np.uint64), np.array([0, size, size, 2 * size]))
calls = {
    "sketch": lambda: kernel_calls.sketch(tokens, kernel_calls.Family(permutations=1, bands=0)).result,
    "shingles": lambda: kernel_calls.shingles(tokens, 2, True)[0],
    "similarities": lambda: kernel_calls.similarities(tokens, [(0, 1), (0, 1)])[0],
}
call = calls[sys.argv[1]]
"""  # noqa: E501

_LITTLE = """
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (40 << 20), -1))
print(call())
"""

_AGAIN = """
call()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for _ in range(20):
    assert call() >= 0
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10)
"""

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="by Linux's limits"),
    pytest.mark.skipif("LD_PRELOAD" in os.environ, reason="the sanitiser's memory has no limits"),
]


def printed(code: str, name: str) -> int:
    ran = subprocess.run(
        [sys.executable, "-c", _ROW + code, name],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return int(ran.stdout)


@pytest.mark.parametrize("name", ["sketch", "similarities"])
def test_where_there_is_too_little_memory_it_is_told(name: str) -> None:
    assert printed(_LITTLE, name) == -1


@pytest.mark.parametrize("name", ["sketch", "shingles", "similarities"])
def test_memory_is_given_back(name: str) -> None:
    # Were one call's memory kept, twenty would take 640 MB and more.
    assert printed(_AGAIN, name) < 200
