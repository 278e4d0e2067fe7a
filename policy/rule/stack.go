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

// Referring returns the chosen resources whose property refers to another one, and
// whether there may be more: some whose property is known only after deployment, without
// a record of what it is computed from, or written out where what it would be compared
// with is not known. The name is the property of the other resource that a property may
// hold instead of a reference.
func (s Stack) Referring(to Resource, name, property string, selects Selector) (referring []Resource, more bool) {
	for _, from := range s.Select(selects) {
		at := from.Inputs.Get(property)
		text, state := at.Text()
		named, nameState := to.Inputs.Get(name).Text()
		switch {
		case Refers(from, property, to) || state == Known && text != "" && text == named:
			referring = append(referring, from)
		case len(from.PropertyDependencies[property]) > 0:
			// It refers to something else.
		case state == Unknown, state == Known && nameState == Unknown && to.Outputs.Get("id").State() != Known:
			more = true
		}
	}
	return referring, more
}

func equals(v Value, want string) bool {
	got, state := v.Text()
	return state == Known && got == want
}
