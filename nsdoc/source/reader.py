"""From a file to a page, or to what is wrong with it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from docutils import nodes

from nsdoc.nodes import claim, example
from nsdoc.page import Bounds, Claim, Example, Page, Place
from nsdoc.problems import Code, Problem, SourceError
from nsdoc.source import directives, prose
from nsdoc.source.code import inspect
from nsdoc.source.lines import Lines, decoded
from nsdoc.source.parse import Tree, parse

_MAN_PAGE = re.compile(r"(?P<name>.+)\.(?P<section>[0-9][0-9a-z]*)\.rst")
_CLAIM_ID = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_NEARLY = re.compile(
    rf"^\s*\.\.\s*(?P<name>{'|'.join(directives.OWN)})\s*::?(?=\s|$)", re.MULTILINE | re.IGNORECASE
)
_PURPOSE = re.compile(r"\s+(?:\\?-|\u2013|\u2014)\s+")


@dataclass(frozen=True, slots=True)
class Reading:
    """What could be read of one source.

    A claim with a problem is left out of `page`; the others are in it.
    `page` is None if the file itself cannot be read.
    """

    page: Page | None
    problems: tuple[Problem, ...]


def is_man_page(file: str) -> bool:
    """Whether a file is named as a manual page is: ``NAME.SECTION.rst``."""
    return _MAN_PAGE.fullmatch(os.path.basename(file)) is not None


def read_page(path: str | os.PathLike[str]) -> Page:
    """Read one source that has nothing wrong with it.

    Raises:
        SourceError: something is wrong with it; all of it is in `problems`.
    """
    reading = read(path)
    if reading.page is None or reading.problems:
        raise SourceError(reading.problems)
    return reading.page


def read(path: str | os.PathLike[str]) -> Reading:
    """Read one source: every claim that can be used, and a problem for everything else."""
    file = os.fspath(path)
    try:
        text = decoded(Path(file).read_bytes())
    except UnicodeDecodeError as error:
        return Reading(None, (_not_utf8(file, error),))
    except FileNotFoundError:
        return Reading(None, (Problem(Place(file, 1), Code.MISSING_FILE, "there is no such file"),))
    except OSError as error:
        message = f"the file cannot be read: {error.strerror}"
        return Reading(None, (Problem(Place(file, 1), Code.UNREADABLE_FILE, message),))
    lines = Lines()
    lines.keep(file, text)
    return _Reader(file, parse(text, file, lines), lines).read()


def _not_utf8(file: str, error: UnicodeDecodeError) -> Problem:
    line = error.object[: error.start].count(b"\n") + 1
    message = f"byte 0x{error.object[error.start]:02x} is not UTF-8"
    return Problem(Place(file, line), Code.NOT_UTF8, message, "a file encoded in UTF-8")


class _Reader:
    """The reading of one tree; collects problems as it goes."""

    def __init__(self, file: str, tree: Tree, lines: Lines) -> None:
        self._file = file
        self._tree = tree
        self._lines = lines
        self._problems = list(tree.problems)

    def read(self) -> Reading:
        document = self._tree.document
        page = replace(
            self._page(document),
            includes=self._tree.includes,
            passages=tuple(prose.passages(document, self._file)),
        )
        page = replace(page, claims=tuple(self._claims(document, page.title)))
        self._stray_examples(document)
        self._near_directives(document)
        problems = sorted(
            set(self._problems), key=lambda p: (p.place.file != self._file, p.place.file, p.place.line)
        )
        return Reading(page, tuple(problems))

    def _report(self, place: Place, code: Code, message: str, expected: str = "") -> None:
        self._problems.append(Problem(place, code, message, expected))

    def _place(self, node: nodes.Element) -> Place:
        return Place(self._tree.named(node.source), node.get("line") or node.line or 1)

    # The page

    def _page(self, document: nodes.document) -> Page:
        man_page = _MAN_PAGE.fullmatch(Path(self._file).name)
        if not man_page:
            return Page(self._file, Path(self._file).stem, "")
        page = Page(self._file, man_page["name"], man_page["section"])
        sections = [child for child in document.children if isinstance(child, nodes.section)]
        title = prose.plain(sections[0][0]) if sections else ""
        if len(sections) != 1 or title != page.title:
            place = Place(self._file, self._title_line(sections[0]) if sections else 1)
            message = f'the title is "{title}"' if title else "the page has no title"
            if len(sections) > 1 and title == page.title:
                place = Place(self._file, self._title_line(sections[1]))
                message = f'the heading "{prose.plain(sections[1][0])}" is at the level of the title'
            self._report(place, Code.BAD_TITLE, message, f'one title, "{page.title}", as the file is named')
            return page
        return replace(page, purpose=self._purpose(sections[0], page))

    def _purpose(self, top: nodes.section, page: Page) -> str:
        headings = [child for child in top.children if isinstance(child, nodes.section)]
        first = headings[0] if headings else None
        hint = f"a heading NAME before all others, with one line: {page.name} - what it is"
        if first is None or prose.plain(first[0]) != "NAME":
            self._report(
                Place(self._file, self._title_line(top)), Code.NO_NAME_HEADING, "NAME is missing", hint
            )
            return ""
        line = next(
            (prose.plain(child) for child in first.children if isinstance(child, nodes.paragraph)), ""
        )
        names, dash, purpose = _split_once(_PURPOSE, line)
        if not dash or not purpose or page.name not in names.replace(",", " ").split():
            place = Place(self._file, self._title_line(first))
            self._report(place, Code.NO_NAME_HEADING, "NAME does not say what the page is about", hint)
        return purpose

    def _title_line(self, section: nodes.section) -> int:
        """The line of a title; docutils knows the one of what underlines it."""
        title = section.next_node(nodes.title)
        if title is None:
            return 1
        line, lines = title.line or 1, self._lines.of(self._file)
        above = (n for n in (line, line - 1, line - 2) if 0 < n <= len(lines))
        return next((n for n in above if lines[n - 1].strip() == title.rawsource.strip()), line)

    # Claims

    def _claims(self, document: nodes.document, page: str) -> Iterator[Claim]:
        seen: dict[str, Place] = {}
        for node in document.findall(claim):
            place, before = self._place(node), len(self._problems)
            self._check_claim(node, place, seen)
            seen.setdefault(node["claim"], place)
            examples = tuple(map(self._example, node.findall(example)))
            if len(self._problems) == before and not self._has_markup_problem(node):
                yield Claim(
                    page=page,
                    id=node["claim"],
                    heading=prose.heading_of(node),
                    prose=prose.plain(node),
                    place=place,
                    examples=examples,
                    bounds=self._bounds(node),
                    continues=node["continues"],
                )

    def _has_markup_problem(self, node: claim) -> bool:
        return next(iter(node.findall(nodes.system_message)), None) is not None

    def _check_claim(self, node: claim, place: Place, seen: dict[str, Place]) -> None:
        name = node["claim"]
        if not _CLAIM_ID.fullmatch(name):
            hint = "lower-case words joined by hyphens, such as level-limit"
            self._report(place, Code.BAD_CLAIM_ID, f'"{name}" cannot be the id of a claim', hint)
        elif name in seen:
            message = f'the id "{name}" is taken by the claim in line {seen[name].line}'
            self._report(place, Code.DUPLICATE_CLAIM, message, "an id that is unique in the page")
        elif name not in node["ids"]:
            message = f'the id "{name}" is the anchor of something else on the page'
            self._report(place, Code.DUPLICATE_CLAIM, message, "an id that no heading or target has")
        if _inside(node, claim):
            message = "a claim stands inside another claim"
            self._report(
                place, Code.NESTED_CLAIM, message, "claims one after the other, at the same indentation"
            )
        self._check_body(node, place)

    def _check_body(self, node: claim, place: Place) -> None:
        if self._has_markup_problem(node):
            return  # What is missing may be in what docutils could not read.
        if not prose.plain(node):
            self._report(
                place, Code.CLAIM_WITHOUT_PROSE, "the claim says nothing", "its sentence, then its example"
            )
        if next(iter(node.findall(example)), None) is None:
            hint = 'a directive "example" below the claim\'s prose, indented as it is'
            self._report(place, Code.CLAIM_WITHOUT_EXAMPLE, "the claim has no example", hint)
        if node.children and isinstance(node.children[0], nodes.field_list):
            message = "the options stand apart from the claim's first line"
            self._report(place, Code.BAD_OPTION, message, "options directly below it, without an empty line")
        if node["continues"] and not _follows_prose(node):
            hint = "a claim or a paragraph directly before it"
            self._report(place, Code.NOTHING_TO_CONTINUE, "there is nothing that the claim continues", hint)

    def _bounds(self, node: nodes.Element) -> Bounds:
        since, until = node["since"], node["until"]
        if since and until and _release(since) >= _release(until):
            message = f"no release is at or after {since} and before {until}"
            self._report(self._place(node), Code.BAD_OPTION, message, ":since: before :until:")
        return Bounds(since, until)

    # Examples

    def _example(self, node: example) -> Example:
        place, code = self._place(node), node.astext() + "\n"
        bounds = self._bounds(node)
        if not code.strip():
            self._report(place, Code.EMPTY_EXAMPLE, "the example has no code", "its code, indented below it")
            return Example(place, code, 0)
        findings = inspect(code)
        for mistake in findings.mistakes:
            at = Place(place.file, place.line + mistake.line - 1)
            self._report(at, mistake.code, mistake.message, mistake.expected)
        return Example(
            place=place,
            code=code,
            indent=self._lines.indent(place, code) or 0,
            expected=findings.expected,
            prints=findings.prints,
            bounds=bounds,
            timeout=node["timeout"],
            needs=tuple(node["needs"]),
        )

    def _stray_examples(self, document: nodes.document) -> None:
        for node in document.findall(example):
            if not _inside(node, claim):
                message = "the example stands outside a claim"
                hint = "an example indented below the claim that it tries"
                self._report(self._place(node), Code.EXAMPLE_OUTSIDE_CLAIM, message, hint)

    # Text that was meant to be a directive

    def _near_directives(self, document: nodes.document) -> None:
        """Report what docutils takes for a comment, or for prose, but an author for a directive."""
        for node in document.findall(nodes.TextElement):
            found = None
            if isinstance(node, nodes.comment):
                found = _NEARLY.match(f".. {node.astext()}")
            elif isinstance(node, nodes.paragraph):
                found = _NEARLY.search(node.astext())
            if found:
                self._report_near(node, found["name"])

    def _report_near(self, node: nodes.Element, name: str) -> None:
        file, line = self._tree.named(node.source), node.line or 1
        lines = self._lines.of(file)
        # docutils knows a paragraph by its first line and a comment by its last, or one before it.
        upwards = range(min(line + 1, len(lines)), 0, -1)
        ways = upwards if isinstance(node, nodes.comment) else range(line, len(lines) + 1)
        line = next((n for n in ways if (near := _NEARLY.match(lines[n - 1])) and near["name"] == name), line)
        message = f'this looks like the directive "{name}", but is not one'
        hint = f'an empty line, then ".. {name}::"'
        self._report(Place(file, line), Code.MALFORMED_DIRECTIVE, message, hint)


def _inside(node: nodes.Node, kind: type[nodes.Node]) -> bool:
    parent = node.parent
    while parent is not None and not isinstance(parent, kind):
        parent = parent.parent
    return parent is not None


def _follows_prose(node: nodes.Element) -> bool:
    index = node.parent.index(node)
    return index > 0 and isinstance(node.parent[index - 1], (claim, nodes.paragraph))


def _release(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(".")))


def _split_once(pattern: re.Pattern[str], text: str) -> tuple[str, str, str]:
    found = pattern.search(text)
    return (text[: found.start()], found[0], text[found.end() :]) if found else (text, "", "")
