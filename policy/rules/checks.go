package rules

import (
	"strings"

	"coffee-platform/policy/rule"
)

// demandTrue records a switch that is not on. What happens when it is not set is told by
// unset; without it, not set is as good as on.
func demandTrue(at rule.Value, unset string, result *rule.Result) {
	on, state := at.Bool()
	switch {
	case result.Unreadable(at, state, "a boolean"):
	case state == rule.Missing && unset != "":
		result.Fail(at, "is not set, %s", unset)
	case state == rule.Known && !on:
		result.Fail(at, "is false")
	}
}

// demandFalse records a switch that is on; not set is as good as off.
func demandFalse(at rule.Value, result *rule.Result) {
	on, state := at.Bool()
	switch {
	case result.Unreadable(at, state, "a boolean"):
	case on:
		result.Fail(at, "is true")
	}
}

// demandAtLeast records a number that is too small. What happens when it is not set is
// told by unset; without it, not set is enough.
func demandAtLeast(at rule.Value, least int64, unset string, result *rule.Result) {
	number, state := at.Int()
	switch {
	case result.Unreadable(at, state, "a whole number"):
	case state == rule.Missing && unset != "":
		result.Fail(at, "is not set, %s", unset)
	case state == rule.Known && number < least:
		result.Fail(at, "is %s, less than %d", at.Show(), least)
	}
}

// demandText records a text that is none of those wanted. What happens when it is not set
// is told by unset; without it, not set is as good.
func demandText(at rule.Value, unset string, result *rule.Result, wanted ...string) {
	text, state := at.Text()
	switch {
	case result.Unreadable(at, state, "a string"):
	case state == rule.Missing && unset != "":
		result.Fail(at, "is not set, %s", unset)
	case state == rule.Known && !containsFold(wanted, text):
		result.Fail(at, "is %s, not %s", at.Show(), strings.Join(wanted, " or "))
	}
}

func containsFold(texts []string, text string) bool {
	for _, one := range texts {
		if strings.EqualFold(one, text) {
			return true
		}
	}
	return false
}

// listed returns the elements of a list. A list that cannot be read is recorded, and one
// that is not set is empty.
func listed(at rule.Value, want string, result *rule.Result) []rule.Value {
	items, state := at.List()
	result.Unreadable(at, state, want)
	return items
}

// isOn tells whether a switch is on; one that is not set is off.
func isOn(at rule.Value) rule.Truth {
	on, state := at.Bool()
	switch state {
	case rule.Known:
		return rule.Is(on)
	case rule.Missing:
		return rule.No
	}
	return rule.Maybe
}
