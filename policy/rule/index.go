package rule

import "slices"

// index finds the resources of a stack by what they are and refer to, so that a rule that asks for each resource
// what belongs to it does not go through all the others. It holds positions in the stack.
type index struct {
	ofType map[string][]int
	byURN  map[string][]int
	byID   map[string][]int
	// recorded are those of which a property was computed from a resource, by its URN; written those of which
	// a property is or holds a text.
	recorded map[reference][]int
	written  map[reference][]int
	// open are those of which a property is unknown, in part or as a whole, and computed from nothing that is on
	// record, and literal those of which it is, or holds, a text that was written out, by property.
	open    map[string][]int
	literal map[string][]int
}

// reference is a property and what it refers to.
type reference struct{ property, to string }

func newIndex(resources []Resource) index {
	x := index{
		ofType: map[string][]int{}, byURN: map[string][]int{}, byID: map[string][]int{},
		recorded: map[reference][]int{}, written: map[reference][]int{},
		open: map[string][]int{}, literal: map[string][]int{},
	}
	for i, r := range resources {
		x.ofType[r.Type] = append(x.ofType[r.Type], i)
		x.byURN[r.URN] = append(x.byURN[r.URN], i)
		if id, state := r.Outputs.Get("id").Text(); state == Known && id != "" {
			x.byID[id] = append(x.byID[id], i)
		}
		for property, urns := range r.PropertyDependencies {
			for _, urn := range urns {
				x.recorded[reference{property, urn}] = append(x.recorded[reference{property, urn}], i)
			}
		}
		properties, _ := r.Inputs.Keys()
		for _, property := range properties {
			x.addProperty(i, property, r)
		}
	}
	return x
}

func (x index) addProperty(i int, property string, r Resource) {
	at := r.Inputs.Get(property)
	written, more := texts(at)
	for _, text := range written {
		x.written[reference{property, text}] = append(x.written[reference{property, text}], i)
	}
	switch {
	case len(r.PropertyDependencies[property]) > 0:
	case more:
		x.open[property] = append(x.open[property], i)
	case len(written) > 0:
		x.literal[property] = append(x.literal[property], i)
	}
}

// texts are the text that a value is, or those that a list holds, and whether there may be more that are not
// known.
func texts(at Value) (found []string, more bool) {
	values, state := at.List()
	if state != Known {
		values = []Value{at}
	}
	for _, value := range values {
		text, state := value.Text()
		more = more || state == Unknown
		if state == Known && text != "" {
			found = append(found, text)
		}
	}
	return found, more
}

// inOrder puts positions together in the order of the stack, each once.
func inOrder(positions ...[]int) []int {
	all := slices.Concat(positions...)
	slices.Sort(all)
	return slices.Compact(all)
}
