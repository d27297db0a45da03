"""The colouriser of Zhang et al. (SIGGRAPH 2017), with the weights that its authors published, without hints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_backends.colorize_published import Published

if TYPE_CHECKING:
    from torch import nn


class Siggraph17(Published):
    """Calmer colours than those of ECCV 2016."""

    def network(self) -> nn.Module:
        """See `Published`."""
        from ml_backends.colour.published import SIGGRAPHGenerator

        return SIGGRAPHGenerator()
