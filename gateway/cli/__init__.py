"""The command `umschlag`."""

import logging
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final

import click

from gateway import __version__
from gateway.cli.command import FAILED, WRONG_USE, Group, usage_text
from gateway.cli.output import print_problems, say

# Each is in the module of its name, which is imported when it is called: the list of commands is there at once.
_COMMANDS: Final = {
    "serve": "Run the gateway until it is told to stop.",
    "check": "Check the configuration and explain the routes.",
    "send": "Send one message through a running gateway.",
    "clients": "Add, list and end the programs that may send.",
    "providers": "List types of providers, check and try them.",
    "messages": "See what became of messages.",
    "notice": "Print the privacy notice as Markdown.",
    "record": "Print the record of processing activities as Markdown.",
    "processors": "List the companies that receive fields of messages, and which.",
    "retention": "See how old what is kept is, and purge.",
    "subject": "Answer the person behind a recipient.",
    "audit": "See what operators did.",
    "doctor": "Name what the machine could give away.",
    "keys": "See the keys that content is sealed with.",
}


class _Umschlag(Group):
    """The command with its subcommands."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's own signature)
        """Return the names in the order in which one needs them."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 (click's own signature)
        """Import and return one command."""
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"gateway.cli.{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 (click's own signature)
        """Write the list without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(cls=_Umschlag, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="umschlag", message="%(prog)s %(version)s")
def umschlag() -> None:
    """A messaging gateway that hands on the documented fields of a mail or SMS, and nothing else.

    Exit status: 0 done, 1 failed, 2 wrong usage or configuration.
    """


def main() -> None:
    """Run the command line and end the process with its exit status."""
    # What libraries would write has values in it; `serve` turns it into events.
    logging.getLogger().addHandler(logging.NullHandler())
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit status; whatever goes wrong is told in one line, never with a traceback."""
    try:
        status = umschlag.main(list(arguments), prog_name="umschlag", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        say(error.message)
        return WRONG_USE
    except click.UsageError as error:
        say(f"{error.ctx.command_path if error.ctx else 'umschlag'}: {usage_text(error)} (--help tells more)")
        return WRONG_USE
    except click.ClickException as error:
        say(f"umschlag: {error.message}")
        return FAILED
    except (click.Abort, KeyboardInterrupt):
        return FAILED
    except Exception as error:  # noqa: BLE001 (the outermost guard: an exception's text can hold a value)
        return _status_of(error)
    return status if isinstance(status, int) else 0


def _status_of(error: Exception) -> int:
    """Tell an exception that is not click's, and return the exit status."""
    from gateway.config import ConfigError

    if isinstance(error, ConfigError):
        print_problems(error.problems)
        return WRONG_USE
    say(f"umschlag: failed unexpectedly ({type(error).__name__})")
    return FAILED
