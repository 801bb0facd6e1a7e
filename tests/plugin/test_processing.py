"""The toolbox: what is asked of the engine, what people are told, and that the results are the dock's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from anomaly_lens.plugin.engine import Request
from anomaly_lens.plugin.processing import choices
from anomaly_lens.plugin.processing.provider import AnomalyLensProvider
from anomaly_lens.plugin.results import is_anomalies
from anomaly_lens.plugin.runner import Runner
from anomaly_lens.plugin.sources import snapshot
from anomaly_lens.plugin.task import Job
from osgeo import gdal, ogr
from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransformContext,
    QgsFeature,
    QgsFeatureRequest,
    QgsGeometry,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildAlgorithm,
    QgsProcessingModelChildParameterSource,
    QgsProcessingModelOutput,
    QgsProcessingModelParameter,
    QgsProcessingParameterRasterLayer,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QObject

STARTS_WITHIN_S = 120


class PlayedEngine:
    """Writes down what it is asked and answers at once."""

    busy = False

    def __init__(self, answer) -> None:
        self.answer = answer
        self.asked = []

    def request(self, method, params, listener):  # noqa: D102
        self.asked.append((method, params))
        listener({"event": "progress", "fraction": 0.5, "message": "Scoring"})
        listener(self.answer(method, params))
        return Request()


def result(**values):
    return lambda _method, _params: {"event": "result", "result": values}


def failure(code, message, hint):
    return lambda _method, _params: {"event": "error", "error": {"code": code, "message": message, "hint": hint}}


@pytest.fixture
def toolbox():
    """Fills the toolbox with algorithms on an engine."""
    registry = QgsApplication.processingRegistry()

    def fill(engine):
        registry.addProvider(AnomalyLensProvider(engine))
        return engine

    yield fill
    registry.removeProvider("anomaly_lens")


class Run:
    """One run of an algorithm: what it returned and what it said."""

    def __init__(self, name, parameters, feedback=None) -> None:
        self.feedback = feedback or QgsProcessingFeedback(False)
        self.context = QgsProcessingContext()
        self.context.setProject(QgsProject.instance())
        algorithm = QgsApplication.processingRegistry().createAlgorithmById(f"anomaly_lens:{name}")
        fits, self.unfit = algorithm.checkParameterValues(parameters, self.context)
        self.outputs, self.fine = algorithm.run(parameters, self.context, self.feedback) if fits else ({}, False)
        self.said = self.feedback.textLog() + self.unfit


@pytest.fixture
def places(tmp_path):
    """Destinations of a run."""
    return {"HEATMAP": str(tmp_path / "out" / "heat.tif"), "ANOMALIES": str(tmp_path / "out" / "found.gpkg")}


@pytest.fixture
def answered(tmp_path, write_result):
    """An engine that answers with files as the real one writes them."""

    def answer(_method, params):
        return {"event": "result", "result": write_result(Path(params["out"]))}

    return PlayedEngine(answer)


# As the form leaves it empty, and as ``qgis_process … --PERCENT=`` does.
@pytest.mark.parametrize("nothing", [None, ""])
def test_what_is_left_empty_is_left_to_the_engine(toolbox, answered, scene_file, places, nothing):
    toolbox(answered)
    empty = dict.fromkeys(("PERCENT", "SCORE", "MIN_AREA", "PEAK_SHARE"), nothing)
    run = Run("detect", {"INPUT": str(scene_file), **places, **empty})
    assert run.fine, run.said
    ((method, params),) = answered.asked
    assert method == "detect"
    assert {k: v for k, v in params.items() if k != "out"} == {
        "scene": str(scene_file),
        "detector": "uniadrs",
        "device": "auto",
    }
    assert run.outputs["COUNT"] == 3
    assert run.feedback.progress() == 50
    assert sorted(p.name for p in Path(places["HEATMAP"]).parent.iterdir()) == ["found.gpkg", "heat.tif"]


def test_what_is_chosen_arrives(toolbox, answered, scene_file, places):
    toolbox(answered)
    chosen = {
        "DETECTOR": 2,
        "MODALITY": 2,
        "MIN_AREA": 20,
        "SCORE": 0.7,
        "PEAK_SHARE": 25,
        "BANDS": [1, 3],
        "EXTENT": "400010,400050,5799900,5799990 [EPSG:32633]",
    }
    run = Run("detect", {"INPUT": str(scene_file), **chosen, **places})
    assert run.fine, run.said
    ((_, params),) = answered.asked
    assert (params["detector"], params["modality"], params["bands"]) == ("local_rx", "visible", [1, 3])
    assert (params["min_area"], params["threshold"], params["peak_share"]) == (20, {"score": 0.7}, 0.25)
    assert params["area"] == {"bbox": [400010, 5799900, 400050, 5799990]}


def test_labels_leave_the_dialogs_buttons_on_the_screen(toolbox):
    toolbox(PlayedEngine(result()))
    optional, most = " [optional]", 56
    for algorithm in QgsApplication.processingRegistry().providerById("anomaly_lens").algorithms():
        for parameter in algorithm.parameterDefinitions():
            if not parameter.flags() & parameter.Flag.FlagAdvanced:
                is_optional = bool(parameter.flags() & parameter.Flag.FlagOptional)
                label = parameter.description() + optional * is_optional
                assert len(label) <= most, f"the first dialog that QGIS shows cuts off: {label}"


def test_seconds_have_no_decimals(toolbox):
    toolbox(PlayedEngine(result()))
    teach = QgsApplication.processingRegistry().algorithmById("anomaly_lens:teachnormal")
    assert teach.parameterDefinition("SECONDS").metadata()["widget_wrapper"]["decimals"] == 0


@pytest.mark.parametrize("check", ["GeometryNoCheck", "GeometrySkipInvalid", "GeometryAbortOnInvalid"])
def test_polygons_that_cross_themselves_are_mended_as_the_dock_does(toolbox, answered, scene_layer, places, check):
    toolbox(answered)
    layer = QgsVectorLayer("Polygon?crs=EPSG:32633", "bow", "memory")
    bow = QgsFeature()
    bow.setGeometry(QgsGeometry.fromWkt("POLYGON((0 0, 40 90, 40 0, 0 90, 0 0))"))
    layer.dataProvider().addFeature(bow)
    context = QgsProcessingContext()
    context.setProject(QgsProject.instance())
    context.setInvalidGeometryCheck(getattr(QgsFeatureRequest.InvalidGeometryCheck, check))
    algorithm = QgsApplication.processingRegistry().createAlgorithmById("anomaly_lens:detect")
    given = {"INPUT": scene_layer, "POLYGONS": layer, **places}
    assert algorithm.prepareAlgorithm(given, context, QgsProcessingFeedback(False))
    assert len(algorithm._job.area.params(scene_layer.crs())["geojson"]["coordinates"]) == 2


@pytest.mark.parametrize("name", ["detect", "heatmaptopolygons", "evaluate"])
def test_a_raster_that_a_step_of_a_model_has_not_made_is_told(toolbox, answered, tmp_path, name):
    toolbox(answered)
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(f"anomaly_lens:{name}")
    with pytest.raises(QgsProcessingException, match=r"gone\.tif"):
        algorithm.prepareAlgorithm(
            {"INPUT": str(tmp_path / "gone.tif")}, QgsProcessingContext(), QgsProcessingFeedback(False)
        )


def test_nothing_is_taught_from_some_of_the_rasters_alone(toolbox, answered, scene_file, tmp_path):
    toolbox(answered)
    algorithm = QgsApplication.processingRegistry().createAlgorithmById("anomaly_lens:teachnormal")
    given = {"INPUT": [str(scene_file), str(tmp_path / "gone.tif")], "NORMAL": str(tmp_path / "normal.gpkg")}
    with pytest.raises(QgsProcessingException, match=r"gone\.tif"):
        algorithm.prepareAlgorithm(given, QgsProcessingContext(), QgsProcessingFeedback(False))


def test_a_layer_of_polygons_may_go_before_the_work_begins(toolbox, answered, scene_layer, places):
    toolbox(answered)
    layer = QgsVectorLayer("Polygon?crs=EPSG:32633", "polygons", "memory")
    feature = QgsFeature()
    feature.setGeometry(QgsGeometry.fromRect(QgsRectangle(400010, 5799950, 400050, 5799990)))
    layer.dataProvider().addFeature(feature)
    QgsProject.instance().addMapLayer(layer)
    context = QgsProcessingContext()
    context.setProject(QgsProject.instance())
    algorithm = QgsApplication.processingRegistry().createAlgorithmById("anomaly_lens:detect")
    assert algorithm.prepareAlgorithm(
        {"INPUT": scene_layer, "POLYGONS": layer, **places}, context, QgsProcessingFeedback(False)
    )
    area = algorithm._job.area
    # First what a reader would but miss; a layer that is gone would take the process along.
    layer.dataProvider().truncate()
    assert "geojson" in area.params(scene_layer.crs())
    QgsProject.instance().removeMapLayer(layer.id())
    assert "geojson" in area.params(scene_layer.crs())


def test_results_replace_older_ones_and_what_lay_beside_them(toolbox, answered, scene_file, places):
    toolbox(answered)
    heatmap = Path(places["HEATMAP"])
    heatmap.parent.mkdir()
    heatmap.write_text("old")
    stale = heatmap.with_name("heat.tif.aux.xml")
    stale.write_text("old statistics")
    assert Run("detect", {"INPUT": str(scene_file), **places}).fine
    assert gdal.Open(str(heatmap)).RasterCount == 1
    assert not stale.exists()


def test_outputs_may_have_names_as_long_as_systems_take(toolbox, answered, scene_file, tmp_path):
    toolbox(answered)
    places = {"HEATMAP": str(tmp_path / f"{'h' * 249}.tif"), "ANOMALIES": str(tmp_path / f"{'a' * 248}.gpkg")}
    run = Run("detect", {"INPUT": str(scene_file), **places})
    assert run.fine, run.said
    assert all(Path(place).is_file() for place in places.values())


def test_each_output_may_go_to_a_folder_that_is_not_there_yet(toolbox, answered, scene_file, places, tmp_path):
    toolbox(answered)
    anomalies = tmp_path / "elsewhere" / "deep" / "found.gpkg"
    run = Run("detect", {"INPUT": str(scene_file), **places, "ANOMALIES": str(anomalies)})
    assert run.fine, run.said
    assert [path.name for path in anomalies.parent.iterdir()] == ["found.gpkg"]


def test_the_heat_map_never_replaces_its_scene(toolbox, answered, scene_file, places):
    toolbox(answered)
    before = scene_file.read_bytes()
    run = Run("detect", {"INPUT": str(scene_file), **places, "HEATMAP": str(scene_file)})
    assert not run.fine
    assert "would replace the layer “szene”" in run.said
    assert scene_file.read_bytes() == before


def test_layers_that_are_loaded_look_like_those_of_the_dock(toolbox, answered, scene_file, places):
    toolbox(answered)
    context = QgsProcessingContext()
    context.setProject(QgsProject.instance())
    for name, path in places.items():
        context.addLayerToLoadOnCompletion(path, context.LayerDetails(name, QgsProject.instance(), name))
    algorithm = QgsApplication.processingRegistry().createAlgorithmById("anomaly_lens:detect")
    algorithm.run({"INPUT": str(scene_file), **places}, context, QgsProcessingFeedback(False))
    layers = [QgsRasterLayer(places["HEATMAP"], "h"), QgsVectorLayer(places["ANOMALIES"], "a")]
    for layer, path in zip(layers, places.values()):
        context.layerToLoadOnCompletionDetails(path).postProcessor().postProcessLayer(layer, context, None)
    assert layers[0].renderer().type() == "singlebandpseudocolor"
    assert layers[1].renderer().classAttribute() == "status"
    assert is_anomalies(layers[1])
    assert "RX (global)" in layers[1].metadata().abstract()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"PERCENT": 1, "SCORE": 0.5}, "given twice. Give a top share or a lowest score, not both."),
        ({"POLYGONS": "polygons", "EXTENT": "1,2,3,4"}, "given twice. Give an extent or polygons, not both."),
        ({"ANOMALIES": "found.shp"}, ".shp"),
        ({"INPUT": "missing.tif"}, "INPUT"),
    ],
)
def test_what_makes_no_sense_is_told_before_anything_starts(toolbox, answered, scene_file, places, values, words):
    toolbox(answered)
    polygons = QgsVectorLayer("Polygon?crs=EPSG:32633", "polygons", "memory")
    QgsProject.instance().addMapLayer(polygons)
    run = Run("detect", {"INPUT": str(scene_file), **places, **values})
    assert not run.fine
    assert words in run.said
    assert not answered.asked


@pytest.mark.parametrize("name", ["detect", "heatmaptopolygons", "evaluate"])
def test_an_error_of_the_engine_is_told_with_what_to_do(toolbox, scene_file, tmp_path, name):
    toolbox(PlayedEngine(failure("too_few_pixels", "The scene is too small.", "Choose a larger one.")))
    parameters = {"INPUT": str(scene_file), "LABEL_RASTER": str(scene_file)}
    outputs = {name: str(tmp_path / "out" / file) for name, file in (("HEATMAP", "h.tif"), ("ANOMALIES", "a.gpkg"))}
    run = Run(name, {**parameters, **outputs, "OUTPUT": str(tmp_path / "out" / "o.gpkg")})
    assert not run.fine
    assert "The scene is too small. Choose a larger one." in run.said
    assert "Traceback" not in run.said
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and path != scene_file]


def test_a_cancel_ends_a_run_and_leaves_nothing(toolbox, make_engine, scene_file, places):
    class Impatient(QgsProcessingFeedback):
        def setProgress(self, percent):
            super().setProgress(percent)
            if percent > 0:
                self.cancel()

    toolbox(make_engine("slow"))
    run = Run("detect", {"INPUT": str(scene_file), **places}, Impatient(False))
    assert not run.fine
    assert "cancelled" in run.said
    assert not list(Path(places["HEATMAP"]).parent.iterdir())


def test_polygons_are_asked_for_with_the_runs_own_settings_by_default(toolbox, tmp_path, write_result):
    def answer(_method, params):
        written = write_result(tmp_path / "made")
        Path(written["instances"]).replace(params["out"])
        return {"event": "result", "result": {"instances": params["out"], "count": 3, "score_threshold": 0.4}}

    (tmp_path / "made").mkdir()
    heatmap = write_result(tmp_path)["heatmap"]
    engine = toolbox(PlayedEngine(answer))
    run = Run("heatmaptopolygons", {"INPUT": heatmap, "OUTPUT": str(tmp_path / "polygons.gpkg")})
    assert run.fine, run.said
    ((_, params),) = engine.asked
    assert (params["threshold"], params["min_area"], params["merge"], params["smooth"]) == ({}, None, 0, 0)
    assert params["peak_share"] is None
    assert run.outputs["COUNT"] == 3
    assert QgsVectorLayer(run.outputs["OUTPUT"]).featureCount() == 3
    target = str(tmp_path / "more.gpkg")
    assert Run("heatmaptopolygons", {"INPUT": heatmap, "PEAK_SHARE": 0, "OUTPUT": target}).fine
    assert engine.asked[1][1]["peak_share"] == 0


def test_teaching_is_asked_for_on_each_scene(toolbox, tmp_path, write_scene, scene_file):
    engine = toolbox(PlayedEngine(result(model="made")))
    polygons = QgsVectorLayer("Polygon?crs=EPSG:4326", "polygons", "memory")
    feature = QgsFeature()
    feature.setGeometry(QgsGeometry.fromWkt("POLYGON((13 52, 14 52, 14 53, 13 53, 13 52))"))
    polygons.dataProvider().addFeature(feature)
    QgsProject.instance().addMapLayer(polygons)
    scenes = [str(scene_file), str(write_scene(tmp_path / "other.tif"))]
    given = {"INPUT": scenes, "NORMAL": polygons.id(), "NAME": "Wald: alt", "SECONDS": 30, "FOLDER": str(tmp_path)}
    run = Run("teachnormal", given)
    assert run.fine, run.said
    ((method, params),) = engine.asked
    assert method == "teach"
    assert params["scenes"] == scenes
    assert len(params["normal"]) == 2
    assert params["normal"][0]["geojson"]["type"] == "MultiPolygon"
    assert "WGS 84" in params["normal"][0]["crs"]
    assert (params["name"], params["budget_s"], params["seed"]) == ("Wald: alt", 30, 0)
    assert Path(params["out"]) == tmp_path / "Wald_ alt"
    assert run.outputs["MODEL"] == "made"


def test_measures_that_are_not_defined_are_left_out(toolbox, scene_file, tmp_path):
    measures = {"auc_df": 0.987654, "auc_snpr": None}
    answer = result(measures=measures, threshold=0.5, objects=2, anomaly_pixels=16, background_pixels=4080)
    engine = toolbox(PlayedEngine(answer))
    report = tmp_path / "report.html"
    run = Run("evaluate", {"INPUT": str(scene_file), "LABEL_RASTER": str(scene_file), "REPORT": str(report)})
    assert run.fine, run.said
    assert engine.asked == [
        ("evaluate", {"scores": str(scene_file), "labels": {"raster": str(scene_file), "value": None}})
    ]
    assert run.outputs["AUC_DF"] == 0.987654
    assert "AUC_SNPR" not in run.outputs
    assert "0.9877" in report.read_text("utf-8")
    assert "4,080" in report.read_text("utf-8")


def test_a_report_for_which_there_is_no_room_is_told(toolbox, scene_file, tmp_path, monkeypatch):
    def full(_path, _text, **_how):
        raise OSError(28, "No space left on device")

    toolbox(PlayedEngine(result(measures={}, threshold=0.5, objects=2, anomaly_pixels=16, background_pixels=4080)))
    monkeypatch.setattr(Path, "write_text", full)
    report = tmp_path / "report.html"
    run = Run("evaluate", {"INPUT": str(scene_file), "LABEL_RASTER": str(scene_file), "REPORT": str(report)})
    assert not run.fine
    assert f"{report} cannot be written (No space left on device)." in run.said
    assert "Traceback" not in run.said


def test_scores_and_labels_lie_where_their_layers_crs_puts_them(toolbox, scene_layer):
    scene_layer.setCrs(QgsCoordinateReferenceSystem("EPSG:32632"))
    engine = toolbox(PlayedEngine(result(measures={}, threshold=0.5, objects=2, anomaly_pixels=1, background_pixels=2)))
    run = Run("evaluate", {"INPUT": scene_layer.id(), "LABEL_RASTER": scene_layer.id()})
    assert run.fine, run.said
    ((_, params),) = engine.asked
    assert "UTM zone 32N" in params["crs"]
    assert params["labels"]["crs"] == params["crs"]


@pytest.mark.parametrize("labels", [{}, {"LABEL_RASTER": "scene", "LABEL_POLYGONS": "polygons"}])
def test_labels_are_given_once(toolbox, scene_layer, labels):
    polygons = QgsVectorLayer("Polygon?crs=EPSG:32633", "polygons", "memory")
    QgsProject.instance().addMapLayer(polygons)
    engine = toolbox(PlayedEngine(result()))
    given = {"LABEL_RASTER": scene_layer.id(), "LABEL_POLYGONS": polygons.id()}
    run = Run("evaluate", {"INPUT": scene_layer.id(), **{name: given[name] for name in labels}})
    assert "one of them" in run.said
    assert not engine.asked


@pytest.fixture
def catalog(real_engine, wait_until):
    answers = []
    real_engine.request("catalog", {}, answers.append)
    wait_until(lambda: answers, STARTS_WITHIN_S)
    return answers[0]["result"]


def test_the_lists_are_those_of_the_engine(catalog):
    detectors = dict(choices.detectors())
    assert detectors == {entry["name"]: entry["label"] for entry in catalog["detectors"]}
    assert dict(choices.modalities()[1:]) == {entry["name"]: entry["label"] for entry in catalog["profiles"]}
    assert {entry["default_detector"] for entry in catalog["profiles"]} == {choices.detectors()[0][0]}


def pixels_of(path):
    return gdal.Open(path).ReadAsArray()


def polygons_of(path):
    source = ogr.Open(path)
    keep = [f.GetName() for f in source.GetLayer(0).schema if f.GetName() != "run_id"]
    return [(bytes(f.geometry().ExportToWkb()), [f[name] for name in keep]) for f in source.GetLayer(0)]


def geometry(wkb):
    made = QgsGeometry()
    made.fromWkb(wkb)
    return made


class Watcher(QObject):
    """Does a job as the dock does it."""

    def __init__(self, engine) -> None:
        super().__init__()
        self.runner = Runner(engine, self)
        self.ends = []
        self.runner.ended.connect(self.ends.append)


@pytest.mark.parametrize("detector", ["rx", "uniadrs"])
def test_results_are_those_of_the_dock_to_the_byte(toolbox, real_engine, root, tmp_path, places, wait_until, detector):
    scene = QgsRasterLayer(str(root / "resources" / "sample" / "harbour.tif"), "harbour")
    watcher = Watcher(real_engine)
    params = {"out": str(tmp_path / "dock"), "detector": detector, "device": "auto"}
    watcher.runner.start([Job(snapshot(scene, 1.0, QgsCoordinateTransformContext()), params)])
    wait_until(lambda: watcher.ends, STARTS_WITHIN_S)
    watcher.runner.shutdown(1.0)
    ((outcome,),) = watcher.ends
    assert outcome.error is None
    toolbox(real_engine)
    number = [name for name, _ in choices.detectors()].index(detector)
    run = Run("detect", {"INPUT": scene.source(), "DETECTOR": number, **places})
    assert run.fine, run.said
    assert np.array_equal(pixels_of(outcome.result["heatmap"]), pixels_of(places["HEATMAP"]), equal_nan=True)
    assert polygons_of(outcome.result["instances"]) == polygons_of(places["ANOMALIES"])
    assert run.outputs["COUNT"] == outcome.result["count"] > 0
    again = Run("heatmaptopolygons", {"INPUT": places["HEATMAP"], "OUTPUT": str(tmp_path / "again.gpkg")})
    assert again.fine, again.said
    # Traced in another way, rings may begin elsewhere.
    for (outline, values), (expected, others) in zip(
        polygons_of(again.outputs["OUTPUT"]), polygons_of(places["ANOMALIES"])
    ):
        assert geometry(outline).isGeosEqual(geometry(expected))
        assert values == others
    assert again.outputs["COUNT"] == run.outputs["COUNT"]
    truth = str(root / "resources" / "sample" / "harbour_truth.geojson")
    measured = Run("evaluate", {"INPUT": places["HEATMAP"], "LABEL_POLYGONS": truth})
    assert measured.outputs["AUC_DF"] > 0.9


def child(name, **sources):
    """A step of a model."""
    step = QgsProcessingModelChildAlgorithm(f"anomaly_lens:{name}")
    step.setChildId(name)
    for parameter, source in sources.items():
        step.addParameterSources(parameter, [source])
    return step


def test_a_model_of_the_designer_detects_and_goes_on_with_the_heat_map(toolbox, real_engine, root, tmp_path):
    toolbox(real_engine)
    source = QgsProcessingModelChildParameterSource
    rx = [name for name, _ in choices.detectors()].index("rx")
    model = QgsProcessingModelAlgorithm("Detect and merge", "test")
    model.addModelParameter(QgsProcessingParameterRasterLayer("scene", "Scene"), QgsProcessingModelParameter("scene"))
    model.addChildAlgorithm(
        child("detect", INPUT=source.fromModelParameter("scene"), DETECTOR=source.fromStaticValue(rx))
    )
    merged = child(
        "heatmaptopolygons",
        INPUT=source.fromChildOutput("detect", "HEATMAP"),
        MERGE=source.fromStaticValue(20.0),
    )
    output = QgsProcessingModelOutput("merged")
    output.setChildId("heatmaptopolygons")
    output.setChildOutputName("OUTPUT")
    merged.setModelOutputs({"merged": output})
    model.addChildAlgorithm(merged)
    model.initAlgorithm()
    (destination,) = [d.name() for d in model.destinationParameterDefinitions()]
    context, feedback = QgsProcessingContext(), QgsProcessingFeedback()
    values = {"scene": str(root / "resources" / "sample" / "harbour.tif"), destination: str(tmp_path / "merged.gpkg")}
    results, fine = model.run(values, context, feedback)
    assert fine, feedback.textLog()
    assert QgsVectorLayer(results[destination]).featureCount() > 0
