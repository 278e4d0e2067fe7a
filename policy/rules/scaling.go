package rules

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"coffee-platform/policy/object"
	"coffee-platform/policy/rule"
	"coffee-platform/policy/workload"
)

const (
	kindAutoscaler   = "autoscaling/HorizontalPodAutoscaler"
	kindScaledObject = "keda.sh/ScaledObject"
)

// scaler is where a kind of scaler keeps its bounds and what it scales.
type scaler struct {
	max, min string
	target   []string
	// defaultMin is how many pods run at least when the scaler does not say.
	defaultMin int64
}

var scalers = map[string]scaler{
	kindAutoscaler:   {max: "maxReplicas", min: "minReplicas", target: []string{"spec", "scaleTargetRef"}, defaultMin: 1},
	kindScaledObject: {max: "maxReplicaCount", min: "minReplicaCount", target: []string{"spec", "scaleTargetRef"}},
	// A ScaledJob makes its own Jobs and so has no target.
	kindScaledJob: {max: "maxReplicaCount", min: "minReplicaCount"},
}

var boundScaling = rule.Rule{
	ID:       "a6",
	Name:     "bound-scaling",
	Title:    "Whatever scales has a maximum, and scales something that is there",
	Why:      "a scaler without a maximum turns a flood of messages into a bill (KEDA's own is 100 pods), and one without a target scales nothing while everyone relies on it",
	Fix:      "set maxReplicas (maxReplicaCount in KEDA) below the cap, and scaleTargetRef to a workload of the same stack and namespace",
	Severity: apitype.PolicySeverityMedium,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{rule.KubeLinter("dangling-horizontalpodautoscaler"), rule.KubeScore("horizontalpodautoscaler-has-target")},
	Settings: []rule.Setting{{
		Name:        "maxReplicas",
		Description: "How many pods a scaler may go up to at most.",
		// KEDA's default maximum, which is so at least written down by whoever wants it.
		Default: int64(100),
	}},
	AppliesTo: object.Selects(kindAutoscaler, kindScaledObject, kindScaledJob),
	Check: func(r rule.Resource, env rule.Env) rule.Result {
		var result rule.Result
		for _, o := range object.In(r, &result, kindAutoscaler, kindScaledObject, kindScaledJob) {
			checkMaximum(o, env.Settings.Number("maxReplicas"), &result)
		}
		return result
	},
	CheckStack: checkScaleTargets,
}

func checkMaximum(o object.Object, highest int64, result *rule.Result) {
	at := o.Get("spec", scalers[o.Kind].max)
	requireNumber(at, 1, o.Patch, result)
	if number, state := at.Int(); state == rule.Known && number > highest {
		result.Fail(at, "is %s, above the cap of %d", at.Show(), highest)
	}
}

func checkScaleTargets(stack rule.Stack, _ rule.Env) rule.Result {
	var result rule.Result
	all := object.All(stack, &result, kindAutoscaler, kindScaledObject)
	if len(all) == 0 && result.Outcome() == rule.Passed {
		return rule.Skip("no scaler in the stack")
	}
	namespaces := object.NamespacesOf(stack, &result)
	targets := object.GroupByNamespace(namespaces, scalable(stack, &result), object.Itself)
	for _, o := range all {
		at := o.Get(scalers[o.Kind].target...)
		if o.Patch && at.State() == rule.Missing {
			continue
		}
		found := namespaces.Hidden(o)
		for _, target := range targets.Beside(o) {
			found = found.Or(target.There.And(scales(o, target.Item)))
		}
		switch found {
		case rule.No:
			result.Fail(at, "names %s %s, which is not in this stack", at.Get("kind").Show(), at.Get("name").Show())
		case rule.Maybe:
			result.Undetermined(at, "names a workload that may not be there: what decides that is known only after deployment")
		}
	}
	return result
}

// scalable returns what a scaler may scale: workloads, and any other object, because custom
// resources may be scaled as well.
func scalable(stack rule.Stack, result *rule.Result) []object.Object {
	var targets []object.Object
	for _, pod := range workload.All(stack, result) {
		targets = append(targets, pod.Owner)
	}
	for _, r := range stack.Select(func(r rule.Resource) bool { return strings.HasPrefix(r.Type, "kubernetes:") }) {
		targets = append(targets, object.Object{Root: r.Inputs, From: r})
	}
	return targets
}

// scales tells whether a scaler names an object of its namespace as what it scales: the kind, which is a
// Deployment for KEDA when it is not said, and the name.
func scales(o, target object.Object) rule.Truth {
	kind := target.Kind[strings.LastIndex(target.Kind, "/")+1:]
	if kind == "" {
		kind = target.From.Type[strings.LastIndex(target.From.Type, ":")+1:]
	}
	ref := o.Get(scalers[o.Kind].target...)
	return is(ref.Get("kind"), kind, false).
		Or(rule.Is(kind == "Deployment" && ref.State() == rule.Known && ref.Get("kind").State() == rule.Missing)).
		And(sameText(ref.Get("name"), target.Get("metadata", "name")))
}

// sameText tells whether two values are the same text.
func sameText(a, b rule.Value) rule.Truth {
	want, state := b.Text()
	if state == rule.Unknown {
		return rule.Maybe
	}
	return is(a, want, false).And(rule.Is(state == rule.Known))
}
