"""The command line: one file per noun; each goes through actions, like the web does.

A command's module is imported when the command is asked for: `dokodemo serve` never imports the simulated city.
"""

from importlib import import_module

import click

COMMANDS = {
    "audit": "audit:group",
    "backup": "backup:backup",
    "data-map": "data_map:data_map",
    "demo": "demo:demo",
    "demo-serve": "demo_serve:demo_serve",
    "demo-city": "demo_city:demo_city",
    "doctor": "doctor:doctor",
    "export": "export:group",
    "extension": "extension:group",
    "import": "import_:group",
    "migrate": "migrate:migrate",
    "people": "people:group",
    "rebuild": "rebuild:rebuild",
    "restore": "backup:restore",
    "roles": "roles:group",
    "serve": "serve:serve",
    "settings": "settings:group",
    "simulate": "simulate:simulate",
    "verify-log": "verify_log:verify_log",
    "worker": "worker:worker",
}
"""Name → module:object inside this package."""

HIDDEN = {"demo-serve", "demo-city"}  # processes of `dokodemo demo`


class Lazy(click.Group):
    """Imports a command's module when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Commands for people."""
        return sorted(set(COMMANDS) - HIDDEN)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name, None when there is none."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(f"dokodemo.cli.{module}"), name)
        return command


@click.group(cls=Lazy)
@click.version_option(package_name="dokodemo")
def main() -> None:
    """Dokodemo: companion of a managed Chromebook fleet."""
