package iamdocument

import (
	"slices"
	"strings"

	"coffee-platform/policy/rule"
)

// NamesObject tells whether a condition says what a statement is about, by one of the keys that do. The keys are patterns.
func (s Statement) NamesObject(keys []string) rule.Truth {
	named := rule.No
	for _, condition := range s.Conditions {
		named = named.Or(condition.namesObject(keys))
	}
	return named
}

func (c Condition) namesObject(keys []string) rule.Truth {
	// The name of a tag is part of its key: whatever its value, what has no such tag is left out.
	tag := strings.Contains(c.Key, "/")
	switch {
	case c.Key == "":
		return rule.Maybe
	case !slices.ContainsFunc(keys, func(key string) bool { return Matches(key, c.Key) }):
		return rule.No
	case tag && strings.EqualFold(c.Operator, "Null"):
		return c.each(func(at rule.Value) rule.Truth { return reads(at, "false") })
	case !c.demands():
		return rule.No
	case tag:
		return rule.Yes
	}
	return c.each(known(func(text string) bool { return !everyName(text) }))
}

// everyName tells whether the value of a condition takes in every name, alone or after what it is a name of: alias/*.
func everyName(text string) bool {
	name := lastPart(text)
	if _, after, ok := strings.Cut(name, "/"); ok {
		name = after
	}
	return Wildcard(name)
}
