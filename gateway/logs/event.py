"""The closed list of events: all that a log line can be about."""

from enum import StrEnum


class Event(StrEnum):
    """What happened; a line about anything else is not written."""

    # the process
    STARTED = "started"
    LISTENING = "listening"
    CERTIFICATE_RENEWED = "certificate_renewed"
    CERTIFICATE_REFUSED = "certificate_refused"  # the old one goes on
    DRAINING = "draining"
    STOPPED = "stopped"
    SIGNAL = "signal"
    WORKER_ENDED = "worker_ended"  # one of several processes; it is started again
    WRITER_ENDED = "writer_ended"  # the process that writes the spool, and with it this one
    CONFIG_PROBLEM = "config_problem"
    RELOADED = "reloaded"
    RELOAD_REFUSED = "reload_refused"  # the old configuration keeps running
    RESTART_NEEDED = "restart_needed"  # a key was changed that a reload does not follow
    WATCH_FAILED = "watch_failed"  # changes of the file are not seen; SIGHUP still reloads

    # intake
    AUTH_REFUSED = "auth_refused"
    INTAKE_REFUSED = "intake_refused"
    MESSAGE_ACCEPTED = "message_accepted"
    SENDER_DOUBTFUL = "sender_doubtful"  # accepted, but the recipient's country is known not to take this sender ID
    REQUEST_FAILED = "request_failed"  # a bug of ours: the client got 500, or 451 over SMTP
    REPORT_RECEIVED = "report_received"
    REPORT_REFUSED = "report_refused"

    # delivery
    ATTEMPT_ENDED = "attempt_ended"
    ATTEMPT_FAILED = "attempt_failed"  # a bug in an adapter: it raised
    MESSAGE_FINISHED = "message_finished"
    MESSAGE_EXPIRED = "message_expired"
    CIRCUIT_OPENED = "circuit_opened"
    CIRCUIT_CLOSED = "circuit_closed"
    ACCOUNT_REFUSED = "account_refused"  # key, credit or contract: only an operator can do something about it
    ACCOUNT_ACCEPTED = "account_accepted"  # again
    CLOCK_SET_BACK = "clock_set_back"
    CLOCK_SET_FORWARD = "clock_set_forward"  # or the machine slept
    LEASE_LOST = "lease_lost"
    RECOVERED = "recovered"
    AGREEMENT_CHANGED = "agreement_changed"  # of a client: what waits is held to it
    CONTENT_GONE = "content_gone"
    CONTENT_CORRUPT = "content_corrupt"
    ERASED_THERE = "erased_there"  # a provider erased a message that was erased here
    ERASURE_PUT_OFF = "erasure_put_off"  # it did not yet, and is asked again
    ERASURE_REFUSED = "erasure_refused"  # and never will
    ERASURES_GIVEN_UP = "erasures_given_up"  # it did not for so long that it is asked no more
    POLL_FAILED = "poll_failed"  # a provider was asked what became of a message, and gave no answer
    EVENT_FAILED = "event_failed"  # a callback to the client program was not taken
    EVENTS_PAUSED = "events_paused"  # nothing reached it for long, or it wants no more; until its operator asks again

    # the spool, its keys, retention
    SPOOL_UNAVAILABLE = "spool_unavailable"
    SPOOL_FULL = "spool_full"
    SPOOL_STALLED = "spool_stalled"
    SPOOL_RECOVERED = "spool_recovered"
    RESTORED = "restored"  # the spool was put back from a copy; so many messages are held
    CHECKPOINT_BLOCKED = "checkpoint_blocked"
    KEY_CREATED = "key_created"
    KEYS_DESTROYED = "keys_destroyed"
    KEY_MISSING = "key_missing"  # the one that proves clients' keys; another one was made, and they fit no more
    KEYRING_UNAVAILABLE = "keyring_unavailable"
    CLOCK_REFUSED = "clock_refused"  # it does not fit to when the keys were last used: nothing is sealed or destroyed
    PURGED = "purged"
    RETENTION_FAILED = "retention_failed"
    RETENTION_OVERDUE = "retention_overdue"
    RETENTION_KEPT = "retention_kept"  # no longer overdue

    # the operator
    ADMIN_LOGIN = "admin_login"
    ADMIN_REFUSED = "admin_refused"

    # what others would have written: libraries' records, warnings, exceptions that nobody caught
    LIBRARY_RECORD = "library_record"
    LIBRARY_WARNING = "library_warning"
    TASK_FAILED = "task_failed"
    THREAD_FAILED = "thread_failed"
    CRASHED = "crashed"
