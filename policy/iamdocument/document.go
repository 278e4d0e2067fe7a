// Package iamdocument reads IAM policy documents: permissions, trust policies and
// policies of resources, written as JSON or as an object.
package iamdocument

import (
	"slices"
	"strings"

	"coffee-platform/policy/rule"
)

// Statement is one statement of a document. Its lists hold one unknown value where the
// list as a whole is unknown.
type Statement struct {
	At rule.Value
	// Allows is no for a statement that denies.
	Allows rule.Truth
	// Actions and NotActions, Resources and NotResources are patterns.
	Actions      []rule.Value
	NotActions   []rule.Value
	Resources    []rule.Value
	NotResources []rule.Value
	// Principals are who the statement is about, NotPrincipals who it is not.
	Principals    []Principal
	NotPrincipals []Principal
	Conditions    []Condition
}

// Principal is one of those a statement is about. Its type is AWS, Service, Federated or
// CanonicalUser, or empty for the plain "*".
type Principal struct {
	Type string
	ID   rule.Value
}

// Condition is one line of a condition: an operator, a key and its values.
type Condition struct {
	Operator string
	Key      string
	At       rule.Value
	Values   []rule.Value
}

// elementsOf are the elements a statement may have
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html).
var elementsOf = []string{
	"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
}

// Statements reads a document. What cannot be read is recorded in the result; a document
// that is not set has no statements.
func Statements(at rule.Value, result *rule.Result) []Statement {
	document := at.Decoded()
	_, state := document.Keys()
	if result.Unreadable(document, state, "a policy document") || state == rule.Missing {
		return nil
	}
	list := document.Get("Statement")
	items, state := list.List()
	if state == rule.Malformed {
		// A single statement may stand without its list.
		items, state = []rule.Value{list}, rule.Known
	}
	if state == rule.Missing {
		result.Fail(list, "is missing")
	}
	result.Unreadable(list, state, "a list of statements")
	var statements []Statement
	for _, item := range items {
		if statement, ok := read(item, result); ok {
			statements = append(statements, statement)
		}
	}
	return statements
}

func read(at rule.Value, result *rule.Result) (Statement, bool) {
	names, state := at.Keys()
	if result.Unreadable(at, state, "a statement") || state == rule.Missing {
		return Statement{}, false
	}
	for _, name := range names {
		if !slices.Contains(elementsOf, name) {
			result.Fail(at.Get(name), "is not an element of a policy statement")
		}
	}
	return Statement{
		At:            at,
		Allows:        allows(at.Get("Effect"), result),
		Actions:       oneOrMore(at.Get("Action"), result),
		NotActions:    oneOrMore(at.Get("NotAction"), result),
		Resources:     oneOrMore(at.Get("Resource"), result),
		NotResources:  oneOrMore(at.Get("NotResource"), result),
		Principals:    principals(at.Get("Principal"), result),
		NotPrincipals: principals(at.Get("NotPrincipal"), result),
		Conditions:    conditions(at.Get("Condition"), result),
	}, true
}

func allows(at rule.Value, result *rule.Result) rule.Truth {
	effect, state := at.Text()
	switch {
	case state == rule.Unknown:
		return rule.Maybe
	case effect == "Allow":
		return rule.Yes
	case effect == "Deny":
		return rule.No
	}
	result.Fail(at, "is neither Allow nor Deny")
	return rule.Maybe
}

// oneOrMore reads what is a text or a list of texts.
func oneOrMore(at rule.Value, result *rule.Result) []rule.Value {
	items, state := at.List()
	switch state {
	case rule.Missing:
		return nil
	case rule.Unknown:
		return []rule.Value{at}
	case rule.Malformed:
		items = []rule.Value{at}
	}
	var texts []rule.Value
	for _, item := range items {
		switch _, state := item.Text(); state {
		case rule.Known, rule.Unknown:
			texts = append(texts, item)
		default:
			// The values of a condition may be booleans.
			if _, state := item.Bool(); state == rule.Known {
				texts = append(texts, item)
				continue
			}
			result.Fail(item, "is not a string")
		}
	}
	return texts
}

func principals(at rule.Value, result *rule.Result) []Principal {
	types, state := at.Keys()
	switch state {
	case rule.Missing:
		return nil
	case rule.Unknown:
		return []Principal{{ID: at}}
	case rule.Malformed:
		if text, state := at.Text(); state != rule.Known || text != "*" {
			result.Fail(at, "is neither \"*\" nor an object")
			return nil
		}
		return []Principal{{ID: at}}
	}
	var found []Principal
	for _, kind := range types {
		for _, id := range oneOrMore(at.Get(kind), result) {
			found = append(found, Principal{Type: kind, ID: id})
		}
	}
	return found
}

func conditions(at rule.Value, result *rule.Result) []Condition {
	operators, state := at.Keys()
	if state == rule.Unknown {
		return []Condition{{At: at, Values: []rule.Value{at}}}
	}
	result.Unreadable(at, state, "an object")
	var found []Condition
	for _, operator := range operators {
		keys, state := at.Get(operator).Keys()
		if state == rule.Unknown {
			found = append(found, Condition{Operator: operator, At: at.Get(operator), Values: []rule.Value{at.Get(operator)}})
			continue
		}
		result.Unreadable(at.Get(operator), state, "an object")
		for _, key := range keys {
			value := at.Get(operator, key)
			found = append(found, Condition{Operator: operator, Key: key, At: value, Values: oneOrMore(value, result)})
		}
	}
	return found
}

// Anyone tells whether a principal is everyone there is.
func (p Principal) Anyone() rule.Truth {
	switch text, state := p.ID.Text(); {
	case state == rule.Unknown:
		return rule.Maybe
	case p.Type == "" || p.Type == "AWS":
		return rule.Is(text == "*")
	}
	return rule.No
}

// Matches tells whether a pattern with * and ? matches a text, in any case, as actions do.
func Matches(pattern, text string) bool {
	return glob(strings.ToLower(pattern), strings.ToLower(text))
}

// glob goes through the text once for each star at most.
func glob(pattern, text string) bool {
	star, mark := -1, 0
	p, t := 0, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p++
			t++
		case star >= 0:
			mark++
			p, t = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// Wildcard tells whether a pattern, or part of one, is made of nothing but wildcards.
func Wildcard(pattern string) bool {
	return pattern != "" && strings.Trim(pattern, "*?") == ""
}
