"""Other tools that run the examples of documentation.

In them, an example runs in the process of the tool.
One that changes what its process is has to fork:
users of these tools write a helper that does so, and call it in each example.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.program import Program, module

# The tools under test get none of the plugins that happen to be installed.
_PYTEST = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}

HELPER = '''\
"""What the examples call."""

import ctypes
import os

CLONE_NEWUSER = 0x10000000
_libc = ctypes.CDLL(None, use_errno=True)


def ids_in_user_namespace():
    """The IDs of a process in a new user namespace where those of its creator are mapped to 0."""
    uid, gid = os.getuid(), os.getgid()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if _libc.unshare(CLONE_NEWUSER):
                raise OSError(ctypes.get_errno(), "unshare")
            _write("/proc/self/uid_map", f"0 {uid} 1")
            _write("/proc/self/setgroups", "deny")
            _write("/proc/self/gid_map", f"0 {gid} 1")
            os.write(writer, repr((os.getresuid(), os.getresgid())).encode())
        finally:
            os._exit(0)
    os.close(writer)
    seen = os.read(reader, 100).decode()
    os.close(reader)
    os.waitpid(child, 0)
    return seen


def _write(path, text):
    with open(path, "w") as file:
        file.write(text)
'''

_EXPECTED = "((0, 0, 0), (0, 0, 0))"
_TITLE = "User namespaces\n===============\n\n"
_PROSE = "In a new user namespace, a process has the IDs to which its own are mapped ({number}).\n"
_SETUP = ".. testsetup::\n\n   from userns import ids_in_user_namespace\n\n"
_DOCTEST = f"{_PROSE}\n   >>> print(ids_in_user_namespace())\n   {_EXPECTED}\n\n"
_DIRECTIVE = f"{_PROSE}\n.. doctest::\n\n   >>> print(ids_in_user_namespace())\n   {_EXPECTED}\n\n"
_FENCE = f"""\
{_PROSE}
```python
from userns import ids_in_user_namespace

print(ids_in_user_namespace())
#> {_EXPECTED}
```

"""
_SYBIL = """\
from sybil import Sybil
from sybil.parsers.rest import DocTestParser

from userns import ids_in_user_namespace


def setup(namespace):
    namespace["ids_in_user_namespace"] = ids_in_user_namespace


pytest_collect_file = Sybil(parsers=[DocTestParser()], pattern="*.rst", setup=setup).pytest()
"""
_PYTEST_EXAMPLES = """\
import pytest
from pytest_examples import CodeExample, EvalExample, find_examples


@pytest.mark.parametrize("example", list(find_examples("page.md")), ids=str)
def test_page(example: CodeExample, eval_example: EvalExample):
    eval_example.run_print_check(example)
"""
_TRY = """\
from userns import ids_in_user_namespace

print(ids_in_user_namespace())
"""
_CONF = """\
import sys

sys.path.insert(0, ".")
extensions = ["sphinx.ext.doctest"]
"""


def sphinx(directory: Path, examples: int) -> Program:
    """Sphinx's builder "doctest": one page, its examples in one group as without options."""
    _write(directory, "conf.py", _CONF)
    _write(directory, "index.rst", _TITLE + _SETUP + _repeat(_DIRECTIVE, examples))
    argv = module("sphinx", "-q", "-b", "doctest", ".", "out")
    summary = directory / "out" / "output.txt"
    return Program(argv, directory, examples, lambda output: _summed(summary), leftovers=("out",))


def sybil(directory: Path, examples: int) -> Program:
    """sybil under pytest: one page, an item each."""
    _write(directory, "pytest.ini", "[pytest]\naddopts = -p no:doctest\n")
    _write(directory, "conftest.py", _SYBIL)
    _write(directory, "page.rst", _TITLE + _repeat(_DOCTEST, examples))
    return Program(module("pytest", "-q", "page.rst"), directory, examples, _passed, environment=_PYTEST)


def pytest_examples(directory: Path, examples: int) -> Program:
    """pytest-examples: one Markdown page, an item each, outputs checked."""
    _write(directory, "pytest.ini", "[pytest]\n")
    _write(directory, "test_page.py", _PYTEST_EXAMPLES)
    _write(directory, "page.md", _TITLE + _repeat(_FENCE, examples))
    argv = module("pytest", "-q", "-p", "pytest_examples", "test_page.py")
    return Program(argv, directory, examples, _passed, environment=_PYTEST)


def _write(directory: Path, name: str, text: str) -> None:
    (directory / name).write_text(text, encoding="utf-8")
    (directory / "userns.py").write_text(HELPER, encoding="utf-8")


def _repeat(template: str, examples: int) -> str:
    return "".join(template.format(number=number) for number in range(examples))


def _summed(summary: Path) -> int:
    """The tests that Sphinx's summary counts, less those that failed."""
    text = summary.read_text(encoding="utf-8")
    numbers = [int(number) for number in re.findall(r"^ *(\d+) (?:tests?|failures? in tests)$", text, re.M)]
    return numbers[0] - sum(numbers[1:]) if numbers else 0


def _passed(output: str) -> int:
    found = re.search(r"^(\d+) passed", output, re.M)
    return int(found[1]) if found else 0


def refusal() -> str:
    """Why this host lets nobody make a user namespace as the examples do; empty if it does."""
    with tempfile.TemporaryDirectory() as directory:
        _write(Path(directory), "try.py", _TRY)
        argv = [sys.executable, "try.py"]
        tried = subprocess.run(argv, cwd=directory, capture_output=True, text=True, check=False)
    if tried.stdout.strip() == _EXPECTED:
        return ""
    return (tried.stderr or tried.stdout or "no answer").strip().splitlines()[-1]
