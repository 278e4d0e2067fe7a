package rules

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"k8s.io/apimachinery/pkg/api/resource"

	"coffee-platform/policy/rule"
	"coffee-platform/policy/workload"
)

var boundResources = rule.Rule{
	ID:       "a3",
	Name:     "bound-resources",
	Title:    "No container may use more than a node can give, or much more than it requested",
	Why:      "a limit above every node bounds nothing, and one far above its request lets a node be promised to several pods that cannot all have it",
	Fix:      "lower the limit, or raise the request towards it; a pod that is meant to be larger needs a larger node pool and a higher ceiling in the policy's settings",
	Severity: apitype.PolicySeverityMedium,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{rule.Gatekeeper("containerlimits"), rule.Gatekeeper("containerresourceratios")},
	Settings: []rule.Setting{
		// The largest nodes of the pools have 16 vCPUs and 64 GiB (node pool settings of the
		// stacks), and no container gets one to itself.
		{Name: "guaranteedCPU", Description: "Highest CPU limit of a container in a guaranteed pod, in cores.", Default: int64(8)},
		{Name: "guaranteedMemoryGiB", Description: "Highest memory limit of a container in a guaranteed pod, in GiB.", Default: int64(32)},
		{Name: "burstableCPU", Description: "Highest CPU limit of a container in any other pod, in cores.", Default: int64(8)},
		{Name: "burstableMemoryGiB", Description: "Highest memory limit of a container in any other pod, in GiB.", Default: int64(16)},
		// Memory cannot be taken back without killing, so it is promised twice at most. CPU is
		// only slowed down: ten times is the ratio of Gatekeeper's own example.
		{Name: "memoryRatio", Description: "How many times its memory request a container's memory limit may be.", Default: int64(2)},
		{Name: "cpuRatio", Description: "How many times its CPU request a container's CPU limit may be.", Default: int64(10)},
	},
	AppliesTo: workload.Selects,
	Check: func(r rule.Resource, env rule.Env) rule.Result {
		return workload.Judge(r, func(pod workload.Pod, result *rule.Result) { checkCeilings(pod, env.Settings, result) })
	},
}

// checkCeilings judges a pod by the ceilings of its class. While that is unknown, what both
// classes say holds.
func checkCeilings(pod workload.Pod, settings rule.Settings, result *rule.Result) {
	var asGuaranteed, asBurstable rule.Result
	checkBounds(pod, settings, guaranteed, &asGuaranteed)
	checkBounds(pod, settings, burstable, &asBurstable)
	label := pod.Metadata.Get("labels", classLabel)
	class, state := label.Text()
	known := state == rule.Known || state == rule.Missing && !pod.Patch
	switch {
	case known && class == guaranteed:
		result.Add(asGuaranteed)
	case known || asGuaranteed.Outcome() == asBurstable.Outcome():
		result.Add(asBurstable)
	default:
		result.Undetermined(label, "decides about the ceilings and is known only after deployment")
	}
}

func checkBounds(pod workload.Pod, settings rule.Settings, class string, result *rule.Result) {
	for _, b := range []bound{
		{
			name:    "cpu",
			ceiling: *resource.NewQuantity(settings.Number(class+"CPU"), resource.DecimalSI),
			ratio:   settings.Number("cpuRatio"),
		},
		{
			name:    "memory",
			ceiling: *resource.NewQuantity(settings.Number(class+"MemoryGiB")<<30, resource.BinarySI),
			ratio:   settings.Number("memoryRatio"),
		},
	} {
		if whole := pod.Spec.Get("resources"); whole.State() != rule.Missing {
			b.check(whole, pod, result)
		}
		pod.EachContainer(result, func(container rule.Value) {
			b.check(container.Get("resources"), pod, result)
		}, workload.InitContainers, workload.Containers)
	}
}

// bound is how much of a resource there may be.
type bound struct {
	name    string
	ceiling resource.Quantity
	ratio   int64
}

func (b bound) check(resources rule.Value, pod workload.Pod, result *rule.Result) {
	at := resources.Get("limits", b.name)
	limit, state := quantity(at)
	if result.Unreadable(at, state, "a quantity such as 500m or 2Gi") || state == rule.Missing {
		return
	}
	if limit.Cmp(b.ceiling) > 0 {
		result.Fail(at, "is %s, above the ceiling of %s", at.Show(), b.ceiling.String())
	}
	requestAt := resources.Get("requests", b.name)
	requested, state := quantity(requestAt)
	switch {
	case result.Unreadable(requestAt, state, "a quantity such as 500m or 2Gi"):
	case state == rule.Missing && pod.Patch:
		result.Unpatched(requestAt)
	case state == rule.Missing:
		// An absent request takes the limit's value.
	default:
		requested.Mul(b.ratio)
		if limit.Cmp(requested) > 0 {
			result.Fail(at, "is %s, more than %d times the request of %s", at.Show(), b.ratio, requestAt.Show())
		}
	}
}
