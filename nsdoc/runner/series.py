"""A forked process that does one thing after another."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # signal would load enum, and every fork copy it
import gc
import os
import select
import socket
from contextlib import suppress

from nsdoc import wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Gone(Exception):
    """The process has ended, or was ended; the message says how."""


class Overdue(Gone):
    """The process had no answer in time and was ended."""


class Series:
    """A forked process that does one thing after another.

    It starts when it is first asked, and anew when it is asked after it was lost or retired.
    """

    def __init__(self, do: Callable[[Any], Any]) -> None:
        """`do` is called in the process; what it takes and gives can cross a socket, see `nsdoc.wire`."""
        self._do = do
        self._pid = 0
        self._fd = -1

    def fileno(self) -> int:
        """The descriptor on which an answer comes, once something was begun."""
        return self._fd

    def ask(self, what: Any, patience: float) -> Any:
        """What `do` gives for `what`, within so many seconds.

        Raises:
            Overdue: it took longer.
            Gone: the process ended before it had answered.
            OSError: there is no process to be had.
        """
        self.begin(what)
        if not _readable(self._fd, patience):
            self.retire()
            raise Overdue(f"no answer within {patience:g} s")
        return self.answer()

    def begin(self, what: Any) -> None:
        """Have `do` called with `what`; a process that is gone shows at `answer`.

        Raises:
            OSError: there is no process to be had.
        """
        if not self._pid:
            self._start()
        with suppress(wire.Closed):
            wire.send(self._fd, what)

    def answer(self) -> Any:
        """Wait for what `do` gives.

        Raises:
            Gone: the process ended before it had answered.
        """
        try:
            return wire.receive(self._fd)
        except wire.Closed:
            raise Gone(_in_words(self._end())) from None

    def retire(self) -> None:
        """End the process, if there is one; the next thing is done in a new one."""
        if self._pid:
            os.kill(self._pid, _signal.SIGKILL)
            self._end()

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            ours.close()
            serve(self._do, theirs.detach(), _be_silent)
        theirs.close()
        self._pid, self._fd = pid, ours.detach()

    def _end(self) -> int:
        """Forget a process that has ended or is about to: its wait status."""
        os.close(self._fd)
        _, status = os.waitpid(self._pid, 0)
        self._pid, self._fd = 0, -1
        return status


def serve(do: Callable[[Any], Any], fd: int, prepare: Callable[[], None]) -> None:
    """In a process just forked, prepare, then do what is asked until the other end closes: no return."""
    try:
        prepare()
        _signal.signal(_signal.SIGINT, _signal.SIG_IGN)
        gc.enable()
        while True:
            wire.send(fd, do(wire.receive(fd)))
    except wire.Closed:
        os._exit(0)
    finally:
        os._exit(1)


def _be_silent() -> None:
    """What this process would write belongs to no example."""
    null = os.open("/dev/null", os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    os.close(null)


def _readable(fd: int, patience: float) -> bool:
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(patience * 1000))


def _in_words(status: int) -> str:
    if os.WIFSIGNALED(status):
        return f"signal {os.WTERMSIG(status)}"
    return f"exit status {os.WEXITSTATUS(status)}"
