"""The clips that all the city's cameras serve: encoded once, packetised once, kept in a cache.

`load(folder)` gives them all by name; it encodes what the cache lacks. The cache file's name is
a hash of the recipe and of the sources that make the pictures, so a change makes new clips in
place of the old.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import pickle
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path

import av
import cv2
import numpy as np

from tests.fleet import flaws, rtp, scenes
from tests.fleet.rtp import Gop

CLOCK_HZ = 90_000
PAYLOAD_TYPES = {"h264": 96, "h265": 98, "mjpeg": 26}
FAULTY_LOOKS = ("black", "blue", "dark", "overexposed", "blurred", "frozen")
# Those that a camera's history tells, a burst, or the decoder; each in the same scene as the clip
# of a healthy camera, of which its faulty self is one.
FINE_LOOKS = ("fogged", "tinted", "noisy", "striped", "covered", "shaking", "corrupt")
NIGHT_LOOKS = ("fogged", "noisy", "striped", "covered", "shaking", "blurred")
_PICKLE_FORMAT = 4
PAINTERS: dict[str, scenes.Painter] = {
    **scenes.PAINTERS,
    "fogged": flaws.fogged,
    "tinted": flaws.tinted,
    "noisy": flaws.noisy,
    "striped": flaws.striped,
    "covered": flaws.covered,
    "shaking": flaws.shaking,
    # Its damage is done to what is coded.
    "corrupt": scenes.PAINTERS["healthy"],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a clip is made. Sizes in pixels; `quality` is the encoder's quantiser (or JPEG
    quality), `key_ratio` how much finer key frames are quantised; a GOP lasts `gop_frames / fps`
    seconds."""

    name: str
    codec: str
    width: int = 1920
    height: int = 1080
    seed: int = 1
    night: bool = False
    look: str = "healthy"
    fps: int = 5
    gop_frames: int = 10
    gops: int = 6
    quality: int = 32
    key_ratio: float = 1.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A packetised clip. `fmtp` is the SDP's format parameters line, or empty."""

    name: str
    codec: str
    width: int
    height: int
    fps: int
    ssrc: int
    fmtp: str
    gops: tuple[Gop, ...] = field(repr=False)
    still_jpeg: bytes = field(repr=False)
    timestamp_span: int
    packet_count: int

    @property
    def payload_type(self) -> int:
        return PAYLOAD_TYPES[self.codec]


def _faulty(name: str, codec: str, quality: int, *, small: bool = False) -> list[Recipe]:
    return [
        Recipe(
            name=f"{name}_{look}",
            codec=codec,
            look=look,
            seed=2,
            gop_frames=4,
            gops=1 if look == "frozen" else 3,
            quality=quality,
            width=640 if small else 1920,
            height=360 if small else 1080,
        )
        for look in FAULTY_LOOKS
    ]


def _fine(name: str, looks: tuple[str, ...], seed: int, *, night: bool = False) -> list[Recipe]:
    return [
        Recipe(
            name=f"{name}_{look}",
            codec="h264",
            look=look,
            seed=seed,
            night=night,
            gop_frames=2,
            gops=3,
        )
        for look in looks
    ]


RECIPES: tuple[Recipe, ...] = (
    Recipe(name="h264_day_1", codec="h264", seed=1),
    Recipe(name="h264_day_2", codec="h264", seed=2),
    Recipe(name="h264_night", codec="h264", seed=3, night=True),
    Recipe(name="h265_day", codec="h265", seed=4, gops=5, gop_frames=6, fps=3, quality=32),
    Recipe(
        name="h265_night", codec="h265", seed=5, night=True, gops=4, gop_frames=6, fps=3, quality=32
    ),
    Recipe(name="h264_sub", codec="h264", width=640, height=360, seed=6, quality=27),
    Recipe(name="h264_d1", codec="h264", width=704, height=576, seed=7, quality=27),
    Recipe(
        name="mjpeg", codec="mjpeg", width=704, height=576, seed=8, gop_frames=1, gops=8, quality=80
    ),
    *_faulty("h264", "h264", 32),
    *_faulty("h264_sub", "h264", 27, small=True),
    *_faulty("h265", "h265", 32),
    *_fine("h264", FINE_LOOKS, 2),
    *_fine("h264_night", NIGHT_LOOKS, 3, night=True),
)
QUICK_RECIPES: tuple[Recipe, ...] = tuple(
    recipe for recipe in RECIPES if recipe.name in ("h264_sub", "mjpeg")
)


def load(folder: Path, recipes: tuple[Recipe, ...] = RECIPES) -> dict[str, Clip]:
    """The clips by name, encoding into `folder` those that are not there yet, on all cores."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [recipe for recipe in recipes if not _path(folder, recipe).exists()]
    if missing:
        missing.sort(key=lambda recipe: (recipe.seed, recipe.night))
        with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
            list(pool.map(_encode, [folder] * len(missing), missing))
    return {recipe.name: pickle.loads(_path(folder, recipe).read_bytes()) for recipe in recipes}


def _path(folder: Path, recipe: Recipe) -> Path:
    return folder / f"{recipe.name}-{_key(recipe)}.clip"


def _encode(folder: Path, recipe: Recipe) -> None:
    path = _path(folder, recipe)
    clip = make(recipe)
    descriptor, temporary = tempfile.mkstemp(dir=folder)
    with os.fdopen(descriptor, "wb") as out:
        out.write(pickle.dumps(clip, protocol=_PICKLE_FORMAT))
    for old in folder.glob(f"{recipe.name}-*.clip"):
        old.unlink(missing_ok=True)
    Path(temporary).replace(path)


def _key(recipe: Recipe) -> str:
    digest = hashlib.blake2b(json.dumps(asdict(recipe), sort_keys=True).encode(), digest_size=8)
    for module in (__file__, flaws.__file__, scenes.__file__, rtp.__file__):
        digest.update(Path(str(module)).read_bytes())
    digest.update(av.__version__.encode())
    return digest.hexdigest()


def make(recipe: Recipe, pictures: Pictures | None = None) -> Clip:
    """Draw, encode and packetise one clip; its pictures are the recipe's unless given."""
    pictures = pictures or Pictures(recipe)
    units = _jpeg_frames(pictures) if recipe.codec == "mjpeg" else _coded_frames(pictures)
    ssrc = int.from_bytes(hashlib.blake2b(recipe.name.encode(), digest_size=4).digest(), "big")
    step = CLOCK_HZ // recipe.fps
    sequence = int(ssrc % 30_000)
    gops, count = [], 0
    for number in range(recipe.gops):
        frames = units[number * recipe.gop_frames : (number + 1) * recipe.gop_frames]
        gop = rtp.packetise(
            [_payloads(recipe.codec, frame) for frame in frames],
            payload_type=PAYLOAD_TYPES[recipe.codec],
            ssrc=ssrc,
            first_sequence=sequence + count,
            first_timestamp=ssrc + number * recipe.gop_frames * step,
            timestamp_step=step,
        )
        count += len(gop.packets) - 1
        gops.append(gop)
    return Clip(
        name=recipe.name,
        codec=recipe.codec,
        width=recipe.width,
        height=recipe.height,
        fps=recipe.fps,
        ssrc=ssrc,
        fmtp=_fmtp(recipe.codec, units[0]),
        gops=tuple(gops),
        still_jpeg=pictures.jpeg(0, 70),
        timestamp_span=recipe.gops * recipe.gop_frames * step,
        packet_count=count,
    )


@lru_cache(maxsize=2)
def _scene(seed: int, *, night: bool) -> scenes.Scene:
    """Drawing a scene takes a second, and many clips show the same."""
    return scenes.scene(seed, night=night)


class Pictures:
    """The pictures of a recipe, one after the other."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.view = _scene(recipe.seed, night=recipe.night)

    def drawn(self, number: int) -> scenes.Image:
        """One of them, at the scene's own size."""
        second = 3.0 + number / self.recipe.fps
        return scenes.picture(self.view, PAINTERS[self.recipe.look], second, number)

    def bgr(self, number: int) -> scenes.Image:
        """One of them, at the recipe's size."""
        recipe = self.recipe
        image = self.drawn(number)
        if (recipe.width, recipe.height) == (scenes.WIDTH, scenes.HEIGHT):
            return image
        small = cv2.resize(image, (recipe.width, recipe.height), interpolation=cv2.INTER_AREA)
        return small.astype(np.uint8)

    def jpeg(self, number: int, quality: int) -> bytes:
        flags = [
            cv2.IMWRITE_JPEG_QUALITY,
            quality,
            cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
            cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420,
        ]
        return bytes(cv2.imencode(".jpg", self.bgr(number), flags)[1].tobytes())


def _jpeg_frames(pictures: Pictures) -> list[list[bytes]]:
    recipe = pictures.recipe
    return [[pictures.jpeg(number, recipe.quality)] for number in range(recipe.gops)]


def _options(recipe: Recipe) -> dict[str, str]:
    keys = recipe.gop_frames
    if recipe.codec == "h264":
        return {
            "preset": "superfast",
            "qp": str(recipe.quality),
            "x264-params": (
                f"keyint={keys}:min-keyint={keys}:scenecut=0:bframes=0:sliced-threads=0:"
                f"threads=1:rc-lookahead=0:ipratio={recipe.key_ratio}:aud=0:mbtree=0"
            ),
        }
    return {
        "preset": "ultrafast",
        "x265-params": (
            f"keyint={keys}:min-keyint={keys}:scenecut=0:bframes=0:qp={recipe.quality}:"
            f"ipratio={recipe.key_ratio}:pools=none:frame-threads=1:log-level=error:repeat-headers=1:"
            "open-gop=0:rc-lookahead=0"
        ),
    }


def _coded_frames(pictures: Pictures) -> list[list[bytes]]:
    recipe = pictures.recipe
    encoder = {"h264": "libx264", "h265": "libx265"}[recipe.codec]
    context = av.CodecContext.create(encoder, "w")
    assert isinstance(context, av.VideoCodecContext)
    context.width, context.height = recipe.width, recipe.height
    context.pix_fmt = "yuv420p"
    context.time_base = Fraction(1, recipe.fps)
    context.framerate = Fraction(recipe.fps, 1)
    context.options = _options(recipe)
    packets = []
    for number in range(recipe.gops * recipe.gop_frames):
        planes = cv2.cvtColor(pictures.bgr(number), cv2.COLOR_BGR2YUV_I420)
        frame = av.VideoFrame.from_ndarray(planes.astype(np.uint8), format="yuv420p")
        frame.pts = number
        packets += context.encode(frame)
    packets += context.encode(None)
    frames = [_without_notes(recipe.codec, rtp.nal_units(bytes(packet))) for packet in packets]
    return [_torn(frame) for frame in frames] if recipe.look == "corrupt" else frames


def _torn(units: list[bytes]) -> list[bytes]:
    """With a stretch of each H.264 slice's bits turned: no decoder gets through it."""
    torn = []
    for unit in units:
        if unit[0] & 31 in (1, 5) and len(unit) > 200:
            middle = len(unit) // 2
            turned = bytes(byte ^ 0x5A or 1 for byte in unit[middle : middle + 60])
            unit = unit[:middle] + turned + unit[middle + 60 :]
        torn.append(unit)
    return torn


def _without_notes(codec: str, units: list[bytes]) -> list[bytes]:
    """Drop the encoder's own note (SEI user data), which cameras do not send."""
    if codec == "h264":
        return [unit for unit in units if unit[0] & 31 != 6]
    return [unit for unit in units if unit[0] >> 1 & 63 not in (39, 40)]


def _payloads(codec: str, units: list[bytes]) -> list[bytes]:
    if codec == "mjpeg":
        return rtp.jpeg_payloads(units[0])
    return rtp.h264_payloads(units) if codec == "h264" else rtp.h265_payloads(units)


def _fmtp(codec: str, units: list[bytes]) -> str:
    def text(unit: bytes) -> str:
        return base64.b64encode(unit).decode()

    if codec == "h264":
        sps = next(unit for unit in units if unit[0] & 31 == 7)
        pps = next(unit for unit in units if unit[0] & 31 == 8)
        sets = f"{text(sps)},{text(pps)}"
        return (
            f"packetization-mode=1; profile-level-id={sps[1:4].hex().upper()}; "
            f"sprop-parameter-sets={sets}"
        )
    if codec == "h265":
        by_kind = {unit[0] >> 1 & 63: unit for unit in units}
        names = {32: "sprop-vps", 33: "sprop-sps", 34: "sprop-pps"}
        sets = "; ".join(f"{name}={text(by_kind[kind])}" for kind, name in names.items())
        return f"profile-id=1; {sets}"
    return ""
