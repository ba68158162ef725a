"""``python -m ot_server`` is ``ot-server``."""

from ot_server.cli import cli

__all__ = ["main"]


def main() -> None:
    """Run the command line."""
    cli(prog_name="ot-server")


if __name__ == "__main__":
    main()
