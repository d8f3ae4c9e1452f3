"""What outlives the process, opened for a gateway that starts: the spool and the keyring."""

import asyncio
import signal
from functools import partial
from pathlib import Path
from typing import NoReturn

from gateway.config import Configuration
from gateway.logs import Event, Log
from gateway.spool.keyring import Keyring, KeyringError, the_keyring
from gateway.spool.open import open_store
from gateway.spool.sqlite.writer_process import WriterProcess, end_at_once
from gateway.spool.store import Store, StoreUnavailableError


class StartError(Exception):
    """The gateway cannot start; the message says why in one line, without values."""


async def open_state(
    configuration: Configuration, log: Log, writer: WriterProcess | None = None
) -> tuple[Store, Keyring]:
    """Open spool and keyring; without a process that writes the spool a thread does. Raises StartError."""
    settings, base = configuration.settings, configuration.folder
    if writer is not None:
        writer.lost = partial(_end_without, log)
    try:
        keyring = await asyncio.to_thread(the_keyring, settings, base=base)
        if keyring.has_lost_auth:
            log.error(Event.KEY_MISSING)
        return await open_store(settings.spool.url, base=base, port=writer), keyring
    except KeyringError as error:
        raise StartError(f"the keyring cannot be used: {error}") from None
    except StoreUnavailableError as error:
        raise StartError(f"the spool cannot be used: {error}") from None


def _end_without(log: Log, status: int | None) -> NoReturn:
    """End as a crash does: what the process had that wrote the spool has an unknown end, as after any crash."""
    log.error(Event.WRITER_ENDED, signal=signal.Signals(-status).name if status is not None and status < 0 else None)
    end_at_once()


def token_file(configuration: Configuration) -> Path:
    """Return where the admin token is."""
    return configuration.settings.admin.token_file or configuration.home / "admin.token"
