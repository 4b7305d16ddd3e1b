"""The small process that forks one process an example, watches it, and ends what is left of it.

It is started before it could grow, it never runs code of an example, and it has no threads:
forking it is cheap and what it forks may create user namespaces.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # signal would load enum, and every fork copy it
import gc
import importlib
import os
import resource
import select
import time

from nsdoc import run, wire
from nsdoc.runner import stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from nsdoc.backend import Ground

_MOST_OUTPUT = 64 * 1024
_MOST_MEMORY = 1 << 30
_CHUNK = 65536
# How long an example may outstay its own alarm before it is killed from outside.
_GRACE = 0.5
_READABLE = select.POLLIN | select.POLLHUP


class Watch:
    """What is seen of one example from outside: its report, its output, its end."""

    def __init__(self, pid: int, report: int, output: int) -> None:
        self._pid = pid
        self._pidfd = os.pidfd_open(pid)
        self._report = report
        self._output = output
        self._data = {report: b"", output: b""}
        self.flooded = False
        self.overdue = False
        self.status = 0

    def wait(self, seconds: float, controller: int) -> None:
        """Wait for the end of the example, and end it when it is overdue, floods, or is not wanted."""
        poll = select.poll()
        for fd in (self._pidfd, self._report, self._output):
            poll.register(fd, select.POLLIN)
        poll.register(controller, 0)
        deadline = time.monotonic() + seconds
        while not self._ended(poll.poll(max(0.0, deadline - time.monotonic()) * 1000), poll, controller):
            if time.monotonic() >= deadline or self.flooded:
                self.overdue = not self.flooded
                break
        self._end()

    def _ended(self, events: list[tuple[int, int]], poll: select.poll, controller: int) -> bool:
        ready = [fd for fd, _ in events]
        for fd in self._data:
            if fd in ready and not self._read(fd):
                poll.unregister(fd)
        return self._pidfd in ready or controller in ready

    def _read(self, fd: int) -> bool:
        """Read what is there; False at the end."""
        try:
            data = os.read(fd, _CHUNK)
        except BlockingIOError:
            return True
        self._data[fd] += data
        if len(self._data[self._output]) > _MOST_OUTPUT:
            self._data[self._output] = self._data[self._output][:_MOST_OUTPUT]
            self.flooded = True
            return False
        return bool(data)

    def _end(self) -> None:
        # Not reaped yet, so the signal finds it even if it has ended by itself.
        _signal.pidfd_send_signal(self._pidfd, _signal.SIGKILL)
        _, self.status = os.waitpid(self._pid, 0)
        os.close(self._pidfd)

    def rest(self) -> None:
        """Read what is still in the pipes, once nobody is left to write."""
        for fd in self._data:
            os.set_blocking(fd, False)
            while not self.flooded:
                before = len(self._data[fd])
                if not self._read(fd) or len(self._data[fd]) == before:
                    break
            os.close(fd)

    @property
    def messages(self) -> list[tuple[str, Any]]:
        """What was reported, by the example's process or one that it forked."""
        return wire.split(self._data[self._report])

    @property
    def output(self) -> str:
        """What was written to standard output and error."""
        return self._data[self._output].decode(errors="replace")


def perform(job: tuple[Any, ...], ground: Ground, names: dict[str, Any], controller: int) -> tuple[Any, ...]:
    """Run one example to its end: the report of the stage, with what was seen from outside."""
    start = time.monotonic()
    report, report_end = os.pipe()
    output, output_end = os.pipe()
    pid = ground.fork()
    if pid == 0:
        _take_over(report_end, output_end, controller, (report, output))
        stage.main(job, ground, names, report_end)
    os.close(report_end)
    os.close(output_end)
    watch = Watch(pid, report, output)
    watch.wait(job[2] + _GRACE, controller)
    ground.clear()
    watch.rest()
    return _run(watch, job[2], time.monotonic() - start)


def _take_over(report: int, output: int, controller: int, others: tuple[int, ...]) -> None:
    """Set up the descriptors of the forked process: 0 is empty, 1 and 2 are the pipe for output."""
    for fd in (*others, controller):
        os.close(fd)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    os.set_inheritable(report, False)


def _run(watch: Watch, timeout: float, seconds: float) -> tuple[Any, ...]:
    """The fields of a `Run`."""
    done = [content for kind, content in watch.messages if kind == run.DONE]
    prints, ending, checks, exits, events, dropped = done[0] if done else ((), None, 0, (), (), 0)
    ending = _seen(watch, timeout, bool(done)) or ending
    return prints, ending, checks, watch.output, exits, events, dropped, seconds


def _seen(watch: Watch, timeout: float, done: bool) -> tuple[str, int, str] | None:
    """An ending that only shows from outside."""
    for kind, content in watch.messages:
        if kind == run.RETURNED:
            return run.RETURNED, 0, f"process {content}, forked by the example, ran on past its end"
    if watch.flooded:
        return run.FLOODED, 0, f"more than {_MOST_OUTPUT} bytes of output"
    if done:
        return None
    if watch.overdue:
        return run.TIMEOUT, 0, f"no end within {timeout:g} s"
    if os.WIFSIGNALED(watch.status):
        return run.KILLED, 0, f"the example's process was killed by signal {os.WTERMSIG(watch.status)}"
    return run.EXITED, 0, f"the example ended its own process with status {os.WEXITSTATUS(watch.status)}"


def main(controller: int, module: str, spec: str) -> None:
    """Run examples that come over a socket until it closes.

    `module` has a function ``prepare(spec)`` that gives the ground they run on.
    """
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
    _limit()
    ground: Ground = importlib.import_module(module).prepare(spec)
    names = stage.names()
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        wire.send(controller, "ready")
        while True:
            wire.send(controller, perform(wire.receive(controller), ground, names, controller))
    except wire.Closed:
        ground.clear()


def _limit() -> None:
    """Limits that every process of an example inherits."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    most = _MOST_MEMORY if hard == resource.RLIM_INFINITY else min(hard, _MOST_MEMORY)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
