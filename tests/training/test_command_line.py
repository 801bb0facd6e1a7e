"""What every command does with numbers that mean nothing, and with a disk that takes no more."""

from __future__ import annotations

import errno

import pytest
from anomaly_lens.training import evaluate
from anomaly_lens.training.__main__ import main
from PIL import Image


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["preview", "--data", "x", "--columns", "0"], "--columns: “0” is not a whole number, 1 or more"),
        (["preview", "--data", "x", "--seed", "-1"], "--seed: “-1” is not a whole number, 0 or more"),
        (["natural", "--data", "x", "--scenes", "0"], "--scenes: “0” is not a whole number, 1 or more"),
        (["plant", "--data", "x", "--seed", "some"], "--seed: “some” is not a whole number, 0 or more"),
        *(
            ([name, "--data", "x", "--steps", "0"], "--steps: “0” is not a whole number, 1 or more")
            for name in ("ablate-asd", "ablate-ada", "ablate-uniadrs")
        ),
        (["ablate-uniadrs", "--data", "x", "--every", "0"], "--every: “0” is not a whole number, 1 or more"),
    ],
)
def test_numbers_that_mean_nothing_are_refused(capsys, words, message):
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


def test_a_disk_that_takes_no_more_is_told(labelled, tmp_path, monkeypatch, capsys):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device", "report.json")

    monkeypatch.setattr(evaluate, "save_json", full)
    words = ["evaluate", "--data", str(labelled), "--sets", "cubes", "--out", str(tmp_path / "out")]
    assert main(words) == 2
    assert "report.json cannot be written or read (No space left on device)." in capsys.readouterr().err
    monkeypatch.setattr(evaluate, "save_json", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        main(words)


def test_a_file_where_a_folder_should_be_is_told(labelled, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    words = ["darken", "--data", str(labelled / "sar" / "ships"), "--out", str(tmp_path / "file" / "low_light")]
    assert main(words) == 2
    assert "cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["file/sheet.png", "a" * 300])
def test_a_sheet_that_cannot_be_written_is_told(tmp_path, capsys, name):
    (tmp_path / "file").write_text("")
    Image.new("RGB", (300, 300), "red").save(tmp_path / "0.png")
    words = ["preview", "--data", str(tmp_path), "--columns", "1", "--out", str(tmp_path / name)]
    assert main(words) == 2
    assert capsys.readouterr().err.startswith("error: ")
