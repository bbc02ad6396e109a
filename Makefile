# Latent Studio. `make help` lists everything.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
# Extra arguments for a command: make train-navigator ARGS="--epochs 5"
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help studio navigator odyssey faces sampler labeler traversals tables install install-dev test check format \
	train-navigator train-navigator-digits train-odyssey train-odyssey-fashion train-sampler \
	train-faces train-faces-synthetic train-faces-olivetti train-ssvae train-features \
	train-joint train-joint-olivetti train-iris train-wine train-all showcase test-reliability \
	bench bench-browser load space screenshots tour clean

help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z0-9-]+:.*## / {printf "  make %-24s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

studio: install ## Open the studio on http://127.0.0.1:7860
	$(PY) -m studio $(ARGS)

navigator: install ## Open the 2-D navigator alone on http://127.0.0.1:7862
	$(PY) -m studio --only navigator --port 7862 $(ARGS)

odyssey: install ## Open the 3-D odyssey alone on http://127.0.0.1:7863
	$(PY) -m studio --only odyssey --port 7863 $(ARGS)

faces: install ## Open the faces alone on http://127.0.0.1:7864
	$(PY) -m studio --only faces --port 7864 $(ARGS)

sampler: install ## Open the Gaussian sampler alone on http://127.0.0.1:7865
	$(PY) -m studio --only sampler --port 7865 $(ARGS)

labeler: install ## Open the labeler alone on http://127.0.0.1:7866
	$(PY) -m studio --only labeler --port 7866 $(ARGS)

traversals: install ## Open the traversals alone on http://127.0.0.1:7867
	$(PY) -m studio --only traversals --port 7867 $(ARGS)

tables: install ## Open the tables alone on http://127.0.0.1:7868
	$(PY) -m studio --only tables --port 7868 $(ARGS)

install: $(VENV)/.installed ## Make .venv and install the studio into it

install-dev: $(VENV)/.installed-dev ## The same, with what tests and checks need

# Two files at a time; those that watch a browser apart, so that only they compete for frames.
# 5: ARGS chose none of them.
test: install-dev ## Run every test, in the browser too where Chromium is found
	$(PY) -m pytest -n 2 --dist loadfile --durations 15 -m "not browser" $(ARGS) || test $$? -eq 5
	$(PY) -m pytest -n 2 --dist loadfile --durations 15 -m browser $(ARGS) || test $$? -eq 5

test-reliability: install-dev ## Try every promise of docs/reliability.md in full and write it anew
	$(PY) -m tests.reliability.report $(ARGS)

check: install-dev ## Format, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: install-dev ## Format the code and mend what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

train-all: install ## Train every recipe, one after another
	$(PY) -m models train --all $(ARGS)

train-navigator: install ## Train the map of handwritten digits (60,000 examples)
	$(PY) -m models train navigator-mnist $(ARGS)

train-navigator-digits: install ## Train the small digits; no download, a minute
	$(PY) -m models train navigator-digits $(ARGS)

train-odyssey: install ## Train the digits to fly through: three dimensions (60,000 examples)
	$(PY) -m models train odyssey-mnist $(ARGS)

train-odyssey-fashion: install ## Train the clothes to fly through (60,000 examples)
	$(PY) -m models train odyssey-fashion $(ARGS)

train-sampler: install ## Train the digits to sample from, with beta 0.1, 1 and 10 (60,000 examples)
	$(PY) -m models train sampler-mnist-beta0.1 $(ARGS)
	$(PY) -m models train sampler-mnist-beta1 $(ARGS)
	$(PY) -m models train sampler-mnist-beta10 $(ARGS)

train-faces: install ## Train faces to morph: CelebA's where they are found, drawn ones otherwise
	$(PY) -m models train faces $(ARGS)

train-faces-synthetic: install ## Train the drawn faces with exact attributes; no download
	$(PY) -m models train faces-synthetic $(ARGS)

train-faces-olivetti: install ## Train the faces of forty people in grey; minutes
	$(PY) -m models train faces-olivetti $(ARGS)

train-ssvae: install ## Train the digits told apart from 50 labels (60,000 examples)
	$(PY) -m models train ssvae-mnist --precision bf16 $(ARGS)

train-joint: install ## Train digits whose codes have classes that nobody named (60,000 examples)
	$(PY) -m models train joint-mnist --half $(ARGS)
	$(PY) -m models train joint-mnist-10 --half $(ARGS)
	$(PY) -m models train joint-mnist-best --half $(ARGS)

train-joint-olivetti: install ## Train forty people in grey, in ten classes that nobody named
	$(PY) -m models train joint-olivetti --half $(ARGS)

train-iris: install ## Train a VAE and a beta-VAE on Iris; no download, seconds
	$(PY) -m models train iris $(ARGS)
	$(PY) -m models train iris-beta $(ARGS)

train-wine: install ## Train a VAE and a beta-VAE on Wine; no download, seconds
	$(PY) -m models train wine $(ARGS)
	$(PY) -m models train wine-beta $(ARGS)

train-features: install ## Train the classifier in whose features samples are judged; a minute
	$(PY) -m models features mnist $(ARGS)

showcase: install ## Draw how 50 labels make classes, in three stages; minutes
	$(PY) -m models showcase ssvae $(ARGS)

bench: install-dev ## Measure training, encoding, decoding, flights, live view, start-up, map and memory here
	$(PY) -m models bench startup
	$(PY) -m models bench memory
	$(PY) -m models bench map
	$(PY) -m models bench decode --name navigator-mnist --name odyssey-mnist --name faces-celeba
	$(PY) -m models bench live
	$(PY) -m models bench encode
	$(PY) -m models bench flight
	$(PY) -m models bench train --all $(ARGS)

bench-browser: install-dev ## Measure every tab's first paint and how the tabs feel, in headless Chromium
	$(PY) -m tests.browser.bench $(ARGS)

load: install-dev ## Measure what 1, 8 and 32 browsers at once see of one studio, as JSON
	$(PY) -m tests.load $(ARGS)

space: ## Lay out a Hugging Face Space in build/space
	$(PYTHON) -m hosting.space

screenshots: install-dev ## Make the pictures of the README from the running studio
	$(PY) -m tests.browser.screenshots $(ARGS)

tour: install-dev ## Carry out the notebook of the documents anew and keep what it shows
	$(PY) -m tests.tour

clean: ## Remove .venv and caches; the workspace stays
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

# torch is installed first and alone: with it in place no other package can pull another build.
$(VENV)/.installed: pyproject.toml
	test -x $(PY) || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet torch==2.13.0
	$(BIN)/pip install --quiet -e .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed pyproject.toml
	$(BIN)/pip install --quiet -e ".[dev]"
	touch $@
