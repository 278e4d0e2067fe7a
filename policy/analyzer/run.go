package analyzer

import (
	"runtime/debug"

	"coffee-platform/policy/rule"
)

// run asks a rule. A rule that crashes has not said yes, so its crash is a violation:
// neither the end of the pack nor a pass.
func (s *Server) run(c configured, urn string, check func() rule.Result) (result rule.Result) {
	defer func() {
		if recovered := recover(); recovered != nil {
			// Of what was thrown only the type is told: its text may hold a secret.
			s.log.Printf("%s crashed on %q with %T\n%s", c.PolicyName(), urn, recovered, debug.Stack())
			result = rule.Result{Failures: []rule.Finding{{
				URN:     urn,
				Message: "the rule crashed and could not judge this; that is a bug in the policy pack",
			}}}
		}
	}()
	return check()
}
