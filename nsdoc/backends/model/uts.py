"""UTS namespaces: the host name and the NIS domain name.

Twin: kernel/utsname.c and the end of kernel/sys.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nsdoc.abi import CAP_SYS_ADMIN, CLONE_NEWUTS
from nsdoc.backends.model.capability import ns_capable
from nsdoc.backends.model.errnos import EINVAL, EPERM
from nsdoc.backends.model.ns_common import Namespace
from nsdoc.backends.model.refusal import Refused
from nsdoc.backends.model.ucount import inc_ucount

if TYPE_CHECKING:
    from nsdoc.backends.model.kernel import Kernel
    from nsdoc.backends.model.sched import Task
    from nsdoc.backends.model.user_namespace import UserNamespace

NEW_UTS_LEN: Final = 64


class UtsNamespace(Namespace):
    """A UTS namespace, uts_namespaces(7)."""

    kind = "uts"
    clone_flag = CLONE_NEWUTS

    def __init__(self, kernel: Kernel, user_ns: UserNamespace, nodename: str, domainname: str) -> None:
        super().__init__(kernel, user_ns)
        self.nodename = nodename
        self.domainname = domainname


def copy_utsname(current: Task, user_ns: UserNamespace, old: UtsNamespace) -> UtsNamespace:
    """A new UTS namespace with the names of the old one.  R060, clone_uts_ns()."""
    kernel = current.kernel
    charged = inc_ucount(kernel, user_ns, current.cred.euid, "uts")
    return kernel.register(UtsNamespace(kernel, user_ns, old.nodename, old.domainname), charged)


def sys_gethostname(current: Task) -> str:
    """The host name.  gethostname(2)."""
    return current.nsproxy.uts_ns.nodename


def sys_getdomainname(current: Task) -> str:
    """The NIS domain name.  getdomainname(2)."""
    return current.nsproxy.uts_ns.domainname


def sys_sethostname(current: Task, name: str) -> None:
    """Set the host name.  sethostname(2)."""
    _may_set_name(current, name)
    current.nsproxy.uts_ns.nodename = name


def sys_setdomainname(current: Task, name: str) -> None:
    """Set the NIS domain name.  setdomainname(2)."""
    _may_set_name(current, name)
    current.nsproxy.uts_ns.domainname = name


def _may_set_name(current: Task, name: str) -> None:
    uts = current.nsproxy.uts_ns
    # R062, sys_sethostname(), sethostname(2) EPERM: the caller lacks CAP_SYS_ADMIN
    # in the user namespace that owns its UTS namespace.
    if not ns_capable(current, uts.owner_ns(), CAP_SYS_ADMIN):
        raise Refused(EPERM)
    # R062, sethostname(2) EINVAL: the name is too long.
    if len(name.encode(errors="surrogateescape")) > NEW_UTS_LEN:
        raise Refused(EINVAL)
