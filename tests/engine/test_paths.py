"""What GDAL reads at a path."""

import sys
from pathlib import Path

import pytest
from anomaly_lens.engine.paths import absolute


@pytest.mark.parametrize(
    ("form", "whole"),
    [
        ("12:00.tif", "{}/12:00.tif"),
        ("absent:00.tif", "absent:00.tif"),
        ("GTIFF_DIR:1:day.tif", "GTIFF_DIR:1:{}/day.tif"),
        ('NETCDF:"12:00.tif":t2m', 'NETCDF:"{}/12:00.tif":t2m'),
        ('HDF5:"day.tif"://group/data', 'HDF5:"{}/day.tif"://group/data'),
        ('HDF5:"/else/day.tif"://group/data', 'HDF5:"/else/day.tif"://group/data'),
        ("/vsizip/day.zip/in/day.tif", "/vsizip/{}/day.zip/in/day.tif"),
        ("/vsizip/{{day.zip}}/in/day.tif", "/vsizip/{{{}/day.zip}}/in/day.tif"),
        ("/vsizip/{{/vsisubfile/0,day.zip}}/a.tif", "/vsizip/{{/vsisubfile/0,{}/day.zip}}/a.tif"),
        ("/vsizip//else/day.zip/day.tif", "/vsizip//else/day.zip/day.tif"),
        ("/vsicurl/https://somewhere/day.tif", "/vsicurl/https://somewhere/day.tif"),
        ("https://somewhere/day.tif", "https://somewhere/day.tif"),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="names there have no colon")
def test_paths_that_gdal_reads_are_made_whole(tmp_path, monkeypatch, form, whole):
    monkeypatch.chdir(tmp_path)
    for name in ("day.tif", "12:00.tif", "day.zip"):
        Path(name).touch()
    assert absolute(form.format()) == whole.format(tmp_path)
