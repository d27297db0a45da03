"""Our own network: lightness in, a distribution over colours out, and the colour that is taken from it.

A small U-Net without the two finest levels: colour is decided by what is seen in a wide neighbourhood, and the edges
come from the original's own lightness afterwards (see `lab.repaint`). Colour as a choice among a grid of ab values
follows Zhang, Isola and Efros, "Colorful Image Colorization" (ECCV 2016), as does taking the annealed mean.
"""

from __future__ import annotations

from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

STRIDE = 32
"""Height and width of the input must be multiples of it."""
CELL = 4
"""One colour is told for so many pixels of the input, across and down."""
STEP, REACH = 16, 96
"""The grid of colours, in units of Lab: a and b from -REACH to REACH."""
FLAT = 0.045
"""How much less a difference counts between vivid colours than between pale ones (CIE 1994, as in CIEDE2000)."""
WIDTHS = (16, 32, 64, 128, 192)
PLACE = 2
"""Channels that tell where in the picture a pixel is: skies are above, faces in the middle."""
BLOCKS = (1, 2, 2, 1)


class Block(nn.Module):
    """Two 3 x 3 convolutions beside a short cut (He et al., 2016)."""

    def __init__(self, width: int, dilation: int = 1) -> None:
        super().__init__()
        self.first = Layer(width, width)
        self.second = nn.Conv2d(width, width, 3, padding=dilation, dilation=dilation, bias=False)
        self.norm = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(x + self.norm(self.second(self.first(x))))


class Layer(nn.Sequential):
    """Convolution, batch normalisation, ReLU."""

    def __init__(self, width_in: int, width_out: int, stride: int = 1) -> None:
        super().__init__(
            nn.Conv2d(width_in, width_out, 3, stride, 1, bias=False), nn.BatchNorm2d(width_out), nn.ReLU(inplace=True)
        )


class Context(nn.Module):
    """Tells every place what the whole picture looks like: indoors or out, day or night, a face or a page."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.seen = nn.Sequential(
            nn.Linear(2 * width, width), nn.ReLU(), nn.Dropout(dropout), nn.Linear(width, 2 * width)
        )
        self.drop = nn.Dropout2d(dropout)

    def forward(self, x: Tensor) -> Tensor:
        summary = torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1)
        scale, shift = self.seen(summary)[:, :, None, None].chunk(2, 1)
        return cast(Tensor, self.drop(functional.relu(x * (1 + scale) + shift)))


class Painter(nn.Module):
    """(n, 1, height, width) lightness 0..100 -> (n, 2, height / 4, width / 4) a and b."""

    def __init__(self, dropout: float = 0.2) -> None:
        super().__init__()
        self.stem = Layer(1 + PLACE, WIDTHS[0], 2)
        self.down = nn.ModuleList(
            nn.Sequential(Layer(narrow, wide, 2), *(Block(wide) for _ in range(blocks)))
            for narrow, wide, blocks in zip(WIDTHS, WIDTHS[1:], BLOCKS, strict=False)
        )
        self.context = Context(WIDTHS[-1], dropout)
        self.reduce = nn.ModuleList(nn.Conv2d(wide, narrow, 1) for narrow, wide in pairwise(WIDTHS[1:]))
        self.up = nn.ModuleList(Block(width) for width in WIDTHS[1:-1])
        self.head = nn.Conv2d(WIDTHS[1], colours().shape[0], 1)
        self.colours: Tensor
        """What each choice is painted with: the grid, perhaps more vivid than the photographs had it."""
        self.commonness: Tensor
        """Logarithm of the share that each colour has of what was trained on."""
        self.boldness: Tensor
        """0: a colour is as likely as it was common; towards 1, only what is seen counts (Menon et al., 2021)."""
        self.temperature: Tensor
        self.register_buffer("colours", colours())
        self.register_buffer("commonness", torch.zeros(len(self.colours)))
        self.register_buffer("boldness", torch.tensor(0.0))
        self.register_buffer("temperature", torch.tensor(1.0))

    def set(self, boldness: float, temperature: float, vividness: float = 1.0) -> None:
        """How colours are chosen; `vividness` is what all of them are multiplied by."""
        self.boldness.fill_(boldness)
        self.temperature.fill_(temperature)
        self.colours.copy_(colours() * vividness)

    def forward(self, lightness: Tensor) -> Tensor:
        return self.chosen(self.seen(lightness))

    def chosen(self, logits: Tensor) -> Tensor:
        """The annealed mean of the distribution: the mean at temperature 1, the likeliest colour at 0.

        It is taken where distances are about those that people see: in ab the mean of grey and something vivid would
        be too much colour.
        """
        unbiased = logits.float() - self.boldness * self.commonness[:, None, None]
        share = functional.softmax(unbiased / self.temperature, 1)
        return _unflattened(torch.einsum("nkhw,kc->nchw", share, _flattened(self.colours)))

    def seen(self, lightness: Tensor) -> Tensor:
        """The logits of whole pictures: the mean of what is seen in them and in their mirror images."""
        both = torch.cat([lightness, lightness.flip(3)])
        plain, mirrored = self.logits(both, frame(both)).chunk(2)
        return (plain + mirrored.flip(3)) / 2

    def logits(self, lightness: Tensor, place: Tensor) -> Tensor:
        """(n, colours, height / 4, width / 4). `place` is (n, 2, height, width), see `frame`."""
        levels = [self.stem(torch.cat([lightness / 50 - 1, place], 1))]
        for down in self.down:
            levels.append(down(levels[-1]))
        x = self.context(levels.pop())
        for reduce, up in zip(reversed(self.reduce), reversed(self.up), strict=True):
            finer = levels.pop()
            x = up(finer + functional.interpolate(reduce(x), size=finer.shape[2:], mode="nearest"))
        return cast(Tensor, self.head(x))


def frame(lightness: Tensor) -> Tensor:
    """(n, 2, height, width): for a whole picture, how far down each pixel is, and how far from the middle across."""
    ones = torch.ones_like(lightness)
    down = (torch.cumsum(ones, 2) - 0.5) / ones.shape[2] * 2 - 1
    across = (torch.cumsum(ones, 3) - 0.5) / ones.shape[3] * 2 - 1
    return torch.cat([down, across.abs()], 1)


def _flattened(ab: Tensor) -> Tensor:
    """(k, 2) a and b, the chroma C made ln(1 + FLAT C) / FLAT."""
    chroma = ab.norm(dim=1, keepdim=True)
    return cast(Tensor, ab * (chroma * FLAT).log1p() / (chroma * FLAT).clamp_min(1e-6))


def _unflattened(ab: Tensor) -> Tensor:
    """The inverse, for (n, 2, h, w)."""
    length = ((ab**2).sum(1, keepdim=True) + 1e-9).sqrt() * FLAT
    return ab * (length.exp() - 1) / length


def colours() -> Tensor:
    """(k, 2): the grid of a and b, a slowest."""
    line = torch.arange(-REACH, REACH + 1, STEP, dtype=torch.float32)
    return torch.cartesian_prod(line, line)
