package analyzer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"

	"coffee-platform/policy/rule"
)

// configured is a rule at the level and with the settings it runs with.
type configured struct {
	rule.Rule
	settings rule.Settings
}

// unconfigured are the rules as they are written.
func unconfigured(rules []rule.Rule) []configured {
	all := make([]configured, len(rules))
	for i, r := range rules {
		all[i] = configured{Rule: r, settings: r.Defaults()}
	}
	return all
}

// everyRule is the key that sets the level of all rules at once. The engine has already
// applied it to each rule and passes it on as if it were one.
const everyRule = "all"

// Configure sets levels and settings. Everything that is wrong with the configuration is
// reported at once, and a wrong configuration changes nothing.
func (s *Server) Configure(
	_ context.Context, req *pulumirpc.ConfigureAnalyzerRequest,
) (*emptypb.Empty, error) {
	rules := unconfigured(s.pack.Rules)
	var problems []error
	given := req.GetPolicyConfig()
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if name == everyRule {
			continue
		}
		i := slices.IndexFunc(rules, func(c configured) bool { return c.PolicyName() == name })
		if i < 0 {
			problems = append(problems, fmt.Errorf("there is no policy %q: see docs/policies.md for those there are", name))
			continue
		}
		settings, err := rules[i].Configure(given[name].GetProperties().AsMap())
		if err != nil {
			problems = append(problems, err)
			continue
		}
		rules[i].settings = settings
		rules[i].Level = levelOf(given[name].GetEnforcementLevel())
	}
	if err := errors.Join(problems...); err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules, s.enabled = rules, enabled(rules)
	return &emptypb.Empty{}, nil
}

// levelOf reads a level. The pack repairs nothing, so a rule told to remediate is
// mandatory, which is also what the engine makes of it.
func levelOf(level pulumirpc.EnforcementLevel) apitype.EnforcementLevel {
	switch level {
	case pulumirpc.EnforcementLevel_ADVISORY:
		return apitype.Advisory
	case pulumirpc.EnforcementLevel_DISABLED:
		return apitype.Disabled
	}
	return apitype.Mandatory
}

func protoLevel(level apitype.EnforcementLevel) pulumirpc.EnforcementLevel {
	switch level {
	case apitype.Advisory:
		return pulumirpc.EnforcementLevel_ADVISORY
	case apitype.Disabled:
		return pulumirpc.EnforcementLevel_DISABLED
	}
	return pulumirpc.EnforcementLevel_MANDATORY
}

// enabled are all rules but the disabled ones.
func enabled(rules []configured) []configured {
	return slices.DeleteFunc(slices.Clone(rules), func(c configured) bool { return c.Level == apitype.Disabled })
}

// active are the rules that run.
func (s *Server) active() ([]configured, rule.Deployment) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.enabled, s.deployment
}
