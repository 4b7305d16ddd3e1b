"""What is made ready once, in a small process, for the many examples that it then runs."""

from __future__ import annotations

import os

from nsdoc import abi
from nsdoc.backends.linux import isolation, machine
from nsdoc.backends.linux.backend import LinuxBackend
from nsdoc.backends.linux.leftovers import Limits
from nsdoc.backends.linux.nursery import LocalNursery
from nsdoc.backends.linux.site import Site
from nsdoc.backends.linux.syscalls import clone, prctl

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nsdoc.backends.linux.common import CommonGround


class Ground:
    """Where examples run: isolated from the host where the caller may do that, otherwise beside it."""

    def __init__(self) -> None:
        """Make it ready.

        Raises:
            Unavailable: agents have no code for this machine.
        """
        program = machine.program()
        self._limits = Limits()
        self.isolated = isolation.possible()
        self._place = isolation.prepare() if self.isolated else _own_directory()
        self._program = f"{self._place}/program"
        self._scratch = f"{self._place}/scratch"
        _write_program(self._program, program)
        if self.isolated:
            os.mkdir(self._scratch)
        # What an example leaves becomes a child of this process, not of init, and can be ended here.
        prctl(abi.PR_SET_CHILD_SUBREAPER, 1)
        self._common: CommonGround | None = None

    def common(self) -> CommonGround | None:
        """The ground for examples that share a process; None where no namespaces would keep them apart."""
        if self._common is None and self.isolated:
            # Loaded when it is asked for: what never shares would copy it with every fork.
            from nsdoc.backends.linux.common import CommonGround

            self._common = CommonGround(Site(self._scratch, self._program, isolated=True), end_children)
        return self._common

    def fork(self) -> int:
        """Fork the process in which an example shall run, in namespaces of its own where isolated.

        Returns the PID in the parent, 0 in the child.

        Raises:
            OSError: there is no process or no directory to be had.
        """
        if self.isolated:
            return clone(isolation.NAMESPACES)
        os.mkdir(self._scratch)
        return clone(0)

    def site(self) -> Site:
        """Settle the process that `fork` made, and say where it is."""
        # When the zygote is killed, the example ends as well.
        prctl(abi.PR_SET_PDEATHSIG, abi.SIGKILL)
        if self.isolated:
            isolation.enter(self._scratch)
        else:
            # As the first process of a PID namespace: it sees what its descendants leave.
            prctl(abi.PR_SET_CHILD_SUBREAPER, 1)
            os.chmod(self._scratch, 0o1777)
        os.chdir(self._scratch)
        return Site(self._scratch, self._program, self.isolated)

    def open(self) -> LinuxBackend:
        """The kernel, for the process that `fork` made."""
        site = self.site()
        return LinuxBackend(site, LocalNursery(site.program))

    def agents(self, backend: LinuxBackend) -> frozenset[int]:
        """The agents that the calling process may have as children."""
        return backend.agents()

    def clear(self) -> None:
        """End the processes that an example left, which are children of the caller by now, and its files.

        What it changed of the host's limits is changed back.
        """
        if not self.isolated:
            end_children()
            _remove(self._scratch)
        self._limits.restore()

    def close(self) -> None:
        """Give back what is left after the last example."""
        if not self.isolated:
            _remove(self._place)


def _own_directory() -> str:
    """A new directory that everybody can search; tempfile would double what every fork copies."""
    name = f"{os.environ.get('TMPDIR', '/tmp')}/nsdoc-{os.getpid()}-agents"
    os.mkdir(name)
    os.chmod(name, 0o755)
    return name


def _write_program(name: str, program: bytes) -> None:
    fd = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o755)
    os.write(fd, program)
    os.fchmod(fd, 0o755)
    os.close(fd)


def end_children() -> None:
    """Kill and reap every child of the calling process, and those that become its children by that."""
    while children := _children():
        for pid in children:
            _kill(pid)
        # In whatever order they end: the first process of a PID namespace ends only
        # when all others of it have been reaped, pid_namespaces(7), and some may be children of ours.
        for _ in children:
            os.waitpid(-1, 0)


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
    """Remove a scratch directory with all that is in it, whatever its modes; what resists stays."""
    try:
        os.chmod(directory, 0o700)
        for entry in os.scandir(directory):
            if entry.is_dir(follow_symlinks=False):
                _remove(entry.path)
            else:
                os.unlink(entry.path)
        os.rmdir(directory)
    except (OSError, RecursionError):
        return
