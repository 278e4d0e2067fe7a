package analyzer

import (
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"coffee-platform/policy/exemption"
	"coffee-platform/policy/report"
	"coffee-platform/policy/rule"
)

// judgeExemptions judges the exemptions of the stack, after every rule was asked.
func (s *Server) judgeExemptions(response *pulumirpc.AnalyzeResponse, stack rule.Stack) {
	rules, deployment := s.active()
	for _, c := range rules {
		if c.ID != exemption.Rule.ID {
			continue
		}
		result := s.run(c, report.WholeStack, func() rule.Result {
			return exemption.Judge(s.pack.Exemptions, deployment.Project, deployment.Stack, s.pack.Today,
				func(e rule.Exemption) exemption.Use { return s.useOf(e, rules, stack) })
		})
		s.recorder.Record(report.WholeStack, report.Answer{Rule: c.ID, Result: result})
		s.answer(response, c, result)
	}
}

// useOf tells what came of an exemption. A rule that was switched off was not asked, nor
// was a resource that a deployment with targets left alone; and where something has failed,
// a resource may be missing because of that.
func (s *Server) useOf(e rule.Exemption, rules []configured, stack rule.Stack) exemption.Use {
	asked := s.recorder.About(e.Rule, e.URN)
	there := len(stack.Select(func(r rule.Resource) bool { return r.URN == e.URN })) > 0
	for _, c := range rules {
		if c.ID != e.Rule {
			continue
		}
		switch {
		case asked.Exempted:
			return exemption.Needed
		case !there && !s.recorder.Failed():
			return exemption.Absent
		case !there, asked.Undetermined, c.Check != nil && !asked.OfResource:
			return exemption.Open
		}
		return exemption.Needless
	}
	return exemption.Open
}
