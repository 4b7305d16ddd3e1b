"""What is in /proc/PID.

Twin: the tables of fs/proc/base.c and fs/proc/namespaces.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nsdoc.abi import CAP_SYS_ADMIN, O_CLOEXEC, S_IFDIR
from nsdoc.backends.model import id_map
from nsdoc.backends.model.capability import ns_capable
from nsdoc.backends.model.dcache import Dentry, d_path
from nsdoc.backends.model.errnos import EACCES, EINVAL, ENOENT, ESRCH
from nsdoc.backends.model.nsfs import ns_get_path
from nsdoc.backends.model.pid import task_active_pid_ns
from nsdoc.backends.model.proc_base import PidEntry, PidFile, PidInode, PidLink
from nsdoc.backends.model.proc_status import show_status
from nsdoc.backends.model.refusal import Refused
from nsdoc.backends.model.timens import show_offsets, write_offsets
from nsdoc.backends.model.user_namespace import UserNamespace
from nsdoc.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from nsdoc.backends.model.dcache import Path
    from nsdoc.backends.model.file import File
    from nsdoc.backends.model.id_map import MapKind
    from nsdoc.backends.model.inode import Superblock
    from nsdoc.backends.model.ns_common import Namespace
    from nsdoc.backends.model.sched import Task


def _open_map(current: Task, task: Task, file: File) -> UserNamespace:
    """R050, proc_id_map_open(): the user namespace is the one that the process is in when the file is
    opened."""
    # R050: the process is gone.
    if task.state == "dead":
        raise Refused(EINVAL)
    return task.cred.user_ns


def _open_setgroups(current: Task, task: Task, file: File) -> UserNamespace:
    """R050, proc_setgroups_open()."""
    # R050: the process is gone.
    if task.state == "dead":
        raise Refused(ESRCH)
    # R050, user_namespaces(7): writing needs CAP_SYS_ADMIN in the user namespace.
    if file.writable() and not ns_capable(current, task.cred.user_ns, CAP_SYS_ADMIN):
        raise Refused(EACCES)
    return task.cred.user_ns


def _ns_of(file: File) -> UserNamespace:
    assert isinstance(file.private, UserNamespace)
    return file.private


def _map_entry(kind: MapKind, since: str) -> PidEntry:
    def show(current: Task, task: Task, file: File) -> str:
        return id_map.show_map(file, _ns_of(file), kind)

    def store(current: Task, task: Task, file: File, data: bytes, offset: int) -> int:
        return id_map.write_map(current, file, _ns_of(file), kind, data, offset)

    return PidEntry(0o644, show, store, _open_map, since)


def _show_setgroups(current: Task, task: Task, file: File) -> str:
    return id_map.show_setgroups(_ns_of(file))


def _store_setgroups(current: Task, task: Task, file: File, data: bytes, offset: int) -> int:
    return id_map.write_setgroups(_ns_of(file), data, offset)


def _show_comm(current: Task, task: Task, file: File) -> str:
    return f"{task.comm}\n"


def _store_comm(current: Task, task: Task, file: File, data: bytes, offset: int) -> int:
    # comm_write(), proc_pid_comm(5) EINVAL: a process names itself.
    if task.group_leader is not current.group_leader:
        raise Refused(EINVAL)
    task.comm = data[:15].decode(errors="surrogateescape")
    return len(data)


def _show_cmdline(current: Task, task: Task, file: File) -> str:
    return "".join(f"{argument}\0" for argument in task.cmdline) if task.alive() else ""


FILES: Final = {
    "uid_map": _map_entry(id_map.UID, "id-maps"),
    "gid_map": _map_entry(id_map.GID, "id-maps"),
    "projid_map": _map_entry(id_map.PROJID, "projid-map"),
    "setgroups": PidEntry(0o644, _show_setgroups, _store_setgroups, _open_setgroups, "setgroups-file"),
    "status": PidEntry(0o444, show_status),
    "comm": PidEntry(0o644, _show_comm, _store_comm),
    "cmdline": PidEntry(0o444, _show_cmdline),
    "timens_offsets": PidEntry(0o644, show_offsets, write_offsets, None, "time-namespaces"),
}

# Names that exist below /proc/PID and are not modelled.
_OTHERS: Final = frozenset(
    [
        "arch_status",
        "attr",
        "auxv",
        "autogroup",
        "cgroup",
        "clear_refs",
        "coredump_filter",
        "cpu_resctrl_groups",
        "cpuset",
        "environ",
        "fdinfo",
        "io",
        "ksm_merging_pages",
        "ksm_stat",
        "latency",
        "limits",
        "loginuid",
        "map_files",
        "maps",
        "mem",
        "net",
        "numa_maps",
        "oom_adj",
        "oom_score",
        "oom_score_adj",
        "pagemap",
        "patch_state",
        "personality",
        "sched",
        "schedstat",
        "sessionid",
        "smaps",
        "smaps_rollup",
        "stack",
        "stat",
        "statm",
        "syscall",
        "task",
        "timers",
        "timerslack_ns",
        "wchan",
    ]
)


def _exe(task: Task) -> Path:
    # proc_exe_link(): a process that has ended executes nothing.
    if not task.alive() or task.mm.exe is None:
        raise Refused(ENOENT)
    return task.mm.exe


def _root(task: Task) -> Path:
    _require_alive(task)
    return task.fs.root


def _cwd(task: Task) -> Path:
    _require_alive(task)
    return task.fs.pwd


def _require_alive(task: Task) -> None:
    # get_fs_root() of a process that has ended: it has none any more.
    if not task.alive():
        raise Refused(ENOENT)


def _path_text(where: Callable[[Task], Path]) -> Callable[[Task, Task], str]:
    return lambda current, task: d_path(where(task), current.fs.root)[0]


LINKS: Final = {"exe": _exe, "root": _root, "cwd": _cwd}


class PidDirectory(PidInode):
    """/proc/PID."""

    __slots__ = ()

    def __init__(self, sb: Superblock, task: Task) -> None:
        super().__init__(sb, S_IFDIR | 0o555, task)

    def is_immutable(self) -> bool:
        """proc_pid_instantiate(): nobody changes the directory of a process."""
        return True

    def permission(self, current: Task, mask: int) -> bool:
        """proc_pid_permission(), ESRCH: the process is gone."""
        if self.task.state == "dead":
            raise Refused(ESRCH)
        return False

    def find(self, current: Task, dentry: Dentry, name: str) -> Dentry | None:
        """The file of a name, made at its first use."""
        return dentry.children.get(name) or self._instantiate(dentry, name)

    def _instantiate(self, dentry: Dentry, name: str) -> Dentry | None:
        kernel = self.task.kernel
        if name in FILES:
            entry = FILES[name]
            if entry.since is not None and not kernel.has(entry.since):
                return None
            return dentry.add(name, PidFile(self.sb, self.task, entry))
        if name in LINKS:
            where = LINKS[name]
            return dentry.add(name, PidLink(self.sb, self.task, where, _path_text(where)))
        if name == "ns" and kernel.has("setns"):
            return dentry.add(name, NsDirectory(self.sb, self.task))
        if name in ("fd", "fdinfo"):
            return dentry.add(name, FdDirectory(self.sb, self.task, info=name == "fdinfo"))
        if name in ("mountinfo", "mounts") or name in _OTHERS:
            return self._more(dentry, name)
        return None

    def _more(self, dentry: Dentry, name: str) -> Dentry | None:
        from nsdoc.backends.model.proc_mounts import MOUNT_FILES

        if name in MOUNT_FILES:
            return dentry.add(name, PidFile(self.sb, self.task, MOUNT_FILES[name]))
        raise Unavailable(f"/proc/PID/{name} is not modelled")

    def names(self, current: Task, dentry: Dentry) -> list[str]:
        """The names that are modelled."""
        kernel = self.task.kernel
        files = [name for name, entry in FILES.items() if entry.since is None or kernel.has(entry.since)]
        return [
            *files,
            *LINKS,
            "mountinfo",
            "mounts",
            "fd",
            "fdinfo",
            *(["ns"] if kernel.has("setns") else []),
        ]


def _current_namespaces(task: Task) -> dict[str, Callable[[], Namespace]]:
    nsproxy = task.nsproxy
    return {
        "user": lambda: task.cred.user_ns,
        "pid": lambda: task_active_pid_ns(task),
        "mnt": lambda: nsproxy.mnt_ns,
        "uts": lambda: nsproxy.uts_ns,
        "ipc": lambda: nsproxy.ipc_ns,
        "net": lambda: nsproxy.net_ns,
        "cgroup": lambda: nsproxy.cgroup_ns,
        "time": lambda: nsproxy.time_ns,
        "pid_for_children": lambda: nsproxy.pid_ns_for_children,
        "time_for_children": lambda: nsproxy.time_ns_for_children,
    }


# The change that brought each link, namespaces(7).
NS_LINKS: Final = {
    "cgroup": "cgroup-namespaces",
    "ipc": "setns",
    "mnt": "join-user-namespaces",
    "net": "setns",
    "pid": "join-user-namespaces",
    "pid_for_children": "pid-for-children",
    "time": "time-namespaces",
    "time_for_children": "time-namespaces",
    "user": "join-user-namespaces",
    "uts": "setns",
}


def namespace_of(task: Task, name: str) -> Namespace:
    """The namespace behind a name in /proc/PID/ns.

    Raises:
        Refused: ENOENT, the process is in none.
    """
    # R097, namespaces(7): a process that has ended is in its user and PID namespace only.
    if not task.alive() and name not in ("user", "pid"):
        raise Refused(ENOENT)
    ns = _current_namespaces(task)[name]()
    # R097, pidns_for_children_get(), namespaces(7): there is nothing to see before the first child exists.
    if name == "pid_for_children" and task.nsproxy.pid_ns_for_children.child_reaper is None:
        raise Refused(ENOENT)
    return ns


class NsDirectory(PidInode):
    """/proc/PID/ns."""

    __slots__ = ()

    def __init__(self, sb: Superblock, task: Task) -> None:
        super().__init__(sb, S_IFDIR | 0o511, task)

    def find(self, current: Task, dentry: Dentry, name: str) -> Dentry | None:
        """The link of a name."""
        if name in dentry.children:
            return dentry.children[name]
        if name not in NS_LINKS or not self.task.kernel.has(NS_LINKS[name]):
            return None

        def where(task: Task) -> Path:
            return ns_get_path(task.kernel, namespace_of(task, name))

        def text(current: Task, task: Task) -> str:
            return namespace_of(task, name).name()

        return dentry.add(name, PidLink(self.sb, self.task, where, text))

    def names(self, current: Task, dentry: Dentry) -> list[str]:
        """The links of this release."""
        return [name for name, since in NS_LINKS.items() if self.task.kernel.has(since)]


def _show_fdinfo(number: int) -> Callable[[Task, Task, File], str]:
    def show(current: Task, task: Task, file: File) -> str:
        # seq_show(): the descriptor was closed.
        if number not in task.files.fds:
            raise Refused(ENOENT)
        shown = task.files.fds[number]
        flags = shown.flags | (O_CLOEXEC if number in task.files.close_on_exec else 0)
        where = f"mnt_id:\t{shown.path.mnt.mnt_id}\nino:\t{shown.inode.ino}\n"
        return f"pos:\t{shown.pos}\nflags:\t0{flags:o}\n{where}"

    return show


class FdDirectory(PidInode):
    """/proc/PID/fd, or with `info` /proc/PID/fdinfo."""

    __slots__ = ("info",)

    def __init__(self, sb: Superblock, task: Task, *, info: bool) -> None:
        super().__init__(sb, S_IFDIR | (0o555 if info else 0o500), task)
        self.info = info

    def permission(self, current: Task, mask: int) -> bool:
        """proc_fd_permission(): a process can always look at its own descriptors."""
        return current is self.task and not self.info

    def find(self, current: Task, dentry: Dentry, name: str) -> Dentry | None:
        """The link of a descriptor."""
        if not name.isdigit() or int(name) not in self.task.files.fds:
            return None
        number = int(name)
        if self.info:
            return Dentry(name, dentry, PidFile(self.sb, self.task, PidEntry(0o444, _show_fdinfo(number))))

        def where(task: Task) -> Path:
            return task.files.fds[number].path

        return Dentry(name, dentry, PidLink(self.sb, self.task, where, _path_text(where)))

    def names(self, current: Task, dentry: Dentry) -> list[str]:
        """The open descriptors."""
        return [str(number) for number in self.task.files.fds]
