"""Taking walks on the live kernel, each in namespaces of its own."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from nsdoc.backends.model.boot import Setting
from nsdoc.errors import Unavailable
from nsdoc.kernels import locate
from nsdoc.runner.nest import Job
from nsdoc.runner.pool import Pool
from nsdoc.walk.step import Step, Taken

_TIMEOUT = 20.0
_CODE = """
from nsdoc.walk.play import play
from nsdoc.walk.step import Step
with open(kernel.program, "rb") as file:
    image = file.read()
taken, why = play(kernel._backend, image, [Step(*step) for step in {steps!r}])
print(([None if one is None else tuple(one) for one in taken], why))
"""
_ASK = """
kernel.need("root", "isolation")
root = kernel.process()
print((kernel.program, kernel.scratch, root.gethostname(), int(root.capget().permitted)))
"""


@dataclass(frozen=True, slots=True)
class Taking:
    """What a walk gave: its outcomes as far as it came, and why it stopped before its end, if it did."""

    taken: tuple[Taken | None, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Host:
    """What of a host a walk depends on: the kernel's release, and what the model can play of the rest."""

    release: str
    setting: Setting


def host(pool: Pool) -> Host:
    """The host that this process runs on.

    Raises:
        Unavailable: walks cannot be taken here.
        nsdoc.runner.pool.NoRunner: the pool has no processes.
    """
    release = Path("/proc/sys/kernel/osrelease").read_text(encoding="ascii").strip()
    [(_, run)] = pool.run([_job(_ASK)])
    if not run.prints:
        raise Unavailable(run.ending.message if run.ending else "the host says nothing of itself")
    program, scratch, nodename, caps = ast.literal_eval(run.prints[0].text)
    return Host(release, Setting(caps, scratch, program, nodename))


def open_pool(size: int, spec: str = "linux") -> Pool:
    """The processes in which walks are taken."""
    return Pool(*locate(spec), size)


def _job(text: str) -> Job:
    return Job(compile(text, "walk", "exec"), "walk", _TIMEOUT)


def take(pool: Pool, walks: Iterable[tuple[Step, ...]]) -> Iterator[tuple[int, Taking]]:
    """Take walks: the number of each with what it gave, as they end."""
    jobs = (_job(_CODE.format(steps=[tuple(step) for step in steps])) for steps in walks)
    for number, run in pool.run(jobs):
        if not run.prints:
            why = run.ending.message if run.ending is not None else run.output
            yield number, Taking((), f"the walk did not end: {why}")
            continue
        taken, why = ast.literal_eval(run.prints[0].text)
        yield number, Taking(tuple(None if one is None else Taken(*one) for one in taken), why)


def printed(pool: Pool, source: str) -> list[str]:
    """What the last print of an example prints; nothing if it does not come so far."""
    [(_, run)] = pool.run([_job(source)])
    return [] if run.ending else [one.text for one in run.prints[-1:]]
