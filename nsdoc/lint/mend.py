"""Mending a source: all that is safe, until nothing is left that is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from nsdoc.lint import proof, run
from nsdoc.lint.finding import Finding
from nsdoc.lint.known import KnownPages
from nsdoc.lint.source import load, understood
from nsdoc.source import Update

# Mending one thing can lead to another, such as a long line to two sentences on it.
_ROUNDS = 20


@dataclass(frozen=True, slots=True)
class Mended:
    """What becomes of a file: its old and its new content, what was mended, and what is left to people."""

    update: Update
    done: tuple[Finding, ...]
    left: tuple[Finding, ...]


def mend(file: str, known: KnownPages, ignored: Collection[str] = ()) -> Mended:
    """What mending a file makes of it; `update.write()` then replaces it.

    Rules whose codes are `ignored` mend nothing.

    Raises:
        OSError: the file cannot be read.
        UnicodeDecodeError: it is not UTF-8.
    """
    source = load(file)
    before, done = source.data, []
    found = run.findings(source, known, ignored)
    for _ in range(_ROUNDS):
        batch = proof.together(found)
        if not batch:
            break
        done += batch
        source = understood(file, proof.edited(source, batch))
        found = run.findings(source, known, ignored)
    return Mended(Update(file, before, source.data), tuple(done), found)
