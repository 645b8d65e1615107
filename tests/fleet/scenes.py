"""Moving street scenes drawn with numpy and OpenCV: what a healthy camera would see, and what a
faulty one shows in its place. Pictures are BGR, uint8, shape (height, width, 3).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
Field = npt.NDArray[np.float32]

WIDTH, HEIGHT = 1920, 1080
HORIZON = 430
_CAR_COLOURS = ((36, 36, 160), (190, 190, 195), (40, 40, 42), (150, 90, 40), (60, 130, 190))


def _cloud(rng: np.random.Generator, size: tuple[int, int], octaves: tuple[int, ...]) -> Field:
    """Noise of several scales, about -1 to 1, shape `size`."""
    total = np.zeros(size, np.float32)
    for octave in octaves:
        coarse = rng.standard_normal((size[0] // octave + 2, size[1] // octave + 2))
        grown = cv2.resize(
            coarse.astype(np.float32), (size[1], size[0]), interpolation=cv2.INTER_CUBIC
        )
        total += grown / len(octaves)
    return total


def _texture(image: Image, mask: Image, noise: Field, strength: float) -> None:
    shaded = image.astype(np.float32) + (noise * strength)[..., None]
    np.copyto(image, np.clip(shaded, 0, 255).astype(np.uint8), where=mask[..., None] > 0)


def _polygon(
    image: Image, mask: Image, points: list[tuple[int, int]], colour: tuple[int, ...]
) -> None:
    corners = np.array(points, np.int32)
    cv2.fillPoly(image, [corners], colour)
    cv2.fillPoly(mask, [corners], 255)


def _sky(image: Image, rng: np.random.Generator) -> None:
    ramp = np.linspace(0, 1, HORIZON, dtype=np.float32)[:, None, None]
    top = np.array((205, 165, 120), np.float32)
    low = np.array((225, 215, 205), np.float32)
    clouds = _cloud(rng, (HORIZON, WIDTH), (240, 90, 30, 6))[..., None] * 30
    sky = top * (1 - ramp) + low * ramp + np.maximum(clouds, -14)
    image[:HORIZON] = np.clip(sky, 0, 250).astype(np.uint8)


def _ground(image: Image, rng: np.random.Generator) -> None:
    fine = _cloud(rng, (HEIGHT, WIDTH), (2, 5, 90))
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    everything = [(0, HORIZON), (WIDTH, HORIZON), (WIDTH, HEIGHT), (0, HEIGHT)]
    _polygon(image, mask, everything, (118, 126, 130))
    _texture(image, mask, fine, 30)
    mask[:] = 0
    _polygon(
        image, mask, [(880, HORIZON), (1010, HORIZON), (1790, HEIGHT), (60, HEIGHT)], (92,) * 3
    )
    _texture(image, mask, fine, 20)
    for lane in (-1, 0, 1):
        for step in range(14):
            near, far = 1.16**step * 0.12, 1.16**step * 0.12 + 0.028 * 1.16**step
            _lane_mark(image, lane, near, far)


def _road_point(lane: float, depth: float) -> tuple[int, int]:
    """Where a point of the road is seen: lane -2 (left edge) to 2, depth 0 (far) to 1 (near)."""
    centre = 945 + (925 - 945) * depth
    half = 65 + (865 - 65) * depth
    return int(centre + lane / 2 * half), int(HORIZON + (HEIGHT - HORIZON) * depth)


def _lane_mark(image: Image, lane: int, near: float, far: float) -> None:
    width = 0.018
    corners = [
        _road_point(lane - width, near),
        _road_point(lane + width, near),
        _road_point(lane + width, far),
        _road_point(lane - width, far),
    ]
    cv2.fillPoly(image, [np.array(corners, np.int32)], (205, 212, 214))


def _building(image: Image, rng: np.random.Generator, left: int, right: int, top: int) -> None:
    bottom = HORIZON + int(rng.integers(40, 120))
    base = int(rng.integers(110, 185))
    colour = tuple(base + int(shift) for shift in rng.integers(-22, 23, 3))
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    _polygon(image, mask, [(left, top), (right, top), (right, bottom), (left, bottom)], colour)
    _texture(image, mask, _cloud(rng, (HEIGHT, WIDTH), (2, 4, 120)), 26)
    pitch_x, pitch_y = int(rng.integers(34, 54)), int(rng.integers(44, 62))
    for y in range(top + 18, bottom - pitch_y, pitch_y):
        for x in range(left + 12, right - pitch_x, pitch_x):
            shade = int(rng.integers(25, 90))
            cv2.rectangle(
                image,
                (x, y),
                (x + pitch_x - 16, y + pitch_y - 20),
                (shade + 16, shade + 6, shade),
                -1,
            )
            cv2.rectangle(image, (x, y), (x + pitch_x - 16, y + pitch_y - 20), (210, 210, 206), 2)
            cv2.line(image, (x + 9, y), (x + 9, y + pitch_y - 20), (200, 200, 198), 1)


def _tree(image: Image, rng: np.random.Generator, x: int, foot: int, size: int) -> None:
    cv2.rectangle(image, (x - size // 14, foot - size), (x + size // 14, foot), (38, 52, 66), -1)
    leaves = int(size * 16)
    angle = rng.uniform(0, 2 * np.pi, leaves)
    radius = np.sqrt(rng.uniform(0, 1, leaves)) * size * 0.62
    xs = (x + np.cos(angle) * radius * 1.1).astype(int)
    ys = (foot - size * 1.15 + np.sin(angle) * radius).astype(int)
    light = rng.integers(-26, 44, leaves)
    for px, py, shift in zip(xs.tolist(), ys.tolist(), light.tolist(), strict=True):
        colour = (38 + shift // 2, 92 + shift, 62 + shift)
        cv2.ellipse(image, (px, py), (5, 3), shift * 4, 0, 360, colour, -1)


def street(seed: int) -> Image:
    """The still part of a street scene, a different street for each seed."""
    rng = np.random.default_rng(seed)
    image: Image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    _sky(image, rng)
    _ground(image, rng)
    edge = 0
    while edge < WIDTH - 60:
        width = int(rng.integers(150, 330))
        if not 780 < edge + width // 2 < 1060:
            _building(image, rng, edge, min(edge + width, WIDTH), int(rng.integers(60, 300)))
        edge += width + int(rng.integers(0, 24))
    for _ in range(7):
        left = bool(rng.integers(2))
        depth = float(rng.uniform(0.05, 0.5))
        x, foot = _road_point(-2.5 if left else 2.5, depth)
        _tree(image, rng, x, foot, int(90 + 240 * depth))
    return image


def _car(image: Image, lane: float, depth: float, colour: tuple[int, int, int]) -> None:
    x, foot = _road_point(lane, depth)
    width, height = int(30 + 230 * depth), int(24 + 170 * depth)
    cv2.ellipse(image, (x, foot), (int(width * 0.62), height // 7), 0, 0, 360, (48, 48, 50), -1)
    top = foot - height
    cv2.rectangle(
        image, (x - width // 2, foot - int(height * 0.6)), (x + width // 2, foot), colour, -1
    )
    roof = [
        (x - int(width * 0.36), top),
        (x + int(width * 0.36), top),
        (x + width // 2, foot - int(height * 0.58)),
        (x - width // 2, foot - int(height * 0.58)),
    ]
    cv2.fillPoly(image, [np.array(roof, np.int32)], tuple(c * 3 // 4 for c in colour))
    glass = (x - int(width * 0.3), top + height // 14, int(width * 0.6), int(height * 0.26))
    cv2.rectangle(image, glass, (92, 80, 66), -1)
    lamp = max(2, width // 12)
    for side in (-1, 1):
        cv2.circle(
            image, (x + side * int(width * 0.4), foot - height // 3), lamp, (60, 60, 215), -1
        )
        wheel = (x + side * int(width * 0.36), foot)
        cv2.circle(image, wheel, max(3, height // 7), (24, 24, 24), -1)
    plate = (x - width // 8, foot - int(height * 0.26), width // 4, max(3, height // 9))
    cv2.rectangle(image, plate, (165, 92, 40), -1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One camera's view over time. `night` is the infra-red picture without colour."""

    still: Image
    grain: tuple[npt.NDArray[np.int16], ...]
    seed: int
    night: bool
    noise: float


def scene(seed: int, *, night: bool = False, noise: float = 3.0) -> Scene:
    """Prepare a scene; `noise` is the sensor's standard deviation in grey levels."""
    rng = np.random.default_rng(seed + 1000)
    still = street(seed)
    if night:
        still = _infra_red(still)
    grain = tuple(
        np.rint(rng.standard_normal((HEIGHT, WIDTH)) * noise).astype(np.int16) for _ in range(4)
    )
    return Scene(still=still, grain=grain, seed=seed, night=night, noise=noise)


def _infra_red(still: Image) -> Image:
    """Black and white, lit by the camera's own lamp: bright in the middle, dim at the edges."""
    grey = cv2.cvtColor(still, cv2.COLOR_BGR2GRAY).astype(np.float32)
    grey[:HORIZON] *= 0.72
    ys, xs = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    reach = np.exp(-(((xs - 960) / 1150) ** 2 + ((ys - 660) / 700) ** 2))
    lit = np.clip(grey * (0.36 + 0.62 * reach), 0, 255).astype(np.uint8)
    return _grey(lit)


def _grey(picture: Image) -> Image:
    """A picture of one plane as BGR."""
    return np.repeat(picture[..., None], 3, axis=2)


def moving(view: Scene, second: float) -> Image:
    """The scene at a time, cars where they are by then, without sensor noise."""
    image = view.still.copy()
    cars = []
    for index in range(6):
        lane = (-1.5, -0.5, 0.5, 1.5)[(index + view.seed) % 4]
        speed = 0.05 + 0.017 * ((index * 7 + view.seed) % 5)
        way = (second * speed + index * 0.17 + view.seed * 0.13) % 1.0
        depth = way if lane > 0 else 1.0 - way
        cars.append((0.04 + depth * depth * 0.9, lane, _CAR_COLOURS[(index + view.seed) % 5]))
    for depth, lane, colour in sorted(cars):
        _car(image, lane, depth, colour)
    if view.night:
        return _grey(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(np.uint8))
    return image


def grained(view: Scene, image: Image, number: int) -> Image:
    """With the noise of the sensor, differing from frame to frame."""
    shift = (number * 37 % HEIGHT, number * 101 % WIDTH)
    noise = np.roll(view.grain[number % len(view.grain)], shift, (0, 1))
    noisy: npt.NDArray[np.int16] = image.astype(np.int16) + noise[..., None]
    return noisy.clip(0, 255).astype(np.uint8)


def overlay(image: Image, name: str, stamp: str) -> Image:
    """Burn in the time and the name, white with a dark rim, as recorders do."""
    for text, place in ((stamp, (40, 78)), (name, (1380, 1036))):
        cv2.putText(image, text, place, cv2.FONT_HERSHEY_DUPLEX, 1.7, (24, 24, 24), 8, cv2.LINE_AA)
        cv2.putText(
            image, text, place, cv2.FONT_HERSHEY_DUPLEX, 1.7, (250, 250, 250), 3, cv2.LINE_AA
        )
    return image


def _healthy(view: Scene, second: float, number: int) -> Image:
    return grained(view, moving(view, second), number)


def _flat(colour: tuple[int, int, int]) -> Callable[[Scene, float, int], Image]:
    def picture(view: Scene, second: float, number: int) -> Image:
        return np.full((HEIGHT, WIDTH, 3), colour, np.uint8)

    return picture


def _dark(view: Scene, second: float, number: int) -> Image:
    """Lamp and aperture failed: a twentieth of the light, and the sensor's noise."""
    dim = (moving(view, second).astype(np.float32) * 0.06 + 2).astype(np.uint8)
    return grained(view, dim, number)


def _overexposed(view: Scene, second: float, number: int) -> Image:
    washed = np.clip(moving(view, second).astype(np.float32) * 2.0 + 120, 0, 255)
    return grained(view, washed.astype(np.uint8), number)


def _blurred(view: Scene, second: float, number: int) -> Image:
    """Out of focus: the light is blurred by the lens, the sensor's noise is not."""
    small = cv2.resize(
        moving(view, second), (WIDTH // 4, HEIGHT // 4), interpolation=cv2.INTER_AREA
    )
    soft = cv2.resize(cv2.GaussianBlur(small, (0, 0), 4.5), (WIDTH, HEIGHT))
    noisy = soft.astype(np.float32) + view.grain[number % 4][..., None] * 0.4
    return np.clip(noisy, 0, 255).astype(np.uint8)


def _frozen(view: Scene, second: float, number: int) -> Image:
    return _healthy(view, 7.0, 3)


Painter = Callable[[Scene, float, int], Image]

PAINTERS: dict[str, Painter] = {
    "healthy": _healthy,
    "black": _flat((0, 0, 0)),
    "blue": _flat((200, 40, 16)),
    "dark": _dark,
    "overexposed": _overexposed,
    "blurred": _blurred,
    "frozen": _frozen,
}


def picture(view: Scene, painter: Painter, second: float, number: int) -> Image:
    """What the camera sends at a time: painted, then stamped. A frozen picture's clock stands
    still with it."""
    shown = 7.0 if painter is PAINTERS["frozen"] else second
    return overlay(painter(view, second, number), f"CAM {view.seed:02d} TONGCHENG", _stamp(shown))


def _stamp(second: float) -> str:
    minutes, rest = divmod(int(second), 60)
    return f"2026-03-14 10:{minutes + 8:02d}:{rest:02d}"
