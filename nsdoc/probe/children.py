"""Trying something in a child of the calling process, which itself stays as it is."""

from __future__ import annotations

import os
import signal
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nsdoc.probe.findings import Refusal, Stage

# What a child tells, a line each: how a step came out, and what it has to say at the end.
_DONE, _REFUSED, _WRONG, _SAID = "done", "refused", "wrong", "said"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its name, what it does in words, and the function, which raises OSError or ValueError."""

    id: str
    what: str
    act: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of some steps: a stage each, and what the child said where it came to the end."""

    stages: tuple[Stage, ...]
    said: str = ""


def attempt(steps: Sequence[Step], last: Callable[[], str] = str) -> Tried:
    """Take steps one after the other in a child, up to the first that is refused, and then ask `last`."""
    reader, writer = os.pipe()
    with warnings.catch_warnings():
        # Of a fork beside threads: the child uses nothing that another thread can have locked.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        os.close(reader)
        _take(steps, last, writer)
    os.close(writer)
    with open(reader, encoding="utf-8", errors="replace") as file:
        lines = [line.rstrip("\n").split(" ", 1) for line in file]
    _, status = os.waitpid(child, 0)
    return _told(steps, lines, status)


def _take(steps: Sequence[Step], last: Callable[[], str], writer: int) -> None:
    """The child: take the steps and tell; does not return."""
    try:
        for step in steps:
            word, rest = _outcome(step)
            os.write(writer, f"{word} {rest}\n".encode())
            if word != _DONE:
                return
        os.write(writer, f"{_SAID} {last()}\n".encode())
    finally:
        os._exit(0)


def _outcome(step: Step) -> tuple[str, str]:
    try:
        step.act()
    except OSError as error:
        return _REFUSED, str(error.errno)
    except ValueError as error:
        return _WRONG, str(error)
    return _DONE, ""


def _told(steps: Sequence[Step], lines: list[list[str]], status: int) -> Tried:
    """The stages, from what the child has told before it ended."""
    said = next((line[1] for line in lines if line[0] == _SAID), "")
    stages: list[Stage] = []
    for step, line in zip(steps, lines, strict=False):
        stages.append(Stage(step.id, step.what, _refusal(*line)))
    if len(stages) < len(steps) and all(stage.works for stage in stages):
        step = steps[len(stages)]
        stages.append(Stage(step.id, step.what, _ended(status)))
    untried = (Stage(step.id, step.what, tried=False) for step in steps[len(stages) :])
    return Tried((*stages, *untried), said)


def _refusal(word: str, rest: str) -> Refusal | None:
    if word == _REFUSED:
        return Refusal(int(rest))
    return Refusal(words=rest) if word == _WRONG else None


def _ended(status: int) -> Refusal:
    if os.WIFSIGNALED(status):
        name = signal.Signals(os.WTERMSIG(status)).name
        return Refusal(words=f"the process was killed by {name}")
    return Refusal(words="the process ended")
