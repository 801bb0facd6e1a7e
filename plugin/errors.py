"""The one kind of error that the plugin shows to people."""

from __future__ import annotations

from typing import Any


class PluginError(Exception):
    """Something a person can understand and mend.

    Args:
        code: a short stable name, one of those listed in ``docs/architecture.md``.
        message: one sentence that names the file, layer or value that is wrong.
        hint: one sentence that says what to do about it.
        details: what only the log needs, such as the engine's last words.
    """

    def __init__(self, code: str, message: str, hint: str = "", details: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.details = details

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def to_dict(self) -> dict[str, str]:
        """The error in the shape that the engine's errors have in messages."""
        return {"code": self.code, "message": self.message, "hint": self.hint, "details": self.details}

    @classmethod
    def from_dict(cls, error: dict[str, Any]) -> PluginError:
        """The error that an ``error`` or ``fatal`` message carries.

        Args:
            error: its ``error`` object; absent parts become empty.
        """
        return cls(*(str(error.get(key) or "") for key in ("code", "message", "hint", "details")))
