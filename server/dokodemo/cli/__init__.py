"""The command line: one file per noun; each goes through actions, like the web does."""

import click


@click.group()
@click.version_option(package_name="dokodemo")
def main() -> None:
    """Dokodemo: companion of a managed Chromebook fleet."""
