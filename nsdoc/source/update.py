"""Observed outputs go back into the source, and nothing else in it changes."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass

from nsdoc.page import Example, Place, Print
from nsdoc.problems import Code, Problem, SourceError
from nsdoc.source import notation
from nsdoc.source.code import inspect
from nsdoc.source.lines import Lines, decoded

_LINE = re.compile(rb"[^\n]*\n|[^\n]+")


@dataclass(frozen=True, slots=True)
class Observation:
    """What one run of an example printed: the line of the file of each output, and its text."""

    example: Example
    printed: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Update:
    """A source as it is and as it is to be; the two are equal when every output is as expected."""

    file: str
    before: bytes
    after: bytes

    def write(self) -> None:
        """Replace the file, whole or not at all; its mode stays.

        Raises:
            SourceError: the file has changed since it was planned, or cannot be written.
        """
        path = os.path.realpath(self.file)
        try:
            _replace(path, self.before, self.after)
        except _Changed:
            raise _refusal(Place(self.file, 1), Code.CHANGED_FILE, "the file has changed meanwhile") from None
        except OSError as error:
            message = f"the file cannot be replaced: {error.strerror}"
            raise _refusal(Place(self.file, 1), Code.UNWRITABLE_FILE, message) from None


def rewrite(file: str, observations: Iterable[Observation]) -> bool:
    """Write the outputs of the examples that stand in `file` into it; whether that changed anything.

    Raises:
        SourceError: as `plan` and `Update.write`; the file is then as it was.
    """
    update = plan(file, observations)
    if update.after == update.before:
        return False
    update.write()
    return True


def plan(file: str, observations: Iterable[Observation]) -> Update:
    """What writing the outputs of the examples that stand in `file` would make of it.

    Only outputs that differ from the expected are touched.
    What stands below a print that did not run stays.

    Raises:
        SourceError: an example does not stand in the file as it was read,
            or an output cannot be written so that it reads the same.
    """
    data = _read(file)
    raw = _LINE.findall(data)
    lines = Lines()
    lines.keep(file, decoded(data))
    for observation in _from_the_end(file, observations):
        example = observation.example
        if lines.indent(example.place, example.code) is None:
            message = "the example does not stand here any more as it was read"
            raise _refusal(example.place, Code.CHANGED_FILE, message, "a file that has not changed since")
        for edit in reversed(_edits(observation)):
            _apply(raw, edit, example.place.line - 1)
    return Update(file, data, b"".join(raw))


def _from_the_end(file: str, observations: Iterable[Observation]) -> list[Observation]:
    """The observations of a file, last example first, so that an edit moves no example still to come.

    An example that several pages include is observed once for each.
    """
    found: dict[int, Observation] = {}
    for observation in observations:
        place = observation.example.place
        if place.file != file:
            continue
        if found.setdefault(place.line, observation).printed != observation.printed:
            raise _refusal(place, Code.CANNOT_UPDATE, "the example printed different things in two pages")
    return [found[line] for line in sorted(found, reverse=True)]


# One example


@dataclass(frozen=True, slots=True)
class _Edit:
    """Lines of the code: `removed` of them after the line `after` give way to `lines`.

    The new lines take the margin of the line `margin_of`.
    """

    after: int
    removed: int
    lines: tuple[str, ...]
    margin_of: int


def _edits(observation: Observation) -> list[_Edit]:
    """The edits of an example from its start to its end.

    Where a block would be code in the wrong place, or Python would not read it back, lines are used.
    Reading the result back is the test of both.
    """
    outputs = _outputs(observation)
    for blocks in (True, False):
        edits = [_edit(observation.example, site, texts, blocks) for site, texts in outputs.items()]
        if _reads_back(observation.example, edits, outputs):
            return edits
    place = observation.example.place
    raise _refusal(place, Code.CANNOT_UPDATE, "the outputs cannot be written below their prints")


def _outputs(observation: Observation) -> dict[Print, list[str]]:
    """The outputs that are not what is expected, by the print that they are to stand below."""
    example = observation.example
    expected = {expected.after: expected.text for expected in example.expected}
    found = notation.by_print(example, observation.printed)
    for site in found:
        if site not in example.prints:
            place = Place(example.place.file, example.place.line + site.first - 1)
            hint = "print called by its name"
            raise _refusal(place, Code.CANNOT_UPDATE, "an output comes from a line without a print", hint)
    return {
        site: found[site]
        for site in example.prints
        if site in found and notation.normal(expected.get(site.last, "\0")) != notation.joined(found[site])
    }


def _edit(example: Example, site: Print, texts: list[str], blocks: bool) -> _Edit:
    old = next((expected for expected in example.expected if expected.after == site.last), None)
    first = example.code.split("\n")[site.first - 1]
    column = example.indent + len(first) - len(first.lstrip())
    lines = tuple(notation.written(texts, column, blocks))
    return _Edit(site.last, old.last - old.first + 1 if old else 0, lines, site.first)


def _reads_back(example: Example, edits: list[_Edit], outputs: dict[Print, list[str]]) -> bool:
    code = example.code.split("\n")
    for edit in reversed(edits):
        first = code[edit.margin_of - 1]
        margin = first[: len(first) - len(first.lstrip())]
        code[edit.after : edit.after + edit.removed] = [margin + line if line else "" for line in edit.lines]
    findings = inspect("\n".join(code))
    texts = {expected.after: expected.text for expected in findings.expected}
    wanted = {expected.after: expected.text for expected in example.expected}
    wanted |= {site.last: notation.joined(found) for site, found in outputs.items()}
    return (
        not findings.mistakes
        and len(findings.prints) == len(example.prints)
        and all(
            texts.get(new.last) == wanted.get(old.last)
            for new, old in zip(findings.prints, example.prints, strict=True)
        )
    )


# The bytes of the file


def _apply(raw: list[bytes], edit: _Edit, start: int) -> None:
    at = start + edit.after
    anchor, removed = raw[at - 1], raw[at : at + edit.removed]
    margin = re.match(rb"[ \t]*", raw[start + edit.margin_of - 1])
    usual = _ending(raw[0]) or b"\n"
    last = _ending(removed[-1] if removed else anchor)
    if not _ending(anchor):
        raw[at - 1] = anchor + usual
    new = [(margin[0] if margin and line else b"") + line.encode() for line in edit.lines]
    between = _ending(raw[at - 1])
    raw[at : at + edit.removed] = [line + between for line in new[:-1]] + [new[-1] + last]


def _ending(line: bytes) -> bytes:
    return b"\r\n" if line.endswith(b"\r\n") else line[-1:] if line.endswith(b"\n") else b""


class _Changed(Exception):
    pass


def _replace(path: str, before: bytes, after: bytes) -> None:
    """Put `after` in the place of `before`: a reader of the path sees the one or the other."""
    status = os.stat(path)
    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(path), prefix=f".{os.path.basename(path)}.")
    try:
        with open(handle, "wb") as file:
            file.write(after)
            file.flush()
            os.fsync(handle)
            os.fchmod(handle, status.st_mode & 0o7777)
            if (status.st_uid, status.st_gid) != (os.geteuid(), os.getegid()):
                with contextlib.suppress(PermissionError):
                    os.fchown(handle, status.st_uid, status.st_gid)
        with open(path, "rb") as current:
            if current.read() != before:
                raise _Changed
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _read(file: str) -> bytes:
    try:
        with open(file, "rb") as stream:
            data = stream.read()
        decoded(data)
    except (OSError, UnicodeDecodeError) as error:
        raise _refusal(Place(file, 1), Code.CHANGED_FILE, f"the file cannot be read again: {error}") from None
    return data


def _refusal(place: Place, code: Code, message: str, expected: str = "") -> SourceError:
    return SourceError([Problem(place, code, message, expected)])
