package rules

import (
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"coffee-platform/policy/object"
	"coffee-platform/policy/rule"
	"coffee-platform/policy/workload"
)

const kindDisruptionBudget = "policy/PodDisruptionBudget"

// replicated are the kinds that keep a number of pods running.
var replicated = map[string]bool{
	"apps/Deployment":            true,
	"apps/StatefulSet":           true,
	"apps/ReplicaSet":            true,
	"extensions/Deployment":      true,
	"extensions/ReplicaSet":      true,
	"core/ReplicationController": true,
	"argoproj.io/Rollout":        true,
}

var budgetDisruptions = rule.Rule{
	ID:       "k2",
	Name:     "budget-disruptions",
	Title:    "Several replicas have a disruption budget, and no budget blocks every drain",
	Why:      "without a budget a drain may take all replicas at once, and with one that allows none a node can never be replaced, upgraded or saved",
	Fix:      "create a PodDisruptionBudget with maxUnavailable: 1 that selects the pods",
	Severity: apitype.PolicySeverityMedium,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.KubeScore("deployment-has-poddisruptionbudget"), rule.KubeLinter("pdb-max-unavailable"),
		rule.KubeLinter("pdb-min-available"),
	},
	AppliesTo: object.Selects(kindDisruptionBudget),
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		var result rule.Result
		for _, o := range object.In(r, &result, kindDisruptionBudget) {
			checkBudget(o, &result)
		}
		return result
	},
	CheckStack: func(stack rule.Stack, _ rule.Env) rule.Result {
		var result rule.Result
		services := replicasIn(stack, &result)
		if len(services) == 0 && result.Outcome() == rule.Passed {
			return rule.Skip("nothing in the stack has replicas")
		}
		budgets := object.GroupByNamespace(
			object.NamespacesOf(stack, &result), object.All(stack, &result, kindDisruptionBudget), object.Itself)
		for _, s := range services {
			s.checkBudgets(budgets.Beside(s.pod.Owner), &result)
		}
		return result
	},
}

// checkBudget fails a budget that allows no disruption, however many pods there are.
func checkBudget(o object.Object, result *rule.Result) {
	most, least := o.Get("spec", "maxUnavailable"), o.Get("spec", "minAvailable")
	for _, at := range []rule.Value{most, least} {
		result.Unreadable(at, intOrPercent(at), "a number or a percentage")
	}
	if text, state := most.Text(); state == rule.Known && (text == "0" || text == "0%") {
		result.Fail(most, "is %s, which allows no disruption", most.Show())
	}
	if text, _ := least.Text(); text == "100%" {
		result.Fail(least, "is %s, which allows no disruption", least.Show())
	}
}

func intOrPercent(at rule.Value) rule.State {
	text, state := at.Text()
	if state != rule.Known {
		return state
	}
	if _, err := strconv.ParseUint(strings.TrimSuffix(text, "%"), 10, 31); err != nil {
		return rule.Malformed
	}
	return rule.Known
}

// service is a workload with replicas.
type service struct {
	pod workload.Pod
	// at is where the number of replicas is said.
	at rule.Value
	// replicas is how many run at least; it means nothing unless the state is known.
	replicas int64
	state    rule.State
	// queued is true for what a ScaledObject scales: it works through a queue, which waits.
	queued bool
}

// replicasIn returns what has replicas, each with the least number that runs: a scaler's
// minimum, or else what the workload says, or 1.
func replicasIn(stack rule.Stack, result *rule.Result) []service {
	all := object.GroupByNamespace(
		object.NamespacesOf(stack, result), object.All(stack, result, kindAutoscaler, kindScaledObject), object.Itself)
	var services []service
	for _, pod := range workload.All(stack, result) {
		if !replicated[pod.Owner.Kind] {
			continue
		}
		s := service{pod: pod, at: pod.Owner.Get("spec", "replicas"), replicas: 1}
		if pod.Patch && s.at.State() == rule.Missing {
			s.state = rule.Unknown
		} else {
			s.read(1)
		}
		for _, beside := range all.Beside(pod.Owner) {
			o := beside.Item
			switch beside.There.And(scales(o, pod.Owner)) {
			case rule.Yes:
				s.at = o.Get("spec", scalers[o.Kind].min)
				s.read(scalers[o.Kind].defaultMin)
				s.queued = o.Kind == kindScaledObject
			case rule.Maybe:
				s.state = rule.Unknown
			}
		}
		services = append(services, s)
	}
	return services
}

func (s *service) read(unset int64) {
	s.replicas, s.state = s.at.Int()
	if s.state == rule.Missing {
		s.replicas, s.state = unset, rule.Known
	}
}

// several tells whether two pods or more always run.
func (s *service) several() rule.Truth {
	if s.state != rule.Known {
		return rule.Maybe
	}
	return rule.Is(s.replicas >= 2)
}

func (s *service) checkBudgets(budgets []object.Neighbour[object.Object], result *rule.Result) {
	found := rule.No
	for _, budget := range budgets {
		selector := budget.Item.Get("spec", "selector")
		selects := rule.Is(selector.State() != rule.Missing).And(budget.There).
			And(object.SelectorMatches(selector, s.pod.Metadata.Get("labels")))
		found = found.Or(selects)
		at := budget.Item.Get("spec", "minAvailable")
		report(at, selects.And(s.allWanted(at)), "wants as many pods as there are, which allows no disruption", result)
	}
	report(s.at, s.several().And(found.Not()), "is 2 or more, and no PodDisruptionBudget selects the pods", result)
}

// allWanted tells whether a budget wants as many pods to stay as there are. One that cannot be read is told of
// where the budget is judged by itself.
func (s *service) allWanted(minAvailable rule.Value) rule.Truth {
	switch state := intOrPercent(minAvailable); {
	case state == rule.Unknown:
		return rule.Maybe
	case state != rule.Known:
		return rule.No
	case s.state != rule.Known:
		return rule.Maybe
	}
	return rule.Is(s.replicas > 0 && demanded(minAvailable, s.replicas) >= s.replicas)
}

// demanded is how many pods have to stay, of so many, as a readable minAvailable has it. Kubernetes rounds
// percentages up.
func demanded(at rule.Value, replicas int64) int64 {
	text, _ := at.Text()
	number, _ := strconv.ParseInt(strings.TrimSuffix(text, "%"), 10, 64)
	if strings.HasSuffix(text, "%") {
		return (number*replicas + 99) / 100
	}
	return number
}

var replicateServices = rule.Rule{
	ID:       "k3",
	Name:     "replicate-services",
	Title:    "In prod every service has two replicas or more, spread over nodes or zones",
	Why:      "one pod, or several on one node, are gone together whenever that node is",
	Fix:      "set replicas (minReplicas of the scaler) to 2 or more, and topologySpreadConstraints or a podAntiAffinity",
	Severity: apitype.PolicySeverityMedium,
	Level:    apitype.Mandatory,
	Tiers:    []rule.Tier{rule.Prod},
	Controls: []rule.Control{
		rule.KubeLinter("no-anti-affinity"), rule.KubeScore("deployment-has-host-podantiaffinity"),
		rule.KubeScore("statefulset-has-host-podantiaffinity"),
	},
	AppliesTo: workload.Selects,
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		return workload.Judge(r, func(pod workload.Pod, result *rule.Result) {
			if replicated[pod.Owner.Kind] {
				checkSpread(pod, result)
			}
		})
	},
	CheckStack: func(stack rule.Stack, _ rule.Env) rule.Result {
		var result rule.Result
		services := replicasIn(stack, &result)
		if len(services) == 0 && result.Outcome() == rule.Passed {
			return rule.Skip("nothing in the stack has replicas")
		}
		for _, s := range services {
			if !s.queued {
				report(s.at, s.several().Not(), "leaves a single pod, or none", &result)
			}
		}
		return result
	},
}

func checkSpread(pod workload.Pod, result *rule.Result) {
	constraints := pod.Spec.Get("topologySpreadConstraints")
	affinity := pod.Spec.Get("affinity", "podAntiAffinity")
	spread := filled(constraints).Or(filled(affinity))
	if pod.Patch && constraints.State() == rule.Missing {
		spread = spread.Or(rule.Maybe)
	}
	report(constraints, spread.Not(), "is not set, and neither is affinity.podAntiAffinity", result)
}
