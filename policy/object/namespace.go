package object

import (
	"slices"

	"coffee-platform/policy/rule"
)

// Namespace is the kind of namespaces.
const Namespace = "core/Namespace"

// defaultNamespace is where objects are that name none.
const defaultNamespace = "default"

// HelmRelease is the type of resources that render their objects inside the provider, so
// that these are never resources.
const HelmRelease = "kubernetes:helm.sh/v3:Release"

// Namespaces are those a stack creates. They tell where an object is even in a preview, when
// the name of its namespace may be unknown but not which resource it comes from.
type Namespaces struct {
	// All are the namespaces, in the order of the stack.
	All []Object

	// byURN are the places that each resource creates.
	byURN map[string][]place
	// releases are the Helm releases of the stack, whose objects no rule sees.
	releases ByNamespace[Object]
}

// NamespacesOf returns the namespaces of a stack.
func NamespacesOf(stack rule.Stack, result *rule.Result) *Namespaces {
	n := &Namespaces{All: All(stack, result, Namespace), byURN: map[string][]place{}}
	for _, namespace := range n.All {
		urn := namespace.From.URN
		n.byURN[urn] = append(n.byURN[urn], placeNamed(namespace))
	}
	var releases []Object
	for _, release := range stack.OfType(HelmRelease) {
		releases = append(releases, Object{Root: release.Inputs, From: release})
	}
	n.releases = GroupByNamespace(n, releases, Itself)
	return n
}

// Together tells whether two objects are in the same namespace.
func (n *Namespaces) Together(a, b Object) rule.Truth {
	return n.placeOf(a).is(n.placeOf(b))
}

// Hidden is Maybe when objects beside the given one may exist that no rule sees, because a
// Helm release renders them.
func (n *Namespaces) Hidden(o Object) rule.Truth {
	return rule.Is(len(n.releases.Beside(o)) > 0).And(rule.Maybe)
}

// place is a namespace by its name or, while that is unknown, by the resource that creates
// it. The zero place is one of which neither is known.
type place struct {
	name string
	urn  string
}

func (p place) is(other place) rule.Truth {
	switch {
	case p.name != "" && other.name != "":
		return rule.Is(p.name == other.name)
	case p.urn != "" && p.urn == other.urn:
		return rule.Yes
	}
	return rule.Maybe
}

func placeNamed(namespace Object) place {
	name, _ := namespace.Get("metadata", "name").Text()
	return place{name: name, urn: namespace.From.URN}
}

func (n *Namespaces) placeOf(o Object) place {
	property, at := "metadata", o.Get("metadata", "namespace")
	if o.From.Type == HelmRelease {
		property, at = "namespace", o.Get("namespace")
	}
	name, state := at.Text()
	switch {
	case state == rule.Missing:
		return place{name: defaultNamespace}
	case state != rule.Unknown:
		return place{name: name}
	}
	var sources []place
	for _, urn := range slices.Compact(slices.Sorted(slices.Values(o.From.PropertyDependencies[property]))) {
		sources = append(sources, n.byURN[urn]...)
	}
	if len(sources) != 1 {
		return place{}
	}
	return sources[0]
}

// NameOf is the name of the namespace an object is in, or empty while nobody knows.
func (n *Namespaces) NameOf(o Object) string { return n.placeOf(o).name }
