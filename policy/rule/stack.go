package rule

import (
	"cmp"
	"slices"
)

// Stack is all resources of a stack, in the order of their URNs.
type Stack struct {
	resources []Resource
	index     index
}

// NewStack sorts the resources, so that what a rule finds has the same order in every run.
func NewStack(resources []Resource) Stack {
	sorted := slices.Clone(resources)
	slices.SortStableFunc(sorted, func(a, b Resource) int { return cmp.Compare(a.URN, b.URN) })
	return Stack{resources: sorted, index: newIndex(sorted)}
}

// Select returns the resources a selector chooses. It goes through all of them: to be asked once for a stack.
func (s Stack) Select(selects Selector) []Resource {
	var chosen []Resource
	for _, r := range s.resources {
		if selects(r) {
			chosen = append(chosen, r)
		}
	}
	return chosen
}

// OfType returns the resources of some types.
func (s Stack) OfType(types ...string) []Resource {
	positions := make([][]int, len(types))
	for i, typ := range types {
		positions[i] = s.index.ofType[typ]
	}
	return s.at(inOrder(positions...), func(Resource) bool { return true })
}

// WithID returns the chosen resources that the provider gave an id.
func (s Stack) WithID(id string, selects Selector) []Resource {
	return s.at(s.index.byID[id], selects)
}

// at returns those of the resources at some positions that a selector chooses.
func (s Stack) at(positions []int, selects Selector) []Resource {
	var chosen []Resource
	for _, i := range positions {
		if selects(s.resources[i]) {
			chosen = append(chosen, s.resources[i])
		}
	}
	return chosen
}

// Referenced returns the chosen resources that a property of another one refers to.
func (s Stack) Referenced(from Resource, property string, selects Selector) []Resource {
	var positions [][]int
	for _, urn := range from.PropertyDependencies[property] {
		positions = append(positions, s.index.byURN[urn])
	}
	ids, _ := texts(from.Inputs.Get(property))
	for _, id := range ids {
		positions = append(positions, s.index.byID[id])
	}
	return s.at(inOrder(positions...), selects)
}

// Referring returns the chosen resources whose property refers to another one, and
// whether there may be more: some whose property is known only after deployment, without
// a record of what it is computed from, or written out where what it would be compared
// with is not known. The name is the property of the other resource that a property may
// hold instead of a reference; empty for none.
func (s Stack) Referring(to Resource, name, property string, selects Selector) (referring []Resource, more bool) {
	id, idState := to.Outputs.Get("id").Text()
	named, nameState := to.Inputs.Get(name).Text()
	positions := inOrder(
		s.index.recorded[reference{property, to.URN}], s.index.written[reference{property, id}], s.index.written[reference{property, named}])
	candidates := s.index.open[property]
	if nameState == Unknown && idState != Known {
		candidates = append(slices.Clip(candidates), s.index.literal[property]...)
	}
	more = slices.ContainsFunc(candidates, func(i int) bool { return selects(s.resources[i]) })
	return s.at(positions, selects), more
}
