"""Every call that a process can make is documented, tried here, and known to the backend."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import pytest

from nsdoc.abi import ERRNO
from nsdoc.backends.linux.calls import CALLS, birth
from nsdoc.process import Process

METHODS = {
    name: method
    for name, method in inspect.getmembers(Process, inspect.isfunction)
    if not name.startswith("_")
}
# A convenience on top of another call, or a name of its own for one.
UNDER_ANOTHER_NAME = {"seteuid": "setresuid", "setegid": "setresgid", "wait": "waitpid"}
# What cannot be refused says so by naming no error.
NEVER_REFUSED = frozenset(
    "capget exit getdomainname getegid geteuid getgid getgroups gethostname getpid getppid getresgid"
    " getresuid getuid setfsgid setfsuid umask".split()
)
REFERENCE = re.compile(r"_?[a-z0-9_]+\(2\)")
ERROR = re.compile(r"\bE[A-Z0-9]{3,}\b")


def called() -> set[str]:
    """The methods that the tests of this directory call, by name."""
    trees = (ast.parse(path.read_text("utf-8")) for path in Path(__file__).parent.glob("test_*.py"))
    return {node.attr for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


@pytest.mark.parametrize("name", METHODS)
def test_every_call_has_its_manual_page_and_its_errors(name: str) -> None:
    """The docstring names the page in section 2, and errors that Linux has, or the call is never refused."""
    text = inspect.getdoc(METHODS[name]) or ""
    assert REFERENCE.match(text), text
    errors = ERROR.findall(text.partition("Raises:")[2])
    assert set(errors) <= set(ERRNO)
    assert bool(errors) == (name not in NEVER_REFUSED)


def test_every_call_is_tried() -> None:
    """No method of a process is without a test on the live kernel."""
    assert set(METHODS) - called() == set()


def test_the_backend_knows_every_call_and_no_other() -> None:
    """Each method has its call in the live backend, and no call there is without a method."""
    offered = {*CALLS, *birth.CALLS}
    wanted = {UNDER_ANOTHER_NAME.get(name, name) for name in METHODS}
    assert wanted - offered == set()
    assert offered - wanted == set()


def test_every_parameter_has_a_type() -> None:
    """Methods are typed throughout, so that a page of another project can be checked."""
    for name, method in METHODS.items():
        for parameter in inspect.signature(method).parameters.values():
            assert parameter.name == "self" or parameter.annotation is not parameter.empty, name
        assert inspect.signature(method).return_annotation is not inspect.Signature.empty, name
