"""Our own manual says what the command line and the sources take."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nsdoc import build, cli
from nsdoc.runner import limits
from nsdoc.source import directives, roles

MANUAL = Path(__file__).parents[2] / "docs" / "man"
COMMANDS, SOURCES = ((MANUAL / f"nsdoc.{section}.rst").read_text("utf-8") for section in (1, 5))


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_options(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """nsdoc(1) has a heading for each command, and each of its options below that."""
    with pytest.raises(SystemExit):
        cli.main([command, "--help"])
    common = COMMANDS.partition("Options of every command")[2]
    heading = f"\n{command}\n{'-' * len(command)}\n"
    below = COMMANDS.partition(heading)[2].partition("\n--")[0] + common
    options = set(re.findall(r"(?<![\w-])--?[a-z]+\b", capsys.readouterr().out.partition("options:")[2]))
    assert COMMANDS.count(heading) == 1
    assert {option for option in options if f"**{option}" not in below} == set()


@pytest.mark.parametrize(
    "status",
    [cli.FINE, cli.REFUTED, cli.USAGE, cli.MISSING, cli.STALE, cli.DEFECT, cli.INTERRUPTED, cli.UNREAD],
)
def test_statuses(status: int) -> None:
    """nsdoc(1) explains each exit status."""
    assert f"\n   {status}\n      " in COMMANDS.partition("EXIT STATUS")[2].partition("ENVIRONMENT")[0]


def test_directives_and_roles() -> None:
    """nsdoc(5) explains each directive, option and role of ours."""
    for name, directive in directives.OWN.items():
        assert f".. {name}::" in SOURCES
        assert all(f":{option}:" in SOURCES for option in directive.option_spec or ())
    assert all(f"``:{name}:``" in SOURCES for name in roles.OWN)


def test_limits() -> None:
    """nsdoc(5) has the limits that examples are held to."""
    said = SOURCES.partition("Limits\n------")[2].partition("Prose that")[0]
    assert f"{limits.PROCESSES} processes" in said
    for size in (limits.PROCESS_MEMORY, limits.MEMORY, limits.OUTPUT):
        assert limits.in_words(size) in said
    assert f"in place of {build.TIMEOUT:g} seconds; at most {directives.MAX_TIMEOUT:g}" in SOURCES
