package rules

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"coffee-platform/policy/object"
	"coffee-platform/policy/rule"
)

const (
	kindResourceQuota = "core/ResourceQuota"
	kindLimitRange    = "core/LimitRange"
)

var quotaNamespaces = rule.Rule{
	ID:       "a5",
	Name:     "quota-namespaces",
	Title:    "Every namespace has a ResourceQuota and a LimitRange",
	Why:      "without a quota one namespace can take the whole cluster, and without a LimitRange a pod that forgot its limits is admitted and bounded by nothing",
	Fix:      "create a ResourceQuota (requests.cpu, requests.memory, limits.memory, pods) and a LimitRange (default and defaultRequest) in the namespace",
	Severity: apitype.PolicySeverityMedium,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{rule.Trivy("KSV-0039"), rule.Trivy("KSV-0040")},
	CheckStack: func(stack rule.Stack, _ rule.Env) rule.Result {
		var result rule.Result
		namespaces := object.NamespacesOf(stack, &result)
		if len(namespaces.All) == 0 && result.Outcome() == rule.Passed {
			return rule.Skip("no namespace in the stack")
		}
		quotas := object.GroupByNamespace(namespaces, object.All(stack, &result, kindResourceQuota), object.Itself)
		ranges := object.GroupByNamespace(namespaces, object.All(stack, &result, kindLimitRange), object.Itself)
		for _, namespace := range namespaces.All {
			requireBounds(namespace, quotas.Inside(namespace), "ResourceQuota", []string{"spec", "hard"}, &result)
			requireBounds(namespace, ranges.Inside(namespace), "LimitRange", []string{"spec", "limits"}, &result)
		}
		return result
	},
}

// requireBounds requires an object in a namespace that bounds something at the given path.
func requireBounds(
	namespace object.Object, inside []object.Neighbour[object.Object], kind string, bounds []string, result *rule.Result,
) {
	found := rule.Is(namespace.Patch).And(rule.Maybe)
	for _, candidate := range inside {
		found = found.Or(candidate.There.And(filled(candidate.Item.Get(bounds...))))
	}
	switch found {
	case rule.No:
		result.Fail(namespace.Root, "has no %s", kind)
	case rule.Maybe:
		result.Undetermined(namespace.Root, "may have no %s: what decides that is known only after deployment", kind)
	}
}

// filled tells whether an object or a list holds anything. What is neither may be taken for
// either, so nobody knows.
func filled(at rule.Value) rule.Truth {
	keys, asObject := at.Keys()
	items, asList := at.List()
	if at.State() == rule.Unknown || asObject == rule.Malformed && asList == rule.Malformed {
		return rule.Maybe
	}
	return rule.Is(len(keys)+len(items) > 0)
}
