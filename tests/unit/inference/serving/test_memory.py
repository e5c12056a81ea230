"""What a process holds, and that it gives back what it does not."""

import ctypes

import pytest

from inference.serving import memory

_BLOCK = 2_000  # bytes: too large for Python's own allocator, too small for pages of its own
_MIB = 1024 * 1024


def test_a_process_holds_some_megabytes() -> None:
    assert 10 * _MIB < memory.resident_bytes() < 100_000 * _MIB


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="the C library has no malloc_trim")
def test_memory_between_blocks_in_use_is_given_back() -> None:
    blocks = [bytearray(_BLOCK) for _ in range(20_000)]
    kept = blocks[::100]
    del blocks
    before = memory.resident_bytes()
    memory.give_back()
    assert before - memory.resident_bytes() > 20 * _MIB
    assert len(kept) == 200
