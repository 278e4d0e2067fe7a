package rule

import "slices"

// Selector decides which resources a rule looks at.
type Selector func(Resource) bool

// OfType selects resources by type token.
func OfType(types ...string) Selector {
	return func(r Resource) bool { return slices.Contains(types, r.Type) }
}
