"""nsdoc probe: what this host allows, and the likely causes where it refuses."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator

from nsdoc import cli
from nsdoc.abi import CAP_SYS_ADMIN
from nsdoc.probe import Findings, Stage, probe
from nsdoc.terminal import Terminal


def configure(parser: argparse.ArgumentParser) -> None:
    """The options of ``nsdoc probe``."""
    parser.add_argument("--json", action="store_true", help="write what is found to standard output, as JSON")
    parser.set_defaults(action=run)


def run(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """Run the command: the exit status."""
    found = probe()
    if arguments.json:
        json.dump(found.dump(), sys.stdout, indent=1, ensure_ascii=False, sort_keys=True)
        sys.stdout.write("\n")
    else:
        for line in told(found, terminal):
            terminal.say(line)
    return cli.FINE if found.user_namespaces else cli.MISSING


def told(found: Findings, terminal: Terminal) -> Iterator[str]:
    """The findings as people read them, line by line."""
    yield from _circumstances(found)
    yield ""
    yield "A user namespace, stage by stage:"
    for stage in found.stages:
        yield from _stage(stage, terminal)
    if found.features:
        yield ""
        yield "What examples can ask for with :needs:"
    width = max((len(feature.id) for feature in found.features), default=0)
    for feature in found.features:
        yield from _stage(feature, terminal, f"{feature.id:{width}}  ")
    yield ""
    yield _closing(found, terminal)


def _circumstances(found: Findings) -> Iterator[str]:
    host, caller = found.facts.host, found.facts.caller
    kind = "" if host.kind in ("Linux", host.system) else f" ({host.kind})"
    yield f"{host.system} {host.release} {host.machine}{kind}"
    privilege = "with" if caller.capabilities >> CAP_SYS_ADMIN & 1 else "without"
    known = [f"user ID {caller.uid}, group ID {caller.gid}, {privilege} CAP_SYS_ADMIN"]
    known += ["a seccomp filter"] if caller.seccomp == 2 else []
    known += ["no_new_privs"] if caller.no_new_privs else []
    known += ["in a chroot"] if caller.chroot else []
    known += [] if caller.dumpable else ["not dumpable"]
    known += [f"{caller.threads} threads"] if caller.threads > 1 else []
    known += [f"confined as {caller.profile}"] if caller.profile else []
    yield ", ".join(known)


def _stage(stage: Stage, terminal: Terminal, name: str = "") -> Iterator[str]:
    word, style = ("yes", "green") if stage.works else ("no", "red") if stage.tried else ("-", "dim")
    untried = "" if stage.tried else ": not tried"
    said = f"{untried}: {stage.refusal}" if stage.refusal else untried
    yield f"  {terminal.paint(f'{word:3}', style)} {name}{stage.what}{said}"
    for cause in stage.causes:
        yield f"        {terminal.paint(cause.likelihood, 'bold')}: {cause.why}."
        yield f"            {cause.look}"
        if cause.read:
            yield f"            More: {cause.read}"


def _closing(found: Findings, terminal: Terminal) -> str:
    if not found.user_namespaces:
        text = "User namespaces do not work here: claims about them cannot be decided on this kernel."
        return terminal.paint(text, "red", "bold")
    missing = [feature.id for feature in found.features if not feature.works]
    rest = f" Examples that need one of these are unavailable: {', '.join(missing)}." if missing else ""
    return f"{terminal.paint('User namespaces work here.', 'green', 'bold')}{rest}"
