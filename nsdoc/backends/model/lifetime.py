"""Which namespaces are still in use.

The kernel counts references and frees a namespace with the last one.
Here they are looked for when it matters: when a limit would refuse.

Twin: the put_*() functions, and free_user_ns() of kernel/user_namespace.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nsdoc.backends.model.mount import MntNamespace
from nsdoc.backends.model.ns_common import Namespace
from nsdoc.backends.model.nsfs import NsInode
from nsdoc.backends.model.nsproxy import Nsproxy
from nsdoc.backends.model.pid import PidNamespace
from nsdoc.backends.model.ucount import dec_ucount
from nsdoc.backends.model.user_namespace import UserNamespace

if TYPE_CHECKING:
    from nsdoc.backends.model.file import File
    from nsdoc.backends.model.kernel import Kernel
    from nsdoc.backends.model.mount import Mount
    from nsdoc.backends.model.ns_common import Namespace
    from nsdoc.backends.model.sched import Task


class Marker:
    """Follows references from the tasks of a machine."""

    def __init__(self) -> None:
        self.used: set[Namespace] = set()
        self._files: set[int] = set()

    def namespace(self, ns: Namespace | None) -> None:
        """A namespace, its owner, and the PID namespaces above it are in use."""
        if ns is None or ns in self.used:
            return
        self.used.add(ns)
        self.namespace(ns.user_ns)
        if isinstance(ns, PidNamespace):
            self.namespace(ns.parent)
        if isinstance(ns, MntNamespace) and ns.root is not None:
            for mnt in ns.root.tree():
                self.mount(mnt)

    def mount(self, mnt: Mount) -> None:
        """A mount keeps the owner of its filesystem, and a namespace that it shows."""
        self.namespace(mnt.sb.user_ns)
        if isinstance(mnt.sb.info, Namespace):
            self.namespace(mnt.sb.info)
        if isinstance(mnt.root.inode, NsInode):
            self.namespace(mnt.root.inode.ns)

    def file(self, file: File) -> None:
        """R118: an open file keeps the user namespace of its opener, the one it is about, and a namespace
        that it is."""
        if id(file) in self._files:
            return
        self._files.add(id(file))
        self.namespace(file.cred.user_ns)
        self.mount(file.path.mnt)
        if file.path.mnt.ns is not None:
            self.namespace(file.path.mnt.ns)
        if isinstance(file.private, UserNamespace):
            self.namespace(file.private)
        if isinstance(file.inode, NsInode):
            self.namespace(file.inode.ns)

    def task(self, task: Task) -> None:
        """R118: a process keeps its namespaces; one that has ended its user and PID namespace until it is
        waited for."""
        self.namespace(task.cred.user_ns)
        for ns in task.pid_struct.numbers:
            self.namespace(ns)
        if not task.alive():
            return
        for attribute in Nsproxy.__slots__:
            self.namespace(getattr(task.nsproxy, attribute))
        for file in task.files.fds.values():
            self.file(file)


def release_unused(kernel: Kernel) -> None:
    """Give back the counts of the namespaces that nothing refers to."""
    marker = Marker()
    for task in kernel.tasks:
        marker.task(task)
    gone = [ns for ns in kernel.namespaces if ns not in marker.used]
    for ns in gone:
        assert ns.charged is not None
        dec_ucount(kernel, ns.charged, ns.kind)
        kernel.ns_dentries.pop(ns, None)
    kernel.namespaces = [ns for ns in kernel.namespaces if ns in marker.used]
