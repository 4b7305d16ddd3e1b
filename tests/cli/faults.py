"""Examples that go wrong, each with what nsdoc has to say of it."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent

from tests.cli.project import claim

ANYONE, ROOT, STRANGER = "anyone", "root", "stranger"


@dataclass(frozen=True)
class Fault:
    """An example, and the verdict, the code and a part of the message that it shall get.

    `whom` tells for whom that is so.
    """

    name: str
    code: str
    verdict: str
    reason: str
    says: str
    whom: str = ANYONE
    timeout: str = ""

    @property
    def claim(self) -> str:
        """The fault as a claim of a page."""
        options = [f":timeout: {self.timeout}"] if self.timeout else []
        return claim(self.name, dedent(self.code), *options)


def _broken(name: str, reason: str, says: str, code: str, whom: str = ANYONE, timeout: str = "") -> Fault:
    return Fault(name, code, "broken", f"nsdoc.{reason}", says, whom, timeout)


def _holds(name: str, code: str, whom: str = ANYONE) -> Fault:
    return Fault(name, code, "holds", "", "", whom)


# What a documentation can do wrong without most tools noticing it.
PLANTED = (
    Fault("wrong-value", "print(1 + 1)\n#> 3", "refuted", "nsdoc.wrong-output", "the output is another one"),
    _broken("no-expectation", "unexpected-output", "no expected output below it", "print(1 + 1)"),
    _broken(
        "dead-branch", "print-never-ran", "the print never ran",
        """
        if kernel.release == "never":
            print(1)
            #> 999
        print(2)
        #> 2
        """,
    ),
    _broken("exits", "exited", "called sys.exit(0)", "import sys\nsys.exit(0)\nprint(1)\n#> 1"),
    _broken("interrupts", "raised", "KeyboardInterrupt", "raise KeyboardInterrupt\nprint(1)\n#> 1"),
    _broken(
        "child-prints", "unexpected-output", "wrote to standard output",
        """
        import os
        if os.fork() == 0:
            os.write(1, b"undocumented")
            os._exit(0)
        os.wait()
        print(1)
        #> 1
        """,
    ),
    _broken(
        "child-returns", "ran-on", "ran on past its end",
        """
        import os
        if os.fork() == 0:
            child = True
        print(1)
        #> 1
        """,
    ),
    _broken(
        "child-fails", "child-failed", "ended with exit status 7, and nothing looks at it",
        """
        import os
        if os.fork() == 0:
            os._exit(7)
        print(1)
        #> 1
        """,
    ),
    _broken(
        "sleeps", "timeout", "no end within 0.3 s",
        "import time\ntime.sleep(40)\nprint(1)\n#> 1", timeout="0.3",
    ),
)  # fmt: skip

# An example that does to itself what it should not.
SELF = (
    _broken(
        "loops", "timeout", "no end within 0.3 s",
        "while True:\n    pass\nprint(1)\n#> 1", timeout="0.3",
    ),
    _broken(
        "loops-on", "timeout", "no end within 0.3 s",
        """
        while True:
            try:
                while True:
                    pass
            except BaseException:
                pass
        print(1)
        #> 1
        """,
        timeout="0.3",
    ),
    _broken(
        "ends-itself", "exited", "ended its own process with status 0",
        "import os\nos._exit(0)\nprint(1)\n#> 1",
    ),
    _broken(
        "is-killed", "killed", "killed by signal 11",
        "import ctypes\nctypes.string_at(0)\nprint(1)\n#> 1",
    ),
    _broken(
        "writes", "unexpected-output", "wrote to standard output",
        'import sys\nsys.stdout.write("x")\nprint(1)\n#> 1',
    ),
    _broken(
        "closes", "cut-off", "closed a descriptor of nsdoc",
        "import os\nos.closerange(3, 5000)\nprint(1)\n#> 1",
    ),
    _broken(
        "scribbles", "cut-off", "closed a descriptor of nsdoc",
        """
        import os
        for fd in range(3, 30):
            try:
                os.write(fd, b"scribble" * 9)
            except OSError:
                pass
        print(1)
        #> 1
        """,
    ),
    _broken("raises", "raised", "ZeroDivisionError: division by zero", "x = 1 / 0\nprint(1)\n#> 1"),
    _broken(
        "checks-nothing", "checks-nothing", "cannot come out wrong",
        'if kernel.release == "never":\n    assert kernel.release',
    ),
)  # fmt: skip

# An example that takes more than there is.
LIMITS = (
    _broken(
        "output", "too-much-output", "more than 64 KiB of output",
        "import os\nwhile True:\n    os.write(1, bytes(1 << 20))\nprint(1)\n#> 1",
    ),
    _broken(
        "prints", "too-much-output", "more than 64 KiB of output",
        'while True:\n    print("x" * 1000)\n    #> x',
    ),
    _broken("one-print", "too-much-output", "more than 64 KiB of output", 'print("x" * (1 << 28))\n#> x'),
    _broken(
        "memory", "too-much-memory", "more than 1 GiB of memory in one process",
        "bytearray(1 << 31)\nprint(1)\n#> 1",
    ),
    _broken(
        "memory-of-all", "too-much-memory", "more than 2 GiB of memory in all",
        """
        import os, time
        for _ in range(6):
            if os.fork() == 0:
                taken = bytearray(500 << 20)
                time.sleep(60)
        os.wait()
        print(1)
        #> 1
        """,
    ),
    _broken(
        "bomb", "too-many-processes", "more than 256 processes",
        "import os\nwhile True:\n    os.fork()\nprint(1)\n#> 1",
    ),
    _broken(
        "bomb-of-sessions", "too-many-processes", "more than 256 processes",
        """
        import os
        while True:
            if os.fork() == 0:
                os.setsid()
        print(1)
        #> 1
        """,
        ROOT,
    ),
    _broken(
        "bomb-of-agents", "too-many-processes", "more than 256 processes",
        "one = kernel.process()\nwhile True:\n    one = one.fork()\nprint(1)\n#> 1",
    ),
    _broken(
        "bomb-of-programs", "too-many-processes", "more than 256 processes",
        """
        one = kernel.process()
        one.execve("/bin/sh", ["sh", "-c", "while :; do sleep 60 & done"], {})
        print(1)
        #> 1
        while True:
            pass
        """,
        ROOT,
    ),
    _broken(
        "output-of-agents", "too-much-output", "more than 64 KiB of output",
        "one = kernel.process()\nwhile True:\n    one.write(1, bytes(1 << 15))\nprint(1)\n#> 1",
    ),
    _broken(
        "no-descriptors", "raised", "Too many open files",
        """
        import resource
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
        while True:
            kernel.process()
        print(1)
        #> 1
        """,
    ),
)  # fmt: skip

# An example that attacks what is around it.
HOSTILE = (
    _broken(
        "kills-agent", "raised", "ProcessGone: read(): process",
        """
        import os, signal
        one = kernel.process()
        there, here = one.pipe()
        if os.fork() == 0:
            while "pipe" not in open(f"/proc/{one.pid}/wchan").read():
                pass
            os.kill(one.pid, signal.SIGKILL)
            os._exit(0)
        one.read(there, 1)
        print(1)
        #> 1
        """,
    ),
    _holds(
        "kills-child",
        """
        one = kernel.process()
        child = one.fork()
        one.kill(child, SIGKILL)
        pid, status = one.wait()
        print(pid == child.pid, status)
        #> True 9
        """,
    ),
    _holds(
        "kills-all",
        """
        import os
        one = kernel.process()
        os.kill(-1, SIGKILL)
        try:
            one.getpid()
        except Exception as gone:
            print(type(gone).__name__)
            #> ProcessGone
        """,
        ROOT,
    ),
    _holds(
        "kills-init",
        """
        one = kernel.process()
        print(one.getppid())
        #> 1
        one.kill(1, SIGKILL)
        print(one.getpid())
        #> 2
        """,
        ROOT,
    ),
    _broken(
        "kills-group", "killed", "killed by signal 9",
        "import os\nos.killpg(0, SIGKILL)\nprint(1)\n#> 1", STRANGER,
    ),
    Fault(
        "signals-all",
        "one = kernel.process()\none.kill(-1, SIGKILL)\nprint(1)\n#> 1",
        "unavailable", "", "kill(-1) would reach processes that are not the example's", STRANGER,
    ),
    _holds(
        "signals-all-of-its-own",
        """
        one = kernel.process()
        uid = one.getuid()
        first = one.clone(CLONE_NEWUSER | CLONE_NEWPID, uid_map=f"0 {uid} 1")
        second = first.fork()
        first.kill(-1, SIGKILL)
        print(first.wait())
        #> (2, 9)
        """,
    ),
    _holds(
        "unmounts",
        """
        one = kernel.process()
        for line in reversed(open("/proc/self/mounts").read().splitlines()):
            try:
                one.umount(line.split()[1], MNT_DETACH)
            except OSError:
                pass
        print(one.getpid() > 1)
        #> True
        """,
        ROOT,
    ),
    _holds(
        "pivots",
        """
        one = kernel.process()
        one.mount("none", kernel.scratch, "tmpfs")
        one.mkdir(f"{kernel.scratch}/old")
        one.pivot_root(kernel.scratch, f"{kernel.scratch}/old")
        one.umount("/old", MNT_DETACH)
        print(one.listdir("/"))
        #> ['old']
        """,
        ROOT,
    ),
    _holds(
        "fills-scratch",
        """
        one = kernel.process()
        file = one.open("big", O_RDWR | O_CREAT)
        with fails(ENOSPC):
            while True:
                one.write(file, bytes(1 << 17))
        """,
        ROOT,
    ),
    _holds(
        "changes-itself",
        """
        import os, signal
        os.chdir("/")
        os.umask(0)
        os.environ["NSDOC_LEFT_BEHIND"] = "1"
        for number in (SIGTERM, SIGCHLD):
            signal.signal(number, signal.SIG_IGN)
        print(1)
        #> 1
        """,
    ),
    _holds(
        "finds-nothing-changed",
        """
        import os, signal
        changed = os.umask(0o22) != 0o22 or "NSDOC_LEFT_BEHIND" in os.environ
        print(os.getcwd() == kernel.scratch, changed)
        #> True False
        print(signal.getsignal(SIGTERM) == signal.getsignal(SIGCHLD) == signal.SIG_DFL)
        #> True
        """,
    ),
    _holds(
        "makes-queues",
        """
        one = kernel.process()
        private = one.msgget(0, IPC_CREAT | 0o600)
        named = one.msgget(0x6E73, IPC_CREAT | 0o600)
        one.fork().exit()
        print(one.msgget(0x6E73) == named != private)
        #> True
        """,
    ),
    _holds(
        "locks-its-directory",
        """
        import os
        os.makedirs("locked/deep")
        open("locked/deep/file", "w").close()
        os.chmod("locked/deep", 0)
        os.chmod("locked", 0)
        print(1)
        #> 1
        """,
    ),
    _broken(
        "leaves-an-orphan", "timeout", "a process that it started still runs",
        """
        import os, time
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(60)
            os._exit(0)
        os.wait()
        print(1)
        #> 1
        """,
        timeout="0.3",
    ),
)  # fmt: skip

ALL = PLANTED + SELF + LIMITS + HOSTILE
