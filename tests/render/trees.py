"""Document trees of any text and any nesting, for hypothesis."""

from __future__ import annotations

from docutils import nodes
from docutils.utils import new_document
from hypothesis import strategies as st
from sphinx import addnodes

from tests.render.grids import tables
from tests.render.inlines import INLINES, TEXT, inlined

Nodes = st.SearchStrategy[nodes.Element]

_NAMES = st.lists(TEXT, min_size=1, max_size=2)
_PARAGRAPH = inlined(nodes.paragraph)
_LINES = st.builds(
    lambda lines: nodes.line_block("", *lines), st.lists(inlined(nodes.line), min_size=1, max_size=3)
)
_PLAIN = st.builds(lambda text: nodes.paragraph("", text), TEXT)
_LITERAL = st.builds(lambda text: nodes.literal_block(text, text), TEXT)
_SESSION = st.builds(lambda text: nodes.literal_block("", f"$ {text}", language="console"), TEXT)


def _verse(lines: list[nodes.Element], deeper: list[nodes.Element]) -> nodes.Element:
    return nodes.line_block("", *lines, nodes.line_block("", *deeper))


_DEEP_LINES = st.builds(
    _verse,
    st.lists(inlined(nodes.line), max_size=2),
    st.lists(inlined(nodes.line), min_size=1, max_size=2),
)


def _figure(text: str, caption: list[nodes.Node], legend: list[nodes.Element]) -> nodes.Element:
    image = nodes.image(alt=" ".join(text.split()) or "x", uri="x.png")
    below = [nodes.legend("", *legend)] if legend else []
    return nodes.figure("", image, nodes.caption("", "", *caption), *below)


_FIGURE = st.builds(_figure, TEXT, INLINES, st.lists(_PARAGRAPH, max_size=2))
_IMAGE = st.builds(lambda text: nodes.image(alt=" ".join(text.split()) or "x", uri="x.png"), TEXT)


def _lists(blocks: Nodes) -> Nodes:
    bodies = st.lists(blocks, max_size=3)
    items = st.lists(st.builds(lambda body: nodes.list_item("", *body), bodies), min_size=1, max_size=3)
    kinds = st.sampled_from(["arabic", "lowerroman", "upperalpha"])
    suffixes = st.sampled_from([("", "."), ("(", ")"), ("", ")")])
    return st.one_of(
        st.builds(lambda children: nodes.bullet_list("", *children), items),
        st.builds(_enumerated, items, kinds, suffixes, st.integers(1, 30)),
        st.builds(
            lambda children: nodes.definition_list("", *children),
            st.lists(
                st.builds(_definition, st.lists(INLINES, min_size=1, max_size=2), INLINES, bodies),
                min_size=1,
                max_size=2,
            ),
        ),
        st.builds(
            lambda children: nodes.field_list("", *children),
            st.lists(st.builds(_field, TEXT, bodies), min_size=1, max_size=2),
        ),
        st.builds(
            lambda children: nodes.option_list("", *children),
            st.lists(st.builds(_option, _NAMES, bodies), min_size=1, max_size=2),
        ),
    )


def _enumerated(
    items: list[nodes.Node], kind: str, around: tuple[str, str], start: int
) -> nodes.Element:
    prefix, suffix = around
    return nodes.enumerated_list("", *items, enumtype=kind, prefix=prefix, suffix=suffix, start=start)


def _definition(
    terms: list[list[nodes.Node]], classifier: list[nodes.Node], body: list[nodes.Element]
) -> nodes.Element:
    """One or two terms; a single one has a classifier."""
    named: list[nodes.Node] = [nodes.term("", "", *term) for term in terms]
    if len(terms) == 1:
        named.append(nodes.classifier("", "", *classifier))
    return nodes.definition_list_item("", *named, nodes.definition("", *body))


def _field(name: str, body: list[nodes.Element]) -> nodes.Element:
    return nodes.field("", nodes.field_name("", name), nodes.field_body("", *body))


def _option(names: list[str], body: list[nodes.Element]) -> nodes.Element:
    options = [nodes.option("", nodes.option_string("", f"--{name}")) for name in names]
    return nodes.option_list_item("", nodes.option_group("", *options), nodes.description("", *body))


def _set_apart(blocks: Nodes) -> Nodes:
    """Quotations, notes and other things with blocks in them."""
    bodies = st.lists(blocks, min_size=1, max_size=2)
    titled = st.sampled_from([nodes.admonition, nodes.topic, nodes.sidebar])
    return st.one_of(
        st.builds(lambda body: nodes.block_quote("", *body), bodies),
        st.builds(
            lambda body, by: nodes.block_quote("", *body, nodes.attribution("", "", *by)), bodies, INLINES
        ),
        st.builds(lambda body: nodes.warning("", *body), bodies),
        st.builds(lambda body: addnodes.seealso("", *body), bodies),
        st.builds(
            lambda kind, title, body: kind("", nodes.title("", "", *title), *body), titled, INLINES, bodies
        ),
        st.builds(lambda body: nodes.container("", *body), bodies),
        st.builds(lambda body: nodes.compound("", *body), bodies),
        st.builds(lambda body: addnodes.versionmodified("", "", *body), bodies),
        st.builds(_described, st.sampled_from(["c", "py", "std"]), _NAMES, bodies),
    )


def _described(domain: str, names: list[str], body: list[nodes.Element]) -> nodes.Element:
    """An object as Sphinx's directives make it."""
    kind = {"c": "function", "py": "function", "std": "option"}[domain]
    signatures = [addnodes.desc_signature("", "", addnodes.desc_name("", name)) for name in names]
    return addnodes.desc("", *signatures, addnodes.desc_content("", *body), domain=domain, objtype=kind)


def _nested(blocks: Nodes) -> Nodes:
    return st.one_of(_lists(blocks), _set_apart(blocks))


_SIMPLE = st.one_of(
    _PARAGRAPH,
    _PARAGRAPH,
    _LITERAL,
    _SESSION,
    _LINES,
    _DEEP_LINES,
    _FIGURE,
    _IMAGE,
    inlined(nodes.rubric),
    inlined(addnodes.centered),
    st.builds(lambda text: nodes.doctest_block("", text), TEXT),
    st.builds(lambda text: nodes.math_block("", text), TEXT),
    st.builds(lambda text: nodes.comment("", text), TEXT),
    st.builds(lambda text: nodes.raw("", text, format="html"), TEXT),
    st.builds(nodes.transition),
)
# What stands in a cell of a table, which can hold all but headings.
_IN_CELLS = st.one_of(
    *(_PARAGRAPH, _LINES, _LITERAL, _IMAGE),
    *(_lists(_PARAGRAPH), _set_apart(_PARAGRAPH), tables(_PARAGRAPH)),
)
_BLOCKS = st.recursive(st.one_of(_SIMPLE, tables(_IN_CELLS)), _nested, max_leaves=6)


def _section(title: list[nodes.Node], body: list[nodes.Element]) -> nodes.section:
    return nodes.section("", nodes.title("", "", *title), *body)


def _headed(below: st.SearchStrategy[nodes.section] | None) -> st.SearchStrategy[nodes.section]:
    return st.builds(
        lambda title, body, sections: _section(title, [*body, *sections]),
        INLINES,
        st.lists(_BLOCKS, max_size=2),
        st.lists(below, max_size=1) if below is not None else st.just([]),
    )


_SECTIONS = _headed(_headed(_headed(None)))


@st.composite
def documents(draw: st.DrawFn) -> nodes.document:
    """A document with the title ``any(7)``; notes that it refers to are at its end."""
    document = new_document("any.7.rst")
    document += nodes.title("", "any(7)")
    document += _section([nodes.Text("NAME")], [nodes.paragraph("", "any - any page")])
    document.extend(draw(st.lists(_SECTIONS, min_size=1, max_size=2)))
    document.extend(draw(_notes(document)))
    return document


@st.composite
def _notes(draw: st.DrawFn, document: nodes.document) -> list[nodes.footnote]:
    """A note for each number that a document refers to."""
    found: dict[str, nodes.footnote] = {}
    for reference in list(document.findall(nodes.footnote_reference)):
        number = reference.astext()
        reference["refid"] = f"note-{number}"
        if number not in found:
            body = draw(st.lists(st.one_of(_PLAIN, _LITERAL), min_size=1, max_size=2))
            found[number] = nodes.footnote("", nodes.label("", number), *body, ids=[f"note-{number}"])
    return list(found.values())
