"""Many sources at once: everything in which they depart from man-pages(7)."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from nsdoc.lint import headings, name, references, sentences, tables, words
from nsdoc.lint.finding import Finding
from nsdoc.lint.known import KnownPages
from nsdoc.lint.proof import sound
from nsdoc.lint.source import Source, load
from nsdoc.problems import Code, Problem
from nsdoc.source import read_pages


@dataclass(frozen=True, slots=True)
class Linted:
    """What came of it: the files that were looked at, their findings in order, and what could not be read.

    `known` are the pages that their references could lead to.
    """

    files: tuple[str, ...]
    known: KnownPages
    findings: tuple[Finding, ...]
    problems: tuple[Problem, ...]


def lint(paths: Iterable[str | os.PathLike[str]], ignored: Collection[str] = ()) -> Linted:
    """Look at every page that `paths` name, as `nsdoc.source.read_pages` finds them.

    Nothing is raised.  Rules whose codes are `ignored` find nothing.
    A file whose markup is wrong is in `problems`, and has no findings: nobody knows what it says.
    A directive or role that is not known may be one of another extension of Sphinx, and is passed over.
    """
    read = read_pages(paths)
    sources = [load(page.file) for page in read.pages]
    sources = [source for source in sources if not any(map(_counts, source.tree.problems))]
    known = known_to(sources)
    found = [finding for source in sources for finding in findings(source, known, ignored)]
    problems = tuple(filter(_counts, read.problems))
    return Linted(tuple(page.file for page in read.pages), known, tuple(found), problems)


def _counts(problem: Problem) -> bool:
    return problem.code not in (Code.UNKNOWN_DIRECTIVE, Code.UNKNOWN_ROLE)


def known_to(sources: Sequence[Source]) -> KnownPages:
    """The pages that references of some sources can lead to: those beside them are of the same project."""
    directories = {Path(source.file).absolute().parent for source in sources}
    return KnownPages((source.title for source in sources), sorted(directories))


def findings(source: Source, known: KnownPages, ignored: Collection[str] = ()) -> tuple[Finding, ...]:
    """What departs in one source, in the order of its lines; an edit that would do harm is taken back."""
    wanted = (finding for finding in _all(source, known) if finding.problem.code not in ignored)
    found = sorted(wanted, key=_position)
    return sound(source, found)


def _position(finding: Finding) -> tuple[str, int, str]:
    place = finding.problem.place
    return place.file, place.line, finding.problem.code


def _all(source: Source, known: KnownPages) -> Iterator[Finding]:
    for check in (headings.check, name.check, sentences.check, tables.check, words.check):
        yield from check(source)
    yield from references.check(source, known)
