"""Layers in fewer passes over memory than torch's own take: the same results, sooner."""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor
from torch.nn import functional


def conv_relu(x: Tensor, weight: Tensor, bias: Tensor, dilation: int = 1) -> Tensor:
    """ReLU of a convolution that keeps height and width.

    A ReLU reads and writes all that the convolution has just written, and takes as long. oneDNN computes both at once.
    torch keeps that operator for its compiler and promises nothing: where it is missing, or gives other numbers, both
    run one by one.

    Args:
        x: (B, C, H, W).
        weight: (O, C, k, k), k odd.
        bias: (O,).
        dilation: of the kernel.
    """
    padding = dilation * (weight.shape[-1] // 2)
    if (
        x.device.type == "cpu"
        and x.dtype == weight.dtype
        and not torch.is_grad_enabled()
        and not torch.is_autocast_enabled("cpu")
        and not torch.compiler.is_exporting()
        and _fuses(x.dtype)
    ):
        return _fused(x, weight, bias, padding, dilation)
    return functional.relu(functional.conv2d(x, weight, bias, padding=padding, dilation=dilation), inplace=True)


def halved(x: Tensor) -> Tensor:
    """:func:`torch.nn.functional.max_pool2d` over 2x2 of an even height and width, in half of the time."""
    if x.is_cuda or x.requires_grad or torch.compiler.is_exporting():
        return functional.max_pool2d(x, 2)
    rows = torch.maximum(x[:, :, ::2], x[:, :, 1::2])
    return torch.maximum(rows[..., ::2], rows[..., 1::2])


def _fused(x: Tensor, weight: Tensor, bias: Tensor, padding: int, dilation: int) -> Tensor:
    found: Tensor = torch.ops.mkldnn._convolution_pointwise(
        x, weight, bias, [padding] * 2, [1, 1], [dilation] * 2, 1, "relu", [], ""
    )
    return found


@cache
def _fuses(dtype: torch.dtype) -> bool:
    """Whether this torch has the operator, and it computes what it should."""
    chance = torch.Generator().manual_seed(0)
    x, weight, bias = (torch.randn(*shape, generator=chance).to(dtype) for shape in ((1, 4, 6, 6), (4, 4, 3, 3), (4,)))
    plain = functional.relu(functional.conv2d(x, weight, bias, padding=2, dilation=2))
    try:
        return bool(torch.allclose(_fused(x, weight, bias, 2, 2).float(), plain.float(), rtol=0.01, atol=0.01))
    except (AttributeError, RuntimeError, TypeError):
        return False
