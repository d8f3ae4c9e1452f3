"""RateLimit headers: how a client stands with its limits (draft-ietf-httpapi-ratelimit-headers-11)."""

from functools import lru_cache

from gateway.intake.limits import Bounds, Limits
from gateway.intake.quota import Limit
from gateway.spool.clients import Client

_DAY = 86_400
# A month of 30 days: the window is a hint, `t` says when it ends.
_WINDOWS = {Limit.DAILY: _DAY, Limit.MONTHLY: 30 * _DAY}
_NAMES = {limit: limit.value for limit in Limit}


def rate_limit_lines(limits: Limits, client: Client, now: int) -> str:
    """Return `RateLimit-Policy` and `RateLimit` of a client as header lines."""
    standing = limits.standing(client)
    left = f'{_policy(standing.bounds)}RateLimit: "rate";r={standing.tokens};t={standing.seconds_to_full}'
    for count in standing.counts:
        quota = count.quota
        until = count.ends_at - now if now < count.ends_at else quota.seconds_left(now)
        if quota.messages is not None:
            left += f', "{_NAMES[quota.limit]}";r={count.messages_left};t={until}'
        if quota.segments is not None:
            left += f', "{_NAMES[quota.limit]}-segments";r={count.segments_left};t={until}'
    return f"{left}\r\n"


@lru_cache(maxsize=1024)
def _policy(bounds: Bounds) -> str:
    policies = [f'"rate";q={bounds.rate.count};w={bounds.rate.seconds};qu="messages"']
    for quota in bounds.quotas:
        name, window = _NAMES[quota.limit], _WINDOWS[quota.limit]
        if quota.messages is not None:
            policies.append(f'"{name}";q={quota.messages};w={window};qu="messages"')
        if quota.segments is not None:
            policies.append(f'"{name}-segments";q={quota.segments};w={window};qu="segments"')
    return f"RateLimit-Policy: {', '.join(policies)}\r\n"
