"""Layers in fewer passes give what torch's own give."""

import pytest
import torch
from anomaly_lens.engine.models import fused
from torch.nn import functional


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(("kernel", "dilation"), [(1, 1), (3, 1), (3, 2)])
@pytest.mark.parametrize("fuses", [True, False])
def test_a_fused_convolution_is_that_and_a_relu(monkeypatch, dtype, kernel, dilation, fuses):
    used = []
    original = fused._fused
    monkeypatch.setattr(fused, "_fused", lambda *given: used.append(given) or original(*given))
    if not fuses:
        monkeypatch.setattr(fused, "_fuses", lambda _: False)
    chance = torch.Generator().manual_seed(0)
    x = torch.randn(2, 5, 14, 9, generator=chance).to(dtype, memory_format=torch.channels_last)
    weight = torch.randn(7, 5, kernel, kernel, generator=chance).to(dtype)
    bias = torch.randn(7, generator=chance).to(dtype)
    with torch.inference_mode():
        found = fused.conv_relu(x, weight, bias, dilation)
    padding = dilation * (kernel // 2)
    expected = functional.conv2d(x.float(), weight.float(), bias.float(), padding=padding, dilation=dilation).relu()
    torch.testing.assert_close(found.float(), expected, rtol=0.02, atol=0.1 if dtype == torch.bfloat16 else 1e-4)
    assert found.shape == (2, 7, 14, 9)
    assert bool(used) == (fuses and fused._fuses(dtype))


def test_gradients_flow_and_autocast_holds():
    x = torch.randn(1, 3, 8, 8, requires_grad=True)
    weight, bias = torch.randn(4, 3, 3, 3, requires_grad=True), torch.zeros(4)
    fused.conv_relu(fused.halved(x), weight, bias).sum().backward()
    assert x.grad is not None
    assert weight.grad is not None
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        assert fused.conv_relu(x, weight, bias).dtype == torch.bfloat16


def test_a_torch_without_the_operator_does_without(monkeypatch):
    def missing(*_):
        raise AttributeError("no such operator")

    monkeypatch.setattr(fused, "_fused", missing)
    fused._fuses.cache_clear()
    try:
        with torch.inference_mode():
            found = fused.conv_relu(torch.ones(1, 1, 4, 4), torch.ones(1, 1, 1, 1), torch.zeros(1))
        assert torch.equal(found, torch.ones(1, 1, 4, 4))
        assert not fused._fuses(torch.float32)
    finally:
        fused._fuses.cache_clear()


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_halves_are_those_of_max_pooling(layout):
    x = torch.randn(2, 3, 10, 6).to(memory_format=layout)
    with torch.inference_mode():
        assert torch.equal(fused.halved(x), functional.max_pool2d(x, 2))
