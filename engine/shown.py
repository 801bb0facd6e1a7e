"""What commands print for scripts."""

from __future__ import annotations

import json
import sys
from typing import Any


def print_json(value: Any, indent: int | None = 2) -> None:  # noqa: ANN401 - plain JSON types
    """Print a value as JSON, with letters as they are where the output can take them."""
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(value, indent=indent)
    print(text)
