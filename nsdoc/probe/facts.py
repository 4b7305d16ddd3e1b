"""What causes of a refusal are ranked by, read without changing anything."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from nsdoc import abi
from nsdoc.backends.linux.host import kind
from nsdoc.probe.children import Step, attempt
from nsdoc.probe.findings import Caller, Facts, Host, Refusal

_SYSCTLS = (
    "user.max_user_namespaces",
    "user.max_mnt_namespaces",
    "user.max_pid_namespaces",
    "user.max_net_namespaces",
    "kernel.unprivileged_userns_clone",
    "kernel.apparmor_restrict_unprivileged_userns",
    "kernel.apparmor_restrict_unprivileged_unconfined",
    "kernel.yama.ptrace_scope",
    "kernel.overflowuid",
)
_ANOTHER = "the root is another one"


def read() -> Facts:
    """What is known of the host and of the calling process."""
    host = _host()
    if host.system != "Linux":
        return Facts(host, Caller(os.getuid(), os.getgid()))
    return Facts(host, _caller(), dict(_sysctls()))


def label() -> str:
    """The label that a security module has given to the calling process, such as an AppArmor profile."""
    for name in ("apparmor/current", "current"):
        text = _text(f"/proc/self/attr/{name}").strip("\0\n")
        if text:
            return text
    return ""


def _host() -> Host:
    system = os.uname()
    return Host(system.sysname, system.release, system.version, system.machine, kind(system))


def _caller() -> Caller:
    status = dict(line.split(":\t", 1) for line in _text("/proc/self/status").splitlines() if ":\t" in line)
    number: Callable[[str], int] = lambda name: int(status.get(name, "0"))  # noqa: E731 - three uses below
    return Caller(
        os.geteuid(),
        os.getegid(),
        int(status.get("CapEff", "0"), 16),
        int(status.get("CapBnd", "0"), 16),
        bool(number("NoNewPrivs")),
        number("Seccomp"),
        number("Threads") or 1,
        _dumpable(),
        _mapped("uid", status.get("Uid", "")),
        _mapped("gid", status.get("Gid", "")),
        sum(count for _, _, count in _extents("uid")),
        _chroot(),
        label(),
    )


def _dumpable() -> bool:
    """Whether the caller is dumpable: otherwise its files in /proc belong to root, proc(5)."""
    from nsdoc.backends.linux.syscalls import syscall

    return syscall("prctl", abi.PR_GET_DUMPABLE, 0, 0, 0, 0) == 1


def _mapped(kind: str, line: str) -> bool:
    """Whether the effective ID, the second of four in /proc/self/status, is in the caller's own map."""
    ids = line.split()
    extents = _extents(kind)
    return len(ids) != 4 or any(first <= int(ids[1]) < first + count for first, _, count in extents)


def _extents(kind: str) -> list[list[int]]:
    """The lines of the caller's own map: first ID inside, first ID outside, how many."""
    return [list(map(int, line.split())) for line in _text(f"/proc/self/{kind}_map").splitlines()]


def _chroot() -> bool | None:
    """Whether the caller's root is not that of its mount namespace; None where that cannot be told.

    The mounts that a process sees are those below its root:
    without one at ``/`` the root is an ordinary directory.
    Otherwise a child tells that can go to the root of the mount namespace, which takes privilege.
    """
    if not any(fields[4] == "/" for fields in _mounts()):
        return True
    (stage,) = attempt([Step("root", "join the caller's own mount namespace", _check_root)]).stages
    if stage.works:
        return False
    return True if stage.refusal == Refusal(words=_ANOTHER) else None


def _check_root() -> None:
    """Join the caller's own mount namespace, which goes to its root, and see whether that is another."""
    from nsdoc.backends.linux.syscalls import syscall

    before = _root()
    fd = os.open("/proc/self/ns/mnt", os.O_RDONLY)
    syscall("setns", fd, abi.CLONE_NEWNS)
    if _root() != before:
        raise ValueError(_ANOTHER)


def _root() -> tuple[int, str]:
    """The directory at the caller's root, and the mount it is on."""
    fd = os.open("/", os.O_PATH | os.O_DIRECTORY)
    lines = _text(f"/proc/self/fdinfo/{fd}").splitlines()
    return os.fstat(fd).st_ino, next((line for line in lines if line.startswith("mnt_id:")), "")


def _mounts() -> Iterator[list[str]]:
    return (line.split(" ") for line in _text("/proc/self/mountinfo").splitlines())


def _sysctls() -> Iterator[tuple[str, str]]:
    for name in _SYSCTLS:
        text = _text(f"/proc/sys/{name.replace('.', '/')}").strip()
        if text:
            yield name, text


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
