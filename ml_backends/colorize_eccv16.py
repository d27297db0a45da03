"""The colouriser of Zhang, Isola and Efros (ECCV 2016), with the weights that its authors published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_backends.colorize_published import Published

if TYPE_CHECKING:
    from torch import nn


class Eccv16(Published):
    """Vivid colours, not always the right ones."""

    def network(self) -> nn.Module:
        """See `Published`."""
        from ml_backends.colour.published import ECCVGenerator

        return ECCVGenerator()
