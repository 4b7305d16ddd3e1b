"""What all kinds of namespace have in common.

Twin: include/linux/ns_common.h.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from nsdoc.backends.model.kernel import Kernel
    from nsdoc.backends.model.ucount import Ucounts
    from nsdoc.backends.model.user_namespace import UserNamespace


class Namespace:
    """A namespace: an inode number, an ID, and the user namespace that owns it.

    # R005: the owner is the user namespace of its creator, the new one when both were asked for together.
    # It never changes.  For a user namespace it is the parent.
    """

    kind: ClassVar[str]
    clone_flag: ClassVar[int]

    def __init__(self, kernel: Kernel, user_ns: UserNamespace | None) -> None:
        self.kernel = kernel
        self.user_ns = user_ns
        self.inum = kernel.next_inum()
        self.ns_id = kernel.next_ns_id()
        self.charged: Ucounts | None = None

    def name(self) -> str:
        """What /proc/PID/ns/* reads as: the kind and the inode number, namespaces(7)."""
        return f"{self.kind}:[{self.inum}]"

    def owner_ns(self) -> UserNamespace:
        """The owning user namespace of a namespace other than the initial user namespace."""
        assert self.user_ns is not None
        return self.user_ns
