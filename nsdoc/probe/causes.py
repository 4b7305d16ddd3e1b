"""Why something was refused: the causes that fit an error, ranked by what is known of host and caller.

An error number alone names no cause: a seccomp filter, a chroot, IDs that are not mapped and a sysctl
all give EPERM at unshare(CLONE_NEWUSER).
So each rule looks at the facts as well, and says how sure it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nsdoc import abi
from nsdoc.backends.linux.host import GVISOR, WSL_1
from nsdoc.probe.findings import Cause, Facts, Likelihood, Stage
from nsdoc.probe.reading import read_on

_CREATION = frozenset(("unshare", "clone", "clone3", "user-namespaces", "nesting"))
_MAPS = frozenset(("setgroups", "uid_map", "gid_map", "user-namespaces"))
_USE = frozenset(("capability", "user-namespaces"))
_MOUNTS = frozenset(("mount-namespaces", "proc-mounts", "sysfs-mounts", "overlay", "idmapped-mounts"))
_OTHER_TYPES = frozenset(
    f"{name}-namespaces" for name in ("mount", "pid", "network", "uts", "ipc", "cgroup", "time")
)
_PROGRAMS = frozenset(("set-user-id", "file-capabilities"))
# As many as an ordinary user has use for, 0 and 1000 among them.
_MANY_IDS = 1001
_ORDER = list(Likelihood)

_CERTAIN, _LIKELY, _POSSIBLE = Likelihood.CERTAIN, Likelihood.LIKELY, Likelihood.POSSIBLE
# Not an error number: the process was killed.
_KILLED = "killed"
_ANY = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A cause, and when it applies: at which stages, with which errors, and how likely with which facts."""

    id: str
    stages: frozenset[str]
    errors: frozenset[str]
    likelihood: Callable[[Facts], Likelihood | None]
    why: Callable[[Facts], str]
    look: str

    def cause(self, stage: Stage, facts: Facts) -> Cause | None:
        """The cause, if the rule applies."""
        if stage.refusal is None or not stage.tried or stage.id not in self.stages:
            return None
        error = stage.refusal.name or (_KILLED if _KILLED in stage.refusal.words else "")
        if _ANY not in self.errors and error not in self.errors:
            return None
        likelihood = self.likelihood(facts)
        if likelihood is None:
            return None
        return Cause(self.id, likelihood, self.why(facts), self.look, read_on(self.id))


def ranked(stage: Stage, facts: Facts) -> tuple[Cause, ...]:
    """The causes of a refusal, the surest first; what is certain leaves out what is only possible."""
    found = [cause for rule in RULES if (cause := rule.cause(stage, facts)) is not None]
    if any(cause.likelihood is _CERTAIN for cause in found):
        found = [cause for cause in found if cause.likelihood is not _POSSIBLE]
    return tuple(sorted(found, key=lambda cause: _ORDER.index(cause.likelihood)))


def _privileged(facts: Facts) -> bool:
    return bool(facts.caller.capabilities >> abi.CAP_SYS_ADMIN & 1)


def _sysctl(facts: Facts, name: str) -> int | None:
    text = facts.sysctls.get(name, "")
    return int(text) if text.lstrip("-").isdecimal() else None


def _if(condition: bool, likelihood: Likelihood) -> Likelihood | None:
    return likelihood if condition else None


def _always(likelihood: Likelihood) -> Callable[[Facts], Likelihood]:
    return lambda facts: likelihood


def _text(words: str) -> Callable[[Facts], str]:
    return lambda facts: words


def _seccomp(facts: Facts) -> Likelihood | None:
    return _if(facts.caller.seccomp == 2, _LIKELY)


def _unmapped(facts: Facts) -> Likelihood | None:
    return _if(not (facts.caller.uid_mapped and facts.caller.gid_mapped), _CERTAIN)


def _which_unmapped(facts: Facts) -> str:
    mapped = {"user ID": facts.caller.uid_mapped, "group ID": facts.caller.gid_mapped}
    missing = " and the ".join(name for name, is_mapped in mapped.items() if not is_mapped)
    return f"the {missing} of the caller is not mapped in its own user namespace"


def _chroot(facts: Facts) -> Likelihood | None:
    if facts.caller.chroot is None:
        return _POSSIBLE
    return _if(facts.caller.chroot, _CERTAIN)


def _limit(facts: Facts) -> Likelihood:
    return _CERTAIN if _sysctl(facts, "user.max_user_namespaces") == 0 else _LIKELY


def _limit_in_words(facts: Facts) -> str:
    value = facts.sysctls.get("user.max_user_namespaces")
    if value == "0":
        return "user.max_user_namespaces is 0: the caller's user namespace may have none"
    known = f" (here it is {value})" if value else ""
    return f"user.max_user_namespaces is reached, here or in a user namespace above{known}"


def _apparmor(facts: Facts) -> Likelihood | None:
    if "unprivileged_userns" in facts.profile_inside:
        return _CERTAIN
    restricted = _sysctl(facts, "kernel.apparmor_restrict_unprivileged_userns") == 1
    return _if(restricted and not _privileged(facts), _LIKELY)


def _module(facts: Facts) -> Likelihood:
    return _LIKELY if facts.caller.profile not in ("", "unconfined", "kernel") else _POSSIBLE


def _module_in_words(facts: Facts) -> str:
    label = f"; the caller is confined as {facts.caller.profile}" if facts.caller.profile else ""
    return f"a security module refuses it, which any can since Linux 6.1{label}"


def _no_setfcap(facts: Facts) -> Likelihood | None:
    held = facts.caller.capabilities >> abi.CAP_SETFCAP & 1
    return _if(facts.caller.uid == 0 and not held, _CERTAIN)


def _capabilities_missing(facts: Facts) -> Likelihood | None:
    return _if(not _privileged(facts), _CERTAIN)


RULES = (
    Rule(
        "not-linux",
        _CREATION,
        frozenset((_ANY,)),
        lambda facts: _if(facts.host.system != "Linux", _CERTAIN),
        lambda facts: f"{facts.host.system} has no user namespaces",
        "Use the model: nsdoc check --backend model.",
    ),
    Rule(
        "gvisor",
        _CREATION | _MAPS | _USE | _OTHER_TYPES | _MOUNTS,
        frozenset((_ANY,)),
        lambda facts: _if(facts.host.kind == GVISOR, _LIKELY),
        _text("this is gVisor, which answers system calls itself and differs from Linux"),
        "Run on Linux itself, such as in a container with another runtime; or use the model.",
    ),
    Rule(
        "wsl-1",
        _CREATION,
        frozenset(("EINVAL", "ENOSYS")),
        lambda facts: _if(facts.host.kind == WSL_1, _CERTAIN),
        _text("WSL 1 has no user namespaces"),
        "Convert the distribution to WSL 2: wsl --set-version NAME 2.",
    ),
    Rule(
        "killed-by-seccomp",
        _CREATION | _MAPS | _USE,
        frozenset((_KILLED,)),
        lambda facts: _LIKELY if facts.caller.seccomp else _POSSIBLE,
        _text("a seccomp filter kills the process that makes this call"),
        "Look at Seccomp in /proc/self/status, and at the log of the sandbox or service manager.",
    ),
    Rule(
        "userns-clone-sysctl",
        _CREATION,
        frozenset(("EPERM",)),
        lambda facts: _if(
            _sysctl(facts, "kernel.unprivileged_userns_clone") == 0 and not _privileged(facts), _CERTAIN
        ),
        _text("kernel.unprivileged_userns_clone is 0: the distribution keeps them from ordinary users"),
        "sysctl kernel.unprivileged_userns_clone; an administrator can set it to 1.",
    ),
    Rule(
        "unmapped",
        _CREATION,
        frozenset(("EPERM",)),
        _unmapped,
        _which_unmapped,
        "Look at /proc/self/uid_map and /proc/self/gid_map, and write them from outside.",
    ),
    Rule(
        "chroot",
        _CREATION,
        frozenset(("EPERM",)),
        _chroot,
        _text("the caller's root directory is not that of its mount namespace, as in a chroot"),
        "Compare ls -id / with ls -id /proc/1/root/; run outside the chroot, or enter by pivot_root(2).",
    ),
    Rule(
        "seccomp",
        _CREATION | _OTHER_TYPES | _MOUNTS | {"keyrings", "tracing"},
        frozenset(("EPERM", "ENOSYS", "EACCES")),
        _seccomp,
        _text("a seccomp filter is active, as in a container: it can refuse any call with any error"),
        "Seccomp is 2 in /proc/self/status; with Docker, try --security-opt seccomp=unconfined.",
    ),
    Rule(
        "apparmor",
        _MAPS | _USE | _OTHER_TYPES | _MOUNTS,
        frozenset(("EPERM", "EACCES")),
        _apparmor,
        _text("AppArmor takes capabilities in user namespaces away from ordinary users (as on Ubuntu 24.04)"),
        "sysctl kernel.apparmor_restrict_unprivileged_userns; an administrator can set it to 0, "
        "or give the program a profile that allows userns.",
    ),
    Rule(
        "security-module",
        _CREATION,
        frozenset(("EPERM", "EACCES")),
        _module,
        _module_in_words,
        "Look at /proc/self/attr/current and, as root, at the audit log.",
    ),
    Rule(
        "limit",
        _CREATION,
        frozenset(("ENOSPC", "EUSERS")),
        _limit,
        _limit_in_words,
        "sysctl user.max_user_namespaces; an administrator can raise it.",
    ),
    Rule(
        "nesting",
        _CREATION,
        frozenset(("ENOSPC", "EUSERS")),
        _always(_POSSIBLE),
        _text("the caller is already within 33 user namespaces"),
        "Run further out.",
    ),
    Rule(
        "threads",
        frozenset(("threads", "unshare")),
        frozenset(("EINVAL",)),
        lambda facts: _if(facts.caller.threads > 1, _CERTAIN),
        lambda facts: f"the calling process has {facts.caller.threads} threads",
        "Create it in a process with a single thread, such as a child; examples run in such processes.",
    ),
    Rule(
        "not-configured",
        _CREATION,
        frozenset(("EINVAL",)),
        _always(_LIKELY),
        _text("the kernel was built without CONFIG_USER_NS"),
        "ls /proc/self/ns/user; zgrep CONFIG_USER_NS /proc/config.gz, or /boot/config-*.",
    ),
    Rule(
        "processes",
        _CREATION,
        frozenset(("EAGAIN",)),
        _always(_LIKELY),
        _text("the user has as many processes as it may have"),
        "ulimit -u; pids.max of the control group.",
    ),
    Rule(
        "memory",
        _CREATION,
        frozenset(("ENOMEM",)),
        _always(_LIKELY),
        _text("memory ran out, of the system or of the control group"),
        "free; memory.max of the control group.",
    ),
    Rule(
        "not-dumpable",
        _MAPS,
        frozenset(("EACCES",)),
        lambda facts: _if(not facts.caller.dumpable, _CERTAIN),
        _text("the process is not dumpable, so its files in /proc belong to root"),
        "prctl(PR_SET_DUMPABLE, 1) after a change of user or group IDs.",
    ),
    Rule(
        "no-setfcap",
        _MAPS,
        frozenset(("EPERM",)),
        _no_setfcap,
        _text("root without CAP_SETFCAP may not map user ID 0 (since Linux 5.12)"),
        "Look at CapEff in /proc/self/status; keep CAP_SETFCAP, such as with docker run --cap-add SETFCAP.",
    ),
    Rule(
        "no-new-privs",
        _PROGRAMS,
        frozenset((_ANY,)),
        lambda facts: _if(facts.caller.no_new_privs, _CERTAIN),
        _text("no_new_privs is set, so execve() gives no privilege"),
        "NoNewPrivs is 1 in /proc/self/status; look at NoNewPrivileges= of the service, "
        "or at docker run --security-opt no-new-privileges.",
    ),
    Rule(
        "not-root",
        frozenset(("root", "all-capabilities", "isolation", "idmapped-mounts", "set-user-id")),
        frozenset((_ANY,)),
        _capabilities_missing,
        _text("this needs root, with CAP_SYS_ADMIN"),
        "Run as root; without it, claims that need this are unavailable, and others are decided.",
    ),
    Rule(
        "few-ids",
        frozenset(("root",)),
        frozenset((_ANY,)),
        lambda facts: _if(facts.caller.ids < _MANY_IDS, _CERTAIN),
        lambda facts: f"the caller's own user namespace maps {facts.caller.ids} user IDs",
        "cat /proc/self/uid_map; map more IDs, as newuidmap(1) does from /etc/subuid.",
    ),
    Rule(
        "bounding-set",
        frozenset(("all-capabilities",)),
        frozenset((_ANY,)),
        lambda facts: _if(_privileged(facts), _CERTAIN),
        _text("whoever started the caller took capabilities away, for good, from its bounding set"),
        "Look at CapBnd in /proc/self/status; docker run --privileged keeps all.",
    ),
    Rule(
        "masked-proc",
        frozenset(("proc-mounts", "sysfs-mounts")),
        frozenset(("EPERM",)),
        _always(_LIKELY),
        _text("parts of /proc or /sys are hidden by other mounts, as in a container, and shall stay so"),
        "grep /proc /proc/self/mountinfo; docker run --security-opt systempaths=unconfined.",
    ),
    Rule(
        "no-such-filesystem",
        frozenset(("overlay",)),
        frozenset(("ENODEV",)),
        _always(_LIKELY),
        _text("the kernel has no overlay filesystem, or its module is not loaded"),
        "grep overlay /proc/filesystems; modprobe overlay.",
    ),
    Rule(
        "old-kernel",
        frozenset(("overlay",)),
        frozenset(("EPERM",)),
        _always(_POSSIBLE),
        _text("before Linux 5.11 only root of the initial user namespace could mount one"),
        "uname -r.",
    ),
    Rule(
        "filesystem-without-idmap",
        frozenset(("idmapped-mounts",)),
        frozenset(("EINVAL", "ENOSYS")),
        _always(_LIKELY),
        _text("the kernel has no ID-mapped mounts (since Linux 5.12), or none of tmpfs (since Linux 6.3)"),
        "uname -r.",
    ),
    Rule(
        "no-keys",
        frozenset(("keyrings",)),
        frozenset(("ENOSYS",)),
        _always(_POSSIBLE),
        _text("the kernel was built without CONFIG_KEYS"),
        "ls /proc/keys.",
    ),
    Rule(
        "yama",
        frozenset(("tracing",)),
        frozenset(("EPERM",)),
        lambda facts: _if((_sysctl(facts, "kernel.yama.ptrace_scope") or 0) > 0, _CERTAIN),
        lambda facts: f"kernel.yama.ptrace_scope is {facts.sysctls.get('kernel.yama.ptrace_scope')}",
        "sysctl kernel.yama.ptrace_scope; an administrator can set it to 0.",
    ),
    Rule(
        "limit-of-type",
        _OTHER_TYPES | _MOUNTS,
        frozenset(("ENOSPC",)),
        _always(_LIKELY),
        _text("the limit on namespaces of this type is reached"),
        "sysctl -a --pattern 'user.max_.*_namespaces'.",
    ),
    Rule(
        "without-type",
        _OTHER_TYPES,
        frozenset(("EINVAL",)),
        _always(_LIKELY),
        _text("the kernel has no namespaces of this type"),
        "ls /proc/self/ns.",
    ),
)
"""The rules; those of one likelihood keep this order."""
