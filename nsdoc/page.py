"""Pages, claims and examples: what the reader of a source gives to the rest."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file; `line` counts from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Bounds:
    """The releases for which something is true, half-open: `until` is the first where it no longer is.

    A release is written as in the source, such as ``3.19``; None means no bound.
    """

    since: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True)
class Print:
    """The lines of a statement that prints, counted from 1 within the example's code.

    Statements that share a line count as one,
    so every line of the code lies in one `Print` at most
    and an output recorded at any of its lines belongs to it.
    """

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Expected:
    """Everything that one print is expected to show, and where it stands.

    Lines count from 1 within the example's code.
    `after` is the `last` of the `Print` the output belongs to,
    `first` and `last` the lines that hold the output itself.
    Several outputs under one print (a loop) are one `text`, joined by newlines.
    """

    after: int
    first: int
    last: int
    text: str


@dataclass(frozen=True, slots=True)
class Example:
    """The code beside a claim.

    `code` has no indentation of its own and ends in a newline;
    its line N is line ``place.line + N - 1`` of the file,
    indented there by `indent` columns (blank lines need not be).
    `timeout` is in seconds, None for the default.
    """

    place: Place
    code: str
    indent: int
    expected: tuple[Expected, ...] = ()
    prints: tuple[Print, ...] = ()
    bounds: Bounds = Bounds()
    timeout: float | None = None
    needs: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """A digest of everything that decides what the example means."""
        return _digest(self.code, repr(self.bounds), repr(self.timeout), repr(self.needs))


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence that a run can refute.

    `page` is written ``user_namespaces(7)``, `heading` is the heading it stands under
    ("DESCRIPTION", or "DESCRIPTION/Nested namespaces" below a section),
    `prose` its text with the markup taken off.
    """

    page: str
    id: str
    heading: str
    prose: str
    place: Place
    examples: tuple[Example, ...]
    bounds: Bounds = Bounds()
    continues: bool = False

    @property
    def name(self) -> str:
        """The claim's permanent name, such as ``user_namespaces(7)#level-limit``."""
        return f"{self.page}#{self.id}"

    @property
    def digest(self) -> str:
        """A digest of prose, bounds and examples: it changes when the evidence no longer fits."""
        parts = (self.prose, repr(self.bounds), *(example.digest for example in self.examples))
        return _digest(*parts)


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence of a normative heading that stands outside every claim.

    `mark` says why it is no claim ("definition", "pointer", "advice");
    it is empty where nobody has said so.
    """

    place: Place
    heading: str
    text: str
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One manual page: its title, its one-line description, and its claims in order.

    A source that is no manual page has its file's stem as `name`, and no `section`.
    `includes` are the files that the source takes in, `passages` its prose outside the claims.
    """

    file: str
    name: str
    section: str
    purpose: str = ""
    claims: tuple[Claim, ...] = ()
    includes: tuple[str, ...] = ()
    passages: tuple[Passage, ...] = ()

    @property
    def title(self) -> str:
        """The page as others refer to it, such as ``user_namespaces(7)``."""
        return f"{self.name}({self.section})" if self.section else self.name


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
