"""RateLimit headers: how a client stands with its limits (draft-ietf-httpapi-ratelimit-headers-11)."""

from functools import lru_cache

from gateway.core.rate import Rate
from gateway.http_server.answer import HeaderPairs
from gateway.intake.limits import Limits
from gateway.intake.quota import Limit, Quota
from gateway.spool.clients import Client

_DAY = 86_400
# A month of 30 days: the window is a hint, `t` says when it ends.
_WINDOWS = {Limit.DAILY: _DAY, Limit.MONTHLY: 30 * _DAY}


def rate_limit_headers(limits: Limits, client: Client, now: int) -> HeaderPairs:
    """Return `RateLimit-Policy` and `RateLimit` of a client."""
    standing = limits.standing(client)
    left = [f'"rate";r={standing.tokens};t={standing.seconds_to_full}']
    for count in standing.counts:
        name, until = count.quota.limit, count.quota.seconds_left(now)
        if (messages := count.messages_left) is not None:
            left.append(f'"{name}";r={messages};t={until}')
        if (segments := count.segments_left) is not None:
            left.append(f'"{name}-segments";r={segments};t={until}')
    policy = _policy(standing.rate, tuple([count.quota for count in standing.counts]))
    return ("RateLimit-Policy", policy), ("RateLimit", ", ".join(left))


@lru_cache(maxsize=1024)
def _policy(rate: Rate, quotas: tuple[Quota, ...]) -> str:
    policies = [f'"rate";q={rate.count};w={rate.seconds};qu="messages"']
    for quota in quotas:
        name, window = quota.limit.value, _WINDOWS[quota.limit]
        if quota.messages is not None:
            policies.append(f'"{name}";q={quota.messages};w={window};qu="messages"')
        if quota.segments is not None:
            policies.append(f'"{name}-segments";q={quota.segments};w={window};qu="segments"')
    return ", ".join(policies)
