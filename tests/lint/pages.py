"""Sources for the tests of lint: a page without a fault, and pages with one."""

from __future__ import annotations

from pathlib import Path

from nsdoc.lint import Finding, lint

CLEAN = """\
========
thing(7)
========

:date: 2026-03-01

NAME
====

thing - what it is

DESCRIPTION
===========

{}

SEE ALSO
========

:manpage:`clone(2)`,
:manpage:`namespaces(7)`
"""


def page(directory: Path, body: str = "A thing.", name: str = "thing.7.rst") -> Path:
    """Write a page that has no fault besides those of its DESCRIPTION: its path."""
    return file(directory, CLEAN.format(body), name)


def file(directory: Path, text: str, name: str = "thing.7.rst") -> Path:
    """Write a file: its path."""
    path = directory / name
    path.write_bytes(text.encode())
    return path


def found(path: Path) -> list[Finding]:
    """What is wrong with a page that can be read."""
    seen = lint([path])
    assert seen.problems == ()
    return list(seen.findings)


def codes(path: Path) -> list[str]:
    """The codes of what is wrong with a page."""
    return [str(finding.problem.code) for finding in found(path)]
