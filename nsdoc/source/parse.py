"""A source becomes a document tree, and the complaints of docutils become problems."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from docutils import frontend, nodes
from docutils.parsers.rst import Directive, Parser
from docutils.utils import DependencyList, new_document

from nsdoc.page import Place
from nsdoc.problems import Code, Problem
from nsdoc.source import directives, plain
from nsdoc.source.lines import Lines
from nsdoc.source.parser import KeepingParser

_INFO = 1


@dataclass(frozen=True, slots=True)
class Tree:
    """A parsed source: its nodes, the files it takes in, and what is wrong with its markup."""

    document: nodes.document
    includes: tuple[str, ...]
    problems: tuple[Problem, ...]
    file: str

    def named(self, source: str | None) -> str:
        """The file that docutils calls `source`, named as the page is: in full if the page is."""
        return _named(source, self.file)


def parse(
    text: str,
    file: str,
    lines: Lines,
    *,
    shown: Mapping[str, type[Directive]] = MappingProxyType({}),
    finish: Callable[[nodes.document], None] | None = None,
) -> Tree:
    """Parse the source text of `file`; what docutils cannot read is left out of the tree.

    `shown` are directives that replace our stand-ins for those of Sphinx.
    `finish` may change the document; what it complains of becomes a problem like the rest.
    """
    document = new_document(file, _settings())
    messages: list[nodes.system_message] = []
    document.reporter.attach_observer(messages.append)
    with plain.registries(shown):
        KeepingParser().parse(text, document)
        if finish:
            finish(document)
    problems = tuple(_problem(m, file, lines) for m in messages if m["level"] > _INFO)
    includes = tuple(_named(path, file) for path in document.settings.record_dependencies.list)
    return Tree(document, includes, problems, file)


def _named(source: str | None, page: str) -> str:
    if not source or source == page:
        return page
    # docutils names what it includes from the working directory.
    return os.path.abspath(source) if os.path.isabs(page) else os.path.normpath(source)


def _settings() -> Any:
    settings = frontend.get_default_settings(Parser)
    settings.report_level = settings.halt_level = 5  # The observer sees every message; nothing is printed.
    settings.warning_stream = False
    settings.syntax_highlight = "none"
    settings.input_encoding, settings.input_encoding_error_handler = "utf-8", "strict"
    settings.file_insertion_enabled, settings.raw_enabled = True, False
    settings.root_prefix = "/"
    settings.line_length_limit = 100_000
    settings.record_dependencies = DependencyList()
    return settings


_IN_DIRECTIVE = re.compile(r'Error in "(?P<directive>[^"]+)" directive:\s*(?P<what>.*)', re.DOTALL)
_UNKNOWN_OPTION = re.compile(r'unknown option: "(?P<option>[^"]*)"')
_BAD_OPTION = re.compile(
    r'(?:invalid|duplicate) option(?: value|: )?.*?(?:option: )?"(?P<option>[^"]+)"', re.DOTALL
)
_CONVERTER = re.compile(r"expected (?P<expected>[^\n]+)")
_UNKNOWN = re.compile(r'Unknown (?P<kind>directive type|interpreted text role) "(?P<name>[^"]*)"')
_MISSING = re.compile(r'Problems with "(?P<directive>[^"]+)" directive path:\s*(?P<what>.*)', re.DOTALL)
_NO_CONTENT = re.compile(r'Content block expected for the "(?P<directive>[^"]+)" directive')
_NOT_UTF8 = re.compile(r'Problem with "(?P<directive>[^"]+)" directive:\s*.*codec can.t decode', re.DOTALL)


def _problem(message: nodes.system_message, file: str, lines: Lines) -> Problem:
    text = " ".join(message.children[0].astext().split("\n")) if message.children else ""
    source = _named(message.get("source"), file)
    # What is missing at the end of a file is missing, for docutils, in the line after it.
    last = len(lines.of(source)) or 1
    place = Place(source, min(int(message.get("line") or 1), last))
    if empty := _NO_CONTENT.match(text):
        what = f'the directive "{empty["directive"]}" is empty'
        return Problem(place, Code.MALFORMED_DIRECTIVE, what, "its text, indented below it")
    return (
        _directive_problem(text, place, lines)
        or _unknown_problem(text, place)
        or _include_problem(text, place)
        or Problem(place, Code.MARKUP, text.rstrip("."))
    )


def _directive_problem(text: str, place: Place, lines: Lines) -> Problem | None:
    found = _IN_DIRECTIVE.match(text)
    if not found:
        return None
    name, what = found["directive"], found["what"].rstrip(".")
    if unknown := _UNKNOWN_OPTION.search(what):
        known = " ".join(f":{option}:" for option in _options_of(name))
        at = lines.option(place, unknown["option"])
        message = f'the directive "{name}" has no option :{unknown["option"]}:'
        return Problem(at, Code.UNKNOWN_OPTION, message, known)
    if bad := _BAD_OPTION.search(what):
        hint = _CONVERTER.search(what)
        at = lines.option(place, bad["option"])
        message = f'the option :{bad["option"]}: of "{name}" has no usable value'
        return Problem(at, Code.BAD_OPTION, message, hint["expected"] if hint else "")
    if name == "claim" and "argument(s)" in what:
        code = Code.CLAIM_WITHOUT_ID if "required" in what else Code.BAD_CLAIM_ID
        message = "the claim has no id" if "required" in what else "the id of the claim has spaces in it"
        return Problem(
            place, code, message, "one id, such as level-limit, then its options, then an empty line"
        )
    return Problem(place, Code.MALFORMED_DIRECTIVE, f'the directive "{name}" cannot be read: {what}')


def _options_of(name: str) -> tuple[str, ...]:
    known = directives.OWN.get(name)
    return tuple(known.option_spec or ()) if known else ()


def _unknown_problem(text: str, place: Place) -> Problem | None:
    found = _UNKNOWN.match(text)
    if not found:
        return None
    if found["kind"] == "directive type":
        known = ", ".join(directives.OWN)
        message = f'there is no directive "{found["name"]}"'
        return Problem(place, Code.UNKNOWN_DIRECTIVE, message, f"one of docutils or Sphinx, or: {known}")
    return Problem(
        place, Code.UNKNOWN_ROLE, f'there is no role "{found["name"]}"', "one of docutils or Sphinx"
    )


def _include_problem(text: str, place: Place) -> Problem | None:
    if missing := _MISSING.match(text):
        message = f'"{missing["directive"]}" cannot read its file: {missing["what"].rstrip(".")}'
        return Problem(
            place, Code.MISSING_FILE, message, "a file that exists, named from the page's directory"
        )
    if bytes_ := _NOT_UTF8.match(text):
        return Problem(place, Code.NOT_UTF8, f'the file of "{bytes_["directive"]}" is not UTF-8')
    return None
