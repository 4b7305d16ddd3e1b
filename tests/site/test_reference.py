"""The reference is complete: nothing that nsdoc can say is missing from it, and nothing else is in it."""

from __future__ import annotations

import re
from pathlib import Path

from nsdoc.lint import Rule
from nsdoc.problems import Code
from nsdoc.render.tree import report
from nsdoc.verdict import Reason

ROOT = Path(__file__).parents[2]


def test_every_message_code_is_explained() -> None:
    """Each code of a message is a term of the page of messages, and each term a code."""
    text = (ROOT / "docs" / "reference" / "messages.rst").read_text(encoding="utf-8")
    terms = re.findall(r"^nsdoc\.[a-z0-9-]+$", text, re.MULTILINE)
    # A code that both a reader and a judge give has one entry.
    assert sorted(terms) == sorted({*map(str, Code), *map(str, Reason), *map(str, report.Code)})


def test_every_rule_is_explained() -> None:
    """Each rule of nsdoc lint is a term of the page of rules, and each term a rule."""
    text = (ROOT / "docs" / "reference" / "lint.rst").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^nsdoc\.[a-z0-9-]+$", text, re.MULTILINE)) == sorted(map(str, Rule))


def test_every_setting_is_explained() -> None:
    """Each setting of the extension is on the page of settings, with its default."""
    code = (ROOT / "nsdoc" / "sphinx_ext" / "__init__.py").read_text(encoding="utf-8")
    settings = re.findall(r'add_config_value\("(nsdoc_\w+)", ([^,]+),', code)
    text = (ROOT / "docs" / "reference" / "configuration.rst").read_text(encoding="utf-8")
    assert settings
    assert re.findall(r"^``(nsdoc_\w+)`` \((.+)\)$", text, re.MULTILINE) == settings
