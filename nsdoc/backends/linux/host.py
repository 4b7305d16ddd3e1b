"""What a verdict on the live kernel depends on, read without changing anything."""

from __future__ import annotations

import os
from pathlib import Path

from nsdoc.errors import Unavailable
from nsdoc.verdict import Conditions

_SYSCTLS = (
    "user.max_user_namespaces",
    "kernel.unprivileged_userns_clone",
    "kernel.apparmor_restrict_unprivileged_userns",
    "kernel.overflowuid",
    "kernel.overflowgid",
    "kernel.yama.ptrace_scope",
)
# gVisor answers in Linux's place and calls itself Linux; this version is the same wherever it runs.
_GVISOR_VERSION = "#1 SMP Sun Jan 10 15:06:54 PST 2016"
GVISOR, WSL_1, WSL_2 = "gVisor", "WSL 1", "WSL 2"
_STATUS = ("CapEff", "CapBnd", "NoNewPrivs", "Seccomp")


def conditions() -> Conditions:
    """The kernel, and what of the caller and the host can change an answer of it.

    Raises:
        Unavailable: this is not Linux.
    """
    system = os.uname()
    found = kind(system)
    if found not in ("Linux", WSL_1, WSL_2):
        raise Unavailable(f"this host runs {found}, not Linux")
    return Conditions("linux", system.release, system.version, system.machine, _credentials(), _sysctls())


def kind(system: os.uname_result) -> str:
    """What answers system calls here: ``Linux``, `GVISOR`, `WSL_1`, `WSL_2`, or another system."""
    if system.sysname != "Linux":
        return system.sysname
    if system.version == _GVISOR_VERSION:
        return GVISOR
    if system.release.endswith("-Microsoft"):
        return WSL_1
    return WSL_2 if "microsoft-standard" in system.release else "Linux"


def _credentials() -> dict[str, str]:
    lines = Path("/proc/self/status").read_text(encoding="utf-8", errors="replace").splitlines()
    status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    groups = " ".join(map(str, sorted(os.getgroups())))
    own = {"uid": str(os.geteuid()), "gid": str(os.getegid()), "groups": groups}
    return own | {name: status[name].strip() for name in _STATUS if name in status}


def _sysctls() -> dict[str, str]:
    return {name: value for name in _SYSCTLS if (value := _sysctl(name)) is not None}


def _sysctl(name: str) -> str | None:
    try:
        return Path("/proc/sys", name.replace(".", "/")).read_text(encoding="ascii").strip()
    except OSError:
        return None
