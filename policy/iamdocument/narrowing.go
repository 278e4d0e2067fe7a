package iamdocument

import (
	"slices"
	"strings"

	"coffee-platform/policy/rule"
	"coffee-platform/policy/securitygroup"
)

// narrowingKeys are the condition keys that name who is asking, or from where. They are
// those that keep a bucket policy from being public, and the ones that name an organization
// or account (https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html,
// "The meaning of public").
var narrowingKeys = []string{
	"aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:principalorgpaths",
	"aws:sourceaccount", "aws:sourcearn", "aws:sourceip", "aws:sourceorgid", "aws:sourceorgpaths",
	"aws:sourceowner", "aws:sourcevpc", "aws:sourcevpce", "aws:userid", "aws:vpcsourceip",
	"kms:calleraccount", "s3:dataaccesspointaccount", "s3:dataaccesspointarn",
}

// narrowingOperators are the operators that hold only when the key is there and has one
// of the values.
var narrowingOperators = []string{
	"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike", "ipaddress",
}

// Open tells whether a statement allows anyone at all to do something: its principal is
// everyone, or everyone but some, and no condition says who or from where.
func (s Statement) Open() rule.Truth {
	anyone := rule.Is(len(s.NotPrincipals) > 0)
	for _, principal := range s.Principals {
		anyone = anyone.Or(principal.Anyone())
	}
	return s.Allows.And(anyone).And(s.Narrowed().Not())
}

// Narrowed tells whether a condition says who is asking or from where.
func (s Statement) Narrowed() rule.Truth {
	narrowed := rule.No
	for _, condition := range s.Conditions {
		narrowed = narrowed.Or(condition.narrows())
	}
	return narrowed
}

func (c Condition) narrows() rule.Truth {
	if c.Operator == "" || c.Key == "" {
		return rule.Maybe
	}
	operator := strings.TrimPrefix(strings.ToLower(c.Operator), "foranyvalue:")
	if !slices.Contains(narrowingOperators, operator) || !slices.Contains(narrowingKeys, strings.ToLower(c.Key)) {
		return rule.No
	}
	// One value among several that admits everyone makes the others pointless.
	narrows := rule.Is(len(c.Values) > 0)
	for _, value := range c.Values {
		narrows = narrows.And(narrowValue(value))
	}
	return narrows
}

func narrowValue(at rule.Value) rule.Truth {
	text, state := at.Text()
	if state != rule.Known {
		return rule.Maybe
	}
	if prefix, state := securitygroup.Range(at); state == rule.Known {
		return rule.Is(!securitygroup.Worldwide(prefix))
	}
	return rule.Is(!Wildcard(text))
}

// Holds tells whether one of the conditions has the operator, the key and, among its
// values, the value, each in any case.
func (s Statement) Holds(operator, key, value string) rule.Truth {
	holds := rule.No
	for _, condition := range s.Conditions {
		if condition.Operator == "" || condition.Key == "" && strings.EqualFold(condition.Operator, operator) {
			holds = holds.Or(rule.Maybe)
			continue
		}
		if !strings.EqualFold(condition.Operator, operator) || !strings.EqualFold(condition.Key, key) {
			continue
		}
		for _, at := range condition.Values {
			holds = holds.Or(reads(at, value))
		}
	}
	return holds
}

// reads tells whether a value is the text; true and "true" are the same.
func reads(at rule.Value, want string) rule.Truth {
	if text, state := at.Text(); state == rule.Known {
		return rule.Is(strings.EqualFold(text, want))
	}
	if flag, state := at.Bool(); state == rule.Known {
		return rule.Is(flag == (want == "true"))
	}
	return rule.Maybe
}
