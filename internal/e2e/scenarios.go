package e2e

import "context"

// scenario is something that is played on a control plane that has an environment.
type scenario struct {
	name, title string
	// always plays it whatever was asked for, before all others.
	always bool
	// apart plays it on a control plane of its own, beside the others, because it mostly waits.
	apart bool
	// stacks are the environments it is played in; none means all.
	stacks []string
	play   func(context.Context, *cluster, *section) error
}

// scenarios are all there are, in the order in which they are played.
var scenarios = []scenario{
	{name: "acceptance", title: "every manifest is accepted, and applied again changes nothing", always: true, play: acceptance},
	{name: "capacity", title: "quotas, limits and node pools admit the greatest number of replicas", play: capacity},
	{name: "placement", title: "pods land where they should", stacks: []string{"prod"}, play: placement},
	{name: "burst", title: "a burst of renders is scaled out to and back from", stacks: []string{"prod"}, apart: true, play: burst},
	{name: "node-loss", title: "nodes are lost in the middle of a burst", stacks: []string{"prod"}, apart: true, play: nodeLoss},
	{name: "release", title: "releases and drains keep what is promised", stacks: []string{"prod"}, play: release},
	{name: "migration", title: "a failing migration changes no Deployment", stacks: []string{"prod"}, play: migration},
	{name: "access", title: "network policies and RBAC allow what is declared and nothing else", play: access},
	{name: "references", title: "everything that refers to something finds it", play: references},
}

// ScenarioNames are the names of all scenarios.
func ScenarioNames() []string {
	var names []string
	for _, s := range scenarios {
		names = append(names, s.name)
	}
	return names
}
