"""What one call to an agent costs: ``python -m bench.calls CALLS`` prints the two medians in nanoseconds."""

from __future__ import annotations

import sys
import time

from nsdoc import open_kernel
from nsdoc.build import TIMEOUT, pool
from nsdoc.runner.nest import Job

# Without these, the first calls after a start would weigh in.
_WARM_UP = 200
_IN_AN_EXAMPLE = """\
import time
clock = time.perf_counter_ns
alice = kernel.process()
times = []
for _ in range({calls}):
    start = clock()
    alice.getuid()
    times.append(clock() - start)
times = sorted(times[{warm_up}:])
print(times[len(times) // 2])
"""


def in_an_example(calls: int) -> int:
    """The median as an example sees it, with its trace being kept."""
    code = compile(_IN_AN_EXAMPLE.format(calls=calls + _WARM_UP, warm_up=_WARM_UP), "example", "exec")
    with pool("linux", 1) as started:
        ((_, seen),) = started.run([Job(code, "example", TIMEOUT)])
    return int(seen.prints[0].text)


def with_open_kernel(calls: int) -> int:
    """The median as a program sees it that uses `nsdoc.open_kernel`."""
    clock = time.perf_counter_ns
    times = []
    with open_kernel("linux") as kernel:
        alice = kernel.process()
        for _ in range(calls + _WARM_UP):
            start = clock()
            alice.getuid()
            times.append(clock() - start)
    return sorted(times[_WARM_UP:])[calls // 2]


if __name__ == "__main__":
    print("example", in_an_example(int(sys.argv[1])))
    print("open_kernel", with_open_kernel(int(sys.argv[1])))
