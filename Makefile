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
# The control plane of make e2e.
control_plane := $(addprefix $(bin)/,etcd kube-apiserver kube-controller-manager kube-scheduler kwok karpenter keda-operator keda-adapter)
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
test: compiler lint unit ## Everything a change must pass

# What holds our Go code: not what was built, or unpacked, beside it.
go_code := main.go cmd components internal policy stacks

.PHONY: lint
lint: $(bin)/golangci-lint $(bin)/actionlint ## Formatting, vet, linters, workflows
	@echo "==> gofmt, go vet, golangci-lint, actionlint"
	@unformatted=$$(gofmt -l $(go_code)) || exit 1; \
	  if [ -n "$$unformatted" ]; then echo "not gofmt-ed (run make fmt):"; echo "$$unformatted"; exit 1; fi
	@go vet ./...
	@$(bin)/golangci-lint run
	@$(bin)/actionlint

# Tests that run the engine some sixty times, on the program and the stand-ins that those of internal/sandbox run with
# the race detector; it would find nothing more here, and takes minutes.
engine_runs := internal/changetable internal/golden

.PHONY: unit
unit: compiler sandbox $(bin)/helm haproxy ## Unit tests, and the sandbox from end to end, with the race detector
	@case "$$(go env CGO_ENABLED)$$CI" in \
	  0) echo "==> go test, without the race detector: there is no C compiler";; \
	  0*) echo "there is no C compiler, which the race detector needs"; exit 1;; \
	  *) echo "==> go test -race (the first run compiles the AWS SDK for the race detector: several minutes)";; esac
	@packages=$$(go list ./...) && go test $$([ "$$(go env CGO_ENABLED)" = 0 ] || echo -race) -timeout 30m $$(echo "$$packages" | grep -v $(foreach package,$(engine_runs),-e '/$(package)$$'))
	@echo "==> go test $(engine_runs)"
	@go test -timeout 30m $(addprefix ./,$(engine_runs))

.PHONY: seeded-faults
seeded-faults: sandbox $(bin)/helm haproxy ## Make every fault of internal/seededfaults, one at a time: its test passes without it and has to fail with it (about 30 minutes)
	@go run ./cmd/seededfaults

# The parts of the policy pack that read what anybody may have written.
fuzzed := policy/analyzer/FuzzAnalyze policy/iamdocument/FuzzStatements policy/rules/FuzzIAMDocuments policy/rules/FuzzImages
FUZZTIME ?= 5m

.PHONY: fuzz
fuzz: ## Throw mutated input at the policy pack, each of four targets for FUZZTIME (5m, so 20 minutes); a crash is kept as a test
	@for target in $(fuzzed); do echo "==> $$target" && \
	  go test ./$${target%/*} -run '^$$' -fuzz "^$${target##*/}\$$" -fuzztime $(FUZZTIME) || exit 1; done

.PHONY: mutants
mutants: ## Change the policy pack in 300 small ways, one at a time: a test has to fail each time (10 to 20 minutes)
	@go run ./cmd/mutants

.PHONY: e2e
e2e: $(control_plane) $(bin)/upstream redis ## The manifests on a real control plane, with Karpenter, KEDA and Redis (STACKS=prod SCENARIOS=burst,access; the first time builds them: about twenty minutes)
	@for program in redis-server redis-cli; do command -v $$program >/dev/null || \
	  { echo "make e2e needs $$program, of Redis 7 with TLS"; exit 1; }; done
	@go build -o $(bin)/e2e ./cmd/e2e
	@$(bin)/e2e $(if $(STACKS),-stacks $(STACKS)) $(if $(SCENARIOS),-scenarios $(SCENARIOS))

.PHONY: cover
cover: sandbox ## Statement coverage of components and stacks by their own tests, package by package
	@out=$$(go test -cover ./components/... ./stacks/...); status=$$?; \
	  if [ $$status != 0 ]; then echo "$$out"; exit $$status; fi; \
	  echo "$$out" | awk '/coverage:/ {printf "%-52s %s\n", $$2, $$0 ~ /\[no statements\]/ ? "-" : $$5}'

.PHONY: interruptions
interruptions: sandbox ## Kill twenty deployments of prod and fail twenty, and recover each (about 5 minutes)
	@COFFEE_EVERY_INTERRUPTION=1 go test ./internal/sandbox -run 'TestKilled|TestFailed' -count=1 -v -timeout 30m

.PHONY: bench
bench: sandbox ## Time previews next to their floor, with and without the policies, the policies by themselves, the build, and a deployment of prod (about 7 minutes)
	@go run ./cmd/bench
	@echo "==> deploying prod with the waits of AWS, sixty times faster"
	@dir=$$(mktemp -d); $(bin)/sandbox up -stack prod -scale 60 -dir $$dir >$$dir/out; status=$$?; \
	  grep '^sandbox:\|^  ' $$dir/out | tail -n 40; rm -rf $$dir; exit $$status

.PHONY: charts
charts: $(bin)/upstream $(bin)/helm ## Look at whole charts of the versions that are installed (CHARTS=dir, with a directory of its name for each)
	@[ -d "$(CHARTS)" ] || { echo "say where the charts are: make charts CHARTS=dir"; exit 1; }
	@COFFEE_CHARTS=$(abspath $(CHARTS)) go test ./internal/charts -run TestChartsByHand -count=1 -v

.PHONY: gate-simulation
gate-simulation: ## Simulate consumers looking for a free render gate, and write the figures into the decision's page
	@go run ./cmd/gatesim

.PHONY: generate
generate: ## Write the generated files anew
	@go run ./cmd/fidelity
	@go run ./cmd/policydocs

.PHONY: golden
golden: sandbox ## Write the golden files of every stack anew; commit them by themselves
	@go test -timeout 30m ./internal/golden ./internal/changetable -count=1 -update
	@git diff --stat -- internal/golden/testdata docs/changes.md

.PHONY: fmt
fmt: ## Format the code
	@gofmt -w $(go_code)

.PHONY: clean
clean: ## Remove what was built, and the sandbox
	rm -rf $(bin) .sandbox

.PHONY: help
help: ## Show this help
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z0-9-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo

# Programs of Debian that tests run. Root gets them from Debian or Ubuntu by this, and so does CI; whoever is neither
# is told. $(1): the program, $(2): its package, $(3): what wants it.
define from-debian
	@if command -v $(1) >/dev/null || [ -x /usr/sbin/$(1) ]; then exit 0; fi; \
	  if [ "$$(id -u)" = 0 ]; then as_root=env; elif [ -n "$$CI" ]; then as_root="sudo -n"; fi; \
	  if [ -z "$$as_root" ] || ! command -v apt-get >/dev/null; then \
	    echo "==> no $(1) here, which $(3) (Debian, Ubuntu: apt-get install $(2))"; exit 0; fi; \
	  echo "==> installing $(1), which $(3)"; \
	  $$as_root apt-get update -qq && $$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(2) >/dev/null
endef

# Without it those tests are skipped, but in CI they fail.
.PHONY: haproxy
haproxy:
	$(call from-debian,haproxy,haproxy,the tests of the render gate run)

# Go has none of its own, and without one leaves out what needs it.
.PHONY: compiler
compiler:
	$(call from-debian,gcc,gcc libc6-dev,the race detector needs)

.PHONY: redis
redis:
	$(call from-debian,redis-server,redis-server,make e2e runs)

# What the sandbox runs: the pinned CLI, the driver with the program in it, the policy pack; and the definitions
# of custom resources that it holds objects to.
.PHONY: sandbox
sandbox: $(cli) $(bin)/upstream policy-pack
	@[ -x $(bin)/sandbox ] || echo "==> building the program (the first time compiles the AWS SDK: a few minutes)"
	@go build -o $(bin)/sandbox ./cmd/sandbox

$(cli): tools/pulumi/go.sum
	@echo "==> building the Pulumi CLI $(pulumi_version) (once: a few minutes)"
	@mkdir -p $(@D)
	@go build -C tools/pulumi -trimpath -ldflags "-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=$(pulumi_version)" \
	  -o ../../$@ github.com/pulumi/pulumi/pkg/v3/cmd/pulumi

# Files of modules that are pinned like the others, but of which nothing is built.
$(bin)/upstream: tools/upstream/go.sum
	@echo "==> taking definitions and charts out of the modules of KEDA and External Secrets"
	@rm -rf $@ $@.tmp && mkdir -p $@.tmp/crds $@.tmp/charts
	@go mod download -C tools/upstream
	@secrets=$$(go list -C tools/upstream -m -f '{{.Dir}}' github.com/external-secrets/external-secrets) && \
	  keda=$$(go list -C tools/upstream -m -f '{{.Dir}}' github.com/kedacore/keda/v2) && \
	  cp $$secrets/config/crds/bases/external-secrets.io_*.yaml $$keda/config/crd/bases/keda.sh_*.yaml $@.tmp/crds/ && \
	  cp -r $$secrets/deploy/charts/external-secrets $@.tmp/charts/
	@chmod -R u+w $@.tmp && mv $@.tmp $@ && touch $@

$(bin)/helm: tools/helm/go.sum
	@echo "==> building helm (once: about three minutes)"
	@go build -C tools/helm -trimpath -o ../../$@ helm.sh/helm/v3/cmd/helm

$(bin)/golangci-lint: tools/golangci-lint/go.sum
	@echo "==> building golangci-lint (once: a few minutes)"
	@go build -C tools/golangci-lint -trimpath -o ../../$@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint

$(bin)/actionlint: tools/actionlint/go.sum
	@echo "==> building actionlint (once)"
	@go build -C tools/actionlint -trimpath -o ../../$@ github.com/rhysd/actionlint/cmd/actionlint

# Two of those serve metrics and probes at every interface and have no setting for it: they are built from a copy of their
# module in which the one file that says so names the loopback address. $(1): the module under tools/, $(2): that of the
# copy, $(3): the file.
define copy_on_loopback
	@rm -rf $@.from && mkdir -p $@.from && go mod download -C tools/$(1) $(2)
	@original=$$(go list -C tools/$(1) -m -f '{{.Dir}}' $(2)) && cp -r $$original $@.from/module && chmod -R u+w $@.from && \
	  sed 's/Sprintf(":%/Sprintf("127.0.0.1:%/' $$original/$(3) >$@.from/module/$(3) && \
	  if cmp -s $$original/$(3) $@.from/module/$(3); then echo "$$original/$(3) says no longer where to listen: see copy_on_loopback"; exit 1; fi
	@cp tools/$(1)/go.mod tools/$(1)/go.sum $@.from/ && go mod edit -replace=$(2)=$(abspath $@.from/module) $@.from/go.mod
endef

# A tool of make e2e: from which module under tools/, which package of it, about how long it takes on two cores; and of
# which module and with which file copy_on_loopback is to be made, if it is.
define control_plane_tool
$(bin)/$(1): tools/$(2)/go.sum
	@echo "==> building $(1) (once: $(4))"
	$(if $(5),$$(call copy_on_loopback,$(2),$(5),$(6)))
	@go build -C tools/$(2) -trimpath $(if $(5),-modfile=../../$$@.from/go.mod )-ldflags '$$(ldflags_$(2))' -o ../../$$@ $(3)
	$(if $(5),@rm -rf $$@.from)
	@touch $$@ # go build leaves an unchanged program's time as it is
endef
ldflags_kubernetes = -X k8s.io/component-base/version.gitVersion=$(kubernetes_version) \
  -X k8s.io/component-base/version.gitMajor=$(word 1,$(subst ., ,$(kubernetes_version:v%=%))) -X k8s.io/component-base/version.gitMinor=$(word 2,$(subst ., ,$(kubernetes_version)))
kubernetes_version = $(shell go list -C tools/kubernetes -m -f '{{.Version}}' k8s.io/kubernetes)

$(eval $(call control_plane_tool,etcd,etcd,go.etcd.io/etcd/server/v3,a minute))
$(eval $(call control_plane_tool,kube-apiserver,kubernetes,k8s.io/kubernetes/cmd/kube-apiserver,4 minutes))
$(eval $(call control_plane_tool,kube-controller-manager,kubernetes,k8s.io/kubernetes/cmd/kube-controller-manager,2 minutes))
$(eval $(call control_plane_tool,kube-scheduler,kubernetes,k8s.io/kubernetes/cmd/kube-scheduler,a minute))
$(eval $(call control_plane_tool,kwok,kwok,sigs.k8s.io/kwok/cmd/kwok,2 minutes))
$(eval $(call control_plane_tool,karpenter,karpenter,sigs.k8s.io/karpenter/kwok,2 minutes,sigs.k8s.io/karpenter,pkg/operator/operator.go))
$(eval $(call control_plane_tool,keda-operator,keda,github.com/kedacore/keda/v2/cmd/operator,10 minutes))
$(eval $(call control_plane_tool,keda-adapter,keda,github.com/kedacore/keda/v2/cmd/adapter,a minute,github.com/kedacore/keda/v2,cmd/adapter/main.go))
