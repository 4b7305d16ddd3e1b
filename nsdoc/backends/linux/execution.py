"""How an agent goes on answering after execve(2).

The kernel replaces the agent's memory, and what was a Python function is gone.
So the program executed is a Python interpreter, which is told to read the agent's own modules
from a descriptor that it inherits: after a change of IDs it may be unable to open a single file of ours.
The controller, which kept its identity, reads those modules and sends them along with the request.
"""

from __future__ import annotations

import fcntl
import marshal
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType

# Runs in the new program, which knows nothing yet.
_START = """
import marshal, os, sys
class Bundle:
    def __init__(self, modules): self.modules = modules
    def find_spec(self, name, path=None, target=None):
        if name not in self.modules: return None
        from importlib.machinery import ModuleSpec
        return ModuleSpec(name, self, is_package=self.modules[name][0])
    def create_module(self, spec): return None
    def exec_module(self, module): exec(self.modules[module.__name__][1], module.__dict__)
data = b""
while part := os.pread({bundle}, 1 << 20, len(data)): data += part
os.close({bundle})
sys.meta_path.insert(0, Bundle(marshal.loads(data)))
from nsdoc.backends.linux import resume
resume.go_on({channel})
"""
_AGENT = f"{__package__}.resume"
_ABOVE = 512


def execve(channel: int, path: str, env: dict[str, str], bundle: bytes, home: str) -> None:
    """Execute `path`, an interpreter or a copy of it; it answers on `channel` afterwards.

    `bundle` comes from `bundle_of_modules`, `home` is where the interpreter finds its library.

    Raises:
        OSError: the call failed.
    """
    memory = os.memfd_create("agent", os.MFD_CLOEXEC)
    fd = fcntl.fcntl(memory, fcntl.F_DUPFD_CLOEXEC, _ABOVE)
    os.close(memory)
    try:
        os.pwrite(fd, bundle, 0)
        os.set_inheritable(fd, True)
        os.set_inheritable(channel, True)
        start = _START.format(bundle=fd, channel=channel)
        os.execve(path, (path, "-sSP", "-c", start), env | {"PYTHONHOME": home})
    finally:
        os.set_inheritable(channel, False)
        os.close(fd)


def bundle_of_modules() -> bytes:
    """The modules that an agent needs, for an interpreter that cannot read their files."""
    top = __package__.partition(".")[0]
    shared = (top, f"{top}.abi", f"{top}.wire", f"{top}.backends")
    own = [name for name in sys.modules if name.startswith(__package__)]
    return marshal.dumps({name: _code(name) for name in (*shared, *own, _AGENT)})


def _code(name: str) -> tuple[bool, CodeType]:
    """Whether a module is a package, and its code."""
    from importlib.machinery import SourceFileLoader
    from importlib.util import find_spec

    spec = find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    # Not spec.loader: a test runner can have put one of its own in place, which need not give the code.
    code = SourceFileLoader(name, spec.origin).get_code(name)
    assert code is not None
    return spec.submodule_search_locations is not None, code
