"""The words that man-pages(7) prefers: its two tables of terms, and what it says of spelling.

A term stands here as a regular expression of what to avoid, without the ends of the words,
and as what to write instead.
It is sure where the one can always be put for the other;
where grammar or meaning decides (``runtime`` is *run time*, but *run-time* before a noun), it is not,
and nothing is replaced.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from nsdoc.lint.rule import Rule

# Not within a longer word, a path, an option, or the name of a call or of a file.
_BEFORE = r"(?<![\w/.@$=+-])"
_AFTER = r"(?![\w(/=+-]|\.\w)"


@dataclass(frozen=True)
class Term:
    """What to avoid, and what to write instead."""

    rule: Rule
    avoid: str
    instead: str
    sure: bool = True
    exact: bool = False

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Finds the term in a text, with the ending of a plural as its group; `exact` heeds the case."""
        words = self.avoid.replace(" ", r"\s+")
        # A hint of several words has no plural: "runtimes" are something else.
        plural = "s?" if "," not in self.instead else ""
        return re.compile(f"{_BEFORE}(?:{words})({plural}){_AFTER}", 0 if self.exact else re.IGNORECASE)

    def written_for(self, found: re.Match[str]) -> str:
        """What to write for a place that the pattern found."""
        instead = found.expand(self.instead) if "\\" in self.instead else self.instead
        capital = found[0][0].isupper() and not found[0].isupper() and not self.exact
        plural = found[found.re.groups] or ""
        return (instead[0].upper() + instead[1:] if capital else instead) + plural


def _terms(rule: Rule, table: str, *, sure: bool = True, exact: bool = False) -> tuple[Term, ...]:
    """A line each: what to avoid, a colon, what to write instead."""
    rows = (line.partition(" : ") for line in table.splitlines() if line.strip())
    return tuple(Term(rule, avoid.strip(), instead.strip(), sure, exact) for avoid, _, instead in rows)


# "Preferred terms".
_PREFERRED = """
    bitmask : bit mask
    builtin : built-in
    file name : filename
    file system : filesystem
    host name : hostname
    i-node : inode
    lower[ -]case : lowercase
    non-zero : nonzero
    path name : pathname
    pseudo-terminal : pseudoterminal
    realtime : real-time
    saved group ID|saved set-GID : saved set-group-ID
    saved user ID|saved set-UID : saved set-user-ID
    set-GID : set-group-ID
    set-UID : set-user-ID
    super[ -]user : superuser
    super[ -]block : superblock
    symlink : symbolic link
    time stamp : timestamp
    time zone : timezone
    upper[ -]case : uppercase
    useable : usable
    user name : username
    userspace(?=[.,;:)]) : user space
    runtime(?=[.,;:)]) : run time
"""
_PREFERRED_SOMETIMES = """
    the epoch : the Epoch
    reserved port|system port : privileged port
    real time : real-time
    runtime(?![.,;:)]) : run time, or run-time before a noun
    setgid : set-group-ID
    setuid : set-user-ID
    userspace(?![.,;:)]) : user space, or user-space before a noun
    x86_64 : x86-64
    zeroes : zeros
"""
# "Terms to avoid".
_AVOID = """
    (\\d+)bit : \\1-bit
    manpage : man page
    minus infinity : negative infinity
    nonprivileged : unprivileged
    plus infinity : positive infinity
    Unices|Unixes : UNIX systems
"""
_AVOID_SOMETIMES = """
    current process : calling process
    non-root|non-superuser : unprivileged user
    pty : pseudoterminal
    tty : terminal
"""
# "Spelling", "Trademarks", "NULL, NUL, null pointer, and null byte",
# "Hyphenation with multi, non, pre, re, sub, and so on".
_SPELLING = """
    acknowledgment : acknowledgement
    backwards : backward
    inter-process : interprocess
    multi-process : multiprocess
    multi-threaded : multithreaded
    non-blocking : nonblocking
    non-default : nondefault
    non-empty : nonempty
    non-interactive : noninteractive
    non-negative : nonnegative
    non-portable : nonportable
    null character : null byte
    pre-allocated : preallocated
    re-initialize : reinitialize
    re-read : reread
    sub-component : subcomponent
    sub-directory : subdirectory
    sub-directories : subdirectories
    sub-system : subsystem
    towards : toward
    upwards : upward
"""
_SPELLING_EXACT = """
    DG-UX|DGUX : DG/UX
    HP/UX|HPUX : HP-UX
    NULL pointer : null pointer
    NUL-terminated : null-terminated
    Unix : UNIX
    Unixware|UNIXware|UNIXWare : UnixWare
"""

TERMS: tuple[Term, ...] = (
    *_terms(Rule.PREFERRED_TERM, _PREFERRED),
    *_terms(Rule.PREFERRED_TERM, _PREFERRED_SOMETIMES, sure=False),
    *_terms(Rule.TERM_TO_AVOID, _AVOID),
    *_terms(Rule.TERM_TO_AVOID, _AVOID_SOMETIMES, sure=False),
    Term(Rule.TERM_TO_AVOID, "OS", "operating system", sure=False, exact=True),
    *_terms(Rule.SPELLING, _SPELLING),
    *_terms(Rule.SPELLING, _SPELLING_EXACT, exact=True),
    Term(Rule.SPELLING, "NUL", "null byte", sure=False, exact=True),
    Term(Rule.SPELLING, "zero byte", "null byte", sure=False),
)
"""Every term, in the order in which they are looked for."""
