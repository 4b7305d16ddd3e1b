"""mandoc and groff as the tests ask them: what they complain of, and which words they show."""

from __future__ import annotations

import re
import subprocess
import unicodedata
from collections import Counter

WIDTHS = (60, 80, 120)
# So wide that no line is broken.
_ENDLESS = 1_000

# man-pages(7) writes titles in lower case since release 6; mandoc has not followed.
_ALLOWED = "STYLE: lower case character in document title"


def complaints(page: str) -> list[str]:
    """What mandoc, groff and man say against a page, less the one line about its title."""
    lint = _run(["mandoc", "-T", "lint", "-W", "all"], page)
    found = [line for line in lint.splitlines() if _ALLOWED not in line]
    for width in WIDTHS:
        found += _run(["groff", "-t", "-man", "-Tutf8", "-ww", "-z", f"-rLL={width}n"], page).splitlines()
    return found


def man_complaints(page: str) -> str:
    """What man(1) says against a page when it shows warnings."""
    done = subprocess.run(
        ["man", "--warnings", "-l", "-"],
        input=page,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "MANWIDTH": "80"},
    )
    return done.stderr


def mandoc_text(page: str) -> str:
    """The page as mandoc shows it, without header and footer, no line broken."""
    return _bare(_run(["mandoc", "-T", "utf8", "-O", f"width={_ENDLESS}"], page))


def groff_text(page: str) -> str:
    """The page as groff shows it, without header and footer, no line broken."""
    command = ["groff", "-t", "-man", "-Tutf8", f"-rLL={_ENDLESS}n", "-rHY=0", "-P-cbu"]
    return _bare(_run(command, page))


def terminal_text(page: str, width: int = 80) -> str:
    """The page as groff shows it on a terminal, without fonts."""
    return _run(["groff", "-t", "-man", "-Tutf8", f"-rLL={width}n", "-P-cbu"], page)


def words(text: str) -> Counter[str]:
    """The words of a text, in a spelling that terminals and sources share."""
    return Counter(re.split(r"[\s-]+", _spelling(text))) - Counter([""] * len(text))


def _spelling(text: str) -> str:
    text = unicodedata.normalize("NFC", text)
    text = re.sub(r"[\u2010-\u2012\u2212]", "-", re.sub(r"[\u00ad\u200b]", "", text))
    text = re.sub(r"[\u2018\u2019]", "'", text).translate({0xA0: " "})
    text = text.translate({0x27E8: "<", 0x27E9: ">", **dict.fromkeys(range(0x2500, 0x2580), " ")})
    return re.sub(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]", "\ufffd", text)


def _bare(shown: str) -> str:
    lines = [line for line in re.sub(".\b", "", shown).split("\n") if line.strip()]
    return "\n".join(lines[1:-1])


def _run(command: list[str], page: str) -> str:
    done = subprocess.run(
        command, input=page, capture_output=True, text=True, encoding="utf-8", check=False, timeout=60
    )
    return done.stdout + done.stderr
