"""What is seen of one example."""

from __future__ import annotations

import os
import signal

import pytest

from nsdoc import run
from nsdoc.run import Printed
from nsdoc.runner import limits
from nsdoc.trace import Event, Outcome
from tests.runner.conftest import Runs


def test_prints(seen: Runs) -> None:
    """Prints come in order, with the line they were called from and their text as print() makes it."""
    found = seen(
        """\
        for x in 1, 2:
            print(x, "a", sep="-")

        print({3, 1, 2}, frozenset("b"), set())
        print()
        """
    )
    assert found.prints == (
        Printed(2, "1-a"), Printed(2, "2-a"), Printed(4, "{1, 2, 3} {'b'} set()"), Printed(5, ""),
    )  # fmt: skip
    assert (found.ending, found.output, found.exits) == (None, "", ())


def test_print_through_a_function(seen: Runs) -> None:
    """A print is at the line in the example that led to it, however it was called."""
    found = seen(
        """\
        list(map(print, [1]))
        show = print
        show(2, end="!\\n")
        import sys
        print(3, file=sys.stderr)
        """
    )
    assert found.prints == (Printed(1, "1"), Printed(3, "2!\n"))
    assert found.output == "3\n"


def test_checks(seen: Runs) -> None:
    """The blocks of fails that were reached are counted."""
    assert seen("x = 1").checks == 0
    code = "one = kernel.process()\nfor _ in range(3):\n    with fails(EBADF):\n        one.close(99)"
    assert seen(code).checks == 3


def test_events(seen: Runs) -> None:
    """Calls are recorded with their outcomes, a new process by its PID."""
    found = seen(
        """\
        one = kernel.process()
        two = one.fork()
        two.getpid()
        with fails(EBADF):
            one.close(99)
        """
    )
    born, asked, refused = found.events
    assert born.outcome == Outcome(0, asked.pid)
    assert asked == Event(asked.pid, "getpid", (), Outcome(0, asked.pid))
    assert refused == Event(born.pid, "close", (99,), Outcome(9, None))


def test_events_are_bounded(seen: Runs) -> None:
    """Long arguments are cut, and calls beyond a number only counted."""
    found = seen(
        "one = kernel.process()\nfd = one.open('f', O_RDWR | O_CREAT)\none.write(fd, bytes(100000))\n"
        "for _ in range(2500):\n    one.getppid()"
    )
    assert found.ending is None
    assert len(found.events[1].args[1]) < 1000
    assert len(found.events) + found.dropped == 2502
    assert found.dropped > 0


@pytest.mark.parametrize(
    ("code", "kind", "line", "says"),
    [
        ("x = 1\nassert x == 2", run.FAILED, 2, "the assertion does not hold"),
        ("x = 1\nassert x == 2, 'x is 1'", run.FAILED, 2, "the assertion does not hold: x is 1"),
        ("def f():\n    1 / 0\n\nf()", run.RAISED, 2, "ZeroDivisionError: division by zero"),
        ("import json\njson.loads('{')", run.RAISED, 2, "JSONDecodeError"),
        ("raise KeyboardInterrupt", run.RAISED, 1, "KeyboardInterrupt"),
        ("kernel.process().close(99)", run.RAISED, 1, "close(): EBADF"),
        ("kernel.process().close()", run.RAISED, 1, "TypeError"),
        ("kernel.supports('the moon')", run.RAISED, 1, "unknown feature 'the moon'"),
        ("import sys\nsys.exit('bye')", run.EXITED, 2, "the example called sys.exit('bye')"),
        ("import os\nos._exit(3)", run.EXITED, 0, "ended its own process with status 3"),
        ("import os\nos.close(2)\nimport ctypes\nctypes.string_at(0)", run.KILLED, 0, "killed by signal 11"),
        ("from nsdoc.errors import Unavailable\nraise Unavailable('no')", run.UNAVAILABLE, 2, "no"),
    ],
)  # fmt: skip
def test_endings(seen: Runs, code: str, kind: str, line: int, says: str) -> None:
    """Why an example did not reach its end is told with its line, where that is known."""
    ending = seen(code).ending
    assert ending is not None
    assert (ending.kind, ending.line) == (kind, line)
    assert says in ending.message


def test_expected_error(seen: Runs) -> None:
    """With an error other than the expected one, both are told."""
    ending = seen("one = kernel.process()\nwith fails(EPERM, EINVAL):\n    one.close(99)").ending
    assert ending is not None
    assert (ending.kind, ending.expected, ending.observed) == (run.FAILED, "EPERM or EINVAL", "EBADF")


def test_timeout(seen: Runs) -> None:
    """A call that blocks is ended in its time, with the line that made it."""
    found = seen("one = kernel.process()\nthere, here = one.pipe()\none.read(there, 1)", 0.2)
    assert found.ending == (run.TIMEOUT, 3, "no end within 0.2 s", "", "")
    assert 0.2 <= found.seconds < 2


def test_timeout_without_alarm(seen: Runs) -> None:
    """An example that does not hear its alarm is ended from outside."""
    found = seen("import signal, time\nsignal.signal(SIGALRM, signal.SIG_IGN)\ntime.sleep(60)", 0.2)
    assert found.ending is not None
    assert (found.ending.kind, found.ending.message) == (run.TIMEOUT, "no end within 0.2 s")


def test_children_of_the_example(seen: Runs) -> None:
    """A process that the example forks by itself is waited for, and its failure told."""
    fork = "import os\npid = os.fork()\nif not pid:\n    {}\n{}"
    assert seen(fork.format("os._exit(0)", "")).exits == ()
    assert [status for _, status in seen(fork.format("os._exit(5)", "")).exits] == [5 << 8]
    assert seen(fork.format("os._exit(5)", "os.waitpid(pid, 0)")).exits == ()
    assert [status for _, status in seen(fork.format("os.abort()", "")).exits] == [signal.SIGABRT]
    raised = seen(fork.format("1 / 0", ""))
    assert [status for _, status in raised.exits] == [1 << 8]
    assert "ZeroDivisionError" in raised.output


def test_child_that_returns(seen: Runs) -> None:
    """A process that runs on past the end of the example is noticed, and goes no further."""
    found = seen("import os\nos.fork()\nprint(1)")
    assert found.ending is not None
    assert found.ending.kind == run.RETURNED
    assert found.prints == (Printed(3, "1"),)


def test_agents_are_no_children_of_the_example(seen: Runs) -> None:
    """Processes of the kernel may end as they like."""
    found = seen(
        """\
        one = kernel.process()
        one.fork().exit(3)
        one.exit(4)
        two = kernel.process()
        two.kill(two, SIGKILL)
        """
    )
    assert found.exits == ()


@pytest.mark.parametrize("stream", ["1", "2"])
def test_output(seen: Runs, stream: str) -> None:
    """What any process writes to standard output or error is kept, whoever it was and whatever it is."""
    found = seen(
        f"""\
        import os
        os.write({stream}, b"a\\xff")
        if not os.fork():
            os.write({stream}, b"b")
            os._exit(0)
        """
    )
    assert found.output == "a\ufffdb"


def test_standard_input_is_empty(seen: Runs) -> None:
    """An example has nothing to read."""
    assert seen("import sys\nprint(repr(sys.stdin.read()))").prints == (Printed(2, "''"),)


def test_examples_share_nothing(seen: Runs) -> None:
    """What one example does to its interpreter, the next one does not see."""
    seen(
        """
        import os, sys
        kernel.x = 1
        fails.reached = 9
        EPERM = 0
        os.environ["X"] = "1"
        sys.path.clear()
        os.umask(0)
        """
    )
    found = seen(
        """\
        import os, sys
        print(hasattr(kernel, "x"), fails.reached, EPERM)
        print(os.environ.get("X"), bool(sys.path), os.umask(0))
        """
    )
    assert found.prints == (Printed(2, "False 0 1"), Printed(3, f"None True {_umask()}"))


def test_scheduled_as_any_other(seen: Runs) -> None:
    """An example does not inherit the priority of the zygote that watches it."""
    found = seen("import os\nprint(os.sched_getscheduler(0), os.nice(0))")
    assert found.prints == (Printed(2, f"{os.sched_getscheduler(0)} {os.nice(0)}"),)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_scratch(seen: Runs) -> None:
    """An example starts in an empty directory that everybody can write to, and that is its own."""
    code = """\
    import os
    print(os.listdir(), oct(os.stat(".").st_mode), os.getcwd() == kernel.scratch)
    open("x", "w").close()
    """
    assert [seen(code).prints for _ in range(2)] == [(Printed(2, "[] 0o41777 True"),)] * 2


@pytest.mark.usefixtures("isolated")
def test_host_is_read_only(seen: Runs) -> None:
    """Files outside the scratch directory cannot be changed, and host names are the example's own."""
    name = os.uname().nodename
    found = seen(
        "import os\none = kernel.process()\nfor path in '/', '/tmp', '/etc', '/root', '/dev/shm':\n"
        "    with fails(EROFS):\n        one.mkdir(path + '/nsdoc-was-here')\none.sethostname('changed')"
    )
    assert (found.ending, found.checks) == (None, 5)
    assert os.uname().nodename == name


@pytest.mark.usefixtures("isolated")
def test_only_own_processes_are_seen(seen: Runs) -> None:
    """An isolated example is the first process of its PID namespace, and /proc shows that namespace."""
    found = seen(
        """\
        import os
        one = kernel.process()
        print(os.getpid(), one.pid, [pid for pid in os.listdir("/proc") if pid.isdigit()])
        """
    )
    assert found.prints == (Printed(3, "1 2 ['1', '2']"),)


def test_limits_in_words() -> None:
    """Sizes are told in the largest unit that leaves them whole."""
    sizes = (0, 1, 1023, 1024, 1536, 1 << 20, 3 << 30)
    assert [limits.in_words(size) for size in sizes] == [
        "0 GiB", "1 bytes", "1023 bytes", "1 KiB", "1536 bytes", "1 MiB", "3 GiB",
    ]  # fmt: skip
