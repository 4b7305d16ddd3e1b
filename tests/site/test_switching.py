"""What the guide says to those who switch from Sphinx's own builder, tried in a project of theirs."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.render import formatters

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "guide" / "switching.rst").read_text(encoding="utf-8")
CONF = """\
import os, sys
sys.path.insert(0, os.path.dirname(__file__))
project, author, release = "tool", "Somebody", "1.2"
copyright = "2026, Somebody"
today = "2026-03-01"
extensions = ["extension"]
man_pages = [("index", "tool", "do a thing", ["Somebody"], 1)]
"""
EXTENSION = """\
from docutils import nodes
from docutils.parsers.rst import Directive

class fancy(nodes.General, nodes.Element):
    pass

class Fancy(Directive):
    has_content = True

    def run(self):
        node = fancy()
        self.state.nested_parse(self.content, self.content_offset, node)
        return [node]

def begin(app):
    print("builder", app.builder.name, app.builder.format)

"""
PAGE = """\
The tool
========

Description
-----------

Does a thing; see :manpage:`ls(1)`, :manpage:`other(3tool)` and `a site <https://x.example>`_.

.. only:: man

   Tag man.

.. only:: format_man

   Tag format_man.

.. only:: builder_man

   Tag builder_man.

.. only:: html

   Tag html.

.. fancy::

   A fancy thing.

.. raw:: manpage

   .\\" raw for man

.. raw:: html

   raw for html

== ==
a  b
== ==
1  2
== ==
"""


def setup(*lines: str) -> str:
    """The end of an extension."""
    begin = ['app.add_directive("fancy", Fancy)', 'app.connect("builder-inited", begin)']
    return "def setup(app):\n" + "".join(f"    {line}\n" for line in (*begin, *lines))


class Theirs:
    """A project that has never heard of nsdoc."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.file("conf.py", CONF)
        self.file("extension.py", EXTENSION + setup())
        self.file("index.rst", PAGE)

    def file(self, name: str, text: str) -> None:
        """Write a file."""
        (self.directory / name).write_text(text, "utf-8")

    def switch(self, *more: str) -> None:
        """Change what the guide says is to be changed."""
        conf = CONF.replace('["extension"]', '["extension", "nsdoc.sphinx_ext"]')
        self.file("conf.py", conf + "\n".join(more) + "\n")

    def build(self, name: str, *options: str, out: str = "out") -> subprocess.CompletedProcess[str]:
        """Run a builder."""
        command = [sys.executable, "-m", "sphinx", "-b", name, *options, ".", out]
        return subprocess.run(
            command, cwd=self.directory, capture_output=True, text=True, check=False, timeout=60
        )

    def text(self, path: str) -> str:
        """A file that was built."""
        return (self.directory / path).read_text("utf-8")


@pytest.fixture
def theirs(tmp_path: Path) -> Theirs:
    """A new project of theirs."""
    return Theirs(tmp_path)


def test_one_line_is_enough(theirs: Theirs) -> None:
    """Where Sphinx's own builder gives up, one more extension makes a page that is clean."""
    before = theirs.build("man")
    assert before.returncode != 0
    assert "unknown node type: fancy" in before.stderr
    theirs.switch()
    after = theirs.build("nsman")
    assert after.returncode == 0, after.stderr
    assert formatters.complaints(theirs.text("out/man1/tool.1")) == []


def test_what_is_in_the_page(theirs: Theirs) -> None:
    """Tags, raw text, references, links, tables and the header are as the guide says."""
    theirs.switch('manpages_url = "https://y.example/{page}"', "man_show_urls = True")
    theirs.build("nsman")
    text = theirs.text("out/man1/tool.1")
    assert '.TH tool 1 2026-03-01 "tool 1.2"\n.SH NAME\ntool \\- do a thing\n' in text
    assert ".BR ls (1),\n.BR \\%other (3tool)" in text
    assert ".UR https://\\:x\\:.example\na site\n.UE .\n" in text
    assert [tag for tag in ("man", "format_man", "builder_man", "html") if f"Tag {tag}." in text] == [
        "man",
        "format_man",
        "builder_man",
    ]
    assert "raw for man" in text
    assert "raw for html" not in text
    assert "box" not in text
    assert not re.search(r"y\.example|Somebody|Copyright", text)


def test_what_sphinx_does(theirs: Theirs) -> None:
    """The other column of the table: the page of Sphinx's own builder."""
    theirs.file("index.rst", PAGE.replace(".. fancy::", ".. note::"))
    theirs.file("conf.py", CONF.replace("today =", "unused ="))
    assert theirs.build("man").returncode == 0
    text = theirs.text("out/tool.1")
    assert re.search(r'^\.TH "TOOL" "1" "[A-Z][a-z]{2} \d\d, \d{4}"', text, re.MULTILINE)
    assert ".SH Author" in text
    assert ".SH Copyright" in text
    assert "\\fBls(1)\\fP" in text
    assert "box center;" in text


def test_taking_over(theirs: Theirs) -> None:
    """With the setting, -b man is this builder, with that name and where Sphinx would put its pages."""
    theirs.switch("nsdoc_take_over_man = True")
    assert "builder man man" in theirs.build("man").stdout
    assert "builder nsman man" in theirs.build("nsman", out="other").stdout
    assert theirs.text("out/tool.1") == theirs.text("other/man1/tool.1")
    theirs.build("man", "-D", "man_make_section_directory=1", out="third")
    assert theirs.text("third/man1/tool.1") == theirs.text("out/tool.1")


def test_warning_and_its_silence(theirs: Theirs) -> None:
    """What is unknown is told once, in the words of the guide, and can be silenced."""
    theirs.file("index.rst", PAGE + "\n.. fancy::\n\n   More.\n")
    theirs.switch()
    said = theirs.build("nsman").stderr
    (message,) = re.findall(r"WARNING(.* \[nsdoc.unknown-node\])", GUIDE)
    assert said.count(message) == 1
    silent = theirs.build("nsman", "-E", "-W", "-D", "suppress_warnings=nsdoc.unknown-node", out="other")
    assert silent.returncode == 0, silent.stderr
    assert "A fancy thing." in theirs.text("other/man1/tool.1")


def test_form_for_every_builder(theirs: Theirs) -> None:
    """The code of the guide gives a node a form that every builder knows; visitors for man are not asked."""
    (code,) = (
        textwrap.dedent(block)
        for block in re.findall(r"^\.\. code-block:: python\n\n((?:   .*\n|\n)+)", GUIDE, re.MULTILINE)
        if "def plain" in block
    )
    visit = 'lambda self, node: self.body.append("VISITED")'
    visitors = f"app.add_node(fancy, man=({visit}, lambda self, node: None))"
    plain, _, connect = code.partition("def setup(app):\n")
    theirs.file("extension.py", EXTENSION + plain + setup(visitors, connect.strip()))
    theirs.switch()
    assert "unknown-node" not in theirs.build("nsman").stderr
    assert ".RS 4\n.PP\nA fancy thing.\n.RE\n" in theirs.text("out/man1/tool.1")
    assert "VISITED" not in theirs.text("out/man1/tool.1")


def test_unchanged_pages(theirs: Theirs) -> None:
    """A page that has not changed is not written again; a title such as clone(2) is enough for a page."""
    title = "clone(2)\n========\n\nNAME\n----\n\nclone - x\n\nDESCRIPTION\n-----------\n\nx\n"
    theirs.file("clone.rst", f":orphan:\n\n{title}")
    theirs.switch()
    theirs.build("nsman")
    assert ".TH clone 2 " in theirs.text("out/man2/clone.2")
    page = theirs.directory / "out" / "man1" / "tool.1"
    before = page.stat().st_mtime_ns
    theirs.build("nsman")
    assert page.stat().st_mtime_ns == before


def test_pages_that_are_gone(theirs: Theirs) -> None:
    """A page whose document is gone, and a part that is no longer named, go from the output as well."""
    title = "clone(2)\n========\n\nNAME\n----\n\nclone - x\n\nDESCRIPTION\n-----------\n\nx\n"
    theirs.switch()
    for parts in ("DESCRIPTION; NAME", "NAME"):
        theirs.file("clone.rst", f":orphan:\n:fragments: {parts}\n\n{title}")
        theirs.build("nsman")
    built = theirs.directory / "out"
    assert [path.name for path in built.glob("fragments/*/*")] == ["NAME.2in"]
    (theirs.directory / "clone.rst").unlink()
    theirs.build("nsman")
    left = {str(path.relative_to(built)) for path in built.rglob("*.[0-9]*") if path.is_file()}
    assert left == {"man1/tool.1"}
    assert "clone" not in theirs.text("out/.inputs.json")


def test_dates(theirs: Theirs, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page has its own date, or that of the project, or that of the environment, or none."""
    theirs.switch('today = ""')
    theirs.build("nsman", out="none")
    assert '.TH tool 1 "" "tool 1.2"' in theirs.text("none/man1/tool.1")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000000")
    theirs.build("nsman", out="environment")
    assert ".TH tool 1 2001-09-09 " in theirs.text("environment/man1/tool.1")
    theirs.file("index.rst", f":date: 2020-02-02\n\n{PAGE}")
    theirs.build("nsman", out="page")
    assert ".TH tool 1 2020-02-02 " in theirs.text("page/man1/tool.1")


def test_a_source_from_pandoc(tmp_path: Path) -> None:
    """What pandoc makes of a page in Markdown needs a title, a date and --fix, and is then a clean page."""
    (header,) = re.findall(r"printf '(.*)' > tool", GUIDE)
    body = textwrap.dedent(
        """\
        NAME
        ====

        tool - do a thing

        SYNOPSIS
        ========

        **tool** [*options*] *file*

        DESCRIPTION
        ===========

        Does a thing -- quickly. See **ls**\\ (1) and ``--max-depth``.

        SEE ALSO
        ========

        **ls**\\ (1), **cat**\\ (1)
        """
    )
    page = tmp_path / "tool.1.rst"
    page.write_text(header.replace("\\n", "\n") + body, "utf-8")
    nsdoc = [sys.executable, "-m", "nsdoc"]
    subprocess.run([*nsdoc, "lint", "--fix", str(page)], check=True, capture_output=True, timeout=60)
    done = subprocess.run([*nsdoc, "man", str(page)], check=True, capture_output=True, text=True, timeout=60)
    assert formatters.complaints(done.stdout) == []
    assert ".BR cat (1),\n.BR ls (1)\n" in done.stdout
