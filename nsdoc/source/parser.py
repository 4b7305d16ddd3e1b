"""docutils' own parser, which keeps what it would build anew for every list.

For each run of directives, list items or fields docutils makes a state machine with all its states,
and takes it apart again.  In a page where every claim holds a directive, that is a third of the time.
"""

from __future__ import annotations

from typing import Any

from docutils.parsers.rst import Parser, states


class KeepingParser(Parser):
    """Parses as `docutils.parsers.rst.Parser` does; one is good for one document."""

    def __init__(self) -> None:
        super().__init__()
        self.state_classes = _keeping(states.state_classes)


def _keeping(classes: tuple[type[states.RSTState], ...]) -> tuple[type[states.RSTState], ...]:
    """State classes whose nested machines are used again, once they are done with."""
    unused: list[_Kept] = []
    kept: tuple[type[states.RSTState], ...] = ()

    class Nested(_Kept):
        def __new__(cls, state_classes: Any, *_: Any, **__: Any) -> Any:
            return unused.pop() if state_classes is kept and unused else super().__new__(cls)

        def unlink(self) -> None:
            if self.state_classes is kept:
                unused.append(self)
            else:
                super().unlink()

    def begin(self: Any, state_machine: Any, debug: bool = False) -> None:
        super(type(self), self).__init__(state_machine, debug)
        for kind in ("nested", "indent", "known_indent"):
            setattr(self, f"{kind}_sm_kwargs", {"state_classes": kept, "initial_state": "Body"})

    own = {"nested_sm": Nested, "nested_sm_cache": [], "__init__": begin}
    # By the names of the classes the states of a machine refer to one another.
    kept = tuple(type(one.__name__, (one,), own) for one in classes)
    return kept


class _Kept(states.NestedStateMachine):
    """A nested machine that can begin anew."""

    state_classes: Any = None

    def __init__(self, state_classes: Any, initial_state: str, debug: bool = False,
                 parent_state_machine: Any = None) -> None:  # fmt: skip
        if self.state_classes is None:
            super().__init__(state_classes, initial_state, debug, parent_state_machine)
            self.state_classes = state_classes
        self.parent_state_machine = parent_state_machine
        self.initial_state = self.current_state = initial_state
