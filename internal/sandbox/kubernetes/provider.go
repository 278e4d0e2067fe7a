// Package kubernetes stands in for the Pulumi Kubernetes provider and the cluster behind it: objects are
// decoded as strictly as a real API server decodes them, kept in the sandbox's cloud, and belong to the
// EKS cluster whose kubeconfig the provider was given. No Kubernetes API is served, and no controller
// runs: a Deployment's pods are taken to be ready, and so are Helm releases and custom resources.
package kubernetes

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"

	"coffee-platform/internal/sandbox/cloud"
	"coffee-platform/internal/sandbox/inputdiff"
	"coffee-platform/internal/sandbox/kubeschema"
	"coffee-platform/internal/sandbox/standin"
)

// version is that of the provider's SDK.
var version = semver.MustParse("4.33.0")

// Provider is the stand-in.
type Provider struct {
	standin.Base
	cloud *cloud.Cloud

	// clusters are the names of the clusters that provider resources reach.
	clusters standin.Configurations[string]
	creating sync.Mutex
}

// New makes a stand-in that keeps what it makes in the given cloud.
func New(c *cloud.Cloud) *Provider {
	return &Provider{Base: standin.Base{Version: version}, cloud: c}
}

// DiffConfig replaces the provider, and everything it made, when it comes to reach another cluster: by
// its identifier where there is one, as the provider does, by its kubeconfig where there is none.
func (p *Provider) DiffConfig(_ context.Context, req plugin.DiffConfigRequest) (plugin.DiffConfigResponse, error) {
	changes := req.OldInputs.Diff(req.NewInputs)
	if changes == nil {
		return plugin.DiffResult{Changes: plugin.DiffNone}, nil
	}
	result := plugin.DiffResult{Changes: plugin.DiffSome, ChangedKeys: changes.ChangedKeys()}
	identity := resource.PropertyKey("kubeconfig")
	if req.NewInputs.HasValue("clusterIdentifier") {
		identity = "clusterIdentifier"
	}
	if changes.Changed(identity) {
		result.ReplaceKeys = []resource.PropertyKey{identity}
	}
	return result, nil
}

// Configure finds the cluster that the kubeconfig leads to.
func (p *Provider) Configure(ctx context.Context, req plugin.ConfigureRequest) (plugin.ConfigureResponse, error) {
	var kubeconfig struct {
		Clusters []struct {
			Cluster struct {
				Server string `json:"server"`
			} `json:"cluster"`
		} `json:"clusters"`
	}
	value := req.Inputs["kubeconfig"]
	for value.IsSecret() {
		value = value.SecretValue().Element
	}
	if !value.IsString() || json.Unmarshal([]byte(value.StringValue()), &kubeconfig) != nil || len(kubeconfig.Clusters) == 0 {
		return plugin.ConfigureResponse{}, fmt.Errorf("the Kubernetes provider has no kubeconfig: give it one in the program; there is no ambient one here")
	}
	server := kubeconfig.Clusters[0].Cluster.Server
	cluster := p.cloud.Find("aws:eks/cluster:Cluster", "endpoint", server)
	if cluster == nil {
		p.clusters.Set(ctx, "") // gone, or not there yet: what needs it will say so
		return plugin.ConfigureResponse{}, nil
	}
	p.clusters.Set(ctx, cluster.ID)
	return plugin.ConfigureResponse{}, nil
}

func (p *Provider) cluster(ctx context.Context) string {
	cluster, _ := p.clusters.Get(ctx)
	return cluster
}

// Check completes the object as the provider does (namespace, name) and holds it to the API's schema.
func (p *Provider) Check(_ context.Context, req plugin.CheckRequest) (plugin.CheckResponse, error) {
	inputs := req.News.Copy()
	if string(req.URN.Type()) == releaseType {
		return checkRelease(inputs), nil
	}
	setNamespace(inputs)
	if err := nameAutomatically(inputs, req); err != nil {
		return plugin.CheckResponse{}, err
	}
	if inputs.ContainsUnknowns() {
		return plugin.CheckResponse{Properties: inputs}, nil // looked at again when all is known
	}
	var failures []plugin.CheckFailure
	for _, problem := range kubeschema.Validate(standin.Plain(inputs)) {
		failures = append(failures, plugin.CheckFailure{Property: resource.PropertyKey(problem.Path), Reason: problem.Message})
	}
	return plugin.CheckResponse{Properties: inputs, Failures: failures}, nil
}

// setNamespace puts an object without a namespace into the default one, if its kind has namespaces.
func setNamespace(inputs resource.PropertyMap) {
	apiVersion, kind := value(inputs, "apiVersion"), value(inputs, "kind")
	if !apiVersion.IsString() || !kind.IsString() {
		return
	}
	metadata := resource.PropertyMap{}
	if m, ok := inputs["metadata"]; ok {
		if !m.IsObject() {
			return // not known yet
		}
		metadata = m.ObjectValue().Copy()
	}
	if namespaced, _ := kubeschema.Scope(apiVersion.StringValue(), kind.StringValue()); namespaced && !metadata.HasValue("namespace") {
		metadata["namespace"] = resource.NewProperty("default")
		inputs["metadata"] = resource.NewProperty(metadata)
	}
}

// autonamed marks, as the provider does, an object whose name was made for it.
const autonamed = "pulumi.com/autonamed"

// nameAutomatically gives an object without a name one: the old one, or the resource's name and eight
// random digits, as the provider does. An object that must be replaced needs another.
func nameAutomatically(inputs resource.PropertyMap, req plugin.CheckRequest) error {
	metadata := resource.PropertyMap{}
	if m, ok := inputs["metadata"]; ok {
		if !m.IsObject() {
			return nil // not known yet
		}
		metadata = m.ObjectValue().Copy()
	}
	if metadata.HasValue("name") || metadata.HasValue("generateName") {
		return nil
	}
	annotations := resource.PropertyMap{}
	if a, ok := metadata["annotations"]; ok && a.IsObject() {
		annotations = a.ObjectValue().Copy()
	}
	annotations[autonamed] = resource.NewProperty("true")
	metadata["annotations"] = resource.NewProperty(annotations)

	old := value(req.Olds, "metadata", "name")
	wasAutonamed := value(req.Olds, "metadata", "annotations", autonamed)
	metadata["name"] = old
	inputs["metadata"] = resource.NewProperty(metadata)
	changes := inputdiff.Compare(req.Olds, inputs, replace(string(req.URN.Type())))
	if !old.IsString() || !wasAutonamed.IsString() || len(changes.ReplaceKeys) > 0 {
		name, err := resource.NewUniqueName(req.RandomSeed, strings.ToLower(req.URN.Name())+"-", 8, 63, nil)
		if err != nil {
			return fmt.Errorf("naming %s: %w", req.URN, err)
		}
		metadata["name"] = resource.NewProperty(name)
	}
	return nil
}

// fixed are the fields that cannot change in place, by kind, beyond those of every object's identity: the
// provider's forceNewProperties (https://github.com/pulumi/pulumi-kubernetes, provider/pkg/provider), with
// ConfigMaps and Secrets immutable, as they are unless the provider is told otherwise.
var fixed = map[string][]string{
	"Deployment":            {"spec.selector"},
	"StatefulSet":           {"spec.podManagementPolicy", "spec.revisionHistoryLimit", "spec.selector", "spec.serviceName", "spec.volumeClaimTemplates"},
	"DaemonSet":             {"spec.selector"},
	"Job":                   {"spec.completions", "spec.parallelism", "spec.selector", "spec.template"},
	"ConfigMap":             {"data", "binaryData"},
	"Secret":                {"data", "stringData", "type"},
	"Service":               {"spec.clusterIP"},
	"PersistentVolumeClaim": {"spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName"},
	"ResourceQuota":         {"spec.scopes"},
	"RoleBinding":           {"roleRef"},
	"ClusterRoleBinding":    {"roleRef"},
	"StorageClass":          {"parameters", "provisioner"},
}

// replace are the fields that make an object of the type another one when they change.
func replace(typ string) []string {
	identity := []string{"apiVersion", "kind", "metadata.name", "metadata.namespace"}
	return append(identity, fixed[typ[strings.LastIndex(typ, ":")+1:]]...)
}

// value is the value at a path, null if there is none.
func value(properties resource.PropertyMap, path ...string) resource.PropertyValue {
	v, ok := properties[resource.PropertyKey(path[0])]
	switch {
	case !ok:
		return resource.NewNullProperty()
	case len(path) == 1:
		return v
	case v.IsObject():
		return value(v.ObjectValue(), path[1:]...)
	default:
		return v
	}
}

// Diff says what changed and whether the object has to be replaced for it.
func (p *Provider) Diff(_ context.Context, req plugin.DiffRequest) (plugin.DiffResponse, error) {
	if string(req.URN.Type()) == releaseType {
		return diffRelease(req), nil
	}
	result := inputdiff.Compare(req.OldInputs, req.NewInputs, replace(string(req.URN.Type())))
	// Two objects with one name cannot be there at once.
	before, after := value(req.OldInputs, "metadata", "name"), value(req.NewInputs, "metadata", "name")
	result.DeleteBeforeReplace = len(result.ReplaceKeys) > 0 && before.DeepEquals(after)
	return result, nil
}

// Create makes an object.
func (p *Provider) Create(ctx context.Context, req plugin.CreateRequest) (plugin.CreateResponse, error) {
	if req.Preview {
		outputs := req.Properties.Copy()
		outputs["status"] = resource.MakeComputed(resource.NewProperty(""))
		return plugin.CreateResponse{Properties: outputs}, nil
	}
	p.creating.Lock()
	defer p.creating.Unlock()
	object, err := p.newObject(ctx, req.URN, standin.Plain(req.Properties))
	if err != nil {
		return plugin.CreateResponse{}, fmt.Errorf("creating %s: %w", req.URN.Type(), err)
	}
	if p.cloud.Get(object.Key()) != nil {
		return plugin.CreateResponse{}, fmt.Errorf("creating %s: AlreadyExists: %s", req.URN.Type(), object.ID)
	}
	if err := p.cloud.Put(object); err != nil {
		return plugin.CreateResponse{}, err
	}
	return plugin.CreateResponse{ID: ID(object), Properties: resource.NewPropertyMapFromMap(object.Outputs)}, nil
}

// newObject is an object that is about to be in the cluster, with what the API server adds to it.
func (p *Provider) newObject(ctx context.Context, urn resource.URN, inputs map[string]any) (*cloud.Object, error) {
	cluster := p.cluster(ctx)
	if p.cloud.Get(cloud.Key{Type: "aws:eks/cluster:Cluster", ID: cluster}) == nil {
		return nil, fmt.Errorf("the cluster is unreachable: no cluster has the kubeconfig's endpoint")
	}
	if string(urn.Type()) == releaseType {
		return p.newRelease(cluster, urn, inputs)
	}
	apiVersion, _ := inputs["apiVersion"].(string)
	kind, _ := inputs["kind"].(string)
	if err := p.needChart(cluster, apiVersion, kind); err != nil {
		return nil, err
	}
	namespaced, known := kubeschema.Scope(apiVersion, kind)
	if !known {
		return nil, fmt.Errorf("NotFound: the cluster has no kind %s in %s", kind, apiVersion)
	}
	metadata := clone(inputs["metadata"])
	if namespaced {
		if err := p.needNamespace(cluster, metadata["namespace"]); err != nil {
			return nil, err
		}
	}
	uid, err := p.cloud.Token(string(urn), cloud.UUIDDigits)
	if err != nil {
		return nil, err
	}
	metadata["uid"] = cloud.UUID(uid)
	metadata["creationTimestamp"] = "2026-01-01T00:00:00Z"
	metadata["generation"] = 1
	metadata["resourceVersion"] = "1"

	outputs := maps.Clone(inputs)
	outputs["metadata"] = metadata
	addStatus(kind, outputs)
	return &cloud.Object{
		Type:    string(urn.Type()),
		ID:      id(cluster, metadata),
		Inputs:  inputs,
		Outputs: outputs,
		Owner:   cloud.Key{Type: "aws:eks/cluster:Cluster", ID: cluster},
	}, nil
}

// builtinNamespaces are there in every cluster.
var builtinNamespaces = []any{"default", "kube-system", "kube-public", "kube-node-lease"}

func (p *Provider) needNamespace(cluster string, namespace any) error {
	if slices.Contains(builtinNamespaces, namespace) {
		return nil
	}
	key := cloud.Key{Type: "kubernetes:core/v1:Namespace", ID: fmt.Sprintf("%s/%s", cluster, namespace)}
	if p.cloud.Get(key) == nil {
		return fmt.Errorf("NotFound: namespaces %q not found", namespace)
	}
	return nil
}

// addStatus adds what controllers would report of an object that is well.
func addStatus(kind string, object map[string]any) {
	spec := clone(object["spec"])
	switch kind {
	case "Deployment":
		replicas, given := spec["replicas"]
		if !given {
			replicas = 1 // the API's default
		}
		object["status"] = map[string]any{
			"observedGeneration": 1, "replicas": replicas, "readyReplicas": replicas, "updatedReplicas": replicas,
		}
	case "Service":
		if _, given := spec["clusterIP"]; !given {
			spec["clusterIP"] = "172.20.0.10"
			object["spec"] = spec
		}
	case "Namespace":
		object["status"] = map[string]any{"phase": "Active"}
	}
}

// id names an object in the cloud: its cluster, its namespace if it has one, and its name.
func id(cluster string, metadata map[string]any) string {
	if namespace, ok := metadata["namespace"]; ok {
		return fmt.Sprintf("%s/%v/%v", cluster, namespace, metadata["name"])
	}
	return fmt.Sprintf("%s/%v", cluster, metadata["name"])
}

// ID is an object's id as the provider has it: without the cluster.
func ID(object *cloud.Object) resource.ID {
	return resource.ID(strings.TrimPrefix(object.ID, object.Owner.ID+"/"))
}

// find is the object with the provider's id, or nil.
func (p *Provider) find(ctx context.Context, urn resource.URN, id resource.ID) *cloud.Object {
	return p.cloud.Get(cloud.Key{Type: string(urn.Type()), ID: p.cluster(ctx) + "/" + string(id)})
}

// Read reads an object back; one that is gone has no id.
func (p *Provider) Read(ctx context.Context, req plugin.ReadRequest) (plugin.ReadResponse, error) {
	object := p.find(ctx, req.URN, req.ID)
	if object == nil {
		return plugin.ReadResponse{}, nil
	}
	return plugin.ReadResponse{ReadResult: plugin.ReadResult{
		ID:      req.ID,
		Inputs:  resource.NewPropertyMapFromMap(object.Inputs),
		Outputs: resource.NewPropertyMapFromMap(object.Outputs),
	}}, nil
}

// Update changes an object in place.
func (p *Provider) Update(ctx context.Context, req plugin.UpdateRequest) (plugin.UpdateResponse, error) {
	if req.Preview {
		outputs := req.OldOutputs.Copy()
		maps.Copy(outputs, req.NewInputs)
		return plugin.UpdateResponse{Properties: outputs}, nil
	}
	p.creating.Lock()
	defer p.creating.Unlock()
	if string(req.URN.Type()) == releaseType {
		return p.updateOfRelease(ctx, req)
	}
	old := p.find(ctx, req.URN, req.ID)
	if old == nil {
		return plugin.UpdateResponse{}, fmt.Errorf("updating %s: NotFound: %s", req.URN.Type(), req.ID)
	}
	inputs := standin.Plain(req.NewInputs)
	metadata := clone(inputs["metadata"])
	for _, given := range []string{"uid", "creationTimestamp", "generation", "resourceVersion"} {
		if value, ok := clone(old.Outputs["metadata"])[given]; ok {
			metadata[given] = value
		}
	}
	outputs := maps.Clone(inputs)
	outputs["metadata"] = metadata
	addStatus(fmt.Sprint(inputs["kind"]), outputs)
	changed := &cloud.Object{Type: old.Type, ID: old.ID, Inputs: inputs, Outputs: outputs, Owner: old.Owner}
	if err := p.cloud.Put(changed); err != nil {
		return plugin.UpdateResponse{}, err
	}
	return plugin.UpdateResponse{Properties: resource.NewPropertyMapFromMap(outputs)}, nil
}

// Delete removes an object, and with a namespace everything in it.
func (p *Provider) Delete(ctx context.Context, req plugin.DeleteRequest) (plugin.DeleteResponse, error) {
	p.creating.Lock()
	defer p.creating.Unlock()
	object := p.find(ctx, req.URN, req.ID)
	if object == nil {
		return plugin.DeleteResponse{}, nil // gone already, which is all that was asked for
	}
	if object.Type == releaseType {
		if err := p.stranded(object); err != nil {
			return plugin.DeleteResponse{}, err
		}
	}
	if object.Outputs["kind"] == "Namespace" {
		for _, o := range p.cloud.All() {
			if o.Owner == object.Owner && strings.HasPrefix(o.ID, object.ID+"/") {
				if err := p.cloud.Delete(o.Key()); err != nil {
					return plugin.DeleteResponse{}, err
				}
			}
		}
	}
	return plugin.DeleteResponse{}, p.cloud.Delete(object.Key())
}

// clone is a copy of a map, empty when the value is none.
func clone(value any) map[string]any {
	result := map[string]any{}
	if m, ok := value.(map[string]any); ok {
		maps.Copy(result, m)
	}
	return result
}
