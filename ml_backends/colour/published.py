"""The networks of two published colourisers, laid out so that their weights fit.

ECCV 2016: Zhang, Isola and Efros, "Colorful Image Colorization", arXiv 1603.08511, table 4.
SIGGRAPH 2017: Zhang, Zhu, Isola, Geng, Lin, Yu and Efros, "Real-Time User-Guided Image Colorization with Learned Deep
Priors", arXiv 1705.02999, table 3; used here without anybody's hints.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

MIDDLE, RANGE, REACH = 50.0, 100.0, 110.0
"""Both networks are given (L - MIDDLE) / RANGE and tell a and b divided by REACH."""
HINTS = 3
"""Channels of SIGGRAPH's input beside L: a, b, and where they are told."""


class ECCVGenerator(nn.Module):
    """(n, 1, height, width) L -> (n, 2, height / 4, width / 4) a and b; sides are multiples of 8."""

    def __init__(self) -> None:
        super().__init__()
        self.model1 = _stage(1, 64, 2, stride=2)
        self.model2 = _stage(64, 128, 2, stride=2)
        self.model3 = _stage(128, 256, 3, stride=2)
        self.model4 = _stage(256, 512, 3)
        self.model5 = _stage(512, 512, 3, dilation=2)
        self.model6 = _stage(512, 512, 3, dilation=2)
        self.model7 = _stage(512, 512, 3)
        finer = nn.ConvTranspose2d(512, 256, 4, 2, 1), nn.ReLU(), *_convolutions(256, 256, 2)
        self.model8 = nn.Sequential(*finer, nn.Conv2d(256, 313, 1))
        self.model_out = nn.Conv2d(313, 2, 1, bias=False)

    def forward(self, lightness: Tensor) -> Tensor:
        x = (lightness - MIDDLE) / RANGE
        for number in range(1, 9):
            x = getattr(self, f"model{number}")(x)
        return cast(Tensor, self.model_out(x.softmax(1)) * REACH)


class SIGGRAPHGenerator(nn.Module):
    """(n, 1, height, width) L -> (n, 2, height, width) a and b; sides are multiples of 8."""

    def __init__(self) -> None:
        super().__init__()
        self.model1 = _stage(1 + HINTS, 64, 2)
        self.model2 = _stage(64, 128, 2)
        self.model3 = _stage(128, 256, 3)
        self.model4 = _stage(256, 512, 3)
        self.model5 = _stage(512, 512, 3, dilation=2)
        self.model6 = _stage(512, 512, 3, dilation=2)
        self.model7 = _stage(512, 512, 3)
        self.model8up, self.model3short8 = _twice(512, 256), _across(256, 256)
        self.model8 = nn.Sequential(nn.ReLU(), *_stage(256, 256, 2))
        self.model9up, self.model2short9 = _twice(256, 128), _across(128, 128)
        self.model9 = nn.Sequential(nn.ReLU(), *_stage(128, 128, 1))
        self.model10up, self.model1short10 = _twice(128, 128), _across(64, 128)
        self.model10 = nn.Sequential(nn.ReLU(), nn.Conv2d(128, 128, 3, padding=1), nn.LeakyReLU(0.2))
        self.model_class = nn.Sequential(nn.Conv2d(256, 529, 1))  # in the file, for training only
        self.model_out = nn.Sequential(nn.Conv2d(128, 2, 1), nn.Tanh())

    def forward(self, lightness: Tensor) -> Tensor:
        x = (lightness - MIDDLE) / RANGE
        full = self.model1(torch.cat([x, x.new_zeros(x.shape[0], HINTS, *x.shape[2:])], 1))
        half = self.model2(full[..., ::2, ::2])
        quarter = self.model3(half[..., ::2, ::2])
        x = quarter[..., ::2, ::2]
        for number in (4, 5, 6, 7):
            x = getattr(self, f"model{number}")(x)
        x = self.model8(self.model8up(x) + self.model3short8(quarter))
        x = self.model9(self.model9up(x) + self.model2short9(half))
        x = self.model10(self.model10up(x) + self.model1short10(full))
        return cast(Tensor, self.model_out(x) * REACH)


def _stage(width_in: int, width: int, layers: int, stride: int = 1, dilation: int = 1) -> nn.Sequential:
    """Convolutions, the last one with the stride, and one normalisation at the end."""
    return nn.Sequential(*_convolutions(width_in, width, layers, stride, dilation), nn.BatchNorm2d(width))


def _convolutions(width_in: int, width: int, layers: int, stride: int = 1, dilation: int = 1) -> list[nn.Module]:
    made: list[nn.Module] = []
    for number in range(layers):
        step = stride if number == layers - 1 else 1
        first = width if number else width_in
        made += [nn.Conv2d(first, width, 3, step, padding=dilation, dilation=dilation), nn.ReLU()]
    return made


def _twice(width_in: int, width: int) -> nn.Sequential:
    return nn.Sequential(nn.ConvTranspose2d(width_in, width, 4, 2, 1))


def _across(width_in: int, width: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(width_in, width, 3, padding=1))
