"""Processes of nsdoc that are killed from outside, and what is left of them."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from dataclasses import dataclass

import pytest

from tests import host
from tests.cli.project import GOOD, Project, Ran, claim, ended

# It hangs in a call of one agent, with another agent and a child of its own beside it.
HANGING = claim(
    "hanging",
    """
    import os, signal
    one, other = kernel.process(), kernel.process()
    there, here = one.pipe()
    if os.fork() == 0:
        while True:
            signal.pause()
    one.read(there, 1)
    print(1)
    #> 1
    """,
)
# The same without a process of its own: root's examples share one then.
CONTAINED = claim(
    "hanging",
    """
    one, other = kernel.process(), kernel.process()
    there, here = one.pipe()
    one.read(there, 1)
    print(1)
    #> 1
    """,
)
# What is between the zygote and the agent that hangs.
SHARED = ("controller of examples", "midwife", "init", "agent")
# A process that is followed by its child before it can be caught.
RELAY = """\
      if os.fork() == 0:
          while True:
              if os.fork():
                  os._exit(0)
"""
FIRST, LAST = (GOOD.replace("good", name) for name in ("first", "last"))


@dataclass(frozen=True)
class Family:
    """A check whose example hangs: its processes by what they do."""

    controller: subprocess.Popen[str]
    zygote: int
    example: int
    agent: int


def _hang(project: Project, hanging: str = HANGING) -> Family:
    """Start a check and wait until its example hangs in a call."""
    project.write(FIRST, hanging, LAST)
    controller = project.start("check", "--json", "-", "--jobs", "1")
    found: list[Family] = []

    def hangs() -> bool:
        for zygote in host.children(controller.pid):
            for example in host.children(zygote):
                agents = host.children(example)
                inside = [agent for agent in agents if host.waits_in(agent, "pipe_read")]
                if inside and len(agents) >= 3:
                    found.append(Family(controller, zygote, example, inside[0]))
        return bool(found)

    host.wait_for(hangs)
    return found[0]


def _hang_in_company(project: Project) -> tuple[subprocess.Popen[str], dict[str, int]]:
    """Start a check and wait until an example hangs that shares its process: those in `SHARED`."""
    project.write(FIRST, CONTAINED, LAST)
    controller = project.start("check", "--json", "-", "--jobs", "1")
    found: list[tuple[int, ...]] = []

    def hangs() -> bool:
        chains: list[tuple[int, ...]] = [(controller.pid,)]
        for _ in ("zygote", *SHARED):
            chains = [(*chain, child) for chain in chains for child in host.children(chain[-1])]
        found.extend(chain for chain in chains if host.waits_in(chain[-1], "pipe_read"))
        return bool(found)

    host.wait_for(hangs)
    return controller, dict(zip(SHARED, found[0][2:], strict=True))


def _holding(ran: Ran) -> list[str]:
    """The claims that hold, after a check that found another one broken."""
    assert ran.status == 1
    return [name for name, entry in ran.verdicts.items() if entry["verdict"] == "holds"]


def test_controller_killed(anyones_project: Project) -> None:
    """With the controller, everything that it started ends."""
    family = _hang(anyones_project)
    family.controller.kill()
    assert ended(family.controller).status == -signal.SIGKILL


def test_controller_terminated(anyones_project: Project) -> None:
    """A controller that is asked to end leaves nothing either."""
    family = _hang(anyones_project)
    family.controller.terminate()
    assert ended(family.controller).status == -signal.SIGTERM


def test_interrupted(anyones_project: Project) -> None:
    """Ctrl-C stops within a second, with a word, the status of an interrupted program, and nothing left."""
    family = _hang(anyones_project)
    start = time.monotonic()
    family.controller.send_signal(signal.SIGINT)
    ran = ended(family.controller)
    assert time.monotonic() - start < 1
    assert (ran.status, ran.err) == (130, "nsdoc: interrupted\n")
    assert host.look(anyones_project.temporary).temporary == ()


def test_zygote_killed(anyones_project: Project) -> None:
    """The example that ran is broken, and a new zygote takes over for the rest."""
    family = _hang(anyones_project)
    os.kill(family.zygote, signal.SIGKILL)
    ran = ended(family.controller)
    assert _holding(ran) == ["first", "last"]
    assert ran.verdicts["hanging"]["code"] == "nsdoc.runner-lost"
    assert "was lost (signal 9)" in ran.verdicts["hanging"]["reason"]


def test_example_killed(anyones_project: Project) -> None:
    """The example whose process is killed is broken, the rest is checked."""
    family = _hang(anyones_project)
    os.kill(family.example, signal.SIGKILL)
    ran = ended(family.controller)
    assert _holding(ran) == ["first", "last"]
    assert ran.verdicts["hanging"]["code"] == "nsdoc.killed"
    assert "killed by signal 9" in ran.verdicts["hanging"]["reason"]


def test_agent_killed(anyones_project: Project) -> None:
    """An agent that is killed in the middle of a call ends the call, with the process named."""
    family = _hang(anyones_project)
    os.kill(family.agent, signal.SIGKILL)
    ran = ended(family.controller)
    assert _holding(ran) == ["first", "last"]
    assert ran.verdicts["hanging"]["code"] == "nsdoc.raised"
    assert "ProcessGone: read(): process" in ran.verdicts["hanging"]["reason"]


def test_zygote_killed_while_processes_multiply(anyones_project: Project) -> None:
    """What the example forks on and on is ended as well when the zygote cannot do it."""
    family = _hang(anyones_project, HANGING.replace("      one.read(", f"{RELAY}      one.read("))
    os.kill(family.zygote, signal.SIGKILL)
    ran = ended(family.controller)
    assert _holding(ran) == ["first", "last"]
    assert ran.verdicts["hanging"]["code"] == "nsdoc.runner-lost"


def test_zygotes_killed_again_and_again(others_project: Project) -> None:
    """Examples that each cost a zygote do not keep the next ones from being checked."""
    kills = "import os\nos.kill(os.getppid(), 9)\nprint(1)\n#> 1"
    others_project.write(*(claim(f"kills-{number}", kills) for number in range(6)), LAST)
    ran = others_project.check("--jobs", "1")
    assert _holding(ran) == ["last"]
    assert {ran.verdicts[f"kills-{number}"]["code"] for number in range(6)} == {"nsdoc.runner-lost"}


@pytest.mark.parametrize(
    ("who", "code", "says"),
    [
        ("controller of examples", "nsdoc.killed", "killed by signal 9"),
        ("midwife", "nsdoc.raised", "ProcessGone: read(): process"),
        ("init", "nsdoc.raised", "ProcessGone: read(): process"),
        ("agent", "nsdoc.raised", "ProcessGone: read(): process"),
    ],
)
def test_what_examples_share_is_killed(project: Project, who: str, code: str, says: str) -> None:
    """Whichever process that examples share is killed, one example is broken and the rest is checked."""
    if os.geteuid() != 0:
        pytest.skip("needs root: only root's examples share a process")
    controller, processes = _hang_in_company(project)
    os.kill(processes[who], signal.SIGKILL)
    ran = ended(controller)
    assert _holding(ran) == ["first", "last"]
    assert (ran.verdicts["hanging"]["code"], says in ran.verdicts["hanging"]["reason"]) == (code, True)
