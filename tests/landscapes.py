"""Small pictures in colour that a colouriser can learn something from."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw


def landscape(number: int) -> Image.Image:
    """Sky above, a red house, grass below: each number another one, always the same."""
    random = np.random.default_rng(number)
    picture = Image.new("RGB", (120 + 7 * number, 90), (120, 170, 230))
    draw, horizon = ImageDraw.Draw(picture), int(random.integers(35, 60))
    draw.rectangle((0, horizon, picture.width, 90), fill=(70, 130 - number, 40))
    left = int(random.integers(5, 80))
    draw.rectangle((left, horizon - 15, left + 25, horizon + 5), fill=(170, 50, 40))
    noise = random.normal(0, 6, (*picture.size[::-1], 1))
    return Image.fromarray((np.asarray(picture) + noise).clip(0, 255).astype(np.uint8))
