"""Calls about System V message queues."""

from __future__ import annotations

from nsdoc.process.caller import Caller
from nsdoc.process.values import Ipc


class IpcCalls(Caller):
    """sysvipc(7), as far as ipc_namespaces(7) needs it."""

    __slots__ = ()

    def msgget(self, key: int, flags: int = 0) -> int:
        """msgget(2): the ID of a message queue; `flags` are ``IPC_CREAT``, ``IPC_EXCL`` and its mode.

        Raises:
            KernelError: EACCES, EEXIST, ENOENT, ENOSPC.
        """
        return int(self._call("msgget", key, flags))

    def msgctl(self, queue: int, command: int) -> Ipc | None:
        """msgctl(2) with ``IPC_STAT``: who owns the queue; with ``IPC_RMID``, which removes it, None.

        Raises:
            KernelError: EACCES, EIDRM, EINVAL, EPERM.
        """
        found = self._call("msgctl", queue, command)
        return None if found is None else Ipc(*found)
