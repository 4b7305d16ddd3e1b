"""Calls about the life of processes, signals, tracing and scheduling."""

from __future__ import annotations

from nsdoc.abi import WEXITED
from nsdoc.errors import KernelError
from nsdoc.process.caller import Caller, pid_of, raw
from nsdoc.process.values import Siginfo

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any, Self

    from nsdoc.process.caller import Pid


class LifeCalls(Caller):
    """fork(2), clone(2), execve(2), wait(2), kill(2), ptrace(2) and their kin."""

    __slots__ = ()

    def fork(self) -> Self:
        """fork(2): a new process, a copy of this one.

        Raises:
            KernelError: EAGAIN, ENOMEM.
        """
        return self._born("fork")

    def clone(
        self,
        flags: int = 0,
        *,
        uid_map: str | None = None,
        gid_map: str | None = None,
    ) -> Self:
        """clone(2): a new process, in the new namespaces that `flags` ask for.

        `flags` are those of clone(2).
        With ``CLONE_THREAD`` it is a thread, which has the PID of its process and makes calls by itself.
        As a convenience this process then writes `uid_map` and `gid_map` of the child, user_namespaces(7),
        each a map as the file takes it, such as ``"0 1000 1"``.
        Where the kernel refuses `gid_map`, it writes *deny* to the child's :file:`setgroups` and tries again.

        Raises:
            KernelError: EAGAIN, EINVAL, ENOMEM, ENOSPC, EPERM; of the maps EINVAL, EPERM.
        """
        child = self._born("clone", flags)
        if uid_map is not None:
            self._call("write", f"/proc/{child.pid}/uid_map", raw(uid_map))
        if gid_map is not None:
            self._write_gid_map(child, gid_map)
        return child

    def clone3(self, flags: int = 0, *, set_tid: Iterable[int] = ()) -> Self:
        """clone3(2): as `clone`, and with ``CLONE_NEWTIME`` too.

        `set_tid` are the PIDs that the new process shall have, that in the innermost PID namespace first.

        Raises:
            KernelError: EAGAIN, EEXIST, EINVAL, ENOMEM, ENOSPC, EPERM.
        """
        return self._born("clone3", flags, tuple(set_tid))

    def _write_gid_map(self, child: Caller, gid_map: str) -> None:
        path = f"/proc/{child.pid}/gid_map"
        try:
            self._call("write", path, raw(gid_map))
        except KernelError as refusal:
            if refusal.name != "EPERM":
                raise
            self._call("write", f"/proc/{child.pid}/setgroups", b"deny")
            self._call("write", path, raw(gid_map))

    def _born(self, name: str, *args: Any) -> Self:
        return type(self)(self._kernel, self._call(name, *args))

    def exit(self, status: int = 0) -> None:
        """_exit(2): the process ends; a later call in it raises `ProcessGone`."""
        self._call("exit", status)

    def wait(self) -> tuple[int, int]:
        """wait(2): the PID and the wait status, as in `os.wait`, of a child that has ended.

        Raises:
            KernelError: ECHILD.
        """
        pid, status = self._call("waitpid", -1, 0)
        return pid, status

    def waitpid(self, pid: Pid = -1, options: int = 0) -> tuple[int, int]:
        """waitpid(2): the PID and the wait status, as in `os.waitpid`; (0, 0) with ``WNOHANG`` for none.

        Raises:
            KernelError: ECHILD, EINVAL.
        """
        found, status = self._call("waitpid", pid_of(pid), options)
        return found, status

    def waitid(self, idtype: int, id: Pid, options: int = WEXITED) -> Siginfo | None:
        """waitid(2): how a child ended, and whose it was; None with ``WNOHANG`` for none.

        Raises:
            KernelError: ECHILD, EINVAL.
        """
        found = self._call("waitid", idtype, pid_of(id), options)
        return None if found is None else Siginfo(*found)

    def execve(
        self,
        path: str | None = None,
        argv: Sequence[str] | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        """execve(2): the process executes `path`, by default `Kernel.program`.

        Only that program, or a copy of it, answers calls afterwards.

        Raises:
            KernelError: EACCES, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, ENOEXEC, EPERM, ETXTBSY.
        """
        target = self._kernel.program if path is None else path
        arguments = None if argv is None else tuple(argv)
        self._call("execve", target, arguments, tuple((env or {}).items()))

    def getpid(self) -> int:
        """getpid(2): the PID of this process in its own PID namespace."""
        return int(self._call("getpid"))

    def getppid(self) -> int:
        """getppid(2): the PID of the parent, 0 if it is in another PID namespace."""
        return int(self._call("getppid"))

    def setsid(self) -> int:
        """setsid(2): the ID of the new session, which is the PID of this process.

        Raises:
            KernelError: EPERM.
        """
        return int(self._call("setsid"))

    def getsid(self, pid: Pid = 0) -> int:
        """getsid(2): the session of a process, by default this one.

        Raises:
            KernelError: ESRCH.
        """
        return int(self._call("getsid", pid_of(pid)))

    def prctl(self, option: int, arg2: int = 0, arg3: int = 0, arg4: int = 0, arg5: int = 0) -> int:
        """prctl(2) for operations whose arguments are numbers: what the call returned.

        Raises:
            KernelError: EINVAL, EPERM, and what the operation adds.
        """
        return int(self._call("prctl", option, arg2, arg3, arg4, arg5))

    def kill(self, pid: Pid, signal: int) -> None:
        """kill(2): send `signal` to `pid`; 0 only checks permission.

        Raises:
            KernelError: EINVAL, EPERM, ESRCH.
        """
        self._call("kill", pid_of(pid), signal)

    def sigprocmask(self, how: int, signals: Iterable[int] = ()) -> frozenset[int]:
        """sigprocmask(2): change which signals wait instead of having an effect: those that did before.

        Raises:
            KernelError: EINVAL.
        """
        return frozenset(self._call("sigprocmask", how, tuple(signals)))

    def sigtimedwait(self, signals: Iterable[int]) -> Siginfo:
        """sigtimedwait(2): take one of `signals` that waits, and who sent it.  None is waited for.

        Raises:
            KernelError: EAGAIN.
        """
        return Siginfo(*self._call("sigtimedwait", tuple(signals)))

    def ptrace(self, request: int, pid: Pid = 0, addr: int = 0, data: int = 0) -> int:
        """ptrace(2) for requests whose arguments are numbers: what the call returned.

        Raises:
            KernelError: EBUSY, EIO, EPERM, ESRCH.
        """
        return int(self._call("ptrace", request, pid_of(pid), addr, data))

    def pidfd_open(self, pid: Pid, flags: int = 0) -> int:
        """pidfd_open(2): a descriptor that refers to `pid`.

        Raises:
            KernelError: EINVAL, EMFILE, ESRCH.
        """
        return int(self._call("pidfd_open", pid_of(pid), flags))

    def pidfd_getfd(self, pidfd: int, fd: int, flags: int = 0) -> int:
        """pidfd_getfd(2): a copy of descriptor `fd` of that process; needs ptrace access.

        Raises:
            KernelError: EBADF, EINVAL, EMFILE, EPERM, ESRCH.
        """
        return int(self._call("pidfd_getfd", pidfd, fd, flags))

    def pidfd_send_signal(self, pidfd: int, signal: int, flags: int = 0) -> None:
        """pidfd_send_signal(2): send `signal` to the process that `pidfd` refers to.

        Raises:
            KernelError: EBADF, EINVAL, EPERM, ESRCH.
        """
        self._call("pidfd_send_signal", pidfd, signal, flags)

    def process_vm_readv(self, pid: Pid, address: int, length: int) -> bytes:
        """process_vm_readv(2): `length` bytes of another process's memory; needs ptrace access.

        Raises:
            KernelError: EFAULT, EINVAL, EPERM, ESRCH.
        """
        return bytes(self._call("process_vm_readv", pid_of(pid), address, length))

    def prlimit(self, pid: Pid, resource: int, limits: tuple[int, int] | None = None) -> tuple[int, int]:
        """prlimit(2): the soft and hard limit before the call, -1 for infinity; sets `limits` if given.

        Raises:
            KernelError: EINVAL, EPERM, ESRCH.
        """
        soft, hard = self._call("prlimit", pid_of(pid), resource, limits)
        return soft, hard

    def getpriority(self, which: int, who: Pid) -> int:
        """getpriority(2): the nice value.

        Raises:
            KernelError: EINVAL, ESRCH.
        """
        return int(self._call("getpriority", which, pid_of(who)))

    def setpriority(self, which: int, who: Pid, priority: int) -> None:
        """setpriority(2): set the nice value.

        Raises:
            KernelError: EACCES, EINVAL, EPERM, ESRCH.
        """
        self._call("setpriority", which, pid_of(who), priority)
