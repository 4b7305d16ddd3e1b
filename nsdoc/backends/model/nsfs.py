"""The filesystem of namespaces: what /proc/PID/ns/* leads to, and what can be asked of it.

Twin: fs/nsfs.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nsdoc import abi
from nsdoc.abi import CAP_SYS_ADMIN, O_RDONLY, S_IFREG
from nsdoc.backends.model.capability import ns_capable
from nsdoc.backends.model.dcache import Dentry, Path
from nsdoc.backends.model.errnos import EINVAL, ENOENT, ENOTTY, EPERM, ESRCH
from nsdoc.backends.model.file import File, fd_install, fdget
from nsdoc.backends.model.inode import Inode
from nsdoc.backends.model.mount import MntNamespace
from nsdoc.backends.model.pid import PidNamespace, pid_nr_ns, task_active_pid_ns
from nsdoc.backends.model.refusal import Refused
from nsdoc.backends.model.uidgid import GLOBAL_ROOT_GID, GLOBAL_ROOT_UID, from_kuid_munged
from nsdoc.backends.model.user_namespace import UserNamespace
from nsdoc.errors import Unavailable

if TYPE_CHECKING:
    from nsdoc.backends.model.kernel import Kernel
    from nsdoc.backends.model.ns_common import Namespace
    from nsdoc.backends.model.sched import Task


class NsInode(Inode):
    """A file that stands for a namespace; its inode number names the namespace."""

    __slots__ = ("ns",)

    def __init__(self, kernel: Kernel, ns: Namespace) -> None:
        super().__init__(kernel.nsfs_mnt.sb, S_IFREG | 0o444, GLOBAL_ROOT_UID, GLOBAL_ROOT_GID)
        self.ino = ns.inum
        self.ns = ns

    def is_immutable(self) -> bool:
        """nsfs_init_inode(): the files of nsfs stay as they are."""
        return True

    def read(self, current: Task, file: File, size: int, offset: int) -> bytes:
        """A namespace is nothing to be read."""
        raise Refused(EINVAL)

    def ioctl(self, current: Task, file: File, request: int, arg: int) -> int | None:
        """ioctl_nsfs(2)."""
        return ns_ioctl(current, self.ns, request, arg)


def ns_get_path(kernel: Kernel, ns: Namespace) -> Path:
    """The place of a namespace in nsfs.  Twin: ns_get_path()."""
    dentry = kernel.ns_dentries.get(ns)
    if dentry is None:
        dentry = kernel.ns_dentries[ns] = Dentry(ns.name(), None, NsInode(kernel, ns))
    return Path(kernel.nsfs_mnt, dentry)


def open_related_ns(current: Task, ns: Namespace) -> int:
    """A descriptor for a namespace, opened for reading, closed on execve(2).  R100, open_related_ns()."""
    return fd_install(current, File(ns_get_path(current.kernel, ns), O_RDONLY, current.cred), cloexec=True)


def ns_get_owner(current: Task, ns: Namespace) -> UserNamespace:
    """The user namespace that owns a namespace.

    # R100, ns_get_owner(), ioctl_nsfs(2) EPERM: the owner is the caller's user namespace or a descendant of
    # it,
    # otherwise it is outside the caller's sight.  The initial user namespace has no owner.
    """
    owner = level = ns.user_ns
    while level is not current.cred.user_ns:
        if level is None:
            raise Refused(EPERM)
        level = level.parent
    assert owner is not None
    return owner


def _get_parent(current: Task, ns: Namespace) -> Namespace:
    """R100, NS_GET_PARENT."""
    # R100, userns_operations: the parent of a user namespace is its owner.
    if isinstance(ns, UserNamespace):
        return ns_get_owner(current, ns)
    # R100, ioctl_nsfs(2) EINVAL: only PID and user namespaces are hierarchical.
    if not isinstance(ns, PidNamespace):
        raise Refused(EINVAL)
    # R100, pidns_get_parent(), ioctl_nsfs(2) EPERM: there is no parent, or it is outside the caller's PID
    # namespace.
    parent = level = ns.parent
    while level is not task_active_pid_ns(current):
        if level is None:
            raise Refused(EPERM)
        level = level.parent
    assert parent is not None
    return parent


def ns_ioctl(current: Task, ns: Namespace, request: int, arg: int) -> int | None:
    """The answer to a question about a namespace, or None when the kernel knows no such question.

    Raises:
        Refused: EPERM, EINVAL, ESRCH; as R100 and R101 say.
    """
    kernel = current.kernel
    if request == abi.NS_GET_USERNS and kernel.has("namespace-relations"):
        return open_related_ns(current, ns_get_owner(current, ns))
    if request == abi.NS_GET_PARENT and kernel.has("namespace-relations"):
        return open_related_ns(current, _get_parent(current, ns))
    if request == abi.NS_GET_NSTYPE and kernel.has("namespace-type-and-owner"):
        return ns.clone_flag
    if request == abi.NS_GET_OWNER_UID and kernel.has("namespace-type-and-owner"):
        return _owner_uid(current, ns)
    if request == abi.NS_GET_MNTNS_ID and kernel.has("nsfs-translates-pids"):
        return _mntns_id(ns)
    if request in _TRANSLATIONS and kernel.has("nsfs-translates-pids"):
        return _translate_pid(current, ns, request, arg)
    if request in (abi.NS_MNT_GET_INFO, abi.NS_MNT_GET_NEXT, abi.NS_MNT_GET_PREV) and kernel.has(
        "nsfs-mount-info"
    ):
        return _mnt_info(current, ns, request)
    if request == abi.NS_GET_ID and kernel.has("namespace-ids"):
        return ns.ns_id
    return None


def _owner_uid(current: Task, ns: Namespace) -> int:
    """R100, NS_GET_OWNER_UID."""
    # R100, ioctl_nsfs(2) EINVAL: the descriptor is not for a user namespace.
    if not isinstance(ns, UserNamespace):
        raise Refused(EINVAL)
    return from_kuid_munged(current.cred.user_ns, ns.owner)


def _mntns_id(ns: Namespace) -> int:
    """R101, NS_GET_MNTNS_ID."""
    # R101: the descriptor is not for a mount namespace.
    if not isinstance(ns, MntNamespace):
        raise Refused(EINVAL)
    return ns.ns_id


_FROM_PIDNS = (abi.NS_GET_PID_FROM_PIDNS, abi.NS_GET_TGID_FROM_PIDNS)
_TRANSLATIONS = (*_FROM_PIDNS, abi.NS_GET_PID_IN_PIDNS, abi.NS_GET_TGID_IN_PIDNS)


def _translate_pid(current: Task, ns: Namespace, request: int, number: int) -> int:
    """R101: a PID of one PID namespace in another.  With one thread, thread and process are the same."""
    # R101: the descriptor is not for a PID namespace.
    if not isinstance(ns, PidNamespace):
        raise Refused(EINVAL)
    mine = task_active_pid_ns(current)
    source, target = (ns, mine) if request in _FROM_PIDNS else (mine, ns)
    task = source.tasks.get(number)
    # R101: no such process, or it has no number there.
    if task is None or not pid_nr_ns(task, target):
        raise Refused(ESRCH)
    return pid_nr_ns(task, target)


def may_see_all_namespaces(current: Task) -> bool:
    """R101, may_see_all_namespaces(): in the initial PID namespace, with CAP_SYS_ADMIN in its user
    namespace."""
    initial = current.kernel.init_pid_ns
    return task_active_pid_ns(current) is initial and ns_capable(current, initial.owner_ns(), CAP_SYS_ADMIN)


def _mnt_info(current: Task, ns: Namespace, request: int) -> int:
    """R101, NS_MNT_GET_*: what is refused; the number of mounts is told, other mount namespaces are not."""
    listing = request != abi.NS_MNT_GET_INFO
    # R101: listing mount namespaces needs a view of all of them.
    if (
        listing
        and current.kernel.has("mount-namespace-list-is-privileged")
        and not may_see_all_namespaces(current)
    ):
        raise Refused(EPERM)
    # R101: the descriptor is not for a mount namespace.
    if not isinstance(ns, MntNamespace):
        raise Refused(EINVAL)
    # R101, get_sequential_mnt_ns(), ENOENT: there is no other.
    others = (other for other in current.kernel.namespaces if other is not ns)
    if listing and not any(_may_list(current, other) for other in others):
        raise Refused(ENOENT)
    if listing:
        raise Unavailable("a list of mount namespaces is not modelled")
    assert ns.root is not None
    return len(list(ns.root.tree()))


def _may_list(current: Task, ns: Namespace) -> bool:
    """Whether a list shows a namespace: only those over which the caller has power."""
    return isinstance(ns, MntNamespace) and ns_capable(current, ns.owner_ns(), CAP_SYS_ADMIN)


def sys_ioctl(current: Task, fd: int, request: int, arg: int = 0) -> int:
    """ioctl(2), for nsfs.

    Raises:
        Refused: EBADF; ENOTTY, the file knows no such request; or what the request says.
    """
    file = fdget(current, fd)
    answer = file.inode.ioctl(current, file, request, arg)
    # R100, ioctl(2) ENOTTY: the file is not of nsfs, or there is no such request.
    if answer is None:
        raise Refused(ENOTTY)
    return answer
