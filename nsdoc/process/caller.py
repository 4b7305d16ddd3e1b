"""How the method of a process becomes a call of a backend."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias

    from nsdoc.backend import Task
    from nsdoc.process.kernel import Kernel

    Pid: TypeAlias = "int | Caller"


class Caller:
    """A process as the thing that makes calls."""

    __slots__ = ("_kernel", "_task")

    def __init__(self, kernel: Kernel, task: Task) -> None:
        self._kernel = kernel
        self._task = task

    def __repr__(self) -> str:
        return f"<process {self.pid}>"

    @property
    def pid(self) -> int:
        """The process ID as the example's own PID namespace sees it."""
        return self._task.pid

    def _call(self, name: str, *args: Any) -> Any:
        return self._kernel.perform(self._task, name, args)


def pid_of(process: Pid) -> int:
    """The PID of a process given as itself or by number."""
    return process.pid if isinstance(process, Caller) else process


def raw(data: str | bytes) -> bytes:
    """Data for the kernel; text is encoded as UTF-8."""
    return data.encode(errors="surrogateescape") if isinstance(data, str) else bytes(data)
