"""nsdoc walk: the same random calls on the live kernel and on the model, outcome by outcome."""

from __future__ import annotations

import argparse
import os
import time

from nsdoc import cli
from nsdoc.commands import write_json
from nsdoc.terminal import Terminal
from nsdoc.walk import live
from nsdoc.walk.rounds import VERSION, Round, Rounds

_SCHEMA = 1


def configure(parser: argparse.ArgumentParser) -> None:
    """The options of ``nsdoc walk``."""
    add = parser.add_argument
    add("--count", type=int, default=500, metavar="N", help="walks to take (500)")
    add("--length", type=int, default=40, metavar="N", help="calls in a walk (40)")
    add("--seed", type=int, metavar="S", help="the seed of the first walk (a new one each time)")
    add("--jobs", "-j", type=int, metavar="N", help="walks to take at once (one a processor)")
    add("--json", metavar="FILE", help="write JSON to FILE, too; - is standard output")
    parser.set_defaults(action=walk)


def walk(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """Run the command: the exit status.

    Raises:
        Stop: the report cannot be written.
    """
    seed = int(time.time()) if arguments.seed is None else arguments.seed
    size = arguments.jobs or len(os.sched_getaffinity(0))
    with live.open_pool(size) as pool:
        found = []
        for each in Rounds(pool).go(arguments.count, seed, arguments.length):
            found.append(each)
            if each.parting is not None:
                terminal.say(f"walk {each.seed}: {each.parting.difference}\n{each.parting.example}")
    if arguments.json:
        write_json(arguments.json, _dump(seed, found))
    parted = sum(each.parting is not None for each in found)
    calls = sum(each.calls for each in found)
    terminal.say(f"{len(found)} walks of seed {seed}, {calls} calls; {parted} differ")
    return cli.REFUTED if parted else cli.FINE


def _dump(seed: int, found: list[Round]) -> dict[str, object]:
    partings = [each.parting for each in found if each.parting is not None]
    rows = [{"seed": one.seed, "step": one.difference.step, "example": one.example} for one in partings]
    return {"schema": _SCHEMA, "version": VERSION, "seed": seed, "walks": len(found), "differences": rows}
