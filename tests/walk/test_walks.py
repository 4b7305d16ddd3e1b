"""Walks are repeatable, shrink to what matters, and print as examples."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import pytest

from nsdoc import cli
from nsdoc.backends.model import edition
from nsdoc.backends.model.boot import Setting
from nsdoc.walk import saved
from nsdoc.walk.example import with_output, write_example
from nsdoc.walk.shrink import shrink, without_skips
from nsdoc.walk.step import SPAWN, Step, Taken
from nsdoc.walk.wander import wander
from tests.ordinary import for_everyone


def test_same_seed_same_walk() -> None:
    """A seed stands for one walk."""
    assert wander(7, 40, edition("6.18"), Setting()) == wander(7, 40, edition("6.18"), Setting())


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("release", ["2.6.23", "3.8", "4.8", "5.12", "7.3.4"])
def test_walks_on_every_release(seed: int, release: str) -> None:
    """The model of any release takes any walk without a defect of its own."""
    assert wander(seed, 40, edition(release), Setting()).steps


def test_shrinking_keeps_what_is_needed() -> None:
    """Only the steps without which a difference is gone are left."""
    steps = tuple(Step(0, f"call{number}", ()) for number in range(30))

    def shows(tried: tuple[Step, ...]) -> bool:
        kept = {number for number, _ in without_skips(tried)}
        return {3, 11} <= kept

    assert [number for number, _ in without_skips(shrink(steps, 20, shows))] == [3, 11, 20]


def test_walk_as_an_example() -> None:
    """A walk prints as an example that expects what was seen."""
    steps = (Step(-1, SPAWN, (1000, 1000, (), None)), Step(0, "setuid", (5,)), Step(0, "getuid", ()))
    taken = (Taken(0, 0, None), Taken(1, 1, None), Taken(2, 0, 1000))
    assert with_output(write_example(steps, taken), ["1000"]) == (
        "p0 = kernel.process(uid=1000, gid=1000)\n"
        "with fails(EPERM):\n    p0.setuid(5)\n"
        "print(p0.getuid())\n#> 1000\n"
    )


def test_an_example_ends_in_a_print() -> None:
    """What the last step gives is printed; a walk that ends in a process expects one."""
    steps = (Step(-1, SPAWN, (None, None, (), None)), Step(0, "fork", ()), Step(1, "getuid", ()))
    taken = (Taken(0, 0, None), Taken(1, 0, 7), Taken(2, 0, 0))
    assert write_example(steps, taken) == "p0 = kernel.process()\np1 = p0.fork()\nprint(p1.getuid())\n"
    assert write_example(steps[:2], taken) == "p0 = kernel.process()\nprint(p0.fork().pid > 0)\n"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"version": 1, "walks": []}', "walks of version 1, and version 3 is known"),
        ('{"walks": []}', "no walks: 'version'"),
        ("[]", "no walks: list indices"),
        ("not JSON", "no walks: Expecting value"),
        ('{"version": 3, "walks": [{"seed": 1, "steps": ["open(1)"]}]}', "no walks: malformed"),
        ('{"version": 3, "walks": [{"seed": 1, "steps": ["(1, 2, 3)"]}]}', "is no step"),
    ],
)
def test_a_file_that_holds_no_walks(text: str, why: str) -> None:
    """A file of another version, or of something else, is refused with the reason."""
    with pytest.raises(saved.BadWalks, match=why):
        saved.load(text)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--count", "0"], "0 is not a number from 1 on"),
        (["--count", "many"], "invalid natural value"),
        (["--frobnicate"], "unrecognized arguments"),
        (["--replay", "/nonexistent"], "/nonexistent cannot be read"),
        (["--replay", "/nonexistent", "--seed", "3"], "no --seed"),
    ],
)
def test_wrong_usage(words: list[str], why: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What the command cannot do is said, with exit status 2."""
    try:
        status: object = cli.main(["walk", *words])
    except SystemExit as ending:
        status = ending.code
    assert status == cli.USAGE
    assert why in capsys.readouterr().err


def test_a_file_of_another_version(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A walk file of another version is refused, with exit status 2."""
    file = tmp_path / "walks.json"
    file.write_text('{"version": 1, "walks": []}')
    assert cli.main(["walk", "--replay", str(file)]) == cli.USAGE
    assert capsys.readouterr().err == (
        f"nsdoc walk: {file}: walks of version 1, and version 3 is known\n"
    )


def test_an_ordinary_user_is_told() -> None:
    """Walks need root, and say so with exit status 3."""
    if os.geteuid() != 0 or platform.system() != "Linux":
        pytest.skip("needs root: only root can become an ordinary user")
    with for_everyone(("docutils",)) as ordinary:
        done = ordinary.run("-m", "nsdoc", "walk", "--count", "1")
    assert done.returncode == cli.MISSING
    assert "walks cannot be taken here" in done.stderr
    assert "root" in done.stderr
