"""A program that runs examples, and how long the whole of it takes."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

_HOLD = Path(__file__).with_name("hold.py")
# Longer than any program here takes; one that hangs is ended and named.
_PATIENCE = 1200.0
_SHOWN = 2000


class Failed(Exception):
    """A program did not do what it is timed for; the message says what it wrote."""


@dataclass(frozen=True, slots=True)
class Program:
    """A command line in a directory of its own, which runs `examples` examples.

    `ran` tells from its output how many it has run and found right.
    `leftovers` are what it leaves in the directory; they are removed before each run.
    """

    argv: tuple[str, ...]
    directory: Path
    examples: int
    ran: Callable[[str], int]
    environment: dict[str, str] = field(default_factory=dict)
    leftovers: tuple[str, ...] = ()

    def holding(self, mebibytes: int) -> Program:
        """The same program, which has to be a Python `module`, in a process that holds memory."""
        start = (sys.executable, str(_HOLD), str(mebibytes))
        return replace(self, argv=(*start, *self.argv[2:]))


@dataclass(frozen=True, slots=True)
class Timed:
    """A program from its start to its exit: seconds, the bytes of its biggest process, its output.

    The bytes are at least those of the process that started it, getrusage(2): a program inherits the mark.
    """

    seconds: float
    peak: int
    output: str


def module(name: str, *arguments: str) -> tuple[str, ...]:
    """The command line of a Python module."""
    return (sys.executable, "-m", name, *arguments)


def run(program: Program) -> Timed:
    """Run a program once, in an empty session, with no input.

    Raises:
        Failed: it failed, hung, or did not run all its examples.
    """
    for name in program.leftovers:
        shutil.rmtree(program.directory / name, ignore_errors=True)
    with tempfile.TemporaryFile() as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            program.argv,
            cwd=program.directory,
            env=os.environ | program.environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        peak = _wait(process)
        seconds = time.perf_counter() - start
        output.seek(0)
        timed = Timed(seconds, peak, output.read().decode(errors="replace"))
    _verify(program, process.returncode, timed.output)
    return timed


def _wait(process: subprocess.Popen[bytes]) -> int:
    """Wait for a process, but not for ever: the bytes of the biggest process in it, wait4(2)."""
    pidfd = os.pidfd_open(process.pid)
    ended = False
    try:
        ended = bool(select.select([pidfd], [], [], _PATIENCE)[0])
    finally:
        os.close(pidfd)
        # It hangs, or this program is interrupted.
        if not ended:
            os.killpg(process.pid, signal.SIGKILL)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_maxrss * 1024


def _verify(program: Program, status: int, output: str) -> None:
    command = " ".join(program.argv)
    if status:
        raise Failed(f"{command}: status {status}\n{output[-_SHOWN:]}")
    ran = program.ran(output)
    if ran != program.examples:
        raise Failed(f"{command}: ran {ran} of {program.examples} examples\n{output[-_SHOWN:]}")
