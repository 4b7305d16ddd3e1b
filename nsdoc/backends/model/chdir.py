"""Changing the working directory, the root directory and the umask.

Twin: fs/open.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nsdoc.abi import CAP_SYS_CHROOT
from nsdoc.backends.model.capability import ns_capable
from nsdoc.backends.model.errnos import ENOTDIR, EPERM
from nsdoc.backends.model.file import fdget_raw
from nsdoc.backends.model.namei import user_path
from nsdoc.backends.model.permission import MAY_EXEC, inode_permission
from nsdoc.backends.model.refusal import Refused

if TYPE_CHECKING:
    from nsdoc.backends.model.dcache import Path
    from nsdoc.backends.model.sched import Task


def _directory(current: Task, path: str) -> Path:
    place = user_path(current, path)
    # chdir(2) ENOTDIR.
    if not place.dentry.inode.is_dir():
        raise Refused(ENOTDIR)
    inode_permission(current, place, MAY_EXEC)
    return place


def sys_chdir(current: Task, path: str) -> None:
    """chdir(2)."""
    current.fs.pwd = _directory(current, path)


def sys_fchdir(current: Task, fd: int) -> None:
    """fchdir(2)."""
    place = fdget_raw(current, fd).path
    # fchdir(2) ENOTDIR.
    if not place.dentry.inode.is_dir():
        raise Refused(ENOTDIR)
    inode_permission(current, place, MAY_EXEC)
    current.fs.pwd = place


def sys_chroot(current: Task, path: str) -> None:
    """chroot(2)."""
    place = _directory(current, path)
    # R062, ksys_chroot(), chroot(2) EPERM: the caller lacks CAP_SYS_CHROOT in its user namespace.
    if not ns_capable(current, current.cred.user_ns, CAP_SYS_CHROOT):
        raise Refused(EPERM)
    current.fs.root = place


def sys_umask(current: Task, mask: int) -> int:
    """The mask before the call.  umask(2)."""
    before, current.fs.umask = current.fs.umask, mask & 0o777
    return before
