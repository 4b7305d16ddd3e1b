"""Many examples, one after another, in one process.

An example that touches nothing but its kernel can come after another in the same process,
and costs no fork of it, where the ground gives each a kernel of its own.
"""

from __future__ import annotations

import marshal
import os
import socket
import time
from contextlib import suppress
from functools import partial

from nsdoc import run, wire
from nsdoc.runner import stage
from nsdoc.runner.series import serve
from nsdoc.runner.watch import Watch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from nsdoc.backend import Ground

# After these the process is not trusted with another example.
_SHAKEN = (run.TIMEOUT, run.STARVED, run.FLOODED, run.CROWDED)


class Company:
    """The process that contained examples share, as the zygote sees it; it starts when it is first needed."""

    def __init__(self, ground: Ground, of_spec: Callable[[str | None], Ground], names: dict[str, Any],
                 controller: int) -> None:  # fmt: skip
        """`ground` forks and clears up, `of_spec` gives that of a job, `names` are in scope of every example.

        The process is ended when nobody is left at the other end of `controller`.
        """
        self._ground = ground
        self._of_spec = of_spec
        self._names = names
        self._controller = controller
        self._pid = 0
        self._fd = self._output = -1

    @property
    def descriptors(self) -> tuple[int, ...]:
        """Those of the process, which nobody else shall have."""
        return (self._fd, self._output) if self._pid else ()

    def perform(self, code: bytes, file: str, timeout: float, spec: str | None) -> tuple[Any, ...]:
        """Run one example to its end: the fields of a `Run`.

        Raises:
            OSError: there is no process to be had.
        """
        start = time.monotonic()
        if self._pid and os.waitpid(self._pid, os.WNOHANG)[0]:
            self._forget()
        if not self._pid:
            self._start()
        with suppress(wire.Closed):
            wire.send(self._fd, (code, file, timeout, spec))
        watch = Watch(self._pid, self._fd, self._output, shared=True)
        watch.wait(timeout, self._controller)
        seen = watch.seen()
        if watch.over:
            self._forget()
        elif seen[1] and seen[1][0] in _SHAKEN:
            self.close()
        return *seen, time.monotonic() - start

    def close(self) -> None:
        """End the process, if there is one."""
        if self._pid:
            Watch(self._pid, self._fd, self._output, shared=True).end()
            self._forget()

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            output, written = os.pipe()
            try:
                self._pid = self._ground.fork()
                if self._pid == 0:
                    others = (self._controller, ours.detach(), output)
                    serve(self._perform, theirs.detach(), partial(_settle, written, others))
            except OSError:
                os.close(output)
                raise
            finally:
                os.close(written)
            self._fd, self._output = ours.detach(), output

    def _forget(self) -> None:
        """Clear up after the process, which has ended."""
        os.close(self._fd)
        os.close(self._output)
        self._pid = 0
        self._ground.close()

    def _perform(self, job: tuple[Any, ...]) -> tuple[str, stage.Report]:
        code, file, timeout, spec = job
        ground = self._of_spec(spec)
        try:
            return run.DONE, stage.perform(marshal.loads(code), file, timeout, ground, self._names)
        finally:
            ground.clear()


def _settle(output: int, others: tuple[int, ...]) -> None:
    """Set up the process, without the descriptors that are for the zygote."""
    for fd in others:
        os.close(fd)
    stage.settle(output)
