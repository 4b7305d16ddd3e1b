#!/usr/bin/python3
"""Run a command in a container: user, mount, PID, UTS and IPC namespaces and a root directory of its own."""

import argparse
import ctypes
import os
import socket
import sys
import tempfile

CLONE_NEWUSER = 0x10000000
OTHERS = 0x00020000 | 0x20000000 | 0x04000000 | 0x08000000  # mounts, PIDs, UTS, IPC
MS_BIND, MS_REC, MS_PRIVATE, MNT_DETACH = 0x1000, 0x4000, 0x40000, 0x2
LIBC = ctypes.CDLL(None, use_errno=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="container", description=__doc__)
    parser.add_argument("-n", "--name", default="container", help="its hostname")
    parser.add_argument("command", nargs="+", metavar="COMMAND", help="what to run (after --, with options)")
    options = parser.parse_args()
    outside, inside = socket.socketpair()
    first = os.fork()
    if first == 0:
        outside.close()
        call("unshare", CLONE_NEWUSER)
        inside.send(b"!")
        if not inside.recv(1):
            sys.exit(1)
        call("unshare", OTHERS)  # with the privilege that the user namespace gives
        second = os.fork()  # the first process of the new PID namespace
        if second == 0:
            enter(options.name)
            run(options.command)
        os._exit(status(second))
    inside.close()
    if outside.recv(1):
        # Without privilege only one's own IDs can be mapped, and a group only without setgroups(2).
        for name, text in (
            ("uid_map", f"0 {os.geteuid()} 1"),
            ("setgroups", "deny"),
            ("gid_map", f"0 {os.getegid()} 1"),
        ):
            with open(f"/proc/{first}/{name}", "w", encoding="ascii") as file:
                file.write(text)
        outside.send(b"!")
    return status(first)


def enter(hostname: str) -> None:
    """Build a root directory from the system's programs, without its files and processes, and go there."""
    socket.sethostname(hostname)
    call("mount", b"none", b"/", None, MS_REC | MS_PRIVATE, None)
    root = tempfile.gettempdir()
    call("mount", b"container", root.encode(), b"tmpfs", 0, b"mode=755")
    for name in ("bin", "etc", "lib", "lib64", "sbin", "usr", "dev"):
        here, there = f"/{name}", f"{root}/{name}"
        if os.path.islink(here):
            os.symlink(os.readlink(here), there)
        elif os.path.isdir(here):
            os.mkdir(there)
            call("mount", here.encode(), there.encode(), None, MS_BIND | MS_REC, None)
    for name in ("proc", "tmp"):
        os.mkdir(f"{root}/{name}")
    call("mount", b"proc", f"{root}/proc".encode(), b"proc", 0, None)
    os.chdir(root)
    call("pivot_root", b".", b".")
    call("umount2", b".", MNT_DETACH)  # the old root, which lay over the new one
    os.chdir("/")


def run(command: list[str]) -> None:
    try:
        os.execvp(command[0], command)
    except OSError as error:
        sys.exit(f"container: {command[0]}: {error.strerror}")


def call(name: str, *arguments: int | bytes | None) -> None:
    if getattr(LIBC, name)(*arguments) == -1:
        sys.exit(f"container: {name}: {os.strerror(ctypes.get_errno())}")


def status(child: int) -> int:
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
