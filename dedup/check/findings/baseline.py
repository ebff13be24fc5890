"""The baseline: what is accepted for now, by content.

Knows: the file's form, what an entry accepts, when one is stale. Does not know: where files stand,
how groups are found.

    {
      "version": 1,
      "words": "words/1",
      "accepted": {
        "repeated-paragraph 0f3c...": {"copies": 2, "words": 60, "text": "before you start"},
        "similar-paragraph 9a41...": {"copies": 1, "words": 59, "text": "before you begin"},
        "~": {}
      }
    }

One entry a line, sorted, without places or dates; the last line but the brackets is always the
same, so that every entry ends with a comma and the lines of two branches put together are a
baseline (``merge=union`` in .gitattributes makes git do so). Of an entry that is there twice the
one with more copies counts. ``text`` is for people only.

A repeated text is accepted up to its number of copies. A match of like texts is accepted if each of
them was in one when the baseline was written; so moving, renaming and re-wrapping change nothing,
one copy more or one word else does. Like texts that have been made equal stay accepted: as many
copies more as like texts have gone. Those are texts that were matched together, which name one of
them as ``like``, and, as baselines of earlier versions have no such names, texts of about the same
first words and length.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from dedup.check.config.settings import MOST_WORDS
from dedup.check.files.documents import own_text
from dedup.check.findings.report import REPEATED, SIMILAR
from dedup.check.matches.copies import Corpus, RuleMatch, Words
from dedup.core.normal_form import VERSION as WORDS
from dedup.core.similarity import similarity
from dedup.core.tokens import words
from dedup.errors import InputError

VERSION = 1

#: Hexadecimal digits of a fingerprint that stand for a text.
DIGITS = 16

#: The entry that is none.
_END = "~"

_CONFLICT = re.compile(r"^(?:<{7}|={7}|>{7})(?:\s|$)", re.MULTILINE)
_KEY = re.compile(r"([a-z-]+) ([0-9a-f]{16,32})")
_DIGEST = re.compile(r"[0-9a-f]{16,32}")
_SHOWN_WORDS, _SHOWN_CHARACTERS = 10, 80

#: Similarity of the first words of two texts from which on one may have become the other.
_SAME_BEGINNING = 0.6

_ANEW = "write it anew with: dedup baseline"

#: Rule and fingerprint of a text.
Key = tuple[str, str]


class Entry(NamedTuple):
    """An accepted text: how many copies of it, and for people its length and first words.

    like: of like texts the least fingerprint among those that were matched together.
    """

    copies: int
    words: int = 0
    text: str = ""
    like: str = ""


class Verdict(NamedTuple):
    """Whether a group is accepted, and else what the baseline has to say of it."""

    accepted: bool
    note: str = ""


def load(path: str, shown: str) -> dict[Key, Entry]:
    """Read a baseline. Raises InputError, with the remedy, for one that is missing or malformed."""
    try:
        raw = own_text(path)
    except FileNotFoundError as error:
        raise InputError(shown, "no such baseline", "write it with: dedup baseline") from error
    except OSError as error:
        reason = f"the baseline can't be read: {error.strerror or error}"
        raise InputError(shown, reason, _ANEW) from error
    except ValueError as error:
        raise InputError(shown, f"the baseline {error}", _ANEW) from error
    if conflict := _CONFLICT.search(raw):
        line = raw.count("\n", 0, conflict.start()) + 1
        raise InputError(
            f"{shown}:{line}",
            "a merge conflict stands in the baseline",
            "keep the lines of both sides, without the marks; 'merge=union' for it in "
            ".gitattributes does so by itself",
        )
    try:
        return _entries(json.loads(raw, object_pairs_hook=_together))
    except json.JSONDecodeError as error:
        reason = f"the baseline is no JSON: {error.msg}"
        raise InputError(f"{shown}:{error.lineno}", reason, _ANEW) from error
    except (ValueError, RecursionError) as error:
        raise InputError(shown, f"the baseline is malformed: {error}", _ANEW) from error


def _together(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    """Make an object of its members; of two entries of one name the one with more copies counts."""
    made: dict[str, object] = {}
    for name, value in pairs:
        if name not in made or _copies(value) >= _copies(made[name]):
            made[name] = value
    return made


def _copies(value: object) -> int:
    return _number(value.get("copies")) if isinstance(value, dict) else 0


def _number(value: object) -> int:
    """Take a number of copies or words as it is; 0 for what is none."""
    return value if type(value) is int and 0 <= value <= MOST_WORDS else 0


def _entries(table: object) -> dict[Key, Entry]:
    """Check what was read. Raises ValueError with the reason."""
    if not isinstance(table, dict) or not isinstance(table.get("accepted"), dict):
        raise ValueError("there is no object 'accepted' in it")
    version, counted = table.get("version"), table.get("words")
    if type(version) is not int or version != VERSION:
        raise ValueError(f"its version is {version!r:.60} instead of {VERSION}")
    if counted != WORDS:
        raise ValueError(f"it counts words by {counted!r:.60} instead of {WORDS!r}")
    found = {}
    for name, value in table["accepted"].items():
        if name == _END:
            continue
        key = _KEY.fullmatch(name)
        copies = _copies(value)
        if not key or copies < 1:
            raise ValueError(f"entry {name[:60]!r} has no rule, fingerprint or number of copies")
        words, text = value.get("words", 0), value.get("text", "")
        if _number(words) != words or not isinstance(text, str):
            raise ValueError(f"entry {name[:60]!r} has no number of words, or a text that is none")
        like = value.get("like", "")
        if not isinstance(like, str) or not (like == "" or _DIGEST.fullmatch(like)):
            raise ValueError(f"entry {name[:60]!r} is like what is no fingerprint")
        found[key[1], key[2]] = Entry(copies, words, text, like)
    return found


def dump(entries: Mapping[Key, Entry]) -> str:
    """Write entries as the text of a baseline."""
    before, behind = frame()
    lines = [f"{line_of(key, entry)}\n" for key, entry in sorted(entries.items())]
    return "".join([before, *lines, behind])


def frame() -> tuple[str, str]:
    """Give what stands in a baseline before its entries, and behind them."""
    head = ["{", f'  "version": {VERSION},', f'  "words": {json.dumps(WORDS)},', '  "accepted": {']
    return "\n".join([*head, ""]), "\n".join([f'    "{_END}": {{}}', "  }", "}", ""])


def line_of(key: Key, entry: Entry) -> str:
    """Write an entry as the line of a baseline, without its end."""
    fields = {name: value for name, value in entry._asdict().items() if name != "like" or value}
    written = json.dumps(fields, ensure_ascii=False)
    return f"    {json.dumps(name_of(key))}: {written},"


def name_of(key: Key) -> str:
    """Write the key of an entry."""
    return " ".join(key)


def digests(match: RuleMatch, prints: Sequence[str]) -> frozenset[str]:
    """Name the texts of a group."""
    return frozenset(prints[k][:DIGITS] for k in match.places)


def accepting(matches: Iterable[RuleMatch], corpus: Corpus) -> dict[Key, Entry]:
    """Make the entries that accept some groups."""
    entries: dict[Key, Entry] = {}
    for match in matches:
        _add(entries, accepting_group([match.rule], match.places, corpus.texts, corpus.words))
    return entries


def accepting_group(
    rules: Iterable[str], places: Iterable[int], texts: Sequence[str], known: Words
) -> dict[Key, Entry]:
    """Make the entries that accept what some rules found together.

    places: positions in ``texts`` and what is known of them.
    """
    same: dict[str, list[int]] = {}
    for k in places:
        same.setdefault(known.prints[k][:DIGITS], []).append(k)
    entries = {}
    for rule in rules:
        like = min(same) if rule != REPEATED else ""
        for digest, every in same.items():
            if rule != REPEATED or len(every) > 1:
                first = every[0]
                words, text = int(known.counts[first]), _shown(texts[first])
                entries[rule, digest] = Entry(len(every), words, text, like)
    return entries


def repeated(matches: Iterable[RuleMatch], corpus: Corpus) -> dict[Key, Entry]:
    """Make the entries that accept the repeated texts among some matches."""
    return accepting([each for each in matches if each.rule == REPEATED], corpus)


def _shown(text: str) -> str:
    """Give the first words of a text, whatever markup and case they stand in."""
    return " ".join(words(text[:1_000])[:_SHOWN_WORDS])[:_SHOWN_CHARACTERS]


class AcceptedTexts:
    """What a baseline accepts of a corpus."""

    def __init__(self, entries: Mapping[Key, Entry], corpus: Corpus) -> None:
        self.entries = entries
        self.corpus = corpus
        self.copies = Counter(each[:DIGITS] for each in corpus.words.prints) if entries else {}

    def judge(self, match: RuleMatch) -> Verdict:
        """Say whether a match is accepted."""
        texts = digests(match, self.corpus.words.prints)
        if match.rule == REPEATED:
            return self._repeated(next(iter(texts)), match)
        known = [text for text in texts if (match.rule, text) in self.entries]
        if len(known) == len(texts):
            return Verdict(True)
        for text in texts:
            entry = self.entries.get((REPEATED, text))
            if entry and self.copies.get(text, 0) < entry.copies:
                return Verdict(
                    False, "accepted in the baseline as copies, and one of them differs now"
                )
        note = "a like paragraph is accepted in the baseline, and this one is new or differs now"
        return Verdict(False, note if known else "")

    def _repeated(self, text: str, match: RuleMatch) -> Verdict:
        """Judge the places of one text."""
        now = len(match.places)
        entry = self.entries.get((REPEATED, text))
        own = self.entries.get((SIMILAR, text))
        most = max((each.copies for each in (entry, own) if each), default=0)
        if now > most and self.gone:
            first = next(iter(match.places))
            words = int(self.corpus.words.counts[first])
            wording = _shown(self.corpus.texts[first])
            made = Entry(now, words, wording, own.like if own else "")
            most += sum(number for each, number in self.gone if _replaces(made, each))
        if now <= most:
            return Verdict(True)
        if entry:
            note = f"{entry.copies} copies are accepted in the baseline, now there are {now}"
        elif own:
            note = f"accepted in the baseline as like paragraphs, now there are {now} copies"
        else:
            note = ""
        return Verdict(False, note)

    @cached_property
    def gone(self) -> list[tuple[Entry, int]]:
        """List the like texts of which there are fewer now than were accepted, and how many."""
        found = []
        for (rule, text), entry in self.entries.items():
            less = entry.copies - self.copies.get(text, 0)
            if rule == SIMILAR and less > 0:
                found.append((entry, less))
        return found


def _replaces(made: Entry, gone: Entry) -> bool:
    """Say whether a text stands in for a like one that has gone, as far as the baseline tells."""
    if made.like and made.like == gone.like:
        return True
    short, long = sorted((made.words, gone.words))
    return 3 * short >= 2 * long and similarity(made.text, gone.text) >= _SAME_BEGINNING


def stale(
    entries: Mapping[Key, Entry], current: Mapping[Key, Entry], rules: Collection[str]
) -> list[Key]:
    """List the entries of some rules that accept more than there is."""
    return [
        key
        for key, entry in entries.items()
        if key[0] in rules and _still(key, entry, current) < entry.copies
    ]


def pruned(
    entries: Mapping[Key, Entry], current: Mapping[Key, Entry], rules: Collection[str]
) -> dict[Key, Entry]:
    """Take out of the entries of some rules what isn't there any more."""
    kept = {}
    for key, entry in entries.items():
        copies = entry.copies if key[0] not in rules else _still(key, entry, current)
        if copies:
            kept[key] = entry._replace(copies=copies)
    return kept


def _still(key: Key, entry: Entry, current: Mapping[Key, Entry]) -> int:
    """Say how many copies an entry need accept; like texts are accepted or not."""
    if key not in current:
        return 0
    return min(entry.copies, current[key].copies) if key[0] == REPEATED else entry.copies


def merged(entries: Mapping[Key, Entry], more: Mapping[Key, Entry]) -> dict[Key, Entry]:
    """Accept what either accepts."""
    both = dict(entries)
    _add(both, more)
    return both


def _add(entries: dict[Key, Entry], more: Mapping[Key, Entry]) -> None:
    """Accept more; of two entries of a text the one with more copies counts, and the lesser name.

    That is the name of those it is like, so that the order in which entries come is all one.
    """
    for key, entry in more.items():
        known = entries.get(key, entry)
        like = min(known.like, entry.like) or known.like or entry.like
        most = entry if known.copies < entry.copies else known
        entries[key] = most._replace(like=like)
