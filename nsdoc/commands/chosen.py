"""The claims that a command is about, where one mistake in a source is one too many."""

from __future__ import annotations

from collections.abc import Sequence

from nsdoc import cli, selection
from nsdoc.cli import Stop
from nsdoc.page import Claim
from nsdoc.source import read_pages


def chosen(paths: Sequence[str], expression: str | None) -> tuple[Claim, ...]:
    """The claims of pages that an expression chooses, in the order of the sources.

    Raises:
        Stop: something is wrong with a source or with the expression, or no claim matches.
    """
    try:
        wanted = selection.matcher(expression)
    except ValueError as error:
        raise Stop(cli.USAGE, str(error)) from None
    read = read_pages(paths)
    if read.problems:
        raise Stop(cli.USAGE, "\n".join(map(str, read.problems)))
    claims = tuple(claim for page in read.pages for claim in page.claims if wanted(claim))
    if not claims:
        what = f"no claim matches {expression!r}" if expression else f"no claim in {', '.join(paths)}"
        raise Stop(cli.USAGE, what)
    return claims
