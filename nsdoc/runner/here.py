"""Examples in the calling process, for who runs thousands of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from nsdoc.run import Run
from nsdoc.runner import stage
from nsdoc.runner.nest import Job, from_fields

if TYPE_CHECKING:
    from nsdoc.backend import Ground


class Here:
    """Runs examples on kernels that are values of the calling process.

    An example that is not contained may leave something behind in the process,
    and what it writes by itself is not seen.
    """

    def __init__(self, prepare: Callable[[str], Ground], traced: bool = True) -> None:
        """`prepare` gives the ground of a spec, see `nsdoc.backend.Ground`; calls are told if `traced`."""
        self._traced = traced
        self._prepare = prepare
        self._names = stage.names()
        self._grounds: dict[str, Ground] = {}

    def run(self, job: Job) -> Run:
        """Run one example to its end."""
        start = time.monotonic()
        ground = self._ground(job.spec or "")
        prints, ending, checks, exits, events, dropped = stage.perform(
            job.code, job.file, job.timeout, ground, self._names, self._traced
        )
        seconds = time.monotonic() - start
        return from_fields((prints, ending, checks, "", exits, events, dropped, seconds))

    def _ground(self, spec: str) -> Ground:
        if spec not in self._grounds:
            self._grounds[spec] = self._prepare(spec)
        return self._grounds[spec]
