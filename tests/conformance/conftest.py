"""Both kernels for every case, the live one first; and what is known to differ."""

from __future__ import annotations

import platform
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from nsdoc import Unavailable, open_kernel
from nsdoc.backends.model import connect, edition
from nsdoc.process import Kernel

BACKENDS = ("linux", "model")
_HERE = Path(__file__).parent
_LISTED = _HERE / "divergences.toml"


def divergences() -> list[dict[str, str]]:
    """The listed differences: the case, the backend on which it does not hold, and why."""
    return _listed("divergence")


def _listed(kind: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = tomllib.loads(_LISTED.read_text(encoding="utf-8")).get(kind, [])
    return found


def model_spec() -> str:
    """The model of the release that runs here, or of the newest that is known."""
    release = platform.release().partition("-")[0]
    try:
        edition(release)
    except ValueError:
        return "model"
    return f"model@{release}"


def open_model() -> Kernel:
    """A machine of the model, which needs no end."""
    return Kernel(connect(model_spec().partition("@")[2]))


@pytest.fixture(params=BACKENDS)
def kernel(request: pytest.FixtureRequest) -> Iterator[Kernel]:
    """A kernel with nothing in it yet."""
    spec = "linux" if request.param == "linux" else model_spec()
    try:
        with open_kernel(spec) as opened:
            if request.param == "linux" and not (opened.supports("root") and opened.supports("isolation")):
                pytest.skip("the live kernel needs root here, and namespaces for every case")
            yield opened
    except Unavailable as reason:
        pytest.skip(f"this host cannot show it: {reason}")


def unreachable() -> list[dict[str, str]]:
    """The rules that no case can reach, and why."""
    return _listed("unreachable")


def names_of(whole: str) -> Iterator[tuple[str, str]]:
    """The names under which a difference of a case of this directory can be listed: backend and case."""
    for backend in BACKENDS:
        plain = whole.replace(f"[{backend}-", "[").replace(f"[{backend}]", "")
        # A case without a backend of its own is one of test_calls.py, for the model.
        if plain != whole or backend == "model":
            yield backend, plain
            yield backend, plain.partition("[")[0]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Expect a listed difference to fail; one that holds after all fails, so that the list stays true."""
    listed = {(entry["backend"], entry["case"]): entry["reason"] for entry in divergences()}
    for item in items:
        if item.path.parent != _HERE:
            continue
        for name in names_of(item.nodeid.partition(f"{_HERE.name}/")[2]):
            if name in listed:
                item.add_marker(pytest.mark.xfail(reason=listed[name], strict=True))
