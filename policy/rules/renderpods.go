package rules

import (
	"coffee-platform/policy/rule"
	"coffee-platform/policy/workload"
)

// How the nodes for renders and the pods on them recognise each other: nodes carry the label
// and the taint, pods select the one and tolerate the other.
const (
	poolLabel   = "coffee.dev/pool"
	renderPool  = "render"
	renderTaint = "coffee.dev/render"
	// componentLabel says what part a pod plays
	// (https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/).
	componentLabel  = "app.kubernetes.io/component"
	renderComponent = "render"
)

// isRender tells whether a pod renders, by any of the signs it may show.
func isRender(pod workload.Pod) rule.Truth {
	return is(pod.Metadata.Get("labels", componentLabel), renderComponent, pod.Patch).
		Or(selectsRenderPool(pod)).Or(toleratesByName(pod))
}

// selectsRenderPool tells whether a pod can run on nodes for renders only.
func selectsRenderPool(pod workload.Pod) rule.Truth {
	at := pod.Spec.Get("nodeSelector", poolLabel)
	selected := is(at, renderPool, pod.Patch)
	terms := pod.Spec.Get("affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms")
	list, state := terms.List()
	if state == rule.Unknown {
		return selected.Or(rule.Maybe)
	}
	// A node has to meet one term, so every one of them has to ask for the pool.
	everyTerm := rule.Is(len(list) > 0)
	for _, term := range list {
		everyTerm = everyTerm.And(termSelectsRenderPool(term))
	}
	return selected.Or(everyTerm)
}

func termSelectsRenderPool(term rule.Value) rule.Truth {
	expressions, state := term.Get("matchExpressions").List()
	if state == rule.Unknown {
		return rule.Maybe
	}
	selects := rule.No
	for _, expression := range expressions {
		values, state := expression.Get("values").List()
		only := rule.Is(len(values) == 1)
		if state == rule.Unknown {
			only = rule.Maybe
		}
		for _, value := range values {
			only = only.And(is(value, renderPool, false))
		}
		selects = selects.Or(is(expression.Get("key"), poolLabel, false).
			And(is(expression.Get("operator"), "In", false)).And(only))
	}
	return selects
}

// toleratesByName tells whether a pod tolerates the taint of the nodes for renders by
// naming it.
func toleratesByName(pod workload.Pod) rule.Truth {
	return anyToleration(pod, func(toleration rule.Value) rule.Truth {
		return is(toleration.Get("key"), renderTaint, false).And(forScheduling(toleration))
	})
}

// toleratesEverything tells whether a pod tolerates every taint: no key, operator Exists.
func toleratesEverything(pod workload.Pod) rule.Truth {
	return anyToleration(pod, func(toleration rule.Value) rule.Truth {
		key := toleration.Get("key")
		return rule.Is(key.State() == rule.Missing).Or(is(key, "", false)).
			And(is(toleration.Get("operator"), "Exists", false)).And(forScheduling(toleration))
	})
}

// forScheduling: a toleration without effect is for all effects.
func forScheduling(toleration rule.Value) rule.Truth {
	effect := toleration.Get("effect")
	return rule.Is(effect.State() == rule.Missing).Or(is(effect, "", false)).Or(is(effect, "NoSchedule", false))
}

func anyToleration(pod workload.Pod, holds func(rule.Value) rule.Truth) rule.Truth {
	list, state := pod.Spec.Get("tolerations").List()
	if state == rule.Unknown || state == rule.Missing && pod.Patch {
		return rule.Maybe
	}
	found := rule.No
	for _, toleration := range list {
		found = found.Or(holds(toleration))
	}
	return found
}

// is tells whether a value is a text. What a patch leaves out may be anything.
func is(at rule.Value, want string, patch bool) rule.Truth {
	text, state := at.Text()
	if state == rule.Unknown || state == rule.Missing && patch {
		return rule.Maybe
	}
	return rule.Is(state == rule.Known && text == want)
}
