"""The one kind of error that the engine shows to people."""

from __future__ import annotations


class EngineError(Exception):
    """Something a person can understand and mend.

    Args:
        code: a short stable name, one of those listed in ``docs/architecture.md``.
        message: one sentence that names the file or value that is wrong.
        hint: one sentence that says what to do about it.
    """

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def __reduce__(self) -> tuple[type[EngineError], tuple[str, str, str]]:
        """How it travels between processes."""
        return EngineError, (self.code, self.message, self.hint)

    def to_dict(self) -> dict[str, str]:
        """The error as it travels to the plugin."""
        return {"code": self.code, "message": self.message, "hint": self.hint}


class Cancelled(EngineError):  # noqa: N818 - a request that ended as the user wished, not a fault
    """The user cancelled the run; nothing was written."""

    def __init__(self) -> None:
        super().__init__("cancelled", "The run was cancelled.", "Nothing was written.")
