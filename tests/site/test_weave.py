"""Claims dissolve into the prose they stand in, and leave their anchors, verdicts and examples."""

from __future__ import annotations

import pytest
from docutils import nodes
from hypothesis import given
from hypothesis import strategies as st

from nsdoc.nodes import claim, example
from nsdoc.render.html import weave
from nsdoc.render.html.badge import Badge


def badge_of(node: claim) -> Badge:
    return Badge(f"page(7)#{node['claim']}", "holds", "holds", "holds on Linux 6.18, 2026-11-22")


def a_claim(
    name: str,
    *body: nodes.Node,
    continues: bool = False,
    since: str | None = None,
    until: str | None = None,
) -> claim:
    node = claim("", *body, claim=name, continues=continues, since=since, until=until, ids=[name])
    node += example("print(1)\n#> 1", "print(1)\n#> 1", language="python")
    return node


def a_paragraph(text: str, **attributes: object) -> nodes.paragraph:
    return nodes.paragraph(text, text, **attributes)


def woven(*children: nodes.Node) -> nodes.Element:
    parent = nodes.section("", *children)
    weave.weave(parent, badge_of)
    return parent


def anchors(node: nodes.Node) -> list[list[str]]:
    return [part["ids"] for part in node.findall(weave.sentence)]


def shape(parent: nodes.Element) -> list[str]:
    return [type(child).__name__ for child in parent.children]


def test_claim_becomes_a_paragraph_and_its_proof() -> None:
    """A claim alone leaves one paragraph, with its anchor and its verdict, and the examples below."""
    section = woven(a_claim("one", a_paragraph("One holds.")))
    assert shape(section) == ["paragraph", "proofs"]
    assert anchors(section[0]) == [["one"]]
    assert section[0].astext() == "One holds."
    assert [part["claim"] for part in section[0].findall(weave.mark)] == ["one"]


def test_claim_that_continues_runs_on() -> None:
    """A claim with :continue: joins the paragraph before it; both keep an anchor and an example."""
    section = woven(a_claim("one", a_paragraph("One.")), a_claim("two", a_paragraph("Two."), continues=True))
    assert shape(section) == ["paragraph", "proofs"]
    assert section[0].astext() == "One. Two."
    assert anchors(section) == [["one"], ["two"]]
    assert [part["claim"] for part in section.findall(weave.proof)] == ["one", "two"]


def test_claim_without_continue_starts_a_paragraph() -> None:
    """Without :continue: each claim has a paragraph, directly followed by its own examples."""
    section = woven(a_claim("one", a_paragraph("One.")), a_claim("two", a_paragraph("Two.")))
    assert shape(section) == ["paragraph", "proofs", "paragraph", "proofs"]


def test_claim_continues_plain_prose() -> None:
    """A claim also runs on in a paragraph that is no claim."""
    section = woven(a_paragraph("A definition."), a_claim("one", a_paragraph("One."), continues=True))
    assert shape(section) == ["paragraph", "proofs"]
    assert section[0].astext() == "A definition. One."


def test_prose_continues_a_claim() -> None:
    """A paragraph marked to continue runs on behind a claim, and the examples stay below both."""
    section = woven(a_claim("one", a_paragraph("One.")), a_paragraph("See also two.", continues=True))
    assert shape(section) == ["paragraph", "proofs"]
    assert section[0].astext() == "One. See also two."


def test_comment_between_claims_does_not_part_them() -> None:
    """What a page does not show stands between two claims without a new paragraph."""
    note = nodes.comment("", "not shown")
    section = woven(
        a_claim("one", a_paragraph("One.")), note, a_claim("two", a_paragraph("Two."), continues=True)
    )
    assert shape(section) == ["paragraph", "comment", "proofs"]


def test_nothing_to_run_on_in() -> None:
    """A claim that continues after a list starts a paragraph of its own."""
    section = woven(nodes.bullet_list(), a_claim("one", a_paragraph("One."), continues=True))
    assert shape(section) == ["bullet_list", "paragraph", "proofs"]


def test_claim_of_several_blocks() -> None:
    """The anchor stands on the first paragraph of a claim, the verdict on the last."""
    listing = nodes.literal_block("x", "x")
    section = woven(a_claim("one", a_paragraph("One."), listing, a_paragraph("More.")))
    assert shape(section) == ["paragraph", "literal_block", "paragraph", "proofs"]
    assert anchors(section[0]) == [["one"]]
    assert isinstance(section[2].children[-1], weave.mark)


def test_claim_that_starts_with_a_list() -> None:
    """A claim whose first block is no paragraph still has an anchor in front of it."""
    section = woven(a_claim("one", nodes.bullet_list()))
    assert shape(section) == ["paragraph", "bullet_list", "proofs"]
    assert anchors(section[0]) == [["one"]]


def test_claims_in_list_items_stay_there() -> None:
    """Each item of a list keeps its claim and the claim's examples."""
    items = [nodes.list_item("", a_claim(name, a_paragraph(name))) for name in ("one", "two")]
    section = woven(nodes.bullet_list("", *items))
    assert [shape(item) for item in section.findall(nodes.list_item)] == [["paragraph", "proofs"]] * 2


@pytest.mark.parametrize(
    ("since", "until", "words"),
    [
        (None, None, ""),
        ("3.19", None, "since Linux 3.19"),
        (None, "4.9", "before Linux 4.9"),
        ("3.11", "4.9", "since Linux 3.11 and before Linux 4.9"),
    ],
)
def test_bounds_in_words(since: str | None, until: str | None, words: str) -> None:
    """The releases for which a claim is true stand with its example, in words."""
    section = woven(a_claim("one", a_paragraph("One."), since=since, until=until))
    assert next(section.findall(weave.proof))["bounds"] == words


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=12))
def test_no_word_and_no_example_is_lost(kinds: list[tuple[bool, bool]]) -> None:
    """Whatever runs on in what, every word stays, in order, and every claim keeps one proof after it."""
    children: list[nodes.Node] = []
    for number, (is_claim, continues) in enumerate(kinds):
        paragraph = a_paragraph(f"w{number}")
        if is_claim:
            children.append(a_claim(f"c{number}", paragraph, continues=continues))
        else:
            paragraph["continues"] = continues
            children.append(paragraph)
    section = woven(*children)
    words = " ".join(p.astext() for p in section.children if isinstance(p, nodes.paragraph)).split()
    assert words == [f"w{number}" for number in range(len(kinds))]
    names = [f"c{number}" for number, (is_claim, _) in enumerate(kinds) if is_claim]
    assert [part["claim"] for part in section.findall(weave.proof)] == names
    assert all(node.parent is not None for node in section.findall() if node is not section)


def test_flat_page_has_only_common_nodes() -> None:
    """For other writers a claim is its paragraph and a literal block, without a verdict."""
    section = woven(a_claim("one", a_paragraph("One.")), a_claim("two", a_paragraph("Two."), continues=True))
    weave.flatten(section)
    assert shape(section) == ["paragraph", "literal_block", "literal_block"]
    assert section[0].astext() == "One. Two."
    assert {type(node).__module__ for node in section.findall()} == {"docutils.nodes"}
