package iamdocument

import (
	"strings"

	"coffee-platform/policy/rule"
)

// narrowingKeys are the condition keys that name who is asking, or from where, each with what has to be fixed in a value
// so that it is not a name anybody can take. They are those that keep a bucket policy from being public, and the ones that
// name an organization or account
// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html, "The meaning of public").
// Of a role's sessions S3 wants the name fixed too, though the role's id is nobody else's.
//
// aws:VpcSourceIp is none of them: private addresses are the same in many VPCs, and beside a key that names the VPC or its
// endpoint that one narrows.
var narrowingKeys = map[string]func(text string) bool{
	"aws:principalaccount":      Fixed,
	"aws:principalarn":          fixedOwner,
	"aws:principalorgid":        Fixed,
	"aws:principalorgpaths":     fixedBefore("/"),
	"aws:sourceaccount":         Fixed,
	"aws:sourcearn":             fixedOwner,
	"aws:sourceip":              fixedAddresses,
	"aws:sourceorgid":           Fixed,
	"aws:sourceorgpaths":        fixedBefore("/"),
	"aws:sourceowner":           Fixed,
	"aws:sourcevpc":             Fixed,
	"aws:sourcevpce":            Fixed,
	"aws:userid":                fixedBefore(":"),
	"kms:calleraccount":         Fixed,
	"s3:dataaccesspointaccount": Fixed,
	"s3:dataaccesspointarn":     fixedOwner,
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
	names := narrowingKeys[strings.ToLower(c.Key)]
	if names == nil || !c.demands() {
		return rule.No
	}
	return c.each(known(names))
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
