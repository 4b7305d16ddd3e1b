"""Running something as an ordinary user, who may be unable to read the interpreter and this checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
UID = 1000
_OLDEST = (3, 11)


@dataclass(frozen=True)
class Ordinary:
    """An interpreter and a directory with nsdoc that every user can read."""

    python: str
    home: Path

    def run(
        self, *arguments: str, root: bool = False, timeout: float = 60, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run the interpreter as an ordinary user, or as the caller who is root."""
        identity = {} if root or os.geteuid() != 0 else {"user": UID, "group": UID, "extra_groups": []}
        done: subprocess.CompletedProcess[str] = subprocess.run(
            [self.python, *arguments],
            env={"PYTHONPATH": str(self.home), "PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1"},
            cwd=cwd or self.home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            **identity,  # type: ignore[call-overload]  # a dict of differing types
        )
        return done


@contextmanager
def for_everyone(modules: Sequence[str] = (), folders: Sequence[str] = ()) -> Iterator[Ordinary]:
    """A copy of nsdoc, of other modules and of folders of this checkout, for as long as the block lasts."""
    home = Path(tempfile.mkdtemp(prefix="nsdoc-test-"))
    try:
        for module in ("nsdoc", *modules):
            _copy_module(module, home)
        for folder in folders:
            shutil.copytree(ROOT / folder, home / folder, ignore=shutil.ignore_patterns("__pycache__"))
        for path in (home, *home.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        yield Ordinary(_interpreter(), home)
    finally:
        shutil.rmtree(home)


def _copy_module(name: str, home: Path) -> None:
    spec = find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    origin = Path(spec.origin)
    if origin.name == "__init__.py":
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(origin.parent, home / origin.parent.name, ignore=ignored)
    else:
        shutil.copy(origin, home)


def _interpreter() -> str:
    """An interpreter that everyone can execute."""
    # Not by way of a virtual environment, which can be where nobody else may look.
    for path in (Path(sys.executable).resolve(), Path("/usr/bin/python3").resolve()):
        if _reachable(path) and _version(str(path)) >= _OLDEST:
            return str(path)
    pytest.skip(f"no Python {_OLDEST[0]}.{_OLDEST[1]} that every user can execute")


def _reachable(path: Path) -> bool:
    return path.exists() and all(step.stat().st_mode & 0o001 for step in (path, *path.parents))


def _version(python: str) -> tuple[int, int]:
    code = "import sys; print(*sys.version_info[:2])"
    done = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=True)
    major, minor = map(int, done.stdout.split())
    return major, minor
