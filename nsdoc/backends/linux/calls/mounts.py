"""Mounts, by the older and the newer interface."""

from __future__ import annotations

from nsdoc import abi
from nsdoc.backends.linux.syscalls import path, path_or_null, syscall

_WORD = 8


def mount(source: str, target: str, fstype: str, flags: int, data: str) -> None:
    syscall("mount", path(source), path(target), path_or_null(fstype), flags, path_or_null(data))


def umount(target: str, flags: int) -> None:
    syscall("umount2", path(target), flags)


def pivot_root(new_root: str, put_old: str) -> None:
    syscall("pivot_root", path(new_root), path(put_old))


def open_tree(name: str, flags: int) -> int:
    return syscall("open_tree", abi.AT_FDCWD, path(name), flags)


def move_mount(from_fd: int, to_path: str, flags: int) -> None:
    syscall("move_mount", from_fd, b"", abi.AT_FDCWD, path(to_path), flags)


def mount_setattr(
    fd: int, name: str, flags: int, attr_set: int, attr_clr: int, propagation: int, userns_fd: int
) -> None:
    words = (attr_set, attr_clr, propagation, userns_fd)
    attributes = b"".join(word.to_bytes(_WORD, "little") for word in words)
    syscall("mount_setattr", fd, path(name), flags, attributes, len(attributes))


def fsopen(fstype: str, flags: int) -> int:
    return syscall("fsopen", path(fstype), flags)


def fsconfig(fd: int, command: int, key: str, value: str, aux: int) -> None:
    syscall("fsconfig", fd, command, path_or_null(key), path_or_null(value), aux)


def fsmount(fd: int, flags: int, attr_flags: int) -> int:
    return syscall("fsmount", fd, flags, attr_flags)


CALLS = (mount, umount, pivot_root, open_tree, move_mount, mount_setattr, fsopen, fsconfig, fsmount)
