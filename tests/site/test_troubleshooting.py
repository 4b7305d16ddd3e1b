"""The page on troubleshooting: its anchors stay, and every question that readers ask has its steps."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nsdoc.page import Claim
from nsdoc.probe.causes import RULES
from nsdoc.probe.reading import read_on
from nsdoc.source import read_page

PAGE = Path(__file__).parents[2] / "docs" / "troubleshooting.rst"
TEXT = PAGE.read_text("utf-8")
CLAIMS = {claim.id: claim for claim in read_page(PAGE).claims}

# Sections that are linked to from outside; their anchors are these with hyphens.
SECTIONS = """
create.einval create.eperm create.enospc create.enosys create.eagain
map.eacces map.enoent map.eperm map.apparmor map.einval gid.eperm
ids.einval setgroups.eperm files.eacces mknod.eperm
mount.eperm umount.einval idmap.eperm idmap.einval
setns.einval setns.eperm shown.nobody capabilities.gone
""".split()

# What readers ask, and the steps that answer: claims, or sections where nothing can be tried.
QUESTIONS = {
    "why may I not write gid_map": "gid-deny-first gid-deny-too-late",
    "newuidmap fails": "map-helper map-helper-lost-capability map-helper-no-new-privs",
    "my map is refused": "map-own-id-only map-already",
    "not enough IDs available in the namespace": "ids-not-mapped",
    "unshare worked on Ubuntu, then all fails": "map.apparmor",
    "it fails on GitHub Actions": "map.apparmor",
    "no space left on device": "create-limit create-limit-above create-nesting",
    "unshare is refused in Docker, clone3 says ENOSYS": "create-seccomp create-clone3-seccomp",
    "which switch": "create.eperm create-limit",
    "all belongs to nobody": "nobody-no-map nobody-not-mapped nobody-is-not-you",
    "mounting proc": "mount-proc mount-proc-masked",
    "mounting sysfs": "mount-sysfs",
    "a read-only remount": "mount-locked-flags",
    "mknod as root": "mknod-device mknod-bind",
    "overlay": "mount-overlay-old",
    "ID-mapped mounts": "idmap-filesystem-owner idmap-filesystem-type",
    "EINVAL from unshare": "create-threads create-thread create-shared-fs",
    "EPERM in a chroot": "create-chroot create-pivot-root",
    "EACCES after setuid": "map-not-dumpable map-dumpable",
    "root may not map user 0": "map-root-needs-setfcap",
    "stuck groups": "setgroups-denied setgroups-stuck",
    "capabilities lost": "gone-after-exec gone-ambient gone-before-map",
    "setns into one's own": "setns-own",
}
# What shows a remedy alone; the step before it shows the failure.
REMEDIES = "create-together create-pivot-root map-dumpable map-helper mknod-bind gone-ambient".split()


def test_sections_stay() -> None:
    """Every section that is linked to has its label, and there is no label that this list lacks."""
    assert re.findall(r"^\.\. _([a-z.]+):$", TEXT, re.MULTILINE) == SECTIONS


@pytest.mark.parametrize("question", QUESTIONS)
def test_question_is_answered(question: str) -> None:
    """There are steps for the question."""
    for step in QUESTIONS[question].split():
        assert step in CLAIMS or step in SECTIONS


def test_every_section_is_found_from_the_table() -> None:
    """The table at the top of the page leads to each section, but to one that another one leads to."""
    table = TEXT[: TEXT.index("Creating a user namespace\n===")]
    linked = set(re.findall(r"<([a-z.]+)>`", table))
    assert set(SECTIONS) - linked == {"map.apparmor"}
    assert linked <= set(SECTIONS)


# Causes of which this page has nothing to say: they lie elsewhere, or there is no way round them.
APART = """
not-linux gvisor killed-by-seccomp memory not-root few-ids bounding-set
no-such-filesystem no-keys yama without-type
""".split()


@pytest.mark.parametrize("cause", [rule.id for rule in RULES])
def test_a_cause_leads_to_where_it_is_explained(cause: str) -> None:
    """What ``nsdoc probe`` says of a cause leads to a claim or a section of this page, unless it is apart."""
    page, _, anchor = read_on(cause).partition("#")
    assert (cause in APART) is (not page)
    if page:
        assert page == PAGE.stem
        assert anchor in CLAIMS or anchor in [section.replace(".", "-") for section in SECTIONS]


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=list(CLAIMS))
def test_step_shows_the_failure(claim: Claim) -> None:
    """The example of a step has a refusal in it, or prints what looks odd; a remedy follows such a step."""
    code = "".join(example.code for example in claim.examples)
    assert "fails(E" in code or "print(" in code
    assert "fails(E" not in code or claim.id not in REMEDIES
