"""Work side by side gives what work in turn gives, and leaves the threads of torch as they were."""

import threading
import time

import pytest
import torch
from anomaly_lens.engine import device
from anomaly_lens.engine.detectors import tiled
from anomaly_lens.engine.models import in_rows
from anomaly_lens.engine.models.deviation import MAPS, scene_statistics
from anomaly_lens.engine.models.inputs import NetworkInputs
from anomaly_lens.engine.models.uniadrs import FeatureStatistics, UniADRS, UniADRSConfig, interpolation_matrix
from anomaly_lens.engine.side_by_side import side_by_side


@pytest.fixture
def cores():
    before = torch.get_num_threads()
    torch.set_num_threads(5)
    yield 5
    torch.set_num_threads(before)


def test_results_come_in_the_order_of_the_items(cores):
    barrier = threading.Barrier(3, timeout=30)

    def work(item):
        barrier.wait()  # breaks unless three are under way at once
        return 10 * item, threading.get_ident()

    results = side_by_side(work, range(6), most=3)
    assert [value for value, _ in results] == [0, 10, 20, 30, 40, 50]
    assert len({thread for _, thread in results}) == 3


@pytest.mark.parametrize(("most", "items", "share"), [(2, 4, 2), (4, 4, 1), (4, 2, 2), (4, 1, 5), (1, 3, 5)])
def test_each_has_its_share_of_the_cores(cores, most, items, share):
    assert side_by_side(lambda _: torch.get_num_threads(), range(items), most) == [share] * items
    assert torch.get_num_threads() == cores
    # A thread that begins afterwards has all of them, too.
    later = []
    thread = threading.Thread(target=lambda: later.append(torch.get_num_threads()))
    thread.start()
    thread.join()
    assert later == [cores]


def test_inference_mode_is_the_callers(cores):
    with torch.inference_mode():
        assert side_by_side(lambda _: torch.is_inference_mode_enabled(), range(2)) == [True, True]
    assert side_by_side(lambda _: torch.is_inference_mode_enabled(), range(2)) == [False, False]


def test_an_error_arrives_and_the_threads_are_as_before(cores):
    def work(item):
        if item == 1:
            raise ValueError("of item 1")
        return item

    with pytest.raises(ValueError, match="of item 1"):
        side_by_side(work, range(4))
    assert torch.get_num_threads() == cores


def test_inputs_are_the_same_however_many_cores_make_them(cores):
    image = torch.randn(3, 700, 90, generator=torch.Generator().manual_seed(0))
    statistics = scene_statistics(image.flatten(1).T)

    def made():
        return NetworkInputs(image, None, statistics, 0, (slice(20, 690), slice(0, 80))).rows(5, 660)

    of_many = made()
    torch.set_num_threads(1)
    assert torch.equal(made(), of_many)


def test_only_the_scenes_own_borders_have_a_margin():
    assert tiled._with_margin(1216, 928, (False, False)) == [(0, 1216)]
    (first, last) = tiled._with_margin(3008, 0, (True, False))
    assert first[0] == -tiled.MARGIN
    assert last[1] == 3008
    assert first[1] - last[0] >= tiled.OVERLAP


@pytest.mark.parametrize("height", [2, 16, 64, 130, 208, 1168])
def test_bands_of_rows_are_an_even_number_of_even_ones(height):
    bands = in_rows._spans(torch.empty(1, 1, height, 1))
    assert [row for start, stop in bands for row in range(start, stop)] == list(range(height))
    assert all(start % 2 == 0 and stop - start <= in_rows._ROWS + 2 for start, stop in bands)
    assert len(bands) % 2 == 0 or height == 2


def test_cores_share_a_tile_by_its_rows(cores, monkeypatch):
    torch.manual_seed(0)
    folded = UniADRS("spatial", UniADRSConfig((8, 8, 12, 16, 16), 8, 6)).eval().folded(interpolation_matrix(3))
    network = in_rows.UniADRSInRows(folded)
    shown = torch.randn(1, len(MAPS) + 3, 320, 48)
    statistics = FeatureStatistics(torch.zeros(1, 6), torch.eye(6)[None])
    threads = set()
    original = in_rows.UniADRSInRows._stem

    def stem(self, *rows):
        threads.add(threading.current_thread().name)
        time.sleep(0.01)
        return original(self, *rows)

    monkeypatch.setattr(in_rows.UniADRSInRows, "_stem", stem)
    with torch.inference_mode():
        of_many = network(shown, statistics)
        assert len(threads) > 1
        torch.set_num_threads(1)
        assert torch.allclose(network(shown, statistics), of_many, atol=1e-5)


@pytest.mark.parametrize(("threads", "told"), [(1, "CPU, 1 thread"), (2, "CPU, 2 threads")])
def test_the_processor_s_threads_are_told(cores, threads, told):
    torch.set_num_threads(threads)
    assert told in {entry["label"] for entry in device.devices()}
