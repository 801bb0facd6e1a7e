# One word for each thing a person does; `make` alone lists them. What a word needs is installed on the way.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON := .venv/bin/python
# Two runs: QGIS and rasterio bring a GDAL each, and one process bears but one of them. The engine's tests mostly wait for
# one core and share out well; those of QGIS watch what is shown in time and keep the machine for themselves.
ENGINE_TESTS := tests/engine tests/training
# Tests on real imagery skip, saying so, where there is none.
ifneq ($(wildcard ../shared/data),)
export ANOMALY_LENS_DATA ?= $(CURDIR)/../shared/data
endif

.PHONY: help demo run pictures test lint bench translations package lock matrix clean ready system

help:
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s  %s\n", $$1, $$2 }' Makefile

demo: ready package  ## detect in a real QGIS: make demo [SCENE=… MODALITY=… DETECTOR=…]; results in out/demo
	@$(PYTHON) tests/e2e/launch.py demo

run: ready package  ## open QGIS with the plugin
	@$(PYTHON) tests/e2e/launch.py run

pictures: ready package  ## take the pictures of the tutorials; in out/pictures
	@$(PYTHON) tests/e2e/launch.py pictures

test: ready  ## all tests, a real QGIS included, and lint
	@status=0; \
	OMP_NUM_THREADS=1 $(PYTHON) -m pytest --numprocesses logical --maxprocesses 4 $(ENGINE_TESTS) || status=1; \
	QT_QPA_PLATFORM=offscreen $(PYTHON) -m pytest tests $(ENGINE_TESTS:%=--ignore=%) || status=1; \
	$(MAKE) --no-print-directory lint || status=1; \
	exit $$status

lint: ready  ## format, style, types
	@$(PYTHON) -m ruff format --check --quiet .
	@$(PYTHON) -m ruff check --quiet .
	@MYPYPATH=.venv/src $(PYTHON) -m mypy -p anomaly_lens.engine -p anomaly_lens.training

bench: ready package  ## speed and memory, beside Spectral Python, Orfeo Toolbox, MONAI
	$(PYTHON) -m anomaly_lens.training bench
	$(PYTHON) tests/e2e/bench_review.py
	$(PYTHON) tests/e2e/bench_threshold.py
	$(PYTHON) tests/e2e/bench_start.py

translations: ready  ## bring resources/i18n up to date with the texts in the code
	@$(PYTHON) .ci/translations.py

package: ready  ## build dist/anomaly_lens.zip
	@$(PYTHON) .ci/package.py

lock: ready  ## pin the engine's packages anew, after a change of pyproject.toml
	@$(PYTHON) .ci/lock.py

matrix:  ## the plugin's tests under QGIS 3.22, 3.40 and 3.44, each in a fresh Debian; needs root's rights
	@.ci/matrix.sh

clean:  ## remove what was built, the environment included
	rm -rf .venv dist out resources/pip *.egg-info .pytest_cache .ruff_cache .mypy_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

ready: system .venv/stamp resources/pip/stamp

system:
	@.ci/system.sh

# pip travels in the plugin's zip, not in the repository.
resources/pip/stamp: resources/engine-lock.txt | .venv/stamp
	@PYTHONWARNINGS=ignore $(PYTHON) .ci/lock.py pip && touch $@

# An editable install knows the checkout's place: one that was moved is installed again.
ifneq ($(file <.venv/stamp),$(CURDIR))
.PHONY: .venv/stamp
endif
.venv/stamp: pyproject.toml | system
	/usr/bin/python3 -m venv --system-site-packages .venv
	# Beside QGIS's own numpy, which its GDAL was built for: no package may bring another.
	PYTHONWARNINGS=ignore $(PYTHON) -m pip install --quiet --editable '.[training,bench,test,scaleout,onnx]' \
		"numpy==$$(/usr/bin/python3 -c 'import numpy; print(numpy.__version__)')"
	@mkdir -p .venv/src && ln -sfn ../.. .venv/src/anomaly_lens  # for mypy: a package wants a proper name
	@printf '%s' "$(CURDIR)" >$@
