"""Enter the circumstances of a host that refuses something, and run a command of nsdoc there.

Run as a program: ``circumstances.py NAME root|user [COMMAND...]``,
with *user* as an ordinary user, and by default ``probe --json``.
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from collections.abc import Callable
from struct import pack

from nsdoc import abi, cli
from nsdoc.backends.linux.numbers import NUMBERS
from nsdoc.backends.linux.syscalls import prctl, syscall

USER = 1000
_PR_SET_SECCOMP, _FILTER = 22, 2
# Instructions of classic BPF, linux/filter.h, and what a filter returns, seccomp(2).
_LOAD, _JUMP_EQUAL, _JUMP_SET, _RETURN = 0x20, 0x15, 0x45, 0x06
_ALLOW, _ERRNO, _KILL_PROCESS = 0x7FFF0000, 0x00050000, 0x80000000
# Offsets in struct seccomp_data: the number of the call, and the low half of its first argument.
_NUMBER, _FIRST_ARGUMENT = 0, 16


def plain() -> None:
    """Nothing is refused."""


def seccomp() -> None:
    """As in a container: EPERM for a new user namespace, and ENOSYS for clone3(2)."""
    refused = _ERRNO | abi.ERRNO["EPERM"]
    _install([*_refuse_flag("unshare", refused), *_refuse_flag("clone", refused), *_no_clone3(), _allow()])


def seccomp_kill() -> None:
    """A filter that kills whoever calls unshare(2) for a user namespace."""
    _install([*_refuse_flag("unshare", _KILL_PROCESS), _allow()])


def no_clone3() -> None:
    """A filter that only hides clone3(2), as in containers of today."""
    _install([*_no_clone3(), _allow()])


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
    _drop(abi.CAP_SETFCAP)


def masked_proc() -> None:
    """A file of /proc that is hidden by a mount, as in a container."""
    _own_mounts()
    syscall("mount", b"/dev/null", b"/proc/kallsyms", None, abi.MS_BIND, None)
    syscall("mount", b"none", b"/proc/fs", b"tmpfs", 0, None)


def no_namespaces_of_mounts() -> None:
    """Root who may create no mount namespace, so that examples are not isolated."""
    _drop(abi.CAP_SYS_ADMIN)


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


def _drop(capability: int) -> None:
    """Take a capability away for good, from the bounding set and from this process."""
    prctl(abi.PR_CAPBSET_DROP, capability)
    header, data = ctypes.create_string_buffer(pack("<II", 0x20080522, 0)), ctypes.create_string_buffer(24)
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.capget(header, data) == 0
    word, bit = divmod(capability, 32)
    raw = bytearray(data.raw)
    for at in (word * 12, word * 12 + 4):
        value = int.from_bytes(raw[at : at + 4], "little") & ~(1 << bit)
        raw[at : at + 4] = value.to_bytes(4, "little")
    assert libc.capset(header, bytes(raw)) == 0


def _install(program: list[bytes]) -> None:
    """Install a seccomp filter."""
    if os.geteuid() != 0:
        prctl(abi.PR_SET_NO_NEW_PRIVS, 1)
    code = ctypes.create_string_buffer(b"".join(program))
    filter = pack("<HxxxxxxQ", len(program), ctypes.addressof(code))
    assert ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_SECCOMP, _FILTER, filter, 0, 0) == 0


def _refuse_flag(name: str, result: int) -> list[bytes]:
    """Refuse a call whose first argument has CLONE_NEWUSER."""
    return [
        _instruction(_LOAD, 0, 0, _NUMBER),
        _instruction(_JUMP_EQUAL, 0, 3, NUMBERS[name]),
        _instruction(_LOAD, 0, 0, _FIRST_ARGUMENT),
        _instruction(_JUMP_SET, 0, 1, abi.CLONE_NEWUSER),
        _instruction(_RETURN, 0, 0, result),
    ]


def _no_clone3() -> list[bytes]:
    return [
        _instruction(_LOAD, 0, 0, _NUMBER),
        _instruction(_JUMP_EQUAL, 0, 1, NUMBERS["clone3"]),
        _instruction(_RETURN, 0, 0, _ERRNO | abi.ERRNO["ENOSYS"]),
    ]


def _allow() -> bytes:
    return _instruction(_RETURN, 0, 0, _ALLOW)


def _instruction(code: int, if_true: int, if_false: int, operand: int) -> bytes:
    return pack("<HBBI", code, if_true, if_false, operand)


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
