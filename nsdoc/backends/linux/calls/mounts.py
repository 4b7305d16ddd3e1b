"""Mounts, by the older and the newer interface."""

from __future__ import annotations

from struct import pack

from nsdoc import abi

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsdoc.backends.linux.agent import Agent


def mount(agent: Agent, source: str, target: str, fstype: str, flags: int, data: str) -> None:
    agent.syscall("mount", source, target, fstype or None, flags, data or None)


def umount(agent: Agent, target: str, flags: int) -> None:
    agent.syscall("umount2", target, flags)


def pivot_root(agent: Agent, new_root: str, put_old: str) -> None:
    agent.syscall("pivot_root", new_root, put_old)


def open_tree(agent: Agent, name: str, flags: int) -> int:
    return agent.syscall("open_tree", abi.AT_FDCWD, name, flags)


def move_mount(agent: Agent, from_fd: int, to_path: str, flags: int) -> None:
    agent.syscall("move_mount", from_fd, "", abi.AT_FDCWD, to_path, flags)


def mount_setattr(
    agent: Agent,
    fd: int,
    name: str,
    flags: int,
    attr_set: int,
    attr_clr: int,
    propagation: int,
    userns_fd: int,
) -> None:
    # struct mount_attr of linux/mount.h.
    attributes = pack("<4Q", attr_set, attr_clr, propagation, userns_fd)
    agent.syscall("mount_setattr", fd, name, flags, attributes, len(attributes))


def fsopen(agent: Agent, fstype: str, flags: int) -> int:
    return agent.syscall("fsopen", fstype, flags)


def fsconfig(agent: Agent, fd: int, command: int, key: str, value: str, aux: int) -> None:
    agent.syscall("fsconfig", fd, command, key or None, value or None, aux)


def fsmount(agent: Agent, fd: int, flags: int, attr_flags: int) -> int:
    return agent.syscall("fsmount", fd, flags, attr_flags)


CALLS = (mount, umount, pivot_root, open_tree, move_mount, mount_setattr, fsopen, fsconfig, fsmount)
