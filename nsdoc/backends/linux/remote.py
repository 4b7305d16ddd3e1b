"""The live kernel for a caller that is too big to be forked from."""

from __future__ import annotations

import marshal
import os
import socket
import subprocess
import sys
from pathlib import Path

from nsdoc.backends.linux import channel
from nsdoc.backends.linux.backend import LinuxBackend
from nsdoc.backends.linux.ground import Ground
from nsdoc.backends.linux.nursery import Host, RemoteNursery
from nsdoc.backends.linux.site import Site
from nsdoc.errors import Unavailable

_ROOT = Path(__file__).parents[3]
_START = (
    "import sys; sys.path.insert(0, {root!r}); from nsdoc.backends.linux import remote; remote.main({fd})"
)
_PATIENCE = 5.0


class _RemoteBackend(LinuxBackend):
    """A backend whose first process is a child of the caller."""

    def __init__(self, site: Site, nursery: RemoteNursery, process: subprocess.Popen[bytes]) -> None:
        super().__init__(site, nursery)
        self._process = process

    def close(self) -> None:
        """End every process, and wait until they are gone."""
        super().close()
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def connect() -> LinuxBackend:
    """Start the small process, and give the kernel as seen from there.

    Raises:
        Unavailable: this is not Linux, or the process ends at once.
    """
    if os.uname().sysname != "Linux":
        raise Unavailable(f"this host runs {os.uname().sysname}, not Linux")
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _START.format(root=str(_ROOT), fd=theirs.fileno())],
            pass_fds=(theirs.fileno(),),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    fd = ours.detach()
    try:
        site = Site(*marshal.loads(channel.receive(fd)))
    except channel.Closed:
        os.close(fd)
        raise Unavailable(f"the process that forks agents ended with status {process.wait()}") from None
    return _RemoteBackend(site, RemoteNursery(fd), process)


def main(fd: int) -> None:
    """The small process: it waits until the first process of the example ends, and clears up."""
    ground = Ground()
    inside = channel.aside(fd)
    pid = ground.fork()
    if pid == 0:
        site = ground.site()
        channel.send(inside, marshal.dumps(tuple(site)))
        Host(inside, site.program).serve()
    os.close(inside)
    os.waitpid(pid, 0)
    ground.clear()
    ground.close()
