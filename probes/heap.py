"""How the C library keeps what is freed (mallopt(3)), where it is glibc; others have none of it."""

from __future__ import annotations

import ctypes

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
# The most that glibc takes for a threshold of mapped blocks (DEFAULT_MMAP_THRESHOLD_MAX).
MOST_FROM_HEAP_BYTES = 32 * 1024 * 1024


def tune(*, kept_bytes: int, mapped_from_bytes: int, arenas: int | None = None) -> None:
    """Blocks from `mapped_from_bytes` up are mapped by themselves and go back to the system when
    freed; of all others up to `kept_bytes` stay free at the heap's end. Set once, neither grows by
    itself any more. `arenas` bounds how many heaps threads have."""
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "mallopt"):
        return
    libc.mallopt(_M_MMAP_THRESHOLD, mapped_from_bytes)
    libc.mallopt(_M_TRIM_THRESHOLD, kept_bytes)
    if arenas is not None:
        libc.mallopt(_M_ARENA_MAX, arenas)
