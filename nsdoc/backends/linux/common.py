"""Examples that share a controller: each in new namespaces, whose first process is an agent like others."""

from __future__ import annotations

from contextlib import suppress

from nsdoc import abi
from nsdoc.backends.linux import channel, identity, isolation, labour
from nsdoc.backends.linux.backend import LinuxBackend
from nsdoc.backends.linux.nursery import LocalNursery
from nsdoc.backends.linux.request import Request
from nsdoc.backends.linux.syscalls import clone, prctl
from nsdoc.errors import Unavailable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from nsdoc.backends.linux.agent import Agent
    from nsdoc.backends.linux.identity import Identity
    from nsdoc.backends.linux.site import Site

_ITSELF: Identity = (None, None, (), None)
_POLLIN = 1


class CommonGround:
    """Where contained examples run, isolated, without a fork of their controller.

    A process of the size of an agent, the midwife, makes the first process of new namespaces for each.
    """

    def __init__(self, site: Site, end_children: Callable[[], None]) -> None:
        """`end_children` ends every child of the calling process."""
        self._site = site
        self._end_children = end_children
        self._midwife: Agent | None = None
        self._backend: LinuxBackend | None = None

    def common(self) -> CommonGround:
        """This one."""
        return self

    def fork(self) -> int:
        """Fork the controller; see `nsdoc.backend.Ground.fork`."""
        return clone(0)

    def open(self) -> LinuxBackend:
        """New namespaces, and the kernel as seen from there.

        Raises:
            Unavailable: there is no process to be had.
            OSError: the kernel refused the namespaces.
            Closed: the midwife has ended.
        """
        if self._midwife is None or self._midwife.gone:
            self._midwife = self._engaged()
        self._backend = LinuxBackend(self._site, InitNursery(self._midwife, self._site.scratch))
        return self._backend

    def agents(self, backend: LinuxBackend) -> frozenset[int]:
        """The midwife: all others are hers, or further down."""
        return frozenset(() if self._midwife is None else (self._midwife.pid,))

    def clear(self) -> None:
        """End every process of the last kernel; the namespaces, the mounts and the files go with them."""
        if self._backend is not None:
            self._backend.close()
            self._backend = None

    def close(self) -> None:
        """End what a controller has left that was ended; its processes are children of the caller by now."""
        self._end_children()

    def _engaged(self) -> Agent:
        # When the zygote is killed, the controller ends, and then the midwife.
        prctl(abi.PR_SET_PDEATHSIG, abi.SIGKILL)
        midwife = LocalNursery(self._site.program).spawn(_ITSELF)
        midwife.syscall("prctl", abi.PR_SET_PDEATHSIG, abi.SIGKILL, 0, 0, 0)
        return midwife


class InitNursery:
    """Starts agents as children of the first process, init, of new namespaces, which is an agent, too."""

    def __init__(self, midwife: Agent, scratch: str) -> None:
        """Have `midwife` make init, which starts in the directory `scratch`.

        Raises:
            OSError: the kernel refused.
            Closed: the midwife has ended.
        """
        self._midwife = midwife
        self._init, request = labour.born(midwife, labour.clone(isolation.NAMESPACES))
        _settle(request, scratch)
        try:
            self._init.succeed(request)
        except OSError:
            self.close()
            raise

    def spawn(self, who: Identity) -> Agent:
        """See `nsdoc.backends.linux.nursery.Nursery.spawn`."""
        identity.check(who)
        try:
            agent, request = labour.born(self._init, labour.clone(0))
            identity.assume(request, who)
            agent.pid = agent.succeed(request)[0]
        except channel.Closed:
            raise Unavailable("a new process ended before it could answer") from None
        except OSError as refusal:
            raise Unavailable(f"the kernel refused that identity: {refusal.strerror}") from None
        return agent

    def unshare(self, flags: int) -> None:
        """See `nsdoc.backends.linux.nursery.Nursery.unshare`."""
        try:
            self._init.syscall("unshare", flags)
        except OSError as refusal:
            raise Unavailable(f"the kernel refused new namespaces: {refusal.strerror}") from None

    def introduce(self, agent: Agent, request: Request) -> int:
        """See `nsdoc.backends.linux.nursery.Nursery.introduce`."""
        if not agent.strays:
            return agent.perform(request)[0]
        channel.ask_for_sender(agent.fd)
        channel.send(agent.fd, request.message())
        return _inner_pid(channel.receive_sender(agent.fd, request.reply_size)[1])

    def alive(self, pid: int) -> bool:
        """See `nsdoc.backends.linux.nursery.Nursery.alive`."""
        try:
            fd = self._init.syscall("pidfd_open", pid, 0)
        except ProcessLookupError:
            return False
        request = Request()
        # A struct pollfd, poll(2), and no time to wait.
        waiting = fd.to_bytes(4, "little") + _POLLIN.to_bytes(4, "little")
        request.add("ppoll", waiting, 1, bytes(16), 0, 0)
        request.add("close", fd)
        return self._init.perform(request)[0] == 0

    def reap(self, pid: int) -> None:
        """See `nsdoc.backends.linux.nursery.Nursery.reap`."""
        request = Request()
        request.add("wait4", pid, 0, 0, 0)
        # The errors are those of a process that is not its child: others are reaped by their parents.
        with suppress(channel.Closed):
            self._init.perform(request)

    def close(self) -> None:
        """End init, and with it all processes of its PID namespace, pid_namespaces(7)."""
        request = Request()
        request.add("kill", self._init.pid, abi.SIGKILL)
        request.add("wait4", self._init.pid, 0, 0, 0)
        try:
            self._midwife.succeed(request)
        except channel.Closed:
            # She was killed, and init with her.
            self._midwife.close()
        self._init.close()


def _settle(request: Request, scratch: str) -> None:
    """Make of a new process the init of an example, isolated as `nsdoc.backends.linux.isolation` says."""
    request.add("prctl", abi.PR_SET_PDEATHSIG, abi.SIGKILL, 0, 0, 0)
    request.add("setsid")
    for mount in isolation.mounts(scratch):
        request.add("mount", *mount)
    request.add("chdir", scratch)


def _inner_pid(pid: int) -> int:
    """The PID of a process one PID namespace further in than the caller's, NSpid in proc_pid_status(5)."""
    with open(f"/proc/{pid}/status", "rb") as file:
        line = next(line for line in file if line.startswith(b"NSpid:"))
    return int(line.split()[2])
