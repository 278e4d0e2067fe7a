package rules

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"coffee-platform/policy/object"
	"coffee-platform/policy/rule"
	"coffee-platform/policy/workload"
)

const (
	kindServiceMonitor = "monitoring.coreos.com/ServiceMonitor"
	kindPodMonitor     = "monitoring.coreos.com/PodMonitor"
	kindTargetBinding  = "eks.amazonaws.com/TargetGroupBinding"
	// kindTargetBindingOld is that of the AWS Load Balancer Controller.
	kindTargetBindingOld = "elbv2.k8s.aws/TargetGroupBinding"
)

var referToWhatIsThere = rule.Rule{
	ID:       "k6",
	Name:     "refer-to-what-is-there",
	Title:    "Services, Ingresses, network policies, budgets and monitors refer to something that is there",
	Why:      "a selector with a typing error raises no error: requests fail, the policy protects nobody and the alert never comes",
	Fix:      "make the selector the labels of the pods (of the Service, for a ServiceMonitor), and the backend the name of a Service in the same namespace",
	Severity: apitype.PolicySeverityLow,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.KubeLinter("dangling-service"), rule.KubeLinter("dangling-ingress"), rule.KubeLinter("dangling-networkpolicy"),
		rule.KubeLinter("dangling-servicemonitor"), rule.KubeScore("service-targets-pod"),
	},
	CheckStack: func(stack rule.Stack, _ rule.Env) rule.Result {
		var result rule.Result
		namespaces := object.NamespacesOf(stack, &result)
		d := dangling{
			stack:      stack,
			namespaces: namespaces,
			pods:       object.GroupByNamespace(namespaces, workload.All(stack, &result), ownerOf),
			services:   object.GroupByNamespace(namespaces, object.All(stack, &result, kindService), object.Itself),
			result:     &result,
		}
		referrers := object.All(stack, &result, kindService, kindNetworkPolicy, kindApplicationPolicy, kindDisruptionBudget,
			kindIngress, kindIngressOld, kindTargetBinding, kindTargetBindingOld, kindServiceMonitor, kindPodMonitor)
		if len(referrers) == 0 && result.Outcome() == rule.Passed {
			return rule.Skip("nothing in the stack refers to pods or Services")
		}
		for _, o := range referrers {
			d.check(o)
		}
		return result
	},
}

func ownerOf(pod workload.Pod) object.Object { return pod.Owner }

// dangling looks for what objects refer to.
type dangling struct {
	stack      rule.Stack
	namespaces *object.Namespaces
	pods       object.ByNamespace[workload.Pod]
	services   object.ByNamespace[object.Object]
	result     *rule.Result
}

func (d dangling) check(o object.Object) {
	switch o.Kind {
	case kindService:
		// Without a selector someone else says where the Service leads.
		if at := o.Get("spec", "selector"); at.State() != rule.Missing {
			d.requirePods(o, at, func(labels rule.Value) rule.Truth { return object.LabelsMatch(at, labels) })
		}
	case kindNetworkPolicy, kindApplicationPolicy:
		d.requireSelected(o, "podSelector")
	case kindDisruptionBudget, kindPodMonitor:
		d.requireSelected(o, "selector")
	case kindServiceMonitor:
		d.requireServices(o)
	case kindTargetBinding, kindTargetBindingOld:
		d.requireService(o, o.Get("spec", "serviceRef", "name"))
	case kindIngress, kindIngressOld:
		d.checkBackends(o)
	}
}

// requireSelected leaves a selector alone that chooses everything: it means whatever will be
// there.
func (d dangling) requireSelected(o object.Object, field string) {
	at := o.Get("spec", field)
	if selectsEverything(at) == rule.Yes {
		return
	}
	d.requirePods(o, at, func(labels rule.Value) rule.Truth { return object.SelectorMatches(at, labels) })
}

func (d dangling) requirePods(o object.Object, at rule.Value, chooses func(labels rule.Value) rule.Truth) {
	found := d.elsewhere(o)
	for _, pod := range lookedAt(o, d.pods) {
		found = found.Or(pod.There.And(chooses(pod.Item.Metadata.Get("labels"))))
	}
	report(at, found.Not(), "chooses no pod of this stack", d.result)
}

func (d dangling) requireServices(o object.Object) {
	at := o.Get("spec", "selector")
	found := d.elsewhere(o)
	for _, service := range lookedAt(o, d.services) {
		found = found.Or(service.There.And(object.SelectorMatches(at, service.Item.Get("metadata", "labels"))))
	}
	report(at, found.Not(), "chooses no Service of this stack", d.result)
}

// lookedAt is what an object looks at, of some things: those of its own namespace, or for a monitor those of
// whatever namespaces its namespaceSelector says.
func lookedAt[T any](o object.Object, things object.ByNamespace[T]) []object.Neighbour[T] {
	selector := o.Get("spec", "namespaceSelector")
	everywhere, anyState := selector.Get("any").Bool()
	names, namesState := selector.Get("matchNames").List()
	switch {
	case selector.State() == rule.Missing:
		return things.Beside(o)
	case everywhere:
		return things.Everywhere(rule.Yes)
	case anyState == rule.Unknown || namesState == rule.Unknown:
		return things.Everywhere(rule.Maybe)
	}
	var found []object.Neighbour[T]
	for _, at := range names {
		switch name, state := at.Text(); state {
		case rule.Known:
			found = append(found, things.Named(name)...)
		case rule.Unknown:
			found = append(found, things.Everywhere(rule.Maybe)...)
		}
	}
	return found
}

// elsewhere is Maybe when what an object refers to may be where no rule sees it: rendered by
// a Helm release beside it, or in a namespace that is looked into by name.
func (d dangling) elsewhere(o object.Object) rule.Truth {
	patched := o.Patch || o.Get("spec", "namespaceSelector").State() != rule.Missing && len(d.stack.OfType(object.HelmRelease)) > 0
	return d.namespaces.Hidden(o).Or(rule.Is(patched).And(rule.Maybe))
}

func (d dangling) requireService(o object.Object, at rule.Value) {
	if at.State() == rule.Missing {
		return
	}
	found := d.elsewhere(o)
	for _, service := range d.services.Beside(o) {
		found = found.Or(service.There.And(sameText(at, service.Item.Get("metadata", "name"))))
	}
	report(at, found.Not(), "names a Service that is not in this stack", d.result)
}

// checkBackends: the present form of a backend is service.name, the former serviceName.
func (d dangling) checkBackends(o object.Object) {
	backends := []rule.Value{o.Get("spec", "defaultBackend"), o.Get("spec", "backend")}
	rules, state := o.Get("spec", "rules").List()
	d.result.Unreadable(o.Get("spec", "rules"), state, "a list of rules")
	for _, one := range rules {
		at := one.Get("http", "paths")
		paths, state := at.List()
		d.result.Unreadable(at, state, "a list of paths")
		for _, path := range paths {
			backends = append(backends, path.Get("backend"))
		}
	}
	for _, backend := range backends {
		name := backend.Get("service", "name")
		if former := backend.Get("serviceName"); name.State() == rule.Missing {
			name = former
		}
		// The controller's annotations may define a backend, by this name of its port.
		if port, _ := backend.Get("service", "port", "name").Text(); port != "use-annotation" {
			d.requireService(o, name)
		}
	}
}
