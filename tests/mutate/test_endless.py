"""Mutants that never end, eat memory or crash: the run goes on."""

from __future__ import annotations

from dataclasses import replace
from types import CodeType

import pytest

from nsdoc.mutate.baseline import Baseline, baseline
from nsdoc.mutate.matrix import Entry, entries
from nsdoc.mutate.mutant import Mutant, mutants
from nsdoc.page import Claim, Example, Place
from nsdoc.source import code

# Other versions of Python warn of a fork in a process with threads, which a run of tests in parallel has.
pytestmark = pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")

_GOOD = "print(kernel.process(uid=5).clone(CLONE_NEWUSER).getuid())\n#> 65534\n"


def _claim(name: str, text: str) -> Claim:
    found = code.inspect(text)
    example = Example(Place("thing.7.rst", 1), text, 0, found.expected, found.prints)
    return Claim("thing(7)", name, "DESCRIPTION", "It is so.", example.place, (example,))


@pytest.fixture(scope="module")
def field() -> Baseline:
    """Two claims on the model as it is."""
    return baseline([_claim("one", _GOOD), _claim("two", _GOOD.replace("uid=5", "uid=6"))], 1)


def _with_body(mutant: Mutant, body: str) -> Mutant:
    """A mutant whose function does something else altogether."""
    name = mutant.function.rsplit(".", 1)[-1]
    made = compile(f"def {name}(*args):\n    {body}\n", "mutant", "exec")
    inner = next(one for one in made.co_consts if isinstance(one, CodeType))
    return replace(mutant, code=inner)


def _tried(field: Baseline, *bodies: str) -> list[Entry]:
    reached = next(
        one for one in mutants("R020") if one.function.endswith("create_user_ns") and field.reached(one)
    )
    broken = [_with_body(reached, body) for body in bodies]
    return [entry for _, entry in sorted(entries(field, broken, 1), key=lambda pair: pair[0])]


def test_endless(field: Baseline) -> None:
    """A mutant that never ends is given up, refutes nothing by a value, and the next one is tried."""
    endless, stubborn, crash = _tried(
        field, "while True: pass", "x = []\n    while True: x.append(bytes(1 << 20))", "raise RuntimeError"
    )
    assert [entry.refutes for entry in (endless, stubborn, crash)] == [(), (), ()]
    assert crash.stops == ("thing(7)#one", "thing(7)#two")


def test_assertion_of_the_model(field: Baseline) -> None:
    """An assertion within the model is a crash of the model, not a value that refutes a claim."""
    (entry,) = _tried(field, "raise AssertionError")
    assert (entry.refutes, entry.stops) == ((), ("thing(7)#one", "thing(7)#two"))
