package rules

import (
	"path"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"coffee-platform/policy/object"
	"coffee-platform/policy/reach"
	"coffee-platform/policy/rule"
	"coffee-platform/stacks/callgraph"
)

var declaredCallers = rule.Rule{
	ID:    "c21",
	Name:  "declared-callers",
	Title: "The workloads that can reach a data store are those that are declared to call it",
	Why: "whatever can open a connection is one leaked password away from the data, and what cannot do so though it is meant to " +
		"fails on its first request",
	Fix: "narrow the network policy or security group that the path names, or declare the call in stacks/callgraph; a workload that " +
		"is kept out and should not be needs a network policy that lets it out to the data store's subnets and port",
	Severity: apitype.PolicySeverityHigh,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.CISEKS("4.3.2"), rule.CISEKS("5.4.4"), rule.Trivy("KSV-0038"),
	},
	Settings: []rule.Setting{
		{
			Name: "callers",
			Description: "Who may reach which data store, as caller=store: the caller by its label " + reach.ComponentLabel +
				", the store by what it runs. Services that the stack's configuration adds come on top.",
			Default: callersOf(callgraph.Product()),
		},
		{
			Name:        "charts",
			Description: "Callers that a Helm chart brings, as caller=chart.",
			Default:     []string{string(callgraph.Autoscaler) + "=keda"},
		},
	},
	CheckStack: checkCallers,
}

// callersOf are the calls of data stores in a graph of calls.
func callersOf(graph callgraph.Graph) []string {
	var calls []string
	for _, store := range []callgraph.Party{callgraph.Postgres, callgraph.Redis} {
		for _, caller := range graph.Callers(store) {
			calls = append(calls, string(caller)+"="+string(store))
		}
	}
	return calls
}

func checkCallers(stack rule.Stack, env rule.Env) rule.Result {
	var result rule.Result
	network := reach.New(stack)
	stores := network.Stores()
	if len(stores) == 0 {
		return rule.Skip("no data store in the stack")
	}
	clients := network.Clients(&result)
	policies := network.Policies(&result)
	declared := declarationsOf(env)
	for _, store := range stores {
		runs := partyOf(store.Resource)
		for _, client := range clients {
			allowed := declared.allow(client, runs)
			checkCaller(client, store, network.Reaches(client, store, policies), allowed, &result)
		}
	}
	return result
}

// checkCaller compares what a workload can do with what it is declared to.
func checkCaller(client reach.Client, store reach.Store, answer reach.Answer, allowed rule.Truth, result *rule.Result) {
	name := reach.Label(store.Resource)
	switch {
	case answer.Truth == rule.Yes && allowed == rule.No:
		result.Fail(client.At, "can reach %s, which nothing declares: %s", name, answer.Path)
	case answer.Truth != rule.No && allowed != rule.Yes:
		result.Undetermined(client.At, "may reach %s undeclared, as far as is known before deployment: %s", name, answer.Path)
	case client.Release != nil:
		// Whether a chart's pods can do what they are meant to is for its own policies to say.
	case answer.Truth == rule.Maybe:
		result.Undetermined(client.At, "is declared to call %s and may be unable to, as far as is known before deployment: %s", name, answer.Path)
	case answer.Truth == rule.No && allowed == rule.Yes:
		result.Fail(client.At, "is declared to call %s and cannot: %s", name, answer.Barrier)
	case answer.Truth == rule.No && allowed == rule.Maybe:
		result.Undetermined(client.At, "may be declared to call %s and cannot: %s", name, answer.Barrier)
	}
}

// partyOf is what the declarations call a data store: the name of what it runs.
func partyOf(store rule.Resource) string {
	engine := reach.EngineOf(store)
	switch {
	case strings.Contains(engine, "postgres"):
		return string(callgraph.Postgres)
	// Valkey is Redis under another name (https://valkey.io/topics/introduction/).
	case engine == "valkey":
		return string(callgraph.Redis)
	}
	return engine
}

// declarations are who may call what.
type declarations struct {
	calls  map[string]bool
	charts []string
}

func declarationsOf(env rule.Env) declarations {
	d := declarations{calls: map[string]bool{}, charts: env.Settings.Texts("charts")}
	for _, call := range env.Settings.Texts("callers") {
		d.calls[call] = true
	}
	for name, calls := range env.Services {
		for _, store := range calls {
			d.calls[name+"="+store] = true
		}
	}
	return d
}

// allow tells whether a workload is declared to call a data store.
func (d declarations) allow(client reach.Client, store string) rule.Truth {
	if store == "" {
		return rule.Maybe
	}
	if client.Release != nil {
		return rule.Is(slices.ContainsFunc(d.charts, func(one string) bool {
			caller, chart, _ := strings.Cut(one, "=")
			return d.calls[caller+"="+store] && chart == chartOf(*client.Release)
		}))
	}
	component, state := client.Labels.Get(reach.ComponentLabel).Text()
	switch state {
	case rule.Known:
		return rule.Is(d.calls[component+"="+store])
	case rule.Unknown:
		return rule.Maybe
	}
	return rule.No
}

// chartOf is the name of a release's chart, without its repository or path.
func chartOf(release rule.Resource) string {
	if release.Type != object.HelmRelease {
		return ""
	}
	chart, _ := release.Inputs.Get("chart").Text()
	return path.Base(chart)
}
