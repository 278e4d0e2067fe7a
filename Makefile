# The one interface to the project: what a person runs, CI runs.
#
#   make help       what there is
#
# Needs only Go and make. Everything else is built into .bin from Go modules pinned under tools/, one
# module for each tool, so that no tool decides the version of what another is made of.

STACK ?= dev
OUT ?= export

bin := .bin
cli := $(bin)/cli/bin/pulumi
pulumi_version = $(shell go list -C tools/pulumi -m -f '{{.Version}}' github.com/pulumi/pulumi/pkg/v3)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

##@ Without a cloud account

.PHONY: preview
preview: sandbox ## Preview a stack, held to the policies (STACK=dev; VIOLATE=c1 breaks a rule on purpose)
	@$(bin)/sandbox preview -stack $(STACK) $(if $(VIOLATE),-violate $(VIOLATE))

.PHONY: policy-report
policy-report: sandbox ## Preview a stack and write what the policies found as JSON (STACK=dev OUT=policy-report.json)
	@$(bin)/sandbox preview -stack $(STACK) $(if $(VIOLATE),-violate $(VIOLATE)) -policy-report $(if $(filter file,$(origin OUT)),policy-report.json,$(OUT))

.PHONY: sandbox-up
sandbox-up: sandbox ## Deploy a stack into the sandbox (STACK=dev; REFRESH=1 puts drift right, SCALE=60 takes AWS's time, FAULT='…' fails: see the runbooks)
	@$(bin)/sandbox up -stack $(STACK) $(if $(VIOLATE),-violate $(VIOLATE)) $(if $(REFRESH),-refresh) \
	  $(if $(SCALE),-scale $(SCALE)) $(if $(PARALLEL),-parallel $(PARALLEL)) $(if $(FAULT),-fault '$(FAULT)')

.PHONY: sandbox-drift
sandbox-drift: sandbox ## Show what was changed behind the engine's back, and fail if anything was (STACK=dev)
	@$(bin)/sandbox drift -stack $(STACK)

.PHONY: sandbox-recover
sandbox-recover: sandbox ## Tell the state what a killed deployment had made (STACK=dev)
	@$(bin)/sandbox recover -stack $(STACK)

.PHONY: sandbox-refresh
sandbox-refresh: sandbox ## Make the sandbox's state what the sandbox is (STACK=dev)
	@$(bin)/sandbox refresh -stack $(STACK)

.PHONY: sandbox-destroy
sandbox-destroy: sandbox ## Take a stack down again (STACK=dev)
	@$(bin)/sandbox destroy -stack $(STACK)

.PHONY: export
export: sandbox ## Write resources.json and manifests/ of a stack (STACK=dev OUT=export)
	@$(bin)/sandbox export -stack $(STACK) -out $(OUT)

##@ With a cloud account

.PHONY: policy-pack
policy-pack: ## Build the policy pack, for pulumi preview --policy-pack .bin/policy/coffee-policy
	@mkdir -p $(bin)/policy
	@go build -o $(bin)/policy/coffee-policy ./policy
	@cp policy/PulumiPolicy.yaml $(bin)/policy/PulumiPolicy.yaml

##@ Development

.PHONY: test
test: lint unit ## Everything a change must pass

.PHONY: lint
lint: $(bin)/golangci-lint $(bin)/actionlint ## Formatting, vet, linters, workflows
	@echo "==> gofmt, go vet, golangci-lint, actionlint"
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); \
	  if [ -n "$$unformatted" ]; then echo "not gofmt-ed (run make fmt):"; echo "$$unformatted"; exit 1; fi
	@go vet ./...
	@$(bin)/golangci-lint run
	@$(bin)/actionlint

.PHONY: unit
unit: sandbox ## Unit tests, and the sandbox from end to end, with the race detector
	@echo "==> go test -race (the first run compiles the AWS SDK for the race detector: several minutes)"
	@go test -race ./...

.PHONY: seeded-faults
seeded-faults: sandbox ## Make every fault of internal/seededfaults, one at a time: its test has to fail (about 9 minutes)
	@go run ./cmd/seededfaults

# The parts of the policy pack that read what anybody may have written.
fuzzed := policy/analyzer/FuzzAnalyze policy/iamdocument/FuzzStatements policy/rules/FuzzIAMDocuments policy/rules/FuzzImages
FUZZTIME ?= 5m

.PHONY: fuzz
fuzz: ## Throw mutated input at the policy pack, each of four targets for FUZZTIME (5m, so 20 minutes); a crash is kept as a test
	@for target in $(fuzzed); do echo "==> $$target" && \
	  go test ./$${target%/*} -run '^$$' -fuzz "^$${target##*/}\$$" -fuzztime $(FUZZTIME) || exit 1; done

.PHONY: mutants
mutants: ## Change the policy pack in 300 small ways, one at a time: a test has to fail each time (an hour or so)
	@go run ./cmd/mutants

.PHONY: cover
cover: ## Statement coverage of components and stacks by their own tests, package by package
	@go test -cover ./components/... ./stacks/... | awk '/coverage:/ {printf "%-52s %s\n", $$2, $$0 ~ /\[no statements\]/ ? "-" : $$5}'

.PHONY: interruptions
interruptions: sandbox ## Kill twenty deployments of prod and fail twenty, and recover each (about 5 minutes)
	@COFFEE_EVERY_INTERRUPTION=1 go test ./internal/sandbox -run 'TestKilled|TestFailed' -count=1 -v -timeout 30m

.PHONY: bench
bench: sandbox ## Time previews next to their floor, with and without the policies, the policies by themselves, the build, and a deployment of prod (about 7 minutes)
	@go run ./cmd/bench
	@echo "==> deploying prod with the waits of AWS, sixty times faster"
	@dir=$$(mktemp -d) && $(bin)/sandbox up -stack prod -scale 60 -dir $$dir | grep '^sandbox:\|^  ' | tail -n 40; rm -rf $$dir

.PHONY: generate
generate: ## Write the generated files anew
	@go run ./cmd/fidelity
	@go run ./cmd/policydocs

.PHONY: golden
golden: sandbox ## Write the golden files of every stack anew; commit them by themselves
	@go test ./internal/golden ./internal/changetable -count=1 -update
	@git diff --stat -- internal/golden/testdata docs/changes.md

.PHONY: fmt
fmt: ## Format the code
	@gofmt -w $$(git ls-files '*.go')

.PHONY: clean
clean: ## Remove what was built, and the sandbox
	rm -rf $(bin) .sandbox

.PHONY: help
help: ## Show this help
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo

# What the sandbox runs: the pinned CLI, the driver with the program in it, the policy pack.
.PHONY: sandbox
sandbox: $(cli) policy-pack
	@[ -x $(bin)/sandbox ] || echo "==> building the program (the first time compiles the AWS SDK: a few minutes)"
	@go build -o $(bin)/sandbox ./cmd/sandbox

$(cli): tools/pulumi/go.sum
	@echo "==> building the Pulumi CLI $(pulumi_version) (once: a few minutes)"
	@mkdir -p $(@D)
	@go build -C tools/pulumi -trimpath -ldflags "-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=$(pulumi_version)" \
	  -o ../../$@ github.com/pulumi/pulumi/pkg/v3/cmd/pulumi

$(bin)/golangci-lint: tools/golangci-lint/go.sum
	@echo "==> building golangci-lint (once: a few minutes)"
	@go build -C tools/golangci-lint -trimpath -o ../../$@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint

$(bin)/actionlint: tools/actionlint/go.sum
	@echo "==> building actionlint (once)"
	@go build -C tools/actionlint -trimpath -o ../../$@ github.com/rhysd/actionlint/cmd/actionlint
