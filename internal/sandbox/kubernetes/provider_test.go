package kubernetes_test

import (
	"context"
	"fmt"
	"maps"
	"net"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/peer"

	"coffee-platform/internal/sandbox/cloud"
	"coffee-platform/internal/sandbox/kubernetes"
)

const (
	namespaceType  = "kubernetes:core/v1:Namespace"
	configMapType  = "kubernetes:core/v1:ConfigMap"
	secretType     = "kubernetes:core/v1:Secret"
	serviceType    = "kubernetes:core/v1:Service"
	deploymentType = "kubernetes:apps/v1:Deployment"
	jobType        = "kubernetes:batch/v1:Job"
	bindingType    = "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding"
)

// values are properties as plain values.
type values = map[string]any

// provider calls the stand-in the way the engine does.
type provider struct {
	*kubernetes.Provider
	cloud *cloud.Cloud
	ctx   context.Context
}

// newProvider makes a stand-in whose kubeconfig leads to the cluster "coffee".
func newProvider(t *testing.T) provider {
	t.Helper()
	c, err := cloud.Open(filepath.Join(t.TempDir(), "cloud.jsonl"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	p := provider{kubernetes.New(c), c, context.Background()}
	p.cluster(t, "coffee")
	p.configure(t, "coffee")
	return p
}

// cluster makes an EKS cluster, as the stand-in for AWS keeps it.
func (p provider) cluster(t *testing.T, name string) {
	t.Helper()
	require.NoError(t, p.cloud.Put(&cloud.Object{Type: "aws:eks/cluster:Cluster", ID: name, Outputs: values{"name": name, "endpoint": endpoint(name)}}))
}

func endpoint(cluster string) string { return "https://" + cluster + ".eks.example" }

func kubeconfig(cluster string) string {
	return fmt.Sprintf(`{"clusters":[{"name":"kubernetes","cluster":{"server":%q}}]}`, endpoint(cluster))
}

func (p provider) configure(t *testing.T, cluster string) {
	t.Helper()
	_, err := p.Configure(p.ctx, plugin.ConfigureRequest{Inputs: resource.PropertyMap{"kubeconfig": resource.NewProperty(kubeconfig(cluster))}})
	require.NoError(t, err)
}

// over is the same stand-in over a connection of its own.
func (p provider) over(port int) provider {
	p.ctx = peer.NewContext(p.ctx, &peer.Peer{Addr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}})
	return p
}

func urn(typ, name string) resource.URN {
	return resource.URN("urn:pulumi:test::coffee-platform::" + typ + "::" + name)
}

// check is what Check makes of an object, and what it finds wrong with it, by field.
func (p provider) check(t *testing.T, typ, name string, olds resource.PropertyMap, inputs values) (resource.PropertyMap, map[string]string) {
	t.Helper()
	checked, err := p.Check(p.ctx, plugin.CheckRequest{
		URN: urn(typ, name), Olds: olds, News: resource.NewPropertyMapFromMap(inputs), RandomSeed: []byte(fmt.Sprint(typ, name, len(olds))),
	})
	require.NoError(t, err)
	failures := map[string]string{}
	for _, failure := range checked.Failures {
		failures[string(failure.Property)] = failure.Reason
	}
	return checked.Properties, failures
}

// try makes an object that must pass the check, and returns its id.
func (p provider) try(t *testing.T, typ, name string, inputs values) (plugin.CreateResponse, error) {
	t.Helper()
	checked, failures := p.check(t, typ, name, nil, inputs)
	require.Emptyf(t, failures, "%s %s", typ, name)
	return p.Create(p.ctx, plugin.CreateRequest{URN: urn(typ, name), Properties: checked})
}

func (p provider) make(t *testing.T, typ, name string, inputs values) plugin.CreateResponse {
	t.Helper()
	created, err := p.try(t, typ, name, inputs)
	require.NoErrorf(t, err, "%s %s", typ, name)
	return created
}

func (p provider) exists(t *testing.T, typ, id string) bool {
	t.Helper()
	read, err := p.Read(p.ctx, plugin.ReadRequest{URN: urn(typ, "x"), ID: resource.ID(id)})
	require.NoError(t, err)
	return read.ID != ""
}

func (p provider) diff(t *testing.T, typ string, before, after values) plugin.DiffResult {
	t.Helper()
	result, err := p.Diff(p.ctx, plugin.DiffRequest{
		URN: urn(typ, "x"), OldInputs: resource.NewPropertyMapFromMap(before), NewInputs: resource.NewPropertyMapFromMap(after),
	})
	require.NoError(t, err)
	return result
}

// with is a copy of a map with another value in it.
func with(m values, name string, value any) values {
	result := maps.Clone(m)
	result[name] = value
	return result
}

func named(name string) values { return values{"name": name} }

func in(namespace, name string) values { return values{"name": name, "namespace": namespace} }

func namespace(name string) values {
	return values{"apiVersion": "v1", "kind": "Namespace", "metadata": named(name)}
}

func configMap(metadata, data values) values {
	return values{"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}
}

func deployment(metadata values) values {
	labels := values{"app": "api"}
	return values{
		"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata,
		"spec": values{
			"selector": values{"matchLabels": labels},
			"template": values{
				"metadata": values{"labels": labels},
				"spec":     values{"containers": []any{values{"name": "api", "image": "api:1"}}},
			},
		},
	}
}

func TestWithoutAKubeconfigThereIsNoProvider(t *testing.T) {
	for what, inputs := range map[string]resource.PropertyMap{
		"nothing":     {},
		"no JSON":     {"kubeconfig": resource.NewProperty("~/.kube/config")},
		"no clusters": {"kubeconfig": resource.NewProperty(`{"clusters":[]}`)},
	} {
		t.Run(what, func(t *testing.T) {
			p := newProvider(t)
			_, err := p.Configure(p.ctx, plugin.ConfigureRequest{Inputs: inputs})
			assert.ErrorContains(t, err, "has no kubeconfig")
		})
	}
}

func TestAKubeconfigMayBeSecret(t *testing.T) {
	p := newProvider(t).over(40001)
	_, err := p.Configure(p.ctx, plugin.ConfigureRequest{Inputs: resource.PropertyMap{
		"kubeconfig": resource.MakeSecret(resource.NewProperty(kubeconfig("coffee"))),
	}})
	require.NoError(t, err)
	p.make(t, namespaceType, "apps", namespace("apps"))
}

func TestAClusterThatIsNotThereIsUnreachable(t *testing.T) {
	p := newProvider(t).over(40001)
	_, err := p.try(t, namespaceType, "apps", namespace("apps"))
	require.ErrorContains(t, err, "unreachable", "over a connection that was never configured")

	p.configure(t, "elsewhere")
	_, err = p.try(t, namespaceType, "apps", namespace("apps"))
	require.ErrorContains(t, err, "unreachable")

	p.cluster(t, "elsewhere")
	p.configure(t, "elsewhere")
	p.make(t, namespaceType, "apps", namespace("apps"))
}

func TestClustersAreApart(t *testing.T) {
	p := newProvider(t)
	p.cluster(t, "tea")
	tea := p.over(40001)
	tea.configure(t, "tea")

	made := p.make(t, namespaceType, "apps", namespace("apps"))
	assert.Equal(t, "apps", string(made.ID), "an id names no cluster, as with the provider")
	assert.True(t, p.exists(t, namespaceType, "apps"))
	assert.False(t, tea.exists(t, namespaceType, "apps"))
	_, err := tea.try(t, configMapType, "settings", configMap(in("apps", "settings"), nil))
	require.ErrorContains(t, err, `namespaces "apps" not found`)
	tea.make(t, namespaceType, "apps", namespace("apps"))
}

func TestWhatIsInAClusterGoesWithIt(t *testing.T) {
	p := newProvider(t)
	p.make(t, namespaceType, "apps", namespace("apps"))
	p.make(t, configMapType, "settings", configMap(in("apps", "settings"), nil))
	require.NoError(t, p.cloud.Delete(cloud.Key{Type: "aws:eks/cluster:Cluster", ID: "coffee"}))
	assert.Empty(t, p.cloud.All())
	assert.False(t, p.exists(t, namespaceType, "apps"))
	_, err := p.Delete(p.ctx, plugin.DeleteRequest{URN: urn(namespaceType, "apps"), ID: "apps"})
	require.NoError(t, err, "gone is all that was asked for")

	p.cluster(t, "coffee")
	assert.False(t, p.exists(t, namespaceType, "apps"), "a new cluster of the name is a new cluster")
}

func TestNamespaces(t *testing.T) {
	p := newProvider(t)
	_, err := p.try(t, configMapType, "settings", configMap(in("apps", "settings"), nil))
	require.ErrorContains(t, err, `NotFound: namespaces "apps" not found`)

	p.make(t, namespaceType, "apps", namespace("apps"))
	assert.Equal(t, "apps/settings", string(p.make(t, configMapType, "settings", configMap(in("apps", "settings"), nil)).ID))
	for _, builtin := range []string{"default", "kube-system", "kube-public", "kube-node-lease"} {
		p.make(t, configMapType, builtin, configMap(in(builtin, "settings"), nil))
	}
	made := p.make(t, configMapType, "other", configMap(named("other"), nil))
	assert.Equal(t, "default/other", string(made.ID))
	assert.Equal(t, "default", made.Properties["metadata"].ObjectValue()["namespace"].StringValue())
}

func TestDeletingANamespaceDeletesWhatIsInIt(t *testing.T) {
	p := newProvider(t)
	for _, name := range []string{"apps", "apps-canary"} {
		p.make(t, namespaceType, name, namespace(name))
		p.make(t, configMapType, name, configMap(in(name, "settings"), nil))
		p.make(t, deploymentType, name, deployment(in(name, "api")))
	}
	_, err := p.Delete(p.ctx, plugin.DeleteRequest{URN: urn(namespaceType, "apps"), ID: "apps"})
	require.NoError(t, err)
	assert.False(t, p.exists(t, namespaceType, "apps"))
	assert.False(t, p.exists(t, configMapType, "apps/settings"))
	assert.False(t, p.exists(t, deploymentType, "apps/api"))
	assert.True(t, p.exists(t, namespaceType, "apps-canary"))
	assert.True(t, p.exists(t, configMapType, "apps-canary/settings"))
	assert.True(t, p.exists(t, deploymentType, "apps-canary/api"))
}

func TestAnObjectIsThereOnce(t *testing.T) {
	p := newProvider(t)
	p.make(t, configMapType, "one", configMap(named("settings"), nil))
	_, err := p.try(t, configMapType, "two", configMap(named("settings"), nil))
	require.ErrorContains(t, err, "AlreadyExists")
	p.make(t, secretType, "three", values{"apiVersion": "v1", "kind": "Secret", "metadata": named("settings")})
}

func TestAutomaticNames(t *testing.T) {
	p := newProvider(t)
	nameOf := func(inputs resource.PropertyMap) string {
		return inputs["metadata"].ObjectValue()["name"].StringValue()
	}
	first, failures := p.check(t, configMapType, "settings", nil, configMap(values{"labels": values{"a": "b"}}, values{"k": "1"}))
	require.Empty(t, failures)
	assert.Regexp(t, `^settings-[0-9a-f]{8}$`, nameOf(first))
	assert.Equal(t, "true", first["metadata"].ObjectValue()["annotations"].ObjectValue()["pulumi.com/autonamed"].StringValue())

	t.Run("stay while the object can be changed", func(t *testing.T) {
		again, _ := p.check(t, configMapType, "settings", first, configMap(values{"labels": values{"a": "c"}}, values{"k": "1"}))
		assert.Equal(t, nameOf(first), nameOf(again))
	})
	t.Run("are new when the object is another", func(t *testing.T) {
		again, _ := p.check(t, configMapType, "settings", first, configMap(values{}, values{"k": "2"}))
		assert.NotEqual(t, nameOf(first), nameOf(again))
		result, err := p.Diff(p.ctx, plugin.DiffRequest{URN: urn(configMapType, "settings"), OldInputs: first, NewInputs: again})
		require.NoError(t, err)
		assert.True(t, result.Replace())
		assert.False(t, result.DeleteBeforeReplace, "both can be there at once")
	})
	t.Run("are not made of a name that was given", func(t *testing.T) {
		named, _ := p.check(t, configMapType, "settings", nil, configMap(named("mine"), nil))
		assert.Equal(t, "mine", nameOf(named))
		again, _ := p.check(t, configMapType, "settings", named, configMap(values{}, nil))
		assert.Regexp(t, `^settings-[0-9a-f]{8}$`, nameOf(again))
	})
	t.Run("are made of capitals in small letters", func(t *testing.T) {
		made, failures := p.check(t, configMapType, "Settings", nil, configMap(values{}, nil))
		assert.Empty(t, failures)
		assert.Regexp(t, `^settings-[0-9a-f]{8}$`, nameOf(made))
	})
	t.Run("are made for objects without metadata", func(t *testing.T) {
		made, failures := p.check(t, configMapType, "settings", nil, values{"apiVersion": "v1", "kind": "ConfigMap"})
		assert.Empty(t, failures)
		assert.Regexp(t, `^settings-[0-9a-f]{8}$`, nameOf(made))
	})
	t.Run("leave the program's own object alone", func(t *testing.T) {
		program := resource.NewPropertyMapFromMap(configMap(values{"annotations": values{"a": "b"}}, nil))
		_, err := p.Check(p.ctx, plugin.CheckRequest{URN: urn(configMapType, "settings"), News: program, RandomSeed: []byte("x")})
		require.NoError(t, err)
		assert.Equal(t, resource.NewPropertyMapFromMap(configMap(values{"annotations": values{"a": "b"}}, nil)), program)
	})
}

func TestWhatReplaces(t *testing.T) {
	api := deployment(in("apps", "api"))
	spec := api["spec"].(values)
	binding := values{"metadata": named("x"), "roleRef": values{"kind": "Role", "name": "a"}, "subjects": []any{}}
	job := values{"metadata": named("x"), "spec": values{"template": values{"spec": values{"priority": 1}}, "suspend": false}}
	for _, c := range []struct {
		name, typ     string
		before, after values
		replaced      []resource.PropertyKey
	}{
		{"another name", deploymentType, api, with(api, "metadata", in("apps", "web")), []resource.PropertyKey{"metadata"}},
		{"another namespace", deploymentType, api, with(api, "metadata", in("other", "api")), []resource.PropertyKey{"metadata"}},
		{"a label", deploymentType, api, with(api, "metadata", with(in("apps", "api"), "labels", values{"a": "b"})), nil},
		{"a selector", deploymentType, api, with(api, "spec", with(spec, "selector", values{"matchLabels": values{"app": "web"}})), []resource.PropertyKey{"spec"}},
		{"a template", deploymentType, api, with(api, "spec", with(spec, "template", values{})), nil},
		{"a number of replicas", deploymentType, api, with(api, "spec", with(spec, "replicas", 3)), nil},
		{"a ConfigMap's data", configMapType, configMap(named("x"), values{"app.conf": "1"}), configMap(named("x"), values{"app.conf": "2"}), []resource.PropertyKey{"data"}},
		{"a Secret's type", secretType, values{"type": "Opaque"}, values{"type": "other"}, []resource.PropertyKey{"type"}},
		{"a Service's address", serviceType, values{"spec": values{"clusterIP": "None"}}, values{"spec": values{"clusterIP": "172.20.0.11"}}, []resource.PropertyKey{"spec"}},
		{"a Service's ports", serviceType, values{"spec": values{"ports": []any{values{"port": 80}}}}, values{"spec": values{"ports": []any{values{"port": 81}}}}, nil},
		{"a Job's template", jobType, job, with(job, "spec", values{"template": values{"spec": values{"priority": 2}}, "suspend": false}), []resource.PropertyKey{"spec"}},
		{"a Job's pause", jobType, job, with(job, "spec", with(job["spec"].(values), "suspend", true)), nil},
		{"a binding's role", bindingType, binding, with(binding, "roleRef", values{"kind": "Role", "name": "b"}), []resource.PropertyKey{"roleRef"}},
		{"a binding's subjects", bindingType, binding, with(binding, "subjects", []any{values{"kind": "User", "name": "b"}}), nil},
		{"another version of the API", "kubernetes:example.com/v1:Thing", values{"apiVersion": "v1"}, values{"apiVersion": "v2"}, []resource.PropertyKey{"apiVersion"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			result := newProvider(t).diff(t, c.typ, c.before, c.after)
			assert.Equal(t, plugin.DiffSome, result.Changes)
			assert.Equal(t, c.replaced, result.ReplaceKeys)
		})
	}
	assert.Equal(t, plugin.DiffNone, newProvider(t).diff(t, deploymentType, api, api).Changes)
}

func TestWhatKeepsItsNameIsDeletedBeforeItIsReplaced(t *testing.T) {
	p := newProvider(t)
	before := configMap(named("settings"), values{"k": "1"})
	assert.True(t, p.diff(t, configMapType, before, configMap(named("settings"), values{"k": "2"})).DeleteBeforeReplace)
	assert.False(t, p.diff(t, configMapType, before, configMap(named("settings-2"), values{"k": "2"})).DeleteBeforeReplace)
	assert.False(t, p.diff(t, configMapType, before, with(before, "metadata", with(named("settings"), "labels", values{"a": "b"}))).DeleteBeforeReplace,
		"it is not replaced at all")
}

func TestObjectsAreDecodedStrictly(t *testing.T) {
	p := newProvider(t)
	wrong := deployment(named("api"))
	template := wrong["spec"].(values)["template"].(values)
	template["spec"] = values{"containers": []any{values{"name": "api", "imagee": "api:1", "image": 1}}}
	_, failures := p.check(t, deploymentType, "api", nil, wrong)
	assert.Contains(t, failures, "spec.template.spec.containers[0].imagee")
	assert.Contains(t, failures, "spec.template.spec.containers[0].image")
	for field, reason := range failures {
		assert.NotEmptyf(t, reason, "%s", field)
	}
}

func TestUnknownKindsAreRefused(t *testing.T) {
	p := newProvider(t)
	pigeon := values{"apiVersion": "example.com/v1", "kind": "Pigeon", "metadata": named("x")}
	_, failures := p.check(t, "kubernetes:example.com/v1:Pigeon", "x", nil, pigeon)
	assert.Contains(t, failures["kind"], `no kind "Pigeon"`)

	_, err := p.Create(p.ctx, plugin.CreateRequest{URN: urn("kubernetes:example.com/v1:Pigeon", "x"), Properties: resource.NewPropertyMapFromMap(pigeon)})
	assert.ErrorContains(t, err, "no kind Pigeon in example.com/v1")
}

// What is not known in a preview is looked at when it is.
func TestCheckPassesWhatIsNotKnown(t *testing.T) {
	p := newProvider(t)
	inputs := resource.NewPropertyMapFromMap(configMap(named("x"), nil))
	inputs["data"] = resource.NewProperty(resource.PropertyMap{"url": resource.MakeComputed(resource.NewProperty(""))})
	checked, err := p.Check(p.ctx, plugin.CheckRequest{URN: urn(configMapType, "x"), News: inputs})
	require.NoError(t, err)
	assert.Empty(t, checked.Failures)

	inputs["metadata"] = resource.MakeComputed(resource.NewProperty(""))
	checked, err = p.Check(p.ctx, plugin.CheckRequest{URN: urn(configMapType, "x"), News: inputs})
	require.NoError(t, err)
	assert.True(t, checked.Properties["metadata"].IsComputed())
}

func TestPreviewMakesNothing(t *testing.T) {
	p := newProvider(t)
	preview, err := p.Create(p.ctx, plugin.CreateRequest{
		URN: urn(namespaceType, "apps"), Properties: resource.NewPropertyMapFromMap(namespace("apps")), Preview: true,
	})
	require.NoError(t, err)
	assert.True(t, preview.Properties["status"].IsComputed())
	assert.False(t, p.exists(t, namespaceType, "apps"))
}

func TestWhatTheAPIServerAdds(t *testing.T) {
	p := newProvider(t)
	made := p.make(t, deploymentType, "api", deployment(named("api"))).Properties.Mappable()
	metadata := made["metadata"].(values)
	assert.Regexp(t, `^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`, metadata["uid"])
	assert.NotEmpty(t, metadata["creationTimestamp"])
	assert.Equal(t, 1., made["status"].(values)["readyReplicas"], "one replica is the API's default")

	service := p.make(t, serviceType, "api", values{
		"apiVersion": "v1", "kind": "Service", "metadata": named("api"), "spec": values{"ports": []any{values{"port": 80}}},
	}).Properties.Mappable()
	assert.NotEmpty(t, service["spec"].(values)["clusterIP"])
	headless := p.make(t, serviceType, "headless", values{
		"apiVersion": "v1", "kind": "Service", "metadata": named("headless"),
		"spec": values{"clusterIP": "None", "ports": []any{values{"port": 80}}},
	}).Properties.Mappable()
	assert.Equal(t, "None", headless["spec"].(values)["clusterIP"])
}

func TestUpdate(t *testing.T) {
	p := newProvider(t)
	before := deployment(with(named("api"), "labels", values{"a": "b"}))
	made := p.make(t, deploymentType, "api", before)
	after := deployment(with(named("api"), "annotations", values{"c": "d"}))
	after["spec"].(values)["replicas"] = 3
	request := plugin.UpdateRequest{
		URN: urn(deploymentType, "api"), ID: made.ID, OldOutputs: made.Properties, NewInputs: resource.NewPropertyMapFromMap(after),
	}

	request.Preview = true
	preview, err := p.Update(p.ctx, request)
	require.NoError(t, err)
	assert.Equal(t, 3., preview.Properties["spec"].ObjectValue()["replicas"].NumberValue())
	read, err := p.Read(p.ctx, plugin.ReadRequest{URN: request.URN, ID: request.ID})
	require.NoError(t, err)
	assert.Equal(t, made.Properties, read.Outputs, "a preview changes nothing")

	request.Preview = false
	updated, err := p.Update(p.ctx, request)
	require.NoError(t, err)
	metadata := updated.Properties["metadata"].Mappable().(values)
	assert.Equal(t, made.Properties["metadata"].Mappable().(values)["uid"], metadata["uid"])
	assert.Equal(t, values{"c": "d"}, metadata["annotations"])
	assert.NotContains(t, metadata, "labels", "labels that are gone are gone")
	assert.Equal(t, 3., updated.Properties["status"].ObjectValue()["readyReplicas"].NumberValue())
	read, err = p.Read(p.ctx, plugin.ReadRequest{URN: request.URN, ID: request.ID})
	require.NoError(t, err)
	assert.Equal(t, updated.Properties, read.Outputs)

	request.ID = "default/web"
	_, err = p.Update(p.ctx, request)
	assert.ErrorContains(t, err, "NotFound: default/web")
}

func TestWhichKubeconfigsReplaceTheProvider(t *testing.T) {
	config := func(kubeconfig, identifier string) resource.PropertyMap {
		properties := resource.PropertyMap{"kubeconfig": resource.NewProperty(kubeconfig)}
		if identifier != "" {
			properties["clusterIdentifier"] = resource.NewProperty(identifier)
		}
		return properties
	}
	for _, c := range []struct {
		name          string
		before, after resource.PropertyMap
		changes       plugin.DiffChanges
		replaced      []resource.PropertyKey
	}{
		{"the same", config("a", ""), config("a", ""), plugin.DiffNone, nil},
		{"another", config("a", ""), config("b", ""), plugin.DiffSome, []resource.PropertyKey{"kubeconfig"}},
		{"another way into the same cluster", config("a", "coffee"), config("b", "coffee"), plugin.DiffSome, nil},
		{"another cluster", config("a", "coffee"), config("a", "tea"), plugin.DiffSome, []resource.PropertyKey{"clusterIdentifier"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newProvider(t)
			result, err := p.DiffConfig(p.ctx, plugin.DiffConfigRequest{OldInputs: c.before, NewInputs: c.after})
			require.NoError(t, err)
			assert.Equal(t, c.changes, result.Changes)
			assert.Equal(t, c.replaced, result.ReplaceKeys)
		})
	}
}
