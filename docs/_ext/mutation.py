"""The report of ``nsdoc mutate`` as a part of a page.

``.. mutation-report:: FILE`` shows the vacuous claims, the undocumented rules,
the rules that each claim guards, and the claims that alone notice something.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from nsdoc.mutate.report import BadReport, read
from nsdoc.mutate.sources import files, fingerprint

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_NO_REPORT = "There is no report in this build: nsdoc mutate writes it."
_STALE = "The report in this build is of other pages or another model, and not shown: nsdoc mutate renews it."


class MutationReport(SphinxDirective):
    """``.. mutation-report:: FILE``, a file below the directory of the project."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """The report, or a sentence that there is none of these pages and this model."""
        path = Path(self.env.app.confdir, self.arguments[0])
        pages = Path(self.env.srcdir)
        for file in (path, *files(pages)):
            self.env.note_dependency(str(file))
        try:
            data = read(path)
            current = data.get("sources") == fingerprint(pages)
            return list(_report(data)) if current else [nodes.paragraph("", _STALE)]
        except FileNotFoundError:
            return [nodes.paragraph("", _NO_REPORT)]
        except (OSError, BadReport) as error:
            raise self.error(str(error)) from None


def _report(data: Mapping[str, Any]) -> Iterator[nodes.Node]:
    noticed = sum(bool(mutant["refutes"]) for mutant in data["mutants"])
    yield nodes.paragraph(
        "",
        f"On the model of Linux {data['kernel']['release']}, {data['claims']} claims were tried; "
        f"they notice {noticed} of {len(data['mutants'])} mutants.",
    )
    yield from _part("Vacuous claims", data["vacuous"], "Every claim notices at least one mutant.")
    rules = map(_rule, data["undocumented"])
    yield from _part("Undocumented rules", rules, "Every rule has a claim that notices when it is broken.")
    untold = [f"{_rule(rule)} {rule['reason']}" for rule in data["untold"]]
    yield from _part("Rules that no page shall state", untold, "Every rule is one for the pages.")
    guards = [f"{claim}: {', '.join(rules)}" for claim, rules in data["guards"].items() if rules]
    yield from _part("The rules that claims guard", guards, "No claim guards a rule.")
    sole = [f"{claim}: {', '.join(mutants)}" for claim, mutants in data["sole"].items()]
    yield from _part("What only one claim notices", sole, "Whatever is noticed, several claims notice.")


def _rule(rule: Mapping[str, Any]) -> str:
    return f"{rule['rule']}: {rule['what']} ({rule['file']}:{rule['line']})"


def _part(title: str, lines: Iterable[str], none: str) -> Iterator[nodes.Node]:
    """A title and a list, or a sentence where there is nothing to list."""
    yield nodes.rubric("", title)
    items = [nodes.list_item("", nodes.paragraph("", line)) for line in lines]
    yield nodes.bullet_list("", *items) if items else nodes.paragraph("", none)


def setup(app: Sphinx) -> dict[str, Any]:
    """Add the directive to Sphinx."""
    app.add_directive("mutation-report", MutationReport)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
