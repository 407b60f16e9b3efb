# make lab    set everything up and open the course
# make test   set everything up and test it
# make studio set everything up and open the studio as a web page
# Everything is made inside this folder, in .venv; `make clean` takes it away again.
# (pip keeps its downloads where it always does, so that a second set-up is quick.)

# The interpreter to build .venv from; left empty, the first suitable one on the PATH.
PYTHON ?=
# More options for JupyterLab, for instance: make lab LAB_OPTIONS=--port=9000
LAB_OPTIONS ?=
# More options for Voilà, for instance: make studio STUDIO_OPTIONS=--port=9000
STUDIO_OPTIONS ?=
# The parts of `make test` to run, for instance: make test ONLY="style unit"
ONLY ?=
# More extras of pyproject.toml to test with, for instance: make test EXTRAS=torch
EXTRAS ?=

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check
START := notebooks/00_start_here.ipynb

# What the tools would otherwise keep in the home folder stays in .venv, and what a person has set there
# (another Keras backend, another Jupyter theme) does not reach the course.
export JUPYTER_CONFIG_DIR := $(CURDIR)/$(VENV)/var/jupyter/config
export JUPYTER_DATA_DIR := $(CURDIR)/$(VENV)/var/jupyter/data
export JUPYTER_RUNTIME_DIR := $(CURDIR)/$(VENV)/var/jupyter/runtime
export IPYTHONDIR := $(CURDIR)/$(VENV)/var/ipython
export MPLCONFIGDIR := $(CURDIR)/$(VENV)/var/matplotlib
export KERAS_HOME := $(CURDIR)/$(VENV)/var/keras
export PYTHONNOUSERSITE := 1
unexport PYTHONPATH PYTHONHOME PIP_USER PIP_TARGET PIP_PREFIX

# Silent in an interpreter that will do; otherwise it says what is wrong with it.
SUITABLE := import sys; v = sys.version_info[:2]; \
	(3, 10) <= v <= (3, 13) or sys.exit("it is Python %d.%d" % v); \
	import importlib.util as u; \
	u.find_spec("venv") and u.find_spec("ensurepip") \
	or sys.exit("it has no venv module (on Debian and Ubuntu: apt-get install python3-venv)")

ifeq ($(wildcard pyproject.toml),)
$(error Run make in the folder of the course, the one with pyproject.toml in it)
endif

# A .venv is good for one place, and an install that was cut off can leave half a package behind that pip takes
# for a whole one. In these cases it is made anew. (At reading time: make looks only once whether a file exists.)
# One that make did not make, without the mark .place, is taken as it is.
ifneq ($(filter lab studio test,$(MAKECMDGOALS)),)
VERSION := -c "import sys; print(sys.version_info[:2])"
STALE := $(shell if [ ! -d $(VENV) ]; then exit; fi; \
	if [ -e $(VENV)/.unfinished ]; then echo "the last set-up was interrupted"; exit; fi; \
	if ! $(PY) -c "import pip" 2>/dev/null; then echo "its Python is gone"; exit; fi; \
	if [ ! -e $(VENV)/.place ]; then exit; fi; \
	if [ "$$(cat $(VENV)/.place)" != "$(CURDIR)" ]; then echo "the folder was moved"; exit; fi; \
	if [ -n "$(PYTHON)" ] && [ "$$("$(PYTHON)" $(VERSION) 2>/dev/null)" != "$$($(PY) $(VERSION))" ]; \
	then echo "another Python was asked for"; fi)
ifneq ($(STALE),)
$(info Making $(VENV) anew: $(STALE))
$(shell rm -rf $(VENV))
endif
endif

.PHONY: help lab studio test clean
.DEFAULT_GOAL := help

help:
	@echo "make lab     set up .venv and open the course in JupyterLab"
	@echo "make studio  set up .venv and open the studio as a web page, for this machine alone"
	@echo "make test    set up .venv and run every test"
	@echo "make clean   remove .venv and every cache"
	@echo
	@echo "make lab PYTHON=/path/to/python3.12    use this interpreter (3.10 to 3.13)"
	@echo "make test ONLY=\"style unit\"            only these of: style unit backends notebooks browser"
	@echo "make test EXTRAS=torch                 Keras' PyTorch backend as well"

lab: $(VENV)/.ready
	@set --; \
	if [ "$$(uname)" != Darwin ] && [ -z "$$DISPLAY$$WAYLAND_DISPLAY$$BROWSER" ]; then \
		echo "No display here: open the address below in a browser. Ctrl+C twice ends the course."; \
		set -- --no-browser; \
	fi; \
	if [ "$$(id -u)" = 0 ]; then set -- "$$@" --allow-root; fi; \
	exec $(PY) -m jupyterlab --ServerApp.ip=127.0.0.1 --log-level=WARN --LabApp.log_level=WARN \
		--LabApp.default_url=/lab/tree/$(START) "$$@" $(LAB_OPTIONS)

studio: $(VENV)/.ready-studio
	@set --; \
	if [ "$$(uname)" != Darwin ] && [ -z "$$DISPLAY$$WAYLAND_DISPLAY$$BROWSER" ]; then \
		echo "No display here: open the address below in a browser. Ctrl+C ends the studio."; \
		set -- --no-browser; \
	fi; \
	cd notebooks/web && exec $(CURDIR)/$(PY) -m voila studio.ipynb "$$@" $(STUDIO_OPTIONS)

test: $(VENV)/.ready-test $(EXTRAS:%=$(VENV)/.ready-%)
	@$(PY) tests/run.py $(ONLY)

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis build dist
	find . -name .git -prune -o \( -name __pycache__ -o -name .ipynb_checkpoints \) -type d -prune -exec rm -rf {} +

$(PY):
	@set --; found=; said=; \
	if [ -n "$(PYTHON)" ]; then set -- "$(PYTHON)"; \
	else set -- python3 python3.13 python3.12 python3.11 python3.10 python; fi; \
	for candidate in "$$@"; do \
		command -v "$$candidate" >/dev/null 2>&1 || { said="$$said  $$candidate: not found\n"; continue; }; \
		if why=$$("$$candidate" -c '$(SUITABLE)' 2>&1); then found=$$candidate; break; fi; \
		said="$$said  $$candidate: $$why\n"; \
	done; \
	if [ -z "$$found" ]; then \
		printf "The course needs Python 3.10, 3.11, 3.12 or 3.13 with its venv module. Looked at:\n%b" "$$said" >&2; \
		echo "Install one, or name it: make lab PYTHON=/path/to/python3.12" >&2; exit 2; \
	fi; \
	echo "Making .venv with $$("$$found" --version)"; \
	"$$found" -m venv $(VENV) || { rm -rf $(VENV); exit 2; }; \
	printf "%s" "$(CURDIR)" > $(VENV)/.place

# The mark .unfinished goes away only when pip has finished.
define install
	@quiet=; [ -t 1 ] || quiet=-q; touch $(VENV)/.unfinished; \
	echo "Installing $(WHAT) under constraints.txt (about 2 GB on disk; a few minutes the first time)"; \
	$(PIP) install $$quiet --prefer-binary -c constraints.txt -e "$(WHAT)" \
		|| { echo "The set-up stopped here; when the cause is mended, the same command starts again." >&2; exit 1; }
	@mkdir -p $(VENV)/share/jupyter/lab/settings
	@printf '{"@jupyterlab/apputils-extension:notification": {"checkForUpdates": false, "fetchNews": "false"}}\n' \
		> $(VENV)/share/jupyter/lab/settings/overrides.json
	@rm -f $(VENV)/.unfinished; touch $@
endef

$(VENV)/.ready: WHAT := .[course]
$(VENV)/.ready: pyproject.toml constraints.txt $(PY)
	$(install)

$(VENV)/.ready-studio: WHAT := .[course,studio]
$(VENV)/.ready-studio: pyproject.toml constraints.txt $(PY)
	$(install)
	@touch $(VENV)/.ready

$(VENV)/.ready-test: WHAT := .[course,studio,test,browser]
$(VENV)/.ready-test: pyproject.toml constraints.txt $(PY)
	$(install)
	@touch $(VENV)/.ready $(VENV)/.ready-studio

$(VENV)/.ready-%: WHAT = .[$(@:$(VENV)/.ready-%=%)]
$(VENV)/.ready-%: $(VENV)/.ready-test
	$(install)
