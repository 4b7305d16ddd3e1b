"""What is made ready once, in a small process, for the many examples that it then runs."""

from __future__ import annotations

import os
import sys
import tempfile

from nsdoc import abi
from nsdoc.backends.linux import isolation
from nsdoc.backends.linux.backend import LinuxBackend
from nsdoc.backends.linux.calls.life import prctl
from nsdoc.backends.linux.nursery import LocalNursery
from nsdoc.backends.linux.site import Site
from nsdoc.backends.linux.syscalls import clone


class Ground:
    """Where examples run: isolated from the host where the caller may do that, otherwise beside it."""

    def __init__(self) -> None:
        self._place = isolation.prepare() if isolation.possible() else None
        self._home = isolation.home(self._place)
        self._scratch = "" if self._place is None else isolation.scratch(self._place)
        if not self.isolated:
            # What an example leaves becomes a child of this process, not of init, and can be ended here.
            prctl(abi.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    @property
    def isolated(self) -> bool:
        """Whether an example has namespaces of its own."""
        return self._place is not None

    def fork(self) -> int:
        """Fork the process in which an example shall run, in namespaces of its own where isolated.

        Returns the PID in the parent, 0 in the child.
        """
        if self.isolated:
            return clone(isolation.NAMESPACES)
        self._scratch = tempfile.mkdtemp(prefix="nsdoc-")
        return os.fork()

    def site(self) -> Site:
        """Settle the process that `fork` made, and say where it is."""
        # When the zygote is killed, the example ends as well.
        prctl(abi.PR_SET_PDEATHSIG, abi.SIGKILL, 0, 0, 0)
        if self.isolated:
            isolation.enter(self._scratch)
        else:
            os.chmod(self._scratch, 0o1777)
        os.chdir(self._scratch)
        within = os.path.relpath(os.path.realpath(sys.executable), os.path.realpath(sys.base_prefix))
        return Site(self._scratch, os.path.join(self._home, within), self._home, self.isolated)

    def open(self) -> LinuxBackend:
        """The kernel, for the process that `fork` made."""
        return LinuxBackend(self.site(), LocalNursery())

    def agents(self, backend: LinuxBackend) -> frozenset[int]:
        """The agents that the calling process may have as children."""
        return backend.pids()

    def clear(self) -> None:
        """End the processes that an example left, which are children of the caller by now, and its files."""
        if self.isolated:
            return
        end_children()
        if self._scratch:
            _remove(self._scratch)
            self._scratch = ""


def end_children() -> None:
    """Kill and reap every child of the calling process, and those that become its children by that."""
    while children := _children():
        for pid in children:
            _kill(pid)
        for pid in children:
            os.waitpid(pid, 0)


def _children() -> list[int]:
    with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:
        return [int(pid) for pid in file.read().split()]


def _kill(pid: int) -> None:
    try:
        os.kill(pid, abi.SIGKILL)
    except PermissionError:
        # A program with set-user-ID, which a caller without privilege cannot end: wait for its end.
        return


def _remove(directory: str) -> None:
    """Remove a scratch directory with all that is in it."""
    for parent, directories, files in os.walk(directory, topdown=False):
        for name in files:
            os.unlink(os.path.join(parent, name))
        for name in directories:
            entry = os.path.join(parent, name)
            os.unlink(entry) if os.path.islink(entry) else os.rmdir(entry)
    os.rmdir(directory)
