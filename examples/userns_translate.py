#!/usr/bin/python3
"""Translate an ID from the user namespace of one process to that of another."""

import argparse
import sys
from os import stat

NOTES = """\
The exit status is 0 if the ID is mapped in both user namespaces, 1 if it is not,
2 if a map cannot be read.
"""
Map = list[tuple[int, int, int]]


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="userns_translate",
        description=__doc__,
        epilog=NOTES,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("-g", "--group", action="store_true", help="a group ID; without it, a user ID")
    parser.add_argument("id", metavar="ID", type=int, help="the ID, in the user namespace of FROM")
    parser.add_argument("source", metavar="FROM", help="a PID, or self")
    parser.add_argument("target", metavar="TO", help="a PID, or self")
    options = parser.parse_args()
    name = "gid_map" if options.group else "uid_map"
    try:
        ours = down(options.id, read_map(options.source, name))
        if ours is None:
            print(f"{options.id} is not mapped in the user namespace of {options.source}", file=sys.stderr)
            return 1
        there = up(ours, read_map(options.target, name))
    except OSError as error:
        print(f"userns_translate: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    if there is None:
        print(f"not mapped in the user namespace of {options.target}, reads as 65534", file=sys.stderr)
        return 1
    print(there)
    return 0


def read_map(pid: str, name: str) -> Map:
    """The map of a process's user namespace; its second numbers are IDs of our own user namespace."""
    if stat(f"/proc/{pid}/ns/user").st_ino == stat("/proc/self/ns/user").st_ino:
        # Of our own namespace the kernel shows the IDs of the parent.  To ourselves we are who we are.
        return [(0, 0, 2**32 - 1)]
    with open(f"/proc/{pid}/{name}", encoding="ascii") as file:
        return [(int(inside), int(outside), int(count)) for inside, outside, count in map(str.split, file)]


def down(number: int, lines: Map) -> int | None:
    """The ID outside that an ID inside stands for."""
    for inside, outside, count in lines:
        # A range that our own user namespace has no IDs for begins at 4294967295.
        if inside <= number < inside + count and outside != 2**32 - 1:
            return outside + number - inside
    return None


def up(number: int, lines: Map) -> int | None:
    """The ID inside that stands for an ID outside."""
    return down(number, [(outside, inside, count) for inside, outside, count in lines])


if __name__ == "__main__":
    sys.exit(main())
