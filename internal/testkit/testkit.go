// Package testkit runs components against Pulumi mocks and records what they register.
//
// The mocks are no echo: AWS and random resources go through the sandbox's catalogues, so that a type they
// do not know, an input the provider does not have, a value AWS would refuse or a reference to nothing
// fails the test, and every output has a value of the right shape; Kubernetes objects are decoded strictly.
package testkit

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/eks"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"

	"coffee-platform/internal/sandbox/aws"
	"coffee-platform/internal/sandbox/cloud"
	"coffee-platform/internal/sandbox/kubernetes"
	"coffee-platform/internal/sandbox/kubeschema"
	"coffee-platform/internal/sandbox/random"
)

// Region and Account are where test resources are.
const (
	Region  = "us-east-1"
	Account = "111122223333"
)

// Mode is what Pulumi does with a program.
type Mode string

const (
	// Update deploys: outputs have values.
	Update Mode = "update"
	// Preview only looks: outputs that are computed are unknown.
	Preview Mode = "preview"
)

// Modes are both, for tests that hold in either.
var Modes = []Mode{Update, Preview}

// Resource is a resource that a program registered.
type Resource struct {
	Type, Name string
	// Inputs are plain values. Those that are not known in a preview are missing.
	Inputs map[string]any
	// Secret tells which of them, by name, Pulumi keeps as secrets.
	Secret map[string]bool
	// Parent is the URN of the parent.
	Parent string
	// URN is its own.
	URN string
	// Provider is the URN of the provider that manages it, with its id; "" for the one that testkit stands for.
	Provider string
	// Protect is whether Pulumi refuses to delete it.
	Protect bool
	// RetainOnDelete is whether Pulumi leaves it in the cloud when it leaves the program.
	RetainOnDelete bool
	// ReplaceOnChanges are the inputs that make it another resource when they change, although they could change
	// in place.
	ReplaceOnChanges []string
	// DeleteBeforeReplace is whether Pulumi deletes the old one before it makes a new one.
	DeleteBeforeReplace bool
	// Dependencies are the URNs of what it waits for, by whatever way.
	Dependencies []string
	// Custom is whether a provider manages it: components are not.
	Custom bool

	// registered is the program's own call, checked its inputs as the provider completed them, with what is secret
	// and what is not known yet, and outputs what was answered.
	registered       *pulumirpc.RegisterResourceRequest
	checked, outputs resource.PropertyMap
}

// Get is the input at a path of names and indexes; it fails the test if there is none.
func (r Resource) Get(t testing.TB, path ...any) any {
	t.Helper()
	var value any = r.Inputs
	for i, step := range path {
		switch s := step.(type) {
		case string:
			m, ok := value.(map[string]any)
			require.Truef(t, ok && m[s] != nil, "%s %s has no input %v", r.Type, r.Name, path[:i+1])
			value = m[s]
		case int:
			list, ok := value.([]any)
			require.Truef(t, ok && s < len(list), "%s %s has no input %v", r.Type, r.Name, path[:i+1])
			value = list[s]
		}
	}
	return value
}

// Recorder holds what a program registered.
type Recorder struct {
	mode  Mode
	cloud *cloud.Cloud
	aws   *aws.Provider
	// random makes what a program keeps from everybody, the same in every run.
	random *random.Provider

	mu        sync.Mutex
	resources []Resource
	// configured are the AWS providers that the program configures itself, by their references.
	configured map[string]*aws.Provider
}

// Run runs a program in the given mode and returns what it registered, and its error. Errors inside
// applies that nothing consumes are part of it.
func Run(t testing.TB, mode Mode, program pulumi.RunFunc) (*Recorder, error) {
	t.Helper()
	c, err := cloud.Open(filepath.Join(t.TempDir(), "cloud.jsonl"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	r := &Recorder{mode: mode, cloud: c, aws: aws.New(c), random: random.New(c), configured: map[string]*aws.Provider{}}
	_, err = r.aws.Configure(context.Background(), plugin.ConfigureRequest{Inputs: resource.NewPropertyMapFromMap(map[string]any{
		"region": Region, "allowedAccountIds": []any{Account},
	})})
	require.NoError(t, err)

	err = pulumi.RunErr(func(ctx *pulumi.Context) error {
		if err := registerControlPlane(ctx); err != nil {
			return err
		}
		return program(ctx)
	}, pulumi.WithMocks("coffee-platform", "test", r), func(info *pulumi.RunInfo) {
		info.DryRun = mode == Preview
	})
	return r, err
}

// MustRun is Run for a program that must not fail.
func MustRun(t testing.TB, mode Mode, program pulumi.RunFunc) *Recorder {
	t.Helper()
	r, err := Run(t, mode, program)
	require.NoError(t, err)
	return r
}

// Refused runs a program that must fail before it has registered anything, and returns its error.
func Refused(t testing.TB, program pulumi.RunFunc) error {
	t.Helper()
	r, err := Run(t, Update, program)
	require.Error(t, err)
	require.Empty(t, r.All(), "resources registered before the arguments were refused")
	return err
}

// All are all resources, sorted by type and name.
func (r *Recorder) All() []Resource {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := slices.Clone(r.resources)
	slices.SortFunc(all, func(a, b Resource) int {
		return cmp.Or(strings.Compare(a.Type, b.Type), strings.Compare(a.Name, b.Name))
	})
	return all
}

// OfType are the resources of a type, sorted by name.
func (r *Recorder) OfType(typ string) []Resource {
	return slices.DeleteFunc(r.All(), func(x Resource) bool { return x.Type != typ })
}

// One is the resource of a type and name; it fails the test if there is none.
func (r *Recorder) One(t testing.TB, typ, name string) Resource {
	t.Helper()
	for _, x := range r.OfType(typ) {
		if x.Name == name {
			return x
		}
	}
	require.Failf(t, "no such resource", "%s %s; there are %v", typ, name, r.Names())
	return Resource{}
}

// Names are all resources as "type name", sorted.
func (r *Recorder) Names() []string {
	var names []string
	for _, x := range r.All() {
		names = append(names, x.Type+" "+x.Name)
	}
	return names
}

// Descends tells whether a resource is the component of the given type, or descends from one.
func (r *Recorder) Descends(x Resource, component string) bool {
	return strings.Contains(x.URN, "::"+component+"$") || strings.Contains(x.URN, "::"+component+"::")
}

// NewResource is called by Pulumi for each resource, from many goroutines.
func (r *Recorder) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	if args.Name == controlPlaneName && args.TypeToken == controlPlaneType {
		return controlPlaneName, args.Inputs, nil
	}
	urn := newURN(args)
	inputs := plain(args.Inputs)
	checked, err := asSent(args)
	if err != nil {
		return "", nil, err
	}
	id, outputs, err := r.create(urn, args, checked)
	if err != nil {
		return "", nil, err
	}
	rpc := args.RegisterRPC
	r.mu.Lock()
	defer r.mu.Unlock()
	r.resources = append(r.resources, Resource{
		Type: args.TypeToken, Name: args.Name, Inputs: inputs, Secret: secrets(args.Inputs), URN: string(urn),
		Parent: rpc.GetParent(), Provider: rpc.GetProvider(), Protect: rpc.GetProtect(), DeleteBeforeReplace: rpc.GetDeleteBeforeReplace(),
		RetainOnDelete:   rpc.GetRetainOnDelete(),
		ReplaceOnChanges: rpc.GetReplaceOnChanges(),
		Dependencies:     rpc.GetDependencies(), Custom: rpc.GetCustom(), registered: rpc,
		checked: checked, outputs: answered(id, outputs),
	})
	return id, outputs, nil
}

// answered are a resource's outputs and its id.
func answered(id string, outputs resource.PropertyMap) resource.PropertyMap {
	all := outputs.Copy()
	if id != "" {
		all["id"] = resource.NewProperty(id)
	}
	return all
}

// asSent are the inputs of a resource with what the mocks leave out: what is secret, and what is not known yet.
func asSent(args pulumi.MockResourceArgs) (resource.PropertyMap, error) {
	sent, err := plugin.UnmarshalProperties(args.RegisterRPC.GetObject(), plugin.MarshalOptions{
		KeepUnknowns: true, KeepSecrets: true, KeepOutputValues: true,
	})
	if err != nil {
		return nil, fmt.Errorf("reading the inputs of %s %s: %w", args.TypeToken, args.Name, err)
	}
	return sent, nil
}

func newURN(args pulumi.MockResourceArgs) resource.URN {
	parent := resource.URN(args.RegisterRPC.GetParent())
	typ := args.TypeToken
	if parent != "" && parent.QualifiedType() != resource.RootStackType {
		typ = string(parent.QualifiedType()) + "$" + typ
	}
	return resource.URN(fmt.Sprintf("urn:pulumi:test::coffee-platform::%s::%s", typ, args.Name))
}

// create makes an object, and completes its inputs as the provider does.
func (r *Recorder) create(urn resource.URN, args pulumi.MockResourceArgs, inputs resource.PropertyMap) (string, resource.PropertyMap, error) {
	typ := args.TypeToken
	switch {
	case strings.HasPrefix(typ, "aws:"):
		return r.createBy(r.awsFor(args), r.mode, urn, args, inputs)
	case strings.HasPrefix(typ, "random:"):
		// Pulumi's mocks cannot hand over a secret that is not known yet (they answer "malformed RPC
		// secret"), so what random makes is known in a preview too.
		return r.createBy(r.random, Update, urn, args, inputs)
	case typ == "kubernetes:helm.sh/v3:Release":
		return r.checkRelease(urn, args, inputs)
	case strings.HasPrefix(typ, "kubernetes:"):
		outputs := named(args)
		if r.mode == Preview {
			return args.Name, outputs, nil // what is not known yet is missing, so the object is not whole
		}
		for _, problem := range kubeschema.Validate(outputs.Mappable()) {
			return "", nil, fmt.Errorf("%s %s: %s: %s", typ, args.Name, problem.Path, problem.Message)
		}
		return args.Name, outputs, nil
	case typ == "pulumi:providers:aws":
		return args.Name, args.Inputs, r.configure(string(urn)+"::"+args.Name, args.Inputs)
	case strings.HasPrefix(typ, "pulumi:providers:"):
		return args.Name, args.Inputs, nil
	case typ == "eks:index:Cluster":
		outputs, err := r.controlPlane()
		return args.Name, outputs, err
	case strings.HasPrefix(typ, "coffee:") && !args.Custom:
		return "", args.Inputs, nil
	default:
		return "", nil, fmt.Errorf("the test kit knows no resource type %s", typ)
	}
}

// configure makes the provider that a program configures itself; one that names no account is in the test kit's.
func (r *Recorder) configure(reference string, inputs resource.PropertyMap) error {
	provider, configuration := aws.New(r.cloud), inputs.Copy()
	if !configuration.HasValue("allowedAccountIds") {
		configuration["allowedAccountIds"] = resource.NewPropertyValue([]any{Account})
	}
	if _, err := provider.Configure(context.Background(), plugin.ConfigureRequest{Inputs: configuration}); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.configured[reference] = provider
	return nil
}

// awsFor is the provider that a resource names, or else the test kit's own.
func (r *Recorder) awsFor(args pulumi.MockResourceArgs) *aws.Provider {
	r.mu.Lock()
	defer r.mu.Unlock()
	if provider, ok := r.configured[args.RegisterRPC.GetProvider()]; ok {
		return provider
	}
	return r.aws
}

// createBy has a stand-in provider make an object, or in a preview only check it.
func (r *Recorder) createBy(
	provider plugin.Provider, mode Mode, urn resource.URN, args pulumi.MockResourceArgs, inputs resource.PropertyMap,
) (string, resource.PropertyMap, error) {
	ctx := context.Background()
	open, err := plugin.UnmarshalProperties(args.RegisterRPC.GetObject(), plugin.MarshalOptions{KeepUnknowns: true})
	if err != nil {
		return "", nil, fmt.Errorf("reading the inputs of %s: %w", urn, err)
	}
	checked, err := provider.Check(ctx, plugin.CheckRequest{
		URN: urn, News: open, RandomSeed: []byte(args.Name + strings.Repeat("0", 32))[:32],
	})
	if err != nil {
		return "", nil, err
	}
	for _, failure := range checked.Failures {
		return "", nil, fmt.Errorf("%s %s: %s: %s", args.TypeToken, args.Name, failure.Property, failure.Reason)
	}
	for key, value := range checked.Properties {
		if !inputs[key].ContainsSecrets() {
			inputs[key] = value
		}
	}
	if mode == Preview {
		return "", args.Inputs, nil
	}
	created, err := provider.Create(ctx, plugin.CreateRequest{URN: urn, Properties: checked.Properties})
	if err != nil {
		return "", nil, err
	}
	return string(created.ID), created.Properties, nil
}

// checkRelease holds a Helm release to what is known of its chart. Nothing is installed.
func (r *Recorder) checkRelease(urn resource.URN, args pulumi.MockResourceArgs, inputs resource.PropertyMap) (string, resource.PropertyMap, error) {
	id, _, err := r.createBy(kubernetes.New(r.cloud), Preview, urn, args, inputs)
	return id, args.Inputs, err
}

// named are an object's inputs with the name the provider gives it when it has none.
func named(args pulumi.MockResourceArgs) resource.PropertyMap {
	outputs := args.Inputs.Copy()
	metadata := resource.PropertyMap{}
	if given, ok := outputs["metadata"]; ok && given.IsObject() {
		metadata = given.ObjectValue().Copy()
	}
	if !metadata.HasValue("name") {
		metadata["name"] = resource.NewProperty(args.Name + "-autonamed")
	}
	outputs["metadata"] = resource.NewProperty(metadata)
	return outputs
}

// Call is called by Pulumi for each provider function.
func (r *Recorder) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	return nil, fmt.Errorf("the test kit knows no function %s", args.Token)
}

// The control plane inside eks.Cluster, which with mocks has no inside: a resource that the component's
// output can refer to, and what of it the cloud knows.
const (
	controlPlaneType  = "aws:eks/cluster:Cluster"
	controlPlaneName  = "testkit-control-plane"
	controlPlaneGroup = "sg-00000000000000001"

	// ClusterName is the name of the cluster that eks.Cluster makes in a test.
	ClusterName = "coffee-test"
)

// registerControlPlane registers it and waits until it is there: resources register in the background,
// and the program must not ask for it before.
func registerControlPlane(ctx *pulumi.Context) error {
	registered := make(chan struct{})
	c, err := eks.NewCluster(ctx, controlPlaneName, &eks.ClusterArgs{
		Name: pulumi.String(ClusterName), RoleArn: pulumi.String("arn"), VpcConfig: &eks.ClusterVpcConfigArgs{SubnetIds: pulumi.StringArray{}},
	})
	if err != nil {
		return fmt.Errorf("registering the test kit's control plane: %w", err)
	}
	c.URN().ApplyT(func(pulumi.URN) error {
		close(registered)
		return nil
	})
	<-registered
	return nil
}

// controlPlane makes what eks.Cluster makes, and returns its outputs.
func (r *Recorder) controlPlane() (resource.PropertyMap, error) {
	if r.mode == Preview {
		return resource.PropertyMap{}, nil
	}
	for _, made := range []*cloud.Object{
		{Type: controlPlaneType, ID: ClusterName, Outputs: map[string]any{"name": ClusterName}},
		{Type: "aws:ec2/securityGroup:SecurityGroup", ID: controlPlaneGroup, Outputs: map[string]any{"id": controlPlaneGroup}},
	} {
		if err := r.cloud.Put(made); err != nil {
			return nil, err
		}
	}
	urn := resource.URN("urn:pulumi:test::coffee-platform::" + controlPlaneType + "::" + controlPlaneName)
	return resource.PropertyMap{
		"eksCluster":             resource.MakeCustomResourceReference(urn, controlPlaneName, ""),
		"clusterSecurityGroupId": resource.NewProperty(controlPlaneGroup),
		"kubeconfigJson":         resource.NewProperty(`{"clusters":[{"cluster":{"server":"https://test"}}]}`),
	}, nil
}

// secrets are the names of the properties that hold a secret, anywhere within.
func secrets(properties resource.PropertyMap) map[string]bool {
	names := map[string]bool{}
	for key, value := range properties {
		if value.ContainsSecrets() {
			names[string(key)] = true
		}
	}
	return names
}

// withoutSecrets are properties with secrets replaced by what they hold.
func withoutSecrets(properties resource.PropertyMap) resource.PropertyMap {
	result := resource.PropertyMap{}
	for key, value := range properties {
		for value.IsSecret() {
			value = value.SecretValue().Element
		}
		result[key] = value
	}
	return result
}

func plain(properties resource.PropertyMap) map[string]any {
	return withoutSecrets(properties).Mappable()
}
