package analyzer

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/structpb"

	"coffee-platform/policy/report"
	"coffee-platform/policy/rule"
)

var ctx = context.Background()

// colour is a rule for tests: paint must be red, and crashes on command.
var colour = rule.Rule{
	ID: "z1", Name: "paint-it-red", Title: "Paint is red", Why: "it is faster", Fix: "set colour: red",
	Severity: apitype.PolicySeverityHigh, Level: apitype.Mandatory,
	Controls:  []rule.Control{rule.FSBP("P.1"), rule.Checkov("P_2")},
	Settings:  []rule.Setting{{Name: "ports", Default: []int64{1}}},
	AppliesTo: rule.OfType("paint"),
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		var result rule.Result
		at := r.Inputs.Get("colour")
		text, state := at.Text()
		switch {
		case text == "crash":
			panic("a crash that knows hunter2hunter2")
		case result.Unreadable(at, state, "a colour"):
		case text != "red":
			result.Fail(at, "is %s", at.Show())
		}
		return result
	},
}

// sameColour is a rule about the stack: all paint has one colour, by its inputs.
var sameColour = rule.Rule{
	ID: "z2", Name: "one-colour", Title: "All paint has one colour", Why: "it looks tidy", Fix: "choose",
	Severity: apitype.PolicySeverityLow, Level: apitype.Mandatory,
	CheckStack: func(s rule.Stack, _ rule.Env) rule.Result {
		var result rule.Result
		paints := s.Select(rule.OfType("paint"))
		for _, paint := range paints[1:] {
			first, _ := paints[0].Inputs.Get("colour").Text()
			if text, state := paint.Inputs.Get("colour").Text(); state == rule.Known && text != first {
				result.Fail(paint.Inputs.Get("colour"), "differs")
			}
		}
		return result
	},
}

func newServer(t *testing.T, rules ...rule.Rule) (*Server, *bytes.Buffer, string) {
	var logged bytes.Buffer
	path := filepath.Join(t.TempDir(), "report.json")
	pack := Pack{Name: "test", Version: "1.2.3", Description: "for tests", Rules: rules}
	return New(pack, path, log.New(&logged, "", 0)), &logged, path
}

func paint(name string, colour any) *pulumirpc.AnalyzeRequest {
	properties := resource.PropertyMap{"colour": resource.NewPropertyValue(colour)}
	return &pulumirpc.AnalyzeRequest{Urn: urnOf(name), Type: "paint", Name: name, Properties: encode(properties)}
}

func urnOf(name string) string { return "urn:pulumi:dev::coffee::paint::" + name }

func encode(properties resource.PropertyMap) *structpb.Struct {
	encoded, err := plugin.MarshalProperties(properties, plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true})
	if err != nil {
		panic(err)
	}
	return encoded
}

var unknown = resource.MakeComputed(resource.NewProperty(""))

func TestViolation(t *testing.T) {
	s, _, _ := newServer(t, colour)
	response, err := s.Analyze(ctx, paint("wall", "blue"))
	require.NoError(t, err)
	require.Len(t, response.Diagnostics, 1)
	assert.Empty(t, response.NotApplicable)
	d := response.Diagnostics[0]
	assert.Equal(t, "z1-paint-it-red", d.PolicyName)
	assert.Equal(t, "test", d.PolicyPackName)
	assert.Equal(t, "1.2.3", d.PolicyPackVersion)
	assert.Equal(t, pulumirpc.EnforcementLevel_MANDATORY, d.EnforcementLevel)
	assert.Equal(t, pulumirpc.PolicySeverity_POLICY_SEVERITY_HIGH, d.Severity)
	assert.Equal(t, urnOf("wall"), d.Urn)
	assert.Equal(t, `colour is "blue".
Rule: Paint is red.
Why: it is faster.
Fix: set colour: red.
Ids: AWS FSBP P.1, Checkov P_2.`, d.Message)
}

func TestPass(t *testing.T) {
	s, _, _ := newServer(t, colour)
	response, err := s.Analyze(ctx, paint("wall", "red"))
	require.NoError(t, err)
	assert.Empty(t, response.Diagnostics)
	assert.Empty(t, response.NotApplicable)
}

// What a preview cannot know is neither a violation nor counted as passed.
func TestUndetermined(t *testing.T) {
	s, _, _ := newServer(t, colour)
	response, err := s.Analyze(ctx, paint("wall", unknown))
	require.NoError(t, err)
	assert.Empty(t, response.Diagnostics)
	require.Len(t, response.NotApplicable, 1)
	assert.Equal(t, "z1-paint-it-red", response.NotApplicable[0].PolicyName)
	assert.Equal(t, "undetermined: colour is known only after deployment", response.NotApplicable[0].Reason)
}

func TestNotApplicable(t *testing.T) {
	s, _, _ := newServer(t, colour)
	response, err := s.Analyze(ctx, &pulumirpc.AnalyzeRequest{Urn: "u", Type: "wood"})
	require.NoError(t, err)
	assert.Empty(t, response.Diagnostics)
	require.Len(t, response.NotApplicable, 1)
	assert.Equal(t, "not for resources of type wood", response.NotApplicable[0].Reason)
}

func TestSecretIsNotTold(t *testing.T) {
	s, _, path := newServer(t, colour)
	secret := resource.MakeSecret(resource.NewProperty("hunter2hunter2"))
	response, err := s.Analyze(ctx, paint("wall", secret))
	require.NoError(t, err)
	require.Len(t, response.Diagnostics, 1)
	assert.NotContains(t, response.String(), "hunter2")
	s.WriteReport()
	written, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.NotContains(t, string(written), "hunter2")
}

// A rule that crashes fails what it was asked about, says nothing of what crashed it,
// and the other rules still run.
func TestCrashFailsTheCheck(t *testing.T) {
	other := colour
	other.ID, other.Check = "z3", func(r rule.Resource, _ rule.Env) rule.Result {
		var result rule.Result
		result.Fail(r.Inputs, "seen")
		return result
	}
	s, logged, _ := newServer(t, colour, other)
	response, err := s.Analyze(ctx, paint("wall", "crash"))
	require.NoError(t, err)
	require.Len(t, response.Diagnostics, 2)
	assert.Equal(t, pulumirpc.EnforcementLevel_MANDATORY, response.Diagnostics[0].EnforcementLevel)
	assert.Contains(t, response.Diagnostics[0].Message, "the rule crashed")
	assert.Contains(t, response.Diagnostics[1].Message, "seen")
	assert.Contains(t, logged.String(), "z1-paint-it-red crashed")
	assert.NotContains(t, logged.String()+response.String(), "hunter2")
}

func TestCrashInStackFailsTheCheck(t *testing.T) {
	s, _, path := newServer(t, sameColour)
	response, err := s.AnalyzeStack(ctx, &pulumirpc.AnalyzeStackRequest{}) // paints[1:] of none
	require.NoError(t, err)
	require.Len(t, response.Diagnostics, 1)
	assert.Contains(t, response.Diagnostics[0].Message, "the rule crashed")
	assert.Equal(t, 1, readReport(t, path).Rules[0].Failed)
}

func TestRecoveryMakesAnError(t *testing.T) {
	var logged bytes.Buffer
	intercept := recovery(log.New(&logged, "", 0))
	_, err := intercept(ctx, nil, &grpc.UnaryServerInfo{FullMethod: "/Analyze"},
		func(context.Context, any) (any, error) { panic("hunter2hunter2") })
	assert.Equal(t, codes.Internal, status.Code(err), "Unimplemented would be taken for consent")
	assert.NotContains(t, err.Error()+logged.String(), "hunter2")
}

// A stack rule in a preview needs what the program said, which outputs do not tell.
func TestStackSeesInputsOfAnalyze(t *testing.T) {
	s, _, _ := newServer(t, sameColour)
	for name, colour := range map[string]string{"a": "red", "b": "blue"} {
		_, err := s.Analyze(ctx, paint(name, colour))
		require.NoError(t, err)
	}
	outputs := encode(resource.PropertyMap{"colour": unknown})
	response, err := s.AnalyzeStack(ctx, &pulumirpc.AnalyzeStackRequest{Resources: []*pulumirpc.AnalyzerResource{
		{Urn: urnOf("b"), Type: "paint", Properties: outputs},
		{Urn: urnOf("a"), Type: "paint", Properties: outputs},
	}})
	require.NoError(t, err)
	require.Len(t, response.Diagnostics, 1)
	assert.Equal(t, urnOf("b"), response.Diagnostics[0].Urn, "the finding is at its resource")
}

func TestStackFallsBackToOutputs(t *testing.T) {
	s, _, _ := newServer(t, sameColour)
	response, err := s.AnalyzeStack(ctx, &pulumirpc.AnalyzeStackRequest{Resources: []*pulumirpc.AnalyzerResource{
		{Urn: urnOf("a"), Type: "paint", Properties: paint("a", "red").Properties},
		{Urn: urnOf("b"), Type: "paint", Properties: paint("b", "blue").Properties},
	}})
	require.NoError(t, err)
	assert.Len(t, response.Diagnostics, 1)
}

func configure(s *Server, policies map[string]*pulumirpc.PolicyConfig) error {
	_, err := s.Configure(ctx, &pulumirpc.ConfigureAnalyzerRequest{PolicyConfig: policies})
	return err
}

func TestLevels(t *testing.T) {
	for level, want := range map[pulumirpc.EnforcementLevel][]pulumirpc.EnforcementLevel{
		pulumirpc.EnforcementLevel_ADVISORY:  {pulumirpc.EnforcementLevel_ADVISORY},
		pulumirpc.EnforcementLevel_MANDATORY: {pulumirpc.EnforcementLevel_MANDATORY},
		pulumirpc.EnforcementLevel_REMEDIATE: {pulumirpc.EnforcementLevel_MANDATORY},
		pulumirpc.EnforcementLevel_DISABLED:  nil,
	} {
		s, _, _ := newServer(t, colour)
		require.NoError(t, configure(s, map[string]*pulumirpc.PolicyConfig{
			"z1-paint-it-red": {EnforcementLevel: level},
			"all":             {EnforcementLevel: level},
		}))
		response, err := s.Analyze(ctx, paint("wall", "blue"))
		require.NoError(t, err)
		var got []pulumirpc.EnforcementLevel
		for _, d := range response.Diagnostics {
			got = append(got, d.EnforcementLevel)
		}
		assert.Equal(t, want, got, level)
	}
}

func TestConfigureReportsEveryProblem(t *testing.T) {
	s, _, _ := newServer(t, colour, sameColour)
	bad, err := structpb.NewStruct(map[string]any{"ports": []any{"x"}})
	require.NoError(t, err)
	err = configure(s, map[string]*pulumirpc.PolicyConfig{
		"z1-paint-it-red": {Properties: bad},
		"z2-one-color":    {},
		"z2-one-colour":   {EnforcementLevel: pulumirpc.EnforcementLevel_DISABLED},
	})
	assert.ErrorContains(t, err, "x is not a port")
	assert.ErrorContains(t, err, `there is no policy "z2-one-color"`)
	rules, _ := s.active()
	assert.Len(t, rules, 2, "a wrong configuration changes nothing")
}

func TestSettingsReachTheRule(t *testing.T) {
	var seen []int64
	nosy := colour
	nosy.Check = func(_ rule.Resource, env rule.Env) rule.Result {
		seen = env.Settings.Ports("ports")
		return rule.Result{}
	}
	s, _, _ := newServer(t, nosy)
	_, err := s.Analyze(ctx, paint("wall", "red"))
	require.NoError(t, err)
	assert.Equal(t, []int64{1}, seen, "defaults, if nobody configures")

	ports, err := structpb.NewStruct(map[string]any{"ports": []any{5432}})
	require.NoError(t, err)
	require.NoError(t, configure(s, map[string]*pulumirpc.PolicyConfig{"z1-paint-it-red": {Properties: ports}}))
	_, err = s.Analyze(ctx, paint("wall", "red"))
	require.NoError(t, err)
	assert.Equal(t, []int64{5432}, seen)
}

func TestDeploymentReachesTheRule(t *testing.T) {
	var seen rule.Deployment
	nosy := colour
	nosy.Check = func(_ rule.Resource, env rule.Env) rule.Result {
		seen = env.Deployment
		return rule.Result{}
	}
	s, _, _ := newServer(t, nosy)
	_, err := s.ConfigureStack(ctx, &pulumirpc.AnalyzerStackConfigureRequest{
		Stack: "prod", Project: "coffee", Organization: "acme", DryRun: true, Tags: map[string]string{"a": "b"},
		Config: map[string]string{"coffee:tier": "staging", "coffee:unprotected": `["redis"]`},
	})
	require.NoError(t, err)
	_, err = s.Analyze(ctx, paint("wall", "red"))
	require.NoError(t, err)
	assert.Equal(t, rule.Deployment{
		Stack: "prod", Project: "coffee", Organization: "acme", DryRun: true, Tags: map[string]string{"a": "b"},
		Tier: rule.Staging, Unprotected: []string{"redis"},
	}, seen)
}

func TestProtectionReachesTheRule(t *testing.T) {
	var seen []bool
	nosy := colour
	nosy.Check = func(r rule.Resource, _ rule.Env) rule.Result {
		seen = append(seen, r.Protect)
		return rule.Result{}
	}
	nosy.CheckStack = func(stack rule.Stack, _ rule.Env) rule.Result {
		seen = append(seen, stack.Select(nosy.AppliesTo)[0].Protect)
		return rule.Result{}
	}
	s, _, _ := newServer(t, nosy)
	wall := paint("wall", "red")
	_, err := s.Analyze(ctx, wall)
	require.NoError(t, err)
	wall.Options = &pulumirpc.AnalyzerResourceOptions{Protect: true}
	_, err = s.Analyze(ctx, wall)
	require.NoError(t, err)
	_, err = s.AnalyzeStack(ctx, &pulumirpc.AnalyzeStackRequest{Resources: []*pulumirpc.AnalyzerResource{
		{Urn: wall.GetUrn(), Type: wall.GetType(), Options: wall.GetOptions()},
	}})
	require.NoError(t, err)
	assert.Equal(t, []bool{false, true, true}, seen)
}

// The engine's own keys are not the program's, and an output that is not known yet may be a secret one.
func TestHowPropertiesReachTheRule(t *testing.T) {
	var seen rule.Value
	nosy := colour
	nosy.Check = func(r rule.Resource, _ rule.Env) rule.Result {
		seen = r.Inputs
		return rule.Result{}
	}
	s, _, _ := newServer(t, nosy)
	wall := paint("wall", "red")
	var err error
	wall.Properties, err = plugin.MarshalProperties(resource.PropertyMap{
		"colour":     resource.NewProperty(resource.Output{Secret: true}),
		"__defaults": resource.NewProperty([]resource.PropertyValue{}),
	}, plugin.MarshalOptions{KeepOutputValues: true, KeepUnknowns: true, KeepSecrets: true})
	require.NoError(t, err)
	_, err = s.Analyze(ctx, wall)
	require.NoError(t, err)
	keys, _ := seen.Keys()
	assert.Equal(t, []string{"colour"}, keys)
	assert.Equal(t, rule.Unknown, seen.Get("colour").State())
	assert.True(t, seen.Get("colour").Secret())
}

func readReport(t *testing.T, path string) report.Document {
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	var doc report.Document
	require.NoError(t, json.Unmarshal(data, &doc))
	return doc
}

func TestReport(t *testing.T) {
	s, _, path := newServer(t, colour, sameColour)
	_, err := s.ConfigureStack(ctx, &pulumirpc.AnalyzerStackConfigureRequest{Stack: "dev", Project: "coffee", DryRun: true})
	require.NoError(t, err)
	for _, name := range []string{"b", "a"} {
		_, err := s.Analyze(ctx, paint(name, "blue"))
		require.NoError(t, err)
	}
	_, err = s.Analyze(ctx, paint("c", unknown))
	require.NoError(t, err)

	_, err = s.Cancel(ctx, nil)
	require.NoError(t, err)
	assert.False(t, readReport(t, path).Complete, "cut short before the stack was seen")

	_, err = s.AnalyzeStack(ctx, &pulumirpc.AnalyzeStackRequest{Resources: []*pulumirpc.AnalyzerResource{
		{Urn: urnOf("a"), Type: "paint"},
	}})
	require.NoError(t, err)
	doc := readReport(t, path)
	assert.Equal(t, report.Document{
		Pack:    report.Pack{Name: "test", Version: "1.2.3"},
		Project: "coffee", Stack: "dev", DryRun: true, Complete: true,
		Severities: []report.Count{
			{Severity: "critical"}, {Severity: "high", Violations: 2, Undetermined: 1}, {Severity: "medium"}, {Severity: "low"},
		},
		Rules: []report.Summary{
			{
				ID: "z1", Policy: "z1-paint-it-red", Title: "Paint is red", Severity: "high", Level: "mandatory",
				Failed: 2, Undetermined: 1,
			},
			{
				ID: "z2", Policy: "z2-one-colour", Title: "All paint has one colour", Severity: "low", Level: "mandatory",
				Passed: 1,
			},
		},
		Violations: []report.Violation{
			{Rule: "z1", Severity: "high", Level: "mandatory", URN: urnOf("a"), Path: "colour", Message: `is "blue"`},
			{Rule: "z1", Severity: "high", Level: "mandatory", URN: urnOf("b"), Path: "colour", Message: `is "blue"`},
		},
		Exempted: []report.Exempted{},
		Undetermined: []report.Gap{
			{Rule: "z1", Severity: "high", URN: urnOf("c"), Path: "colour", Reason: "is known only after deployment"},
		},
	}, doc)
}

// During up a resource is analyzed again with known values, and its answer counts anew.
func TestReportKeepsTheLastAnswer(t *testing.T) {
	s, _, path := newServer(t, colour)
	for _, colour := range []any{unknown, "red"} {
		_, err := s.Analyze(ctx, paint("wall", colour))
		require.NoError(t, err)
	}
	s.WriteReport()
	doc := readReport(t, path)
	assert.Empty(t, doc.Undetermined)
	assert.Equal(t, 1, doc.Rules[0].Passed)
	assert.Equal(t, 0, doc.Rules[0].Undetermined)
}

func TestNoReportWithoutAnalysis(t *testing.T) {
	s, _, path := newServer(t, colour)
	_, err := s.GetAnalyzerInfo(ctx, nil)
	require.NoError(t, err)
	_, err = s.Cancel(ctx, nil)
	require.NoError(t, err)
	assert.NoFileExists(t, path)
}

func TestUnwritableReportIsLogged(t *testing.T) {
	s, logged, path := newServer(t, colour)
	s.reportPath = filepath.Join(path, "below", "nowhere")
	_, err := s.Analyze(ctx, paint("wall", "red"))
	require.NoError(t, err)
	s.WriteReport()
	assert.Contains(t, logged.String(), "writing the policy report")
}

func TestConcurrentCalls(t *testing.T) {
	s, _, path := newServer(t, colour, sameColour)
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			shade := []any{"red", "blue", unknown, "crash"}[i%4]
			response, err := s.Analyze(ctx, paint(fmt.Sprint(i), shade))
			assert.NoError(t, err)
			assert.Equal(t, i%2 == 1, len(response.Diagnostics) == 1, "%v", shade)
			if i%10 == 0 {
				_, err = s.AnalyzeStack(ctx, &pulumirpc.AnalyzeStackRequest{Resources: []*pulumirpc.AnalyzerResource{
					{Urn: urnOf("0"), Type: "paint"},
				}})
				assert.NoError(t, err)
				_, err = s.ConfigureStack(ctx, &pulumirpc.AnalyzerStackConfigureRequest{Stack: "dev"})
				assert.NoError(t, err)
				assert.NoError(t, configure(s, map[string]*pulumirpc.PolicyConfig{"all": {}}))
				_, err = s.GetAnalyzerInfo(ctx, nil)
				assert.NoError(t, err)
			}
		})
	}
	wg.Wait()
	s.WriteReport()
	doc := readReport(t, path)
	assert.Equal(t, 13, doc.Rules[0].Passed)
	assert.Equal(t, 25, doc.Rules[0].Failed)
	assert.Equal(t, 12, doc.Rules[0].Undetermined)
	leftovers, err := filepath.Glob(path + ".*")
	require.NoError(t, err)
	assert.Empty(t, leftovers, "no temporary file stays behind")
}

// Requests no engine would send get an answer or an error, and the server lives on.
func TestOddRequests(t *testing.T) {
	s, _, _ := newServer(t, colour)
	_, err := s.Analyze(ctx, nil)
	assert.NoError(t, err)
	_, err = s.Analyze(ctx, &pulumirpc.AnalyzeRequest{Type: "paint", Properties: &structpb.Struct{
		Fields: map[string]*structpb.Value{"colour": nil},
	}})
	assert.ErrorContains(t, err, "cannot read the properties")
	_, err = s.Analyze(ctx, &pulumirpc.AnalyzeRequest{Type: "paint", Properties: &structpb.Struct{
		Fields: map[string]*structpb.Value{"colour": {}},
	}})
	assert.ErrorContains(t, err, "cannot read the properties")
	_, err = s.AnalyzeStack(ctx, nil)
	assert.NoError(t, err)
	_, err = s.AnalyzeStack(ctx, &pulumirpc.AnalyzeStackRequest{Resources: []*pulumirpc.AnalyzerResource{nil, {}}})
	assert.NoError(t, err)
	_, err = s.Configure(ctx, nil)
	assert.NoError(t, err)
	_, err = s.ConfigureStack(ctx, nil)
	assert.NoError(t, err)
	for range 3 {
		_, err = s.Handshake(ctx, nil)
		assert.NoError(t, err)
	}
	response, err := s.Analyze(ctx, paint("wall", strings.Repeat("x", 1000)))
	require.NoError(t, err)
	assert.Less(t, len(response.Diagnostics[0].Message), 500, "a message stays readable")
}
