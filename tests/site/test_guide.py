"""The guide shows claims that can be copied: they are read, run and hold."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

from nsdoc import build
from nsdoc.verdict import Kind

ROOT = Path(__file__).parents[2]
HEADER = """\
hostname(7)
===========

NAME
----

hostname - the name of a host

DESCRIPTION
-----------

"""


def test_claims_of_the_guide_hold(tmp_path: Path) -> None:
    """A page made of the claims that "Getting started" shows has no mistake and holds."""
    guide = (ROOT / "docs" / "guide" / "getting-started.rst").read_text(encoding="utf-8")
    blocks = re.findall(r"^\.\. code-block:: rst\n\n((?:   .*\n|\n)+)", guide, re.M)
    page = tmp_path / "hostname.7.rst"
    page.write_text(HEADER + "\n".join(map(textwrap.dedent, blocks)), encoding="utf-8")
    seen, problems = build.check([str(page)])
    assert problems == ()
    assert len(seen.verdicts) == len(blocks) >= 3
    assert {verdict.kind for verdict in seen.verdicts} <= {Kind.HOLDS, Kind.UNAVAILABLE}
