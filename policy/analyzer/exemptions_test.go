package analyzer

import (
	"io"
	"log"
	"path/filepath"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"

	"coffee-platform/policy/configuration"
	"coffee-platform/policy/exemption"
	"coffee-platform/policy/report"
	"coffee-platform/policy/rule"
)

var today = time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC)

// exempting makes a server with one exemption, of the wall, and a deployment to the stack dev.
func exempting(t *testing.T, ruleID string, days int) (*Server, string) {
	path := filepath.Join(t.TempDir(), "report.json")
	s := New(Pack{
		Name: "test", Version: "1.2.3", Today: today,
		Rules: []rule.Rule{colour, sameColour, exemption.Rule},
		Exemptions: []rule.Exemption{{
			Rule: ruleID, URN: urnOf("wall"), Reason: "red is sold out", Owner: "painters",
			Expires: today.Truncate(24*time.Hour).AddDate(0, 0, days),
		}},
	}, path, log.New(io.Discard, "", 0))
	_, err := s.ConfigureStack(ctx, &pulumirpc.AnalyzerStackConfigureRequest{Stack: "dev", Project: "coffee"})
	require.NoError(t, err)
	return s, path
}

// deploy analyzes paint by name and then the stack, and returns what was said of each.
func deploy(t *testing.T, s *Server, paints map[string]any) (said map[string]*pulumirpc.AnalyzeResponse, ofStack *pulumirpc.AnalyzeResponse) {
	said = map[string]*pulumirpc.AnalyzeResponse{}
	var all []*pulumirpc.AnalyzerResource
	for name, colour := range paints {
		asked := paint(name, colour)
		var err error
		said[name], err = s.Analyze(ctx, asked)
		require.NoError(t, err)
		all = append(all, &pulumirpc.AnalyzerResource{Urn: asked.GetUrn(), Type: asked.GetType(), Properties: asked.GetProperties()})
	}
	ofStack, err := s.AnalyzeStack(ctx, &pulumirpc.AnalyzeStackRequest{Resources: all})
	require.NoError(t, err)
	return said, ofStack
}

// What is exempt stops nothing, and is not silent: it is not applicable, and why.
func TestExemptedViolation(t *testing.T) {
	s, path := exempting(t, "z1", 30)
	said, ofStack := deploy(t, s, map[string]any{"wall": "blue"})
	assert.Empty(t, said["wall"].Diagnostics)
	require.Len(t, said["wall"].NotApplicable, 1)
	assert.Equal(t, `exempt until 2026-02-09: colour is "blue": red is sold out (painters)`, said["wall"].NotApplicable[0].Reason)
	assert.Empty(t, ofStack.Diagnostics)

	doc := readReport(t, path)
	assert.Empty(t, doc.Violations)
	assert.Equal(t, []report.Exempted{{
		Rule: "z1", Severity: "high", URN: urnOf("wall"), Path: "colour", Message: `is "blue"`,
		Reason: "red is sold out", Owner: "painters", Expires: "2026-02-09", DaysLeft: 30,
	}}, doc.Exempted)
	assert.Equal(t, report.Count{Severity: "high", Exempted: 1}, doc.Severities[1])
	assert.Equal(t, 1, doc.Rules[1].NotApplicable)
}

func TestExemptionIsForOneResourceAndRule(t *testing.T) {
	s, _ := exempting(t, "z1", 30)
	said, ofStack := deploy(t, s, map[string]any{"wall": "green", "door": "blue"})
	assert.Empty(t, said["wall"].Diagnostics)
	assert.Len(t, said["door"].Diagnostics, 1)
	assert.Len(t, ofStack.Diagnostics, 1, "all paint has one colour, exempt or not")
}

func TestExemptionOfAStackRule(t *testing.T) {
	s, _ := exempting(t, "z2", 30)
	_, ofStack := deploy(t, s, map[string]any{"door": "red", "wall": "blue"})
	assert.Empty(t, ofStack.Diagnostics)
}

func exemptionSays(t *testing.T, ofStack *pulumirpc.AnalyzeResponse, text string) {
	t.Helper()
	for _, d := range ofStack.Diagnostics {
		if d.PolicyName == exemption.Rule.PolicyName() {
			assert.Contains(t, d.Message, text)
			assert.Equal(t, pulumirpc.EnforcementLevel_MANDATORY, d.EnforcementLevel)
			return
		}
	}
	t.Errorf("nothing said of the exemption, but %v", ofStack.Diagnostics)
}

func TestAnExpiredExemptionExemptsNothingAndIsAViolation(t *testing.T) {
	s, _ := exempting(t, "z1", -1)
	said, ofStack := deploy(t, s, map[string]any{"wall": "blue"})
	assert.Len(t, said["wall"].Diagnostics, 1)
	exemptionSays(t, ofStack, "expired on 2026-01-09")
}

func TestAnUnusedExemptionIsAViolation(t *testing.T) {
	s, _ := exempting(t, "z1", 30)
	_, ofStack := deploy(t, s, map[string]any{"wall": "red"})
	exemptionSays(t, ofStack, "does not break the rule")
	assert.Equal(t, urnOf("wall"), ofStack.Diagnostics[0].Urn)

	s, _ = exempting(t, "z1", 30)
	_, ofStack = deploy(t, s, map[string]any{"door": "red"})
	exemptionSays(t, ofStack, "the stack has no such resource")
}

// An exemption is unused only if the rule was asked about the resource and could tell.
func TestUseThatCannotBeToldIsNoViolation(t *testing.T) {
	s, _ := exempting(t, "z1", 30)
	_, ofStack := deploy(t, s, map[string]any{"wall": unknown})
	assert.Empty(t, ofStack.Diagnostics, "a preview does not know yet")
	require.Len(t, ofStack.NotApplicable, 1)
	assert.Contains(t, ofStack.NotApplicable[0].Reason, "cannot be told to be needed before deployment")

	s, _ = exempting(t, "z1", 30)
	_, ofStack = deploy(t, s, map[string]any{"door": "blue"})
	assert.Empty(t, ofStack.Diagnostics, "what is missing may be so because something failed")

	s, _ = exempting(t, "z1", 30)
	ofStack, err := s.AnalyzeStack(ctx, &pulumirpc.AnalyzeStackRequest{Resources: []*pulumirpc.AnalyzerResource{
		{Urn: urnOf("wall"), Type: "paint", Properties: paint("wall", "red").GetProperties()},
	}})
	require.NoError(t, err)
	assert.Empty(t, ofStack.Diagnostics, "a deployment with targets did not ask")

	s, _ = exempting(t, "z1", 30)
	require.NoError(t, configure(s, map[string]*pulumirpc.PolicyConfig{
		"z1-paint-it-red": {EnforcementLevel: pulumirpc.EnforcementLevel_DISABLED},
	}))
	_, ofStack = deploy(t, s, map[string]any{"wall": "red"})
	assert.Empty(t, ofStack.Diagnostics, "the rule is switched off")
}

// A crash is no judgement, so no exemption covers it.
func TestNoExemptionFromACrash(t *testing.T) {
	s, _ := exempting(t, "z1", 30)
	said, _ := deploy(t, s, map[string]any{"wall": "crash"})
	require.Len(t, said["wall"].Diagnostics, 1)
	assert.Contains(t, said["wall"].Diagnostics[0].Message, "the rule crashed")
}

// What a tier chooses reaches the engine, which hands it back merged with its own file.
func TestChoicesOfTheTier(t *testing.T) {
	s := New(Pack{
		Rules: []rule.Rule{colour},
		Configuration: configuration.Configuration{rule.Dev: {
			"z1-paint-it-red": {Level: apitype.Advisory, Settings: map[string]any{"ports": []any{5.0}}},
		}},
	}, "", log.New(io.Discard, "", 0))
	chosen := func(tier string) map[string]*pulumirpc.PolicyConfig {
		_, err := s.ConfigureStack(ctx, &pulumirpc.AnalyzerStackConfigureRequest{
			Stack: tier, Project: "coffee", Config: map[string]string{"coffee:tier": tier},
		})
		require.NoError(t, err)
		info, err := s.GetAnalyzerInfo(ctx, nil)
		require.NoError(t, err)
		return info.GetInitialConfig()
	}
	assert.Empty(t, chosen("prod"))
	dev := chosen("dev")
	require.Contains(t, dev, "z1-paint-it-red")
	assert.Equal(t, pulumirpc.EnforcementLevel_ADVISORY, dev["z1-paint-it-red"].GetEnforcementLevel())
	ports, err := structpb.NewList([]any{5.0})
	require.NoError(t, err)
	assert.Equal(t, ports.AsSlice(), dev["z1-paint-it-red"].GetProperties().GetFields()["ports"].GetListValue().AsSlice())
	require.NoError(t, configure(s, dev))
	rules, _ := s.active()
	assert.Equal(t, []int64{5}, rules[0].settings.Ports("ports"))
}
