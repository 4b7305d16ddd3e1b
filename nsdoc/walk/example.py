"""A walk as an example that can be pasted into a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from nsdoc import abi
from nsdoc.process.values import CapSet
from nsdoc.source import notation
from nsdoc.walk.compare import STATUS
from nsdoc.walk.shrink import without_skips
from nsdoc.walk.step import BIRTHS, FD, GONE, IMAGE, PID, PROC, SPAWN, Step, Taken

# Calls whose value is a descriptor that later steps use.
_DESCRIPTORS: Final = (
    "open", "pidfd_open", "pidfd_getfd", "ioctl", "open_tree", "fsopen", "fsmount", "socket", "dup"
)  # fmt: skip
# Calls whose value is another number that a kernel is free to choose.
_NUMBERS: Final = ("add_key", "request_key", "keyctl", "msgget")
# Calls one of whose arguments, that at the place, is made of flags.
_FLAGS: Final = {
    "clone": (0, "CLONE_"), "clone3": (0, "CLONE_"), "unshare": (0, "CLONE_"), "setns": (1, "CLONE_"),
    "mount": (3, "MS_"),
}  # fmt: skip
_INDENT: Final = " " * 6
_IMAGE_LINE: Final = "image = kernel.process().read(kernel.program)"


def write_example(steps: Sequence[Step], taken: Sequence[Taken | None]) -> str:
    """The source of an example that takes the steps and expects what they gave.

    What the last one gives is printed; the output is for a run to add, see `with_output`.
    """
    done = without_skips(steps)
    lines = [_IMAGE_LINE] if any((IMAGE,) in step.args for _, step in done) else []
    for number, step in done:
        one = taken[number] if number < len(taken) else None
        name = f"p{_born_before(steps, number)}" if step.call in BIRTHS else ""
        lines.extend(_lines(number, step, one, name, number == done[-1][0]))
    return "\n".join(lines) + "\n"


def with_output(source: str, outputs: Sequence[str]) -> str:
    """An example that ends in a print, with what that printed below it."""
    return "\n".join([source.rstrip(), *notation.written(outputs, len(_INDENT))]) + "\n"


def write_claim(name: str, words: str, source: str) -> str:
    """A claim with one example, as it stands in a page."""
    lines = [f".. claim:: {name}", "", f"   {words}", "", "   .. example::", ""]
    lines += [f"{_INDENT}{line}" if line else "" for line in source.splitlines()]
    return "\n".join(lines) + "\n"


def _born_before(steps: Sequence[Step], number: int) -> int:
    """The number of a process: how many were born, or might have been, before it."""
    return sum(step.call in BIRTHS or (step.call == "skip" and step.args[0]) for step in steps[:number])


def _lines(number: int, step: Step, taken: Taken | None, name: str, last: bool) -> list[str]:
    call = _spawn(step) if step.call == SPAWN else f"p{step.who}.{_call(step)}"
    if taken is None or taken.errno == GONE:
        return [f"# {call}: there is no such process or descriptor"]
    if taken.errno:
        return [f"with fails({abi.errno_name(taken.errno)}):", f"    {call}"]
    if last:
        return list(_printed(step, call))
    if name:
        return [f"{name} = {call}"]
    return [f"fd{number} = {call}" if step.call in _DESCRIPTORS else call]


def _printed(step: Step, call: str) -> Iterator[str]:
    """The last call, with a print of as much of its value as is the same in every run."""
    if step.call in BIRTHS:
        yield f"print({call}.pid > 0)"
    elif step.call in _DESCRIPTORS or step.call in _NUMBERS or (IMAGE,) in step.args:
        yield f"print({call} >= 0)"
    elif step.call == "readlink" and step.args[0][0] == PROC:
        yield f'print({call}.partition(":")[0])'
    elif step.call in ("stat", "lstat", "fstat"):
        yield f"found = {call}"
        yield "print(oct(found.st_mode), found.st_uid, found.st_gid, found.st_rdev)"
    elif step.call == "read" and step.args[0][0] == PROC and step.args[0][2] == "status":
        yield f"status = {call}.splitlines()"
        yield f'print(*[line for line in status if line.startswith({STATUS})], sep="\\n")'
    else:
        yield f"print({call})"


def _spawn(step: Step) -> str:
    uid, gid, groups, caps = step.args
    given = [] if uid is None else [f"uid={uid}", f"gid={gid}"]
    given += [f"groups={tuple(groups)}"] if groups else []
    given += [f"caps=[{str(CapSet(caps)).replace(' ', ', ')}]"] if caps is not None else []
    return f"kernel.process({', '.join(given)})"


def _call(step: Step) -> str:
    args = list(step.args)
    words = [_text(arg) if step.call in ("write", "add_key") else _word(arg) for arg in args]
    if step.call in _FLAGS:
        place, prefix = _FLAGS[step.call]
        if place < len(args) and isinstance(args[place], int):
            words[place] = flag_names(args[place], prefix)
    if step.call == "execve":
        words = ["kernel.program" if args[0].startswith("/") else words[0]]
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
        return "image" if arg[0] == IMAGE else f'f"/proc/{{p{arg[1]}.pid}}/{arg[2]}"'
    return repr(arg)


def _text(arg: Any) -> str:
    """An argument of a call that takes text for its data."""
    return repr(arg.decode()) if isinstance(arg, bytes) and arg.isascii() else _word(arg)


def flag_names(flags: int, prefix: str) -> str:
    """Flags as an example writes them, such as ``CLONE_NEWUSER | CLONE_NEWNS``."""
    known = {value: name for name, value in abi.constants().items() if name.startswith(prefix)}
    names = [name for value, name in known.items() if value and flags & value == value]
    rest = flags & ~sum(value for value in known if flags & value == value)
    return " | ".join([*names, hex(rest)] if rest else names) or "0"
