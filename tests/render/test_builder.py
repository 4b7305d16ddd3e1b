"""The builder of man pages in projects of Sphinx: what it writes, when, and under which name."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.render import formatters

CONF = """\
project = "small"
extensions = ["nsdoc.sphinx_ext"]
exclude_patterns = ["out"]
nsdoc_verify = False
"""


def page(name: str, text: str = "Text.", date: str = ":date: 2026-03-01\n\n") -> str:
    """The source of a page of section 7."""
    title = f"{name}(7)"
    rule = "=" * len(title)
    head = f"{title}\n{rule}\n\nNAME\n----\n\n{name} - a page\n\nDESCRIPTION\n-----------\n\n"
    return f"{date}{head}{text}\n"


@dataclass(frozen=True)
class Project:
    """A directory with a `conf.py` and documents in it."""

    root: Path

    def write(self, name: str, text: str) -> None:
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def build(self, *options: str, builder: str = "nsman", **environment: str) -> str:
        """Build it; what Sphinx says against it comes back.  The output is in `out/BUILDER`."""
        command = [sys.executable, "-m", "sphinx", "-q", "-b", builder, *options, ".", f"out/{builder}"]
        done = subprocess.run(
            command,
            cwd=self.root,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stderr

    def page(self, name: str, builder: str = "nsman") -> str:
        return (self.root / "out" / builder / name).read_text("ascii")

    def written(self, builder: str = "nsman") -> dict[str, int]:
        """When each page was written."""
        out = self.root / "out" / builder
        return {file.name: file.stat().st_mtime_ns for file in out.rglob("*.[1-8]")}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with two pages, not yet built."""
    project = Project(tmp_path)
    project.write("conf.py", CONF)
    project.write("index.rst", "Small\n=====\n\n.. toctree::\n   :glob:\n\n   pages/*\n")
    project.write("pages/one.rst", page("one", "See :doc:`two`.\n"))
    project.write("pages/two.rst", page("two"))
    return project


def test_a_page_in_a_directory_of_its_section(project: Project) -> None:
    """A document is a page if its title is one; the others are not written."""
    assert project.build() == ""
    assert set(project.written()) == {"one.7", "two.7"}
    assert formatters.complaints(project.page("man7/one.7")) == []


def test_nothing_is_written_twice(project: Project) -> None:
    """A build in which nothing has changed writes nothing."""
    project.build()
    before = project.written()
    project.build()
    assert project.written() == before


def test_only_what_changed_is_written(project: Project) -> None:
    """A page is written again when its source changed, and no other page is."""
    project.build()
    before = project.written()
    project.write("pages/two.rst", page("two", "Other text."))
    project.build()
    after = project.written()
    assert after["one.7"] == before["one.7"]
    assert "Other text." in project.page("man7/two.7")


def test_what_comes_out_the_same_keeps_its_date(project: Project) -> None:
    """A page whose text stays is not written: its source was only touched, or another page got a label."""
    project.build()
    before = project.written()
    (project.root / "pages/one.rst").touch()
    project.write("pages/two.rst", page("two", ".. _label:\n\nText.\n"))
    project.build()
    assert project.written() == before


def test_a_file_that_a_page_includes(project: Project) -> None:
    """A page is written again when a file that it includes changed, and no other page is."""
    project.write("pages/two.rst", page("two", ".. include:: ../part.txt\n"))
    project.write("part.txt", "First.\n")
    project.build()
    before = project.written()
    project.write("part.txt", "Second.\n")
    project.build()
    assert project.written()["one.7"] == before["one.7"]
    assert "Second." in project.page("man7/two.7")


def test_a_title_that_a_page_shows(project: Project) -> None:
    """A page that shows the title of another document is written again when that title changed."""
    project.write("pages/one.rst", page("one", "See :ref:`there`.\n"))
    project.write("pages/guide.rst", ".. _there:\n\nOld title\n=========\n")
    assert project.build() == ""
    project.write("pages/guide.rst", ".. _there:\n\nNew title\n=========\n")
    project.build()
    assert "New title" in project.page("man7/one.7")


def test_a_page_that_is_gone(project: Project) -> None:
    """A page whose file was removed is written again, and no other page is."""
    project.build()
    before = project.written()
    (project.root / "out/nsman/man7/two.7").unlink()
    project.build()
    after = project.written()
    assert set(after) == set(before)
    assert after["one.7"] == before["one.7"]


def test_in_parallel(project: Project) -> None:
    """Several processes write the same pages as one, and a build after them writes nothing."""
    for number in range(12):
        project.write(f"pages/many_{number}.rst", page(f"many_{number}", "See :doc:`two`.\n"))
    project.build("-d", "trees", builder="nsman")
    alone = {name: project.page(f"man7/{name}") for name in project.written()}
    for file in (project.root / "out/nsman/man7").iterdir():
        file.unlink()
    project.build("-E", "-j", "4")
    assert {name: project.page(f"man7/{name}") for name in project.written()} == alone
    before = project.written()
    project.build("-j", "4")
    assert project.written() == before


VERDICT = """
.. claim:: one

   A process has an ID.

   .. example::

      print(kernel.process().getpid() > 0)
      #> True
"""


def test_a_verdict_is_not_in_a_man_page(project: Project) -> None:
    """A verdict that changed writes the HTML of its page again; the man page says nothing of it and stays."""
    project.write("conf.py", CONF + 'nsdoc_backend = "model"\n')
    project.write("pages/two.rst", page("two", VERDICT))
    verify = ("-D", "nsdoc_verify=1")
    project.build()
    project.build(builder="html")
    html = {file: file.stat().st_mtime_ns for file in (project.root / "out/html").rglob("*.html")}
    man = project.written()
    assert "unchecked" in (project.root / "out/html/pages/two.html").read_text("utf-8")
    project.build(*verify)
    project.build(*verify, builder="html")
    assert project.written() == man
    changed = {file.name for file, time in html.items() if file.stat().st_mtime_ns != time}
    assert "two.html" in changed
    assert "one.html" not in changed


def test_tags_and_only(project: Project) -> None:
    """What a project has for man pages alone is there: by builder, by format and by name."""
    texts = {
        "builder_man": "A.",
        "man": "B.",
        "format_man": "C.",
        "nsman": "D.",
        "builder_nsman": "E.",
        "html": "NOT",
        "not man": "NOT",
    }
    parts = [f".. only:: {tag}\n\n   {text}\n" for tag, text in texts.items()]
    project.write("pages/two.rst", page("two", "\n".join(parts)))
    assert project.build() == ""
    shown = project.page("man7/two.7")
    assert [text for text in texts.values() if text in shown] == ["A.", "B.", "C.", "D.", "E."]


ASKS = """

def setup(app):
    app.connect("doctree-resolved", ask)

def ask(app, doctree, docname):
    from docutils import nodes
    if app.builder.name == "man":
        doctree += nodes.paragraph("", "Asked by name.")
"""


def test_the_name_of_sphinx_s_own_builder(project: Project) -> None:
    """With the setting, "-b man" is ours, and code that asks for that name finds it."""
    project.write("conf.py", CONF + 'nsdoc_take_over_man = True\n' + ASKS)
    assert project.build(builder="man") == ""
    shown = project.page("one.7", "man")
    assert "Asked by name." in shown
    assert formatters.complaints(shown) == []
    before = project.written("man")
    project.build(builder="man")
    assert project.written("man") == before


def test_where_sphinx_s_own_builder_writes(project: Project) -> None:
    """Under the name taken over, pages are where Sphinx's own builder would have put them."""
    project.write(
        "conf.py",
        CONF + 'nsdoc_take_over_man = True\nman_make_section_directory = True\n',
    )
    project.build(builder="man")
    assert (project.root / "out/man/man7/one.7").is_file()


def test_without_the_setting(project: Project) -> None:
    """Without it, "-b man" is Sphinx's own builder, and what it makes of claims has all their words."""
    project.write("pages/two.rst", page("two", VERDICT))
    project.write("conf.py", CONF + 'man_pages = [("pages/two", "two", "two", "", 7)]\n')
    project.build(builder="man")
    shown = project.page("two.7", "man")
    assert "A process has an ID." in shown
    assert ".INDENT" in shown


def test_man_pages_of_a_project(project: Project) -> None:
    """The pages that "man_pages" names are written with its names and descriptions."""
    project.write("guide.rst", ":orphan:\n\nGuide\n=====\n\nText of the guide.\n\nMore\n----\n\nAnd more.\n")
    pages = '[("guide", "small-guide", "how to use it", ["Somebody"], "1"), ("gone", "gone", "x", "", 1)]'
    project.write("conf.py", CONF + f'today = "2026-03-02"\nman_pages = {pages}\n')
    said = project.build()
    assert "gone" in said
    shown = project.page("man1/small-guide.1")
    assert ".TH small-guide 1 2026-03-02 small\n" in shown
    assert "small-guide \\- how to use it\n" in shown
    assert formatters.complaints(shown) == []


def test_two_documents_that_are_one_page(project: Project) -> None:
    """Two documents with the title of one page are a warning that names both."""
    project.write("pages/also_two.rst", page("two"))
    said = project.build()
    assert "pages/also_two" in said
    assert "are both the page two(7)" in said


EXTENSION = """
from docutils import nodes
from docutils.parsers.rst import Directive

class panel(nodes.General, nodes.Element):
    pass

class badge(nodes.Inline, nodes.TextElement):
    pass

class Panel(Directive):
    has_content = True
    def run(self):
        node = panel()
        node += nodes.paragraph("", "", nodes.Text("Panel with "), badge("", "a badge"))
        self.state.nested_parse(self.content, self.content_offset, node)
        return [node]

def setup(app):
    app.add_node(panel, html=(lambda *_: None, lambda *_: None))
    app.add_node(badge, html=(lambda *_: None, lambda *_: None))
    app.add_directive("panel", Panel)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
"""


@pytest.mark.parametrize("jobs", ["1", "3"])
def test_nodes_of_other_extensions(project: Project, jobs: str) -> None:
    """A node that man pages do not know is shown as its text, and one warning tells of its kind."""
    project.write("panels.py", EXTENSION)
    settings = 'import sys\nsys.path.insert(0, ".")\nextensions += ["panels"]\n'
    project.write("conf.py", CONF + settings)
    for name in ("one", "two", "three", "four"):
        panels = ".. panel::\n\n   Inside.\n\n.. panel::\n\n   Inside too.\n"
        project.write(f"pages/{name}.rst", page(name, panels))
    said = project.build("-j", jobs)
    for name in ("one", "two", "three", "four"):
        shown = project.page(f"man7/{name}.7")
        assert formatters.complaints(shown) == []
        assert all(text in shown for text in ("Panel with a badge", "Inside.", "Inside too."))
    for kind in ("panel", "badge"):
        assert said.count(f'"{kind}" has no form in a man page') == 1
    assert "pages/four.rst:" in said
    quiet = project.build("-E", "-j", jobs, "-D", "suppress_warnings=nsdoc.unknown-node")
    assert "panel" not in quiet


OWN_SYNOPSIS = """

def setup(app):
    from docutils import nodes
    from docutils.parsers.rst import Directive

    class Synopsis(Directive):
        has_content = True
        def run(self):
            return [nodes.paragraph("", "Their own.")]

    app.add_directive("synopsis", Synopsis)
"""


def test_directives_of_the_project(project: Project) -> None:
    """A directive of the project that has one of our names stays what it was."""
    project.write("conf.py", CONF + OWN_SYNOPSIS)
    project.write("pages/two.rst", page("two", ".. synopsis::\n\n   tool [FILE]\n"))
    assert project.build() == ""
    assert "Their own." in project.page("man7/two.7")


def test_an_image_without_text(project: Project) -> None:
    """An image that has no text is a warning with file and line, and its file name is shown."""
    project.write("pages/two.rst", page("two", ".. image:: stack.png\n"))
    said = project.build("-D", "suppress_warnings=image.not_readable")
    assert "two.rst:14: WARNING: the image has no text; expected the option :alt:" in said
    assert "stack.png" in project.page("man7/two.7")


RAW = """
.. raw:: manpage

   .SY tray
   .OP \\-d depth
   .YS

.. raw:: latex manpage

   This begins no request, \u00e9 included.

.. raw:: html

   <p>Not here.</p>
"""


def test_source_of_man_pages(project: Project) -> None:
    """What an author has written as man(7) source is taken as it stands; other raw text is left out."""
    project.write("pages/two.rst", page("two", f"Before.\n{RAW}\nAfter.\n"))
    assert project.build() == ""
    shown = project.page("man7/two.7")
    assert ".SY tray\n.OP \\-d depth\n.YS\n" in shown
    assert ".PP\nThis begins no request, \\[u00E9] included.\n.PP\nAfter.\n" in shown
    assert "Not here" not in shown
    assert formatters.complaints(shown) == []


def test_raw_text_within_a_line(project: Project) -> None:
    """Source that would have to stand within a line cannot be shown: a warning says where it is."""
    role = ".. role:: roff(raw)\n   :format: manpage\n\n"
    project.write("pages/two.rst", page("two", f"{role}A :roff:`\\fBword\\fP`.\n"))
    said = project.build()
    assert "two.rst:17: WARNING: man(7) source cannot stand within a line" in said


QUOTES = "Options --max-depth and **--quiet**, \"double\" and 'single', it's a -- b...\n"


def test_documents_that_were_read_for_html(project: Project) -> None:
    """Smart quotes that HTML has got are not in the man page, and stay in the HTML."""
    project.write("pages/two.rst", page("two", QUOTES))
    project.build()
    alone = project.page("man7/two.7")
    for file in (project.root / "out/nsman/man7").iterdir():
        file.unlink()
    shared = ("-d", "out/trees")
    project.build(*shared, builder="html")
    project.build(*shared)
    assert project.page("man7/two.7") == alone
    assert "\u201cdouble\u201d" in (project.root / "out/html/pages/two.html").read_text("utf-8")


def test_the_same_on_every_day_and_machine(project: Project) -> None:
    """A page depends neither on the day nor on the place, the language and the time zone of the machine."""
    project.write("pages/two.rst", page("two", date=""))
    project.build(LC_ALL="C.UTF-8", TZ="UTC")
    texts = {name: project.page(f"man7/{name}") for name in project.written()}
    other = Project(project.root / "elsewhere")
    for name in ("conf.py", "index.rst", "pages/one.rst", "pages/two.rst"):
        other.write(name, (project.root / name).read_text("utf-8"))
    other.build(LC_ALL="C", LANG="de_DE.UTF-8", TZ="Asia/Tokyo", PYTHONHASHSEED="7")
    assert {name: other.page(f"man7/{name}") for name in other.written()} == texts
    assert ".TH two 7\n" in texts["two.7"].replace(' "" small', "")


def test_the_date_of_a_page(project: Project) -> None:
    """The page's own date wins, then the project's, then SOURCE_DATE_EPOCH, in UTC."""
    project.write("pages/two.rst", page("two", date=""))
    project.build(SOURCE_DATE_EPOCH="1772409600", TZ="America/New_York")
    assert ".TH one 7 2026-03-01 small\n" in project.page("man7/one.7")
    assert ".TH two 7 2026-03-02 small\n" in project.page("man7/two.7")
    project.build("-D", "today=2026-03-03", SOURCE_DATE_EPOCH="1772409600")
    assert ".TH two 7 2026-03-03 small\n" in project.page("man7/two.7")
    project.build(SOURCE_DATE_EPOCH="1772496000")
    assert ".TH two 7 2026-03-03 small\n" in project.page("man7/two.7")
