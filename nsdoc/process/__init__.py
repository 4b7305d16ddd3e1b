"""Kernels and processes: the face that a backend shows to an example.

A method of `Process` is a system call made by that process.
It is named and shaped as in Python's `os` where `os` has it, otherwise as in section 2 of the manual.
It raises `nsdoc.KernelError` with Linux's error number when the call fails,
`nsdoc.ProcessGone` when the process has ended,
and `nsdoc.Unavailable` when the backend cannot make the call.
The errors that a method names are those that examples meet; its manual page has all of them.
"""

from __future__ import annotations

from nsdoc.process.kernel import Kernel
from nsdoc.process.process import Process
from nsdoc.process.values import Caps, CapSet, Ipc, Message, Siginfo, Stat

__all__ = ["CapSet", "Caps", "Ipc", "Kernel", "Message", "Process", "Siginfo", "Stat"]
