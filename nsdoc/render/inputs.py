"""What each written page was made from, so that an unchanged one is not written again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from nsdoc.render.dates import default_date

if TYPE_CHECKING:
    from sphinx.environment import BuildEnvironment


class Inputs:
    """The digests of the last build, kept beside the pages."""

    def __init__(self, file: Path) -> None:
        self._file = file

    @cached_property
    def _recorded(self) -> Mapping[str, str]:
        try:
            found = json.loads(self._file.read_text())
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def is_current(self, path: str, digest: str) -> bool:
        """Whether the page at `path`, below the output directory, was made from these very inputs."""
        return self._recorded.get(path) == digest and (self._file.parent / path).is_file()

    def drop_all_but(self, paths: Collection[str]) -> bool:
        """Take away pages of the last build that are none now, with their parts: whether there were any."""
        gone = self._recorded.keys() - set(paths)
        for path in gone:
            (self._file.parent / path).unlink(missing_ok=True)
            drop_parts(self._file.parent, path)
        return bool(gone)

    def save(self, digests: Mapping[str, str]) -> None:
        """Record what the pages were made from."""
        if digests != self._recorded:
            self._file.write_text(json.dumps(digests, indent=1, sort_keys=True) + "\n")


def drop_parts(directory: Path, path: str, keep: Collection[str] = ()) -> None:
    """Take away the parts of the page at `path` that are not to `keep`, such as those that it once named."""
    parts = directory / "fragments" / Path(path).name
    for file in parts.glob("*"):
        if file.relative_to(directory).as_posix() not in keep:
            file.unlink()
    if parts.is_dir() and not any(parts.iterdir()):
        parts.rmdir()


def write(file: Path, text: str) -> None:
    """Write a page, unless it is there already, word for word: then it keeps its date."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.is_file() or file.read_bytes() != text.encode("ascii"):
        file.write_text(text, encoding="ascii")


def digest(env: BuildEnvironment, docname: str, common: str) -> str:
    """A digest of every file that the page of `docname` is made from, and of `common`."""
    total = hashlib.sha256(common.encode())
    for name in sorted(_documents(env, docname)):
        others = sorted(Path(env.srcdir, path) for path in env.dependencies.get(name, ()))
        for file in (Path(env.doc2path(name)), *others):
            total.update(_content(file))
    return total.hexdigest()


def common(env: BuildEnvironment, tags: Iterable[str]) -> str:
    """What every page depends on: the renderer, the settings, the tags and the titles that references show.

    Settings that change how a source is read need not be here: Sphinx then reads all of them again.
    """
    config = (env.config.project, env.config.release, default_date(env.config), sorted(tags))
    labels = sorted(env.get_domain("std").labels.items())  # type: ignore[attr-defined]
    titles = sorted((name, title.astext()) for name, title in env.titles.items())
    return repr((_renderer(), config, labels, titles))


def _renderer() -> str:
    total = hashlib.sha256()
    for file in sorted(Path(__file__).parent.rglob("*.py")):
        total.update(file.read_bytes())
    return total.hexdigest()


def _documents(env: BuildEnvironment, docname: str) -> set[str]:
    found: set[str] = set()
    waiting = [docname]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += env.toctree_includes.get(name, ())
    return found


def _content(file: Path) -> bytes:
    try:
        return hashlib.sha256(file.read_bytes()).digest()
    except OSError:
        return b"missing"
