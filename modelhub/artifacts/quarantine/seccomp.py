"""The primary layer: a BPF filter over system calls, installed for every thread of this process."""

import ctypes
import errno
import struct

from modelhub.artifacts.quarantine.syscalls import Machine, machine

_SET_MODE_FILTER = 1
_FLAG_TSYNC = 1
_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _JUMP_BITS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x80000000
_OFFSET_NUMBER, _OFFSET_ARCH, _OFFSET_THIRD_ARGUMENT = 0, 4, 32
_X32_BIT = 0x40000000
_PROT_EXEC = 4


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def install() -> bool:
    """From here on every call outside the list fails with EPERM; False where that cannot be had.

    Needs no-new-privs set before. A refused call is an error, not a kill, so that a library which
    probes its surroundings goes on computing.
    """
    known = machine()
    if known is None:
        return False
    code = program(known)
    filter_ = _Program(len(code) // 8, code)
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.syscall(known.seccomp, _SET_MODE_FILTER, _FLAG_TSYNC, ctypes.byref(filter_)) == 0)


def program(known: Machine) -> bytes:
    """The filter as BPF instructions of 8 bytes each: foreign architecture kills, unlisted refuses."""
    steps = [
        _step(_LOAD, _OFFSET_ARCH),
        _step(_JUMP_EQUAL, known.audit, 1, 0),
        _step(_RETURN, _KILL),
        _step(_LOAD, _OFFSET_NUMBER),
    ]
    if known.has_x32:
        steps += [_step(_JUMP_AT_LEAST, _X32_BIT, 0, 1), _step(_RETURN, _KILL)]
    for number in known.allowed:
        steps += [_step(_JUMP_EQUAL, number, 0, 1), _step(_RETURN, _ALLOW)]
    for number in known.executable_memory:
        steps += [
            _step(_JUMP_EQUAL, number, 0, 4),
            _step(_LOAD, _OFFSET_THIRD_ARGUMENT),
            _step(_JUMP_BITS, _PROT_EXEC, 0, 1),
            _step(_RETURN, _REFUSE),
            _step(_RETURN, _ALLOW),
        ]
    steps.append(_step(_RETURN, _REFUSE))
    return b"".join(steps)


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
