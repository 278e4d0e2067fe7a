package iamdocument

import (
	"slices"
	"strings"

	"coffee-platform/policy/rule"
)

// demandingOperators are the operators that hold only when the key is there and has one
// of the values.
var demandingOperators = []string{
	"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike", "ipaddress",
}

// demands tells whether a condition holds only when its key is there and has one of its values.
func (c Condition) demands() bool {
	return slices.Contains(demandingOperators, strings.TrimPrefix(strings.ToLower(c.Operator), "foranyvalue:"))
}

// each tells whether something holds of all values of a condition: one among several that admits everyone makes the others
// pointless.
func (c Condition) each(holds func(rule.Value) rule.Truth) rule.Truth {
	all := rule.Is(len(c.Values) > 0)
	for _, value := range c.Values {
		all = all.And(holds(value))
	}
	return all
}

// known makes of a check of texts one of values, of which some are not known.
func known(holds func(string) bool) func(rule.Value) rule.Truth {
	return func(at rule.Value) rule.Truth {
		text, state := at.Text()
		if state != rule.Known {
			return rule.Maybe
		}
		return rule.Is(holds(text))
	}
}
