"""`glossator`: the group of commands. Each command is a module of its own, imported only when it is used."""

from __future__ import annotations

from importlib import import_module

import click

from iiif_store.errors import GlossatorError
from ml_backends.types import BackendUnavailable, UnknownBackend

COMMANDS = {
    "add": "register a manifest, a whole collection or a folder of scans",
    "backends": "list what can read pictures, or add weights of your own",
    "check": "say what is wrong with this installation",
    "delete": "take a source out",
    "engine": "run the process that computes",
    "evaluate": "measure a backend on a data set",
    "export": "write the annotations of a source in other formats, or as a static site",
    "import": "read annotations from files of other programs",
    "refresh": "ask a publisher again for a manifest and its pictures",
    "reindex": "make the search index again, or bring it up to date",
    "run": "annotate one manifest into files, without a server",
    "serve": "run everything on this machine",
    "store": "look after the data directory",
    "token": "make, list and withdraw tokens that may write",
    "train": "train a backend on your own material",
    "worker": "compute for an engine on another machine",
}


class LazyGroup(click.Group):
    """Lists commands without importing them, so that `--help` does not load torch."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"server.commands.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (GlossatorError, BackendUnavailable) as error:
            raise click.ClickException(str(error)) from error
        except UnknownBackend as error:
            raise click.ClickException(str(error.args[0])) from error


@click.group(cls=LazyGroup, context_settings={"auto_envvar_prefix": "GLOSSATOR", "help_option_names": ["-h", "--help"]})
@click.version_option(package_name="glossator")
def main() -> None:
    """An IIIF-native annotation server with ML backends."""
