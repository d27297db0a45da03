"""The version that a command is about to make, checked before the work and not after it."""

from __future__ import annotations

from pathlib import Path

import click

from ml_backends.register import free
from server.settings import Settings


def models_without(name: str, version: str, settings: Settings) -> Path:
    """The directory of the models. Raises ClickException where it, or a package, has that version already, and for a
    name that no version can have."""
    models = settings.data / "models"
    try:
        free(models, name, version)
    except (ValueError, FileExistsError) as error:
        raise click.ClickException(f"{error}.") from error
    return models
