"""A decoder's process: `python -m probes.decode.worker FD` reads jobs from the socket FD, one at
a time, and answers each. It ends when the socket does, or when its parent dies.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
import sys

import av
import av.logging
import cv2
from av.video.reformatter import VideoReformatter

from probes import heap
from probes.decode import wire
from probes.decode.reading import read_key_frame
from probes.reasons import ProbeFailedError, failure
from probes.vocabulary import Stage

# Libraries map 0.6 GiB of addresses (60 MB of it resident); three frames of 36 megapixels in
# 4:4:4 take 0.3 GiB, their coded form and tables as much again.
ADDRESS_SPACE_BYTES = 1536 * 1024 * 1024
_PR_SET_PDEATHSIG = 1
# A job takes and frees as much as the one before; given back to the system, it costs page faults
# each time: 2.1 ms of the system's time at 1080p (see benchmarks/README.md).
_KEPT_BYTES = 8 * 1024 * 1024


def _confine() -> None:
    """Bounds memory, dies with the parent, leaves Ctrl-C to it."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE_BYTES, ADDRESS_SPACE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    heap.tune(kept_bytes=_KEPT_BYTES, mapped_from_bytes=heap.MOST_FROM_HEAP_BYTES)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    av.logging.set_level(None)
    cv2.setNumThreads(1)


def _receive(connection: socket.socket, size: int) -> bytes:
    """Exactly `size` bytes. Raises EOFError where the parent has gone."""
    data = bytearray(size)
    view = memoryview(data)
    while view:
        count = connection.recv_into(view)
        if count == 0:
            raise EOFError
        view = view[count:]
    return bytes(data)


def _answer(job: wire.Job, scaler: VideoReformatter) -> list[bytes]:
    try:
        reading = read_key_frame(
            job.key_frame,
            job.previous,
            want_frame=job.want_frame,
            scaler=scaler,
            context=job.context,
        )
    except ProbeFailedError as error:
        return wire.pack_failure(error)
    except MemoryError:
        evidence = f"decoding takes more than {ADDRESS_SPACE_BYTES >> 20} MiB"
        return wire.pack_failure(ProbeFailedError(failure(Stage.DECODE, "too_large", evidence)))
    return wire.pack_reading(reading)


def serve(connection: socket.socket) -> None:
    """Answers jobs until the parent closes its end."""
    scaler = VideoReformatter()
    connection.sendall(wire.READY)
    while True:
        try:
            head_bytes, body_bytes = wire.lengths(_receive(connection, wire.LENGTHS.size))
            head, body = _receive(connection, head_bytes), _receive(connection, body_bytes)
        except (EOFError, ConnectionError):
            return
        connection.sendall(b"".join(_answer(wire.unpack_job(head, body), scaler)))


def main() -> None:
    """Serves the socket whose descriptor is the first argument."""
    _confine()
    with socket.socket(fileno=int(sys.argv[1])) as connection:
        # What a library prints must not reach a terminal or a log that isn't its own.
        os.dup2(2, 1)
        serve(connection)


if __name__ == "__main__":
    main()
