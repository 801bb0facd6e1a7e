"""The operators of the networks that PyTorch's exporter to ONNX does not know: search in a table, stable sort."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

MOST = 2**24
"""Entries of a table whose length is open: as many as a search of the file's fixed number of steps can tell apart."""


def _searchsorted(table: Any, values: Any, *, right: bool = False, **_: object) -> Any:  # noqa: ANN401 - onnxscript's
    """How many entries of a sorted table are smaller than each value, or not larger: a search by halves.

    Args:
        table: (n,), or (1, n) for values (1, m).
        values: of any shape.
        right: count equal entries, too.
    """
    from onnxscript import opset18 as op

    fixed = table.shape[-1] if isinstance(table.shape[-1], int) else None
    if len(table.shape) > 1:
        table = op.Reshape(table, op.Constant(value_ints=[-1]))
    count = op.Size(table) if fixed is None else op.Constant(value_int=fixed)
    one = op.Constant(value_int=1)
    # Of the values' shape. Not a product with zero: that of an infinite value is none.
    found = op.Expand(op.Constant(value_int=0), op.Shape(values))
    step = 1 << ((fixed or MOST).bit_length() - 1)
    while step:
        tried = op.Add(found, op.Constant(value_int=step))
        inside = op.LessOrEqual(tried, count)
        entry = op.Gather(table, op.Sub(op.Min(tried, count), one))
        before = op.LessOrEqual(entry, values) if right else op.Less(entry, values)
        found = op.Where(op.And(inside, before), tried, found)
        step //= 2
    return found


def _stable_sort(values: Any, *, stable: bool = True, dim: int = -1, descending: bool = False) -> Any:  # noqa: ANN401
    """Sorted values and their places: ONNX's ``TopK`` of all puts the lower place first where values are equal."""
    from onnxscript import opset18 as op

    count = op.Gather(op.Shape(values), op.Constant(value_ints=[dim]))
    return op.TopK(values, count, axis=dim, largest=int(descending), sorted=1)


OPERATORS: dict[Callable[..., Any], Callable[..., Any]] = {
    torch.ops.aten.searchsorted.Tensor: _searchsorted,
    torch.ops.aten.sort.stable: _stable_sort,
}
"""For ``custom_translation_table`` of :func:`torch.onnx.export`."""
