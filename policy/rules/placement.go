package rules

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"coffee-platform/policy/object"
	"coffee-platform/policy/rule"
	"coffee-platform/policy/workload"
)

var keepRendersApart = rule.Rule{
	ID:       "k5",
	Name:     "keep-renders-apart",
	Title:    "Renders run on nodes of their own, and nothing else does",
	Why:      "a render takes all the CPU there is and runs a browser on strangers' files, and anything else on its nodes keeps them from being taken away",
	Fix:      "give render pods nodeSelector coffee.dev/pool: render and a toleration of coffee.dev/render, their node pool that taint with effect NoSchedule, and nothing else either",
	Severity: apitype.PolicySeverityMedium,
	Level:    apitype.Mandatory,
	AppliesTo: func(r rule.Resource) bool {
		return workload.Selects(r) || r.Type == eksNodeGroup || object.Selects(kindNodePool)(r)
	},
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		if workload.Selects(r) {
			return workload.Judge(r, checkRenderPlacement)
		}
		var result rule.Result
		for _, pool := range object.In(r, &result, kindNodePool) {
			template := pool.Get("spec", "template")
			checkRenderTaint(template.Get("metadata", "labels"), template.Get("spec", "taints"), pool.Patch, &result)
		}
		if r.Type == eksNodeGroup {
			checkRenderTaint(r.Inputs.Get("labels"), r.Inputs.Get("taints"), false, &result)
		}
		return result
	},
}

func checkRenderPlacement(pod workload.Pod, result *rule.Result) {
	label := pod.Metadata.Get("labels", componentLabel)
	// Only who says what it is can be something else: the label is required of every pod.
	render := is(label, renderComponent, pod.Patch)
	selector, tolerations := pod.Spec.Get("nodeSelector", poolLabel), pod.Spec.Get("tolerations")
	selects, tolerates := selectsRenderPool(pod), toleratesByName(pod)

	report(selector, render.And(selects.Not()), "does not select the nodes for renders, where this pod belongs", result)
	report(tolerations, render.And(tolerates.Not()), "do not tolerate "+renderTaint, result)
	report(selector, render.Not().And(selects), "selects the nodes for renders, and the pod is none", result)
	report(tolerations, render.Not().And(tolerates), "tolerate "+renderTaint+", and the pod is no render", result)
	if pod.Owner.Kind != "apps/DaemonSet" {
		// An agent of the node has to be on every node.
		report(tolerations, toleratesEverything(pod), "tolerate every taint, "+renderTaint+" too", result)
	}
}

// keepOff are the effects of a taint that keep others off a node, as Kubernetes and EKS call them.
var keepOff = []string{"NoSchedule", "NoExecute", "NO_SCHEDULE", "NO_EXECUTE"}

// checkRenderTaint demands of nodes that are labelled as those for renders the taint that keeps others off.
func checkRenderTaint(labels, at rule.Value, patch bool, result *rule.Result) {
	forRenders := is(labels.Get(poolLabel), renderPool, patch)
	taints, state := at.List()
	if forRenders == rule.No || result.Unreadable(at, state, "a list of taints") {
		return
	}
	tainted := rule.Is(state == rule.Missing && patch).And(rule.Maybe)
	for _, taint := range taints {
		effect, known := taint.Get("effect").Text()
		keeps := rule.Is(slices.Contains(keepOff, effect)).Or(rule.Is(known == rule.Unknown).And(rule.Maybe))
		tainted = tainted.Or(is(taint.Get("key"), renderTaint, false).And(keeps))
	}
	report(at, forRenders.And(tainted.Not()), "do not keep others off the nodes for renders", result)
}
