package analyzer

import (
	"context"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"coffee-platform/policy/report"
	"coffee-platform/policy/rule"
)

// AnalyzeStack judges all resources together, after all of them have been processed, and
// writes the report.
func (s *Server) AnalyzeStack(
	_ context.Context, req *pulumirpc.AnalyzeStackRequest,
) (*pulumirpc.AnalyzeResponse, error) {
	stack, err := s.readStack(req)
	if err != nil {
		return nil, err
	}
	rules, deployment := s.active()
	response := &pulumirpc.AnalyzeResponse{}
	for _, c := range rules {
		if c.CheckStack == nil {
			continue
		}
		result := s.run(c, report.WholeStack, func() rule.Result {
			return c.AskStack(stack, rule.Env{Deployment: deployment, Settings: c.settings}).Exempt(c.ID, s.exemptions)
		})
		s.recorder.Record(report.WholeStack, report.Answer{Rule: c.ID, Result: result})
		s.answer(response, c, result)
	}
	s.judgeExemptions(response, stack)
	s.finish()
	s.WriteReport()
	return response, nil
}

func (s *Server) readStack(req *pulumirpc.AnalyzeStackRequest) (rule.Stack, error) {
	resources := make([]rule.Resource, 0, len(req.GetResources()))
	for _, sent := range req.GetResources() {
		outputs, err := decode(sent.GetUrn(), sent.GetProperties())
		if err != nil {
			return rule.Stack{}, err
		}
		inputs := outputs
		if asked, ok := s.seen.Of(sent.GetUrn()); ok {
			inputs = asked.Inputs
		}
		dependencies := map[string][]string{}
		for property, on := range sent.GetPropertyDependencies() {
			dependencies[property] = on.GetUrns()
		}
		resources = append(resources, rule.Resource{
			URN:                  sent.GetUrn(),
			Type:                 sent.GetType(),
			Name:                 sent.GetName(),
			Inputs:               inputs,
			Outputs:              outputs,
			Protect:              sent.GetOptions().GetProtect(),
			PropertyDependencies: dependencies,
		})
	}
	return rule.NewStack(resources), nil
}
