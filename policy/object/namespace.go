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
type Namespaces []Object

// NamespacesOf returns the namespaces of a stack.
func NamespacesOf(stack rule.Stack, result *rule.Result) Namespaces {
	return All(stack, result, Namespace)
}

// Together tells whether two objects are in the same namespace.
func (n Namespaces) Together(a, b Object) rule.Truth {
	return n.placeOf(a).is(n.placeOf(b))
}

// Inside tells whether an object is in a namespace of the stack.
func (n Namespaces) Inside(o, namespace Object) rule.Truth {
	return n.placeOf(o).is(placeNamed(namespace))
}

// Hidden is Maybe when objects beside the given one may exist that no rule sees, because a
// Helm release renders them.
func (n Namespaces) Hidden(stack rule.Stack, o Object) rule.Truth {
	hidden := rule.No
	for _, release := range stack.OfType(HelmRelease) {
		hidden = hidden.Or(n.Together(Object{Root: release.Inputs, From: release}, o))
	}
	return hidden.And(rule.Maybe)
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

func (n Namespaces) placeOf(o Object) place {
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
	for _, namespace := range n {
		if slices.Contains(o.From.PropertyDependencies[property], namespace.From.URN) {
			sources = append(sources, placeNamed(namespace))
		}
	}
	if len(sources) != 1 {
		return place{}
	}
	return sources[0]
}

// NameOf is the name of the namespace an object is in, or empty while nobody knows.
func (n Namespaces) NameOf(o Object) string { return n.placeOf(o).name }
