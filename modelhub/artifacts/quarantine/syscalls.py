"""Which system calls a locked child may make: numbers for the two machines we know."""

import platform
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Machine:
    """One architecture: its audit number, the call numbers we need, and whether x32 calls exist."""

    audit: int
    allowed: tuple[int, ...]
    executable_memory: tuple[int, int]  # mmap, mprotect: allowed, but never with PROT_EXEC
    seccomp: int
    has_x32: bool


# Computing, memory, time, signals to itself, and reading or writing descriptors it already has.
# No path is ever resolved, no descriptor made, no process touched: open, stat, socket, clone,
# execve, kill, ptrace, prctl, ioctl, prlimit are absent on purpose.
_X86_64 = {
    "read": 0, "write": 1, "close": 3, "fstat": 5, "poll": 7, "lseek": 8, "mmap": 9, "mprotect": 10,
    "munmap": 11, "brk": 12, "rt_sigaction": 13, "rt_sigprocmask": 14, "rt_sigreturn": 15,
    "pread64": 17, "readv": 19, "writev": 20, "sched_yield": 24, "mremap": 25, "madvise": 28,
    "nanosleep": 35, "getpid": 39, "exit": 60, "gettimeofday": 96, "getrusage": 98, "sysinfo": 99,
    "sigaltstack": 131, "gettid": 186, "futex": 202, "sched_getaffinity": 204, "restart_syscall": 219,
    "clock_gettime": 228, "clock_getres": 229, "clock_nanosleep": 230, "exit_group": 231,
    "getcpu": 309, "getrandom": 318, "membarrier": 324, "rseq": 334,
}  # fmt: skip
_AARCH64 = {
    "close": 57, "lseek": 62, "read": 63, "write": 64, "readv": 65, "writev": 66, "pread64": 67,
    "ppoll": 73, "fstat": 80, "exit": 93, "exit_group": 94, "futex": 98, "nanosleep": 101,
    "clock_gettime": 113, "clock_getres": 114, "clock_nanosleep": 115, "sched_getaffinity": 123,
    "sched_yield": 124, "restart_syscall": 128, "sigaltstack": 132, "rt_sigaction": 134,
    "rt_sigprocmask": 135, "rt_sigreturn": 139, "getrusage": 165, "getcpu": 168, "gettimeofday": 169,
    "getpid": 172, "gettid": 178, "sysinfo": 179, "brk": 214, "munmap": 215, "mremap": 216,
    "mmap": 222, "mprotect": 226, "madvise": 233, "getrandom": 278, "membarrier": 283, "rseq": 293,
}  # fmt: skip


def machine(name: str = "") -> Machine | None:
    """The tables of this architecture, or None where we do not know it: then nothing is opened."""
    return _MACHINES.get(name or platform.machine())


def _machine(audit: int, calls: dict[str, int], seccomp: int, *, has_x32: bool) -> Machine:
    executable = (calls["mmap"], calls["mprotect"])
    plain = tuple(sorted(number for number in calls.values() if number not in executable))
    return Machine(audit, plain, executable, seccomp, has_x32)


_MACHINES = {
    "x86_64": _machine(0xC000003E, _X86_64, 317, has_x32=True),
    "aarch64": _machine(0xC00000B7, _AARCH64, 277, has_x32=False),
}
