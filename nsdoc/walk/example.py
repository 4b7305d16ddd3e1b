"""A walk as an example that can be pasted into a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from nsdoc import abi
from nsdoc.process.values import CapSet
from nsdoc.walk.shrink import without_skips
from nsdoc.walk.step import BIRTHS, FD, IMAGE, PID, PROC, SPAWN, Step, Taken

# Calls whose value is a descriptor that later steps use.
_DESCRIPTORS: Final = (
    "open", "pidfd_open", "pidfd_getfd", "ioctl", "open_tree", "fsopen", "fsmount", "socket", "dup"
)  # fmt: skip
# Calls whose first argument, or the one at that place, is made of flags.
_FLAGS: Final = {
    "clone": (0, "CLONE_"), "clone3": (0, "CLONE_"), "unshare": (0, "CLONE_"), "setns": (1, "CLONE_"),
    "mount": (3, "MS_"),
}  # fmt: skip


def write_example(steps: Sequence[Step], taken: Sequence[Taken | None]) -> str:
    """The source of an example that takes the steps and expects what they gave."""
    lines: list[str] = []
    born = 0
    for number, step in without_skips(steps):
        one = taken[number] if number < len(taken) else None
        name = f"p{_born_before(steps, number)}" if step.call in BIRTHS else ""
        born += bool(name)
        lines.extend(_lines(number, step, one, name))
    return "\n".join(lines) + "\n"


def _born_before(steps: Sequence[Step], number: int) -> int:
    """The number of a process: how many were born, or might have been, before it."""
    return sum(step.call in BIRTHS or (step.call == "skip" and step.args[0]) for step in steps[:number])


def _lines(number: int, step: Step, taken: Taken | None, name: str) -> list[str]:
    call = _spawn(step) if step.call == SPAWN else f"p{step.who}.{_call(step)}"
    if taken is None:
        return [f"# {call}"]
    if taken.errno > 0:
        return [f"with fails({abi.errno_name(taken.errno)}):", f"    {call}"]
    if name:
        return [f"{name} = {call}"]
    if step.call in _DESCRIPTORS and isinstance(taken.value, int):
        return [f"fd{number} = {call}"]
    if taken.value is None or step.call in ("write", "prctl"):
        return [call]
    return [f"print({call})", f"#> {_value(step, taken.value)}"]


def _value(step: Step, value: Any) -> str:
    if step.call in ("read", "getxattr") and isinstance(value, bytes):
        shown = value.decode(errors="surrogateescape") if isinstance(step.args[0], (str, tuple)) else value
        return repr(shown).strip("'") if "\n" not in repr(shown) else repr(shown)
    return repr(list(value)) if isinstance(value, tuple) and step.call == "getgroups" else repr(value)


def _spawn(step: Step) -> str:
    uid, gid, groups, caps = step.args
    given = [] if uid is None else [f"uid={uid}", f"gid={gid}"]
    given += [f"groups={tuple(groups)}"] if groups else []
    given += [f"caps=[{str(CapSet(caps)).replace(' ', ', ')}]"] if caps is not None else []
    return f"kernel.process({', '.join(given)})"


def _call(step: Step) -> str:
    args = list(step.args)
    words = [_word(arg) for arg in args]
    if step.call in _FLAGS:
        place, prefix = _FLAGS[step.call]
        if place < len(args) and isinstance(args[place], int):
            words[place] = flag_names(args[place], prefix)
    if step.call == "execve":
        words = words[:1]
    if step.call == "mount_setattr":
        return _setattr(words)
    return f"{step.call}({', '.join(words)})"


def _setattr(words: list[str]) -> str:
    fd, path, flags, add, clear, propagation, user = words
    extra = f"attr_set={add}, attr_clr={clear}, propagation={propagation}, userns_fd={user}"
    return f"mount_setattr({fd}, {path}, {flags}, {extra})"


def _word(arg: Any) -> str:
    if isinstance(arg, tuple) and arg and arg[0] in (PID, FD, PROC, IMAGE):
        if arg[0] == PID:
            return f"p{arg[1]}"
        if arg[0] == FD:
            return f"fd{arg[1]}"
        return "kernel.program" if arg[0] == IMAGE else f'f"/proc/{{p{arg[1]}.pid}}/{arg[2]}"'
    if isinstance(arg, bytes):
        return repr(arg.decode()) if arg.isascii() and b"\0" not in arg else repr(arg)
    return repr(arg)


def flag_names(flags: int, prefix: str) -> str:
    """Flags as an example writes them, such as ``CLONE_NEWUSER | CLONE_NEWNS``."""
    known = {value: name for name, value in abi.constants().items() if name.startswith(prefix)}
    names = [name for value, name in known.items() if value and flags & value == value]
    rest = flags & ~sum(value for value in known if flags & value == value)
    return " | ".join([*names, hex(rest)] if rest else names) or "0"
