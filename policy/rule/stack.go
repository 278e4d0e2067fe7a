package rule

import (
	"cmp"
	"slices"
)

// Stack is all resources of a stack, in the order of their URNs.
type Stack struct {
	resources []Resource
}

// NewStack sorts the resources, so that what a rule finds has the same order in every run.
func NewStack(resources []Resource) Stack {
	sorted := slices.Clone(resources)
	slices.SortStableFunc(sorted, func(a, b Resource) int { return cmp.Compare(a.URN, b.URN) })
	return Stack{resources: sorted}
}

// Select returns the resources a selector chooses.
func (s Stack) Select(selects Selector) []Resource {
	var chosen []Resource
	for _, r := range s.resources {
		if selects(r) {
			chosen = append(chosen, r)
		}
	}
	return chosen
}

// Referenced returns the chosen resources that a property of another one refers to.
func (s Stack) Referenced(from Resource, property string, selects Selector) []Resource {
	return s.Select(func(r Resource) bool { return selects(r) && Refers(from, property, r) })
}

// Refers tells whether a property of one resource refers to another. The engine's record
// of what the property was computed from answers in a preview as well, when ids are
// unknown; ids that were written out are compared.
func Refers(from Resource, property string, to Resource) bool {
	if slices.Contains(from.PropertyDependencies[property], to.URN) {
		return true
	}
	id, state := to.Outputs.Get("id").Text()
	if state != Known || id == "" {
		return false
	}
	value := from.Inputs.Get(property)
	if values, state := value.List(); state == Known {
		return slices.ContainsFunc(values, func(v Value) bool { return equals(v, id) })
	}
	return equals(value, id)
}

func equals(v Value, want string) bool {
	got, state := v.Text()
	return state == Known && got == want
}
