package rules

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"coffee-platform/policy/rule"
	"coffee-platform/policy/workload"
)

var probePods = rule.Rule{
	ID:       "k1",
	Name:     "probe-pods",
	Title:    "Containers that serve have a readiness and a liveness probe, and liveness asks about the process only",
	Why:      "without readiness a pod gets requests before it can answer them, without liveness a hung one stays, and liveness that asks a dependency restarts every pod when that one is slow",
	Fix:      "set readinessProbe to what asks the dependencies and livenessProbe to what asks the process: its own path such as /livez, or a TCP connection",
	Severity: apitype.PolicySeverityMedium,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.Checkov("CKV_K8S_8"), rule.Checkov("CKV_K8S_9"), rule.KubeLinter("no-liveness-probe"),
		rule.KubeLinter("no-readiness-probe"), rule.KubeScore("pod-probes"),
	},
	Settings: []rule.Setting{
		{
			Name:        "dependencyPaths",
			Description: "HTTP paths that ask dependencies and so may not be a liveness probe.",
			// What the images promise of /health (docs/image-contract.md), and the usual names of readiness.
			Default: []string{"/health", "/ready", "/readyz", "/readiness"},
		},
		{
			Name:        "dependencyCommands",
			Description: "Words of a liveness command that stand for asking a data store.",
			Default:     []string{"pg_isready", "psql", "redis-cli", "valkey-cli"},
		},
	},
	AppliesTo: workload.Selects,
	Check: func(r rule.Resource, env rule.Env) rule.Result {
		return workload.Judge(r, func(pod workload.Pod, result *rule.Result) {
			pod.EachContainer(result, func(container rule.Value) {
				if !runsToItsEnd(pod) {
					requireProbe(container.Get("readinessProbe"), pod, result)
					requireProbe(container.Get("livenessProbe"), pod, result)
				}
				checkLiveness(container.Get("livenessProbe"), env.Settings, result)
			}, workload.Containers)
			// Sidecars are init containers that stay; only they can have probes.
			pod.EachContainer(result, func(container rule.Value) {
				checkLiveness(container.Get("livenessProbe"), env.Settings, result)
			}, workload.InitContainers)
		})
	},
}

// runsToItsEnd tells whether a pod is meant to end, and so serves nobody.
func runsToItsEnd(pod workload.Pod) bool {
	policy, _ := pod.Spec.Get("restartPolicy").Text()
	return jobSpecs[pod.Owner.Kind] != nil || policy == "Never" || policy == "OnFailure"
}

func requireProbe(at rule.Value, pod workload.Pod, result *rule.Result) {
	_, state := at.Keys()
	switch {
	case result.Unreadable(at, state, "a probe"):
	case state == rule.Missing && pod.Patch:
		result.Unpatched(at)
	case state == rule.Missing:
		result.Fail(at, "is not set")
	}
}

func checkLiveness(probe rule.Value, settings rule.Settings, result *rule.Result) {
	at := probe.Get("httpGet", "path")
	path, state := at.Text()
	path, _, _ = strings.Cut(path, "?")
	switch {
	case result.Unreadable(at, state, "a path"):
	case slices.Contains(settings.Texts("dependencyPaths"), strings.TrimSuffix(path, "/")):
		result.Fail(at, "is %s, which asks dependencies", at.Show())
	}
	at = probe.Get("exec", "command")
	words, known := texts(at, result)
	// A shell's command is one word of many.
	said := strings.Fields(strings.Join(words, " "))
	for _, command := range settings.Texts("dependencyCommands") {
		if slices.Contains(said, command) {
			result.Fail(at, "asks a data store")
			return
		}
	}
	if !known {
		result.Undetermined(at, "is known only after deployment")
	}
}
