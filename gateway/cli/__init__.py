"""The command `umschlag`."""

import logging
import sys
from collections.abc import Sequence

import click

from gateway import __version__
from gateway.cli.check import check
from gateway.cli.clients import clients
from gateway.cli.command import FAILED, WRONG_USE, Group, usage_text
from gateway.cli.keys import keys
from gateway.cli.messages import messages
from gateway.cli.output import print_problems, say
from gateway.cli.providers import providers
from gateway.cli.retention import retention
from gateway.cli.send import send
from gateway.cli.serve import serve
from gateway.config import ConfigError


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="umschlag", message="%(prog)s %(version)s")
def umschlag() -> None:
    """A messaging gateway that hands on the documented fields of a mail or SMS, and nothing else.

    Exit status: 0 done, 1 failed, 2 wrong usage or configuration.
    """


for _command in (serve, check, send, clients, providers, messages, retention, keys):
    umschlag.add_command(_command)


def main() -> None:
    """Run the command line and end the process with its exit status."""
    # What libraries would write has values in it; `serve` turns it into events.
    logging.getLogger().addHandler(logging.NullHandler())
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit status; whatever goes wrong is told in one line, never with a traceback."""
    try:
        status = umschlag.main(list(arguments), prog_name="umschlag", standalone_mode=False)
    except ConfigError as error:
        print_problems(error.problems)
        return WRONG_USE
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
        say(f"umschlag: failed unexpectedly ({type(error).__name__})")
        return FAILED
    return status if isinstance(status, int) else 0
