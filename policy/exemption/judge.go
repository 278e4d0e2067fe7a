package exemption

import (
	"fmt"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"coffee-platform/policy/rule"
)

// Rule is what exemptions themselves are held to. It has no check of its own: what it
// judges is what the other rules said, and Judge is told that.
var Rule = rule.Rule{
	ID:       "x1",
	Name:     "narrow-exemptions",
	Title:    "Every exemption is needed, is for one resource and ends within 180 days",
	Why:      "an exemption nobody looks at again is a rule that is switched off, and the next violation at that place goes unseen",
	Fix:      "remove the exemption from stacks/policies/exemptions.yaml, or renew it with a reason that holds today",
	Severity: apitype.PolicySeverityHigh,
	Level:    apitype.Mandatory,
}

// Use is what a run knows about an exemption after every rule was asked.
type Use int

const (
	// Open means: the rule was not asked, or could not tell.
	Open Use = iota
	// Needed means: the exemption covered a violation.
	Needed
	// Needless means: the rule was asked and found nothing to exempt.
	Needless
	// Absent means: the stack has no such resource.
	Absent
)

// Judge judges the exemptions of one stack. Those of other stacks are judged when these
// are deployed.
func Judge(exemptions []rule.Exemption, project, stack string, today time.Time, useOf func(rule.Exemption) Use) rule.Result {
	var result rule.Result
	for _, e := range exemptions {
		urn := resource.URN(e.URN)
		if string(urn.Stack()) != stack || string(urn.Project()) != project {
			continue
		}
		at := rule.Finding{URN: e.URN}
		use := useOf(e)
		if use == Absent {
			at.URN = "" // the engine shows what is about no resource at the stack
		}
		switch objection := objection(e, today); {
		case objection != "":
			at.Message = about(e, objection)
		case use == Needless:
			at.Message = about(e, "exempts nothing: the resource does not break the rule")
		case use == Absent:
			at.Message = about(e, "exempts nothing: the stack has no such resource")
		case use == Open:
			at.Message = about(e, "cannot be told to be needed before deployment")
			result.Unknowns = append(result.Unknowns, at)
			continue
		default:
			continue
		}
		result.Failures = append(result.Failures, at)
	}
	return result
}

func about(e rule.Exemption, message string) string {
	return fmt.Sprintf("the exemption of %s from %s (owner: %s) %s", e.URN, e.Rule, e.Owner, message)
}
