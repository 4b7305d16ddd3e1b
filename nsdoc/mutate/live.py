"""Mutants of the live kernel: a system call that answers otherwise, or a capability that nobody has.

Less can be broken here than in the model, and each mutant is cruder:
a filter of system calls sees a number and arguments, not the rule behind them.
But what claims notice here, they notice on a kernel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from nsdoc import abi, build
from nsdoc.build import Trial
from nsdoc.mutate.outcome import Outcome, outcome_of
from nsdoc.mutate.report import SCHEMA
from nsdoc.page import Claim
from nsdoc.runner.crew import shared_out
from nsdoc.runner.series import Gone

_WEAKNESS = "nsdoc.backends.linux.weakness"
_SPEC = "linux"

# Calls of processes with the system call behind each, and the errors that they give by mistake.
# What says that all went well has done nothing: no check was made.
# Calls that examples are set up with are left alone.
_ANSWERS = {
    "setns": ("setns", "0 EINVAL"), "unshare": ("unshare", "0 ENOSYS"),
    "setgroups": ("setgroups", "0 EINVAL"), "capset": ("capset", "0 EINVAL"),
    "sethostname": ("sethostname", "0 EACCES"), "chroot": ("chroot", "0 EACCES"),
    "ptrace": ("ptrace", "0 EACCES"), "pidfd_getfd": ("pidfd_getfd", "EACCES"),
    "pivot_root": ("pivot_root", "0 EPERM"), "umount": ("umount2", "0 EPERM"),
    "move_mount": ("move_mount", "0 EINVAL"), "mount_setattr": ("mount_setattr", "0 EACCES"),
    "fsopen": ("fsopen", "EACCES"), "open_tree": ("open_tree", "EACCES"),
    "mknod": ("mknodat", "0 EACCES"), "link": ("linkat", "0 EACCES"),
    "chown": ("fchownat", "0 EACCES"), "setxattr": ("setxattr", "0 EACCES"),
    "setpriority": ("setpriority", "0 EPERM"), "prlimit": ("prlimit64", "0"),
    "keyctl": ("keyctl", "0 EACCES"), "bind": ("bind", "0 EPERM"),
}  # fmt: skip
# Operations of a call, each as if it were a call of its own: the argument that says which, and the errors.
_OPERATIONS = {
    ("prctl", 0): ("PR_SET_SECUREBITS PR_CAPBSET_DROP PR_CAP_AMBIENT PR_SET_KEEPCAPS", "0 EINVAL"),
    ("ioctl", 1): ("NS_GET_USERNS NS_GET_PARENT NS_GET_NSTYPE NS_GET_OWNER_UID", "EACCES"),
}
_CAPABILITIES = ("CAP_SETFCAP", "CAP_SYS_PTRACE", "CAP_KILL")


@dataclass(frozen=True, slots=True)
class Weakness:
    """The live kernel with one thing changed.

    `id` is its name, `what` says how in words.
    `call` is the call of an example that can show it, with `argument` only where that has this value;
    it is empty if any call can.
    `apply` changes the kernel for the calling process and all that it starts, and may raise OSError.
    """

    id: str
    what: str
    call: str
    argument: tuple[int, int] | None
    apply: Callable[[], None]

    def concerns(self, trial: Trial) -> bool:
        """Whether an example made a call that can show it."""
        events = trial.run.events if trial.run else ()
        if not self.call:
            return True
        made = (event.args for event in events if event.call == self.call)
        return any(self.argument is None or args[self.argument[0]] == self.argument[1] for args in made)


@dataclass(frozen=True, slots=True)
class Noticed:
    """What came of one mutant.

    `refutes` are the claims that a value refutes, `stops` those whose examples it only keeps from their end,
    `reached` says how many claims could show it, `refused` why the kernel could not be changed so.
    """

    weakness: Weakness
    refutes: tuple[str, ...]
    stops: tuple[str, ...]
    reached: int
    refused: str = ""


@dataclass(frozen=True, slots=True)
class LiveReport:
    """What came of the mutants of a live kernel: its release, how many claims were tried, and each mutant."""

    release: str
    claims: int
    entries: tuple[Noticed, ...]

    @property
    def unnoticed(self) -> tuple[Noticed, ...]:
        """Those that some claim could have shown, and none has by a value."""
        made = (entry for entry in self.entries if entry.reached and not entry.refused)
        return tuple(entry for entry in made if not entry.refutes)

    @property
    def summary(self) -> str:
        """The report in a line."""
        made = [entry for entry in self.entries if not entry.refused]
        count = sum(bool(entry.refutes) for entry in made)
        return f"{count} of {len(made)} mutants of Linux {self.release} noticed by {self.claims} claims"

    def dump(self) -> dict[str, Any]:
        """The report as JSON can hold it."""
        return {
            "schema": SCHEMA,
            "kernel": {"backend": _SPEC, "release": self.release},
            "claims": self.claims,
            "mutants": [_dumped(entry) for entry in self.entries],
        }


def _dumped(entry: Noticed) -> dict[str, Any]:
    told = {"id": entry.weakness.id, "what": entry.weakness.what, "reached": entry.reached}
    return told | {
        "refutes": list(entry.refutes),
        "stops": list(entry.stops),
        "refused": entry.refused,
    }


def weaknesses() -> Iterator[Weakness]:
    """All mutants of the live kernel; those without a capability are for who has it to lose."""
    for call, (number, errors) in _ANSWERS.items():
        yield from (_answering(call, number, error) for error in errors.split())
    for (call, at), (names, errors) in _OPERATIONS.items():
        for name in names.split():
            argument = at, abi.constants()[name]
            yield from (_answering(call, call, error, name, argument) for error in errors.split())
    yield from map(_without, _CAPABILITIES)


def _answering(
    call: str, number: str, error: str, name: str = "", argument: tuple[int, int] | None = None
) -> Weakness:
    errno = 0 if error == "0" else abi.ERRNO[error]
    told = f"{call}({name})"
    what = f"{told} does nothing and succeeds" if not errno else f"{told} fails with {error}"

    def apply() -> None:
        import_module(_WEAKNESS).answer(number, errno, argument)

    return Weakness(f"{name or call}:{error}", what, call, argument, apply)


def _without(capability: str) -> Weakness:
    def apply() -> None:
        import_module(_WEAKNESS).lose(abi.constants()[capability])

    what = f"no process of the initial user namespace has {capability}"
    return Weakness(f"without:{capability}", what, "", None, apply)


def sound(paths: Iterable[str], wanted: Callable[[Claim], bool], jobs: int) -> tuple[Trial, ...]:
    """The examples that hold on the live kernel as it is, of claims all of whose examples do.

    Raises:
        nsdoc.Unavailable, nsdoc.runner.pool.NoRunner: there is no live kernel to run examples on.
    """
    trials = tuple(build.run(build.plan(paths, _SPEC, wanted=wanted), jobs))
    failed = {trial.claim.name for trial in trials if not _outcome(trial).holds}
    return tuple(trial for trial in trials if trial.claim.name not in failed)


def noticed(found: Sequence[Weakness], trials: Sequence[Trial], jobs: int) -> Iterator[Noticed]:
    """Try mutants, `jobs` at a time: what came of each, as they end.

    Raises:
        OSError: there is no process to be had.
    """
    tester = _Tester(found, trials)
    for index, answer in shared_out(tester, range(len(found)), jobs):
        refused, changed = (str(answer), ()) if isinstance(answer, Gone) else answer
        yield _noticed(found[index], trials, {at: Outcome(*words) for at, *words in changed}, refused)


def _noticed(
    weakness: Weakness, trials: Sequence[Trial], changed: Mapping[int, Outcome], refused: str
) -> Noticed:
    def names(which: Callable[[Outcome], bool]) -> dict[str, None]:
        return dict.fromkeys(trials[at].claim.name for at in sorted(changed) if which(changed[at]))

    refutes = names(lambda came: came.by_value)
    stops = (name for name in names(lambda came: not came.by_value) if name not in refutes)
    reached = {trial.claim.name for trial in trials if weakness.concerns(trial)}
    return Noticed(weakness, tuple(refutes), tuple(stops), len(reached), refused)


class _Tester:
    """Tries one mutant after another, each in a process of its own that ends with it."""

    def __init__(self, found: Sequence[Weakness], trials: Sequence[Trial]) -> None:
        self._found = found
        self._trials = trials

    def __call__(self, index: int) -> tuple[str, list[tuple[object, ...]]]:
        """Why there is no such mutant, and what changes with it: each trial with what comes of it."""
        (_, answer), *_ = shared_out(self._tried, [index], 1)
        return (str(answer), []) if isinstance(answer, Gone) else answer

    def _tried(self, index: int) -> tuple[str, list[tuple[object, ...]]]:
        weakness = self._found[index]
        reached = [at for at, trial in enumerate(self._trials) if weakness.concerns(trial)]
        if not reached:
            return "", []
        try:
            weakness.apply()
        except OSError as error:
            return str(error), []
        return "", list(_changed([(at, self._trials[at]) for at in reached]))


def _changed(reached: Sequence[tuple[int, Trial]]) -> Iterator[tuple[object, ...]]:
    """The trials that do not hold any more."""
    numbers = {id(trial.example): at for at, trial in reached}
    with build.pool(_SPEC, 1) as started:
        for trial in build.run_in(started, [trial for _, trial in reached]):
            came = _outcome(trial)
            if not came.holds:
                yield numbers[id(trial.example)], *came


def _outcome(trial: Trial) -> Outcome:
    assert trial.finding is not None
    return outcome_of(trial.example, trial.finding)
