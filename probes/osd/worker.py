"""The process that reads overlay text: `python -m probes.osd.worker NICENESS` takes captures on
standard input, one at a time, and answers each with a line of JSON. It ends with its input, or its
parent.

It takes 130 MB, so it lives no longer than there is something to read.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import sys
from typing import BinaryIO

import cv2
import numpy as np

from probes import heap
from probes.osd import wire
from probes.osd.judging import judge_overlay
from probes.osd.reading import read_lines
from probes.osd.strips import in_picture
from probes.osd.vocabulary import Capture, Overlay
from probes.vocabulary import Picture

# Libraries and models map 0.9 GiB of addresses; recognition of many lines takes some more.
ADDRESS_SPACE_BYTES = 2560 * 1024 * 1024
_PR_SET_PDEATHSIG = 1
# What is larger than this goes back to the system when freed. The tensors of each picture have
# other sizes; kept for use again they came to 394 MB within a hundred pictures.
_KEPT_BYTES = 256 * 1024


def _confine(niceness: int) -> None:
    """Bounds memory, dies with the parent, lets others on the machine go first."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE_BYTES, ADDRESS_SPACE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    heap.tune(kept_bytes=_KEPT_BYTES, mapped_from_bytes=_KEPT_BYTES)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(niceness)
    cv2.setNumThreads(1)


def read(capture: Capture) -> tuple[Overlay, Picture] | None:
    """What the strips show; None where they are no picture."""
    coded = np.frombuffer(capture.strips_jpeg, np.uint8)
    picture = cv2.imdecode(coded, cv2.IMREAD_COLOR) if coded.size else None
    if picture is None:
        return None
    lines = read_lines(np.asarray(picture, np.uint8), grown=False)
    return judge_overlay(in_picture(lines), capture.expected)


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Answers captures until the input ends."""
    while (capture := wire.read_capture(source)) is not None:
        found = read(capture)
        answer = None if found is None else wire.answer_of(*found)
        sink.write(json.dumps(answer).encode() + b"\n")
        sink.flush()


def main() -> None:
    """Serves standard input and output."""
    _confine(int(sys.argv[1]))
    # What a library prints must not be taken for an answer.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
