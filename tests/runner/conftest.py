"""Zygotes to run examples in."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from textwrap import dedent
from typing import TypeAlias

import pytest

from nsdoc.run import Run
from nsdoc.runner.nest import Job
from nsdoc.runner.pool import Pool

BACKEND = "nsdoc.backends.linux"

Runs: TypeAlias = Callable[..., Run]


def job(code: str, timeout: float = 5.0, *, contained: bool = False) -> Job:
    """An example without a page around it."""
    return Job(compile(dedent(code), "example", "exec"), "example", timeout, contained=contained)


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    """A pool of one zygote."""
    with Pool(BACKEND, "", 1) as started:
        yield started


@pytest.fixture
def seen(pool: Pool) -> Runs:
    """A function that runs one example: what was seen of it."""

    def perform(code: str, timeout: float = 5.0) -> Run:
        [(index, found)] = pool.run([job(code, timeout)])
        assert index == 0
        return found

    return perform


@pytest.fixture
def isolated() -> None:
    """Skip a test where examples have no namespaces of their own."""
    if os.geteuid() != 0:
        pytest.skip("needs root: without it, an example has no namespaces of its own")
