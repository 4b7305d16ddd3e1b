"""One zygote as the controller sees it: its process, its socket, the jobs it has been given."""

from __future__ import annotations

import marshal
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any

from nsdoc import wire
from nsdoc.run import Ending, Printed, Run
from nsdoc.trace import Event, Outcome

_ROOT = Path(__file__).parents[2]
_START = (
    "import sys; sys.path.insert(0, {root!r}); from nsdoc.runner import zygote; zygote.main({args}) # {mark}"
)
_CHUNK = 1 << 18
# How long a zygote may take to end once its socket is closed.
_PATIENCE = 2.0
# How often processes of a zygote that was killed are looked for, at most; two times are enough for most.
_MOST_LOOKS = 100


class Lost(Exception):
    """The zygote has ended."""


class Refused(Exception):
    """The zygote cannot run examples; the message says why."""


@dataclass(frozen=True, slots=True)
class Job:
    """An example to run: its code, the file that its lines belong to, and its time in seconds.

    `spec` is that of its kernel, None for the one the zygote was started with.
    `contained` says that it touches nothing but its kernel, so that it may share a process with others.
    """

    code: CodeType
    file: str
    timeout: float
    spec: str | None = None
    contained: bool = False


class Nest:
    """A zygote in a session of its own, so that a signal from the terminal does not reach it."""

    def __init__(self, module: str, spec: str, grace: float, processor: int) -> None:
        self.processor = processor
        self._socket, theirs = socket.socketpair()
        # What it forks has its command line: by that the rest is found when it is killed.
        self._mark = f"nest {os.getpid()}-{id(self)}-{time.monotonic_ns()}"
        args = f"{theirs.fileno()}, {module!r}, {spec!r}, {processor}"
        start = _START.format(root=str(_ROOT), args=args, mark=self._mark)
        with theirs:
            # -I and -S: nothing of the user's site or environment, and half the memory to fork.
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", start],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._grace = grace
        self._data = b""
        self.ready = False
        self._started = 0.0
        self._given: deque[tuple[int, Job]] = deque()
        # When it should have answered, with what it may take longer: at first the time to start, twice.
        self.deadline = time.monotonic() + 2 * grace

    def fileno(self) -> int:
        """The descriptor on which answers come."""
        return self._socket.fileno()

    @property
    def load(self) -> int:
        """The jobs it has been given and has not answered."""
        return len(self._given)

    @property
    def busy(self) -> bool:
        """Whether an answer is awaited."""
        return bool(self._given) or not self.ready

    @property
    def overdue(self) -> bool:
        """Whether it should have answered."""
        return self.busy and time.monotonic() >= self.deadline

    @property
    def elapsed(self) -> float:
        """The seconds since its job began."""
        return time.monotonic() - self._started

    def give(self, index: int, job: Job) -> None:
        """Give it a job, to be begun after those before; a zygote that is gone shows at `results`."""
        self._given.append((index, job))
        if self.load == 1:
            self._begin()
        try:
            code = marshal.dumps(job.code)
            self._socket.sendall(wire.pack((code, job.file, job.timeout, job.spec, job.contained)))
        except OSError:
            return

    def left(self) -> tuple[int | None, list[tuple[int, Job]]]:
        """The index of the job it is at, if any, and the jobs after that."""
        (index, _), *others = self._given or ((None, None),)
        return index, others

    def results(self) -> list[tuple[int, Run]]:
        """What has come in: the index of each job whose answer is whole, with its run.

        Raises:
            Lost: the zygote is gone.
            Refused: it cannot run examples.
        """
        try:
            data = self._socket.recv(_CHUNK)
        except OSError as error:
            raise Lost from error
        if not data:
            raise Lost
        values, self._data = wire.split(self._data + data)
        if values and not self.ready:
            reason, *values = values
            if reason:
                raise Refused(reason)
            self.ready = True
        return [(self._answered(), from_fields(value)) for value in values]

    def _answered(self) -> int:
        """The index of the job it was at, and is no more."""
        index, _ = self._given.popleft()
        if self._given:
            self._begin()
        return index

    def _begin(self) -> None:
        """Count the time of the first job that was given."""
        self._started = time.monotonic()
        self.deadline = self._started + self._given[0][1].timeout + self._grace

    def end(self) -> str:
        """End the zygote with everything that it runs: how it ended, for people."""
        self._socket.close()
        try:
            status = self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        if status:
            _kill_marked(self._mark, f"/nsdoc-{self._process.pid}-")
            _remove_scratch(self._process.pid)
        return f"signal {-status}" if status < 0 else f"exit status {status}"


def _remove_scratch(zygote: int) -> None:
    """Remove what a killed zygote could not: directories named as `nsdoc.backend.Ground.fork` says."""
    for left in Path(os.environ.get("TMPDIR", "/tmp")).glob(f"nsdoc-{zygote}-*"):
        shutil.rmtree(left, ignore_errors=True)


def _kill_marked(*marks: str) -> None:
    """Kill what a killed zygote could not end: processes with one of the marks in their command line.

    They may fork meanwhile.  A signal to a process group reaches all of it at once,
    and who has left the group is found by looking again.
    """
    for _ in range(_MOST_LOOKS):
        groups = set(_marked_groups(marks))
        if not groups:
            return
        for group in groups:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(group, signal.SIGKILL)


def _marked_groups(marks: Iterable[str]) -> Iterator[int]:
    for pid in map(int, filter(str.isdigit, os.listdir("/proc"))):
        line = _command_line(pid)
        if any(mark in line for mark in marks) and (group := _group(pid)):
            yield group


def _group(pid: int) -> int:
    """The process group of a process, 0 if it is gone, or is in the caller's own."""
    try:
        group = os.getpgid(pid)
    except ProcessLookupError:
        return 0
    return 0 if group == os.getpgrp() else group


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text("utf-8", "replace")
    except OSError:
        return ""


def from_fields(fields: Any) -> Run:
    """A `Run` from the plain tuples that crossed the socket."""
    prints, ending, checks, output, exits, events, dropped, seconds = fields
    return Run(
        tuple(Printed(*printed) for printed in prints),
        None if ending is None else Ending(*ending),
        checks,
        output,
        exits,
        tuple(Event(pid, call, args, Outcome(*outcome)) for pid, call, args, outcome in events),
        dropped,
        seconds,
    )
