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
import sys
import time

from nsdoc import errors, run, wire
from nsdoc.runner import limits, stage
from nsdoc.runner.watch import Watch, hasten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from nsdoc.backend import Ground
    from nsdoc.runner.company import Company


class Runner:
    """Runs examples: each in a process of its own, or in one with others where it may share it."""

    def __init__(self, ground: Ground, prepare: Callable[[str], Ground], controller: int) -> None:
        """`ground` is the first one; `prepare` gives that of another spec, when a job asks for it."""
        self._first = ground
        self._prepare = prepare
        self._others: dict[str, Ground] = {}
        self._names = stage.names()
        self._controller = controller
        self._company: Company | None = None

    def run(self, job: tuple[Any, ...]) -> tuple[Any, ...]:
        """Run one example to its end: the fields of a `Run`."""
        code, file, timeout, spec, contained = job
        ground = self._ground(spec)
        common = ground.common() if contained else None
        if common is None:
            return self._perform((code, file, timeout), ground)
        try:
            return self._in_company(common).perform(code, file, timeout, spec)
        except OSError as error:
            return _unstarted(error)
        finally:
            ground.clear()

    def close(self) -> None:
        """End what still runs, and give back what the grounds hold."""
        if self._company is not None:
            self._company.close()
        for ground in (*self._others.values(), self._first):
            ground.close()

    def _perform(self, job: tuple[Any, ...], ground: Ground) -> tuple[Any, ...]:
        """Run one example in a process of its own."""
        start = time.monotonic()
        ends = (*os.pipe(), *os.pipe())
        try:
            pid = ground.fork()
        except OSError as error:
            for fd in ends:
                os.close(fd)
            ground.clear()
            return _unstarted(error)
        report, report_end, output, output_end = ends
        if pid == 0:
            for fd in (report, output, *self._own()):
                os.close(fd)
            stage.settle(output_end)
            os.set_inheritable(report_end, False)
            stage.main(job, ground, self._names, report_end)
        os.close(report_end)
        os.close(output_end)
        watch = Watch(pid, report, output)
        watch.wait(job[2], self._controller)
        ground.clear()
        watch.rest()
        return *watch.seen(), time.monotonic() - start

    def _own(self) -> tuple[int, ...]:
        """The descriptors of this process that no example shall have."""
        shared = () if self._company is None else self._company.descriptors
        return (self._controller, *shared)

    def _in_company(self, common: Ground) -> Company:
        # Loaded when it is asked for: without contained examples every fork would copy it for nothing.
        if self._company is None:
            from nsdoc.runner.company import Company

            self._company = Company(common, self._common, self._names, self._controller)
        return self._company

    def _common(self, spec: str | None) -> Ground:
        ground = self._ground(spec)
        return ground.common() or ground

    def _ground(self, spec: str | None) -> Ground:
        if spec is None:
            return self._first
        if spec not in self._others:
            self._others[spec] = self._prepare(spec)
        return self._others[spec]


def _unstarted(error: OSError) -> tuple[Any, ...]:
    """The run of an example that could not even begin."""
    ending = (run.LOST, 0, f"no process for the example could be started: {_in_words(error)}")
    return (), ending, 0, "", (), (), 0, 0.0


def main(controller: int, module: str, spec: str, processor: int) -> None:
    """Run examples that come over a socket until it closes; all of it stays on one processor.

    `module` has a function ``prepare(spec)`` that gives the ground they run on.
    The first message back is empty, or says why there is no such ground.
    """
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
    hasten(0)
    _limit()
    # A call to an agent is a message to it and one back, and across processors these take twice the time.
    os.sched_setaffinity(0, (processor,))
    ground = _ground(controller, module, spec)
    runner = Runner(ground, importlib.import_module(module).prepare, controller)
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        wire.send(controller, "")
        while True:
            wire.send(controller, runner.run(wire.receive(controller)))
    except wire.Closed:
        ground.clear()
    finally:
        runner.close()


def _ground(controller: int, module: str, spec: str) -> Ground:
    """The ground, or the end of this process.

    Raises:
        Closed: the controller is gone.
    """
    try:
        ground: Ground = importlib.import_module(module).prepare(spec)
    except (OSError, errors.Unavailable) as error:
        wire.send(controller, _in_words(error))
        sys.exit(1)
    return ground


def _in_words(error: Exception) -> str:
    if not isinstance(error, OSError):
        return str(error)
    where = f": {error.filename}" if error.filename else ""
    return f"{error.strerror}{where}"


def _limit() -> None:
    """Limits that every process of an example inherits."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    unlimited = hard == resource.RLIM_INFINITY
    most = limits.PROCESS_MEMORY if unlimited else min(hard, limits.PROCESS_MEMORY)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
