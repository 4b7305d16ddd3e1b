"""The words of manual pages in plain text, marked: constants, files and pages."""

from __future__ import annotations

import re

from nsdoc import abi

_ERRNOS = frozenset(abi.ERRNO)
_WORD = re.compile(
    r"(?P<manpage>\b[a-z][\w-]*\([1-9][a-z]*\))"
    r"|(?P<file>/(?:proc|etc|sys|dev)/[\w/.*{}-]*[\w*}]|\b(?:uid_map|gid_map|projid_map|pid_for_children)\b"
    r"|\bsetgroups\b)"
    rf"|(?P<constant>\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b|\b(?:{'|'.join(sorted(_ERRNOS))})\b)"
    r"|(?P<word>\b(?:allow|deny)\b(?! any| one| the))"
)


def marked(text: str) -> str:
    """`text` as reStructuredText: a role for each page, file and constant in it, the rest as it stands."""
    parts, end = [], 0
    for found in _WORD.finditer(text):
        parts += [plain(text[end : found.start()]), _role(found)]
        end = found.end()
    return "".join([*parts, plain(text[end:])])


def _role(found: re.Match[str]) -> str:
    kind, text = found.lastgroup, found[0]
    if kind == "word":
        return f"*{text}*"
    if kind == "constant":
        kind = "cap" if text.startswith("CAP_") else "errno" if text in _ERRNOS else "const"
    return f":{kind}:`{text}`"


def plain(text: str) -> str:
    """`text` as reStructuredText that means just these characters."""
    return re.sub(r"([\\*`|_])", r"\\\1", text)
