package rules

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"coffee-platform/policy/object"
	"coffee-platform/policy/rule"
)

// costs selects what costs or holds something and can be tagged.
var costs = either(holdsData, rule.OfType(
	vpcType, subnetType, natGatewayType, vpcEndpointType, flowLogType, logGroup, iamRole,
	ec2Instance, ec2SpotRequest, ec2LaunchTemplate, ebsVolume, eksNodeGroup, cacheCluster, rdsClusterInstance,
	"aws:ec2/eip:Eip", "aws:ec2/securityGroup:SecurityGroup",
), launchesMachines)

// launchesMachines selects what Karpenter launches machines by, with tags that these get.
var launchesMachines = object.Selects(kindAutoNodeClass, kindKarpenterNodeClass)

// isTagged selects what must be tagged: what costs, and everything of AWS that is already.
func isTagged(r rule.Resource) bool {
	return costs(r) || strings.HasPrefix(r.Type, "aws:") && r.Inputs.Get("tags").State() != rule.Missing
}

var requireTags = rule.Rule{
	ID:       "j1",
	Name:     "require-tags",
	Title:    "Everything in AWS says which project and stack it belongs to, what Karpenter launches included",
	Why:      "what nobody can attribute nobody pays for, and nobody dares to delete",
	Fix:      "set the provider's defaultTags, and spec.tags of node classes",
	Severity: apitype.PolicySeverityLow,
	Level:    apitype.Mandatory,
	Settings: []rule.Setting{{
		Name:        "tags",
		Description: "Tags that everything needs.",
		Default:     []string{"coffee:project", "coffee:stack"},
	}},
	AppliesTo: isTagged,
	Check: func(r rule.Resource, env rule.Env) rule.Result {
		var result rule.Result
		if !launchesMachines(r) {
			checkTags(r.Inputs.Get("tags"), env, &result)
		}
		for _, class := range object.In(r, &result, kindAutoNodeClass, kindKarpenterNodeClass) {
			if at := class.Get("spec", "tags"); at.State() == rule.Missing && class.Patch {
				result.Unpatched(at)
			} else {
				checkTags(at, env, &result)
			}
		}
		return result
	},
}

func checkTags(at rule.Value, env rule.Env, result *rule.Result) {
	has, state := tagKeys(at)
	if result.Unreadable(at, state, "an object of tags") {
		return
	}
	for _, tag := range env.Settings.Texts("tags") {
		refuse(at, has(tag).Not(), "lacks "+tag, result)
	}
}

// tagKeys tells which tags there are, in an object or, as of Auto Scaling groups, a list.
func tagKeys(at rule.Value) (has func(string) rule.Truth, state rule.State) {
	items, isList := at.List()
	if isList != rule.Known {
		_, state = at.Keys()
		return func(tag string) rule.Truth {
			// An empty one says nothing.
			text, known := at.Get(tag).Text()
			if known == rule.Unknown {
				return rule.Maybe
			}
			return rule.Is(text != "")
		}, state
	}
	return func(tag string) rule.Truth {
		found := rule.No
		for _, item := range items {
			key, known := item.Get("key").Text()
			found = found.Or(knownTo(known, key == tag))
		}
		return found
	}, rule.Known
}
