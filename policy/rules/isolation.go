package rules

import (
	"coffee-platform/policy/object"
	"coffee-platform/policy/rule"
	"coffee-platform/policy/workload"
)

// checkIsolation looks at the default of every namespace, and at whether a policy is for each pod.
func checkIsolation(stack rule.Stack, _ rule.Env) rule.Result {
	var result rule.Result
	namespaces := object.NamespacesOf(stack, &result)
	pods := workload.All(stack, &result)
	policies := object.GroupByNamespace(
		namespaces, object.All(stack, &result, kindNetworkPolicy, kindApplicationPolicy), object.Itself)
	if len(namespaces.All)+len(pods) == 0 && result.Outcome() == rule.Passed {
		return rule.Skip("neither a namespace nor a pod in the stack")
	}
	for _, namespace := range namespaces.All {
		for _, direction := range []string{"Ingress", "Egress"} {
			checkDefault(namespace, direction, policies.Inside(namespace), &result)
		}
	}
	for _, pod := range pods {
		selected := namespaces.Hidden(pod.Owner)
		for _, policy := range policies.Beside(pod.Owner) {
			chooses := object.SelectorMatches(policy.Item.Get("spec", "podSelector"), pod.Metadata.Get("labels"))
			selected = selected.Or(policy.There.And(chooses))
		}
		report(pod.Spec, selected.Not(), "is selected by no NetworkPolicy", &result)
	}
	return result
}

// checkDefault demands that what the policies of a namespace allow in a direction is all there is: one of them
// denies the rest, and none allows everything. Policies add up, so that one is as good as none that denies
// (https://kubernetes.io/docs/concepts/services-networking/network-policies/#the-two-sorts-of-pod-isolation).
func checkDefault(namespace object.Object, direction string, policies []object.Neighbour[object.Object], result *rule.Result) {
	denied, opened := rule.Is(namespace.Patch).And(rule.Maybe), rule.No
	for _, policy := range policies {
		covers := policy.There.And(coversEveryPod(policy.Item, direction))
		open := allowsEverything(policy.Item, direction)
		denied, opened = denied.Or(covers.And(open.Not())), opened.Or(covers.And(open))
	}
	wrong, what := denied.Not(), "has no policy that denies all pods "+direction+" by default"
	if opened > wrong {
		wrong, what = opened, "has a policy that allows all pods every "+direction+", whatever others deny"
	}
	report(namespace.Root, wrong, what, result)
}

// coversEveryPod tells whether a policy is for every pod and for a direction. It is for those that its
// policyTypes name, or else for Ingress, and Egress if there are such rules.
func coversEveryPod(policy object.Object, direction string) rule.Truth {
	if policy.Patch {
		return rule.Maybe // depends on what it leaves as it is
	}
	everyPod := selectsEverything(policy.Get("spec", "podSelector"))
	types, state := policy.Get("spec", "policyTypes").List()
	var applies rule.Truth
	switch {
	case state == rule.Unknown:
		applies = rule.Maybe
	case len(types) > 0:
		applies = anyIs(types, direction)
	case direction == "Ingress":
		applies = rule.Yes
	default:
		applies = filled(policy.Get("spec", "egress"))
	}
	return everyPod.And(applies)
}

// selectsEverything tells whether a selector chooses every pod, as one does that is not set.
func selectsEverything(selector rule.Value) rule.Truth {
	return filled(selector.Get("matchLabels")).Or(filled(selector.Get("matchExpressions"))).Not()
}

// rulesOf is where a policy allows a direction, and peersOf where a rule of it names whom.
var (
	rulesOf = map[string]string{"Ingress": "ingress", "Egress": "egress"}
	peersOf = map[string]string{"Ingress": "from", "Egress": "to"}
)

// allowsEverything tells whether a rule of a policy names neither whom it allows nor to which ports: an empty
// list is as good as none.
func allowsEverything(policy object.Object, direction string) rule.Truth {
	rules, state := policy.Get("spec", rulesOf[direction]).List()
	if state == rule.Unknown {
		return rule.Maybe
	}
	open := rule.No
	for _, allowed := range rules {
		open = open.Or(filled(allowed.Get(peersOf[direction])).Or(filled(allowed.Get("ports"))).Not())
	}
	return open
}

func anyIs(list []rule.Value, want string) rule.Truth {
	found := rule.No
	for _, item := range list {
		found = found.Or(is(item, want, false))
	}
	return found
}
