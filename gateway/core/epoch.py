"""How long one sealing key is used: content lives for a whole number of epochs, about."""

from datetime import timedelta
from typing import Final

LONGEST_EPOCH: Final = timedelta(hours=1)
SHORTEST_EPOCH: Final = timedelta(seconds=10)

# Where content lives for a trial's time only, its last second must not cost most of its life.
_EPOCHS_IN_A_LIFE: Final = 4


def epoch_length(content: timedelta) -> timedelta:
    """Return how long an epoch is, in whole seconds, where content lives for `content`.

    The key of an epoch is destroyed at its start plus `content`: what is sealed in its last second lives an epoch
    shorter.
    """
    share = timedelta(seconds=int(content.total_seconds()) // _EPOCHS_IN_A_LIFE)
    return min(LONGEST_EPOCH, max(SHORTEST_EPOCH, share))
