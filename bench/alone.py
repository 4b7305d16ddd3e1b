"""nsdoc's runner alone: ``python -m bench.alone PAGE EXAMPLES JOBS`` runs the page's one example many times.

It prints how much memory the controller and its zygotes hold as examples go by, and the number of examples.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from nsdoc.build import job, pool
from nsdoc.judge import judge
from nsdoc.page import Example
from nsdoc.source import read_page
from nsdoc.verdict import Kind

# The memory is looked at this often over the whole.
_LOOKS = 10


def main(page: str, examples: int, jobs: int) -> None:
    """Run the example and print what was seen."""
    example = read_page(page).claims[0].examples[0]
    every = max(1, examples // _LOOKS)
    right = 0
    for done, holds in enumerate(_runs(example, examples, jobs), 1):
        right += holds
        if done % every == 0:
            print("memory", done, _resident(os.getpid()), max(map(_resident, _children())))
    print(right, "examples")


def _runs(example: Example, examples: int, jobs: int) -> Iterator[bool]:
    """Whether the example held, each time; nothing of a run is kept."""
    one = job(example)
    with pool("linux", min(jobs, examples)) as started:
        for _, seen in started.run(one for _ in range(examples)):
            yield judge(example, seen).kind is Kind.HOLDS


def _resident(pid: int) -> int:
    """The bytes that a process has in memory, proc_pid_statm(5)."""
    return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _children() -> list[int]:
    me = os.getpid()
    return [int(pid) for pid in Path(f"/proc/{me}/task/{me}/children").read_text("ascii").split()]


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
