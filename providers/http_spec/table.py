"""What every table of a spec file has in common."""

from pydantic import BaseModel, ConfigDict


class Table(BaseModel):
    """A table of a spec file: an unknown key is an error."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, arbitrary_types_allowed=True, strict=True
    )
