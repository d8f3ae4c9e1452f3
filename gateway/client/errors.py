"""What can go wrong with a call; nothing that was sent is in a message."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """A field, header or parameter, and the rule that it broke."""

    field: str
    reason: str


class ClientError(Exception):
    """A call did not do what was asked for."""


class WrongUrlError(ClientError):
    """The gateway's URL is none."""


class WrongHeaderError(ClientError):
    """A value cannot be sent as a header; `header` names it."""

    def __init__(self, header: str) -> None:
        super().__init__(f"{header}: printable ASCII is expected")
        self.header = header


class NoAnswerError(ClientError):
    """No answer came, or none that can be read: whether the call was done is not known. `kind` is the error's type."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"the gateway does not answer ({kind})")
        self.kind = kind


class ProblemError(ClientError):
    """The gateway refuses: a problem as in RFC 9457.

    `slug` is the last part of its type, empty where the answer is no problem; `retry_after` is in seconds.
    """

    def __init__(
        self,
        status: int,
        slug: str = "",
        title: str = "",
        errors: tuple[FieldProblem, ...] = (),
        *,
        retry_after: float | None = None,
    ) -> None:
        fields = "; ".join(f"{error.field} {error.reason}" for error in errors)
        super().__init__(f"{title or 'the gateway refuses'} ({status})" + (f": {fields}" if fields else ""))
        self.status = status
        self.slug = slug
        self.title = title
        self.errors = errors
        self.retry_after = retry_after
