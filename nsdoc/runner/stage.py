"""The process in which one example runs.

It is forked by the zygote, and what happens to it is seen from there.
Here it is seen what the example prints and where it ends.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # signal would load enum, and every fork copy it
import builtins
import marshal
import os
import sys

from nsdoc import abi, errors, run, wire
from nsdoc.process import Kernel
from nsdoc.run import Ending, Printed
from nsdoc.runner import limits
from nsdoc.runner.watch import CUT_OFF

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FrameType, TracebackType
    from typing import Any

    from nsdoc.backend import Ground
    from nsdoc.trace import Event

    Report = tuple[Any, ...]

_MOST_EVENTS = 2000
# As much of a text is shown in a trace, and no more of it leaves the process.
_LONGEST = 256
_CHUNK = 4096
# The descriptor for reports of an example that cannot fork.
_NOWHERE = -1


class TimeUp(BaseException):
    """The deadline of the example has come; not an Exception, so that an example does not catch it."""


class Flood(BaseException):
    """The example prints more than it may; not an Exception, so that an example does not catch it."""


class Stage:
    """One example in its process: the names it sees and what it has done so far."""

    def __init__(self, file: str, names: dict[str, Any], report: int, traced: bool = True) -> None:
        self._traced = traced
        self._file = file
        self._names = names
        self._report = report
        self._pid = os.getpid()
        self._prints: list[Printed] = []
        self._events: list[Event] = []
        self._dropped = 0
        self._printed = 0
        self._asserts = 0

    def perform(self, code: CodeType, ground: Ground, timeout: float) -> Report:
        """Run the example; the report is what `Run` holds, as far as this process knows it."""
        exits: tuple[tuple[int, int], ...] = ()
        try:
            backend = ground.open()
            _signal.signal(_signal.SIGALRM, time_up)
            _signal.setitimer(_signal.ITIMER_REAL, timeout)
            ending = self._ending(code, Kernel(backend, self._observe if self._traced else None))
            try:
                # One that shares its process is contained, and cannot fork it.
                exits = () if ending or self._report == _NOWHERE else _exits(ground.agents(backend))
            finally:
                backend.tidy()
        except TimeUp:
            ending = Ending(run.TIMEOUT, 0, _no_end(timeout, "a process that it started still runs"))
        except errors.Unavailable as reason:
            ending = Ending(run.UNAVAILABLE, 0, str(reason))
        if ending is not None and ending.kind == run.TIMEOUT and ending.line:
            ending = ending._replace(message=_no_end(timeout, ending.message))
        _flush()
        checks = self._asserts + errors.fails.reached
        prints = tuple(map(tuple, self._prints))
        events = tuple(map(_plain_event, self._events))
        return prints, ending and tuple(ending), checks, exits, events, self._dropped

    def _ending(self, code: CodeType, kernel: Kernel) -> Ending | None:
        # What all examples share stands among the builtins: a copy of it would touch all that it names.
        own = {"kernel": kernel, "print": self._print, "__reached__": self._reached}
        names = {"__name__": "__main__", "__builtins__": self._names, **own}
        ending = None
        try:
            exec(code, names)
        except BaseException as error:
            self._end_if_forked(error)
            ending = self._excused(self._explained(error), kernel)
        self._end_if_forked(None)
        return ending

    def _explained(self, error: BaseException) -> Ending:
        line = self._line(error.__traceback__)
        if isinstance(error, errors.Unexpected):
            return Ending(run.FAILED, line, str(error), error.expected, error.observed)
        if isinstance(error, AssertionError) and self._is_own(error.__traceback__):
            return Ending(run.FAILED, line, f"the assertion does not hold{_said(error)}")
        if isinstance(error, errors.Unavailable):
            return Ending(run.UNAVAILABLE, line, str(error))
        if isinstance(error, TimeUp):
            return Ending(run.TIMEOUT, line, "")
        if isinstance(error, Flood):
            kind, message = limits.flood()
            return Ending(kind, line, message)
        if isinstance(error, MemoryError):
            kind, message = limits.starvation()
            return Ending(kind, line, message)
        if isinstance(error, SystemExit):
            return Ending(run.EXITED, line, f"the example called sys.exit({error.code!r})")
        if isinstance(error, errors.KernelError):
            return Ending(run.RAISED, line, str(error), "no error", error.name)
        return Ending(run.RAISED, line, f"{type(error).__name__}: {error}")

    def _excused(self, ending: Ending, kernel: Kernel) -> Ending:
        """An ending that says nothing of the claim where the host refuses what every such example needs."""
        if ending.kind not in (run.FAILED, run.RAISED):
            return ending
        # Loaded for examples that fail only.
        from nsdoc.process.features import excuse

        reason = excuse(kernel, self._events)
        return Ending(run.UNAVAILABLE, ending.line, reason) if reason else ending

    def _is_own(self, traceback: TracebackType | None) -> bool:
        """Whether an error was raised by the code of the example, and not by what it called."""
        while traceback is not None and traceback.tb_next is not None:
            traceback = traceback.tb_next
        return traceback is not None and traceback.tb_frame.f_code.co_filename == self._file

    def _line(self, traceback: TracebackType | None) -> int:
        """The last line of the example that a traceback passes through, 0 for none."""
        line = 0
        while traceback is not None:
            if traceback.tb_frame.f_code.co_filename == self._file:
                line = traceback.tb_lineno
            traceback = traceback.tb_next
        return line

    def _print(self, *values: object, sep: str | None = " ", end: str | None = "\n", file: Any = None,
               flush: bool = False) -> None:  # fmt: skip
        """print() of the example: recorded, unless it goes to a file or is called in a forked process."""
        if file is not None or os.getpid() != self._pid:
            print(*map(_text, values), sep=sep, end=end, file=file, flush=True)
            return
        text = (" " if sep is None else sep).join(map(_text, values)) + _beyond_newline(end)
        self._printed += len(text) + 1
        if self._printed > limits.OUTPUT:
            raise Flood
        self._prints.append(Printed(self._caller(), text))

    def _caller(self) -> int:
        """The line of the example from which `_print` was called, directly or through a function."""
        frame: FrameType | None = sys._getframe(2)
        while frame is not None and frame.f_code.co_filename != self._file:
            frame = frame.f_back
        return frame.f_lineno if frame is not None else 0

    def _reached(self, line: int) -> None:
        self._asserts += 1

    def _observe(self, event: Event) -> None:
        if len(self._events) < _MOST_EVENTS:
            self._events.append(event)
        else:
            self._dropped += 1

    def _end_if_forked(self, error: BaseException | None) -> None:
        """End a process that the example forked: as Python would after an error, else it is astray."""
        if os.getpid() == self._pid:
            return
        status = 1
        if error is None:
            wire.send(self._report, (run.RETURNED, os.getpid()))
        elif isinstance(error, SystemExit):
            status = error.code if isinstance(error.code, int) else int(error.code is not None)
        else:
            sys.excepthook(type(error), error, error.__traceback__)
        _flush()
        os._exit(status & 0xFF)


def settle(output: int) -> None:
    """Set up a process that was forked for examples: 0 is empty, 1 and 2 are the pipe for output.


    Its session is its own: a signal to its process group spares the zygote,
    one from the zygote to the group reaches all of it,
    and where sessions share the processors, sched(7), the zygote gets its turn among any number of processes.
    """
    os.setsid()
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)


def main(job: tuple[Any, ...], ground: Ground, names: dict[str, Any], report: int) -> None:
    """Run one example in the calling process, send its report and end the process; does not return."""
    code, file, timeout = job
    try:
        stage = Stage(file, names, report)
        wire.send(report, (run.DONE, stage.perform(marshal.loads(code), ground, timeout)))
    except wire.Closed:
        os._exit(CUT_OFF)
    except BaseException as error:
        _flush()
        wire.send(report, (run.DONE, _defect(error)))
    finally:
        os._exit(0)


def perform(
    code: CodeType, file: str, timeout: float, ground: Ground, names: dict[str, Any], traced: bool = True
) -> Report:
    """Run one example in the calling process, which goes on afterwards: what it has seen.

    Its calls are part of that if it is `traced`.
    """
    errors.fails.reached = 0
    pid = os.getpid()
    try:
        try:
            return Stage(file, names, _NOWHERE, traced).perform(code, ground, timeout)
        finally:
            _signal.setitimer(_signal.ITIMER_REAL, 0)
    except TimeUp:
        return nothing_but(Ending(run.TIMEOUT, 0, _no_end(timeout, "")))
    except BaseException as error:
        return _defect(error)
    finally:
        # What the example forked does not go on in place of the caller.
        if os.getpid() != pid:
            os._exit(1)


def names() -> dict[str, Any]:
    """What is in scope of every example, besides what belongs to the one that runs."""
    own = {"fails": errors.fails, "KernelError": errors.KernelError}
    return vars(builtins) | abi.constants() | own


def _exits(agents: frozenset[int]) -> tuple[tuple[int, int], ...]:
    """Wait for the processes that the example forked by itself.

    Returns the PID and wait status of those that failed and that the example did not wait for.
    """
    if _children() <= agents:
        return ()
    for pid in agents:
        _kill(pid)
    failed: list[tuple[int, int]] = []
    while True:
        try:
            pid, status = os.waitpid(-1, 0)
        except ChildProcessError:
            return tuple(failed)
        if status and pid not in agents:
            failed.append((pid, status))


def _children() -> frozenset[int]:
    """The children of this process; where the kernel does not tell them, an impossible one."""
    # Not open(): building its three layers costs as much as a fork.
    try:
        file = os.open(f"/proc/self/task/{os.getpid()}/children", os.O_RDONLY)
    except OSError:
        return frozenset((0,))
    data = os.read(file, _CHUNK)
    os.close(file)
    return frozenset(map(int, data.split()))


def _kill(pid: int) -> None:
    try:
        os.kill(pid, _signal.SIGKILL)
    except OSError:
        return


def time_up(signal: int, frame: FrameType | None) -> None:
    """End what runs: the handler of a signal that comes with a deadline.

    Raises:
        TimeUp: always.
    """
    raise TimeUp


def _no_end(timeout: float, where: str) -> str:
    return f"no end within {timeout:g} s" + (f": {where}" if where else "")


def _said(error: AssertionError) -> str:
    return f": {error}" if error.args else ""


def _text(value: object) -> str:
    """A value as print() shows it, but a set in order, so that its text is the same in every run."""
    if not isinstance(value, set | frozenset) or not value:
        return str(value)
    try:
        return "{" + ", ".join(map(repr, sorted(value))) + "}"
    except TypeError:
        return "{" + ", ".join(sorted(map(repr, value))) + "}"


def _beyond_newline(end: str | None) -> str:
    """What `end` adds to a line: nothing for the newline that every output has."""
    return "" if end is None or end == "\n" else end


def _plain_event(event: Event) -> tuple[Any, ...]:
    pid, call, args, outcome = event
    return pid, call, _cut(wire.exact(args)), (outcome[0], _cut(wire.exact(outcome[1])))


def _cut(value: Any) -> Any:
    """A value of a trace without what nobody will read."""
    if isinstance(value, tuple):
        return tuple(map(_cut, value))
    return value[:_LONGEST] if isinstance(value, str | bytes) else value


def _flush() -> None:
    """Let what the example wrote reach the pipe behind standard output and error."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            continue


def _defect(error: BaseException) -> Report:
    message = f"the example could not be run: {type(error).__name__}: {error}"
    return nothing_but(Ending(run.RAISED, 0, message))


def nothing_but(ending: Ending) -> Report:
    """The report of an example of which nothing else is known."""
    return (), tuple(ending), 0, (), (), 0
