package object

import (
	"cmp"
	"slices"

	"coffee-platform/policy/rule"
)

// ByNamespace are objects, or what comes from them, by the namespace they are in: whoever looks for what is
// beside an object asks a few instead of all of the stack.
type ByNamespace[T any] struct {
	namespaces *Namespaces
	all        []located[T]
	// named are those whose namespace is known by its name, and nameless the others.
	named    map[string][]located[T]
	nameless []located[T]
}

// located is something, the place it is in, and its position among all.
type located[T any] struct {
	item     T
	in       place
	position int
}

// Neighbour is something that is in the namespace in question, or may be.
type Neighbour[T any] struct {
	Item T
	// There is Yes, or Maybe while the name of a namespace is not known.
	There rule.Truth
}

// GroupByNamespace groups things by the namespace of the object that each of them belongs to.
func GroupByNamespace[T any](namespaces *Namespaces, things []T, owner func(T) Object) ByNamespace[T] {
	g := ByNamespace[T]{namespaces: namespaces, named: map[string][]located[T]{}}
	for position, item := range things {
		one := located[T]{item, namespaces.placeOf(owner(item)), position}
		g.all = append(g.all, one)
		if one.in.name == "" {
			g.nameless = append(g.nameless, one)
		} else {
			g.named[one.in.name] = append(g.named[one.in.name], one)
		}
	}
	return g
}

// Itself is the owner of an object that is grouped as such.
func Itself(o Object) Object { return o }

// Beside returns what is in the namespace of an object, or may be, in the order in which it was grouped.
func (g ByNamespace[T]) Beside(o Object) []Neighbour[T] { return g.at(g.namespaces.placeOf(o)) }

// Inside returns what is in a namespace, or may be, in the order in which it was grouped.
func (g ByNamespace[T]) Inside(namespace Object) []Neighbour[T] { return g.at(placeNamed(namespace)) }

// Named returns what is in the namespace of a name, or may be, in the order in which it was grouped.
func (g ByNamespace[T]) Named(name string) []Neighbour[T] { return g.at(place{name: name}) }

// Everywhere returns everything, as being there as far as the caller knows.
func (g ByNamespace[T]) Everywhere(there rule.Truth) []Neighbour[T] {
	found := make([]Neighbour[T], len(g.all))
	for i, one := range g.all {
		found[i] = Neighbour[T]{one.item, there}
	}
	return found
}

func (g ByNamespace[T]) at(here place) []Neighbour[T] {
	candidates := g.all
	if here.name != "" {
		candidates = slices.Concat(g.named[here.name], g.nameless)
		slices.SortFunc(candidates, func(a, b located[T]) int { return cmp.Compare(a.position, b.position) })
	}
	found := make([]Neighbour[T], len(candidates))
	for i, one := range candidates {
		found[i] = Neighbour[T]{one.item, one.in.is(here)}
	}
	return found
}
