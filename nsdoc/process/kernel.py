"""A kernel under examination, with the processes that an example starts on it."""

from __future__ import annotations

from nsdoc.errors import KernelError, Unavailable
from nsdoc.process.process import Process
from nsdoc.process.values import CapSet, mask
from nsdoc.trace import Event, Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from nsdoc.backend import Backend, Task
    from nsdoc.process.features import Lack


# (uid_t) -1, which is never an ID.
_NO_ID = 0xFFFFFFFF


class Kernel:
    """A kernel that answers calls: the running Linux, or a model of it at one release.

    Get one from `nsdoc.open_kernel`; in an example it is in scope as ``kernel``.
    """

    def __init__(self, backend: Backend, observe: Callable[[Event], object] | None = None) -> None:
        self._backend = backend
        self._observe = observe
        self._lacks: dict[str, Lack | None] = {}

    def __repr__(self) -> str:
        return f"<kernel {self.backend} {self.release}>"

    @property
    def backend(self) -> str:
        """``linux`` or ``model``."""
        return self._backend.name

    @property
    def release(self) -> str:
        """The kernel's release, such as ``6.18.44`` or, on the model, ``6.18``."""
        return self._backend.release

    @property
    def scratch(self) -> str:
        """The directory in which processes start: empty, mode 1777, the example's own."""
        return self._backend.scratch

    @property
    def program(self) -> str:
        """A program that still answers calls after execve(2); owned by root, mode 0755."""
        return self._backend.program

    @property
    def caps(self) -> CapSet:
        """Every capability that this kernel knows, capabilities(7)."""
        return CapSet((1 << self._backend.last_cap + 1) - 1)

    def supports(self, feature: str) -> bool:
        """Whether this kernel and host can show `feature`, found by trying it.

        Raises:
            ValueError: no such feature is known; the message lists those that are.
        """
        return not self.lacks(feature)

    def lacks(self, feature: str) -> str:
        """Why this kernel and host cannot show `feature`, in words; empty where they can.

        Raises:
            ValueError: no such feature is known; the message lists those that are.
        """
        found = self.lack(feature)
        return "" if found is None else found.reason

    def lack(self, feature: str) -> Lack | None:
        """As `lacks`, with what was refused; None where nothing was.

        Raises:
            ValueError: no such feature is known; the message lists those that are.
        """
        # Loaded when it is asked for: few examples do, and all pay for what is loaded.
        from nsdoc.process import features

        if feature not in self._lacks:
            self._lacks[feature] = features.lack(self, feature)
        return self._lacks[feature]

    def need(self, *features: str) -> None:
        """Go on only if all of these features are here, and provide what has to be provided.

        The words after ``:needs:`` are asked for so, before the first line of an example.

        Raises:
            Unavailable: one is not here; the message says why.
            ValueError: no such feature is known; the message lists those that are.
        """
        for feature in features:
            reason = self.lacks(feature)
            if reason:
                raise Unavailable(f"it needs {feature}: {reason}")
            self._backend.provide(feature)

    def unobserved(self) -> Kernel:
        """This kernel for calls that are no business of its observer."""
        return Kernel(self._backend)

    def grants(self, feature: str) -> bool:
        """Whether the backend itself says that it has a feature.

        Raises:
            ValueError: it does not know the feature.
        """
        return self._backend.supports(feature)

    def process(
        self,
        uid: int | None = None,
        gid: int | None = None,
        groups: Sequence[int] = (),
        caps: int | Iterable[int] | None = None,
    ) -> Process:
        """Start a process in the initial user namespace.

        Without `uid` it has the caller's own identity; without `gid` the group ID equals the user ID.
        `groups` are its supplementary groups.
        `caps` are the capabilities it keeps, effective and permitted;
        without them it has what the kernel gives to that user: all of them for user ID 0, otherwise none.

        Raises:
            Unavailable: the host does not let the caller take that identity.
            ValueError: an ID is none; -1 would leave the caller's own.
        """
        for number in (uid, gid, *groups):
            if number is not None and not 0 <= number < _NO_ID:
                raise ValueError(f"{number} is no user or group ID; expected 0 to {_NO_ID - 1}")
        group = uid if gid is None else gid
        keep = None if caps is None else mask(caps)
        return Process(self, self._backend.spawn(uid, group, tuple(groups), keep))

    def perform(self, task: Task, name: str, args: tuple[Any, ...]) -> Any:
        """Make one call in `task` and show it to the observer of this kernel.

        Raises:
            KernelError: the call failed.
            ProcessGone: the process has ended.
            Unavailable: the backend cannot make this call.
        """
        outcome = self._backend.call(task, name, args)
        if self._observe is not None:
            self._observe(Event(task.pid, name, args, _plain(outcome)))
        if outcome.errno:
            raise KernelError(outcome.errno, name)
        return outcome.value


def _plain(outcome: Outcome) -> Outcome:
    """An outcome whose value can cross a socket: a new task is named by its PID."""
    pid = getattr(outcome.value, "pid", None)
    return outcome if pid is None else Outcome(0, pid)
