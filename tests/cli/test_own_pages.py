"""The pages of this project, checked by root and by somebody else."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from nsdoc import build
from nsdoc.verdict import Kind
from tests.cli.project import Project

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: only root can become another user")
def test_ordinary_users_get_the_same_verdicts(others_project: Project) -> None:
    """Whoever is not root gets root's verdict for three claims of five or more, or a reason why not."""
    shutil.copytree(ROOT / "docs", others_project.directory / "docs", dirs_exist_ok=True)
    shutil.copytree(ROOT / "examples", others_project.directory / "examples")
    ours, problems = build.check([str(ROOT / "docs")])
    theirs = others_project.check()
    assert problems == ()
    assert theirs.status == 0, theirs.err
    for entry in theirs.report["verdicts"]:
        kind = ours.by_claim[entry["claim"]].kind
        if entry["verdict"] != kind:
            assert (entry["verdict"], bool(entry["reason"])) == (Kind.UNAVAILABLE, True), entry
    decided = [entry for entry in theirs.report["verdicts"] if Kind(entry["verdict"]).decided]
    assert len(decided) * 5 >= len(ours.verdicts) * 3
