"""The model as a backend: calls in, outcomes out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nsdoc.backends.model.boot import Setting, boot
from nsdoc.backends.model.calls import table
from nsdoc.backends.model.cred import commit_creds
from nsdoc.backends.model.fork import start_process
from nsdoc.backends.model.refusal import Refused
from nsdoc.backends.model.sched import SUID_DUMP_USER
from nsdoc.backends.model.system import filtered
from nsdoc.backends.model.ucount import find_ucounts
from nsdoc.backends.model.uidgid import GLOBAL_ROOT_UID, Gid, Uid, make_kgid, make_kuid
from nsdoc.errors import ProcessGone, Unavailable
from nsdoc.trace import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nsdoc.backends.model.history import Edition
    from nsdoc.backends.model.sched import Task

# The words of `supports`, and the change that each needs; None where every release has it.
_FEATURES = {"root": None, "isolation": None, "network": None}
_ENDS = ("exit", "execve")


class ModelBackend:
    """One booted machine of one edition; see `nsdoc.backend.Backend`."""

    name = "model"

    def __init__(self, edition: Edition, setting: Setting | None = None) -> None:
        setting = setting or Setting()
        self._kernel = boot(edition, setting)
        self.scratch = setting.scratch
        self.program = setting.program
        self._table = table()

    @property
    def release(self) -> str:
        """The release that is played, with the changes that were added to it."""
        return self._kernel.release

    @property
    def last_cap(self) -> int:
        """The highest capability number of that release."""
        return self._kernel.cap_last_cap

    def supports(self, feature: str) -> bool:
        """Whether the model can show `feature`.

        Raises:
            ValueError: no such feature is known.
        """
        if feature in _FEATURES:
            return True
        if feature in self._kernel.edition.on:
            return self._kernel.has(feature)
        raise ValueError(
            f"unknown feature {feature!r}; known are {', '.join(_FEATURES)} and the names of changes"
        )

    def provide(self, feature: str) -> None:
        """Nothing is to be done: a machine of the model is the example's own."""

    def spawn(self, uid: int | None, gid: int | None, groups: Sequence[int], caps: int | None) -> Task:
        """Start a process in the initial user namespace; see `nsdoc.backend.Backend.spawn`."""
        host = self._kernel.host
        task = start_process(host, 0, host.cred)
        if uid is not None and gid is not None:
            _assume(task, uid, gid, groups, caps)
        elif caps is not None:
            _keep(task, caps)
        # A process that was started under its IDs, as by login(1), is dumpable.
        task.mm.dumpable = SUID_DUMP_USER
        return task

    def call(self, task: Task, name: str, args: tuple[Any, ...]) -> Outcome:
        """Make one call in `task`; see `nsdoc.backend.Backend.call`."""
        if not task.alive():
            raise ProcessGone(f"{name}(): process {task.pid} has ended")
        function = self._table.get(name)
        if function is None:
            raise Unavailable(f"{name}() is not modelled")
        if task.stopped:
            raise Unavailable(f"{name}(): process {task.pid} is stopped")
        if refused_by_filter := filtered(task, name):
            return Outcome(refused_by_filter, None)
        try:
            outcome = Outcome(0, function(task, *args))
        except Refused as refused:
            outcome = Outcome(refused.errno, None)
        if not task.alive() and name not in _ENDS:
            raise ProcessGone(f"{name}(): process {task.pid} has ended")
        return outcome

    def tidy(self) -> None:
        """Nothing outlives the machine."""

    def close(self) -> None:
        """Nothing is held."""


def _assume(task: Task, uid: int, gid: int, groups: Sequence[int], caps: int | None) -> None:
    """Take on an identity as login(1) does: capabilities go with user ID 0, or those in `caps` are kept."""
    ns = task.kernel.init_user_ns
    kuid, kgid = make_kuid(ns, Uid(uid)), make_kgid(ns, Gid(gid))
    held = task.cred.cap_permitted
    if caps is not None:
        held &= caps
    elif kuid != GLOBAL_ROOT_UID:
        held = 0
    new = replace(
        task.cred, uid=kuid, euid=kuid, suid=kuid, fsuid=kuid, gid=kgid, egid=kgid, sgid=kgid, fsgid=kgid,
        groups=tuple(sorted(make_kgid(ns, Gid(group)) for group in groups)),
        cap_permitted=held, cap_effective=held, ucounts=find_ucounts(ns, kuid),
    )  # fmt: skip
    commit_creds(task, new)


def _keep(task: Task, caps: int) -> None:
    held = task.cred.cap_permitted & caps
    commit_creds(task, replace(task.cred, cap_permitted=held, cap_effective=held))
