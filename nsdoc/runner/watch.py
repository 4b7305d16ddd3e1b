"""One example as seen from outside: its report, its output, its end."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # signal would load enum, and every fork copy it
import os
import select
import time

from nsdoc import run, wire
from nsdoc.runner import limits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_CHUNK = 65536
# How long an example may outstay its own alarm before it is ended from outside.
_GRACE = 0.5
# How often the processes of an example are counted, in seconds; most examples end before the first time.
_LOOK = 0.05
CUT_OFF = 71
"""The exit status of a process that could not report what it saw."""


def hasten(pid: int) -> None:
    """Let a process (0: the caller) run before all ordinary ones, where the caller may arrange that.

    What it forks is ordinary.
    Among thousands of processes, neither their watch nor the first of a PID namespace,
    which takes the others with it, would otherwise get its turn within seconds.
    """
    try:
        os.sched_setscheduler(pid, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(1))
    except OSError:
        return


class Watch:
    """The watch over one example: `over` tells whether its process has ended."""

    def __init__(self, pid: int, report: int, output: int, *, shared: bool = False) -> None:
        """A process that is `shared` goes on after the report of an example, and so do the descriptors."""
        self.over = False
        self._shared = shared
        self._pid = pid
        self._pidfd = os.pidfd_open(pid)
        self._report = report
        self._output = output
        self._data = {report: b"", output: b""}
        self._stopped: tuple[str, str] | None = None
        self._status = 0

    def wait(self, timeout: float, controller: int) -> None:
        """Wait for the end of the example; end it when it is overdue, takes too much, or is not wanted."""
        poll = select.poll()
        for fd in (self._pidfd, self._report, self._output):
            poll.register(fd, select.POLLIN)
        poll.register(controller, 0)
        start = time.monotonic()
        deadline, look = start + timeout + _GRACE, start + _LOOK
        while not self._stopped:
            patience = min(deadline, look) - time.monotonic()
            if self._ended(poll.poll(max(0.0, patience) * 1000), poll, controller):
                break
            now = time.monotonic()
            if now >= deadline:
                self._stopped = run.TIMEOUT, f"no end within {timeout:g} s"
            elif now >= look and not self._stopped:
                self._stopped = limits.excess(self._pid)
                look = time.monotonic() + _LOOK
        if self._shared and self._reported and not self._stopped:
            self._drain(self._output)
            os.close(self._pidfd)
        else:
            self.end()

    def _ended(self, events: list[tuple[int, int]], poll: select.poll, controller: int) -> bool:
        ready = [fd for fd, _ in events]
        for fd in self._data:
            if fd in ready and not self._read(fd):
                poll.unregister(fd)
        return self._pidfd in ready or controller in ready or (self._shared and self._reported)

    @property
    def _reported(self) -> bool:
        """Whether a whole message has come."""
        data = self._data[self._report]
        return len(data) >= wire.HEADER and len(data) >= wire.size_of(data)

    def _read(self, fd: int) -> bool:
        """Read what is there; False at the end."""
        try:
            data = os.read(fd, _CHUNK)
        except BlockingIOError:
            return True
        self._data[fd] += data
        if fd == self._output and len(self._data[fd]) > limits.OUTPUT:
            self._data[fd] = self._data[fd][: limits.OUTPUT]
            self._stopped = limits.flood()
            return False
        return bool(data)

    def end(self) -> None:
        """End the process, with all others of its process group."""
        self.over = True
        if self._stopped:
            hasten(self._pid)
        self._end_group()
        # Not reaped yet, so the signal finds it even if it has ended by itself.
        _signal.pidfd_send_signal(self._pidfd, _signal.SIGKILL)
        _, self._status = os.waitpid(self._pid, 0)
        os.close(self._pidfd)

    def _end_group(self) -> None:
        """End the example's process group in one step, which no fork can escape."""
        try:
            os.killpg(self._pid, _signal.SIGKILL)
        except OSError:
            # The example has moved to another group; what is left of it is for the ground to clear.
            return

    def rest(self) -> None:
        """Read what is still in the pipes, once nobody is left to write, and close them."""
        for fd in self._data:
            self._drain(fd)
            os.close(fd)

    def _drain(self, fd: int) -> None:
        os.set_blocking(fd, False)
        while True:
            before = len(self._data[fd])
            if not self._read(fd) or len(self._data[fd]) == before:
                break

    def seen(self) -> tuple[Any, ...]:
        """The fields of a `Run` but for its seconds: what was reported, and what shows only from here."""
        messages = self._messages()
        done = [content for kind, content in messages if kind == run.DONE]
        prints, ending, checks, exits, events, dropped = done[0] if done else ((), None, 0, (), (), 0)
        output = self._data[self._output].decode(errors="replace")
        return prints, self._ending(messages, bool(done)) or ending, checks, output, exits, events, dropped

    def _messages(self) -> list[tuple[str, Any]]:
        """What was reported, by the example's process or one that it forked."""
        try:
            return [(kind, content) for kind, content in wire.split(self._data[self._report])[0]]
        except (ValueError, TypeError, EOFError):
            return []

    def _ending(self, messages: list[tuple[str, Any]], done: bool) -> tuple[str, int, str] | None:
        """An ending that only shows from outside."""
        for kind, content in messages:
            if kind == run.RETURNED:
                return run.RETURNED, 0, f"process {content}, forked by the example, ran on past its end"
        if self._stopped and not (done and self._stopped[0] == run.TIMEOUT):
            return self._stopped[0], 0, self._stopped[1]
        return None if done else self._unreported()

    def _unreported(self) -> tuple[str, int, str]:
        if os.WIFSIGNALED(self._status):
            signal = os.WTERMSIG(self._status)
            return run.KILLED, 0, f"the example's process was killed by signal {signal}"
        status = os.WEXITSTATUS(self._status)
        if self._data[self._report] or status == CUT_OFF:
            message = "the example wrote to or closed a descriptor of nsdoc: what it saw is lost"
            return run.CUT, 0, message
        return run.EXITED, 0, f"the example ended its own process with status {status}"
