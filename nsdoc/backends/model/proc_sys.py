"""/proc/sys: the settings of the kernel.

Twin: fs/proc/proc_sysctl.c, and setup_userns_sysctls() of kernel/ucount.c.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from nsdoc.abi import CAP_CHECKPOINT_RESTORE, CAP_SYS_ADMIN, CAP_SYS_RESOURCE, S_IFDIR, S_IFREG
from nsdoc.backends.model.capability import ns_capable
from nsdoc.backends.model.cred import in_egroup
from nsdoc.backends.model.dcache import Dentry
from nsdoc.backends.model.errnos import EACCES, EINVAL, EPERM
from nsdoc.backends.model.permission import MAY_READ, MAY_WRITE
from nsdoc.backends.model.pid import PID_MAX, task_active_pid_ns
from nsdoc.backends.model.proc_base import ProcInode
from nsdoc.backends.model.refusal import Refused
from nsdoc.backends.model.ucount import INITIAL_LIMIT, INT_MAX, KINDS
from nsdoc.backends.model.uidgid import GLOBAL_ROOT_GID, GLOBAL_ROOT_UID, Gid, Uid
from nsdoc.backends.model.user_namespace import UserNamespace
from nsdoc.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from nsdoc.backends.model.file import File
    from nsdoc.backends.model.inode import Superblock
    from nsdoc.backends.model.sched import Task

_NUMBER: Final = re.compile(r"\s*(-?\d+)(\s.*)?", re.DOTALL)
_OVERFLOW_MAX: Final = 65535


def parse_int(data: bytes, low: int, high: int) -> int:
    """A number as proc_dointvec_minmax() reads it.

    Raises:
        Refused: EINVAL, it is no number, or out of range.
    """
    match = _NUMBER.fullmatch(data.split(b"\0", 1)[0].decode("latin-1"))
    if match is None or not low <= int(match[1]) <= high:
        raise Refused(EINVAL)
    return int(match[1])


class SysInode(ProcInode):
    """A file or directory of /proc/sys."""

    __slots__ = ()

    def may_setattr(self, current: Task, *, mode: bool, owner: bool) -> None:
        """R116, proc_sys_setattr(): neither mode nor owner can be changed."""
        raise Refused(EPERM)


class SysFile(SysInode):
    """A setting of the whole machine, or of the UTS namespace of whoever looks."""

    __slots__ = ("show", "store")

    def __init__(
        self,
        sb: Superblock,
        show: Callable[[Task], str],
        store: Callable[[Task, bytes], None] | None = None,
    ) -> None:
        mode = 0o444 if store is None else 0o644
        super().__init__(sb, S_IFREG | mode, GLOBAL_ROOT_UID, GLOBAL_ROOT_GID)
        self.show = show
        self.store = store

    def permission(self, current: Task, mask: int) -> bool:
        """R116, test_perm(): the effective user ID counts, as seen from the initial user namespace; no
        capability."""
        if mask & ~_class_bits(current, self.mode):
            raise Refused(EACCES)
        return True

    def read(self, current: Task, file: File, size: int, offset: int) -> bytes:
        """The value and a newline."""
        return f"{self.show(current)}\n".encode()[offset : offset + size]

    def write(self, current: Task, file: File, data: bytes, offset: int) -> int:
        """Set the value."""
        assert self.store is not None
        self.store(current, data)
        return len(data)


def _class_bits(current: Task, mode: int) -> int:
    if current.cred.euid == GLOBAL_ROOT_UID:
        return mode >> 6 & 7
    return mode >> 3 & 7 if in_egroup(current.cred, GLOBAL_ROOT_GID) else mode & 7


class LastPid(SysInode):
    """/proc/sys/kernel/ns_last_pid: the last number given in the PID namespace of whoever looks."""

    __slots__ = ()

    def __init__(self, sb: Superblock) -> None:
        super().__init__(sb, S_IFREG | 0o666, GLOBAL_ROOT_UID, GLOBAL_ROOT_GID)

    def read(self, current: Task, file: File, size: int, offset: int) -> bytes:
        """The number and a newline."""
        return f"{task_active_pid_ns(current).last_pid}\n".encode()[offset : offset + size]

    def write(self, current: Task, file: File, data: bytes, offset: int) -> int:
        """Let the next process have the number that follows."""
        ns = task_active_pid_ns(current)
        kernel = current.kernel
        # R062, pid_ns_ctl_handler(), pid_namespaces(7) EPERM: a capability in the owner of the PID namespace,
        # before Linux 3.8 in the initial user namespace.
        owned = kernel.has("namespaces-owned-by-user-namespaces")
        owner = ns.owner_ns() if owned else kernel.init_user_ns
        caps = (CAP_SYS_ADMIN, CAP_CHECKPOINT_RESTORE)[: 1 + kernel.has("cap-checkpoint-restore")]
        if not any(ns_capable(current, owner, cap) for cap in caps):
            raise Refused(EPERM)
        ns.last_pid = parse_int(data, 0, PID_MAX)
        return len(data)


class UserLimit(SysInode):
    """/proc/sys/user/max_KIND_namespaces: a limit of the user namespace of whoever opens it.

    # R116, set_lookup(), namespaces(7).
    """

    __slots__ = ("kind_name",)

    def __init__(self, sb: Superblock, kind: str) -> None:
        super().__init__(sb, S_IFREG | 0o644, GLOBAL_ROOT_UID, GLOBAL_ROOT_GID)
        self.kind_name = kind

    def permission(self, current: Task, mask: int) -> bool:
        """R116, set_permissions(): writable with CAP_SYS_RESOURCE in the user namespace, readable by all."""
        allowed = MAY_READ
        if ns_capable(current, current.cred.user_ns, CAP_SYS_RESOURCE):
            allowed |= MAY_WRITE
        if mask & ~allowed:
            raise Refused(EACCES)
        return True

    def open(self, current: Task, file: File) -> None:
        """The user namespace is that of whoever opens the file."""
        file.private = current.cred.user_ns

    def read(self, current: Task, file: File, size: int, offset: int) -> bytes:
        """The limit and a newline."""
        return f"{_limits_of(file)[self.kind_name]}\n".encode()[offset : offset + size]

    def write(self, current: Task, file: File, data: bytes, offset: int) -> int:
        """Set the limit."""
        # proc_dointvec_minmax(): it is from 0 to INT_MAX.
        _limits_of(file)[self.kind_name] = parse_int(data, 0, INT_MAX)
        return len(data)


def _limits_of(file: File) -> dict[str, int]:
    ns = file.private
    assert isinstance(ns, UserNamespace)
    return ns.ucount_max


class SysDirectory(SysInode):
    """A directory of /proc/sys."""

    __slots__ = ("path",)

    def __init__(self, sb: Superblock, path: str) -> None:
        super().__init__(sb, S_IFDIR | 0o555, GLOBAL_ROOT_UID, GLOBAL_ROOT_GID)
        self.path = path

    def find(self, current: Task, dentry: Dentry, name: str) -> Dentry | None:
        """The setting of a name, if it is modelled and this release has it."""
        found = dentry.children.get(name)
        if found is None:
            if re.fullmatch("max_[a-z]+_namespaces", name):
                return None
            raise Unavailable(f"{self.path}/{name} is not modelled")
        since = _SINCE.get(name)
        return found if since is None or current.kernel.has(since) else None


# The change that brought a setting.
_SINCE: Final = {
    "unprivileged_userns_clone": "debian-userns-clone-sysctl",
    "user": "namespace-limits",
    "max_cgroup_namespaces": "cgroup-namespaces",
    "max_time_namespaces": "time-namespaces",
}


def _set_overflowuid(current: Task, data: bytes) -> None:
    current.kernel.sysctl.overflow.uid = Uid(parse_int(data, 0, _OVERFLOW_MAX))


def _set_overflowgid(current: Task, data: bytes) -> None:
    current.kernel.sysctl.overflow.gid = Gid(parse_int(data, 0, _OVERFLOW_MAX))


def _set_userns_clone(current: Task, data: bytes) -> None:
    current.kernel.sysctl.unprivileged_userns_clone = bool(parse_int(data, -INT_MAX, INT_MAX))


def _set_suid_dumpable(current: Task, data: bytes) -> None:
    current.kernel.sysctl.suid_dumpable = parse_int(data, 0, 2)


def _set_protected_symlinks(current: Task, data: bytes) -> None:
    current.kernel.sysctl.protected_symlinks = parse_int(data, 0, 1)


def _set_protected_hardlinks(current: Task, data: bytes) -> None:
    current.kernel.sysctl.protected_hardlinks = parse_int(data, 0, 1)


def _set_hostname(current: Task, data: bytes) -> None:
    current.nsproxy.uts_ns.nodename = data.split(b"\n", 1)[0].decode(errors="surrogateescape")[:64]


def _set_domainname(current: Task, data: bytes) -> None:
    current.nsproxy.uts_ns.domainname = data.split(b"\n", 1)[0].decode(errors="surrogateescape")[:64]


def sys_directory(sb: Superblock) -> Dentry:
    """/proc/sys with the settings that are modelled."""
    top = Dentry("sys", sb.root, SysDirectory(sb, "/proc/sys"))
    kernel = top.add("kernel", SysDirectory(sb, "/proc/sys/kernel"))
    for name, show, store in (
        ("overflowuid", lambda t: str(t.kernel.sysctl.overflow.uid), _set_overflowuid),
        ("overflowgid", lambda t: str(t.kernel.sysctl.overflow.gid), _set_overflowgid),
        ("hostname", lambda t: t.nsproxy.uts_ns.nodename, _set_hostname),
        ("domainname", lambda t: t.nsproxy.uts_ns.domainname, _set_domainname),
        ("cap_last_cap", lambda t: str(t.kernel.cap_last_cap), None),
        ("osrelease", lambda t: t.kernel.release, None),
        ("ostype", lambda t: "Linux", None),
        ("threads-max", lambda t: str(2 * INITIAL_LIMIT), None),
        (
            "unprivileged_userns_clone",
            lambda t: str(int(t.kernel.sysctl.unprivileged_userns_clone)),
            _set_userns_clone,
        ),
    ):
        kernel.add(name, SysFile(sb, show, store))
    kernel.add("ns_last_pid", LastPid(sb))
    fs = top.add("fs", SysDirectory(sb, "/proc/sys/fs"))
    fs.add("suid_dumpable", SysFile(sb, lambda t: str(t.kernel.sysctl.suid_dumpable), _set_suid_dumpable))
    hardlinks = SysFile(sb, lambda t: str(t.kernel.sysctl.protected_hardlinks), _set_protected_hardlinks)
    fs.add("protected_hardlinks", hardlinks)
    protected = SysFile(sb, lambda t: str(t.kernel.sysctl.protected_symlinks), _set_protected_symlinks)
    fs.add("protected_symlinks", protected)
    keys = kernel.add("keys", SysDirectory(sb, "/proc/sys/kernel/keys"))
    keys.add("maxkeys", SysFile(sb, lambda t: str(t.kernel.sysctl.maxkeys)))
    keys.add("root_maxkeys", SysFile(sb, lambda t: str(t.kernel.sysctl.root_maxkeys)))
    user = top.add("user", SysDirectory(sb, "/proc/sys/user"))
    for kind in KINDS:
        user.add(f"max_{kind}_namespaces", UserLimit(sb, kind))
    return top
