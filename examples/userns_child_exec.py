#!/usr/bin/python3
"""Run a command in new namespaces, with the user and group ID maps you give."""

import argparse
import ctypes
import os
import signal
import sys

NAMESPACES = {
    "user": ("U", 0x10000000),
    "mount": ("m", 0x00020000),
    "pid": ("p", 0x20000000),
    "uts": ("u", 0x04000000),
    "ipc": ("i", 0x08000000),
    "net": ("n", 0x40000000),
    "cgroup": ("C", 0x02000000),
}
MS_REC, MS_PRIVATE = 0x4000, 0x40000
LIBC = ctypes.CDLL(None, use_errno=True)
NOTES = """\
A MAP is one line of /proc/PID/uid_map, INSIDE OUTSIDE COUNT, such as "0 1000 1".
More lines can follow after commas, or in further options.
Without privilege you can map your own user ID and group ID only, and each in one line of COUNT 1.

The exit status is that of the command, or 128 plus the number of the signal that ended it;
127 if the command is not found, 126 if it cannot be executed, 125 if the namespaces cannot be set up.
"""


def main() -> int:
    options = read_options()
    ready, tell_ready = os.pipe()  # child to parent: "I am in the new namespaces"
    go, tell_go = os.pipe()  # parent to child: "your maps are written"
    child = os.fork()
    if child == 0:
        os.close(ready)
        os.close(tell_go)
        run_child(options, tell_ready, go)
    os.close(tell_ready)
    os.close(go)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the command
    if os.read(ready, 1):
        try:
            write_maps(child, options)
            os.write(tell_go, b"!")
        except OSError as error:
            complain(error)
    os.close(tell_go)
    return exit_status(child)


def run_child(options: argparse.Namespace, tell_ready: int, go: int) -> None:
    """Enter the namespaces, wait for the maps and execute the command."""
    try:
        call("unshare", options.flags)
    except OSError as error:
        complain(error)
        os._exit(125)
    os.write(tell_ready, b"!")
    # Without this wait execve(2) could come first, and would take the capabilities away:
    # while there is no map, no user ID is 0.
    if not os.read(go, 1):
        os._exit(125)
    if options.flags & NAMESPACES["pid"][1]:
        # The caller of unshare(2) stays in its PID namespace; its next child is the first of the new one.
        child = os.fork()
        if child != 0:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            os._exit(exit_status(child))
    execute(options)


def execute(options: argparse.Namespace) -> None:
    try:
        if options.proc:
            call("mount", b"none", b"/", None, MS_REC | MS_PRIVATE, None)
            call("mount", b"proc", b"/proc", b"proc", 0, None)
    except OSError as error:
        complain(error)
        os._exit(125)
    try:
        os.execvp(options.command[0], options.command)
    except OSError as error:
        complain(f"{options.command[0]}: {error.strerror}")
        os._exit(127 if isinstance(error, FileNotFoundError) else 126)


def write_maps(pid: int, options: argparse.Namespace) -> None:
    """Write the maps of the child's user namespace; the parent has the privilege, if anybody has."""
    if options.users:
        write(f"/proc/{pid}/uid_map", options.users)
    if options.groups:
        try:
            write(f"/proc/{pid}/gid_map", options.groups)
        except PermissionError:
            # Without CAP_SETGID a group ID can be mapped only when setgroups(2) is denied.
            write(f"/proc/{pid}/setgroups", ["deny"])
            write(f"/proc/{pid}/gid_map", options.groups)


def write(path: str, lines: list[str]) -> None:
    try:
        with open(path, "wb", buffering=0) as file:
            file.write("\n".join(lines).encode())  # all of it with one write(2)
    except OSError as error:
        raise type(error)(error.errno, f'write "{", ".join(lines)}" to {path}: {error.strerror}') from None


def call(name: str, *args: int | bytes | None) -> None:
    """Call a function of the C library that returns -1 on error."""
    if getattr(LIBC, name)(*args) == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def exit_status(child: int) -> int:
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return code if code >= 0 else 128 - code


def complain(problem: OSError | str) -> None:
    text = problem.strerror if isinstance(problem, OSError) else problem
    print(f"userns_child_exec: {text}", file=sys.stderr)


def read_map(text: str) -> list[str]:
    """The lines of a map, each as "INSIDE OUTSIDE COUNT"."""
    lines = [line.split() for line in text.split(",")]
    if not all(len(line) == 3 and all(map(str.isdecimal, line)) for line in lines):
        raise argparse.ArgumentTypeError(f'"{text}" is not INSIDE OUTSIDE COUNT, such as "0 1000 1"')
    return [" ".join(line) for line in lines]


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="userns_child_exec",
        usage="%(prog)s [OPTION ...] COMMAND [ARGUMENT ...]",
        description=__doc__,
        epilog=NOTES,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    for name, (letter, _) in NAMESPACES.items():
        parser.add_argument(f"-{letter}", f"--{name}", action="store_true", help=f"new {name} namespace")
    parser.add_argument("-P", "--proc", action="store_true", help="mount a new /proc; implies -m and -p")
    for letter, name in (("M", "users"), ("G", "groups")):
        parser.add_argument(
            f"-{letter}",
            f"--{name}",
            metavar="MAP",
            type=read_map,
            action="extend",
            help=f"map {name}; implies -U",
        )
    parser.add_argument("-z", "--root", action="store_true", help="map yourself to 0; implies -U")
    parser.add_argument("command", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not options.command:
        parser.error("a COMMAND is needed")
    if options.root and (options.users or options.groups):
        parser.error("-z cannot be used together with -M or -G")
    if options.root:
        options.users, options.groups = [f"0 {os.geteuid()} 1"], [f"0 {os.getegid()} 1"]
    options.user |= bool(options.users or options.groups)
    options.mount |= options.proc
    options.pid |= options.proc
    options.flags = sum(flag for name, (_, flag) in NAMESPACES.items() if getattr(options, name))
    return options


if __name__ == "__main__":
    sys.exit(main())
