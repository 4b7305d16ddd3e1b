"""What running an example has shown, before anyone judges it.

Plain tuples, so that they cross a pipe unchanged and load quickly into a small process.
"""

from __future__ import annotations

from collections import namedtuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple

    from nsdoc.trace import Event

    class Printed(NamedTuple):
        """One print of the example: the line of the file, and the text without its newline."""

        line: int
        text: str

    class Ending(NamedTuple):
        """Why an example did not reach its end.

        `kind` is one of the constants of this module, `line` the line of the file or 0,
        `message` a sentence for people.
        With `FAILED`, `expected` and `observed` are the outcomes of a `fails`, or empty.
        """

        kind: str
        line: int
        message: str
        expected: str = ""
        observed: str = ""

    class Run(NamedTuple):
        """One run of one example.

        `ending` is None when it ran to its end, `checks` counts the asserts and `fails` that were reached,
        `output` is what any process wrote to standard output or error by itself,
        `exits` the (PID, wait status) of its own child processes whose failure it did not look at,
        `events` its calls, `dropped` how many more there were, `seconds` the time it took.
        """

        prints: tuple[Printed, ...]
        ending: Ending | None
        checks: int
        output: str
        exits: tuple[tuple[int, int], ...]
        events: tuple[Event, ...]
        dropped: int
        seconds: float

else:
    Printed = namedtuple("Printed", "line text")
    Ending = namedtuple("Ending", "kind line message expected observed", defaults=("", ""))
    Run = namedtuple("Run", "prints ending checks output exits events dropped seconds")

FAILED = "failed"  # an assert, or a fails that saw something else
RAISED = "raised"  # an exception nobody expected
UNAVAILABLE = "unavailable"  # the host or backend cannot show what the example asks for
TIMEOUT = "timeout"  # no end within its time
EXITED = "exited"  # the example ended its own process
KILLED = "killed"  # a signal ended the example's process
RETURNED = "returned"  # a process that the example forked ran on past the example
FLOODED = "flooded"  # more output than an example may write
CROWDED = "crowded"  # more processes than an example may have
STARVED = "starved"  # more memory than an example may have
CUT = "cut"  # the example closed or filled the descriptor on which it reports
DONE = "done"  # not an ending: the report of an example that was run
LOST = "lost"  # the process that runs examples was killed
