# What people do with this repository. The work itself is in src-tauri/scripts, to be read there.
#
#   make run SOURCE=~/Videos/series     opens that folder rather than the sample series
#   make bench QUICK=1                  a few swipes only, to see that the measurement works

SCRIPTS := src-tauri/scripts
SOURCE ?=
QUICK ?=

.DEFAULT_GOAL := help
.PHONY: help setup run dev sample test bench icons

help: ## Say what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install what building, running, testing and measuring need
	@$(SCRIPTS)/setup.sh all

run: ## Build the app and open it [SOURCE=folder]; without a display, play it in Xvfb and take pictures
	@$(SCRIPTS)/run.sh $(if $(SOURCE),"$(SOURCE)")

dev: ## The app with a UI that reloads as it is edited [SOURCE=folder]
	@$(SCRIPTS)/dev.sh $(if $(SOURCE),"$(SOURCE)")

sample: ## Make the sample series at target/sample
	@$(SCRIPTS)/sample.sh

test: ## Every check, the cheap ones first
	@$(SCRIPTS)/test.sh

bench: ## Measure swipes, cost and launch against mpv and Chromium [QUICK=1]
	@$(SCRIPTS)/bench.sh $(if $(QUICK),--quick)

icons: ## Render the icons from icons/icon.svg
	@icons/make-pngs.sh
