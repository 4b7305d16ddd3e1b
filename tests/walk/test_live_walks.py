"""The live kernel and the model of its release take walks alike; where they would not, it is told how."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nsdoc import cli
from nsdoc.backends.model import edition
from nsdoc.walk import live
from nsdoc.walk.compare import compare
from nsdoc.walk.example import write_example
from nsdoc.walk.rounds import Rounds
from nsdoc.walk.saved import VERSION
from nsdoc.walk.step import Step
from tests.walk.drawn import walks

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or platform.system() != "Linux", reason="walks need root on Linux"
)


@pytest.fixture(scope="module")
def rounds() -> Iterator[Rounds]:
    """Both kernels, ready for walks."""
    with live.open_pool(1) as pool:
        yield Rounds(pool)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_both_kernels_agree(rounds: Rounds, data: st.DataObject) -> None:
    """Whatever hypothesis looks for, both kernels give the same."""
    walk = data.draw(walks(release=rounds.edition, setting=rounds.host.setting))
    [(_, taking)] = live.take(rounds._pool, [walk.steps])
    assert compare(walk.steps, walk.taken, taking.taken) is None, write_example(walk.steps, taking.taken)


def test_a_difference_is_a_claim(rounds: Rounds, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shortest walk that differs is a claim, which holds on the live kernel."""
    steps = (
        Step(-1, "spawn", (1000, 1000, (), None)),
        Step(0, "getpid", ()),
        Step(0, "fork", ()),
        Step(0, "unshare", (0x10000000,)),
        Step(0, "write", (("proc", 0, "gid_map"), b"0 1000 1")),
        Step(1, "getppid", ()),
    )
    monkeypatch.setattr(rounds, "edition", edition("3.18"))
    [round_] = rounds.again([(5, steps)])
    assert round_.parting is not None
    assert round_.parting.claim == (
        ".. claim:: walk-5\n\n"
        f"   Linux {rounds.host.release} gives ``EPERM``, its model ``8``.\n\n"
        "   .. example::\n\n"
        "      p0 = kernel.process(uid=1000, gid=1000)\n"
        "      p0.unshare(CLONE_NEWUSER)\n"
        "      with fails(EPERM):\n"
        """          p0.write(f"/proc/{p0.pid}/gid_map", '0 1000 1')\n"""
    )


def test_an_output_of_the_live_kernel(rounds: Rounds, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the live kernel gives a value, the claim prints it."""
    steps = (
        Step(-1, "spawn", (1000, 1000, (), None)),
        Step(0, "unshare", (0x10000000,)),
        Step(0, "read", (("proc", 0, "setgroups"),)),
    )
    monkeypatch.setattr(rounds, "edition", edition("3.18"))
    [round_] = rounds.again([(5, steps)])
    assert round_.parting is not None
    assert round_.parting.claim.endswith(
        '      print(p0.read(f"/proc/{p0.pid}/setgroups"))\n      """\n      allow\n\n      """\n'
    )


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """nsdoc walk takes as many walks as asked for, and says their seed."""
    report, kept = tmp_path / "report.json", tmp_path / "kept.json"
    words = ["walk", "--count", "7", "--seed", "3", "--length", "5", "--jobs", "1"]
    assert cli.main([*words, "--json", str(report), "--save", str(kept)]) == cli.FINE
    assert capsys.readouterr().err == "7 walks of seed 3, 35 calls: 0 differ\n"
    assert json.loads(report.read_text()) == {"schema": 1, "walks": 7, "calls": 35, "differences": []}
    assert json.loads(kept.read_text())["walks"] == []


def test_walks_are_taken_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--replay takes the walks of a file; one that is cut short on the live kernel is no agreement."""
    kept = tmp_path / "kept.json"
    steps = ["(-1, 'spawn', (1000, 1000, (), None))", "(0, 'getuid', ())"]
    kept.write_text(json.dumps({"version": VERSION, "walks": [{"seed": 5, "steps": steps}]}))
    assert cli.main(["walk", "--replay", str(kept)]) == cli.FINE
    assert "1 walks of" in capsys.readouterr().err
    steps.append("(0, 'nosuch', ())")
    kept.write_text(json.dumps({"version": VERSION, "walks": [{"seed": 5, "steps": steps}]}))
    assert cli.main(["walk", "--replay", str(kept)]) == cli.REFUTED
