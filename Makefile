# pykeepalived: everything by name, set-up included. Every target may be called first and again.
#
#   make demo [EXAMPLE=nat|dr|tun|vrrp|ipv6|fullnat] [DEMO="--director b=keepalived"]
#   make test      lint, unit, netns (with Debian's keepalived as the other router), vm (real IPVS)
#   make lint | unit | netns | vm | fuzz | bench
#   make pictures  docs/demo.svg anew, from a run of the demo
#   make clean     what the targets made here;  make distclean  also the environment and the guest's kernel

EXAMPLE ?= nat
DEMO ?=
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.ready
USABLE := $(VENV)/.usable
export PYTHON VENV

.PHONY: demo pictures test lint unit netns vm fuzz bench setup clean distclean
.DEFAULT_GOAL := help
# Steps of one set-up, in their order.
.NOTPARALLEL:

.PHONY: help
help:
	@sed -n 's/^#   //p' Makefile

setup: $(STAMP)

$(STAMP): pyproject.toml
	@.ci/prepare venv

# What a user needs; the tools of development are three times that.
$(USABLE): pyproject.toml
	@.ci/prepare venv plain

# Byte code ahead: the guest can't keep what its processes would compile, each start there would do it anew.
COMPILED := build/.compiled
$(COMPILED): $(USABLE) $(shell find pykeepalived -name '*.py')
	@mkdir -p build
	@$(PY) -m compileall -q -j 0 pykeepalived && $(PY) -m pykeepalived warm && touch $@

demo: $(COMPILED)
	@.ci/prepare packages demo
	@$(PY) -m pykeepalived.cli.demo $(EXAMPLE) $(DEMO)

pictures: EXAMPLE := nat
pictures: demo
	cp build/demo/nat/timeline.svg docs/demo.svg

test: $(STAMP) $(COMPILED)
	@.ci/prepare packages test
	@.ci/suite lint unit netns vm

lint unit fuzz: $(STAMP)
	@.ci/suite $@

netns vm: $(STAMP) $(COMPILED)
	@.ci/prepare packages test
	@.ci/suite $@

bench: $(STAMP) $(COMPILED)
	@.ci/prepare packages test
	@.ci/suite bench

clean:
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

distclean: clean
	rm -rf $(VENV) "$${XDG_CACHE_HOME:-$$HOME/.cache}/pykeepalived/guest"
