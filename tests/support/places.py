"""Where the checkout is, and the sets of real text beside it, which may be missing."""

from __future__ import annotations

from pathlib import Path

#: The checkout.
ROOT = Path(__file__).resolve().parents[2]

#: Sets of real text; tests that read them skip where they are absent.
DATA = ROOT.parent / "shared" / "data"
DEV = DATA / "dev"
