"""Enter the circumstances of a host that refuses something, and run a command of nsdoc there.

Run as a program: ``circumstances.py NAME root|user [COMMAND...]``,
with *user* as an ordinary user, and by default ``probe --json``.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable

from nsdoc import abi, cli
from nsdoc.backends.linux import bpf, weakness
from nsdoc.backends.linux.numbers import NUMBERS
from nsdoc.backends.linux.syscalls import prctl, syscall

USER = 1000


def plain() -> None:
    """Nothing is refused."""


def seccomp() -> None:
    """As in a container: EPERM for a new user namespace, and ENOSYS for clone3(2)."""
    refused = bpf.ERRNO | abi.ERRNO["EPERM"]
    refusals = (*_refuse_flag("unshare", refused), *_refuse_flag("clone", refused))
    weakness.install([*refusals, *_no_clone3(), _allow()])


def seccomp_kill() -> None:
    """A filter that kills whoever calls unshare(2) for a user namespace."""
    weakness.install([*_refuse_flag("unshare", bpf.KILL_PROCESS), _allow()])


def no_clone3() -> None:
    """A filter that only hides clone3(2), as in containers of today."""
    weakness.install([*_no_clone3(), _allow()])


def chroot() -> None:
    """A root directory other than that of the mount namespace, though the same files are there."""
    _own_mounts()
    syscall("mount", b"/", b"/mnt", None, abi.MS_BIND | abi.MS_REC, None)
    os.chroot("/mnt")
    os.chdir("/")


def limit() -> None:
    """No user namespace is left to be had; written in a user namespace of the process's own."""
    _within()
    _write("/proc/sys/user/max_user_namespaces", "0")


def rootless() -> None:
    """User ID 0 of a user namespace that has no other ID, as in a rootless container."""
    _within()


def no_new_privs() -> None:
    """execve(2) gives no privilege."""
    prctl(abi.PR_SET_NO_NEW_PRIVS, 1)


def unmapped() -> None:
    """A member of a user namespace whose maps nobody has written."""
    syscall("unshare", abi.CLONE_NEWUSER)


def not_dumpable() -> None:
    """As after a change of user IDs."""
    prctl(abi.PR_SET_DUMPABLE, 0)


def threads() -> None:
    """A second thread, which does nothing."""
    threading.Thread(target=threading.Event().wait, daemon=True).start()


def no_setfcap() -> None:
    """Root without CAP_SETFCAP."""
    weakness.lose(abi.CAP_SETFCAP)


def masked_proc() -> None:
    """A file of /proc that is hidden by a mount, as in a container."""
    _own_mounts()
    syscall("mount", b"/dev/null", b"/proc/kallsyms", None, abi.MS_BIND, None)
    syscall("mount", b"none", b"/proc/fs", b"tmpfs", 0, None)


def no_namespaces_of_mounts() -> None:
    """Root who may create no mount namespace, so that examples are not isolated."""
    weakness.lose(abi.CAP_SYS_ADMIN)


def _within() -> None:
    """Move into a user namespace in which the own IDs are 0."""
    uid, gid = os.geteuid(), os.getegid()
    syscall("unshare", abi.CLONE_NEWUSER)
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"0 {uid} 1")
    _write("/proc/self/gid_map", f"0 {gid} 1")


def _own_mounts() -> None:
    syscall("unshare", abi.CLONE_NEWNS)
    syscall("mount", b"none", b"/", None, abi.MS_REC | abi.MS_PRIVATE, None)


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def _refuse_flag(name: str, result: int) -> list[bytes]:
    """Refuse a call whose first argument has CLONE_NEWUSER."""
    return [
        *bpf.equal(bpf.NUMBER, NUMBERS[name], 3),
        bpf.instruction(bpf.LOAD, 0, 0, bpf.FIRST_ARGUMENT),
        bpf.instruction(bpf.JUMP_SET, 0, 1, abi.CLONE_NEWUSER),
        bpf.instruction(bpf.RETURN, 0, 0, result),
    ]


def _no_clone3() -> list[bytes]:
    return [
        *bpf.equal(bpf.NUMBER, NUMBERS["clone3"], 1),
        bpf.instruction(bpf.RETURN, 0, 0, bpf.ERRNO | abi.ERRNO["ENOSYS"]),
    ]


def _allow() -> bytes:
    return bpf.instruction(bpf.RETURN, 0, 0, bpf.ALLOW)


def _become_user() -> None:
    os.setgroups([])
    os.setgid(USER)
    os.setuid(USER)
    prctl(abi.PR_SET_DUMPABLE, 1)


CIRCUMSTANCES: dict[str, Callable[[], None]] = {
    function.__name__.replace("_", "-"): function
    for function in (
        plain, seccomp, seccomp_kill, no_clone3, chroot, limit, rootless, no_new_privs, unmapped,
        not_dumpable, threads, no_setfcap, masked_proc, no_namespaces_of_mounts,
    )
}  # fmt: skip
# These take privilege to set up; the others are entered as whoever the process shall be.
_BY_ROOT = (chroot, masked_proc, no_setfcap, no_namespaces_of_mounts)


def main(name: str, who: str, *command: str) -> int:
    """Enter the circumstances and run the command: its exit status."""
    enter = CIRCUMSTANCES[name]
    if enter in _BY_ROOT:
        enter()
    if who == "user" and os.geteuid() == 0:
        _become_user()
    if enter not in _BY_ROOT:
        enter()
    return cli.main(command or ["probe", "--json"])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
