"""Findings for the tests of the reports: usual ones, hostile ones, very many."""

from __future__ import annotations

from collections.abc import Sequence

import xxhash

from dedup.check.findings.report import (
    ERROR,
    NOTE,
    REPEATED,
    SIMILAR,
    VARIANT,
    WARNING,
    Finding,
    Place,
    Report,
    Unused,
)
from dedup.check.reports import FORMATS, Appearance
from dedup.explanation import explain
from dedup.paragraph import Paragraph, Skipped, text_of

LEVELS = {REPEATED: ERROR, SIMILAR: WARNING, VARIANT: NOTE}

BEFORE = (
    "Before you start, make sure that you have administrator access to the machine and that no "
    "other installation runs. The installer writes to the system folder, asks for the name of "
    "the station once, and then restarts the service that watches the tide gauges along the coast."
)
EDITED = BEFORE.replace("start, make sure that", "begin, make sure").replace("once", "twice")
OTHER = BEFORE.replace("tide gauges", "wind vanes")


def place(
    source: str,
    line: int,
    text: str,
    similarity: float = 1.0,
    changed: bool = False,
    kept: bool = False,
    prose: str | None = None,
) -> Place:
    last = line + text.count("\n")
    paragraph = Paragraph(text, source, None, line, last, 0, 0, text if prose is None else prose)
    return Place(paragraph, similarity, changed, kept)


def finding(
    rule: str, places: Sequence[Place], note: str = "", level: str = "", words: int = 0
) -> Finding:
    """Make a finding; the number of words is that of the primary place unless it is given."""
    text = text_of(places[0].paragraph)
    content = f"{rule}\0{text}".encode("utf-8", "surrogatepass")
    return Finding(
        rule,
        level or LEVELS[rule],
        tuple(places),
        words or len(text.split()),
        xxhash.xxh3_128_hexdigest(content),
        note,
    )


def report(*findings: Finding, **fields: object) -> Report:
    """Make a report, its findings in the order that a check gives them."""
    ranked = sorted(
        findings,
        key=lambda each: (
            each.places[0].paragraph.source,
            each.places[0].paragraph.first,
            each.rule,
        ),
    )
    usual: dict[str, object] = {"files": 214, "paragraphs": 9812, "seconds": 0.9}
    return Report(tuple(ranked), **{**usual, **fields})  # type: ignore[arg-type]


def similarity(a: str, b: str) -> float:
    return explain(a, b).similarity


def repeated() -> Finding:
    """Three copies in three folders, one of them wrapped otherwise."""
    return finding(
        REPEATED,
        [
            place("docs/install/macos.md", 10, BEFORE),
            place("docs/install/linux.md", 10, BEFORE, kept=True),
            place("docs/upgrade.rst", 5, BEFORE.replace(". ", ".\n")),
        ],
    )


def similar() -> Finding:
    """An edited copy that is new, and the paragraph it was made of."""
    return finding(
        SIMILAR,
        [
            place("docs/install/windows.md", 5, EDITED, similarity(BEFORE, EDITED), changed=True),
            place("docs/install/linux.md", 10, BEFORE, kept=True),
        ],
        note="it was accepted as a copy of docs/install/linux.md:10 and differs now",
    )


def variant() -> Finding:
    """Two paragraphs that differ in a fact, and an edited third."""
    return finding(
        VARIANT,
        [
            place("docs/vanes.adoc", 7, OTHER, similarity(BEFORE, OTHER)),
            place("docs/gauges.adoc", 3, BEFORE, kept=True),
            place("docs/gauges.adoc", 9, EDITED, similarity(BEFORE, EDITED)),
        ],
    )


def usual(**fields: object) -> Report:
    known: dict[str, object] = {
        "accepted": 12,
        "stale": 2,
        "baseline": "dedup-baseline.json",
        "ref": "origin/main",
        "skipped": (Skipped("logo.png", "binary"),),
        "unused": (Unused("docs/a.md", 3, "dedup-disable-next", "nothing repeats there"),),
    }
    return report(repeated(), similar(), variant(), **{**known, **fields})


#: Texts and paths that a format could take for its own.
HOSTILE_TEXTS = [
    "::error::all your base are belong to us now",
    "\n ::add-mask::the whole of the log is hidden by this",
    "##[error]what an older runner obeys wherever it stands ##[add-mask]x",
    "]]> <b>bold</b> &amp; <![CDATA[ some ]]> </failure></testcase> &#0;",
    "control \x00\x01\x08\x0b\x0c\x1b[2J\x1b]0;title\x07\x7f\x85\x9b characters in it",
    "right to \u202egnp.exe\u202c left \u2066isolated\u2069 \u200f marks in it",
    "half a pair \ud800 and the other half \udfff of surrogates, \ufffe \uffff",
    "@everyone see #1 and https://example.org/ <img src=x onerror=alert(1)> | a | b |",
    "``` \n```` ``````` ~~~ \n# heading\n- list <!-- dedup -->",
    f"{'w' * 99} ``` {'x' * 98} @everyone {'y' * 80}",  # a line of its own, once wrapped
    "[link](1) {0} {{1}} \\[2](2) ](3) %0A%25 %3A,= { } \\",
    "line\r\nline\rline\u2028line\u2029line\x1cline",
    "漢字かな交じり文 ไทย emoji 👩‍👩‍👧 z\u0301\u0302\u0303 ﷽",
    '{"json": "\\u0000", "quote": "\'"}',
    " ",
    "x" * 3_000,
    "w0 " + " ".join(f"w{k}" for k in range(16_000)),  # 100 kB
]
HOSTILE_PATHS = [
    "docs/with space/and,comma:colon%41.md",
    "::error file=x,line=1::boo.md",
    "docs/##[error]x.md",
    "docs/ünï/漢字/😀.md",
    "docs/new\nline\r\ttab.md",
    "docs/\u202egnp\u202c.md",
    "docs/not\udcffutf8.md",
    "docs/[a](1){0}\\`b``c`|<d>&\"'@x#1.mdx",
    "docs/" + "long folder/" * 300 + "a.md",
    "a.b/no-suffix",
    "C:/drive.md",
    "//host/share.md",
    "-->.md",
    "?query#fragment.md",
]


def hostile() -> Report:
    """Every hostile text at a hostile path, repeated and edited."""
    findings = []
    number = max(len(HOSTILE_TEXTS), len(HOSTILE_PATHS))
    for k in range(number):
        text = HOSTILE_TEXTS[k % len(HOSTILE_TEXTS)]
        path, other = (HOSTILE_PATHS[(k + n) % len(HOSTILE_PATHS)] for n in (0, 1))
        edited = f"{text} and more"
        findings += [
            finding(REPEATED, [place(path, 5, text), place(other, 5, text, kept=True)]),
            finding(
                SIMILAR,
                [
                    place(path, 9, edited, 0.9, changed=True),
                    place(other, 9, text, kept=True),
                    place(other, 99, edited, 0.9),
                ],
                note=text[:200],
            ),
        ]
    return report(*findings, ref="::error::ref", baseline="::error::base.json", accepted=1)


def many(number: int, places: int = 2) -> Report:
    """Very many findings, one in three of them similar paragraphs."""
    findings = []
    for k in range(number):
        text = f"{BEFORE} Station {k} stands at the end of pier {k * 7}."
        edited = text.replace("once", "twice")
        rule = SIMILAR if k % 3 == 0 else REPEATED
        first = place(
            f"docs/folder {k % 97}/page-{k}.md",
            k % 50 + 1,
            edited if rule == SIMILAR else text,
            0.97 if rule == SIMILAR else 1.0,
        )
        others = [
            place(f"docs/other/{n}/page-{k}.md", 3, text, kept=n == 1) for n in range(1, places)
        ]
        findings.append(finding(rule, [first, *others]))
    return report(*findings)


def written(name: str, report: Report, look: Appearance | None = None) -> list[str]:
    """Write a report in a format, and check what holds for every format."""
    lines = list(FORMATS[name](report, look or Appearance()))
    assert all("\n" not in line for line in lines)
    assert lines == list(FORMATS[name](report, look or Appearance()))
    return lines
