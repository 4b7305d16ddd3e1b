"""Both kernels for every case, the live one first; and what is known to differ."""

from __future__ import annotations

import platform
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from nsdoc import Unavailable, open_kernel
from nsdoc.backends.model import edition
from nsdoc.process import Kernel

BACKENDS = ("linux", "model")
_DIVERGENCES = Path(__file__).with_name("divergences.toml")


def divergences() -> list[dict[str, str]]:
    """The listed differences: the case, the backend on which it does not hold, and why."""
    listed: list[dict[str, str]] = tomllib.loads(_DIVERGENCES.read_text(encoding="utf-8")).get(
        "divergence", []
    )
    return listed


def model_spec() -> str:
    """The model of the release that runs here, or of the newest that is known."""
    release = platform.release().partition("-")[0]
    try:
        edition(release)
    except ValueError:
        return "model"
    return f"model@{release}"


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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Expect a listed difference to fail; one that holds after all fails, so that the list stays true."""
    listed = {(entry["backend"], entry["case"]): entry["reason"] for entry in divergences()}
    for item in items:
        name = item.name
        for backend in BACKENDS:
            plain = name.replace(f"[{backend}-", "[").replace(f"[{backend}]", "")
            if plain != name and (backend, plain) in listed:
                item.add_marker(pytest.mark.xfail(reason=listed[backend, plain], strict=True))
