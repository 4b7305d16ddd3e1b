"""Taking a walk on a kernel."""

from __future__ import annotations

from nsdoc.errors import ProcessGone, Unavailable
from nsdoc.walk.step import BIRTHS, FD, GONE, IMAGE, PID, PROC, SKIP, SPAWN, Taken

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from nsdoc.walk.step import Step




class Missing(Exception):
    """A step refers to a process or descriptor that does not exist, because an earlier step failed."""


class Player:
    """Takes steps on one kernel and remembers what they gave."""

    def __init__(self, backend: Any, image: bytes) -> None:
        """`image` is the content of the program that answers calls."""
        self._backend = backend
        self.tasks: list[Any] = []
        self._values: dict[int, Any] = {}
        self._count = 0
        self._image = image

    def take(self, step: Step) -> Taken | None:
        """Take one step; None when it refers to what does not exist.

        Raises:
            Unavailable: the kernel cannot make this call.
        """
        number = self._count
        if step.call == SKIP:
            self._count += 1
            self.tasks.extend([None] * bool(step.args[0]))
            return None
        try:
            if step.call == SPAWN:
                self.tasks.append(self._backend.spawn(*step.args))
                self._count += 1
                return Taken(number, 0, None)
            args = tuple(self._resolved(arg) for arg in step.args)
            errno, value = self._backend.call(self._task(step.who), step.call, args)
        except (Missing, ProcessGone) as missing:
            self._count += 1
            self.tasks.extend([None] * (step.call in BIRTHS))
            return None if isinstance(missing, Missing) else Taken(number, GONE, None)
        self._count += 1
        if step.call in BIRTHS:
            # A process that did not come to be keeps its number all the same.
            self.tasks.append(None if errno else value)
            return Taken(number, errno, None if errno else value.pid)
        self._values[number] = value
        return Taken(number, errno, value)

    def _task(self, number: int) -> Any:
        if number >= len(self.tasks) or self.tasks[number] is None:
            raise Missing
        return self.tasks[number]

    def _resolved(self, arg: Any) -> Any:
        if not isinstance(arg, tuple) or not arg or arg[0] not in (PID, FD, PROC, IMAGE):
            return arg
        if arg[0] == IMAGE:
            return self._image
        if arg[0] == PID:
            return self._task(arg[1]).pid
        if arg[0] == PROC:
            return f"/proc/{self._task(arg[1]).pid}/{arg[2]}"
        value = self._values.get(arg[1])
        if not isinstance(value, int):
            raise Missing
        return value


def play(backend: Any, image: bytes, steps: Iterable[Step]) -> tuple[list[Taken | None], str]:
    """Take all steps, as far as the kernel can: what each gave, and why it stopped before the end, if it
    did."""
    player = Player(backend, image)
    taken: list[Taken | None] = []
    try:
        for step in steps:
            taken.append(player.take(step))
    except Unavailable as reason:
        return taken, str(reason)
    return taken, ""
