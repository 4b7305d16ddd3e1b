"""Install the man pages of a directory, take them away again, or put them into an archive.

    python tools/pages.py install   [--suffix S] BUILD MANDIR
    python tools/pages.py uninstall [--suffix S] BUILD MANDIR
    python tools/pages.py dist      [--suffix S] BUILD ARCHIVE

BUILD is what "make man" writes.  The suffix is put to the section in the names of the files,
so that no page takes the place of one of the manpages package: user_namespaces.7nsdoc.
man(1) finds such a page in its section, after that of the other package, and by "man 7nsdoc user_namespaces".
"""

from __future__ import annotations

import argparse
import gzip
import io
import os
import re
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

_NAME = re.compile(r"^\.SH NAME\n(?P<names>.+?) \\- ", re.MULTILINE)
_DATE = re.compile(r'^\.TH (?:"[^"]*"|\S+) \S+ "?(?P<date>\d{4}-\d\d-\d\d)', re.MULTILINE)
_FILE = re.compile(r"(?P<name>.+)\.(?P<section>[1-9][a-z]*)")
_ESCAPES = re.compile(r"\\[%&]")


class NoPages(Exception):
    """There is no page in the directory."""


@dataclass(frozen=True, slots=True)
class Page:
    """A file to install: where, below the directory of man pages, its content, and its date in seconds."""

    path: str
    content: bytes
    date: int


def pages(build: Path, suffix: str) -> tuple[Page, ...]:
    """The pages of a directory and their aliases, in the order of their paths.

    Each further name under NAME becomes an alias, unless a page has that name.

    Raises:
        NoPages: there is none.
    """
    found = {page.path: page for page in _pages(build, suffix)}
    if not found:
        raise NoPages(f"no man page below {build}; expected what make man writes")
    for page in list(found.values()):
        for alias in _aliases(page):
            found.setdefault(alias.path, alias)
    return tuple(found[path] for path in sorted(found))


def _pages(build: Path, suffix: str) -> Iterator[Page]:
    for path in sorted(build.glob("man[1-9]*/*")):
        if _FILE.fullmatch(path.name):
            content = path.read_bytes()
            yield Page(f"{path.parent.name}/{path.name}{suffix}", content, _date(content.decode()))


def _date(text: str) -> int:
    """When the page was last changed: what stands in its title line, 1970 where nothing does."""
    found = _DATE.search(text)
    return int(datetime.fromisoformat(found["date"]).replace(tzinfo=UTC).timestamp()) if found else 0


def _aliases(page: Page) -> Iterator[Page]:
    found = _NAME.search(page.content.decode())
    names = found["names"].split(", ") if found else []
    directory, _, file = page.path.partition("/")
    section = file.rpartition(".")[2]
    for written in names:
        name = _ESCAPES.sub("", written).replace("\\-", "-").strip()
        if "/" not in name:
            yield Page(f"{directory}/{name}.{section}", f".so {page.path}\n".encode(), page.date)


def install(found: tuple[Page, ...], mandir: Path) -> None:
    """Write the pages below `mandir`: each is there whole, or as before."""
    for page in found:
        path = mandir / page.path
        path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".")
        try:
            with open(handle, "wb") as file:
                file.write(page.content)
                os.fchmod(handle, 0o644)
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise


def uninstall(found: tuple[Page, ...], mandir: Path) -> None:
    """Take away what `install` writes, as far as it is there."""
    for page in found:
        (mandir / page.path).unlink(missing_ok=True)


def dist(found: tuple[Page, ...], archive: Path, environment: Mapping[str, str] = os.environ) -> None:
    """Write an archive that has the same bytes whenever and by whomever it is made.

    A page has the date that stands in it, or that of SOURCE_DATE_EPOCH if it is earlier:
    https://reproducible-builds.org/docs/archives/
    """
    latest = int(environment.get("SOURCE_DATE_EPOCH") or sys.maxsize)
    root = archive.name.removesuffix(".tar.gz")
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for page in found:
            entry = tarfile.TarInfo(f"{root}/{page.path}")
            entry.size, entry.mode, entry.mtime = len(page.content), 0o644, min(page.date, latest)
            tar.addfile(entry, io.BytesIO(page.content))
    archive.parent.mkdir(parents=True, exist_ok=True)
    with archive.open("wb") as file, gzip.GzipFile("", "wb", mtime=0, fileobj=file) as stream:
        stream.write(packed.getvalue())


_ACTIONS: Mapping[str, Callable[[tuple[Page, ...], Path], None]] = MappingProxyType(
    {"install": install, "uninstall": uninstall, "dist": dist}
)


def main() -> int:
    """Run the program: the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("action", choices=tuple(_ACTIONS))
    parser.add_argument("--suffix", default="")
    parser.add_argument("build", type=Path)
    parser.add_argument("target", type=Path)
    arguments = parser.parse_args()
    # Man pages are for everybody, whoever installs them.
    os.umask(0o022)
    try:
        found = pages(arguments.build, arguments.suffix)
        _ACTIONS[arguments.action](found, arguments.target)
    except (NoPages, OSError) as error:
        print(f"pages: {error}", file=sys.stderr)
        return 1
    print(f"{len(found)} files: {arguments.action} {arguments.target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
