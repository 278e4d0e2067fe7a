package rules

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"coffee-platform/policy/rule"
	"coffee-platform/policy/workload"
)

var limitScratch = rule.Rule{
	ID:        "a4",
	Name:      "limit-scratch-space",
	Title:     "What pods write to their node is bounded",
	Why:       "a pod that fills its node's disk gets every pod on that node evicted, and an emptyDir in memory fills the node's memory",
	Fix:       "set sizeLimit on every emptyDir and, for render pods, resources.limits.ephemeral-storage on every container",
	Severity:  apitype.PolicySeverityMedium,
	Level:     apitype.Mandatory,
	Controls:  []rule.Control{rule.Gatekeeper("ephemeralstoragelimit")},
	AppliesTo: workload.Selects,
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		return workload.Judge(r, checkScratch)
	},
}

func checkScratch(pod workload.Pod, result *rule.Result) {
	eachVolume(pod, result, func(volume rule.Value) {
		checkEmptyDir(volume, pod, result)
	})
	whole := limitOf(pod.Spec.Get("resources"), "ephemeral-storage")
	needed := isRender(pod).And(whole.Not())
	pod.EachContainer(result, func(container rule.Value) {
		requireLimit(container.Get("resources"), "ephemeral-storage", needed, pod, result)
	}, workload.InitContainers, workload.Containers)
}

// eachVolume visits the volumes of a pod.
func eachVolume(pod workload.Pod, result *rule.Result, visit func(rule.Value)) {
	at := pod.Spec.Get("volumes")
	volumes, state := at.List()
	result.Unreadable(at, state, "a list of volumes")
	for _, volume := range volumes {
		if !result.Unreadable(volume, volume.State(), "a volume") {
			visit(volume)
		}
	}
}

// checkEmptyDir takes a volume that names no source for an emptyDir, as Kubernetes does
// (SetDefaults_Volume).
func checkEmptyDir(volume rule.Value, pod workload.Pod, result *rule.Result) {
	keys, state := volume.Keys()
	if result.Unreadable(volume, state, "a volume") {
		return
	}
	dir := volume.Get("emptyDir")
	for _, key := range keys {
		if key != "name" && key != "emptyDir" && volume.Get(key).State() != rule.Missing && dir.State() == rule.Missing {
			if volume.Get(key).State() == rule.Unknown {
				result.Undetermined(volume.Get(key), "is known only after deployment, and without it the volume is an emptyDir")
			}
			return
		}
	}
	at := dir.Get("sizeLimit")
	size, state := quantity(at)
	switch {
	case result.Unreadable(at, state, "a quantity such as 64Mi"):
	case state == rule.Missing && pod.Patch:
		result.Unpatched(at)
	case state == rule.Missing:
		result.Fail(at, "is not set")
	case size.Sign() == 0:
		result.Fail(at, "is 0, which Kubernetes takes for no limit")
	}
}
