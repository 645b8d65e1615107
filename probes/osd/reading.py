"""Text in pictures, recognised by RapidOCR (PP-OCR models that its package ships) on ONNX Runtime.

Recognition takes a third of a CPU second and 130 MB of memory and more, so it is for files and the
slow clock, never for each look.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from probes.osd.strips import WIDTH
from probes.osd.vocabulary import TextLine

# A picture holds a few lines of overlay; signs may add some. What exceeds this is no camera's.
MAX_LINES = 64
# A line of overlay is a name or a time.
MAX_LINE_CHARACTERS = 200
# Less sure than this it is texture, not text.
_LEAST_CONFIDENCE = 0.5


# Pictures are looked through at their own size, small ones grown; strips of `probes.osd.strips` at
# theirs, which takes a fifth of the time and half of the memory.
_GROWN: Mapping[str, object] = MappingProxyType({})
_AS_IT_IS: Mapping[str, object] = MappingProxyType(
    {"Det.limit_type": "max", "Det.limit_side_len": WIDTH}
)


@cache
def _engine(*, grown: bool) -> Any:
    """The models, loaded once in a process, which takes a second."""
    from rapidocr import RapidOCR

    logging.getLogger("RapidOCR").setLevel(logging.ERROR)
    return RapidOCR(
        params={
            "Global.log_level": "error",
            "Global.use_cls": False,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            # Several lines at once, all as wide as the widest, are no faster on one thread.
            "Rec.rec_batch_num": 1,
            **(_GROWN if grown else _AS_IT_IS),
        }
    )


def read_lines(picture: NDArray[np.uint8], *, grown: bool = True) -> tuple[TextLine, ...]:
    """The lines of text in a picture (h x w x 3, blue first); without `grown` at its size."""
    rows, columns = picture.shape[:2]
    found = _engine(grown=grown)(picture, use_cls=False)
    if found.txts is None or found.boxes is None or found.scores is None:
        return ()
    lines = []
    for text, score, box in list(zip(found.txts, found.scores, found.boxes, strict=True))[
        :MAX_LINES
    ]:
        if float(score) < _LEAST_CONFIDENCE:
            continue
        corners = np.asarray(box, np.float64)
        x, y = corners.mean(axis=0)
        height = corners[:, 1].max() - corners[:, 1].min()
        lines.append(
            TextLine(
                text=str(text)[:MAX_LINE_CHARACTERS],
                confidence=float(score),
                x=float(x / columns),
                y=float(y / rows),
                height=float(height / rows),
            )
        )
    return tuple(lines)
