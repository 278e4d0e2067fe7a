package rules

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"coffee-platform/policy/reach"
	"coffee-platform/policy/rule"
)

var unreachableData = rule.Rule{
	ID:    "c20",
	Name:  "unreachable-data",
	Title: "No path leads from the internet to a data store",
	Why: "a public address, a route, a rule or a forwarding load balancer is harmless until the last of them is made; together they " +
		"let anyone try passwords",
	Fix: "take any one hop of the path away; what ends connections, such as an API's pods behind a load balancer, is not a hop, " +
		"and what a data store admits of that is rule c21's business",
	Severity: apitype.PolicySeverityCritical,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.FSBP("RDS.2"), rule.FSBP("RDS.46"), rule.CISAWS("3.2.3"), rule.Trivy("AWS-0180"),
	},
	AppliesTo:  reach.IsPiece,
	Check:      checkPathsSoFar,
	CheckStack: checkPaths,
}

// checkPathsSoFar looks, before a resource is made, at whether it completes a path with what was asked
// for before it. It is for updates, which know the ids that join the pieces. In a preview, checkPaths
// decides before anything is made.
func checkPathsSoFar(about rule.Resource, env rule.Env) rule.Result {
	var result rule.Result
	if env.DryRun || env.Seen == nil {
		return rule.Skip("is judged together with the rest of its stack, before any of it is made")
	}
	network, stores, open := reach.Around(about, env.Seen)
	for _, at := range open {
		result.Undetermined(at, "decides which data stores it opens, and is known only after deployment")
	}
	for _, store := range stores {
		reportPath(network, store, "with what is there so far", &result)
	}
	return result
}

func checkPaths(stack rule.Stack, _ rule.Env) rule.Result {
	var result rule.Result
	network := reach.New(stack)
	stores := network.Stores()
	if len(stores) == 0 {
		return rule.Skip("no data store in the stack")
	}
	for _, store := range stores {
		reportPath(network, store, "with what is known before deployment", &result)
	}
	return result
}

func reportPath(network *reach.Network, store reach.Store, given string, result *rule.Result) {
	switch answer := network.FromInternet(store); answer.Truth {
	case rule.Yes:
		result.Fail(store.Inputs, "can be reached from the internet: %s", answer.Path)
	case rule.Maybe:
		result.Undetermined(store.Inputs, "may be reached from the internet, %s: %s", given, answer.Path)
	}
}
