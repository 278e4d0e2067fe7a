package analyzer

import (
	"fmt"
	"strings"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"coffee-platform/policy/rule"
)

// undetermined starts the reason of a rule that could not tell. The engine counts as
// passed whatever is neither a violation nor not applicable, and shows nothing for the
// latter: so it is where "I do not know yet" belongs, in a preview most of all.
const undetermined = "undetermined: "

// exempt starts the reason of a violation that is let pass: it has not passed either.
const exempt = "exempt until "

// answer adds a result to the response.
func (s *Server) answer(response *pulumirpc.AnalyzeResponse, c configured, result rule.Result) {
	for _, group := range byResource(result.Failures) {
		response.Diagnostics = append(response.Diagnostics, &pulumirpc.AnalyzeDiagnostic{
			PolicyName:        c.PolicyName(),
			PolicyPackName:    s.pack.Name,
			PolicyPackVersion: s.pack.Version,
			Description:       c.Title,
			Message:           message(c.Rule, group),
			EnforcementLevel:  protoLevel(c.Level),
			Urn:               group[0].URN,
			Severity:          protoSeverity(c.Severity),
		})
	}
	if reason := notApplicable(result); reason != "" {
		response.NotApplicable = append(response.NotApplicable, &pulumirpc.PolicyNotApplicable{
			PolicyName: c.PolicyName(),
			Reason:     reason,
		})
	}
}

func notApplicable(result rule.Result) string {
	if len(result.Unknowns) == 0 && len(result.Exempted) == 0 {
		return result.Inapplicable
	}
	var reasons []string
	for _, e := range result.Exempted {
		reasons = append(reasons, fmt.Sprintf("%s%s: %s: %s (%s)", exempt, e.By.Expires.Format(time.DateOnly), place(e.Finding), e.By.Reason, e.By.Owner))
	}
	if len(result.Unknowns) > 0 {
		places := make([]string, len(result.Unknowns))
		for i, unknown := range result.Unknowns {
			places[i] = place(unknown)
		}
		reasons = append(reasons, undetermined+strings.Join(places, "; "))
	}
	return strings.Join(reasons, "; ")
}

// byResource puts findings about the same resource together, in the order they came: a
// deployment with three bad containers is one violation with three places.
func byResource(findings []rule.Finding) [][]rule.Finding {
	var groups [][]rule.Finding
	position := map[string]int{}
	for _, f := range findings {
		i, seen := position[f.URN]
		if !seen {
			i = len(groups)
			position[f.URN] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], f)
	}
	return groups
}

// message is what a person reads in the terminal, below the rule's name, its severity
// and the resource, which the engine prints itself.
func message(r rule.Rule, findings []rule.Finding) string {
	var text strings.Builder
	for _, f := range findings {
		fmt.Fprintf(&text, "%s.\n", place(f))
	}
	fmt.Fprintf(&text, "Rule: %s.\nWhy: %s.\nFix: %s.", r.Title, r.Why, r.Fix)
	if len(r.Controls) > 0 {
		ids := make([]string, len(r.Controls))
		for i, control := range r.Controls {
			ids[i] = control.String()
		}
		fmt.Fprintf(&text, "\nIds: %s.", strings.Join(ids, ", "))
	}
	return text.String()
}

func place(f rule.Finding) string {
	if f.Path == "" {
		return f.Message
	}
	return f.Path + " " + f.Message
}
