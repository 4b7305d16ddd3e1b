"""The boundary between an example and a kernel.

A backend answers calls.  It never raises for what a kernel can say:
an error of a call is an `Outcome` with its number.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Protocol

    from nsdoc.trace import Outcome

    class Task(Protocol):
        """A backend's own handle on one process: an agent's socket, or a task of the model."""

        @property
        def pid(self) -> int:
            """The process ID as the example's own PID namespace sees it."""

    class Backend(Protocol):
        """What a kernel is to the rest of nsdoc."""

        @property
        def name(self) -> str:
            """``linux`` or ``model``."""

        @property
        def release(self) -> str:
            """The kernel's release, such as ``6.18.44`` or, on the model, ``6.18``."""

        @property
        def scratch(self) -> str:
            """The directory in which processes start: empty, mode 1777, the example's own."""

        @property
        def program(self) -> str:
            """A program that still answers calls after execve(2); owned by root, mode 0755."""

        @property
        def last_cap(self) -> int:
            """The highest capability number this kernel knows."""

        def supports(self, feature: str) -> bool:
            """Whether an example has what no call can tell, such as ``isolation``.

            All other words of `nsdoc.Kernel.supports` are decided by trying, see `nsdoc.process.features`.

            Raises:
                ValueError: no such feature is known.
            """

        def provide(self, feature: str) -> None:
            """Give an example what it has only when it asks for it, such as ``network``.

            A feature that needs nothing to be done is left as it is.

            Raises:
                Unavailable: the host refuses it; the message says why.
            """

        def spawn(
            self,
            uid: int | None,
            gid: int | None,
            groups: Sequence[int],
            caps: int | None,
        ) -> Task:
            """Start a process in the initial user namespace.

            With None for `uid` and `gid` it has the caller's own identity.
            `caps` is the set of capabilities it keeps; None keeps what the kernel leaves it.

            Raises:
                Unavailable: the host does not let the caller take that identity.
            """

        def call(self, task: Any, name: str, args: tuple[Any, ...]) -> Outcome:
            """Make one call in `task`, which this backend gave, by the name of its `Process` method.

            Values are plain: int, str, bytes, tuple, None.
            fork, clone and clone3 give a new `Task` as their value.

            Raises:
                ProcessGone: the process has ended.
                Unavailable: the backend cannot make this call at all; the message says what it knows.
            """

        def tidy(self) -> None:
            """Take back what an example has left and the end of its processes does not take."""

        def close(self) -> None:
            """End every process that is left and give back what the backend holds."""

    class Ground(Protocol):
        """What a backend makes ready once, in a small process, for the many examples that it then runs."""

        def common(self) -> Ground | None:
            """The ground for examples that share a process, one after another; None where each needs its own.

            There `fork` makes the process that they share, `open` gives each a kernel of its own,
            `clear` ends that kernel, in the same process, and `close` is for what the process leaves.
            """

        def fork(self) -> int:
            """Fork the process in which an example shall run: its PID in the parent, 0 in the child.

            A directory that it makes for the example stands where TMPDIR says, else in /tmp,
            and its name begins with ``nsdoc-PID-``, the PID of the caller:
            so it can be found and removed when the caller is killed,
            and so can a process that has such a name among its arguments.

            Raises:
                OSError: there is no process or no directory to be had.
            """

        def open(self) -> Backend:
            """The kernel for the example, in the process that `fork` made."""

        def agents(self, backend: Any) -> frozenset[int]:
            """The children of the calling process that act for processes of this kernel."""

        def clear(self) -> None:
            """End and remove what is left of an example whose process has ended."""

        def close(self) -> None:
            """Give back what is left after the last example."""
