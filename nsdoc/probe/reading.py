"""Where to read on about a cause: the anchors of the page docs/troubleshooting."""

from __future__ import annotations

_PAGE = "troubleshooting"
_ANCHORS = {
    "wsl-1": "create-einval",
    "userns-clone-sysctl": "create-eperm",
    "unmapped": "create-unmapped",
    "chroot": "create-chroot",
    "seccomp": "create-eperm",
    "apparmor": "map-apparmor",
    "security-module": "create-eperm",
    "limit": "create-limit",
    "nesting": "create-nesting",
    "threads": "create-threads",
    "not-configured": "create-einval",
    "processes": "create-nproc",
    "not-dumpable": "map-not-dumpable",
    "no-setfcap": "map-root-needs-setfcap",
    "no-new-privs": "map-helper-no-new-privs",
    "masked-proc": "mount-proc-masked",
    "old-kernel": "mount-overlay-old",
    "filesystem-without-idmap": "idmap-filesystem-type",
    "limit-of-type": "create-limit-type",
}


def read_on(cause: str) -> str:
    """The page and anchor about a cause, such as ``troubleshooting#create-chroot``; empty if none is."""
    return f"{_PAGE}#{_ANCHORS[cause]}" if cause in _ANCHORS else ""
