"""The controller's side of the live kernel: agents behind channels."""

from __future__ import annotations

import os
from functools import partial

from nsdoc import abi
from nsdoc.backends.linux import features
from nsdoc.backends.linux.calls import CALLS, birth
from nsdoc.backends.linux.channel import Closed
from nsdoc.backends.linux.leftovers import Links, Queues
from nsdoc.errors import ProcessGone, Unavailable
from nsdoc.trace import Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from nsdoc.backends.linux.agent import Agent
    from nsdoc.backends.linux.nursery import Nursery
    from nsdoc.backends.linux.site import Site

_LINKING = ("add_key", "keyctl")
# After these, the next child may be in another PID namespace.
_STRAYING = ("unshare", "setns")
# The PID that stands for every process to which the caller may send signals, kill(2).
_EVERYBODY = -1
_REACHING_OUT = ("kill", "msgget")


class LinuxBackend:
    """The running kernel.

    The first agents come from a nursery, all others are made by agents.
    """

    name = "linux"

    def __init__(self, site: Site, nursery: Nursery) -> None:
        self._site = site
        self._nursery = nursery
        self._agents: list[Agent] = []
        self._links = Links()
        self._queues = Queues()

    @property
    def release(self) -> str:
        """The kernel's release, uname(2)."""
        return os.uname().release

    @property
    def scratch(self) -> str:
        """The directory in which agents start."""
        return self._site.scratch

    @property
    def program(self) -> str:
        """The program that an agent is, and that it executes."""
        return self._site.program

    @property
    def last_cap(self) -> int:
        """The highest capability number, /proc/sys/kernel/cap_last_cap."""
        with open("/proc/sys/kernel/cap_last_cap", encoding="ascii") as file:
            return int(file.read())

    def supports(self, feature: str) -> bool:
        """Whether this host can show `feature`, found by trying it in a child.

        Raises:
            ValueError: no such feature is known.
        """
        return features.supported(feature, self._site)

    def provide(self, feature: str) -> None:
        """Give the example a network namespace of its own, if that is the feature.

        Raises:
            Unavailable: the kernel refused.
        """
        if feature == "network":
            self._nursery.unshare(abi.CLONE_NEWNET)

    def spawn(self, uid: int | None, gid: int | None, groups: Sequence[int], caps: int | None) -> Agent:
        """Start an agent with an identity; see `nsdoc.backend.Backend.spawn`."""
        return self._keep(self._nursery.spawn((uid, gid, tuple(groups), caps)))

    def call(self, task: Agent, name: str, args: tuple[Any, ...]) -> Outcome:
        """Make one call in an agent; see `nsdoc.backend.Backend.call`."""
        if task.gone:
            raise ProcessGone(f"{name}(): process {task.pid} has ended")
        try:
            return Outcome(0, self._perform(task, name, args))
        except OSError as error:
            return Outcome(error.errno or 0, None)
        except Closed:
            return self._end(task, name, args)

    def agents(self) -> frozenset[int]:
        """The PIDs of the agents."""
        return frozenset(agent.pid for agent in self._agents)

    def tidy(self) -> None:
        """Take back the keys and message queues that would outlive the agents."""
        self._links.clear(self._of_user)
        self._queues.clear(lambda: self.spawn(None, None, (), None))

    def close(self) -> None:
        """Tidy up and close every channel; an agent that waits for a request then ends."""
        self.tidy()
        self._nursery.close()
        for agent in self._agents:
            agent.close()
        self._agents.clear()

    def _of_user(self, uid: int) -> Agent:
        who = uid if os.geteuid() == 0 else None
        return self.spawn(who, who, (), None)

    def _perform(self, agent: Agent, name: str, args: tuple[Any, ...]) -> Any:
        if name in birth.CALLS:
            child, request = birth.CALLS[name](agent, *args)
            flags = args[0] if args else 0
            child.strays = agent.strays or bool(flags & abi.CLONE_NEWPID)
            child.pid = self._nursery.introduce(child, request)
            if flags & abi.CLONE_FILES:
                for sharer in (agent, child):
                    sharer.alive = partial(self._nursery.alive, sharer.pid)
            return self._keep(child)
        call = CALLS.get(name)
        if call is None:
            raise Unavailable(f"{name}() is not offered on the live kernel")
        if not self._site.isolated and name in _REACHING_OUT:
            return self._beside_others(agent, name, args)
        value = call(agent, *args)
        if name in _STRAYING:
            agent.strays = True
        if name in _LINKING:
            self._links.note(agent, name, args, value)
        return value

    def _beside_others(self, agent: Agent, name: str, args: tuple[Any, ...]) -> Any:
        """Make a call that concerns more than the example, where namespaces do not keep it in."""
        if name == "kill" and args[0] == _EVERYBODY and _is_outside(agent, "pid"):
            raise Unavailable("kill(-1) would reach processes that are not the example's: it takes isolation")
        before = self._queues.there() if name == "msgget" else frozenset()
        value = CALLS[name](agent, *args)
        if name == "msgget" and _is_outside(agent, "ipc"):
            self._queues.note(before, value)
        return value

    def _end(self, agent: Agent, name: str, args: tuple[Any, ...]) -> Outcome:
        """An agent that ended at a call: as it was asked to, or against expectation."""
        agent.close()
        self._nursery.reap(agent.pid)
        if name == "exit" or (name == "execve" and args[1] is not None):
            return Outcome(0, None)
        if name == "execve":
            raise Unavailable("execve(): the program does not answer; it is no copy of kernel.program")
        raise ProcessGone(f"{name}(): process {agent.pid} has ended")

    def _keep(self, agent: Agent) -> Agent:
        self._agents.append(agent)
        return agent


def _is_outside(agent: Agent, kind: str) -> bool:
    """Whether an agent is in the controller's own namespace of a kind."""
    try:
        theirs, own = (os.stat(f"/proc/{who}/ns/{kind}").st_ino for who in (agent.pid, "self"))
    except OSError:
        # One must not look into a process that changed its identity; it may well be there.
        return True
    return theirs == own
