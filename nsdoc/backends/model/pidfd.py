"""PID file descriptors.

Twin: kernel/pid.c and fs/pidfs.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nsdoc.abi import O_NONBLOCK, O_RDWR, S_IFREG
from nsdoc.backends.model.dcache import Dentry, Path
from nsdoc.backends.model.errnos import EBADF, EINVAL, ENOSYS, EPERM, ESRCH
from nsdoc.backends.model.file import File, fd_install, fdget
from nsdoc.backends.model.inode import Inode
from nsdoc.backends.model.pid import find_task_by_vpid
from nsdoc.backends.model.ptrace import REALCREDS, ptrace_may_access
from nsdoc.backends.model.refusal import Refused
from nsdoc.backends.model.uidgid import GLOBAL_ROOT_GID, GLOBAL_ROOT_UID

if TYPE_CHECKING:
    from nsdoc.backends.model.kernel import Kernel
    from nsdoc.backends.model.sched import Task

PIDFD_THREAD: Final = 0o200
PIDFD_NONBLOCK: Final = O_NONBLOCK


class PidfdInode(Inode):
    """A file that stands for a process."""

    __slots__ = ("task",)

    def __init__(self, kernel: Kernel, task: Task) -> None:
        super().__init__(kernel.nsfs_mnt.sb, S_IFREG | 0o700, GLOBAL_ROOT_UID, GLOBAL_ROOT_GID)
        self.task = task


def pidfd_create(current: Task, task: Task, flags: int = 0) -> int:
    """A descriptor for a process, closed on execve(2)."""
    kernel = current.kernel
    path = Path(kernel.nsfs_mnt, Dentry("pidfd", None, PidfdInode(kernel, task)))
    return fd_install(current, File(path, O_RDWR | flags, current.cred), cloexec=True)


def sys_pidfd_open(current: Task, pid: int, flags: int = 0) -> int:
    """pidfd_open(2).

    Raises:
        Refused: ENOSYS, EINVAL, ESRCH.
    """
    # pidfd_open(2): since Linux 5.3.
    if not current.kernel.has("pidfd-open"):
        raise Refused(ENOSYS)
    # R031, pidfd_open(2) EINVAL: flags or the PID are not valid.
    if flags & ~(PIDFD_NONBLOCK | PIDFD_THREAD) or pid <= 0:
        raise Refused(EINVAL)
    task = find_task_by_vpid(current, pid)
    # R031, pidfd_open(2) ESRCH: there is no such process.
    if task is None:
        raise Refused(ESRCH)
    return pidfd_create(current, task, flags)


def sys_pidfd_getfd(current: Task, pidfd: int, fd: int, flags: int = 0) -> int:
    """pidfd_getfd(2).

    Raises:
        Refused: ENOSYS, EINVAL, EBADF, ESRCH, EPERM.
    """
    # pidfd_getfd(2): since Linux 5.6.
    if not current.kernel.has("pidfd-getfd"):
        raise Refused(ENOSYS)
    # R096, pidfd_getfd(2) EINVAL: flags is not 0.
    if flags:
        raise Refused(EINVAL)
    task = pidfd_task(current, pidfd)
    # R096, pidfd_getfd(2) ESRCH: the process is gone.
    if not task.alive():
        raise Refused(ESRCH)
    # R096, pidfd_getfd(2) EPERM: no ptrace attach access to the process.
    if not ptrace_may_access(current, task, REALCREDS):
        raise Refused(EPERM)
    file = task.files.fds.get(fd)
    # R096, pidfd_getfd(2) EBADF: the process has no such descriptor.
    if file is None:
        raise Refused(EBADF)
    return fd_install(current, file, cloexec=True)


def pidfd_task(current: Task, pidfd: int) -> Task:
    """The process of a PID file descriptor.

    Raises:
        Refused: EBADF, it is none.
    """
    inode = fdget(current, pidfd).inode
    if not isinstance(inode, PidfdInode):
        raise Refused(EBADF)
    return inode.task
