package testkit

import (
	"context"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"
)

// Judge shows the recorded resources to a policy pack in this process, the way the engine does: the stack with
// its configuration; the pack's own choice of levels and settings; each resource by its inputs, before it is made;
// and in the end all of them by their outputs. In a preview, what is not known yet is unknown to the pack, too. It
// returns what the pack found wrong.
func (r *Recorder) Judge(
	t testing.TB, stack string, config map[string]string, pack pulumirpc.AnalyzerServer,
) []*pulumirpc.AnalyzeDiagnostic {
	t.Helper()
	ctx := context.Background()
	_, err := pack.ConfigureStack(ctx, &pulumirpc.AnalyzerStackConfigureRequest{
		Stack: stack, Project: "coffee-platform", DryRun: r.mode == Preview, Config: config,
	})
	require.NoError(t, err)
	info, err := pack.GetAnalyzerInfo(ctx, nil)
	require.NoError(t, err)
	_, err = pack.Configure(ctx, &pulumirpc.ConfigureAnalyzerRequest{PolicyConfig: info.GetInitialConfig()})
	require.NoError(t, err)

	var violations []*pulumirpc.AnalyzeDiagnostic
	all := &pulumirpc.AnalyzeStackRequest{}
	for _, x := range r.recorded() {
		options := &pulumirpc.AnalyzerResourceOptions{Protect: x.Protect}
		response, err := pack.Analyze(ctx, &pulumirpc.AnalyzeRequest{
			Urn: x.URN, Type: x.Type, Name: x.Name, Properties: onTheWire(t, x.checked), Options: options,
		})
		require.NoError(t, err, x.URN)
		violations = append(violations, response.GetDiagnostics()...)
		all.Resources = append(all.Resources, &pulumirpc.AnalyzerResource{
			Urn: x.URN, Type: x.Type, Name: x.Name, Properties: onTheWire(t, r.seenAfterwards(x)), Options: options,
			PropertyDependencies: dependencies(x.registered),
		})
	}
	response, err := pack.AnalyzeStack(ctx, all)
	require.NoError(t, err)
	return append(violations, response.GetDiagnostics()...)
}

// recorded are the resources in the order in which they were registered.
func (r *Recorder) recorded() []Resource {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.resources)
}

// seenAfterwards are a resource's outputs. In a preview they are its inputs, with what is not known yet.
func (r *Recorder) seenAfterwards(x Resource) resource.PropertyMap {
	if r.mode == Preview {
		return x.checked
	}
	return x.outputs
}

// onTheWire are properties as the engine sends them.
func onTheWire(t testing.TB, properties resource.PropertyMap) *structpb.Struct {
	t.Helper()
	sent, err := plugin.MarshalProperties(properties, plugin.MarshalOptions{
		KeepUnknowns: true, KeepSecrets: true, KeepResources: true, KeepOutputValues: true,
	})
	require.NoError(t, err)
	return sent
}

func dependencies(registered *pulumirpc.RegisterResourceRequest) map[string]*pulumirpc.AnalyzerPropertyDependencies {
	all := map[string]*pulumirpc.AnalyzerPropertyDependencies{}
	for property, on := range registered.GetPropertyDependencies() {
		all[property] = &pulumirpc.AnalyzerPropertyDependencies{Urns: on.GetUrns()}
	}
	return all
}
