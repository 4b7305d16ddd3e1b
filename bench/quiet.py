"""Whether the machine is left to what is measured."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

BUSY = 0.25
"""Above this part of the processors' time, other work makes figures worth little."""

# A look at the machine, and the time until the next one, in seconds.
_LOOK, _PAUSE = 0.3, 0.7


class Machine:
    """The machine as far as its time goes; all values are in seconds."""

    processors = os.cpu_count() or 1

    def now(self) -> float:
        """The time since some moment in the past."""
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        time.sleep(seconds)

    def others(self) -> float:
        """For how long processors were busy with something else, or taken by a host below, proc_stat(5)."""
        words = Path("/proc/stat").read_text("ascii").splitlines()[0].split()
        user, nice, system, _idle, _wait, interrupts, soft, stolen = map(int, words[1:9])
        busy = (user + nice + system + interrupts + soft + stolen) / os.sysconf("SC_CLK_TCK")
        own = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return busy - sum(usage.ru_utime + usage.ru_stime for usage in own)


@dataclass
class Quiet:
    """Measures while other work takes at most `most` of the processors' time, 0 to 1; with 1, at any time.

    It waits for such a time, and measures again where it ended too early, as often as `tries` says.
    `waited_in_vain` says whether that was not enough for some measurement, which was then taken as it came.
    """

    most: float = 1.0
    tries: int = 300
    machine: Machine = field(default_factory=Machine)
    waited_in_vain: bool = False
    _windows: list[tuple[float, float]] = field(default_factory=list)

    @property
    def others(self) -> float:
        """The part of the processors' time, 0 to 1, that other work took during what was measured."""
        available = sum(seconds for _, seconds in self._windows)
        taken = sum(share * seconds for share, seconds in self._windows)
        return round(taken / available, 3) if available else 0.0

    def during(self, measure: Callable[[], T]) -> T:
        """What `measure` gives at a quiet time."""
        for _ in range(self.tries):
            if self.most >= 1.0 or self._now():
                value, window = self._watched(measure)
                if window[0] <= self.most:
                    self._windows.append(window)
                    return value
        self.waited_in_vain = True
        value, window = self._watched(measure)
        self._windows.append(window)
        return value

    def _now(self) -> bool:
        """Whether it is a quiet time; if not, some of it has passed."""
        _, (share, _) = self._watched(lambda: self.machine.wait(_LOOK))
        if share <= self.most:
            return True
        self.machine.wait(_PAUSE)
        return False

    def _watched(self, measure: Callable[[], T]) -> tuple[T, tuple[float, float]]:
        """What `measure` gives, and during it: the share of other work, and the seconds."""
        start, before = self.machine.now(), self.machine.others()
        value = measure()
        seconds = self.machine.now() - start
        share = (self.machine.others() - before) / (seconds * self.machine.processors)
        return value, (min(1.0, max(0.0, share)), seconds)
