"""Run a module as ``python -m`` does, in a process that holds memory.

Use: ``hold.py MEBIBYTES MODULE ARGUMENT...``
"""

from __future__ import annotations

import runpy
import sys

_HEADER = sys.getsizeof(b"")
_OBJECT = 1024


def main() -> None:
    """Fill the memory with objects of 1 KiB, as a program with much data has them, and run the module."""
    mebibytes, module, *arguments = sys.argv[1:]
    count = int(mebibytes) * (1 << 20) // _OBJECT
    held = [bytes((number & 0xFF,)) * (_OBJECT - _HEADER) for number in range(count)]
    sys.argv = [module, *arguments]
    # As with "-m": the modules beside this one are not in the way of others.
    sys.path[0] = ""
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        del held


if __name__ == "__main__":
    main()
