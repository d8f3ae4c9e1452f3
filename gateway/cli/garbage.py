"""When the interpreter looks for garbage in cycles: not while the gateway is built, and seldom while it serves."""

import gc
from typing import Final

# Objects more since the last look, and looks of each generation until the next one is looked at too. Nothing on the
# way of a message needs a look to be freed; the interpreter's own 700 costs a tenth of its time.
_THRESHOLDS: Final = (10_000, 20, 20)


def postpone_collection() -> None:
    """Look for none from now on: what is built at the start stays."""
    gc.disable()


def resume_collection() -> None:
    """Look again, at nothing that is there already."""
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
    gc.enable()
