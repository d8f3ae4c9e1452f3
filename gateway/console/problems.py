"""What can be wrong with a request to the console."""

from typing import Final

from gateway.http_server import ProblemType

UNAUTHORIZED: Final = ProblemType(
    "admin-unauthorized", 401, "Admin token wanted", "Send the admin token: Authorization: Bearer TOKEN."
)
FOREIGN_HOST: Final = ProblemType(
    "foreign-host", 403, "Foreign host", "The console does not go by this name; [admin] allowed_hosts can add it."
)
FOREIGN_ORIGIN: Final = ProblemType(
    "foreign-origin", 403, "Foreign origin", "Only the console's own page, or a program with the token, may ask this."
)
BAD_QUERY: Final = ProblemType(
    "bad-query", 400, "Bad query", "status, channel, before or limit is not one of the values that it can have."
)
SPOOL_UNAVAILABLE: Final = ProblemType(
    "spool-unavailable", 503, "Spool unavailable", "The spool cannot be read now; readiness says more."
)

BAD_ADDRESS: Final = ProblemType(
    "bad-address", 422, "Bad address", 'Send {"address": …} with one e-mail address or one phone number.'
)
NOT_STORED: Final = ProblemType(
    "not-stored", 503, "Not stored", "Spool or keyring cannot be used now: it may be that nothing was done. Ask again."
)

CONSOLE_PROBLEMS: Final = (
    UNAUTHORIZED,
    FOREIGN_HOST,
    FOREIGN_ORIGIN,
    BAD_QUERY,
    SPOOL_UNAVAILABLE,
    BAD_ADDRESS,
    NOT_STORED,
)
