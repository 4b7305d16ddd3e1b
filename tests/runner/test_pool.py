"""Many examples at once, and zygotes that cannot go on."""

from __future__ import annotations

import os
import random
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from nsdoc.runner.pool import NoRunner, Pool
from tests import host
from tests.runner.conftest import BACKEND, job

MIXED = (
    """
    one = kernel.process()
    child = one.clone(CLONE_NEWUSER)
    one.write(f"/proc/{child.pid}/uid_map", f"0 {one.getuid()} 1")
    print(child.getuid())
    """,
    "one = kernel.process()\nwith fails(EBADF):\n    one.close(99)",
    "print(1)",
    "1 / 0",
    "import os\nos._exit(3)",
    "import os\nos.kill(os.getpid(), SIGKILL)\nassert os.getpid() == 1",
    "import os\nif os.fork() == 0:\n    os._exit(0)\nprint(2)",
    "import os\nos.fork()\nos.setsid()",
    "one = kernel.process()\none.fork().fork()\none.kill(one, SIGKILL)",
    "import os\nos.write(1, b'x')\nos.closerange(3, 2000)",
    """
    one = kernel.process()
    one.clone(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET)
    """,
    "one = kernel.process()\none.mkdir('d')\none.write('d/f', 'x')\none.symlink('d', 'l')\none.chmod('d', 0)",
)


def test_each_job_once(pool: Pool) -> None:
    """Every job gives one run, under its own index."""
    runs = dict(pool.run(job(f"print({number})") for number in range(50)))
    assert [runs[number].prints[0].text for number in range(50)] == list(map(str, range(50)))


def test_at_once() -> None:
    """As many examples run at once as there are zygotes."""
    with Pool(BACKEND, "", 3) as pool:
        list(pool.run([job("print(1)")] * 3))
        start = time.monotonic()
        runs = list(pool.run([job("import time\ntime.sleep(0.3)")] * 3))
        assert time.monotonic() - start < 0.8
    assert all(found.ending is None for _, found in runs)


def test_pool_can_be_left_at_any_time() -> None:
    """A pool that is left while examples run ends them, and has no child afterwards."""
    host.adopt()
    before = host.children(os.getpid())
    with Pool(BACKEND, "", 2) as pool:
        runs = pool.run([job("print(1)"), job("import time\ntime.sleep(60)", 60.0)] * 2)
        next(runs)
    host.wait_for(lambda: host.children(os.getpid()) == before, 1.0)


def test_backend_that_refuses() -> None:
    """A ground that cannot be had is one message, not one for each example."""
    with (
        pytest.raises(NoRunner, match=r"^no moon here$"),
        Pool("tests.runner.backends", "refuses", 2) as pool,
    ):
        list(pool.run([job("print(1)")] * 5))


def test_zygote_that_dies_at_once() -> None:
    """Zygotes that die before they are ready are not started for ever."""
    with (
        pytest.raises(NoRunner, match=r"ends at once \(exit status 9\)"),
        Pool("tests.runner.backends", "dies", 2) as pool,
    ):
        list(pool.run([job("print(1)")] * 5))


def test_soak() -> None:
    """Two thousand mixed examples leave no process, mount or file, and descriptors and memory stay flat."""
    chance = random.Random(5)
    with Pool(BACKEND, "", 2) as pool:
        _run(pool, 200, chance)
        before = _held()
        _run(pool, 2000, chance)
        after = _held()
    assert after.processes == before.processes
    assert after.descriptors == before.descriptors
    assert after.mounts == before.mounts
    assert after.memory < before.memory + (4 << 10), "KiB in the controller and its zygotes"


@dataclass(frozen=True)
class Held:
    """What this process and its zygotes hold."""

    processes: int
    descriptors: tuple[int, ...]
    mounts: tuple[int, ...]
    memory: int


def _held() -> Held:
    family = sorted({os.getpid(), *host.descendants(os.getpid())})
    return Held(
        len(family),
        tuple(len(os.listdir(f"/proc/{pid}/fd")) for pid in family),
        tuple(map(_mounts, family)),
        sum(_resident(pid) for pid in family),
    )


def _mounts(pid: int) -> int:
    """The mounts that a process sees; a process that is just ending sees none."""
    try:
        return Path(f"/proc/{pid}/mountinfo").read_text("utf-8").count("\n")
    except OSError:
        return 0


def _resident(pid: int) -> int:
    """The resident memory of a process in KiB, proc_pid_status(5)."""
    lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


def _run(pool: Pool, number: int, chance: random.Random) -> None:
    # The last ones leave each zygote with a process that contained examples share.
    codes = [chance.choice(MIXED) for _ in range(number - 50)] + ["print(1)"] * 50
    jobs = {code: job(code, contained="import" not in code) for code in MIXED}
    assert len({index for index, _ in pool.run(jobs[code] for code in codes)}) == number
