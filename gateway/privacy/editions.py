"""The published versions of the disclosure, read back from the spool."""

from collections.abc import Sequence

from gateway.privacy.disclosure import UnreadableDisclosureError, read_stored
from gateway.privacy.notice import Edition
from gateway.spool.disclosures import StoredDisclosure


def editions_of(stored: Sequence[StoredDisclosure]) -> Sequence[Edition]:
    """Read stored versions, in their order."""
    return [_edition(each) for each in stored]


def _edition(stored: StoredDisclosure) -> Edition:
    try:
        return Edition(stored.version, stored.since, read_stored(stored.body))
    except UnreadableDisclosureError:
        return Edition(stored.version, stored.since, None)
