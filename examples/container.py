#!/usr/bin/python3
"""Run a command in a container: namespaces and a root directory of its own."""

import argparse
import ctypes
import os
import socket
import sys
from pathlib import Path

NAMESPACES = 0x10000000 | 0x00020000 | 0x20000000 | 0x04000000  # users, mounts, PIDs, UTS
MS_BIND, MS_REC, MS_PRIVATE, MNT_DETACH = 0x1000, 0x4000, 0x40000, 0x2
LIBC = ctypes.CDLL(None, use_errno=True)


def call(name: str, *arguments: int | bytes | None) -> None:
    if getattr(LIBC, name)(*arguments) == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), name)


def become_root() -> None:
    """Create namespaces, with oneself as user ID 0: without privilege that is all one can map."""
    maps = {"uid_map": f"0 {os.geteuid()} 1", "gid_map": f"0 {os.getegid()} 1"}
    call("unshare", NAMESPACES)
    for name, text in {"setgroups": "deny", **maps}.items():
        Path(f"/proc/self/{name}").write_text(text, encoding="ascii")


def enter(hostname: str, root: str = "/tmp") -> None:
    """Go to a root directory with the system's programs, without its files and processes."""
    socket.sethostname(hostname)
    call("mount", b"none", b"/", None, MS_REC | MS_PRIVATE, None)
    call("mount", b"container", root.encode(), b"tmpfs", 0, b"mode=755")
    for name in ("bin", "etc", "lib", "lib64", "sbin", "usr", "dev", "proc", "tmp"):
        here, there = f"/{name}", f"{root}/{name}"
        if os.path.islink(here):
            os.symlink(os.readlink(here), there)
        elif os.path.isdir(here):
            os.mkdir(there)
            if name not in ("proc", "tmp"):
                call("mount", here.encode(), there.encode(), None, MS_BIND | MS_REC, None)
    call("mount", b"proc", f"{root}/proc".encode(), b"proc", 0, None)
    os.chdir(root)
    call("pivot_root", b".", b".")
    call("umount2", b".", MNT_DETACH)  # the old root, which lay over the new one


parser = argparse.ArgumentParser(prog="container", description=__doc__)
parser.add_argument("-n", "--name", default="container", help="its hostname")
parser.add_argument("command", nargs="+", help="what to run; after -- if it has options")
options = parser.parse_args()
try:
    become_root()
    if (child := os.fork()) == 0:  # the first process of the new PID namespace
        enter(options.name)
        os.execvp(options.command[0], options.command)
except OSError as error:
    sys.exit(f"container: {error.filename or options.command[0]}: {error.strerror}")
code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
sys.exit(code if code >= 0 else 128 - code)
