package analyzer

import (
	"context"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"coffee-platform/policy/report"
	"coffee-platform/policy/rule"
)

// Analyze judges one resource by its inputs, before it is created or changed.
func (s *Server) Analyze(
	_ context.Context, req *pulumirpc.AnalyzeRequest,
) (*pulumirpc.AnalyzeResponse, error) {
	inputs, err := decode(req.GetUrn(), req.GetProperties())
	if err != nil {
		return nil, err
	}
	r := rule.Resource{
		URN: req.GetUrn(), Type: req.GetType(), Name: req.GetName(), Inputs: inputs,
		Protect: req.GetOptions().GetProtect(),
	}
	s.seen.Add(r)
	rules, deployment := s.active()
	response := &pulumirpc.AnalyzeResponse{}
	answers := make([]report.Answer, 0, len(rules))
	for _, c := range rules {
		if c.Check == nil {
			continue
		}
		result := s.run(c, r.URN, func() rule.Result {
			return c.Ask(r, rule.Env{Deployment: deployment, Settings: c.settings, Seen: s.seen}).Exempt(c.ID, s.exemptions)
		})
		answers = append(answers, report.Answer{Rule: c.ID, Result: result})
		s.answer(response, c, result)
	}
	s.recorder.Record(r.URN, answers...)
	return response, nil
}
