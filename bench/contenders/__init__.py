"""What is compared: each contender with the examples as its own users would write them."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.contenders import bare, nsdoc, others
from bench.program import Program

CHECK, CHECK_2, RUNNER, RUNNER_2 = "check-1", "check-2", "runner-1", "runner-2"
SPHINX, SYBIL, PYTEST_EXAMPLES = "sphinx", "sybil", "pytest-examples"
C, C_ISOLATED = "c", "c-isolated"


@dataclass(frozen=True, slots=True)
class Contender:
    """One way to run examples.

    `write` puts a number of examples into an empty directory and says what runs them.
    """

    id: str
    title: str
    write: Callable[[Path, int], Program]


def contenders(directory: Path) -> tuple[Contender, ...]:
    """All of them, nsdoc first; the C program, built in `directory`, only where there is a compiler.

    Only root may have it isolate its examples.
    """
    every = [
        Contender(CHECK, "nsdoc check, 1 job", nsdoc.check(1)),
        Contender(CHECK_2, "nsdoc check, 2 jobs", nsdoc.check(2)),
        Contender(RUNNER, "nsdoc's runner alone, 1 job", nsdoc.runner(1)),
        Contender(RUNNER_2, "nsdoc's runner alone, 2 jobs", nsdoc.runner(2)),
        Contender(SPHINX, "sphinx -b doctest", others.sphinx),
        Contender(SYBIL, "sybil", others.sybil),
        Contender(PYTEST_EXAMPLES, "pytest-examples", others.pytest_examples),
    ]
    built = bare.build(directory)
    if built is not None:
        every.append(Contender(C, "C, the bare calls", bare.loop(built)))
    if built is not None and os.geteuid() == 0:
        every.append(Contender(C_ISOLATED, "C, isolated as in nsdoc", bare.loop(built, "isolated")))
    return tuple(every)
