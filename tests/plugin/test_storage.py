"""Temporary results, and their move to a folder."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from anomaly_lens.plugin import results, storage
from anomaly_lens.plugin.errors import PluginError
from osgeo import gdal
from qgis.core import QgsApplication, QgsProject, QgsProjectStorage, QgsRasterLayer, QgsVectorLayer


@pytest.fixture
def temporary():
    store = storage.TemporaryResults()
    yield store
    store.remove()


@pytest.fixture
def layers(temporary, write_result):
    return results.add_result(QgsProject.instance(), "szene", "RX", write_result(temporary.folder()))


def test_only_results_in_the_folder_are_temporary(temporary, layers, scene_layer, tmp_path, write_result):
    results.add_result(QgsProject.instance(), "kept", "RX", write_result(tmp_path))
    found = {layer.id() for layer in temporary.layers(QgsProject.instance())}
    assert found == {layers.heatmap.id(), layers.anomalies.id()}


def test_moved_layers_point_at_their_new_files_and_keep_their_looks(temporary, layers, tmp_path):
    folder = temporary.folder()
    new = storage.move_layers(temporary.layers(QgsProject.instance()), tmp_path / "kept")
    assert sorted(p.name for p in new) == ["szene_rx_anomalies.gpkg", "szene_rx_heatmap.tif"]
    assert list(folder.iterdir()) == []
    assert layers.anomalies.isValid()
    assert layers.anomalies.featureCount() == 3
    assert layers.anomalies.renderer().classAttribute() == "status"
    assert layers.anomalies.labelsEnabled()
    assert layers.anomalies.fields().field("area").alias() == "Area (m²)"
    assert layers.heatmap.isValid()
    assert layers.heatmap.renderer().type() == "singlebandpseudocolor"
    assert storage.layer_file(layers.heatmap).parent == tmp_path / "kept"
    assert temporary.layers(QgsProject.instance()) == []


def test_a_filter_moves_with_its_layer(temporary, layers, tmp_path):
    assert layers.anomalies.setSubsetString('"rank" < 3')
    storage.move_layers([layers.anomalies], tmp_path / "kept")
    assert layers.anomalies.subsetString() == '"rank" < 3'
    assert layers.anomalies.featureCount() == 2
    assert storage.layer_file(layers.anomalies).parent == tmp_path / "kept"


def test_decisions_in_the_log_move_too(temporary, layers, tmp_path):
    status = layers.anomalies.fields().indexOf("status")
    assert layers.anomalies.dataProvider().changeAttributeValues({2: {status: "unsure"}})
    old = storage.layer_file(layers.anomalies)
    assert old.with_name(f"{old.name}-wal").stat().st_size > 0, "QGIS has not written it to the file itself"
    (new,) = storage.move_layers([layers.anomalies], tmp_path / "kept")
    with sqlite3.connect(new) as file:
        assert file.execute("SELECT status FROM anomalies WHERE fid = 2").fetchall() == [("unsure",)]
    assert layers.anomalies.getFeature(2)["status"] == "unsure"


@pytest.mark.parametrize("content", [b"no database", None], ids=["damaged", "gone"])
def test_a_file_that_cannot_be_copied_leaves_nothing_behind(tmp_path, content):
    old, new = tmp_path / "old.gpkg", tmp_path / "new.gpkg"
    if content is not None:
        old.write_bytes(content * 1000)
    with pytest.raises(OSError, match=r"not a database|No such file"):
        storage.copy_file(old, new)
    assert old.exists() == (content is not None)
    assert not new.exists()


def test_a_file_that_another_program_has_locked_is_not_waited_for_without_end(tmp_path, write_result):
    old, new = Path(write_result(tmp_path)["instances"]), tmp_path / "new.gpkg"
    other = sqlite3.connect(old, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(OSError, match="locked"):
        storage.copy_file(old, new)
    other.close()
    assert not new.exists()


def test_a_duplicated_layer_moves_with_its_file(temporary, layers, tmp_path):
    QgsProject.instance().addMapLayer(layers.anomalies.clone())
    new = storage.move_layers(temporary.layers(QgsProject.instance()), tmp_path / "kept")
    assert sorted(p.name for p in new) == ["szene_rx_anomalies.gpkg", "szene_rx_heatmap.tif"]
    moved = list(QgsProject.instance().mapLayers().values())
    assert len(moved) == 3
    assert all(layer.isValid() and storage.layer_file(layer) in new for layer in moved)


def test_a_layer_of_the_user_s_own_moves_with_the_file_that_it_shows(temporary, layers, tmp_path):
    own = QgsRasterLayer(layers.heatmap.source(), "in grey")
    table = QgsVectorLayer(layers.anomalies.source(), "to print", "ogr")
    QgsProject.instance().addMapLayers([own, table])
    storage.move_layers(temporary.layers(QgsProject.instance()), tmp_path / "kept")
    assert own.isValid()
    assert table.isValid()
    assert {storage.layer_file(layer).parent for layer in (own, table)} == {tmp_path / "kept"}


def test_files_that_are_still_open_stay_and_their_layers_move(temporary, layers, tmp_path, monkeypatch):
    def unlink(path, missing_ok=False):
        raise PermissionError(13, "The file is being used by another process", str(path))

    with monkeypatch.context() as windows:
        windows.setattr(Path, "unlink", unlink)
        new = storage.move_layers(temporary.layers(QgsProject.instance()), tmp_path / "kept")
    assert sorted(storage.layer_file(layer) for layer in (layers.anomalies, layers.heatmap)) == sorted(new)


def test_a_reloaded_plugin_knows_the_results_of_the_one_before(temporary, layers):
    reloaded = storage.TemporaryResults()
    assert reloaded.folder() == temporary.folder()
    found = {layer.id() for layer in reloaded.layers(QgsProject.instance())}
    assert found == {layers.heatmap.id(), layers.anomalies.id()}


def test_a_file_of_that_name_is_not_overwritten(temporary, layers, tmp_path):
    (tmp_path / "szene_rx_heatmap.tif").write_text("precious")
    new = storage.move_layers([layers.heatmap], tmp_path)
    assert [p.name for p in new] == ["szene_rx_heatmap_2.tif"]
    assert (tmp_path / "szene_rx_heatmap.tif").read_text() == "precious"


def test_a_layer_that_is_edited_stays(temporary, layers, tmp_path):
    layers.anomalies.startEditing()
    with pytest.raises(PluginError, match="edited"):
        storage.move_layers([layers.anomalies], tmp_path)
    assert storage.layer_file(layers.anomalies).parent == temporary.folder()
    layers.anomalies.rollBack()


def test_with_a_layer_that_is_edited_the_others_stay_too(temporary, layers, tmp_path):
    layers.anomalies.startEditing()
    with pytest.raises(PluginError, match="edited"):
        storage.move_layers([layers.heatmap, layers.anomalies], tmp_path)
    assert storage.layer_file(layers.heatmap).parent == temporary.folder()
    layers.anomalies.rollBack()


def test_a_folder_that_cannot_be_made_is_named(temporary, layers, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(PluginError) as caught:
        storage.move_layers([layers.heatmap], tmp_path / "file" / "sub")
    assert caught.value.code == "not_writable"
    assert str(tmp_path / "file" / "sub") in caught.value.message
    assert layers.heatmap.isValid()


def test_the_saved_project_opens_with_the_moved_results(temporary, layers, tmp_path):
    project = QgsProject.instance()
    project.write(str(tmp_path / "project.qgs"))
    storage.move_layers(temporary.layers(project), tmp_path / "kept")
    project.write()
    temporary.remove()
    project.read(str(tmp_path / "project.qgs"))
    reopened = [layer for layer in project.mapLayers().values() if results.is_result(layer)]
    assert len(reopened) == 2
    assert all(layer.isValid() for layer in reopened)
    anomalies = next(layer for layer in reopened if isinstance(layer, QgsVectorLayer))
    assert anomalies.featureCount() == 3
    assert Path(storage.layer_file(anomalies)).parent == tmp_path / "kept"


def test_the_folder_of_a_project_wherever_it_is_stored(qgis_app, tmp_path):
    project = QgsProject.instance()
    assert storage.project_folder(project) == Path.home()
    for name in (f"{tmp_path}/p.qgz", f"geopackage:{tmp_path}/projects.gpkg?projectName=p"):
        assert project.write(name)
        assert storage.project_folder(project) == tmp_path


def test_a_folder_is_the_one_that_somebody_typed(tmp_path):
    QgsProject.instance().write(str(tmp_path / "p.qgs"))
    assert storage.typed_folder("found") == tmp_path / "found"
    assert storage.typed_folder(str(tmp_path.parent)) == tmp_path.parent
    assert storage.typed_folder("~/found") == Path.home() / "found"
    assert storage.typed_folder(f' "{tmp_path.parent}" ') == tmp_path.parent
    # Of nobody, it is a name.
    assert storage.typed_folder("~nobody_of_this_name") == tmp_path / "~nobody_of_this_name"


def test_the_folder_goes_with_everything_in_it(temporary, write_result):
    folder = temporary.folder()
    write_result(folder)
    temporary.remove()
    assert not folder.exists()


class Database(QgsProjectStorage):
    """Keeps projects as PostgreSQL does: without a file."""

    def type(self):
        """Its name."""
        return "database"

    def isSupportedUri(self, uri):
        """Which projects it keeps."""
        return uri.startswith("database:")

    def writeProject(self, _uri, _device, _context):
        """Keep one; here nobody asks for it again."""
        return True

    def readProjectStorageMetadata(self, _uri):
        """What is known of one: nothing."""
        return True, QgsProjectStorage.Metadata()


@pytest.fixture
def database():
    registry, keeper = QgsApplication.projectStorageRegistry(), Database()
    registry.registerProjectStorage(keeper)
    yield
    QgsProject.instance().clear()
    registry.unregisterProjectStorage(keeper)


@pytest.mark.usefixtures("database")
def test_a_project_in_a_database_lies_in_the_user_s_folder():
    assert QgsProject.instance().write("database://joe@host:5432?dbname=db&project=one")
    assert storage.project_folder(QgsProject.instance()) == Path.home()


def test_a_project_in_a_geopackage_lies_beside_it(tmp_path):
    gdal.GetDriverByName("GPKG").Create(str(tmp_path / "kept.gpkg"), 0, 0, 0)
    assert QgsProject.instance().write(f"geopackage:{tmp_path / 'kept.gpkg'}?projectName=one")
    assert storage.project_folder(QgsProject.instance()) == tmp_path


def test_a_project_that_was_never_saved_lies_in_the_user_s_folder():
    assert storage.project_folder(QgsProject.instance()) == Path.home()
