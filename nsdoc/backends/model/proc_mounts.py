"""/proc/PID/mountinfo and /proc/PID/mounts.

Twin: fs/proc_namespace.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nsdoc import abi
from nsdoc.backends.model.dcache import Path, d_path, is_subdir
from nsdoc.backends.model.proc_base import PidEntry

if TYPE_CHECKING:
    from nsdoc.backends.model.file import File
    from nsdoc.backends.model.mount import Mount
    from nsdoc.backends.model.sched import Task

_FLAGS: Final = (
    (abi.MS_NOSUID, "nosuid"),
    (abi.MS_NODEV, "nodev"),
    (abi.MS_NOEXEC, "noexec"),
    (abi.MS_NOATIME, "noatime"),
    (abi.MS_NODIRATIME, "nodiratime"),
    (abi.MS_RELATIME, "relatime"),
)


def _options(mnt: Mount) -> str:
    words = ["ro" if mnt.flags & abi.MS_RDONLY else "rw"]
    words += [word for flag, word in _FLAGS if mnt.flags & flag]
    return ",".join([*words, "idmapped"] if mnt.idmap is not None else words)


def _propagation(mnt: Mount) -> list[str]:
    words = []
    if mnt.peers is not None:
        words.append(f"shared:{mnt.peers.group_id}")
    if mnt.master is not None:
        words.append(f"master:{mnt.master.group_id}")
    return [*words, "unbindable"] if mnt.unbindable else words


def _visible(task: Task) -> list[tuple[Mount, str]]:
    """The mounts below the root directory of a process, with where they are."""
    top = task.nsproxy.mnt_ns.root
    assert top is not None
    found = []
    for mnt in top.tree():
        text, reachable = d_path(Path(mnt, mnt.root), task.fs.root)
        if reachable and is_subdir(mnt.root, mnt.sb.root):
            found.append((mnt, text))
    return found


def show_mountinfo(current: Task, task: Task, file: File) -> str:
    """One line for each mount, proc_pid_mountinfo(5)."""
    lines = []
    for mnt, where in _visible(task):
        parent = mnt.parent.mnt_id if mnt.parent is not None else mnt.mnt_id
        part, _ = d_path(Path(mnt, mnt.root), Path(mnt, mnt.sb.root))
        state = "ro" if mnt.sb.read_only else "rw"
        fields = [mnt.mnt_id, parent, f"0:{mnt.sb.dev}", part, where, _options(mnt), *_propagation(mnt)]
        lines.append(" ".join(map(str, [*fields, "-", mnt.sb.fstype.name, mnt.source, state])))
    return "".join(f"{line}\n" for line in lines)


def show_mounts(current: Task, task: Task, file: File) -> str:
    """One line for each mount, proc_pid_mounts(5)."""
    return "".join(
        f"{mnt.source} {where} {mnt.sb.fstype.name} {_options(mnt)} 0 0\n" for mnt, where in _visible(task)
    )


MOUNT_FILES: Final = {"mountinfo": PidEntry(0o444, show_mountinfo), "mounts": PidEntry(0o444, show_mounts)}
