"""The baseline: the repetitions that are accepted for now, by their text.

Knows: the form of the file, what an entry accepts, when an entry is stale. Does not know: where the
file is, how groups are found.

    {
      "version": 1,
      "words": "words/1",
      "accepted": {
        "repeated-paragraph 0f3c...": {"copies": 2, "words": 60, "text": "before you start"},
        "similar-paragraph 9a41...": {"copies": 1, "words": 59, "text": "before you begin"},
        "~": {}
      }
    }

There is one entry on each line, sorted, without places or dates. The entry ``~`` is always the last
one, so that the line of every other entry ends with a comma, and the lines of two branches together
are a baseline again (``merge=union`` in .gitattributes makes git join them). If an entry stands
there twice, the one with more copies counts. ``text`` is only for people.

A repeated text is accepted up to its number of copies. A match of similar texts is accepted if each
of them was in such a match when the baseline was written. So moving, renaming and re-wrapping
change nothing, but one more copy or another word does. Similar texts that were made equal stay
accepted: for each similar text that is gone, one more copy is accepted. Texts that were matched
together name one of them as ``like``. Baselines of earlier versions have no such names. There,
texts of about the same length and first words are taken for similar ones.
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

#: The number of hexadecimal digits of a fingerprint that name a text.
DIGITS = 16

#: The name of the last entry, which accepts nothing.
_END = "~"

_CONFLICT = re.compile(r"^(?:<{7}|={7}|>{7})(?:\s|$)", re.MULTILINE)
_KEY = re.compile(r"([a-z-]+) ([0-9a-f]{16,32})")
_DIGEST = re.compile(r"[0-9a-f]{16,32}")
_SHOWN_WORDS, _SHOWN_CHARACTERS = 10, 80

#: One text may have become another if the similarity of their first words is at least this.
_SAME_BEGINNING = 0.6

_ANEW = "write it anew with: dedup baseline"

#: The rule, and the fingerprint of the text.
Key = tuple[str, str]


class Entry(NamedTuple):
    """An accepted text: the number of copies, and for people its length and first words.

    like: for a similar text, the least fingerprint of the texts that were matched together.
    """

    copies: int
    words: int = 0
    text: str = ""
    like: str = ""


class Verdict(NamedTuple):
    """Whether a match is accepted, and if not, a note about what the baseline accepts of it."""

    accepted: bool
    note: str = ""


def load(path: str, shown: str) -> dict[Key, Entry]:
    """Read a baseline. Raises InputError, with the remedy, if it is missing or malformed."""
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
    """Make an object of its members; of two entries of one name the one with more copies stays."""
    made: dict[str, object] = {}
    for name, value in pairs:
        if name not in made or _copies(value) >= _copies(made[name]):
            made[name] = value
    return made


def _copies(value: object) -> int:
    return _number(value.get("copies")) if isinstance(value, dict) else 0


def _number(value: object) -> int:
    """Give a number of copies or words as it is; 0 for a value that is no such number."""
    return value if type(value) is int and 0 <= value <= MOST_WORDS else 0


def _entries(table: object) -> dict[Key, Entry]:
    """Check the contents of a file and give its entries. Raises ValueError with the reason."""
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
    """Give the text of a baseline before its entries, and the text behind them."""
    head = ["{", f'  "version": {VERSION},', f'  "words": {json.dumps(WORDS)},', '  "accepted": {']
    return "\n".join([*head, ""]), "\n".join([f'    "{_END}": {{}}', "  }", "}", ""])


def line_of(key: Key, entry: Entry) -> str:
    """Write an entry as a line of a baseline, without the line end."""
    fields = {name: value for name, value in entry._asdict().items() if name != "like" or value}
    written = json.dumps(fields, ensure_ascii=False)
    return f"    {json.dumps(name_of(key))}: {written},"


def name_of(key: Key) -> str:
    """Write the key of an entry."""
    return " ".join(key)


def digests(match: RuleMatch, prints: Sequence[str]) -> frozenset[str]:
    """Give the names of the texts of a match."""
    return frozenset(prints[k][:DIGITS] for k in match.places)


def accepting(matches: Iterable[RuleMatch], corpus: Corpus) -> dict[Key, Entry]:
    """Make the entries that accept matches."""
    entries: dict[Key, Entry] = {}
    for match in matches:
        _add(entries, accepting_group([match.rule], match.places, corpus.texts, corpus.words))
    return entries


def accepting_group(
    rules: Iterable[str], places: Iterable[int], texts: Sequence[str], known: Words
) -> dict[Key, Entry]:
    """Make the entries that accept a group of places that some rules found.

    places: positions in ``texts`` and in ``known``.
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
    """Make the entries that accept those matches that are of repeated texts."""
    return accepting([each for each in matches if each.rule == REPEATED], corpus)


def _shown(text: str) -> str:
    """Give the first words of a text in normal form."""
    return " ".join(words(text[:1_000])[:_SHOWN_WORDS])[:_SHOWN_CHARACTERS]


class AcceptedTexts:
    """Decides which matches of a corpus a baseline accepts."""

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
        """Say whether the places of one text are accepted."""
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
        """List the similar texts with fewer copies now than are accepted, and how many fewer."""
        found = []
        for (rule, text), entry in self.entries.items():
            less = entry.copies - self.copies.get(text, 0)
            if rule == SIMILAR and less > 0:
                found.append((entry, less))
        return found


def _replaces(made: Entry, gone: Entry) -> bool:
    """Say whether a text probably replaced a similar text that is gone."""
    if made.like and made.like == gone.like:
        return True
    short, long = sorted((made.words, gone.words))
    return 3 * short >= 2 * long and similarity(made.text, gone.text) >= _SAME_BEGINNING


def stale(
    entries: Mapping[Key, Entry], current: Mapping[Key, Entry], rules: Collection[str]
) -> list[Key]:
    """List the entries of some rules that accept more copies than there are."""
    return [
        key
        for key, entry in entries.items()
        if key[0] in rules and _still(key, entry, current) < entry.copies
    ]


def pruned(
    entries: Mapping[Key, Entry], current: Mapping[Key, Entry], rules: Collection[str]
) -> dict[Key, Entry]:
    """Take the copies that are gone out of the entries of some rules."""
    kept = {}
    for key, entry in entries.items():
        copies = entry.copies if key[0] not in rules else _still(key, entry, current)
        if copies:
            kept[key] = entry._replace(copies=copies)
    return kept


def _still(key: Key, entry: Entry, current: Mapping[Key, Entry]) -> int:
    """Give the number of copies that an entry still has to accept; 0 for a text that is gone.

    An entry of a similar text keeps its number as long as the text is there.
    """
    if key not in current:
        return 0
    return min(entry.copies, current[key].copies) if key[0] == REPEATED else entry.copies


def merged(entries: Mapping[Key, Entry], more: Mapping[Key, Entry]) -> dict[Key, Entry]:
    """Make entries that accept what either of two baselines accepts."""
    both = dict(entries)
    _add(both, more)
    return both


def _add(entries: dict[Key, Entry], more: Mapping[Key, Entry]) -> None:
    """Add entries. Of two entries of one text the one with more copies counts.

    ``like`` becomes the lesser of both, so that the order of the entries does not matter.
    """
    for key, entry in more.items():
        known = entries.get(key, entry)
        like = min(known.like, entry.like) or known.like or entry.like
        most = entry if known.copies < entry.copies else known
        entries[key] = most._replace(like=like)
