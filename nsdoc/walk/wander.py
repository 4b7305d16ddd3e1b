"""Choosing a walk.

The walk is chosen on the model, step by step, so that it goes where something happens.
The same choices give the same walk.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from nsdoc.backends.model.backend import ModelBackend
from nsdoc.backends.model.boot import Setting
from nsdoc.backends.model.exec import PROGRAM_MAGIC
from nsdoc.backends.model.history import Edition
from nsdoc.backends.model.sched import Task
from nsdoc.errors import Unavailable
from nsdoc.walk import vocabulary
from nsdoc.walk.play import Player
from nsdoc.walk.step import BIRTHS, Step, Taken

T = TypeVar("T")

_MOST_TASKS = 7
_TRIES = 50


class Chooser(Protocol):
    """What decides: a random generator, or a test that looks for the smallest walk."""

    def randrange(self, start: int, /) -> int:
        """A number from 0 to below `start`."""


@dataclass(frozen=True, slots=True)
class Walk:
    """A walk, with what it gave on the model."""

    steps: tuple[Step, ...]
    taken: tuple[Taken | None, ...]


class Wanderer:
    """A walk that is being chosen."""

    def __init__(self, chooser: Chooser, edition: Edition, setting: Setting) -> None:
        self._chooser = chooser
        self.program = setting.program
        self._player = Player(ModelBackend(edition, setting), PROGRAM_MAGIC)
        self.steps: list[Step] = []
        self.taken: list[Taken | None] = []

    def pick(self, choices: Sequence[T]) -> T:
        """One of some."""
        return choices[self._chooser.randrange(len(choices))]

    def number(self, stop: int) -> int:
        """A number from 0 to below `stop`."""
        return self._chooser.randrange(stop)

    def chance(self, share: float) -> bool:
        """True that often."""
        return self._chooser.randrange(1000) < share * 1000

    def task(self, number: int) -> Task:
        """A process of the walk, on the model."""
        task = self._player.tasks[number]
        assert isinstance(task, Task)
        return task

    def _living(self) -> list[int]:
        return [number for number in range(len(self._player.tasks)) if self._can_call(number)]

    def _can_call(self, number: int) -> bool:
        task = self._player.tasks[number]
        return task is not None and task.alive() and not task.stopped

    def someone(self) -> int:
        """A process that has not ended."""
        return self.pick(self._living())

    def someone_mapless(self) -> int:
        """A process in a user namespace without maps, if there is one."""
        found = [n for n in self._living() if not self.task(n).cred.user_ns.uid_map.extents]
        return self.pick(found or self._living())

    def someone_inside(self) -> int:
        """A process outside the initial user namespace; whatever else it asks for, nothing of the host
        changes."""
        found = [n for n in self._living() if self.task(n).cred.user_ns.parent is not None]
        if not found:
            raise LookupError
        return self.pick(found)

    def someone_spare(self) -> int:
        """A process that nothing else depends on: it can end."""
        living = self._living()
        found = [n for n in living if self._is_spare(n)]
        if len(living) < 2 or not found:
            raise LookupError
        return self.pick(found)

    def _is_spare(self, number: int) -> bool:
        task = self.task(number)
        # With shared descriptors the end of a process does not close its channel; a tracer has to wait for
        # it.
        alone = not task.children and task.files.users == 1 and task.ptracer is None
        return alone and not task.signal.unkillable

    def descriptor(self, calls: Sequence[str]) -> tuple[int, int] | None:
        """A step that gave a descriptor, and the process that has it."""
        found = [
            (number, step.who)
            for number, (step, taken) in enumerate(zip(self.steps, self.taken, strict=True))
            if taken is not None and not taken.errno and step.call in calls and self._is_descriptor(step)
        ]
        usable = [(number, who) for number, who in found if self._can_call(who)]
        return self.pick(usable) if usable else None

    @staticmethod
    def _is_descriptor(step: Step) -> bool:
        return step.call != "ioctl" or step.args[1] in (0xB701, 0xB702)

    def _chosen(self) -> Step:
        total = sum(weight for weight, _ in vocabulary.STEPS)
        at = self._chooser.randrange(total)
        for weight, choose in vocabulary.STEPS:
            at -= weight
            if at < 0:
                return choose(self)
        raise AssertionError

    def take(self, step: Step) -> bool:
        """Take one step on the model; False if the model cannot."""
        try:
            taken = self._player.take(step)
        except Unavailable:
            return False
        self.steps.append(step)
        self.taken.append(taken)
        return True

    def begin(self) -> None:
        """Start the first process."""
        self.take(vocabulary.STEPS[0][1](self))

    def further(self) -> bool:
        """Choose a step and take it; False if nothing can come of the choice."""
        try:
            step = self._chosen()
        except LookupError:
            return False
        if len(self._living()) >= _MOST_TASKS and step.call in BIRTHS:
            return False
        # The model finds out before it changes anything that it cannot make a call.
        return self.take(step)

    def at_an_end(self) -> bool:
        """Whether no process is left that could make a call."""
        return not self._living()

    def walk(self) -> Walk:
        """What has been walked so far."""
        return Walk(tuple(self.steps), tuple(self.taken))

    def go(self, length: int) -> Walk:
        """Choose until the walk has its length, or nothing more can be done."""
        self.begin()
        for _ in range(_TRIES * length):
            if len(self.steps) >= length or self.at_an_end():
                break
            self.further()
        return self.walk()


def wander(seed: int, length: int, edition: Edition, setting: Setting) -> Walk:
    """The walk of a seed, on the model of an edition in the setting of a host."""
    return Wanderer(random.Random(seed), edition, setting).go(length)


def values(taken: Sequence[Taken | None]) -> list[tuple[Any, ...] | None]:
    """What was taken, as plain tuples."""
    return [None if one is None else tuple(one) for one in taken]
