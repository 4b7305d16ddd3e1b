"""Which manual pages there are: those of the project, those installed, and those of the man-pages project."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import cached_property
from importlib.resources import files
from pathlib import Path

from nsdoc.source.reader import is_man_page

_PACKED = (".gz", ".bz2", ".xz", ".zst", ".lz", ".Z")


class KnownPages:
    """The pages that a reference can lead to.

    `own` are the titles of pages, such as ``clone(2)``, and `directories` have sources beside one another.
    """

    def __init__(self, own: Iterable[str] = (), directories: Iterable[Path] = ()) -> None:
        self._own = frozenset(own)
        self._directories = tuple(directories)

    def has(self, name: str, section: str) -> bool:
        """Whether there is such a page."""
        title = f"{name}({section})"
        listed = self._listed.get(section, frozenset())
        return title in self._sources or name in listed or self._installed(name, section)

    @cached_property
    def _sources(self) -> frozenset[str]:
        beside = {
            _title(file.removesuffix(".rst"))
            for directory in self._directories
            for file in os.listdir(directory)
            if is_man_page(file)
        }
        return self._own | beside

    @cached_property
    def _listed(self) -> Mapping[str, frozenset[str]]:
        found: dict[str, list[str]] = {}
        section = ""
        for line in files("nsdoc.lint").joinpath("pages.txt").read_text("ascii").splitlines():
            if line.startswith("["):
                section = line.strip("[]")
            elif not line.startswith("#"):
                found.setdefault(section, []).extend(line.split())
        return {key: frozenset(names) for key, names in found.items()}

    def _installed(self, name: str, section: str) -> bool:
        """A page of a subsection, such as 3perl, is found in its section as well, as man(1) does."""
        return any(
            ending == section or ending[:1] == section
            for directory in _manpath()
            for ending in self._sections(directory / f"man{section[:1]}").get(name, ())
        )

    def _sections(self, directory: Path) -> Mapping[str, frozenset[str]]:
        """The names of the pages in a directory, each with its sections."""
        if directory not in self._read:
            self._read[directory] = _pages_in(directory)
        return self._read[directory]

    @cached_property
    def _read(self) -> dict[Path, Mapping[str, frozenset[str]]]:
        return {}


def _pages_in(directory: Path) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    try:
        files = os.listdir(directory)
    except OSError:
        return {}
    for file in files:
        name, _, section = _unpacked(file).rpartition(".")
        found.setdefault(name, set()).add(section)
    return {name: frozenset(sections) for name, sections in found.items()}


def _unpacked(file: str) -> str:
    return next((file.removesuffix(ending) for ending in _PACKED if file.endswith(ending)), file)


def _title(stem: str) -> str:
    name, _, section = stem.rpartition(".")
    return f"{name}({section})"


def _manpath() -> list[Path]:
    """The directories in which man(1) looks: those of MANPATH, or those beside the directories of PATH."""
    named = [Path(path) for path in os.environ.get("MANPATH", "").split(":") if path]
    beside = [Path(path).parent / "share" / "man" for path in os.environ.get("PATH", "").split(":") if path]
    return list(dict.fromkeys([*named, *beside, Path("/usr/local/share/man"), Path("/usr/share/man")]))
