"""Every claim, example and expected output knows the line of the file it stands in."""

from __future__ import annotations

from pathlib import Path

import pytest

from nsdoc.page import Claim, Example, Page, Place
from nsdoc.source import read_page
from tests.source.sources import HEAD, line_of, man_page

PLAIN = """\
.. claim:: plain

   Prose.

   .. example::

      x = "first"
      print(x)
      #> first
"""

OPTIONS = """\
.. claim:: options
   :since: 3.8
   :until: 6.1

   Prose.

   .. example::
      :since: 3.9
      :timeout: 2.5
      :needs: root, network


      x = "first"
      print(x)
      #> first
"""

IN_A_LIST = """\
1. An item.

   * Another.

     .. claim:: in-a-list

        Prose.

        .. example::

           x = "first"
           print(x)
           #> first
"""

IN_A_DEFINITION = """\
term
   .. claim:: in-a-definition

      Prose.

      .. example::

         x = "first"
         print(x)
         #> first
"""

IN_A_NOTE = """\
.. note::
   Words.

   .. only:: html

      .. claim:: in-a-note

         Prose.

         .. example::

            x = "first"
            print(x)
            #> first
"""

NON_ASCII = """\
Sigiloj: ĉ ĝ ĥ ĵ ŝ ŭ — 𝒙.

.. claim:: non-ascii

   Prose ĉ.

   .. example::

      # ĉ
      x = "first"
      print(x)
      #> first
"""

BODIES = {
    "plain": PLAIN,
    "options": OPTIONS,
    "list": IN_A_LIST,
    "definition": IN_A_DEFINITION,
    "note": IN_A_NOTE,
    "non-ascii": NON_ASCII,
}


def only_claim(page: Page) -> Claim:
    (claim,) = page.claims
    return claim


def file_line(example: Example, line: int) -> int:
    return example.place.line + line - 1


def assert_places(path: Path, claim: Claim, page: Page) -> None:
    (example,) = claim.examples
    (expected,) = example.expected
    assert claim.place == Place(str(path), line_of(path, ".. claim::"))
    assert file_line(example, example.code.split("\n").index('x = "first"') + 1) == line_of(
        path, 'x = "first"'
    )
    assert file_line(example, expected.after) == line_of(path, "print(x)")
    assert file_line(example, expected.first) == line_of(path, "#> first")
    assert expected.text == "first"
    line = path.read_text("utf-8").split("\n")[example.place.line - 1]
    assert line == " " * example.indent + example.code.split("\n")[0]


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_lines_are_those_of_the_file(body: str, tmp_path: Path) -> None:
    """Options, and whatever a claim is nested in, do not move the lines."""
    path = man_page(tmp_path, body)
    page = read_page(path)
    assert_places(path, only_claim(page), page)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_line_ends_and_bom_do_not_move_lines(newline: str, start: str, tmp_path: Path) -> None:
    """A page written elsewhere, with CRLF or a byte order mark, has the same lines."""
    path = tmp_path / "thing.7.rst"
    path.write_bytes((start + HEAD + PLAIN).replace("\n", newline).encode())
    claim = only_claim(read_page(path))
    assert file_line(claim.examples[0], 1) == (HEAD + PLAIN).split("\n").index('      x = "first"') + 1


@pytest.mark.parametrize("char", ["\f", "\v", "\x1c", "\x85", "\u2028"])
def test_odd_line_separators_do_not_move_lines(char: str, tmp_path: Path) -> None:
    """Only a newline ends a line, as in an editor and in a compiler."""
    path = man_page(tmp_path, f"Odd{char}prose.\n\n{PLAIN}")
    example = only_claim(read_page(path)).examples[0]
    assert path.read_bytes().split(b"\n")[example.place.line - 1].strip() == b'x = "first"'


def test_tabs_keep_their_lines(tmp_path: Path) -> None:
    """Tabs are eight columns wide, as everywhere in reStructuredText."""
    path = man_page(tmp_path, ".. claim:: tabs\n\n\tProse.\n\n\t.. example::\n\n\t\tprint(1)\n\t\t#> 1\n")
    example = only_claim(read_page(path)).examples[0]
    assert (example.indent, example.code) == (16, "print(1)\n#> 1\n")
    assert example.place.line == line_of(path, "print(1)")


def test_included_claims_belong_to_their_own_file(tmp_path: Path) -> None:
    """A claim that comes by include stands in the included file, and the page says that it includes it."""
    other = tmp_path / "common.rst"
    other.write_text(PLAIN)
    page = read_page(
        man_page(tmp_path, f"Before.\n\n.. include:: common.rst\n\n{PLAIN.replace('plain', 'own')}")
    )
    included, own = page.claims
    assert Path(included.place.file).samefile(other)
    assert included.place.line == 1
    assert included.examples[0].place.line == line_of(other, 'x = "first"')
    assert own.place == Place(page.file, line_of(Path(page.file), ".. claim:: own"))
    assert [Path(file).samefile(other) for file in page.includes] == [True]


@pytest.mark.parametrize(
    "option",
    [
        ":start-line: 2",
        ":start-after: marker-a",
        ":start-line: 1\n   :start-after: marker-b",
        ":start-line: -11",
    ],
)
def test_part_of_a_file_keeps_its_lines(option: str, tmp_path: Path) -> None:
    """An include that starts inside the file does not move the lines of what follows."""
    other = tmp_path / "common.rst"
    other.write_text(f".. marker-a\n.. marker-b\n\n{PLAIN}\n")
    page = read_page(man_page(tmp_path, f".. include:: common.rst\n   {option}\n"))
    assert only_claim(page).place.line == line_of(other, ".. claim::")


def test_headings_and_prose(tmp_path: Path) -> None:
    """A claim knows the headings above it and its words without markup."""
    body = """\
Inner heading
-------------

.. claim:: worded
   :continue:

   A *process* with :cap:`CAP_SETGID` reads
   :file:`/proc/{pid}/uid_map`, see :manpage:`proc(5)` and :c:func:`read`.

   * One item.

   .. example::

      assert kernel.x
"""
    page = read_page(man_page(tmp_path, "Words before.\n\n" + body.replace("   :continue:\n", "")))
    claim = only_claim(page)
    assert (page.title, page.purpose) == ("thing(7)", "what it is")
    assert claim.name == "thing(7)#worded"
    assert claim.heading == "DESCRIPTION/Inner heading"
    assert claim.prose == (
        "A process with CAP_SETGID reads /proc/pid/uid_map, see proc(5) and read.\nOne item."
    )
