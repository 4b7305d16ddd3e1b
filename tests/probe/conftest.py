"""Hosts that refuse something, each simulated by a process in its circumstances."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.ordinary import Ordinary, for_everyone


@dataclass(frozen=True)
class Hosts:
    """Runs nsdoc probe on simulated hosts."""

    ordinary: Ordinary

    def probe(self, circumstances: str, who: str) -> tuple[int, dict[str, Any]]:
        """The exit status and the findings; `who` is ``root`` or ``user``."""
        if who == "root" and os.geteuid() != 0:
            pytest.skip("needs root: the host is one where root probes")
        arguments = [circumstances] if who == "root" else [circumstances, "user"]
        done = self.ordinary.run("tests/probe/circumstances.py", *arguments, root=True)
        assert done.stdout, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return done.returncode, found


@pytest.fixture(scope="session")
def hosts() -> Iterator[Hosts]:
    """Simulated hosts."""
    with for_everyone(folders=["tests/probe"]) as ordinary:
        yield Hosts(ordinary)
