// Package workload finds the pods in Kubernetes resources: in every kind that makes
// pods, in every API version, in patches and in lists.
package workload

import "coffee-platform/policy/rule"

// Pod is a pod, or the template of one, inside a resource.
type Pod struct {
	Metadata rule.Value
	Spec     rule.Value
	// Patch is true when absent fields keep the value they have in the cluster, so
	// that absence decides nothing.
	Patch bool
}

// Selects chooses the resources that pods can come from.
func Selects(r rule.Resource) bool {
	if r.Type == helmRelease {
		return true
	}
	_, ok := shapeOf(r)
	return ok
}

// Judge runs a check over every pod of a resource. Pods that cannot be seen are
// undetermined, and a resource that holds none is not applicable.
func Judge(r rule.Resource, check func(Pod, *rule.Result)) rule.Result {
	var result rule.Result
	if r.Type == helmRelease {
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

func podsOf(r rule.Resource, s shape, result *rule.Result) []Pod {
	objects := []rule.Value{r.Inputs}
	if s.list {
		items, state := r.Inputs.Get("items").List()
		result.Unreadable(r.Inputs.Get("items"), state, "a list")
		objects = items
	}
	var pods []Pod
	for _, object := range objects {
		template := object.Get(s.template...)
		spec := template.Get("spec")
		if result.Unreadable(spec, spec.State(), "an object") || spec.State() == rule.Missing {
			continue
		}
		pods = append(pods, Pod{Metadata: template.Get("metadata"), Spec: spec, Patch: s.patch})
	}
	return pods
}
