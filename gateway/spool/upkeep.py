"""What operators ask of the spool in the name of persons, and what keeps it honest, as one protocol."""

from typing import Protocol

from gateway.spool.audit import AuditStore
from gateway.spool.erasures import ErasureStore
from gateway.spool.restore import RestoreStore
from gateway.spool.stalls import StallStore
from gateway.spool.subjects import SubjectStore


class UpkeepStore(SubjectStore, ErasureStore, AuditStore, RestoreStore, StallStore, Protocol):
    """Persons, what providers are to erase, the audit, copies that are put back, and disks that hang."""
