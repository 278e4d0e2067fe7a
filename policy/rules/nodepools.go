package rules

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"k8s.io/apimachinery/pkg/api/resource"

	"coffee-platform/policy/object"
	"coffee-platform/policy/rule"
)

const (
	kindNodePool = "karpenter.sh/NodePool"
	nodeGroup    = "aws:eks/nodeGroup:NodeGroup"
)

var boundNodePools = rule.Rule{
	ID:       "a8",
	Name:     "bound-node-pools",
	Title:    "Node pools have limits under the cap and use instance families that were chosen",
	Why:      "a pool without limits grows for as long as pods are pending, and one without families may buy any machine there is",
	Fix:      "set spec.limits.cpu and spec.limits.memory, and a requirement that names the instance families or types with operator In; leave computeConfig.nodePools of the cluster empty",
	Severity: apitype.PolicySeverityMedium,
	Level:    apitype.Mandatory,
	Settings: []rule.Setting{
		// Eight nodes of 16 vCPUs, at four GiB for each: twice what the render pool of prod has.
		{Name: "maxCPU", Description: "Highest CPU limit of a node pool, in cores.", Default: int64(128)},
		{Name: "maxMemoryGiB", Description: "Highest memory limit of a node pool, in GiB.", Default: int64(512)},
		{Name: "maxNodes", Description: "Highest number of nodes in an EKS node group.", Default: int64(16)},
		{
			Name:        "families",
			Description: "Instance families that nodes may be of.",
			// Compute, general-purpose and memory families of the two newest x86 generations.
			Default: []string{"c6a", "c6i", "c7a", "c7i", "m6a", "m6i", "m7a", "m7i", "r6a", "r6i", "r7a", "r7i"},
		},
		{
			Name:        "builtInPools",
			Description: "Auto Mode's own node pools that a cluster may have: general-purpose and system.",
			Default:     []string{},
		},
	},
	AppliesTo: either(rule.OfType(nodeGroup, eksCluster), object.Selects(kindNodePool)),
	Check: func(r rule.Resource, env rule.Env) rule.Result {
		var result rule.Result
		switch r.Type {
		case nodeGroup:
			checkNodeGroup(r, env.Settings, &result)
		case eksCluster:
			checkBuiltInPools(r.Inputs.Get("computeConfig").Only().Get("nodePools"), env.Settings.Texts("builtInPools"), &result)
		}
		for _, o := range object.In(r, &result, kindNodePool) {
			checkNodePool(o, env.Settings, &result)
		}
		return result
	},
}

func checkNodePool(o object.Object, settings rule.Settings, result *rule.Result) {
	limits := o.Get("spec", "limits")
	checkPoolLimit(limits.Get("cpu"), *resource.NewQuantity(settings.Number("maxCPU"), resource.DecimalSI), o.Patch, result)
	checkPoolLimit(limits.Get("memory"), *resource.NewQuantity(settings.Number("maxMemoryGiB")<<30, resource.BinarySI), o.Patch, result)
	checkFamilies(o, settings.Texts("families"), result)
}

func checkPoolLimit(at rule.Value, highest resource.Quantity, patch bool, result *rule.Result) {
	limit, state := quantity(at)
	switch {
	case result.Unreadable(at, state, "a quantity such as 64 or 256Gi"):
	case state == rule.Missing && patch:
		result.Unpatched(at)
	case state == rule.Missing:
		result.Fail(at, "is not set")
	case limit.Cmp(highest) > 0:
		result.Fail(at, "is %s, above the cap of %s", at.Show(), highest.String())
	}
}

// familyKeys are the node labels by which a pool names the machines it may buy, and what each
// value is: Auto Mode's and Karpenter's own for the family, and Kubernetes' for the type.
var familyKeys = map[string]func(string) string{
	"eks.amazonaws.com/instance-family": func(family string) string { return family },
	"karpenter.k8s.aws/instance-family": func(family string) string { return family },
	"node.kubernetes.io/instance-type":  familyOf,
}

func familyOf(instanceType string) string {
	family, _, _ := strings.Cut(instanceType, ".")
	return family
}

// checkFamilies requires one requirement that names families or types, and only allowed ones.
// All requirements have to be met, so further ones only narrow it.
func checkFamilies(o object.Object, allowed []string, result *rule.Result) {
	at := o.Get("spec", "template", "spec", "requirements")
	requirements, state := at.List()
	if result.Unreadable(at, state, "a list of requirements") {
		return
	}
	named := rule.Is(state == rule.Missing && o.Patch).And(rule.Maybe)
	for _, requirement := range requirements {
		key, keyState := requirement.Get("key").Text()
		operator := is(requirement.Get("operator"), "In", false)
		if keyState == rule.Unknown || operator == rule.Maybe {
			named = named.Or(rule.Maybe)
			continue
		}
		if read := familyKeys[key]; read != nil && operator == rule.Yes {
			named = rule.Yes
			checkAllowedFamilies(requirement.Get("values"), read, allowed, result)
		}
	}
	switch named {
	case rule.No:
		result.Fail(at, "name no instance families, so that any machine may be bought")
	case rule.Maybe:
		result.Undetermined(at, "may name instance families: that is known only after deployment")
	}
}

func checkAllowedFamilies(at rule.Value, read func(string) string, allowed []string, result *rule.Result) {
	values, state := at.List()
	result.Unreadable(at, state, "a list of texts")
	for _, value := range values {
		text, state := value.Text()
		if !result.Unreadable(value, state, "a text") && !slices.Contains(allowed, read(text)) {
			result.Fail(value, "is %s, which is not of an allowed family", value.Show())
		}
	}
}

// checkBuiltInPools refuses the node pools that Auto Mode brings: nobody can give them limits, families or a node
// class of their own (https://docs.aws.amazon.com/eks/latest/userguide/set-builtin-node-pools.html).
func checkBuiltInPools(at rule.Value, allowed []string, result *rule.Result) {
	for _, pool := range listed(at, "a list of node pools", result) {
		name, state := pool.Text()
		if !result.Unreadable(pool, state, "a text") && !slices.Contains(allowed, name) {
			result.Fail(pool, "is %s, a pool of Auto Mode's own, which has no limits", pool.Show())
		}
	}
}

func checkNodeGroup(r rule.Resource, settings rule.Settings, result *rule.Result) {
	at := r.Inputs.Get("scalingConfig", "maxSize")
	requireNumber(at, 0, false, result)
	if number, state := at.Int(); state == rule.Known && number > settings.Number("maxNodes") {
		result.Fail(at, "is %s, above the cap of %d", at.Show(), settings.Number("maxNodes"))
	}
	types := r.Inputs.Get("instanceTypes")
	if types.State() == rule.Missing {
		// EKS then uses t3.medium, or what the launch template says.
		result.Undetermined(types, "is not set, so that the launch template or EKS decides")
		return
	}
	checkAllowedFamilies(types, familyOf, settings.Texts("families"), result)
}
