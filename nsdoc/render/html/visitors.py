"""How the nodes of `nsdoc.render.html.weave` become HTML.

A visitor writes what its node says and decides nothing.
Everything shows and works without a script:
a browser unfolds a proof by itself when a link leads into it.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any

from docutils import nodes

from nsdoc.render.html import links, weave

if TYPE_CHECKING:
    from sphinx.writers.html5 import HTML5Translator

Visitor = Callable[[Any, Any], None]


def visitors() -> dict[type[nodes.Element], tuple[Visitor, Visitor]]:
    """For each node of `nsdoc.render.html.weave`, what writes it when it is entered and when it is left."""
    return {
        weave.sentence: (_enter_sentence, _leave_sentence),
        weave.mark: (_enter_mark, _nothing),
        weave.proofs: (_enter_proofs, _leave_proofs),
        weave.proof: (_enter_proof, _leave_proof),
        links.permalink: (_enter_permalink, _nothing),
    }


def proof_anchor(claim: str) -> str:
    """The anchor of the examples of a claim; no claim can have it for an id."""
    return f"{claim}.example"


def _nothing(writer: HTML5Translator, node: nodes.Element) -> None:
    pass


def _enter_sentence(writer: HTML5Translator, node: weave.sentence) -> None:
    writer.body.append(writer.starttag(node, "span", "", CLASS="nsdoc-claim"))


def _leave_sentence(writer: HTML5Translator, node: weave.sentence) -> None:
    writer.body.append("</span>")


def _enter_mark(writer: HTML5Translator, node: weave.mark) -> None:
    badge, claim = node["badge"], escape(node["claim"])
    writer.body.append(
        # No line break between the last word and its verdict.
        f'\N{NO-BREAK SPACE}<a class="nsdoc-mark nsdoc-{badge.kind}" href="#{proof_anchor(claim)}"'
        f' title="{escape(badge.words)}">{escape(badge.word)}'
        f'<span class="nsdoc-unseen">: example of {claim}</span></a>'
        f'<a class="headerlink" href="#{claim}" title="Link to this claim">'
        f"{writer.config.html_permalinks_icon}</a>"
    )


def _enter_proofs(writer: HTML5Translator, node: weave.proofs) -> None:
    writer.body.append('<div class="nsdoc-proofs">\n')


def _leave_proofs(writer: HTML5Translator, node: weave.proofs) -> None:
    writer.body.append("</div>\n")


def _enter_proof(writer: HTML5Translator, node: weave.proof) -> None:
    badge, claim = node["badge"], escape(node["claim"])
    # Where a claim is not applicable, the verdict itself says the releases for which it is true.
    shown = "" if badge.kind == "not-applicable" else node["bounds"]
    bounds = f'<span class="nsdoc-bounds">{escape(shown)}</span>' if shown else ""
    writer.body.append(
        f'<details class="nsdoc-proof nsdoc-{badge.kind}"{" open" if node["open"] else ""}><summary>'
        f'<span class="nsdoc-verdict">{escape(badge.words)}</span> '
        f'<code class="nsdoc-id">{claim}</code> {bounds}</summary>\n'
        f'<div class="nsdoc-body" id="{proof_anchor(claim)}">\n'
    )
    if badge.reason:
        writer.body.append(f'<pre class="nsdoc-reason">{escape(badge.reason)}</pre>\n')
    node["start"] = len(writer.body)


def _leave_proof(writer: HTML5Translator, node: weave.proof) -> None:
    claim, badge = escape(node["claim"]), node["badge"]
    # A line can be wider than the window: code has to be reached, and scrolled, by keyboard too.
    code = writer.body[node["start"] :]
    writer.body[node["start"] :] = [part.replace("<pre>", '<pre tabindex="0">') for part in code]
    seen = "".join(f"<li>{escape(words)}</li>" for words in badge.elsewhere)
    if seen:
        writer.body.append(f'<ul class="nsdoc-elsewhere">{seen}</ul>\n')
    writer.body.append(
        f'<p class="nsdoc-name">Permanent name: <a href="#{claim}">{escape(badge.claim)}</a></p>\n'
        "</div></details>\n"
    )


def _enter_permalink(writer: HTML5Translator, node: links.permalink) -> None:
    writer.body.append(
        f'<a class="headerlink" href="#{escape(node["anchor"])}" title="Link to this term">'
        f"{writer.config.html_permalinks_icon}</a>"
    )
