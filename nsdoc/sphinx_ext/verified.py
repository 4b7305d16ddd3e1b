"""What one build of Sphinx knows of the claims of its documents.

Before anything is written, claims that are not known to hold are run (`nsdoc_verify`),
and the build ends where one does not hold.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.errors import ConfigError, SphinxError
from sphinx.util import logging

from nsdoc import build, report, show
from nsdoc.errors import Unavailable
from nsdoc.nodes import claim
from nsdoc.page import Page
from nsdoc.render.claim_refs import claims_of_documents
from nsdoc.render.html import badge, links, weave
from nsdoc.report import Report
from nsdoc.runner.pool import NoRunner
from nsdoc.source import read_pages
from nsdoc.terminal import Terminal

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinx.environment import BuildEnvironment

_logger = logging.getLogger(__name__)


class ClaimError(SphinxError):
    """A claim does not hold, or cannot be run; the message names file and line of each."""

    category = "nsdoc"


class Verified:
    """The verdicts on the claims of all documents, and how they are shown."""

    def __init__(self) -> None:
        self._badges: dict[str, dict[str, badge.Badge]] = {}
        self._constants: dict[str, str] | None = None

    def verify(self, app: Sphinx, env: BuildEnvironment) -> list[str]:
        """Run what has to be run; the documents of which this builder shows other verdicts than it now would.

        Raises:
            ClaimError: a claim does not hold, or cannot be run.
        """
        files = {_file(env, docname): docname for docname in sorted(claims_of_documents(env))}
        if not files:
            return []
        pages, here = (_run if app.config.nsdoc_verify else _only_read)(list(files), app.config)
        evidence = list(_evidence(app))
        for page in pages:
            _report_stale(page, evidence)
            self._badges[files[page.file]] = badge.badges(page.claims, here, evidence)
        if app.builder.format != "html":
            return []
        shown = _shown_before(app)
        return [docname for docname in self._badges if shown.get(docname) != self._digest(docname)]

    def show(self, app: Sphinx, document: nodes.document, docname: str) -> None:
        """Give the claims of a document the form that the builder can write."""
        unfolded = app.env.metadata[docname].get("examples") == "open"
        weave.weave(document, lambda node: self._badge(node, docname), unfolded)
        if app.builder.format != "html":
            weave.flatten(document)
            return
        links.link_terms(document)
        pages = links.man_pages(app.env.found_docs)
        links.link_man_pages(document, pages, lambda to: app.builder.get_relative_uri(docname, to))
        links.link_explained(document, self._explained(app, docname))

    def _explained(self, app: Sphinx, docname: str) -> dict[str, str]:
        """The addresses, as `docname` has them, at which constants are explained."""
        home = app.config.nsdoc_constants
        if not home:
            return {}
        if home not in app.env.found_docs:
            raise ConfigError(f"nsdoc_constants: there is no document {home!r}")
        if self._constants is None:
            self._constants = links.explained(app.env.get_doctree(home))
        page = app.builder.get_relative_uri(docname, home)
        return {name: f"{page}#{anchor}" for name, anchor in self._constants.items()}

    def _badge(self, node: claim, docname: str) -> badge.Badge:
        # Some builders write all documents as one; each section then says which it comes from.
        above: nodes.Element | None = node
        while above is not None and "docname" not in above:
            above = above.parent
        home = docname if above is None else above["docname"]
        name = node["claim"]
        return self._badges.get(home, {}).get(name) or badge.unchecked(f"{home}#{name}")

    def remember(self, app: Sphinx, error: Exception | None) -> None:
        """Keep, beside what was written, which verdicts it shows."""
        if error is None and app.builder.format == "html" and self._badges:
            digests = {docname: self._digest(docname) for docname in sorted(self._badges)}
            _memory(app).write_text(json.dumps(digests, indent=1), encoding="utf-8")

    def _digest(self, docname: str) -> str:
        return hashlib.sha256(repr(sorted(self._badges[docname].items())).encode()).hexdigest()[:16]


def _only_read(files: list[str], config: Config) -> tuple[tuple[Page, ...], Report | None]:
    """The pages of `files`, and what an earlier run, such as that of ``nsdoc check``, says of claims."""
    return read_pages(files).pages, report.earlier(config.nsdoc_verdicts)


def _run(files: list[str], config: Config) -> tuple[tuple[Page, ...], Report]:
    """The pages of `files`, and the verdicts on their claims; only those not known from before are run."""
    previous = report.earlier(config.nsdoc_verdicts)
    try:
        plan = build.plan(files, config.nsdoc_backend, previous=previous)
        _logger.info("running claims... %d examples, %d verdicts known", len(plan.trials), len(plan.known))
        seen = build.report(plan, build.run(plan))
    except (Unavailable, NoRunner, ValueError) as error:
        hint = "with nsdoc_verify = False only evidence is read"
        raise ClaimError(f"the backend {config.nsdoc_backend} cannot be had: {error} ({hint})") from error
    _refuse_failures(plan, seen)
    if plan.trials:
        report.write(_with_others(seen, previous), config.nsdoc_verdicts)
    return plan.pages, seen


def _refuse_failures(plan: build.Plan, seen: Report) -> None:
    """Log everything that is wrong, in full; then end the build with one line each."""
    claims = {one.name: one for one in plan.claims}
    failed = [verdict for verdict in seen.verdicts if verdict.kind.failed]
    for problem in plan.problems:
        _logger.error("%s", problem)
    for verdict in failed:
        _logger.error("%s", show.failure(verdict, claims[verdict.claim], Terminal(sys.stderr, "never")))
    lines = [f"{problem.place}: {problem.code}" for problem in plan.problems]
    lines += [f"{verdict.finding.place}: {verdict.kind} {verdict.claim}" for verdict in failed]
    if lines:
        raise ClaimError("\n".join(["not every claim holds, nothing is written", *lines]))


def _with_others(seen: Report, previous: Report | None) -> Report:
    """A report with the verdicts on claims of other files that are still true."""
    if previous is None or previous.conditions != seen.conditions:
        return seen
    return report.joined(previous, seen, lambda verdict: True)


def _evidence(app: Sphinx) -> Iterator[Report]:
    """The committed reports of other kernels; one that cannot be read is a warning."""
    for path in sorted((app.srcdir / app.config.nsdoc_evidence).glob("*.json")):
        try:
            yield report.read(path)
        except (OSError, report.BadReport) as error:
            _logger.warning("%s: %s", path, error, type="nsdoc", subtype="evidence")


def _report_stale(page: Page, evidence: list[Report]) -> None:
    for one in evidence:
        stale = badge.stale(page.claims, one)
        if stale:
            message = "evidence from %s is stale for %d claims, which it does not count for: %s"
            words = (one.conditions.words, len(stale), ", ".join(stale))
            _logger.warning(message, *words, location=page.file, type="nsdoc", subtype="stale")


def _file(env: BuildEnvironment, docname: str) -> str:
    """The source of a document, named as ``nsdoc check`` names it."""
    return os.path.relpath(env.doc2path(docname))


def _memory(app: Sphinx) -> Path:
    return Path(app.outdir) / ".nsdoc.json"


def _shown_before(app: Sphinx) -> dict[str, str]:
    """The digests of the verdicts that the documents show as they were last written."""
    with contextlib.suppress(OSError, ValueError):
        shown: dict[str, str] = json.loads(_memory(app).read_text(encoding="utf-8"))
        return shown
    return {}
