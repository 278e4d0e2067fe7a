// Package workload finds the pods in Kubernetes resources: in every kind that makes
// pods, in every API version, in patches and in lists.
package workload

import (
	"coffee-platform/policy/object"
	"coffee-platform/policy/rule"
)

// Pod is a pod, or the template of one, inside a resource.
type Pod struct {
	Metadata rule.Value
	Spec     rule.Value
	// Patch is true when absent fields keep the value they have in the cluster, so
	// that absence decides nothing.
	Patch bool
	// Owner is the object that makes the pod, or the pod itself. Its kind is empty when
	// nobody knows the kind and its containers gave it away.
	Owner object.Object
}

// Selects chooses the resources that pods can come from.
func Selects(r rule.Resource) bool {
	if r.Type == object.HelmRelease {
		return true
	}
	_, ok := shapeOf(r)
	return ok
}

// Judge runs a check over every pod of a resource. Pods that cannot be seen are
// undetermined, and a resource that holds none is not applicable.
func Judge(r rule.Resource, check func(Pod, *rule.Result)) rule.Result {
	var result rule.Result
	if r.Type == object.HelmRelease {
		result.Undetermined(r.Inputs, "a Helm release renders its pods while it is installed, where no rule sees them")
		return result
	}
	s, _ := shapeOf(r)
	pods := podsOf(r, s, &result)
	if len(pods) == 0 && result.Outcome() == rule.Passed {
		return rule.Skip("holds no pod")
	}
	for _, pod := range pods {
		check(pod, &result)
	}
	return result
}

// All returns the pods of a stack. What cannot be read is recorded in the result.
func All(stack rule.Stack, result *rule.Result) []Pod {
	var pods []Pod
	for _, r := range stack.Select(Selects) {
		if s, ok := shapeOf(r); ok {
			pods = append(pods, podsOf(r, s, result)...)
		}
	}
	return pods
}

func podsOf(r rule.Resource, s shape, result *rule.Result) []Pod {
	var pods []Pod
	for _, owner := range object.Spread(r, s.kind, s.form, result) {
		template := owner.Get(s.template...)
		spec := template.Get("spec")
		if result.Unreadable(spec, spec.State(), "an object") || spec.State() == rule.Missing {
			continue
		}
		pods = append(pods, Pod{Metadata: template.Get("metadata"), Spec: spec, Patch: owner.Patch, Owner: owner})
	}
	return pods
}
