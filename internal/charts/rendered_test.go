package charts_test

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"

	"coffee-platform/components/autoscaling"
	"coffee-platform/components/externalsecrets"
	"coffee-platform/internal/charts"
	"coffee-platform/internal/sandbox/kubeschema"
	"coffee-platform/internal/testkit"
	"coffee-platform/policy/rule"
	"coffee-platform/policy/rules"
)

// chartsByHand names the variable that says where whole charts are, each in a directory of its name, to look
// at them once by hand: `helm pull --untar` makes such directories.
const chartsByHand = "COFFEE_CHARTS"

// The chart of External Secrets is in its Go module, of which the newest that the module proxy has is a
// release behind. What the project sets and that chart does not know yet is written down here: the two are
// taken out when the module is raised.
var newerThanTheModule = []string{"rbac.serviceAccountTokenCreate", "readinessProbe"}

// accepted are the rules that rendered charts break, and why they may.
var accepted = map[string]map[string]string{
	"external-secrets": {
		"g2":  "the chart names its image by the version it belongs to, and nothing here knows its digest",
		"g3":  "the image comes from its publisher's registry",
		"b12": "a controller talks to the API server",
		"b15": "it writes Secrets, which is what it is for, in the product's namespace",
		"k4":  "it takes up again where another pod left",
		"c16": "its policies are the namespace's, made beside the chart",
	},
	"keda": {
		"g2":  "the chart names its images by the version it belongs to, and nothing here knows their digests",
		"g3":  "the images come from their publisher's registry",
		"b12": "an operator talks to the API server",
		"b15": "it reads Secrets and writes its certificate's, see docs/charts.md",
		"k4":  "it takes up again where another pod left",
		"c16": "its policies are the namespace's, made beside the chart",
	},
}

// acceptedOfTheModule are those that only the chart of the module breaks, for what it does not know yet.
var acceptedOfTheModule = map[string]string{"k1": "it has no readiness probe"}

// released are the releases that the components make of each chart, for an environment with everything. They
// are previewed: nothing in them comes from AWS.
func released(t *testing.T) map[string]map[string]any {
	t.Helper()
	r := testkit.MustRun(t, testkit.Preview, func(ctx *pulumi.Context) error {
		names := pulumi.ToStringArray([]string{"arn"})
		quota := map[string]string{"requests.cpu": "2", "requests.memory": "4Gi", "limits.memory": "8Gi", "pods": "10"}
		if _, err := externalsecrets.New(ctx, "external-secrets", &externalsecrets.Args{
			Replicas: 2, PodSecurityVersion: "1.35", DNSAddress: "172.20.0.10", Quota: quota, StoreNamespace: "coffee",
			Region: testkit.Region, AccountID: testkit.Account, ClusterName: testkit.ClusterName,
			Cluster: pulumi.String(testkit.ClusterName), Namespace: pulumi.String("coffee"), SecretARNs: names, KeyARNs: names,
		}); err != nil {
			return err
		}
		_, err := autoscaling.New(ctx, "autoscaling", &autoscaling.Args{
			Replicas: 2, PodSecurityVersion: "1.35", DNSAddress: "172.20.0.10", Quota: quota, WatchNamespace: "coffee",
			Region: testkit.Region, AccountID: testkit.Account, ClusterName: testkit.ClusterName,
			Cluster: pulumi.String(testkit.ClusterName), Namespace: pulumi.String("coffee"),
		})
		return err
	})
	releases := map[string]map[string]any{}
	for _, x := range r.OfType("kubernetes:helm.sh/v3:Release") {
		releases[x.Get(t, "chart").(string)] = x.Inputs
	}
	require.Len(t, releases, len(charts.All), "a chart that nothing installs, or that is not in charts.All")
	return releases
}

func root(t *testing.T, path ...string) string {
	t.Helper()
	absolute, err := filepath.Abs(filepath.Join(append([]string{"..", ".."}, path...)...))
	require.NoError(t, err)
	return absolute
}

func TestChartOfTheModule(t *testing.T) {
	directory := root(t, ".bin", "upstream", "charts", "external-secrets")
	inputs := released(t)["external-secrets"]
	assert.ElementsMatch(t, newerThanTheModule, unknown(t, directory, inputs["values"].(map[string]any)))
	known, err := charts.ExternalSecrets.Values()
	require.NoError(t, err)
	assert.ElementsMatch(t, newerThanTheModule, unknown(t, directory, known), "internal/charts/values/external-secrets.yaml")
	also := maps.Clone(accepted["external-secrets"])
	maps.Copy(also, acceptedOfTheModule)
	judge(t, also, render(t, directory, inputs))
}

// The same for whole charts of exactly the versions that are installed; docs/charts.md says when that was.
func TestChartsByHand(t *testing.T) {
	from := os.Getenv(chartsByHand)
	if from == "" {
		t.Skipf("set %s to a directory that has the charts, or run make charts CHARTS=…", chartsByHand)
	}
	releases := released(t)
	for _, chart := range charts.All {
		t.Run(chart.Name, func(t *testing.T) {
			directory := filepath.Join(from, chart.Name)
			var metadata struct{ Version string }
			read(t, filepath.Join(directory, "Chart.yaml"), &metadata)
			assert.Equal(t, chart.Version, metadata.Version)
			known, err := chart.Values()
			require.NoError(t, err)
			assert.Empty(t, unknown(t, directory, known), "internal/charts/values/%s.yaml", chart.Name)
			objects := render(t, directory, releases[chart.Name])
			t.Logf("%s %s renders %d objects", chart.Name, chart.Version, len(objects))
			judge(t, accepted[chart.Name], objects)
		})
	}
}

func read(t *testing.T, file string, into any) {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err, "run make sandbox first")
	require.NoError(t, yaml.Unmarshal(data, into), file)
}

// unknown are the values, by path, that a chart's own values.yaml does not have.
func unknown(t *testing.T, directory string, values map[string]any) []string {
	t.Helper()
	var defaults map[string]any
	read(t, filepath.Join(directory, "values.yaml"), &defaults)
	return missing("", values, defaults)
}

func missing(at string, values, defaults map[string]any) []string {
	var paths []string
	for name, value := range values {
		path := strings.TrimPrefix(at+"."+name, ".")
		known, ok := defaults[name]
		if !ok {
			paths = append(paths, path)
			continue
		}
		below, isMap := value.(map[string]any)
		if inDefaults, ok := known.(map[string]any); isMap && ok && len(inDefaults) > 0 && !isObject(path) {
			paths = append(paths, missing(path, below, inDefaults)...)
		}
	}
	return paths
}

// isObject tells whether a value is a part of a Kubernetes object, whose fields a chart hands on without
// knowing them.
func isObject(path string) bool {
	first, _, _ := strings.Cut(path, ".")
	return slices.Contains([]string{"podSecurityContext", "securityContext", "resources"}, first)
}

// render has Helm render a chart with the values of a release.
func render(t *testing.T, directory string, inputs map[string]any) []map[string]any {
	t.Helper()
	helm := root(t, ".bin", "helm")
	_, err := os.Stat(helm)
	require.NoError(t, err, "run make .bin/helm first")
	values, err := yaml.Marshal(inputs["values"])
	require.NoError(t, err)
	command := exec.Command(helm, "template", inputs["name"].(string), withoutSubcharts(t, directory),
		"--namespace", inputs["namespace"].(string), "--kube-version", "1.35.0", "--values", "-")
	command.Stdin = bytes.NewReader(values)
	command.Env = append(os.Environ(), "HELM_CACHE_HOME="+t.TempDir(), "HELM_CONFIG_HOME="+t.TempDir(), "HELM_DATA_HOME="+t.TempDir())
	var out, problems bytes.Buffer
	command.Stdout, command.Stderr = &out, &problems
	require.NoError(t, command.Run(), problems.String())

	var objects []map[string]any
	documents := utilyaml.NewYAMLOrJSONDecoder(&out, 4096)
	for {
		var object map[string]any
		err := documents.Decode(&object)
		if errors.Is(err, io.EOF) {
			return objects
		}
		require.NoError(t, err)
		if object != nil {
			objects = append(objects, object)
		}
	}
}

// withoutSubcharts is a copy of a chart that needs no others. Those it may need are switched off, and are not
// part of its source; Helm would want to have them all the same.
func withoutSubcharts(t *testing.T, directory string) string {
	t.Helper()
	chart := t.TempDir()
	require.NoError(t, os.CopyFS(chart, os.DirFS(directory)))
	file := filepath.Join(chart, "Chart.yaml")
	var metadata map[string]any
	read(t, file, &metadata)
	delete(metadata, "dependencies")
	text, err := yaml.Marshal(metadata)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, text, 0o600))
	require.NoError(t, os.RemoveAll(filepath.Join(chart, "Chart.lock")))
	return chart
}

// judge holds rendered objects to the API's schemas and to the rules of the policy pack.
func judge(t *testing.T, accepted map[string]string, objects []map[string]any) {
	t.Helper()
	require.NotEmpty(t, objects)
	var resources []rule.Resource
	for _, object := range objects {
		name := object["metadata"].(map[string]any)["name"].(string)
		kind, apiVersion := object["kind"].(string), object["apiVersion"].(string)
		if apiVersion != "apiregistration.k8s.io/v1" { // an APIService, which kubeschema has no type for
			assert.Empty(t, kubeschema.Validate(object), "%s %s", kind, name)
		}
		if !strings.Contains(apiVersion, "/") {
			apiVersion = "core/" + apiVersion
		}
		urn := "urn:pulumi:prod::coffee-platform::kubernetes:helm.sh/v3:Release$kubernetes:" + apiVersion + ":" + kind + "::" + name
		resources = append(resources, rule.Resource{
			URN: urn, Type: "kubernetes:" + apiVersion + ":" + kind, Name: name,
			Inputs: rule.NewValue(urn, resource.NewPropertyMapFromMap(object)),
		})
	}
	broken := map[string]bool{}
	for _, r := range rules.All() {
		env := rule.Env{Settings: r.Defaults(), Deployment: rule.Deployment{Tier: rule.Prod}}
		var result rule.Result
		for _, about := range resources {
			if r.Check != nil {
				result.Add(r.Ask(about, env))
			}
		}
		if r.CheckStack != nil {
			result.Add(r.AskStack(rule.NewStack(resources), env))
		}
		for _, finding := range result.Failures {
			broken[r.ID] = true
			if accepted[r.ID] == "" {
				t.Errorf("%s %s: %s %s %s", r.ID, r.Name, finding.URN, finding.Path, finding.Message)
			}
		}
		for _, finding := range result.Unknowns {
			t.Errorf("%s %s is undetermined: %s %s %s", r.ID, r.Name, finding.URN, finding.Path, finding.Message)
		}
	}
	for id := range accepted {
		assert.True(t, broken[id], "rule %s is accepted to be broken, and is not", id)
	}
}

// Nothing that External Secrets brings reaches beyond two namespaces.
func TestExternalSecretsIsNotClusterWide(t *testing.T) {
	directory := root(t, ".bin", "upstream", "charts", "external-secrets")
	for _, object := range render(t, directory, released(t)["external-secrets"]) {
		namespaced, known := kubeschema.Scope(object["apiVersion"].(string), object["kind"].(string))
		assert.True(t, known && namespaced, "%v %v", object["kind"], object["metadata"])
		assert.Contains(t, []any{"coffee", "external-secrets"}, object["metadata"].(map[string]any)["namespace"])
	}
}
