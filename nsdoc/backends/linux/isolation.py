"""Keeping what an example does from the host.

With privilege, an example has its own mount, PID, IPC and UTS namespaces;
its processes end with the first of them, and what it mounts or names is gone with them.
Those namespaces belong to the initial user namespace, so that nothing about permissions changes.
Files outside the example's scratch directory are read-only, by mounts that are made once for many examples.
"""

from __future__ import annotations

import os

from nsdoc import abi
from nsdoc.backends.linux.syscalls import syscall

NAMESPACES = abi.CLONE_NEWNS | abi.CLONE_NEWPID | abi.CLONE_NEWIPC | abi.CLONE_NEWUTS

# Where the mounts of examples go: directories that every system has and few use.
_PLACES = ("/mnt", "/media", "/srv", "/opt")
# Filesystems that are the kernel's own words rather than somebody's files.
# They stay writable: a read-only one would change what can be mounted in a user namespace,
# see mount_too_revealing() in fs/namespace.c.
_KERNEL_FILES = frozenset(
    ("proc", "sysfs", "cgroup", "cgroup2", "devpts", "mqueue", "bpf", "debugfs", "tracefs", "securityfs")
)
_MOUNTINFO_POINT = 4


def possible() -> bool:
    """Whether the caller may create those namespaces; tried in a child."""
    if os.geteuid() != 0:
        return False
    child = os.fork()
    if child == 0:
        try:
            syscall("unshare", abi.CLONE_NEWNS | abi.CLONE_NEWIPC | abi.CLONE_NEWUTS)
            syscall("mount", b"none", b"/", None, abi.MS_REC | abi.MS_PRIVATE, None)
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def prepare() -> str:
    """Move the caller into a mount namespace where only a new, empty directory is writable.

    Returns that directory.

    Raises:
        OSError: the kernel refused.
    """
    syscall("unshare", abi.CLONE_NEWNS)
    syscall("mount", b"none", b"/", None, abi.MS_REC | abi.MS_PRIVATE, None)
    for point in _writable_mounts():
        _make_read_only(point)
    place = next((name for name in _PLACES if os.path.isdir(name) and not os.listdir(name)), _PLACES[0])
    syscall("mount", b"nsdoc", os.fsencode(place), b"tmpfs", 0, b"mode=0755")
    return place


def mounts(scratch: str) -> tuple[tuple[bytes, bytes, bytes, int, bytes | None], ...]:
    """What the first process of new `NAMESPACES` mounts, as arguments of mount(2): its /proc, and scratch."""
    return (
        (b"proc\0", b"/proc\0", b"proc\0", abi.MS_NOSUID | abi.MS_NODEV | abi.MS_NOEXEC, None),
        (b"scratch\0", os.fsencode(scratch) + b"\0", b"tmpfs\0", 0, b"mode=1777,size=64m\0"),
    )


def enter(scratch: str) -> None:
    """Give the caller, the first process of new `NAMESPACES`, what it mounts."""
    for mount in mounts(scratch):
        syscall("mount", *mount)


def _writable_mounts() -> list[str]:
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
        lines = [line.split() for line in file]
    return [_unescaped(line[_MOUNTINFO_POINT]) for line in lines if _is_files(line)]


def _is_files(line: list[str]) -> bool:
    return line[line.index("-") + 1] not in _KERNEL_FILES


def _unescaped(name: str) -> str:
    """A path as mountinfo writes it, with blanks and backslashes in octal, proc_pid_mountinfo(5)."""
    head, *rest = name.split("\\")
    return head + "".join(chr(int(part[:3], 8)) + part[3:] for part in rest)


def _make_read_only(point: str) -> None:
    flags = abi.MS_BIND | abi.MS_REMOUNT | abi.MS_RDONLY | _kept_flags(point)
    try:
        syscall("mount", b"none", os.fsencode(point), None, flags, None)
    except OSError:
        # Hidden below another mount, or gone: nobody can write there through this path.
        return


def _kept_flags(point: str) -> int:
    """The flags of a mount that a remount would otherwise take away, statvfs(3)."""
    try:
        flags = os.statvfs(point).f_flag
    except OSError:
        return 0
    pairs = ((os.ST_NOSUID, abi.MS_NOSUID), (os.ST_NODEV, abi.MS_NODEV), (os.ST_NOEXEC, abi.MS_NOEXEC))
    return sum(mount for stat, mount in pairs if flags & stat)
