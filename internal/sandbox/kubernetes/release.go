package kubernetes

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"coffee-platform/internal/charts"
	"coffee-platform/internal/sandbox/cloud"
	"coffee-platform/internal/sandbox/inputdiff"
	"coffee-platform/internal/sandbox/standin"
)

// releaseType is a Helm release: no object of the cluster, but what brings some. Which ones is not rendered
// here; what is known of a chart is in package charts.
const releaseType = "kubernetes:helm.sh/v3:Release"

// releaseInputs are the inputs that programs here may set, and what tells that they are of their type; the SDK's
// own type of them is in a package that imports all others of Kubernetes'. The provider has more
// (https://www.pulumi.com/registry/packages/kubernetes/api-docs/helm/v3/release/).
var releaseInputs = map[string]func(resource.PropertyValue) bool{
	"name":           resource.PropertyValue.IsString,
	"namespace":      resource.PropertyValue.IsString,
	"chart":          resource.PropertyValue.IsString,
	"version":        resource.PropertyValue.IsString,
	"repositoryOpts": resource.PropertyValue.IsObject,
	"values":         resource.PropertyValue.IsObject,
	"atomic":         resource.PropertyValue.IsBool,
	"cleanupOnFail":  resource.PropertyValue.IsBool,
	"maxHistory":     resource.PropertyValue.IsNumber,
	"timeout":        resource.PropertyValue.IsNumber,
}

// defaultTimeout is how long Helm waits for each thing, in seconds, when it is not told
// (https://github.com/pulumi/pulumi-kubernetes, provider/pkg/provider/helm_release.go).
const defaultTimeout = 300

// checkRelease completes a release as the provider does, and holds it to its chart.
func checkRelease(inputs resource.PropertyMap) plugin.CheckResponse {
	if !inputs.HasValue("timeout") {
		inputs["timeout"] = resource.NewProperty(float64(defaultTimeout))
	}
	var failures []plugin.CheckFailure
	fail := func(property, format string, args ...any) {
		failures = append(failures, plugin.CheckFailure{Property: resource.PropertyKey(property), Reason: fmt.Sprintf(format, args...)})
	}
	for _, name := range inputs.StableKeys() {
		isOfItsType, known := releaseInputs[string(name)]
		switch at := inputs[name]; {
		case strings.HasPrefix(string(name), "__"):
		case !known:
			fail(string(name), "is no input that is known here: look it up, and enter it in internal/sandbox/kubernetes/release.go")
		case !isUnknown(at) && !at.IsNull() && !isOfItsType(at):
			fail(string(name), "is of another type")
		}
	}
	// The provider would invent a name, install the newest version from wherever Helm of this machine is told to
	// look, and use the namespace of the kubeconfig.
	for _, path := range []string{"name", "namespace", "chart", "version", "repositoryOpts.repo"} {
		at := value(inputs, strings.Split(path, ".")...)
		if at.IsNull() || at.IsString() && at.StringValue() == "" {
			fail(path, "is not set")
		}
	}
	name := value(inputs, "chart")
	if !name.IsString() {
		return plugin.CheckResponse{Properties: inputs, Failures: failures}
	}
	chart := charts.Find(name.StringValue())
	if chart == nil {
		fail("chart", "nothing is known of a chart %q: enter it in internal/charts", name.StringValue())
		return plugin.CheckResponse{Properties: inputs, Failures: failures}
	}
	for path, want := range map[string]string{"version": chart.Version, "repositoryOpts.repo": chart.Repository} {
		if at := value(inputs, strings.Split(path, ".")...); at.IsString() && at.StringValue() != want {
			fail(path, "of chart %s only %s is known here, not %s: enter it in internal/charts", chart.Name, want, at.StringValue())
		}
	}
	if values := value(inputs, "values"); values.IsObject() && !values.ContainsUnknowns() {
		for _, problem := range chart.Validate(standin.Plain(values.ObjectValue())) {
			fail("values."+problem.Path, "%s", problem.Message)
		}
	}
	return plugin.CheckResponse{Properties: inputs, Failures: failures}
}

func isUnknown(value resource.PropertyValue) bool { return value.IsComputed() || value.IsOutput() }

// diffRelease replaces a release for another name or namespace only
// (https://github.com/pulumi/pulumi-kubernetes, provider/pkg/provider/helm_release.go).
func diffRelease(req plugin.DiffRequest) plugin.DiffResult {
	return inputdiff.Compare(req.OldInputs, req.NewInputs, []string{"name", "namespace"})
}

// newRelease is a release that is about to be in the cluster.
func (p *Provider) newRelease(cluster string, urn resource.URN, inputs map[string]any) (*cloud.Object, error) {
	if err := p.needNamespace(cluster, inputs["namespace"]); err != nil {
		return nil, err
	}
	// Roles in the namespaces a chart works in are part of it.
	for _, name := range []string{"scopedNamespace", "watchNamespace"} {
		if namespace, given := clone(inputs["values"])[name]; given {
			if err := p.needNamespace(cluster, namespace); err != nil {
				return nil, err
			}
		}
	}
	return &cloud.Object{
		Type:    string(urn.Type()),
		ID:      id(cluster, inputs),
		Inputs:  inputs,
		Outputs: releaseOutputs(inputs, 1),
		Owner:   cloud.Key{Type: "aws:eks/cluster:Cluster", ID: cluster},
	}, nil
}

// releaseOutputs are a release's, as far as they do not say what is in it.
func releaseOutputs(inputs map[string]any, revision int) map[string]any {
	outputs := maps.Clone(inputs)
	outputs["status"] = map[string]any{
		"name": inputs["name"], "namespace": inputs["namespace"], "chart": inputs["chart"], "version": inputs["version"],
		"revision": revision, "status": "deployed",
	}
	return outputs
}

// updateRelease is an upgrade of a release.
func updateRelease(old *cloud.Object, inputs map[string]any) *cloud.Object {
	revision := 1
	switch before := clone(old.Outputs["status"])["revision"].(type) {
	case int:
		revision = before
	case float64: // read back from the journal
		revision = int(before)
	}
	return &cloud.Object{Type: old.Type, ID: old.ID, Inputs: inputs, Outputs: releaseOutputs(inputs, revision+1), Owner: old.Owner}
}

// needChart refuses an object whose kind a chart brings, when the chart is not there.
func (p *Provider) needChart(cluster, apiVersion, kind string) error {
	chart := charts.Bringing(groupOf(apiVersion))
	if chart == nil || len(p.releases(cluster, chart)) > 0 {
		return nil
	}
	return fmt.Errorf("NotFound: no matches for kind %q in %q: chart %s, which brings it, is not installed", kind, apiVersion, chart.Name)
}

// releases are those of a chart in a cluster.
func (p *Provider) releases(cluster string, chart *charts.Chart) []*cloud.Object {
	return slices.DeleteFunc(p.cloud.OfType(releaseType), func(o *cloud.Object) bool {
		return o.Owner.ID != cluster || o.Outputs["chart"] != chart.Name
	})
}

// stranded are the objects of a chart's kinds that are there when it is uninstalled. Its controller has put a
// finalizer on each, and with nobody to take it off again none of them, nor their namespace, could ever be
// deleted.
func (p *Provider) stranded(release *cloud.Object) error {
	chart := charts.Find(fmt.Sprint(release.Outputs["chart"]))
	if chart == nil {
		return nil
	}
	var left []string
	for _, o := range p.cloud.All() {
		if apiVersion, ok := o.Outputs["apiVersion"].(string); ok && o.Owner == release.Owner && slices.Contains(chart.Groups, groupOf(apiVersion)) {
			left = append(left, fmt.Sprintf("%v %s", o.Outputs["kind"], ID(o)))
		}
	}
	if len(left) > 0 {
		return fmt.Errorf("uninstalling chart %s: nobody would finalize %s", chart.Name, strings.Join(left, ", "))
	}
	return nil
}

func groupOf(apiVersion string) string {
	group, err := schema.ParseGroupVersion(apiVersion)
	if err != nil {
		return ""
	}
	return group.Group
}

// updateOfRelease changes a release in place.
func (p *Provider) updateOfRelease(ctx context.Context, req plugin.UpdateRequest) (plugin.UpdateResponse, error) {
	old := p.find(ctx, req.URN, req.ID)
	if old == nil {
		return plugin.UpdateResponse{}, fmt.Errorf("updating %s: NotFound: %s", req.URN.Type(), req.ID)
	}
	changed := updateRelease(old, standin.Plain(req.NewInputs))
	if err := p.cloud.Put(changed); err != nil {
		return plugin.UpdateResponse{}, err
	}
	return plugin.UpdateResponse{Properties: resource.NewPropertyMapFromMap(changed.Outputs)}, nil
}
