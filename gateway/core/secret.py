"""A value that does not print: keys, passwords and tokens."""

from typing import Any, Final, NoReturn

_MASK: Final = "********"


class Secret:
    """Holds one secret text; only `reveal()` gives it out, never `str`, `repr`, `format`, a copy or a pickle."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        """Take the secret in."""
        self._value = value

    def reveal(self) -> str:
        """Return the secret itself, for the one place that sends it."""
        return self._value

    def __bool__(self) -> bool:
        """Whether there is any secret at all."""
        return bool(self._value)

    def __repr__(self) -> str:
        """Show that there is one, not what it is."""
        return f"Secret({_MASK})"

    def __str__(self) -> str:
        """Show the mask."""
        return _MASK

    def __format__(self, spec: str) -> str:
        """Show the mask, whatever the format."""
        return _MASK

    def __eq__(self, other: object) -> bool:
        """Two secrets are equal when their values are; settings are compared on reload."""
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        """Hash by type alone: a hash of the value would be a trace of it."""
        return hash(Secret)

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled: a pickle would hold the value in clear."""
        message = "a secret cannot be pickled"
        raise TypeError(message)

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: object) -> Any:  # noqa: ANN401 (pydantic's own type; core imports no pydantic)
        """Let pydantic read a text into a Secret; an error never repeats the input."""
        return {
            "type": "function-plain",
            "function": {"type": "no-info", "function": cls._from_setting},
            "json_schema_input_schema": {"type": "str"},
            "serialization": {
                "type": "function-plain",
                "function": str,
                "return_schema": {"type": "str"},
                "when_used": "json",
            },
        }

    @classmethod
    def _from_setting(cls, value: object) -> "Secret":
        if isinstance(value, Secret):
            return value
        if not isinstance(value, str) or not value:
            message = "a non-empty text is expected"
            raise ValueError(message)
        return cls(value)
