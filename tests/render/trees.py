"""Document trees of any text and any nesting, for hypothesis."""

from __future__ import annotations

from docutils import nodes
from docutils.utils import new_document
from hypothesis import strategies as st

# What roff, tbl(1) or the renderer could take for something else.
_NASTY = r"""
    . .. ' '' " \ \fB \(em \& \\ - -- --- --flag -x a-b e.g. etc. Dr. end. end! (end.) $? ... .SH 'br .\"
    .TE T{ T}
    _ = \^ ^ ~ ` | { } < > @ # % CLONE_NEWUSER uid_map /proc/self/uid_map clone(2) read() user_namespaces
    1. (a) * [1] http://example.com/a-b?c=d&e
""".split()
_CHARACTERS = [
    *("\u00a0", "\u00ad", "\u200b", "\u2014", "\u201cx\u201d", "e\u0301", "\u6f22", "\u0301", "\ufffe"),
    *("\U0001f600", "\x00", "\x1b", "\u2022"),
]
_LONG = ["a" * 30, "b" * 90]
_SPACES = st.sampled_from([" ", " ", " ", "\n", "  ", "\n  ", "\t"])
_WORDS = st.one_of(
    st.sampled_from(["a", "words", "of", "prose,"]),
    st.sampled_from([*_NASTY, *_CHARACTERS, *_LONG]),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=3),
)


@st.composite
def _text(draw: st.DrawFn) -> str:
    parts = draw(st.lists(st.tuples(_WORDS, _SPACES), min_size=1, max_size=4))
    return "".join(part for pair in parts for part in pair)


def _leaf(kind: type[nodes.TextElement]) -> st.SearchStrategy[nodes.Node]:
    return st.builds(lambda text: kind("", text), _text())


_INLINE: st.SearchStrategy[nodes.Node] = st.one_of(
    st.builds(nodes.Text, _text()),
    st.builds(nodes.Text, _text()),
    _leaf(nodes.emphasis),
    _leaf(nodes.strong),
    _leaf(nodes.literal),
    st.just(nodes.inline("", "clone(2)", classes=["manpage"])).map(lambda node: node.deepcopy()),
    st.builds(lambda text: nodes.reference("", text, refuri="https://example.com/a_b?c=d"), _text()),
    st.builds(lambda text: nodes.reference("", text, refuri="mailto:a@example.com"), _text()),
    st.builds(lambda text: nodes.strong("", "", nodes.emphasis("", text)), _text()),
    st.builds(lambda text: nodes.image(alt=" ".join(text.split()) or "x", uri="x.png"), _text()),
)
_INLINES = st.lists(_INLINE, min_size=1, max_size=4)


def _inlined(kind: type[nodes.TextElement]) -> st.SearchStrategy[nodes.Element]:
    return st.builds(lambda children: kind("", "", *children), _INLINES)


_ENUMERATIONS = st.sampled_from(["arabic", "lowerroman", "upperalpha"])
_PARAGRAPH = _inlined(nodes.paragraph)


def _nested(blocks: st.SearchStrategy[nodes.Element]) -> st.SearchStrategy[nodes.Element]:
    bodies = st.lists(blocks, max_size=3)
    items = st.lists(st.builds(lambda body: nodes.list_item("", *body), bodies), min_size=1, max_size=3)
    return st.one_of(
        st.builds(lambda children: nodes.bullet_list("", *children), items),
        st.builds(_enumerated, items, _ENUMERATIONS, st.integers(1, 30)),
        st.builds(
            lambda children: nodes.definition_list("", *children),
            st.lists(st.builds(_definition, _INLINES, bodies), min_size=1, max_size=2),
        ),
        st.builds(
            lambda children: nodes.field_list("", *children),
            st.lists(st.builds(_field, _text(), bodies), min_size=1, max_size=2),
        ),
        st.builds(lambda body: nodes.block_quote("", *body), st.lists(blocks, min_size=1, max_size=3)),
        st.builds(lambda body: nodes.warning("", *body), st.lists(blocks, min_size=1, max_size=2)),
    )


def _enumerated(items: list[nodes.Node], kind: str, start: int) -> nodes.Element:
    return nodes.enumerated_list("", *items, enumtype=kind, prefix="", suffix=".", start=start)


def _definition(term: list[nodes.Node], body: list[nodes.Element]) -> nodes.Element:
    return nodes.definition_list_item("", nodes.term("", "", *term), nodes.definition("", *body))


def _field(name: str, body: list[nodes.Element]) -> nodes.Element:
    return nodes.field("", nodes.field_name("", name), nodes.field_body("", *body))


@st.composite
def _table(draw: st.DrawFn) -> nodes.Element:
    """A table with cells that may cover several columns or rows."""
    columns, count = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    heads = draw(st.integers(0, 1)) if count > 1 else 0
    taken: set[tuple[int, int]] = set()
    rows = []
    for row in range(count):
        entries = []
        for column in range(columns):
            if (row, column) in taken:
                continue
            free = 1
            while column + free < columns and (row, column + free) not in taken:
                free += 1
            width = draw(st.integers(1, free)) if draw(st.booleans()) else 1
            last = heads - 1 if row < heads else count - 1
            height = draw(st.integers(1, last - row + 1)) if draw(st.booleans()) else 1
            taken |= {(row + down, column + right) for down in range(height) for right in range(width)}
            body = draw(st.lists(st.one_of(_PARAGRAPH, _LINES), max_size=2))
            entries.append(nodes.entry("", *body, morecols=width - 1, morerows=height - 1))
        rows.append(nodes.row("", *entries))
    group = nodes.tgroup("", *(nodes.colspec(colwidth=10) for _ in range(columns)), cols=columns)
    if heads:
        group += nodes.thead("", *rows[:heads])
    group += nodes.tbody("", *rows[heads:])
    return nodes.table("", group, classes=draw(st.sampled_from([[], ["boxed"]])))


_LINES = st.builds(
    lambda lines: nodes.line_block("", *lines), st.lists(_inlined(nodes.line), min_size=1, max_size=3)
)
_BLOCKS = st.recursive(
    st.one_of(
        _PARAGRAPH,
        _PARAGRAPH,
        st.builds(lambda text: nodes.literal_block(text, text), _text()),
        _LINES,
        _table(),
        _inlined(nodes.rubric),
    ),
    _nested,
    max_leaves=6,
)


def _section(title: list[nodes.Node], body: list[nodes.Element]) -> nodes.section:
    return nodes.section("", nodes.title("", "", *title), *body)


def _headed(below: st.SearchStrategy[nodes.section] | None) -> st.SearchStrategy[nodes.section]:
    return st.builds(
        lambda title, body, sections: _section(title, [*body, *sections]),
        _INLINES,
        st.lists(_BLOCKS, max_size=2),
        st.lists(below, max_size=1) if below is not None else st.just([]),
    )


_SECTIONS = _headed(_headed(_headed(None)))


@st.composite
def documents(draw: st.DrawFn) -> nodes.document:
    """A document with the title ``any(7)``."""
    document = new_document("any.7.rst")
    document += nodes.title("", "any(7)")
    document += _section([nodes.Text("NAME")], [nodes.paragraph("", "any - any page")])
    document.extend(draw(st.lists(_SECTIONS, min_size=1, max_size=2)))
    return document
