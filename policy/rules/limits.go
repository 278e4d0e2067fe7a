package rules

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"k8s.io/apimachinery/pkg/api/resource"

	"coffee-platform/policy/rule"
	"coffee-platform/policy/workload"
)

var limitResources = rule.Rule{
	ID:       "a2",
	Name:     "limit-resources",
	Title:    "Every container has a memory limit, and a guaranteed pod has limits equal to its requests",
	Why:      "a container without a memory limit takes its node down with it, and a guaranteed pod whose requests differ from its limits is evicted like any other",
	Fix:      "set resources.limits.memory on the container; in a pod labelled coffee.dev/qos: guaranteed also limits.cpu, and requests equal to the limits or none",
	Severity: apitype.PolicySeverityHigh,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.Checkov("CKV_K8S_11"), rule.Checkov("CKV_K8S_13"), rule.Trivy("KSV-0011"), rule.Trivy("KSV-0018"),
		rule.KubeScore("container-resources"),
	},
	AppliesTo: workload.Selects,
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		return workload.Judge(r, checkLimits)
	},
}

// The label by which a pod announces its class, and the classes there are.
const (
	classLabel = "coffee.dev/qos"
	guaranteed = "guaranteed"
	burstable  = "burstable"
)

func checkLimits(pod workload.Pod, result *rule.Result) {
	// A limit of the pod as a whole bounds its containers too, on by default since
	// Kubernetes 1.34 (feature gate PodLevelResources), the oldest version in EKS
	// standard support. Where it is set, Kubernetes derives the class from it alone
	// (ComputePodQOS), so the containers are then not asked.
	whole := pod.Spec.Get("resources")
	demand := demandsGuarantee(pod, result)

	if demand != rule.No && whole.State() != rule.Missing {
		requireLimit(whole, "memory", demand, pod, result)
		checkGuarantee(whole, demand, pod, result)
		demand = rule.No
	}
	needsMemory := limitOf(whole, "memory").Not()
	pod.EachContainer(result, func(container rule.Value) {
		resources := container.Get("resources")
		requireLimit(resources, "memory", needsMemory, pod, result)
		if demand != rule.No {
			checkGuarantee(resources, demand, pod, result)
		}
	}, workload.InitContainers, workload.Containers)
}

// demandsGuarantee tells whether the pod announces the guaranteed class. A class that
// nobody defined is undetermined, or a misspelt one would demand nothing.
func demandsGuarantee(pod workload.Pod, result *rule.Result) rule.Truth {
	label := pod.Metadata.Get("labels", classLabel)
	class, state := label.Text()
	switch {
	case state == rule.Unknown:
		return rule.Maybe
	case result.Unreadable(label, state, "a string"):
		return rule.No
	case state == rule.Missing && pod.Patch:
		return rule.Maybe
	case class == guaranteed:
		return rule.Yes
	case state == rule.Known && class != burstable:
		result.Undetermined(label, "%s is not a class of pods: there are %s and %s", label.Show(), guaranteed, burstable)
	}
	return rule.No
}

// checkGuarantee requires what Kubernetes requires of the Guaranteed class: limits for
// CPU and memory, and requests equal to them. An absent request takes the limit's value.
// That the memory limit is there is required of every pod, and so not here again.
func checkGuarantee(resources rule.Value, demand rule.Truth, pod workload.Pod, result *rule.Result) {
	requireLimit(resources, "cpu", demand, pod, result)
	for _, name := range []string{"cpu", "memory"} {
		limit, limitState := quantity(resources.Get("limits", name))
		at := resources.Get("requests", name)
		request, state := quantity(at)
		switch {
		case state == rule.Missing && !pod.Patch:
		case result.Unreadable(at, state, "a quantity such as 500m or 2Gi"):
		case limitState == rule.Unknown || pod.Patch && (state == rule.Missing) != (limitState == rule.Missing):
			result.Undetermined(at, "cannot be compared with its limit before deployment")
		case limitState != rule.Known || state != rule.Known || request.Cmp(limit) == 0:
		case demand == rule.Yes:
			result.Fail(at, "is %s and its limit %s, in a pod of class %s",
				at.Show(), resources.Get("limits", name).Show(), guaranteed)
		default:
			result.Undetermined(at, "differs from its limit, in a pod whose class is not known yet")
		}
	}
}

// requireLimit records a limit that is needed and missing, or zero, which Kubernetes
// takes for none.
func requireLimit(resources rule.Value, name string, needed rule.Truth, pod workload.Pod, result *rule.Result) {
	at := resources.Get("limits", name)
	_, state := quantity(at)
	if state == rule.Malformed {
		result.Fail(at, "is not a quantity such as 500m or 2Gi")
		return
	}
	switch has := limitOf(resources, name); {
	case has == rule.Yes || needed == rule.No:
	case state == rule.Unknown:
		result.Undetermined(at, "is known only after deployment")
	case state == rule.Missing && pod.Patch:
		result.Unpatched(at)
	case needed == rule.Maybe:
		result.Undetermined(at, "is not set, and whether it must be is known only after deployment")
	case state == rule.Known:
		result.Fail(at, "is 0, which Kubernetes takes for no limit")
	default:
		result.Fail(at, "is not set")
	}
}

func limitOf(resources rule.Value, name string) rule.Truth {
	limit, state := quantity(resources.Get("limits", name))
	switch state {
	case rule.Known:
		return rule.Is(limit.Sign() > 0)
	case rule.Unknown:
		return rule.Maybe
	}
	return rule.No
}

// quantity reads a Kubernetes quantity. A negative one is malformed: no API server takes it.
func quantity(v rule.Value) (resource.Quantity, rule.State) {
	text, state := v.Text()
	if state != rule.Known {
		return resource.Quantity{}, state
	}
	parsed, err := resource.ParseQuantity(text)
	if err != nil || parsed.Sign() < 0 {
		return resource.Quantity{}, rule.Malformed
	}
	return parsed, rule.Known
}
