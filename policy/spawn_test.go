package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"coffee-platform/policy/analyzer"
	"coffee-platform/policy/configuration"
	"coffee-platform/policy/exemption"
	"coffee-platform/policy/rule"
	"coffee-platform/policy/rules"
	"coffee-platform/stacks/policies"
)

// binary is the name under which the engine looks on PATH for a pack in Go when it has
// no Go language host.
const binary = "pulumi-analyzer-policy-go"

// packDir holds PulumiPolicy.yaml and nothing else.
var packDir string

// The test binary is the pack when it is started under the pack's name. So the pack that
// is spawned has always been compiled from the sources under test, with -race if the test
// has it; go test would not notice that a binary built on the side has become stale.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == binary {
		main()
		os.Exit(0)
	}
	os.Exit(runWithPack(m))
}

func runWithPack(m *testing.M) int {
	dir, err := os.MkdirTemp("", "policy")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	packDir = filepath.Join(dir, "pack")
	for _, err := range []error{
		os.Mkdir(packDir, 0o700),
		os.WriteFile(filepath.Join(packDir, "PulumiPolicy.yaml"), manifestFile, 0o600),
		os.Symlink(self, filepath.Join(dir, binary)),
		os.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH")),
		os.Setenv("PULUMI_HOME", filepath.Join(dir, "home")),
	} {
		if err != nil {
			panic(err)
		}
	}
	return m.Run()
}

// host is as much of an engine as loading a policy pack needs.
type host struct{ plugin.Host }

func (host) ServerAddr() string                                   { return "127.0.0.1:1" }
func (host) AttachDebugger(plugin.DebugSpec) bool                 { return false }
func (host) Loader(*plugin.Context) (*plugin.GrpcServer, error)   { return nil, nil }
func (host) Mapper(*plugin.Context) (*plugin.GrpcServer, error)   { return nil, nil }
func (host) Resolver(*plugin.Context) (*plugin.GrpcServer, error) { return nil, nil }
func (host) ReleaseContext(*plugin.Context) error                 { return nil }
func noLanguageHost(workspace.PluginDescriptor) bool              { return false }
func (host) Log(diag.Severity, resource.URN, string, int32)       {}
func (host) LogStatus(diag.Severity, resource.URN, string, int32) {}

// pack is a running pack, started and spoken to by the engine's own code.
type pack struct {
	plugin.Analyzer
	report string
	// shown is what the engine would have shown a person.
	shown *bytes.Buffer
}

func start(t *testing.T, opts *plugin.PolicyAnalyzerOptions) pack {
	p := pack{report: filepath.Join(t.TempDir(), "report.json"), shown: &bytes.Buffer{}}
	t.Setenv(analyzer.ReportVariable, p.report)

	sink := diag.DefaultSink(p.shown, p.shown, diag.FormatOptions{Color: colors.Never})
	pctx, err := plugin.NewContextWithHost(context.Background(), sink, sink, host{}, packDir, packDir, nil)
	require.NoError(t, err)
	p.Analyzer, err = plugin.NewPolicyAnalyzer(host{}, pctx, "coffee-platform", packDir, opts, noLanguageHost)
	require.NoError(t, err)
	t.Cleanup(func() {
		assert.NoError(t, p.Cancel(context.Background()))
		assert.NoError(t, p.Close())
		assert.NoError(t, pctx.Close())
		for line := range strings.Lines(p.shown.String()) {
			assert.Contains(t, line, "from $PATH", "besides where it comes from, the pack shows no noise")
		}
	})
	return p
}

func preview() *plugin.PolicyAnalyzerOptions {
	return &plugin.PolicyAnalyzerOptions{Project: "coffee", Stack: "dev", DryRun: true}
}

func analyzed(typ tokens.Type, name string, properties map[string]any) plugin.AnalyzerResource {
	return plugin.AnalyzerResource{
		URN:        resource.NewURN("dev", "coffee", "", typ, name),
		Type:       typ,
		Name:       name,
		Properties: resource.NewPropertyMapFromMap(properties),
	}
}

// deployment is a Deployment that every rule allows, but for what the given values change in
// its container.
func deployment(name string, changes map[string]any) plugin.AnalyzerResource {
	probe := func(path string) any {
		return map[string]any{"httpGet": map[string]any{"path": path, "port": 8000}}
	}
	container := map[string]any{
		"name":  "api",
		"image": "111122223333.dkr.ecr.us-east-1.amazonaws.com/api@sha256:" + strings.Repeat("0", 64),
		"securityContext": map[string]any{
			"runAsNonRoot": true, "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true,
			"capabilities": map[string]any{"drop": []any{"ALL"}},
		},
		"resources": map[string]any{
			"requests": map[string]any{"cpu": "1", "memory": "1Gi"}, "limits": map[string]any{"memory": "1Gi"},
		},
		"livenessProbe":  probe("/livez"),
		"readinessProbe": probe("/health"),
	}
	maps.Copy(container, changes)
	labels := map[string]any{
		"app.kubernetes.io/name": name, "app.kubernetes.io/component": "api", "app.kubernetes.io/part-of": "coffee",
	}
	return analyzed("kubernetes:apps/v1:Deployment", name, map[string]any{
		"metadata": map[string]any{"name": name, "namespace": "coffee", "labels": labels},
		"spec": map[string]any{
			"replicas": 2,
			"selector": map[string]any{"matchLabels": map[string]any{"app.kubernetes.io/name": name}},
			"template": map[string]any{
				"metadata": map[string]any{"labels": labels},
				"spec": map[string]any{
					"serviceAccountName": "api", "automountServiceAccountToken": false,
					"securityContext": map[string]any{
						"runAsUser": 10001, "runAsGroup": 10001, "seccompProfile": map[string]any{"type": "RuntimeDefault"},
					},
					"terminationGracePeriodSeconds": 60,
					"topologySpreadConstraints": []any{map[string]any{
						"maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "ScheduleAnyway",
						"labelSelector": map[string]any{"matchLabels": map[string]any{"app.kubernetes.io/name": name}},
					}},
					"containers": []any{container},
				},
			},
		},
	})
}

// careless is a container that breaks two rules and no more.
var careless = map[string]any{
	"securityContext": map[string]any{
		"runAsNonRoot": false, "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true,
		"capabilities": map[string]any{"drop": []any{"ALL"}},
	},
	"resources": map[string]any{"requests": map[string]any{"cpu": "1", "memory": "1Gi"}},
}

func policyNames(response plugin.AnalyzeResponse) []string {
	var names []string
	for _, d := range response.Diagnostics {
		names = append(names, d.PolicyName)
	}
	return names
}

var computed = resource.Computed{Element: resource.NewProperty("")}

func TestSpawnedPackJudges(t *testing.T) {
	p := start(t, preview())
	ctx := context.Background()

	bad, err := p.Analyze(ctx, deployment("bad", careless))
	require.NoError(t, err)
	assert.Equal(t, []string{"a2-limit-resources", "b1-run-as-non-root"}, policyNames(bad))
	assert.Equal(t, apitype.Mandatory, bad.Diagnostics[0].EnforcementLevel)
	assert.Equal(t, apitype.PolicySeverityCritical, bad.Diagnostics[1].Severity)
	assert.Contains(t, bad.Diagnostics[1].Message, "spec.template.spec.containers[0].securityContext.runAsNonRoot")
	assert.NotEmpty(t, bad.NotApplicable)

	good, err := p.Analyze(ctx, deployment("good", nil))
	require.NoError(t, err)
	assert.Empty(t, good.Diagnostics)
	assert.Equal(t, bad.NotApplicable, good.NotApplicable, "rules that do not apply do so to every Deployment")

	unknown, err := p.Analyze(ctx, deployment("unknown", map[string]any{"securityContext": computed, "resources": computed}))
	require.NoError(t, err)
	assert.Empty(t, unknown.Diagnostics)
	undetermined := map[string]bool{}
	for _, n := range unknown.NotApplicable {
		undetermined[n.PolicyName] = strings.HasPrefix(n.Reason, "undetermined: ")
	}
	assert.True(t, undetermined["a2-limit-resources"])
	assert.True(t, undetermined["b1-run-as-non-root"])
	assert.False(t, undetermined["c1-private-databases"])
}

func TestSpawnedPackJudgesTheStackAndReports(t *testing.T) {
	p := start(t, preview())
	ctx := context.Background()

	group := analyzed("aws:ec2/securityGroup:SecurityGroup", "data", map[string]any{
		"ingress": []any{map[string]any{"protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": []any{"0.0.0.0/0"}}},
	})
	database := analyzed("aws:rds/instance:Instance", "db", map[string]any{
		"publiclyAccessible": false, "storageEncrypted": true, "kmsKeyId": computed, "vpcSecurityGroupIds": []any{computed},
	})
	for _, r := range []plugin.AnalyzerResource{group, database} {
		response, err := p.Analyze(ctx, r)
		require.NoError(t, err)
		assert.NotContains(t, policyNames(response), "c3-closed-data-ports", "port 22 is not a data port")
	}
	// Outputs in a preview: the provider has not said anything yet.
	group.Properties = resource.PropertyMap{"ingress": resource.NewProperty(computed)}
	response, err := p.AnalyzeStack(ctx, []plugin.AnalyzerStackResource{
		{AnalyzerResource: group},
		{AnalyzerResource: database, PropertyDependencies: map[resource.PropertyKey][]resource.URN{
			"vpcSecurityGroupIds": {group.URN},
		}},
	})
	require.NoError(t, err)
	i := slices.Index(policyNames(response), "c3-closed-data-ports")
	require.GreaterOrEqual(t, i, 0)
	assert.Equal(t, group.URN, response.Diagnostics[i].URN)

	first, err := os.ReadFile(p.report)
	require.NoError(t, err)
	assert.Contains(t, string(first), `"complete": true`)
	assert.Contains(t, string(first), `"stack": "dev"`)
	require.NoError(t, p.Cancel(ctx))
	second, err := os.ReadFile(p.report)
	require.NoError(t, err)
	assert.Equal(t, string(first), string(second), "same results, same bytes")
}

// Publishing a pack asks for its rules with no stack in sight.
func TestSpawnedPackDescribesItselfWithoutAStack(t *testing.T) {
	p := start(t, nil)
	info, err := p.GetAnalyzerInfo(context.Background())
	require.NoError(t, err)
	m, err := readManifest()
	require.NoError(t, err)
	assert.Equal(t, "coffee-platform", info.Name)
	assert.Equal(t, m.Version, info.Version)
	assert.Equal(t, m.Description, info.Description)
	assert.True(t, info.SupportsConfig)
	all := append(rules.All(), exemption.Rule)
	require.Len(t, info.Policies, len(all))
	controls := map[string][]rule.Control{} // the engine's client sorts by name
	for _, r := range all {
		controls[r.PolicyName()] = r.Controls
	}
	for _, policy := range info.Policies {
		assert.Equal(t, apitype.Mandatory, policy.EnforcementLevel, policy.Name)
		assert.NotEqual(t, apitype.PolicySeverityUnspecified, policy.Severity, policy.Name)
		if own := controls[policy.Name]; len(own) > 0 {
			require.NotNil(t, policy.Framework, policy.Name)
			assert.Equal(t, own[0].ID, policy.Framework.Reference, policy.Name)
		}
		assert.NotEmpty(t, policy.Tags, policy.Name)
		assert.NotEmpty(t, policy.RemediationSteps, policy.Name)
		switch policy.Name {
		case "b1-run-as-non-root":
			assert.Equal(t, plugin.AnalyzerPolicyTypeResource, policy.Type, policy.Name)
		case "c3-closed-data-ports":
			assert.Equal(t, []any{5432.0, 6379.0}, policy.ConfigSchema.Properties["dataPorts"]["default"])
			assert.Equal(t, plugin.AnalyzerPolicyTypeUnknown, policy.Type, "it counts for resources and for the stack")
		}
	}
	plug, err := p.GetPluginInfo(context.Background())
	require.NoError(t, err)
	assert.Equal(t, m.Version, plug.Version.String())
	remedy, err := p.Remediate(context.Background(), deployment("bad", nil))
	require.NoError(t, err)
	assert.Empty(t, remedy.Remediations)
}

func TestSpawnedPackIsConfigured(t *testing.T) {
	p := start(t, preview())
	ctx := context.Background()
	require.NoError(t, p.Configure(ctx, map[string]plugin.AnalyzerPolicyConfig{
		"b1-run-as-non-root": {EnforcementLevel: apitype.Advisory},
		"a2-limit-resources": {EnforcementLevel: apitype.Disabled},
		"c3-closed-data-ports": {
			EnforcementLevel: apitype.Mandatory,
			Properties:       map[string]any{"dataPorts": []any{27017}},
		},
	}))
	response, err := p.Analyze(ctx, deployment("bad", careless))
	require.NoError(t, err)
	assert.Equal(t, []string{"b1-run-as-non-root"}, policyNames(response))
	assert.Equal(t, apitype.Advisory, response.Diagnostics[0].EnforcementLevel)

	open := func(port int) plugin.AnalyzerResource {
		return analyzed("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "open", map[string]any{
			"ipProtocol": "tcp", "fromPort": port, "toPort": port, "cidrIpv4": "0.0.0.0/0",
		})
	}
	response, err = p.Analyze(ctx, open(27017))
	require.NoError(t, err)
	assert.Contains(t, policyNames(response), "c3-closed-data-ports")
	response, err = p.Analyze(ctx, open(5432))
	require.NoError(t, err)
	assert.NotContains(t, policyNames(response), "c3-closed-data-ports")

	assert.ErrorContains(t, p.Configure(ctx, map[string]plugin.AnalyzerPolicyConfig{
		"b1-run-as-nonroot": {EnforcementLevel: apitype.Advisory},
	}), "there is no policy")
}

// What the committed configuration chooses for a tier reaches the engine as the pack's own.
func TestSpawnedPackChoosesByTier(t *testing.T) {
	opts := preview()
	opts.Config = map[config.Key]string{config.MustMakeKey("coffee", "tier"): "dev"}
	info, err := start(t, opts).GetAnalyzerInfo(context.Background())
	require.NoError(t, err)
	committed, err := configuration.Parse(policies.Configuration, rules.All())
	require.NoError(t, err)
	require.NotEmpty(t, committed[rule.Dev])
	assert.Len(t, info.InitialConfig, len(committed[rule.Dev]))
	for name, choice := range committed[rule.Dev] {
		assert.Equal(t, choice.Level, info.InitialConfig[name].EnforcementLevel, name)
		assert.Equal(t, choice.Settings, info.InitialConfig[name].Properties, name)
	}
}

// What cannot be read keeps the pack from starting, and says in which file it stands.
func TestThePackReadsItsFiles(t *testing.T) {
	m, err := readManifest()
	require.NoError(t, err)
	read, err := newPack(m, policies.Exemptions, policies.Configuration)
	require.NoError(t, err)
	assert.Equal(t, "Coffee platform", read.DisplayName)
	_, err = newPack(m, []byte("[{rule: a0}]"), policies.Configuration)
	assert.ErrorContains(t, err, "stacks/policies/exemptions.yaml: ")
	_, err = newPack(m, policies.Exemptions, []byte("{tea: {}}"))
	assert.ErrorContains(t, err, "stacks/policies/configuration.yaml: ")
}

func TestSpawnedPackIsCalledConcurrently(t *testing.T) {
	p := start(t, preview())
	ctx := context.Background()
	// The engine's client caches the description on first use, without a lock.
	_, err := p.GetAnalyzerInfo(ctx)
	require.NoError(t, err)
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			response, err := p.Analyze(ctx, deployment(fmt.Sprint(i), careless))
			assert.NoError(t, err)
			assert.Len(t, response.Diagnostics, 2)
		})
	}
	wg.Wait()
}

// A run that is cut short still leaves a report, and says that it is one.
func TestSpawnedPackReportsOnCancel(t *testing.T) {
	p := start(t, preview())
	_, err := p.Analyze(context.Background(), deployment("bad", careless))
	require.NoError(t, err)
	assert.NoFileExists(t, p.report)
	require.NoError(t, p.Cancel(context.Background()))
	written, err := os.ReadFile(p.report)
	require.NoError(t, err)
	assert.Contains(t, string(written), `"complete": false`)
}

// Someone ends the pack by hand: it writes its report and leaves in peace.
func TestSignalEndsThePack(t *testing.T) {
	report := filepath.Join(t.TempDir(), "report.json")
	t.Setenv(analyzer.ReportVariable, report)
	command := exec.Command(binary, "127.0.0.1:1", ".")
	stdout, err := command.StdoutPipe()
	require.NoError(t, err)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	require.NoError(t, command.Start())
	var port int
	_, err = fmt.Fscanln(stdout, &port)
	require.NoError(t, err, "the first line is the port")

	connection, err := grpc.NewClient(fmt.Sprintf("127.0.0.1:%d", port), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	_, err = pulumirpc.NewAnalyzerClient(connection).Analyze(context.Background(), &pulumirpc.AnalyzeRequest{
		Urn: "urn", Type: "aws:rds/instance:Instance",
	})
	require.NoError(t, err)
	require.NoError(t, connection.Close())

	require.NoError(t, command.Process.Signal(os.Interrupt))
	assert.NoError(t, command.Wait())
	assert.Empty(t, stderr.String())
	assert.FileExists(t, report)
}
