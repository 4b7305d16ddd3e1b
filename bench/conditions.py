"""Where a benchmark runs."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bench.results import Conditions

_PACKAGES = ("nsdoc", "docutils", "sphinx", "sybil", "pytest", "pytest-examples")


def conditions(others: float) -> Conditions:
    """The conditions of a run that has just ended, with the part of the processors that other work took."""
    return Conditions(
        date=datetime.now(UTC).date().isoformat(),
        machine=f"{_processor()}, {platform.machine()}",
        processors=len(os.sched_getaffinity(0)),
        kernel=platform.release(),
        user="root" if os.geteuid() == 0 else "an ordinary user",
        others=others,
        versions={"Python": platform.python_version()} | _versions(),
    )


def _processor() -> str:
    """The processor's name; the machine's own name is nobody's business."""
    lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else "unknown processor"


def _versions() -> dict[str, str]:
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
