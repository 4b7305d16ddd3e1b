"""Many sources at once: which files are pages, and what they give together."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from nsdoc.page import Page, Place
from nsdoc.problems import Code, Problem
from nsdoc.source.reader import Reading, is_man_page, read


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages that could be read, in order of their paths, and everything that is wrong.

    A source with a problem still gives its other claims.
    """

    pages: tuple[Page, ...]
    problems: tuple[Problem, ...]


def read_pages(paths: Iterable[str | os.PathLike[str]]) -> Pages:
    """Read every page that `paths` name.

    A directory stands for the manual pages below it (``NAME.SECTION.rst``)
    and for other ``.rst`` files that have claims,
    except those that a page includes and those whose name or directory begins with a dot or an underscore.
    A file is read whatever its name.
    Nothing is raised: what is wrong is in `problems`.
    """
    named = [os.fspath(path) for path in paths]
    readings: dict[str, Reading] = {}
    walked: set[str] = set()
    for path in named:
        for file in _files(path):
            if file not in readings:
                readings[file] = read(file)
                walked.update({file} if file != os.path.normpath(path) else set())
    kept = dict(_without_included(readings, walked))
    pages = tuple(reading.page for reading in kept.values() if reading.page)
    problems = [problem for reading in kept.values() for problem in reading.problems]
    problems += _same_titles(pages)
    if not kept:
        where = ", ".join(named) or "no path"
        hint = "a directory with files such as clone.2.rst, or the files themselves"
        problems.append(
            Problem(Place(named[0] if named else ".", 1), Code.NO_PAGES, f"no page in {where}", hint)
        )
    return Pages(pages, tuple(problems))


def _files(path: str) -> Iterator[str]:
    if not os.path.isdir(path):
        yield os.path.normpath(path)
        return
    for directory, subdirectories, files in os.walk(path):
        subdirectories[:] = sorted(name for name in subdirectories if name[0] not in "._")
        for name in sorted(files):
            file = os.path.normpath(os.path.join(directory, name))
            if is_page(file):
                yield file


def is_page(file: str) -> bool:
    """Whether a file counts as a page when its directory is named: by its name, or by a claim in it."""
    name = os.path.basename(file)
    return name.endswith(".rst") and name[0] not in "._" and (is_man_page(name) or _has_claims(file))


def _has_claims(file: str) -> bool:
    """Whether a claim may be in a file; one that cannot be read is for the reader to complain about."""
    try:
        return b".. claim::" in Path(file).read_bytes()
    except OSError:
        return True


def _without_included(readings: dict[str, Reading], walked: set[str]) -> Iterator[tuple[str, Reading]]:
    included = {
        os.path.abspath(file)
        for reading in readings.values()
        if reading.page
        for file in reading.page.includes
    }
    for file, reading in readings.items():
        by_name = file not in walked or is_man_page(file)
        if by_name or (os.path.abspath(file) not in included and _says_something(reading)):
            yield file, reading


def _says_something(reading: Reading) -> bool:
    """Whether a file that was found by walking is a page; one that only quotes a claim is none."""
    return bool(reading.problems or (reading.page and reading.page.claims))


def _same_titles(pages: tuple[Page, ...]) -> Iterator[Problem]:
    first: dict[str, Page] = {}
    for page in pages:
        other = first.setdefault(page.title, page)
        if other is not page and page.claims and other.claims:
            message = f"{page.title} is the name of {other.file} too"
            hint = "file names that differ: the claims are named after them"
            yield Problem(Place(page.file, 1), Code.DUPLICATE_PAGE, message, hint)
