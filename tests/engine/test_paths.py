"""What GDAL reads at a path."""

import sys
from pathlib import Path

import pytest
from anomaly_lens.engine.paths import absolute, on_disk, stem, without_secrets


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
        ('<VRTDataset rasterXSize="4"/>', '<VRTDataset rasterXSize="4"/>'),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="names there have no colon")
def test_paths_that_gdal_reads_are_made_whole(tmp_path, monkeypatch, form, whole):
    monkeypatch.chdir(tmp_path)
    for name in ("day.tif", "12:00.tif", "day.zip"):
        Path(name).touch()
    assert absolute(form.format()) == whole.format(tmp_path)


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/vsicurl/https://store/a.tif?sv=1&sig=aB%2F/c.d&se=2", "/vsicurl/https://store/a.tif"),
        ("/vsicurl/https://store/a.tif?sig=aB", "/vsicurl/https://store/a.tif"),
        (
            "/vsicurl/https://store/a.tif?X-Amz-Date=1&X-Amz-Credential=me&id=7&X-Amz-Signature=f0&X-Amz-Security-Token=q",
            "/vsicurl/https://store/a.tif?id=7",
        ),
        ("https://me:word@store/a.tif?token=1&size=2", "https://store/a.tif?size=2"),
        (
            "https://store/a.tif?Expires=1&GoogleAccessId=me&Signature=x&generation=3",
            "https://store/a.tif?generation=3",
        ),
        ("https://store/a.tif?se=2&expires=3", "https://store/a.tif?se=2&expires=3"),
        ("/vsicurl/https://store/a.tif?size=2", "/vsicurl/https://store/a.tif?size=2"),
        ("/data/key=1&token=2/a@b.tif", "/data/key=1&token=2/a@b.tif"),
        # What GDAL is told to send, and a URL that is written as a part of another.
        (
            "/vsicurl?header.Authorization=Bearer geheim&max_retry=3&url=https://store/a.tif",
            "/vsicurl?max_retry=3&url=https://store/a.tif",
        ),
        ("/vsicurl?cookie=s%3Dgeheim&url=https%3A%2F%2Fstore%2Fa.tif", "/vsicurl?url=https%3A%2F%2Fstore%2Fa.tif"),
        ("/vsicurl?userpwd=me:geheim&url=https://store/a.tif", "/vsicurl?url=https://store/a.tif"),
        (
            "/vsicurl?url=https%3A%2F%2Fme%3Ageheim%40store%2Fa.tif%3Fsig%3Dgeheim%26v%3D1",
            "/vsicurl?url=https%3A%2F%2Fstore%2Fa.tif%3Fv%3D1",
        ),
        # Where a URL ends, in a subdataset and in XML.
        ('NETCDF:"/vsicurl/https://store/a.nc?sig=geheim":t2m', 'NETCDF:"/vsicurl/https://store/a.nc?":t2m'),
        (
            "<VRTDataset><A>/vsicurl/https://store/a.tif?v=1&amp;sig=geheim&amp;se=2</A><B>2</B></VRTDataset>",
            "<VRTDataset><A>/vsicurl/https://store/a.tif?v=1&amp;</A><B>2</B></VRTDataset>",
        ),
        (
            '<SRS>LOCAL_CS[&quot;mine&quot;]</SRS><MDI key="A">1</MDI><A>/vsicurl/https://store/a.tif</A>',
            '<SRS>LOCAL_CS[&quot;mine&quot;]</SRS><MDI key="A">1</MDI><A>/vsicurl/https://store/a.tif</A>',
        ),
    ],
)
def test_what_lets_somebody_read_a_url_is_not_passed_on_nor_what_it_was_signed_for(path, told):
    assert without_secrets(path) == told


def test_what_lies_in_a_closed_folder_is_not_here(closed):
    assert on_disk(str(closed / "day.tif")) is on_disk(f"/vsizip/{closed}/day.zip/day.tif") is None


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/vsicurl/https://store/day.tif?sig=aB/c.d", "day"),
        ("https://store/day.1.tif?v=2", "day.1"),
        ("/vsicurl?header.Authorization=geheim&url=https%3A%2F%2Fstore%2Fday.tif%3Fsig%3Da%2Fb", "day"),
        ("/vsicurl?url=https://store/day.tif", "day"),
        ("/data/what? day.tif", "what? day"),
        ("/vsizip/packed.zip/day.tif", "day"),
    ],
)
def test_a_scene_is_called_as_its_file(path, name):
    assert stem(path) == name
