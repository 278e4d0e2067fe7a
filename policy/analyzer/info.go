package analyzer

import (
	"context"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"

	"coffee-platform/policy/rule"
)

// GetAnalyzerInfo describes the pack and its rules as written. The engine asks before
// anything is configured, and no stack exists at all when a pack is published.
func (s *Server) GetAnalyzerInfo(context.Context, *emptypb.Empty) (*pulumirpc.AnalyzerInfo, error) {
	info := &pulumirpc.AnalyzerInfo{
		Name:           s.pack.Name,
		DisplayName:    s.pack.DisplayName,
		Version:        s.pack.Version,
		Description:    s.pack.Description,
		SupportsConfig: true,
	}
	for _, r := range s.pack.Rules {
		policy, err := describe(r)
		if err != nil {
			return nil, err
		}
		info.Policies = append(info.Policies, policy)
	}
	var err error
	info.InitialConfig, err = s.initialConfig()
	return info, err
}

// initialConfig is what the stack's tier chooses. The engine puts it between the rules as
// they are written and a file given on its command line, checks it against the schemas and
// hands the sum to Configure. Without a stack there is no tier.
func (s *Server) initialConfig() (map[string]*pulumirpc.PolicyConfig, error) {
	_, deployment := s.active()
	if deployment.Stack == "" {
		return nil, nil
	}
	initial := map[string]*pulumirpc.PolicyConfig{}
	for name, choice := range s.pack.Configuration[deployment.Tier] {
		properties, err := structpb.NewStruct(choice.Settings)
		if err != nil {
			return nil, fmt.Errorf("configuration of %s: %w", name, err)
		}
		initial[name] = &pulumirpc.PolicyConfig{EnforcementLevel: protoLevel(choice.Level), Properties: properties}
	}
	return initial, nil
}

func describe(r rule.Rule) (*pulumirpc.PolicyInfo, error) {
	schema, err := configSchema(r)
	if err != nil {
		return nil, fmt.Errorf("settings of %s: %w", r.PolicyName(), err)
	}
	info := &pulumirpc.PolicyInfo{
		Name:             r.PolicyName(),
		DisplayName:      r.Title,
		Description:      r.Title + ": " + r.Why + ".",
		EnforcementLevel: protoLevel(r.Level),
		ConfigSchema:     schema,
		PolicyType:       policyType(r),
		Severity:         protoSeverity(r.Severity),
		RemediationSteps: r.Fix,
		Tags:             []string{r.ID},
	}
	for _, control := range r.Controls {
		info.Tags = append(info.Tags, control.String())
	}
	// The protocol has room for one framework; the tags hold them all.
	if len(r.Controls) > 0 {
		info.Framework = &pulumirpc.PolicyComplianceFramework{
			Name:      r.Controls[0].Framework,
			Version:   r.Controls[0].Version,
			Reference: r.Controls[0].ID,
		}
	}
	return info, nil
}

// policyType tells the engine in which of its summaries a rule counts: those of
// resources, the one of the stack, or, for a rule that checks both, in all. The last has
// no name of its own in the protocol; unknown is counted so.
func policyType(r rule.Rule) pulumirpc.PolicyType {
	switch {
	case r.Check == nil:
		return pulumirpc.PolicyType_POLICY_TYPE_STACK
	case r.CheckStack == nil:
		return pulumirpc.PolicyType_POLICY_TYPE_RESOURCE
	}
	return pulumirpc.PolicyType_POLICY_TYPE_UNKNOWN
}

func configSchema(r rule.Rule) (*pulumirpc.PolicyConfigSchema, error) {
	if len(r.Settings) == 0 {
		return nil, nil
	}
	properties := map[string]any{}
	for _, setting := range r.Settings {
		properties[setting.Name] = setting.Schema()
	}
	encoded, err := structpb.NewStruct(properties)
	if err != nil {
		return nil, err
	}
	return &pulumirpc.PolicyConfigSchema{Properties: encoded}, nil
}

func protoSeverity(severity apitype.PolicySeverity) pulumirpc.PolicySeverity {
	switch severity {
	case apitype.PolicySeverityLow:
		return pulumirpc.PolicySeverity_POLICY_SEVERITY_LOW
	case apitype.PolicySeverityMedium:
		return pulumirpc.PolicySeverity_POLICY_SEVERITY_MEDIUM
	case apitype.PolicySeverityHigh:
		return pulumirpc.PolicySeverity_POLICY_SEVERITY_HIGH
	case apitype.PolicySeverityCritical:
		return pulumirpc.PolicySeverity_POLICY_SEVERITY_CRITICAL
	}
	return pulumirpc.PolicySeverity_POLICY_SEVERITY_UNSPECIFIED
}
