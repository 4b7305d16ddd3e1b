"""The audit of today's manual pages: the facts of a file, as parts of a page.

``.. audit-tally::`` counts the facts by their verdicts,
``.. audit-errata::`` shows each defect with what would be right and the example that shows it,
``.. audit-facts::`` lists every fact with the claims that decide it.
"""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from docs._ext.marking import marked, plain
from nsdoc.page import Claim
from nsdoc.render import Defaults, Translator
from nsdoc.render.roff.printer import print_blocks
from nsdoc.source import read_pages
from nsdoc.source.lines import Lines
from nsdoc.source.parse import parse

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment
    from sphinx.writers.html5 import HTML5Translator

DOCUMENT = "audit/index"
"""The page of the audit."""

FACTS = "audit/facts.jsonl"
"""Its data, a `Fact` a line."""

DEFECTS = ("wrong", "imprecise", "missing")
"""The verdicts that make an erratum, the worst first."""

_MEANING = {
    "holds": "The claims say the same, and hold.",
    "wrong": "The kernel does something else.",
    "imprecise": "It is so in some cases, or with conditions that the page does not state.",
    "missing": "No page states it.",
    "cannot be shown": "No example can decide it.",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """What a manual page states, in our words.

    `page` and `heading` say where, `verdict` whether it holds,
    `claims` are the permanent names of those that decide it,
    `right` is a sentence that would be right, where this one is not.
    """

    id: str
    page: str
    heading: str
    fact: str
    verdict: str
    claims: tuple[str, ...]
    right: str = ""


def read_facts(path: str | Path) -> tuple[Fact, ...]:
    """The facts of a file, one a line.

    Raises:
        OSError: the file cannot be read.
        ValueError, TypeError: a line is no fact.
    """
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    entries = (json.loads(line) for line in lines if line)
    return tuple(Fact(**{**entry, "claims": tuple(entry["claims"])}) for entry in entries)


def fragment(sentence: str) -> str:
    """A sentence as roff, as man-pages(7) wants it, for pasting into a page; ends in a newline."""
    source = f"x(7)\n====\n\nDESCRIPTION\n-----------\n\n{marked(sentence)}\n"
    lines = Lines()
    lines.keep("erratum", source)
    page = Translator().page(parse(source, "erratum", lines).document, Defaults())
    # The translator puts a heading NAME before ours.
    return print_blocks(page.body[-1].body)  # type: ignore[union-attr]


# Facts as reStructuredText


def tally(facts: Sequence[Fact]) -> Iterator[str]:
    """A table of how many facts there are of each verdict."""
    counts = Counter(fact.verdict for fact in facts)
    rows = ((f"**{verdict}**", meaning, str(counts[verdict])) for verdict, meaning in _MEANING.items())
    yield from _table(("20", "65", "15"), ("verdict", "meaning", "facts"), rows)


def errata(facts: Iterable[Fact], claims: Mapping[str, Claim]) -> Iterator[str]:
    """Every defect, page by page, the worst first."""
    for page, found in _by_page(fact for fact in facts if fact.verdict in DEFECTS):
        yield from _title(page)
        for fact in sorted(found, key=lambda fact: DEFECTS.index(fact.verdict)):
            yield from _erratum(fact, claims)


def _erratum(fact: Fact, claims: Mapping[str, Claim]) -> Iterator[str]:
    yield from (f".. _erratum.{fact.id}:", "", f".. rubric:: {plain(fact.heading)} ({fact.verdict})", "")
    today = "nothing about this." if fact.verdict == "missing" else marked(fact.fact)
    shown = f"Shown by {_links(fact)}." if fact.claims else "No example decides it."
    yield from (f"| Today: {today}", f"| Right: {marked(fact.right)}", f"| {shown}", "")
    yield from (".. audit-folded:: The right sentence as roff", "", "   .. code-block:: groff", "")
    yield from _indented(fragment(fact.right), 6)
    yield ""
    known = [claims[name] for name in fact.claims if name in claims]
    if known:
        yield from (".. audit-folded:: " + ("The example" if len(known) == 1 else "The examples"), "")
        yield from (line for claim in known for line in _examples(claim))


def _examples(claim: Claim) -> Iterator[str]:
    for example in claim.examples:
        yield from (f"   {_link(claim.name, '')}", "", "   .. code-block:: nsdoc", "")
        yield from _indented(example.code, 6)
        yield ""


def all_facts(facts: Iterable[Fact]) -> Iterator[str]:
    """Every fact, page by page, with its verdict and the claims that decide it."""
    for page, found in _by_page(facts):
        yield from _title(f"Facts of {page}")
        rows = ((plain(fact.heading), marked(fact.fact), _verdict(fact), _links(fact)) for fact in found)
        yield from _table(("20", "40", "12", "28"), ("heading", "fact", "verdict", "decided by"), rows)


def _verdict(fact: Fact) -> str:
    return f":ref:`{fact.verdict} <erratum.{fact.id}>`" if fact.verdict in DEFECTS else fact.verdict


def _by_page(facts: Iterable[Fact]) -> Iterator[tuple[str, list[Fact]]]:
    """The facts of each page; pages come in the order in which they are first named."""
    listed = list(facts)
    order = {page: number for number, page in enumerate(dict.fromkeys(fact.page for fact in listed))}
    listed.sort(key=lambda fact: order[fact.page])
    return ((page, list(found)) for page, found in groupby(listed, key=lambda fact: fact.page))


def _links(fact: Fact) -> str:
    return ", ".join(_link(name, fact.page) for name in fact.claims) or "no example"


def _link(claim: str, page: str) -> str:
    """A link to a claim; its page is shown where it is not `page`."""
    theirs, _, name = claim.partition("#")
    return f":claim:`{name if theirs == page else claim} <{claim}>`"


def _title(text: str) -> tuple[str, ...]:
    return (text, "-" * len(text), "")


def _table(widths: Sequence[str], head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield from (".. list-table::", "   :header-rows: 1", f"   :widths: {' '.join(widths)}", "")
    for row in (head, *rows):
        for number, cell in enumerate(row):
            yield f"   {' ' if number else '*'} - {cell}"
    yield ""


def _indented(text: str, columns: int) -> list[str]:
    return textwrap.indent(text.rstrip("\n"), " " * columns).splitlines()


# The directives


class _Part(SphinxDirective):
    """One of the parts that `_write_parts` has written."""

    def run(self) -> list[nodes.Node]:
        """What the part means, with headings of its own."""
        for path in (self.env.srcdir / FACTS, *_sources(self.env)):
            self.env.note_dependency(str(path))
        part: str = self.env.audit_parts[self.name]  # type: ignore[attr-defined]
        return self.parse_text_to_nodes(part, allow_section_headings=True)


def _write_parts(app: Sphinx, env: BuildEnvironment, docnames: Sequence[str]) -> None:
    """Write the parts where the page has to be read again.

    That takes docutils alone, which cannot be had while Sphinx reads.
    """
    if DOCUMENT not in docnames:
        return
    facts = read_facts(env.srcdir / FACTS)
    pages = read_pages(map(str, _sources(env))).pages
    claims = {claim.name: claim for page in pages for claim in page.claims}
    parts = {"tally": tally(facts), "errata": errata(facts, claims), "facts": all_facts(facts)}
    env.audit_parts = {f"audit-{name}": "\n".join(lines) for name, lines in parts.items()}  # type: ignore[attr-defined]


def _sources(env: BuildEnvironment) -> list[Path]:
    """The pages whose claims decide facts."""
    return [*sorted(Path(env.srcdir, "man").glob("*.rst")), Path(env.srcdir, "troubleshooting.rst")]


class folded(nodes.General, nodes.Element):  # noqa: N801 - docutils names nodes in lower case
    """Something that a reader can unfold.  Attribute: ``summary``."""


class _Folded(SphinxDirective):
    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self) -> list[nodes.Node]:
        return [folded("", *self.parse_content_to_nodes(), summary=self.arguments[0])]


def _enter_folded(writer: HTML5Translator, node: folded) -> None:
    summary = escape(node["summary"])
    writer.body.append(f'<details class="nsdoc-proof"><summary>{summary}</summary><div class="nsdoc-body">\n')


def _leave_folded(writer: HTML5Translator, node: folded) -> None:
    writer.body.append("</div></details>\n")


def _nothing(writer: Any, node: folded) -> None:
    pass


def setup(app: Sphinx) -> Mapping[str, object]:
    """Register the directives."""
    app.connect("env-before-read-docs", _write_parts)
    for name in ("audit-tally", "audit-errata", "audit-facts"):
        app.add_directive(name, _Part)
    app.add_directive("audit-folded", _Folded)
    shown: Any = (_nothing, _nothing)
    app.add_node(folded, html=(_enter_folded, _leave_folded), text=shown, latex=shown, texinfo=shown)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
