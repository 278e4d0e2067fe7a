package rules

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"coffee-platform/policy/rule"
	"coffee-platform/policy/workload"
)

var requestResources = rule.Rule{
	ID:       "a1",
	Name:     "request-resources",
	Title:    "Every container requests CPU and memory",
	Why:      "without requests the scheduler packs pods by count, and the pod is the first to be evicted and the last to get CPU",
	Fix:      "set resources.requests.cpu and resources.requests.memory on the container, or limits, which a missing request takes over",
	Severity: apitype.PolicySeverityHigh,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.Checkov("CKV_K8S_10"), rule.Checkov("CKV_K8S_12"), rule.Trivy("KSV-0015"), rule.Trivy("KSV-0016"),
		rule.KubeLinter("unset-cpu-requirements"), rule.KubeLinter("unset-memory-requirements"),
		rule.KubeScore("container-resources"),
	},
	AppliesTo: workload.Selects,
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		return workload.Judge(r, checkRequests)
	},
}

// checkRequests leaves out ephemeral containers, which may not have resources
// (EphemeralContainerCommon, Resources).
func checkRequests(pod workload.Pod, result *rule.Result) {
	for _, name := range []string{"cpu", "memory"} {
		// A request of the pod as a whole sets aside for all its containers, see checkLimits.
		whole := requestOf(pod.Spec.Get("resources"), name)
		pod.EachContainer(result, func(container rule.Value) {
			requireRequest(container.Get("resources"), name, whole, pod, result)
		}, workload.InitContainers, workload.Containers)
	}
}

func requireRequest(resources rule.Value, name string, whole rule.Truth, pod workload.Pod, result *rule.Result) {
	at := resources.Get("requests", name)
	requested, state := quantity(at)
	switch {
	case state == rule.Malformed:
		result.Fail(at, "is not a quantity such as 500m or 2Gi")
	case state == rule.Known && requested.Sign() == 0 && whole != rule.Yes:
		result.Fail(at, "is 0, which sets nothing aside")
	case requestOf(resources, name).Or(whole) == rule.Yes:
	case state == rule.Unknown:
		result.Undetermined(at, "is known only after deployment")
	case state == rule.Missing && pod.Patch:
		result.Unpatched(at)
	case requestOf(resources, name).Or(whole) == rule.Maybe:
		result.Undetermined(at, "is not set, and whether a limit stands in for it is known only after deployment")
	default:
		result.Fail(at, "is not set, and there is no limit to stand in for it")
	}
}

// requestOf tells whether something is requested. A request that is absent takes the
// limit's value.
func requestOf(resources rule.Value, name string) rule.Truth {
	requested, state := quantity(resources.Get("requests", name))
	switch state {
	case rule.Known:
		return rule.Is(requested.Sign() > 0)
	case rule.Unknown:
		return rule.Maybe
	}
	return limitOf(resources, name)
}
