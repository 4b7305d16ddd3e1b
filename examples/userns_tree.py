#!/usr/bin/python3
"""Show the user namespaces of the processes that run, as a tree with owners and maps."""

import argparse
import fcntl
import os
import struct
import sys
from collections import defaultdict
from dataclasses import dataclass, field

NS_GET_PARENT = 0xB702
NS_GET_OWNER_UID = 0xB704
NOTES = """\
The maps are shown as INSIDE-OUTSIDE*COUNT, with the IDs outside as your own user namespace has them.
A parent that lies outside your own user namespace cannot be seen.

The exit status is 0, or 1 if a process that was asked for cannot be read.
"""


@dataclass
class Namespace:
    """A user namespace: its owner, its parent's number or 0, and the processes in it."""

    owner: int
    parent: int
    processes: list[str] = field(default_factory=list)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="userns_tree", description=__doc__, epilog=NOTES, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("pids", metavar="PID", nargs="*", help="only these processes (default: all)")
    wanted = parser.parse_args().pids
    tree: dict[int, Namespace] = {}
    hidden = []
    for pid in wanted or sorted(filter(str.isdecimal, os.listdir("/proc")), key=int):
        try:
            number = climb(f"/proc/{pid}/ns/user", tree)
            tree[number].processes.append(pid)
        except FileNotFoundError:
            if wanted:
                hidden.append(pid)
        except PermissionError:
            hidden.append(pid)
    show(tree)
    if hidden:
        print(f"{counted(hidden)} cannot be read: {' '.join(hidden)}", file=sys.stderr)
    return 1 if wanted and hidden else 0


def climb(path: str, tree: dict[int, Namespace]) -> int:
    """Enter a namespace and all its ancestors into the tree; the number of the namespace."""
    fd = os.open(path, os.O_RDONLY)
    lowest = os.fstat(fd).st_ino
    while (number := os.fstat(fd).st_ino) not in tree:
        owner = struct.unpack("I", fcntl.ioctl(fd, NS_GET_OWNER_UID, bytes(4)))[0]
        tree[number] = Namespace(owner, 0)
        try:
            above = fcntl.ioctl(fd, NS_GET_PARENT)
        except PermissionError:  # the initial namespace, or one above our own
            break
        tree[number].parent = os.fstat(above).st_ino
        os.close(fd)
        fd = above
    os.close(fd)
    return lowest


def show(tree: dict[int, Namespace]) -> None:
    children = defaultdict(list)
    for number, namespace in sorted(tree.items()):
        children[namespace.parent].append(number)

    def branch(number: int, depth: int) -> None:
        namespace = tree[number]
        print(f"{'  ' * depth}user:[{number}] owner {namespace.owner}{details(namespace.processes)}")
        for child in children[number]:
            branch(child, depth + 1)

    for number in children[0]:
        branch(number, 0)


def details(processes: list[str]) -> str:
    """The maps, read from a member, and the processes."""
    if not processes:
        return ", no process"
    maps = "".join(f", {name[:3]}s {maps_of(processes[0], name)}" for name in ("uid_map", "gid_map"))
    more = " ..." if len(processes) > 5 else ""
    return f"{maps}, {counted(processes)}: {' '.join(processes[:5])}{more}"


def counted(processes: list[str]) -> str:
    return "1 process" if len(processes) == 1 else f"{len(processes)} processes"


def maps_of(pid: str, name: str) -> str:
    try:
        with open(f"/proc/{pid}/{name}", encoding="ascii") as file:
            lines = [line.split() for line in file]
    except OSError:
        return "unknown"
    return ",".join(f"{inside}-{outside}*{count}" for inside, outside, count in lines) or "unmapped"


if __name__ == "__main__":
    sys.exit(main())
