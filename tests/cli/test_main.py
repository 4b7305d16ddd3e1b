"""The command line as a whole: what it says of itself, and how it ends when it cannot go on."""

from __future__ import annotations

import pytest

from nsdoc import __version__, build, cli
from tests.cli.project import GOOD, Here, Project, ended


def test_version(nsdoc: Here) -> None:
    """--version gives the version on standard output."""
    assert nsdoc("--version").out == f"nsdoc {__version__}\n"


def test_help_names_commands_and_statuses(nsdoc: Here) -> None:
    """--help lists every command, and every exit status."""
    text = nsdoc("--help").out
    assert all(f"    {name} " in text for name in ("check", "probe", "trace", "new", "evidence", "diff"))
    assert all(f" {status} " in text for status in (0, 1, 2, 3, 4, 70))


@pytest.mark.parametrize("words", [(), ("chekc",), ("--nonsense",)])
def test_usage(nsdoc: Here, words: tuple[str, ...]) -> None:
    """No command, or an unknown one, is a mistake of usage."""
    ran = nsdoc(*words)
    assert (ran.status, ran.out) == (2, "")
    assert "usage: nsdoc" in ran.err


def test_every_command_has_help() -> None:
    """Each command explains its options."""
    for name in cli.COMMANDS:
        with pytest.raises(SystemExit) as ending:
            cli.main([name, "--help"])
        assert ending.value.code == 0


def test_defect(project: Project, nsdoc: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect of nsdoc shows where it is, says what it is, and has a status of its own."""

    def fail(*arguments: object, **options: object) -> None:
        raise RuntimeError("the moon")

    project.write(GOOD)
    monkeypatch.setattr(build, "plan", fail)
    ran = nsdoc("check")
    assert ran.status == 70
    assert "Traceback" in ran.err
    assert ran.err.endswith("RuntimeError: the moon\nnsdoc: this is a defect of nsdoc\n")


def test_nobody_reads(project: Project) -> None:
    """When the reader of standard output is gone, the command ends without a word about it."""
    project.write(GOOD)
    command = project.start("check", "-q", "--json", "-")
    assert command.stdout is not None
    command.stdout.close()
    command.stdout = None
    ran = ended(command)
    assert (ran.status, ran.err) == (141, "")
