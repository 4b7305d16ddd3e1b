"""The program of an agent: a few dozen instructions that make system calls on request.

An agent could be a copy of a Python process, and once was.
Forking and tearing down such a copy took three quarters of the time of an example,
and after execve(2) an interpreter had to find its library again with the permissions of somebody else.
This program has a page of code and no files: forking it costs what it costs in C,
every process can execute it,
and a copy of it with set-user-ID or file capabilities behaves as any program would.

It serves one socket, whose descriptor is its `argv[0]` in decimal:

1. It says that it is there: eight bytes of zero.
2. It reads a message to `ARENA`, which begins with three words:
   the number of requests, the length of the reply, where the requests begin.
3. For each request, eight words, it makes a system call: its number, six arguments, flags.
   With `USE` the first argument is the result that the last request with `SAVE` gave;
   with `LOAD` it is the descriptor that stands in memory where it points to.
   After a `BIRTH` whose result is 0, this is the new process:
   it goes to 2, with the socket whose descriptor was saved last.
   After an error with `NEED`, or a result above 0 with `STOP`, the rest is left out.
   Results are stored from `RESULTS` on.
4. It replies with the memory from `RESULTS` on, and goes to 2.

When the socket is closed it ends.
All else, such as what arguments mean and where data lies, is for `nsdoc.backends.linux.request`.
"""

from __future__ import annotations

import os
from struct import pack

from nsdoc.errors import Unavailable

ARENA = 0x10000000
SIZE = 0x80000
HEADER = 24
RESULTS = ARENA + HEADER
GREETING = bytes(8)

USE, LOAD, SAVE, BIRTH, NEED, STOP = 1, 2, 4, 8, 16, 32

# The code in hexadecimal, and the instruction that it is.  tests/linux/test_machine.py assembles the
# instructions and compares.
_X86_64 = """
488b742408       mov rsi, [rsp+8]
31db             xor ebx, ebx
0fb606           digit: movzx eax, byte ptr [rsi]
83e830           sub eax, 48
780a             js greet
6bdb0a           imul ebx, ebx, 10
01c3             add ebx, eax
48ffc6           inc rsi
ebee             jmp digit
bd00000010       greet: mov ebp, 0x10000000
89df             mov edi, ebx
89ee             mov esi, ebp
ba08000000       mov edx, 8
b801000000       mov eax, 1
0f05             syscall
89df             serve: mov edi, ebx
89ee             mov esi, ebp
ba00000800       mov edx, 0x80000
31c0             xor eax, eax
0f05             syscall
4883f818         cmp rax, 24
0f8ca0000000     jl end
4c8b6d00         mov r13, [rbp]
4c8b6510         mov r12, [rbp+16]
4c8d7518         lea r14, [rbp+24]
498b0424         each: mov rax, [r12]
498b7c2408       mov rdi, [r12+8]
498b742410       mov rsi, [r12+16]
498b542418       mov rdx, [r12+24]
4d8b542420       mov r10, [r12+32]
4d8b442428       mov r8, [r12+40]
4d8b4c2430       mov r9, [r12+48]
41f644243801     test byte ptr [r12+56], 1
490f45ff         cmovnz rdi, r15
41f644243802     test byte ptr [r12+56], 2
7402             jz make
8b3f             mov edi, [rdi]
0f05             make: syscall
41f644243804     test byte ptr [r12+56], 4
4c0f45f8         cmovnz r15, rax
41f644243808     test byte ptr [r12+56], 8
740a             jz kept
4885c0           test rax, rax
7505             jnz kept
4489fb           mov ebx, r15d
eb89             jmp serve
498906           kept: mov [r14], rax
4983c608         add r14, 8
41f644243810     test byte ptr [r12+56], 16
7405             jz needed
4885c0           test rax, rax
7816             js reply
41f644243820     needed: test byte ptr [r12+56], 32
7405             jz next
4885c0           test rax, rax
7f09             jg reply
4983c440         next: add r12, 64
49ffcd           dec r13
7582             jnz each
89df             reply: mov edi, ebx
488d7518         lea rsi, [rbp+24]
488b5508         mov rdx, [rbp+8]
b801000000       mov eax, 1
0f05             syscall
e949ffffff       jmp serve
31ff             end: xor edi, edi
b8e7000000       mov eax, 231
0f05             syscall
"""
_AARCH64 = """
e10740f9   ldr x1, [sp, #8]
130080d2   mov x19, #0
42018052   mov w2, #10
20144038   digit: ldrb w0, [x1], #1
00c00071   subs w0, w0, #48
64000054   b.mi greet
7302021b   madd w19, w19, w2, w0
fcffff17   b digit
1400a2d2   greet: movz x20, #0x1000, lsl #16
e00313aa   mov x0, x19
e10314aa   mov x1, x20
020180d2   mov x2, #8
080880d2   mov x8, #64
010000d4   svc #0
e00313aa   serve: mov x0, x19
e10314aa   mov x1, x20
0201a0d2   mov x2, #0x80000
e80780d2   mov x8, #63
010000d4   svc #0
1f6000f1   cmp x0, #24
6b040054   b.lt end
950240f9   ldr x21, [x20]
960a40f9   ldr x22, [x20, #16]
97620091   add x23, x20, #24
c80240f9   each: ldr x8, [x22]
c08640a9   ldp x0, x1, [x22, #8]
c28e41a9   ldp x2, x3, [x22, #24]
c49642a9   ldp x4, x5, [x22, #40]
d81e40f9   ldr x24, [x22, #56]
1f0340f2   tst x24, #1
2013809a   csel x0, x25, x0, ne
58000836   tbz x24, #1, make
000040b9   ldr w0, [x0]
010000d4   make: svc #0
1f037ef2   tst x24, #4
1910999a   csel x25, x0, x25, ne
98001836   tbz x24, #3, kept
600000b5   cbnz x0, kept
f303192a   mov w19, w25
e7ffff17   b serve
e08600f8   kept: str x0, [x23], #8
d6020191   add x22, x22, #64
58002036   tbz x24, #4, needed
c000f8b7   tbnz x0, #63, reply
78002836   needed: tbz x24, #5, next
1f0000f1   cmp x0, #0
6c000054   b.gt reply
b50600f1   next: subs x21, x21, #1
01fdff54   b.ne each
e00313aa   reply: mov x0, x19
81620091   add x1, x20, #24
820640f9   ldr x2, [x20, #8]
080880d2   mov x8, #64
010000d4   svc #0
d8ffff17   b serve
000080d2   end: mov x0, #0
c80b80d2   mov x8, #94
010000d4   svc #0
"""

# By the name in uname(2): the number of the machine in elf(5), and the code.
_MACHINES = {"x86_64": (62, _X86_64), "aarch64": (183, _AARCH64)}

_TEXT = 0x400000
_PAGE = 0x10000
_ELF_HEADER, _PROGRAM_HEADER = 64, 56
_LOAD, _STACK = 1, 0x6474E551
_EXECUTE, _WRITE, _READ = 1, 2, 4


def program(machine: str = "") -> bytes:
    """The program, a static executable in the format of elf(5), for this machine or another.

    Raises:
        Unavailable: there is no code for the machine.
    """
    name = machine or os.uname().machine
    if name not in _MACHINES:
        raise Unavailable(f"agents have no code for {name}; they have it for {', '.join(_MACHINES)}")
    number, text = _MACHINES[name]
    code = b"".join(bytes.fromhex(line.split()[0]) for line in text.strip().splitlines())
    start = _ELF_HEADER + 3 * _PROGRAM_HEADER
    size = start + len(code)
    return b"".join(
        (
            _elf_header(number, _TEXT + start),
            _segment(_LOAD, _READ | _EXECUTE, _TEXT, size, size),
            _segment(_LOAD, _READ | _WRITE, ARENA, 0, SIZE),
            _segment(_STACK, _READ | _WRITE, 0, 0, 0),
            code,
        )
    )


def listing(machine: str) -> str:
    """The instructions of the program in the assembler's language, a line each."""
    lines = _MACHINES[machine][1].strip().splitlines()
    return "".join(f"{line.split(maxsplit=1)[1]}\n" for line in lines)


def _elf_header(machine: int, entry: int) -> bytes:
    identity = b"\x7fELF" + bytes((2, 1, 1)) + bytes(9)
    executable, version, sections = 2, 1, 0
    sizes = (_ELF_HEADER, _PROGRAM_HEADER, 3, 0, 0, 0)
    return identity + pack(
        "<HHIQQQI6H", executable, machine, version, entry, _ELF_HEADER, sections, 0, *sizes
    )


def _segment(kind: int, flags: int, where: int, in_file: int, in_memory: int) -> bytes:
    return pack("<II6Q", kind, flags, 0, where, where, in_file, in_memory, _PAGE)
