# GenreDesk: `make run` sets everything up and opens the window, `make test` checks everything.
# Works with GNU make 3.81 and later (Linux, macOS, WSL, MSYS2).

GENREDESK_DATA ?= data
PYTHON ?= $(shell sh packaging/find-python)
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
LINTED := genredesk tests benchmarks packaging
ARGS   ?=

export OMP_WAIT_POLICY ?= passive

.DEFAULT_GOAL := help
.PHONY: help setup run test tests lint check-headless check-light coverage bench shots docs models demo desktop packages check-packages constraints translations clean

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: $(READY)  ## make .venv with the genredesk command in it

$(READY): pyproject.toml constraints.txt
	@sh packaging/system-deps
	@sh packaging/make-venv "$(PYTHON)" "$(VENV)"
	@touch $@

run: setup  ## set up and open the window (without a display: the terminal view)
	@$(BIN)/genredesk gui --or-terminal $(ARGS)

test: setup  ## lint, and every test: the engine's without Qt, the window's (ARGS="-k ring")
	@sh packaging/system-deps test
	@$(MAKE) --no-print-directory --jobs=2 --keep-going lint tests

# test runs it beside the linters, which keep one processor busy for a minute only
tests: setup  ## only the tests
	env -u MAKEFLAGS -u MFLAGS $(BIN)/python packaging/run_tests.py $(ARGS)

lint: setup  ## ruff, pyright and the contracts between the rooms
	$(BIN)/ruff check $(LINTED)
	$(BIN)/ruff format --check $(LINTED)
	$(BIN)/pyright
	$(BIN)/lint-imports

check-headless: setup  ## only the engine's tests, with PySide6 blocked
	$(BIN)/python packaging/check_headless.py -n auto --dist loadgroup $(ARGS)

check-light: setup  ## use GenreDesk in a clean environment without the extra "train" (ARGS=--with-training)
	$(BIN)/python packaging/check_light.py $(ARGS) $(wildcard $(GENREDESK_DATA)/gtzan-audio)

coverage: setup  ## which lines the tests run: every test again, measured
	@sh packaging/system-deps test
	$(BIN)/coverage erase
	$(BIN)/coverage run packaging/run_tests.py $(ARGS)
	$(BIN)/coverage combine --quiet
	@rm -f .coverage.*  # of processes that a test killed while they wrote
	$(BIN)/coverage report

bench: setup  ## the numbers of benchmarks/, as a table
	$(BIN)/python -m benchmarks $(ARGS)

shots: setup  ## the screenshots of README and manual (ARGS=listen: those with that word)
	@sh packaging/system-deps test
	$(BIN)/python packaging/make_shots.py $(ARGS)
	$(BIN)/python packaging/shots_library.py $(ARGS)

docs: setup  ## the manual, into build/manual
	@$(BIN)/python -c "import material" 2>/dev/null || $(BIN)/python -m pip install --quiet \
	    --disable-pip-version-check --constraint constraints.txt --editable '.[docs]'
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet
	@echo "The manual: build/manual/index.html"

models: setup  ## train the default bundle again (ARGS=--all: all that come along; needs GENREDESK_DATA)
	$(BIN)/python packaging/train_shipped.py \
	    --mels "$(GENREDESK_DATA)/gtzan-mel/mels.npz" \
	    --tracks "$(GENREDESK_DATA)/gtzan-mel/tracks.csv" $(ARGS)
	$(BIN)/python packaging/accuracy_table.py

demo: setup  ## write the demo pieces again (needs fluidsynth)
	@sh packaging/system-deps demo
	$(BIN)/python packaging/make_demo $(ARGS)

desktop: setup  ## put GenreDesk into the desktop's menu
	@sh packaging/install-desktop

packages: setup docs  ## all packages that this system can make, into dist/ (ARGS="wheel deb")
	$(BIN)/python packaging/make_packages $(ARGS)

check-packages: setup  ## use each package without the source tree; the .deb in a bare Debian
	@sh packaging/system-deps test
	$(BIN)/python packaging/check_packages $(ARGS)

translations: setup  ## bring the catalogues of texts up to date and compile them
	mkdir -p build && $(BIN)/python packaging/sentences.py > build/sentences.py
	for ts in resources/translations/*.ts; do \
	    $(BIN)/pyside6-lupdate -locations none -no-obsolete \
	        $$(case $$ts in *_en.ts) echo -pluralonly;; *) echo build/sentences.py;; esac) \
	        $$(find genredesk/ui -name '*.py') -ts $$ts && \
	    $(BIN)/pyside6-lrelease $$ts -qm $${ts%.ts}.qm || exit 1; \
	done

constraints: setup  ## write down the versions installed now as the tested ones
	$(BIN)/python packaging/freeze.py > constraints.txt.tmp && mv constraints.txt.tmp constraints.txt

clean:  ## remove everything that make and the tests made
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache .hypothesis .benchmarks .import_linter_cache
	rm -f .coverage .coverage.*
	find $(LINTED) -name __pycache__ -type d -prune -exec rm -rf {} +
