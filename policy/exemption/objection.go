package exemption

import (
	"fmt"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"coffee-platform/policy/rule"
)

// mostDays is how far ahead an exemption may expire. What is to last longer is no
// exemption: the rule or its settings want changing.
const mostDays = 180

// wildcards are what people write to mean several resources.
const wildcards = "*?"

// InForce are the exemptions that nothing is to be said against.
func InForce(exemptions []rule.Exemption, today time.Time) []rule.Exemption {
	var inForce []rule.Exemption
	for _, e := range exemptions {
		if objection(e, today) == "" {
			inForce = append(inForce, e)
		}
	}
	return inForce
}

// objection is what speaks against an exemption whatever the stack is like; empty for nothing.
func objection(e rule.Exemption, today time.Time) string {
	left := e.DaysLeft(today)
	switch {
	case left < 0:
		return "expired on " + e.Expires.Format(time.DateOnly)
	case left > mostDays:
		return fmt.Sprintf("expires in %d days, and %d is the most", left, mostDays)
	case broad(resource.URN(e.URN)):
		return "covers more than one resource"
	}
	return ""
}

// broad tells whether a URN stands for several resources: by a wildcard, or because it is
// the stack's own, where findings about no resource in particular are shown.
func broad(urn resource.URN) bool {
	return strings.ContainsAny(string(urn), wildcards) || urn.Type() == resource.RootStackType
}
