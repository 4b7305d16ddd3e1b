"""Rules that no page states on purpose: a file of them, with the reasons."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nsdoc.mutate.rules import Rule

NAME = "untold.toml"
"""What the file is called, in the directory of the pages."""


class BadReasons(Exception):
    """A file does not list rules and reasons; the message says what is wrong."""


def read(path: Path) -> Mapping[str, str]:
    """The reason of each rule that a file lists.

    A rule is listed by its number or the name of a change;
    one of several with the same number by that and its words in the model, ``R096: no such process.``

    Raises:
        BadReasons: the file is not as it should be, or a rule is listed twice.
        OSError: it cannot be read.
    """
    try:
        found = list(_entries(tomllib.loads(path.read_text("utf-8"))))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadReasons(f'{path}: expected [[because]] tables with "reason" and "rules": {error}') from error
    reasons = dict(found)
    if len(reasons) < len(found):
        names = [name for name, _ in found]
        twice = next(name for name in names if names.count(name) > 1)
        raise BadReasons(f"{path}: {twice!r} is listed twice")
    return reasons


def _entries(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for table in data["because"]:
        reason = " ".join(table["reason"].split())
        yield from ((str(name), reason) for name in table["rules"])


def listed(rule: Rule, reasons: Mapping[str, str]) -> str:
    """The name under which a rule is listed, empty if it is not."""
    return next((name for name in (full_name(rule), rule.id) if name in reasons), "")


def full_name(rule: Rule) -> str:
    """The number of a rule with its words."""
    return f"{rule.id}: {rule.what}"
