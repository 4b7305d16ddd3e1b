"""Examples one after another in one process, on the model."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable

import pytest

from nsdoc import run
from nsdoc.page import Example, Place
from nsdoc.run import Run
from nsdoc.runner.nest import Job
from nsdoc.runner.pool import Pool
from nsdoc.runner.series import Gone, Overdue, Series
from nsdoc.source import prepare
from tests import host

_MODEL = "nsdoc.backends.model"
_SPIN = "while True: pass"
# An example that takes no notice of its deadline; what is raised in it comes to nothing.
_STUBBORN = """
while True:
    try:
        while True: pass
    except BaseException:
        pass
"""


def job(code: str, *, timeout: float = 10.0, spec: str | None = None, shared: bool = True) -> Job:
    """A job for the code of an example, in a process with others or in its own."""
    example = Example(Place("page.rst", 1), code, 0)
    ready = prepare(example)
    return Job(ready.code, "page.rst", timeout, spec, ready.contained and shared)


def ran(jobs: Iterable[Job], size: int = 1) -> list[Run]:
    """What came of jobs, in their order."""
    with Pool(_MODEL, "", size) as pool:
        return [seen for _, seen in sorted(pool.run(jobs))]


def ending(seen: Run) -> str | None:
    """How an example ended early."""
    return seen.ending and seen.ending.kind


@pytest.mark.parametrize(
    "code",
    [
        "print(1, 2)\nassert True\n",
        "with fails(EPERM):\n    kernel.process(uid=1000).sethostname('x')\n",
        "with fails(EINVAL):\n    kernel.process(uid=1000).sethostname('x')\n",
        "child = kernel.process(uid=1000).clone(CLONE_NEWUSER)\nprint(child.getuid())\nassert child\n",
        "for n in range(3):\n    print({3, 1, n}, end='!')\n",
        "kernel.process(uid=7).setuid(0)\n",
        "raise SystemExit(3)\n",
        "print(1 / 0)\n",
        "while True: print('x' * 1000)\n",
        "x = 'x' * (1 << 33)\n",
        "def f(): f()\nf()\n",
        "kernel.supports('no such feature')\n",
    ],
)
def test_same_as_alone(code: str) -> None:
    """What an example shows in a process with others is what it shows in its own."""
    together, alone = ran([job(code), job(code, shared=False)])
    assert together._replace(seconds=0) == alone._replace(seconds=0)


def test_kernel_is_fresh() -> None:
    """Each example has a machine of its own, on which nothing of an earlier one is left."""
    code = "p = kernel.process(uid=0)\nprint(p.gethostname(), p.pid)\np.sethostname('changed')\n"
    first, second = ran([job(code), job(code)])
    assert [printed.text for printed in first.prints] == [printed.text for printed in second.prints]


def test_checks_are_counted_for_each() -> None:
    """The checks of an example are its own, not those of the examples before it."""
    code = "with fails(EPERM):\n    kernel.process(uid=1000).sethostname('x')\nassert True\n"
    assert [seen.checks for seen in ran([job(code), job(code), job("print(1)\n")])] == [2, 2, 0]


def test_deadline() -> None:
    """An example that never ends is ended at its deadline, with its line; the next one runs."""
    slow, next_one = ran([job(_SPIN, timeout=0.2), job("print(1)\n")])
    assert ending(slow) == run.TIMEOUT
    assert slow.ending is not None
    assert slow.ending.line == 1
    assert ending(next_one) is None


def test_stubborn() -> None:
    """An example that takes no notice of its deadline is ended from outside; the next one runs."""
    start = time.monotonic()
    stubborn, next_one = ran([job(_STUBBORN, timeout=0.2), job("print(1)\n")])
    assert ending(stubborn) == run.TIMEOUT
    assert ending(next_one) is None
    assert time.monotonic() - start < 5


def test_deadline_of_one_spares_the_next() -> None:
    """The alarm of an example does not reach a later one that takes longer."""
    first, later = ran([job("print(1)\n", timeout=0.3), job("for n in range(10**7): n\nprint(2)\n")])
    assert ending(first) is ending(later) is None


def test_other_release() -> None:
    """A job can name the release it is to run on, in a process with others or in its own."""
    code = "print(kernel.release)\n"
    jobs = [job(code, spec="4.8"), job(code, spec="3.8", shared=False), job(code)]
    texts = [seen.prints[0].text for seen in ran(jobs)]
    assert texts[:2] == ["4.8", "3.8"]
    assert texts[2] not in texts[:2]


@pytest.mark.parametrize(
    "code",
    [
        "import os\nos._exit(0)\n",
        "from os import fork\n",
        "kernel.release = '1'\n",
        "fails.reached = 0\n",
        "del fails.reached\n",
        "kernel._backend\n",
        "print.__self__\n",
        "setattr(fails, 'reached', 0)\n",
        "open('/dev/null')\n",
        "__import__('os')\n",
        "[].__class__.__base__\n",
    ],
)
def test_not_contained(code: str) -> None:
    """An example that reaches beyond its kernel gets a process of its own."""
    assert not prepare(Example(Place("page.rst", 1), code, 0)).contained


def test_contained() -> None:
    """An example that makes calls, keeps values and prints them is contained."""
    code = "class A:\n    x = 1\nfor _ in range(2):\n    print(A.x, kernel.process().getpid(), f'{1}')\n"
    assert prepare(Example(Place("page.rst", 1), code, 0)).contained


def _kill_self(what: int) -> int:
    if what == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    if what < 0:
        time.sleep(60)
    return what + 1


def test_series_goes_on() -> None:
    """A series whose process was killed or had no answer in time goes on in a new one."""
    before = host.children(os.getpid())
    series = Series(_kill_self)
    try:
        assert series.ask(1, 5) == 2
        with pytest.raises(Gone, match="signal 9"):
            series.ask(0, 5)
        assert series.ask(2, 5) == 3
        with pytest.raises(Overdue):
            series.ask(-1, 0.1)
        assert series.ask(3, 5) == 4
    finally:
        series.retire()
    assert host.children(os.getpid()) == before


def test_nothing_is_left() -> None:
    """When a pool is closed, none of its processes runs any more."""
    before = host.children(os.getpid())
    with Pool(_MODEL, "", 2) as pool:
        list(pool.run([job("print(1)\n")] * 4))
    assert host.children(os.getpid()) == before
