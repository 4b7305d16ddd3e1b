"""Hosts that refuse something, each simulated by a process in its circumstances."""

from __future__ import annotations

import json
import os
import subprocess
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
        done = self.run(circumstances, who)
        assert done.stdout, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return done.returncode, found

    def run(self, circumstances: str, who: str, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command of nsdoc on such a host."""
        return self.ordinary.run("tests/probe/circumstances.py", circumstances, who, *command, root=True)


@pytest.fixture(scope="session")
def hosts() -> Iterator[Hosts]:
    """Simulated hosts."""
    with for_everyone(["docutils"], ["tests/probe"]) as ordinary:
        yield Hosts(ordinary)
