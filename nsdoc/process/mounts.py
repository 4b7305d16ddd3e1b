"""Calls about mounts."""

from __future__ import annotations

from nsdoc.process.caller import Caller


class MountCalls(Caller):
    """mount(2), umount2(2), pivot_root(2) and the calls of the newer mount interface."""

    __slots__ = ()

    def mount(self, source: str, target: str, fstype: str = "", flags: int = 0, data: str = "") -> None:
        """mount(2): an empty `fstype` or `data` is passed as a null pointer.

        Raises:
            KernelError: EACCES, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, EBUSY, EINVAL, ENODEV, ENOSPC, EPERM,
                EROFS.
        """
        self._call("mount", source, target, fstype, flags, data)

    def umount(self, target: str, flags: int = 0) -> None:
        """umount2(2).

        Raises:
            KernelError: EACCES, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, EAGAIN, EBUSY, EINVAL, EPERM.
        """
        self._call("umount", target, flags)

    def pivot_root(self, new_root: str, put_old: str) -> None:
        """pivot_root(2).

        Raises:
            KernelError: EACCES, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, EBUSY, EINVAL, EPERM.
        """
        self._call("pivot_root", new_root, put_old)

    def open_tree(self, path: str, flags: int = 0) -> int:
        """open_tree(2) relative to the current directory: a descriptor for a mount.

        Raises:
            KernelError: EACCES, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, EINVAL, EMFILE, EPERM.
        """
        return int(self._call("open_tree", path, flags))

    def move_mount(self, from_fd: int, to_path: str, flags: int = 0x4) -> None:
        """move_mount(2) of the mount of `from_fd` to a path; `flags` is ``MOVE_MOUNT_F_EMPTY_PATH``.

        Raises:
            KernelError: EACCES, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, EBADF, EINVAL, EPERM.
        """
        self._call("move_mount", from_fd, to_path, flags)

    def mount_setattr(
        self,
        fd: int,
        path: str = "",
        flags: int = 0x1000,
        *,
        attr_set: int = 0,
        attr_clr: int = 0,
        propagation: int = 0,
        userns_fd: int = 0,
    ) -> None:
        """mount_setattr(2); with an empty `path` (``AT_EMPTY_PATH``) of the mount of `fd` itself.

        Raises:
            KernelError: EACCES, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, EBADF, EINVAL, EPERM.
        """
        self._call("mount_setattr", fd, path, flags, attr_set, attr_clr, propagation, userns_fd)

    def fsopen(self, fstype: str, flags: int = 0) -> int:
        """fsopen(2): a descriptor for the configuration of a new filesystem.

        Raises:
            KernelError: EINVAL, EMFILE, ENODEV, EPERM.
        """
        return int(self._call("fsopen", fstype, flags))

    def fsconfig(self, fd: int, command: int, key: str = "", value: str = "", aux: int = 0) -> None:
        """fsconfig(2); an empty `key` or `value` is passed as a null pointer.

        Raises:
            KernelError: EBADF, EBUSY, EINVAL, ENODEV, EOPNOTSUPP, EPERM.
        """
        self._call("fsconfig", fd, command, key, value, aux)

    def fsmount(self, fd: int, flags: int = 0, attr_flags: int = 0) -> int:
        """fsmount(2): a descriptor for a new mount.

        Raises:
            KernelError: EBADF, EBUSY, EINVAL, EMFILE, EPERM.
        """
        return int(self._call("fsmount", fd, flags, attr_flags))
