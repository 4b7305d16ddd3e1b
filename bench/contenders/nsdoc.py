"""nsdoc: a page with one claim an example, as `nsdoc check` takes it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

from bench.program import Program, module

PAGE = "user_namespace_examples.7.rst"
_ROOT = str(Path(__file__).parents[2])
_HEAD = """\
==========================
user_namespace_examples(7)
==========================

NAME
====

user_namespace_examples - many small user namespaces

DESCRIPTION
===========

"""
_CLAIM = """\
.. claim:: maps-{number}

   In a new user namespace, a process has the IDs to which its own are mapped ({number}).

   .. example::

      alice = kernel.process()
      child = alice.clone(CLONE_NEWUSER)
      alice.write(f"/proc/{{child.pid}}/uid_map", "0 {uid} 1")
      alice.write(f"/proc/{{child.pid}}/setgroups", "deny")
      alice.write(f"/proc/{{child.pid}}/gid_map", "0 {gid} 1")
      print(child.getresuid())
      #> (0, 0, 0)
      print(child.getresgid())
      #> (0, 0, 0)

"""


def page(examples: int) -> str:
    """The source of the page."""
    claims = (_CLAIM.format(number=number, uid=os.getuid(), gid=os.getgid()) for number in range(examples))
    return _HEAD + "".join(claims)


def check(jobs: int) -> Callable[[Path, int], Program]:
    """What makes the program that reads the page, runs its claims and judges them."""

    def write(directory: Path, examples: int) -> Program:
        (directory / PAGE).write_text(page(examples), encoding="utf-8")
        argv = module("nsdoc", "check", "--fresh", "--quiet", "--jobs", str(jobs), PAGE)
        verdicts = directory / "build" / "verdicts.json"
        return Program(argv, directory, examples, lambda output: _holds(verdicts), leftovers=("build",))

    return write


def runner(jobs: int) -> Callable[[Path, int], Program]:
    """What makes the program that runs one claim of the page many times, and only runs it."""

    def write(directory: Path, examples: int) -> Program:
        (directory / PAGE).write_text(page(1), encoding="utf-8")
        argv = module("bench.alone", PAGE, str(examples), str(jobs))
        return Program(argv, directory, examples, _ran, environment={"PYTHONPATH": _ROOT})

    return write


def _holds(verdicts: Path) -> int:
    report = json.loads(verdicts.read_text(encoding="utf-8"))
    return sum(entry["verdict"] == "holds" for entry in report["verdicts"])


def _ran(output: str) -> int:
    found = re.search(r"^(\d+) examples$", output, re.M)
    return int(found[1]) if found else 0
