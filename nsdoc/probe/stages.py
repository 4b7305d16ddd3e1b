"""The stages of a user namespace, from its creation to the use of a capability in it."""

from __future__ import annotations

import os

from nsdoc import abi
from nsdoc.probe import facts
from nsdoc.probe.children import Step, Tried, attempt
from nsdoc.probe.findings import Refusal, Stage

_NO_SUCH_FILE = abi.ERRNO["ENOENT"]


def run() -> Tried:
    """Create a user namespace, write its maps and use a capability; then the other ways to create one.

    What the child says at its end is its label, which a security module can have changed.
    """
    whole = attempt(_sequence(), facts.label)
    others = (attempt([step]).stages[0] for step in _other_ways())
    return Tried((*whole.stages, *others, _single_thread()), whole.said)


def _sequence() -> list[Step]:
    uid, gid = os.geteuid(), os.getegid()
    return [
        Step("unshare", "unshare(CLONE_NEWUSER)", lambda: _syscall("unshare", abi.CLONE_NEWUSER)),
        Step("setgroups", 'write "deny" to /proc/self/setgroups', _deny_setgroups),
        Step("uid_map", f'write "0 {uid} 1" to /proc/self/uid_map', lambda: _write("uid_map", f"0 {uid} 1")),
        Step("gid_map", f'write "0 {gid} 1" to /proc/self/gid_map', lambda: _write("gid_map", f"0 {gid} 1")),
        Step("identity", "have user and group ID 0", _check_identity),
        Step("capability", 'chroot("/"), which needs a capability', lambda: os.chroot("/")),
    ]


def _other_ways() -> list[Step]:
    flags = abi.CLONE_NEWUSER | abi.SIGCHLD
    arguments = _clone_args()
    return [
        Step("clone", "clone(CLONE_NEWUSER)", lambda: _born("clone", flags, 0, 0, 0, 0)),
        Step("clone3", "clone3(CLONE_NEWUSER)", lambda: _born("clone3", arguments, len(arguments))),
    ]


def _single_thread() -> Stage:
    """Whether the calling process itself could create one: with a second thread it could not, unshare(2).

    CLONE_THREAD asks for that and does nothing else, so it can be tried here; a child has a single thread.
    """
    what = "unshare(CLONE_THREAD) in the calling process, which must have a single thread"
    try:
        _syscall("unshare", abi.CLONE_THREAD)
    except OSError as error:
        return Stage("threads", what, Refusal(error.errno or 0))
    return Stage("threads", what)


def _deny_setgroups() -> None:
    try:
        _write("setgroups", "deny")
    except OSError as error:
        # Before Linux 3.19 there is no such file, and gid_map does not ask for it.
        if error.errno != _NO_SUCH_FILE:
            raise


def _write(name: str, text: str) -> None:
    fd = os.open(f"/proc/self/{name}", os.O_WRONLY)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)


def _check_identity() -> None:
    ids = (os.geteuid(), os.getegid())
    if ids != (0, 0):
        raise ValueError(f"the user and group ID are {ids[0]} and {ids[1]}")


def _born(name: str, *arguments: int | bytes) -> None:
    """Make a process, which ends at once."""
    child = _syscall(name, *arguments)
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def _clone_args() -> bytes:
    """struct clone_args of linux/sched.h with flags and exit_signal."""
    words = (abi.CLONE_NEWUSER, 0, 0, 0, abi.SIGCHLD, 0, 0, 0, 0, 0, 0)
    return b"".join(word.to_bytes(8, "little") for word in words)


def _syscall(name: str, *arguments: int | bytes | None) -> int:
    # Imported here, because it can be on Linux only.
    from nsdoc.backends.linux.syscalls import syscall

    return syscall(name, *arguments)
