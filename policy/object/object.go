// Package object finds Kubernetes objects in resources: an object itself, a patch of one, or
// the objects of a list, whatever the version of their API.
package object

import (
	"strings"

	"coffee-platform/policy/rule"
)

// Form is how a resource holds objects of a kind.
type Form int

const (
	// Whole means: the resource is the object.
	Whole Form = iota
	// Patch means: the resource changes an object; fields that are absent keep the value
	// they have in the cluster.
	Patch
	// List means: the resource holds many objects under items.
	List
)

// Match reads a type token such as kubernetes:apps/v1:DeploymentPatch. It returns the kind
// with its API group, as apps/Deployment, when that is one the caller knows.
func Match(token string, known func(kind string) bool) (kind string, form Form, ok bool) {
	parts := strings.Split(token, ":")
	if len(parts) != 3 || parts[0] != "kubernetes" {
		return "", Whole, false
	}
	group, _, _ := strings.Cut(parts[1], "/")
	kind = group + "/" + parts[2]
	if known(kind) {
		return kind, Whole, true
	}
	if bare, ok := strings.CutSuffix(kind, "Patch"); ok && known(bare) {
		return bare, Patch, true
	}
	if bare, ok := strings.CutSuffix(kind, "List"); ok && known(bare) {
		return bare, List, true
	}
	return "", Whole, false
}

// Object is one Kubernetes object.
type Object struct {
	// Kind with its API group, such as core/Namespace.
	Kind string
	// Root holds the object's fields.
	Root rule.Value
	// Patch is true when absent fields keep the value they have in the cluster.
	Patch bool
	// From is the resource that holds the object.
	From rule.Resource
}

// Get walks down from the object's root.
func (o Object) Get(keys ...string) rule.Value { return o.Root.Get(keys...) }

// Selects chooses the resources that hold objects of the kinds.
func Selects(kinds ...string) rule.Selector {
	known := oneOf(kinds)
	return func(r rule.Resource) bool {
		_, _, ok := Match(r.Type, known)
		return ok
	}
}

// In returns the objects of the kinds that a resource holds. What cannot be read is
// recorded in the result.
func In(r rule.Resource, result *rule.Result, kinds ...string) []Object {
	kind, form, ok := Match(r.Type, oneOf(kinds))
	if !ok {
		return nil
	}
	return Spread(r, kind, form, result)
}

// Spread returns the objects of a resource that holds them in the given form.
func Spread(r rule.Resource, kind string, form Form, result *rule.Result) []Object {
	if form != List {
		return []Object{{Kind: kind, Root: r.Inputs, Patch: form == Patch, From: r}}
	}
	at := r.Inputs.Get("items")
	items, state := at.List()
	result.Unreadable(at, state, "a list")
	objects := make([]Object, 0, len(items))
	for _, item := range items {
		if !result.Unreadable(item, item.State(), "an object") {
			objects = append(objects, Object{Kind: kind, Root: item, From: r})
		}
	}
	return objects
}

// All returns the objects of the kinds in a stack.
func All(stack rule.Stack, result *rule.Result, kinds ...string) []Object {
	var objects []Object
	for _, r := range stack.Select(Selects(kinds...)) {
		objects = append(objects, In(r, result, kinds...)...)
	}
	return objects
}

func oneOf(kinds []string) func(string) bool {
	return func(kind string) bool {
		for _, known := range kinds {
			if kind == known {
				return true
			}
		}
		return false
	}
}
