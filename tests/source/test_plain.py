"""docutils alone reads what was written for Sphinx, and is left as it was."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from docutils.parsers.rst import directives, roles

from nsdoc.source import read, read_page
from tests.source.sources import CLAIM, man_page

INDENTED = CLAIM.replace("\n", "\n   ").rstrip(" ")


@pytest.mark.parametrize(
    "around",
    [
        ".. only:: html\n\n   ",
        ".. note::\n\n   ",
        ".. versionadded:: 3.8 Some words.\n\n   ",
        ".. seealso::\n\n   ",
        ".. py:function:: f(x) -> y\n   :module: z\n\n   ",
        ".. option:: --foo\n\n   ",
        ".. container:: words\n\n   ",
        ".. glossary::\n\n   term\n   ",
    ],
)
def test_claims_are_seen_inside_other_directives(around: str, tmp_path: Path) -> None:
    """A directive of docutils or of Sphinx with prose in it does not hide a claim."""
    body = INDENTED.replace("\n", "\n   ") if "term" in around else INDENTED
    if "term" in around:
        around += "   "
    path = man_page(tmp_path, around + body)
    (claim,) = read_page(path).claims
    assert path.read_text().split("\n")[claim.place.line - 1].endswith(".. claim:: one")


@pytest.mark.parametrize(
    "block",
    [
        ".. toctree::\n   :maxdepth: 2\n   :caption: Words\n\n   one\n   two",
        ".. code-block:: python\n   :caption: Words\n   :linenos:\n   :emphasize-lines: 1\n\n   x = 1",
        ".. highlight:: none",
        ".. index:: single: words",
        ".. deprecated:: 4.9",
        ".. tabularcolumns:: |l|l|",
        ".. automodule:: nsdoc\n   :members:",
        ".. c:function:: int unshare(int flags)\n\n   Words.",
        ".. program:: nsdoc",
        ".. figure:: picture.svg\n\n   Words.",
        ".. list-table::\n\n   * - a\n     - b",
        ".. role:: own",
        ":manpage:`clone(2)`, :file:`/proc/{pid}/maps`, :ref:`words <target>`, :doc:`/index`, :term:`level`.",
        ":c:func:`unshare`, :py:class:`~a.b.C`, :envvar:`HOME`, :option:`-x`, :command:`ls`, :rfc:`1`.",
        ":func:`f`, :class:`!C`, :samp:`{x}`, :program:`ls`, :kbd:`C`, :abbr:`UID (user ID)`, :pep:`8`.",
        ":cap:`CAP_KILL`, :errno:`EPERM`, :const:`CLONE_NEWUSER`.",
    ],
)
def test_what_is_written_for_sphinx_is_no_problem(block: str, tmp_path: Path) -> None:
    """Directives, options and roles that only Sphinx has are passed over."""
    reading = read(man_page(tmp_path, f"{block}\n\n{CLAIM}"))
    assert reading.problems == ()
    assert reading.page is not None
    assert len(reading.page.claims) == 1


def test_a_role_of_one_page_is_not_known_to_the_next(tmp_path: Path) -> None:
    """What a page defines for itself ends with it, so that the order of pages does not matter."""
    assert read(man_page(tmp_path, ".. role:: own\n\n:own:`words`\n")).problems == ()
    assert [p.code for p in read(man_page(tmp_path, ":own:`words`\n")).problems] == ["nsdoc.unknown-role"]


def test_docutils_is_left_as_it_was(tmp_path: Path) -> None:
    """Reading a page registers nothing with docutils."""
    tables = directives._directives, roles._roles  # type: ignore[attr-defined]
    before = [dict(table) for table in tables]
    read(man_page(tmp_path, f".. role:: own\n\n.. note:: x\n\n{CLAIM}"))
    assert [directives._directives, roles._roles] == list(tables)  # type: ignore[attr-defined]
    assert [dict(table) for table in tables] == before


def test_reading_works_in_a_process_that_has_sphinx(tmp_path: Path) -> None:
    """Classes that Sphinx has registered with docutils do not get into the reading."""
    path = man_page(
        tmp_path, f".. code-block:: python\n\n   x\n\n.. figure:: x.svg\n\n.. code:: c\n\n   y\n\n{CLAIM}"
    )
    program = (
        "import sphinx.directives.patches, sphinx.directives.code, sphinx.roles\n"
        "from docutils.parsers.rst import directives\n"
        "directives.register_directive('code-block', sphinx.directives.code.CodeBlock)\n"
        "directives.register_directive('figure', sphinx.directives.patches.Figure)\n"
        "from nsdoc.source import read_page\n"
        f"print(len(read_page({str(path)!r}).claims))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("1\n", "")


def test_a_path_with_a_slash_starts_at_the_root_of_the_documentation(tmp_path: Path) -> None:
    """As in Sphinx; the root is found by what is there."""
    (tmp_path / "man").mkdir()
    (tmp_path / "parts").mkdir()
    part = tmp_path / "parts" / "part.rst"
    part.write_text(CLAIM)
    (tmp_path / "parts" / "program.py").write_text("x = 1\n")
    path = man_page(
        tmp_path / "man",
        ".. include:: /parts/part.rst\n\n.. literalinclude:: /parts/program.py\n   :lines: 1\n",
    )
    page = read_page(path)
    assert [claim.place.file for claim in page.claims] == [str(part)]
    assert page.includes == (str(part), str(tmp_path / "parts" / "program.py"))


def test_raw_text_of_one_output(tmp_path: Path) -> None:
    """Raw text for an output is no mistake, and no prose; its file is not looked for."""
    body = ".. raw:: html\n   :file: nowhere\n\n|br| one\n\n.. |br| raw:: html\n\n   <br>\n"
    reading = read(man_page(tmp_path, body))
    assert reading.problems == ()
