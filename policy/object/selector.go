package object

import "coffee-platform/policy/rule"

// SelectorMatches tells whether a label selector (matchLabels and matchExpressions) chooses
// an object with the given labels. An empty selector chooses everything.
func SelectorMatches(selector, labels rule.Value) rule.Truth {
	chosen := LabelsMatch(selector.Get("matchLabels"), labels)
	at := selector.Get("matchExpressions")
	expressions, state := at.List()
	if state == rule.Unknown {
		return chosen.And(rule.Maybe)
	}
	for _, expression := range expressions {
		chosen = chosen.And(expressionMatches(expression, labels))
	}
	return chosen
}

// LabelsMatch tells whether labels hold all that are wanted.
func LabelsMatch(wanted, labels rule.Value) rule.Truth {
	if wanted.State() == rule.Unknown {
		return rule.Maybe
	}
	keys, _ := wanted.Keys()
	chosen := rule.Yes
	for _, key := range keys {
		chosen = chosen.And(labelIs(labels.Get(key), wanted.Get(key)))
	}
	return chosen
}

func labelIs(label, wanted rule.Value) rule.Truth {
	own, state := label.Text()
	want, wantState := wanted.Text()
	switch {
	case state == rule.Missing:
		return rule.No
	case state == rule.Unknown || wantState == rule.Unknown:
		return rule.Maybe
	}
	return rule.Is(state == rule.Known && own == want)
}

func expressionMatches(expression, labels rule.Value) rule.Truth {
	key, keyState := expression.Get("key").Text()
	operator, operatorState := expression.Get("operator").Text()
	if keyState != rule.Known || operatorState != rule.Known {
		return rule.Maybe
	}
	label := labels.Get(key)
	switch operator {
	case "In":
		return labelIn(label, expression.Get("values"))
	case "NotIn":
		return labelIn(label, expression.Get("values")).Not()
	case "Exists":
		return present(label)
	case "DoesNotExist":
		return present(label).Not()
	}
	return rule.Maybe
}

func labelIn(label, values rule.Value) rule.Truth {
	wanted, state := values.List()
	if state == rule.Unknown {
		return present(label).And(rule.Maybe)
	}
	chosen := rule.No
	for _, want := range wanted {
		chosen = chosen.Or(labelIs(label, want))
	}
	return chosen
}

func present(label rule.Value) rule.Truth {
	switch label.State() {
	case rule.Missing:
		return rule.No
	case rule.Unknown:
		return rule.Maybe
	}
	return rule.Yes
}
