"""Texts with anything in them, and inline markup around them, for hypothesis."""

from __future__ import annotations

from docutils import nodes
from hypothesis import strategies as st
from sphinx import addnodes

# What roff, tbl(1) or the renderer could take for something else.
_NASTY = r"""
    . .. ' '' " \ \fB \(em \& \\ - -- --- --flag -x a-b e.g. etc. Dr. end. end! (end.) $? ... .SH 'br .\"
    .TE T{ T} \n \*x \$1 .de .if .so \c \[rs] \z \h'1i' "x" ''x.
    _ = \^ ^ ~ ` | { } < > @ # % CLONE_NEWUSER uid_map /proc/self/uid_map clone(2) read() user_namespaces
    1. (a) * [1] http://example.com/a-b?c=d&e NULL x=1 <tag> struct foo(int a, b) $ # >>> {x} :cap: |s| *s*
""".split()
_CHARACTERS = [
    *("\u00a0", "\u00ad", "\u200b", "\u2014", "\u201cx\u201d", "e\u0301", "\u6f22", "\u0301", "\ufffe"),
    *("\U0001f600", "\x00", "\x1b", "\u2022", "\u2013", "\u2192", "\u27e8", "\u05d0", "\ufb01"),
    *("\u2028", "\x85"),
]
_LONG = ["a" * 30, "b" * 90, "/very/long/path" * 6, "word-" * 20, "\u6f22" * 40]
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


TEXT = _text()
"""A few words; blanks and newlines are between them and at the end."""


def _leaf(kind: type[nodes.TextElement]) -> st.SearchStrategy[nodes.Node]:
    return st.builds(lambda text: kind("", text), TEXT)


_NUMBERS = st.integers(1, 12).map(str)
_ROLES = st.sampled_from(["file", "cap", "option", "envvar", "program", "menuselection", "std-ref", "c-func"])
_ADDRESSES = st.sampled_from(["https://example.com/a_b?c=d", "mailto:a@example.com", "HTTP://example.com/~x/#y"])

INLINE: st.SearchStrategy[nodes.Node] = st.one_of(
    st.builds(nodes.Text, TEXT),
    st.builds(nodes.Text, TEXT),
    _leaf(nodes.emphasis),
    _leaf(nodes.strong),
    _leaf(nodes.literal),
    _leaf(nodes.title_reference),
    _leaf(nodes.math),
    _leaf(nodes.subscript),
    _leaf(nodes.generated),
    _leaf(addnodes.literal_strong),
    _leaf(addnodes.literal_emphasis),
    st.just(nodes.inline("", "clone(2)", classes=["manpage"])).map(lambda node: node.deepcopy()),
    st.builds(lambda text, role: nodes.inline("", text, classes=[role]), TEXT, _ROLES),
    st.builds(lambda text, role: nodes.literal("", text, classes=["xref", role]), TEXT, _ROLES),
    st.builds(lambda text, address: nodes.reference("", text, refuri=address), TEXT, _ADDRESSES),
    st.builds(lambda text: nodes.reference("", text, refuri="#here", internal=True), TEXT),
    st.builds(
        lambda text: nodes.reference("", "", nodes.strong("", text), refuri="https://example.com/"), TEXT
    ),
    st.builds(lambda text: nodes.strong("", "", nodes.emphasis("", text)), TEXT),
    st.builds(lambda text: nodes.emphasis("", "", nodes.literal("", text), nodes.Text("x")), TEXT),
    st.builds(lambda text: nodes.image(alt=" ".join(text.split()) or "x", uri="x.png"), TEXT),
    st.builds(lambda number: nodes.footnote_reference("", number, refid=number), _NUMBERS),
    st.builds(lambda text: nodes.target("", text, ids=["t"]), TEXT),
)
INLINES = st.lists(INLINE, min_size=1, max_size=4)
"""What stands in a paragraph."""


def inlined(kind: type[nodes.TextElement]) -> st.SearchStrategy[nodes.Element]:
    """Elements of a kind with anything in them."""

    @st.composite
    def element(draw: st.DrawFn) -> nodes.Element:
        return kind("", "", *draw(INLINES))

    return element()
