"""nsdoc walk: the same random calls on the live kernel and on the model, outcome by outcome."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from pathlib import Path

from nsdoc import cli
from nsdoc.cli import Stop
from nsdoc.commands import write_json
from nsdoc.errors import Unavailable
from nsdoc.runner.pool import NoRunner
from nsdoc.terminal import Terminal
from nsdoc.walk import live, saved
from nsdoc.walk.rounds import Round, Rounds
from nsdoc.walk.step import Step

_SCHEMA = 1


def configure(parser: argparse.ArgumentParser) -> None:
    """The options of ``nsdoc walk``."""
    add = parser.add_argument
    add("--count", type=natural, default=500, metavar="N", help="walks to take (500)")
    add("--length", type=natural, default=40, metavar="N", help="calls in a walk (40)")
    add("--seed", type=int, metavar="S", help="the seed of the first walk (a new one each time)")
    add("--jobs", "-j", type=natural, metavar="N", help="walks to take at once (one a processor)")
    add("--save", metavar="FILE", help="write the walks that differ to FILE, each as short as it gets")
    add("--replay", metavar="FILE", help="take the walks of FILE, in place of new ones")
    add("--json", metavar="FILE", help="write JSON to FILE, too; - is standard output")
    parser.set_defaults(action=walk)


def natural(text: str) -> int:
    """A number from 1 on, as an option takes it."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 1 on")
    return number


def walk(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """Run the command: the exit status.

    Raises:
        Stop: walks cannot be taken here, or a file cannot be read or written.
    """
    replayed = _replayed(arguments)
    seed = int(time.time()) if arguments.seed is None else arguments.seed
    try:
        with live.open_pool(arguments.jobs or len(os.sched_getaffinity(0))) as pool:
            rounds = Rounds(pool)
            going = rounds.again(replayed) if replayed else rounds.go(arguments.count, seed, arguments.length)
            found = list(_shown(going, terminal))
    except (NoRunner, Unavailable, ValueError) as error:
        raise Stop(cli.MISSING, f"walks cannot be taken here: {error}") from None
    if arguments.save:
        write_json(arguments.save, saved.dump((one.seed, one.parting.steps) for one in found if one.parting))
    if arguments.json:
        write_json(arguments.json, _dump(found))
    parted = sum(not one.agrees for one in found)
    source = arguments.replay or f"seed {seed}"
    terminal.say(f"{len(found)} walks of {source}, {sum(one.calls for one in found)} calls: {parted} differ")
    return cli.REFUTED if parted else cli.FINE


def _replayed(arguments: argparse.Namespace) -> tuple[tuple[int, tuple[Step, ...]], ...]:
    """The walks of a file; none if there is no file to be replayed."""
    if arguments.replay is None:
        return ()
    if arguments.seed is not None:
        raise Stop(cli.USAGE, "--replay takes the walks of its file, and no --seed")
    try:
        walks = saved.load(Path(arguments.replay).read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise Stop(cli.USAGE, f"{arguments.replay} cannot be read: {error}") from None
    except saved.BadWalks as error:
        raise Stop(cli.USAGE, f"{arguments.replay}: {error}") from None
    if not walks:
        raise Stop(cli.FINE, f"{arguments.replay} holds no walk")
    return walks


def _shown(rounds: Iterator[Round], terminal: Terminal) -> Iterator[Round]:
    for number, one in enumerate(rounds, 1):
        terminal.progress(f"{number} walks")
        if one.trouble:
            terminal.say(f"walk {one.seed}: {one.trouble}")
        if one.parting:
            terminal.say(f"walk {one.seed} differs; the shortest that does so:\n\n{one.parting.claim}")
        yield one


def _dump(found: list[Round]) -> dict[str, object]:
    partings = [(one.seed, one.parting) for one in found if one.parting is not None]
    rows = [{"seed": seed, "step": one.difference.step, "claim": one.claim} for seed, one in partings]
    calls = sum(one.calls for one in found)
    return {"schema": _SCHEMA, "walks": len(found), "calls": calls, "differences": rows}
