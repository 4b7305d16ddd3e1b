"""A process: every call that it can make."""

from __future__ import annotations

from nsdoc.process.files import FileCalls
from nsdoc.process.identity import IdentityCalls
from nsdoc.process.ipc import IpcCalls
from nsdoc.process.keys import KeyCalls
from nsdoc.process.life import LifeCalls
from nsdoc.process.mounts import MountCalls
from nsdoc.process.namespaces import NamespaceCalls
from nsdoc.process.sockets import SocketCalls
from nsdoc.process.system import SystemCalls


class Process(
    LifeCalls,
    IdentityCalls,
    NamespaceCalls,
    FileCalls,
    MountCalls,
    SocketCalls,
    IpcCalls,
    KeyCalls,
    SystemCalls,
):
    """A process on a kernel under examination; its methods are system calls that it makes.

    Get one from `Kernel.process`, or from `fork` and `clone` of another process.
    """

    __slots__ = ()
