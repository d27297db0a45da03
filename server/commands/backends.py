"""`glossator backends`: what can read pictures here."""

from __future__ import annotations

from pathlib import Path

import click

from ml_backends.register import register_weights
from ml_backends.types import BackendUnavailable
from server.settings import Settings
from server.wiring import registry_of


@click.group(name="backends", invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> None:
    """List what can read pictures; with a command, add weights of your own or choose a version."""
    if context.invoked_subcommand:
        return
    registry = registry_of(Settings())
    for name in registry.names():
        for version in registry.versions(name):
            mark = "*" if version == registry.promoted(name) else " "
            problem = registry.problem(name, version)
            try:
                title = registry.info(name, version).title
            except BackendUnavailable:
                title = ""
            click.echo(f"{mark} {name:20} {version:14} {title}{f'  ({problem})' if problem else ''}")
    click.echo("* is what the name alone means.", err=True)


@command.command()
@click.argument("weights", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--name", required=True, help="what the backend, and its layer, is called")
@click.option("--version", "version", default="1", show_default=True)
def add(weights: Path, name: str, version: str) -> None:
    """Make WEIGHTS (ultralytics: .pt or .onnx) a backend of its own. A .pt file is read without running what it holds;
    it is refused if it holds more than a network."""
    settings = Settings()
    try:
        card = register_weights(weights, name, version, settings.data / "models")
    except (ValueError, FileExistsError) as error:
        raise click.ClickException(f"{error}.") from error
    meant = registry_of(settings).info(name).version
    alone = f"--backend {name}" if meant == version else f"--backend {name}@{version}; {name} alone is {meant}"
    click.echo(f"{name} {version} finds {', '.join(card.labels)}. Use it with {alone}.")


@command.command()
@click.argument("name")
@click.argument("version")
def promote(name: str, version: str) -> None:
    """Make VERSION what NAME alone means. Pages of the earlier version are kept."""
    registry_of(Settings()).promote(name, version)
    click.echo(f"{name} is {version} from now on.")
