"""What a report was made from, in short: whether it is still of the pages and the model that are there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from nsdoc import mutate
from nsdoc.backends import model

# What a source has that has claims.
_CLAIM = b".. claim::"


def fingerprint(pages: Path) -> str:
    """A digest of the sources with claims below a directory, of the model, and of what breaks it.

    Raises:
        OSError: a file cannot be read.
    """
    digest = hashlib.sha256()
    for file in files(pages):
        data = file.read_bytes()
        if file.suffix != ".rst" or _CLAIM in data:
            digest.update(f"{file.name} {len(data)}\n".encode() + data)
    return digest.hexdigest()[:16]


def files(pages: Path) -> Iterator[Path]:
    """The files that a report on the pages below a directory depends on."""
    yield from sorted([*pages.rglob("*.rst"), *pages.glob("*.toml")])
    for package in (model, mutate):
        yield from sorted(Path(str(package.__file__)).parent.glob("*.py"))
