"""A project with pages, and the command line to run in it, as root or as somebody else."""

from __future__ import annotations

import json
import os
import subprocess
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from tests import host
from tests.source.sources import HEAD

# Longer than anything that a test runs; a test that hangs then says so.
_PATIENCE = 60


def claim(name: str, code: str, *options: str) -> str:
    """A claim whose example is `code`, with `options` of the example such as ``:timeout: 1``."""
    lines = textwrap.indent("".join(f"{option}\n" for option in options), "      ")
    body = textwrap.indent(textwrap.dedent(code).strip("\n"), "      ")
    return f".. claim:: {name}\n\n   Prose of {name}.\n\n   .. example::\n{lines}\n{body}\n\n"


GOOD = claim("good", "print(kernel.process().getppid() > 0)\n#> True")
WRONG = claim("wrong", "print(1 + 1)\n#> 3")


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it wrote."""

    status: int
    out: str
    err: str

    @cached_property
    def report(self) -> Any:
        """Standard output, read as JSON."""
        return json.loads(self.out)

    @property
    def verdicts(self) -> dict[str, Any]:
        """The verdicts of that report by the ids of their claims."""
        return {entry["claim"].partition("#")[2]: entry for entry in self.report["verdicts"]}


@dataclass(frozen=True)
class Someone:
    """Who runs nsdoc: a user ID, None for the caller's, an interpreter, and where nsdoc is found."""

    name: str
    uid: int | None
    python: str
    library: Path

    @property
    def root(self) -> bool:
        """Whether nsdoc runs as root."""
        return self.uid is None and os.geteuid() == 0


class Here(Protocol):
    """What runs ``nsdoc`` within the process of the test: quicker than a process, and not isolated."""

    def __call__(self, *words: str, **env: str) -> Ran:
        """Run ``nsdoc`` with these words and environment variables, in the project's directory."""


def ended(process: subprocess.Popen[str]) -> Ran:
    """Wait for the end of a command."""
    with process:
        try:
            out, err = process.communicate(timeout=_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    return Ran(process.returncode, out, err)


class Project:
    """A directory with ``docs/`` and, beside it, one for temporary files."""

    def __init__(self, directory: Path, who: Someone) -> None:
        self.directory = directory / "project"
        self.temporary = directory / "tmp"
        self.who = who
        for path in (self.directory, self.directory / "docs", self.temporary):
            path.mkdir()
            self._give(path)

    @property
    def verdicts(self) -> Path:
        """Where the last verdicts are kept."""
        return self.directory / "build" / "verdicts.json"

    def write(self, *claims: str, name: str = "thing.7.rst", head: str = HEAD) -> Path:
        """Write a page of `claims`: its path."""
        return self.file(f"docs/{name}", head + "".join(claims))

    def file(self, name: str, text: str | bytes) -> Path:
        """Write a file of the project: its path."""
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        self._give(path.parent)
        self._give(path)
        return path

    def run(self, *words: str, env: dict[str, str] | None = None, by: Sequence[str] = ()) -> Ran:
        """Run ``nsdoc`` with these words and wait for its end."""
        return ended(self.start(*words, env=env, by=by))

    def check(self, *words: str, env: dict[str, str] | None = None, by: Sequence[str] = ()) -> Ran:
        """Run ``nsdoc check --json -`` with more words."""
        return self.run("check", "--json", "-", *words, env=env, by=by)

    @contextmanager
    def untouched(self) -> Iterator[None]:
        """Within the block nothing may be left on the host but files in the project's own directories."""
        host.adopt()
        before = host.look(self.temporary)
        yield
        with suppress(AssertionError):
            host.wait_for(lambda: host.look(self.temporary) == before, 1.0)
        assert not (left := host.difference(before, host.look(self.temporary))), left
        own = {path.name for path in self.directory.iterdir()}
        assert own <= {"docs", "examples", "build", "out"}, "a file outside build/"

    def start(
        self, *words: str, env: dict[str, str] | None = None, by: Sequence[str] = ()
    ) -> subprocess.Popen[str]:
        """Start ``nsdoc`` with these words, `by` a command that runs another one, if it is given."""
        uid = None if by else self.who.uid
        return subprocess.Popen(
            [*by, self.who.python, "-m", "nsdoc", *words],
            cwd=self.directory,
            env=self._environment() | (env or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            user=uid,
            group=uid,
            extra_groups=None if uid is None else [],
        )

    def _environment(self) -> dict[str, str]:
        inherited = os.environ.get("PYTHONPATH", "") if self.who.uid is None else ""
        return {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "TMPDIR": str(self.temporary),
            "PYTHONPATH": f"{self.who.library}:{inherited}".rstrip(":"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def _give(self, path: Path) -> None:
        if self.who.uid is not None:
            os.chown(path, self.who.uid, self.who.uid)
