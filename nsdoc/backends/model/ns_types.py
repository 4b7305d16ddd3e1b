"""The kinds of namespace of which only the owner matters here.

Twin: ipc/namespace.c, net/core/net_namespace.c, kernel/cgroup/namespace.c, kernel/time/namespace.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from nsdoc.abi import CLONE_NEWCGROUP, CLONE_NEWIPC, CLONE_NEWNET, CLONE_NEWTIME
from nsdoc.backends.model.ns_common import Namespace
from nsdoc.backends.model.ucount import inc_ucount

if TYPE_CHECKING:
    from nsdoc.backends.model.ipc import Queue
    from nsdoc.backends.model.kernel import Kernel
    from nsdoc.backends.model.sched import Task
    from nsdoc.backends.model.unix import UnixSocket
    from nsdoc.backends.model.user_namespace import UserNamespace


class IpcNamespace(Namespace):
    """An IPC namespace, ipc_namespaces(7), with its message queues by ID."""

    kind = "ipc"
    clone_flag = CLONE_NEWIPC

    def __init__(self, kernel: Kernel, user_ns: UserNamespace) -> None:
        super().__init__(kernel, user_ns)
        self.queues: dict[int, Queue] = {}
        self.sequence = 0


class NetNamespace(Namespace):
    """A network namespace, network_namespaces(7), with its abstract socket names and its ports in use."""

    kind = "net"
    clone_flag = CLONE_NEWNET

    def __init__(self, kernel: Kernel, user_ns: UserNamespace) -> None:
        super().__init__(kernel, user_ns)
        self.abstract: dict[str, UnixSocket] = {}
        self.ports: set[tuple[int, int]] = set()


class CgroupNamespace(Namespace):
    """A cgroup namespace, cgroup_namespaces(7)."""

    kind = "cgroup"
    clone_flag = CLONE_NEWCGROUP


class TimeNamespace(Namespace):
    """A time namespace, time_namespaces(7)."""

    kind = "time"
    clone_flag = CLONE_NEWTIME

    def __init__(self, kernel: Kernel, user_ns: UserNamespace) -> None:
        super().__init__(kernel, user_ns)
        # By clock, in seconds and nanoseconds.
        self.offsets = {"monotonic": (0, 0), "boottime": (0, 0)}
        # Set as soon as a process is in it: offsets stay then.
        self.frozen = False


N = TypeVar("N", IpcNamespace, NetNamespace, CgroupNamespace, TimeNamespace)


def copy_ns(current: Task, user_ns: UserNamespace, kind: type[N]) -> N:
    """A new namespace of one of these kinds, owned by `user_ns`.

    # R060, copy_ipcs(), copy_net_ns(), copy_cgroup_ns(), copy_time_ns(): each counts for its creator.
    """
    charged = inc_ucount(current.kernel, user_ns, current.cred.euid, kind.kind)
    return current.kernel.register(kind(current.kernel, user_ns), charged)
