"""The controller's side: a job for each zygote that is free, and a new zygote for each that is lost."""

from __future__ import annotations

import os
import selectors
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import cycle, islice
from types import TracebackType
from typing import Self

from nsdoc import run
from nsdoc.run import Ending, Run
from nsdoc.runner.nest import Job, Lost, Nest, Refused

# How much longer than its example a zygote may take to answer.
_GRACE = 5.0
# Zygotes that end before they are ready are not started for ever.
_MOST_LOSSES = 3


class NoRunner(Exception):
    """No process to run examples in can be started; the message says what was seen."""


class Pool:
    """Runs jobs in as many zygotes as asked for.

    Its zygotes start with it, end with its ``with`` block, and leave no process behind.
    """

    def __init__(self, module: str, spec: str, size: int, first: int = 0) -> None:
        """`module` and `spec` name the backend as `nsdoc.runner.zygote.main` takes them.

        `first` tells how many zygotes other pools have, so that those of this one get other processors.
        """
        self._module = module
        self._spec = spec
        self._selector = selectors.DefaultSelector()
        self._nests: list[Nest] = []
        self._losses = 0
        processors = sorted(os.sched_getaffinity(0), reverse=True)
        for processor in islice(cycle(processors), first, first + size):
            self._add(processor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the zygotes with everything that they run."""
        for nest in self._nests:
            nest.end()
        self._nests.clear()
        self._selector.close()

    def run(self, jobs: Iterable[Job]) -> Iterator[tuple[int, Run]]:
        """Run the jobs: the index of each with what was seen, as they end.

        Raises:
            NoRunner: zygotes end before they have run anything.
        """
        with self._aside():
            yield from self._run(enumerate(jobs))

    @contextmanager
    def _aside(self) -> Iterator[None]:
        """Within the block, the caller leaves their processors to the zygotes, if there are others."""
        before = os.sched_getaffinity(0)
        others = before - {nest.processor for nest in self._nests}
        os.sched_setaffinity(0, others or before)
        try:
            yield
        finally:
            os.sched_setaffinity(0, before)

    def _run(self, waiting: Iterator[tuple[int, Job]]) -> Iterator[tuple[int, Run]]:
        ahead: deque[tuple[int, Job]] = deque()
        while True:
            # Made while the zygotes are at work, so that none has to wait for its next job.
            ahead.extend(islice(waiting, max(0, 2 * len(self._nests) - len(ahead))))
            self._employ(ahead)
            if not any(nest.busy for nest in self._nests):
                return
            ended = list(self._results(ahead))
            self._employ(ahead)
            yield from ended

    def _employ(self, ahead: deque[tuple[int, Job]]) -> None:
        """Give jobs to the zygotes that have none, and a second one each while there are enough for all."""
        for load, least in ((0, 1), (1, len(self._nests))):
            for nest in self._nests:
                if nest.ready and nest.load == load and len(ahead) >= least:
                    nest.give(*ahead.popleft())

    def _results(self, ahead: deque[tuple[int, Job]]) -> Iterator[tuple[int, Run]]:
        for key, _ in self._selector.select(self._patience()):
            nest: Nest = key.data
            try:
                yield from nest.results()
            except Lost:
                yield from self._replace(nest, ahead)
            except Refused as reason:
                raise NoRunner(str(reason)) from None
        for nest in [nest for nest in self._nests if nest.overdue]:
            yield from self._replace(nest, ahead)

    def _patience(self) -> float | None:
        """The seconds until the first deadline, None when nothing runs."""
        deadlines = [nest.deadline for nest in self._nests if nest.busy]
        return max(0.0, min(deadlines) - time.monotonic()) if deadlines else None

    def _replace(self, nest: Nest, ahead: deque[tuple[int, Job]]) -> Iterator[tuple[int, Run]]:
        """Put a new zygote in the place of a lost one, whose job has come to nothing."""
        self._selector.unregister(nest)
        self._nests.remove(nest)
        said = nest.end()
        self._losses = 0 if nest.ready else self._losses + 1
        if self._losses > _MOST_LOSSES:
            raise NoRunner(f"the process that runs examples ends at once ({said})")
        index, others = nest.left()
        ahead.extendleft(reversed(others))
        if index is not None:
            ending = Ending(run.LOST, 0, f"the process that runs examples was lost ({said})")
            yield index, Run((), ending, 0, "", (), (), 0, nest.elapsed)
        self._add(nest.processor)

    def _add(self, processor: int) -> None:
        nest = Nest(self._module, self._spec, _GRACE, processor)
        self._nests.append(nest)
        self._selector.register(nest, selectors.EVENT_READ, nest)
