"""Terms link to themselves, and references to the project's own pages lead there."""

from __future__ import annotations

from docutils import nodes

from nsdoc.render.html import links


def a_document(*children: nodes.Node) -> nodes.document:
    document = nodes.document(None, None)  # type: ignore[arg-type]
    document += list(children)
    return document


def test_terms_link_to_themselves() -> None:
    """Terms get ids as mandoc(1) gives them: the first word, numbered where it comes again."""
    texts = ["EINVAL", "EPERM (since Linux 3.19)", "EINVAL", "/proc/sys/user", ""]
    items = [nodes.definition_list_item("", nodes.term(text, text)) for text in texts]
    document = a_document(nodes.definition_list("", *items))
    links.link_terms(document)
    terms = list(document.findall(nodes.term))
    assert [term["ids"][0] for term in terms] == ["EINVAL", "EPERM", "EINVAL~2", "/proc/sys/user", "term"]
    assert all(isinstance(term.children[-1], links.permalink) for term in terms)


class manpage(nodes.Inline, nodes.TextElement):  # noqa: N801 - named as Sphinx's node
    """What the role of that name leaves."""


def test_own_pages_are_linked() -> None:
    """A reference to a page of the project leads to it; another one stays as it is."""
    link = nodes.reference("", "clone(2)", refuri="https://example.org/clone.2")
    own = manpage("", "", link, page="clone", section="2")
    other = manpage("", "ls(1)", page="ls", section="1")
    document = a_document(nodes.paragraph("", "", own, other))
    known = links.man_pages(["index", "man/clone.2", "guide/version1.0"])
    links.link_man_pages(document, known, lambda docname: f"../{docname}.html")
    assert [node["refuri"] for node in document.findall(nodes.reference)] == ["../man/clone.2.html"]
    assert document.astext() == "clone(2)ls(1)"
    assert next(document.findall(nodes.reference)).astext() == "clone(2)"
    assert next(document.findall(manpage)).astext() == "ls(1)"


def a_constant(name: str, role: str = "errno") -> nodes.literal:
    return nodes.literal("", name, role=role)


def test_explained_words() -> None:
    """A document explains the constants in its terms and other words, each at the anchor of its term."""
    sphinx = nodes.literal("", "CLONE_FS", classes=["xref", "py", "py-const"])
    terms = [
        nodes.term("", "", a_constant("EPERM")),
        nodes.term("", "", a_constant("CAP_KILL", "cap"), nodes.Text(" "), a_constant("CAP_CHOWN", "cap")),
        nodes.term("", "", sphinx),
        nodes.term("", "", nodes.literal("", "ls", role="program")),
        nodes.term("", "initial user namespace"),
    ]
    items = [nodes.definition_list_item("", term) for term in terms]
    document = a_document(nodes.definition_list("", *items))
    assert links.explained(document) == {
        "EPERM": "EPERM",
        "CAP_KILL": "CAP_KILL",
        "CAP_CHOWN": "CAP_KILL",
        "CLONE_FS": "CLONE_FS",
        "initial user namespace": "initial",
    }


def test_constants_lead_to_where_they_are_explained() -> None:
    """A known constant in running text becomes a link; in a term, a title or another link it stays."""
    known = {"EPERM": "words.html#EPERM"}
    unlinked = (
        nodes.term("", "", a_constant("EPERM")),
        nodes.title("", "", a_constant("EPERM")),
        nodes.reference("", "", a_constant("EPERM"), refuri="elsewhere"),
        nodes.paragraph("", "", a_constant("EINVAL"), nodes.literal("", "EPERM")),
    )
    document = a_document(nodes.paragraph("", "", a_constant("EPERM")), *unlinked)
    links.link_explained(document, known)
    found = [node["refuri"] for node in document.findall(nodes.reference)]
    assert found == ["words.html#EPERM", "elsewhere"]
    assert document.astext().count("EPERM") == 5


def test_words_lead_to_where_they_are_explained() -> None:
    """An emphasized word that is explained becomes a link, another one and the name of a page do not."""
    page = nodes.emphasis("", "owner", classes=["manpage"])
    words = (nodes.emphasis("", "owner"), nodes.Text(" "), nodes.emphasis("", "deny"), page)
    document = a_document(nodes.paragraph("", "", *words))
    links.link_explained(document, {"owner": "words.html#owner"})
    assert [node["refuri"] for node in document.findall(nodes.reference)] == ["words.html#owner"]
    assert document.astext() == "owner denyowner"
