package stacks

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/internal/testkit"
	"coffee-platform/stacks/callgraph"
)

const (
	deploymentType = "kubernetes:apps/v1:Deployment"
	jobType        = "kubernetes:batch/v1:Job"
	policyType     = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
	scaledType     = "kubernetes:keda.sh/v1alpha1:ScaledObject"
	secretType     = "kubernetes:external-secrets.io/v1:ExternalSecret"
	configMapType  = "kubernetes:core/v1:ConfigMap"
)

// with is prod's configuration with changes.
func with(changes map[string]string) map[string]string {
	config := prodConfig()
	for key, value := range changes {
		config["coffee-platform:"+key] = value
	}
	return config
}

// What runs, by the name of its Deployment.
func TestProduct(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, Program(prodConfig()))
	var names []string
	for _, d := range r.OfType(deploymentType) {
		names = append(names, d.Name)
	}
	assert.Equal(t, []string{"api", "frontend", "render", "worker-notification", "worker-render", "worker-transcription"}, names)
	var jobs []string
	for _, j := range r.OfType(jobType) {
		jobs = append(jobs, j.Name)
	}
	assert.Equal(t, []string{"database-roles", "migration-0123456789"}, jobs)
}

// An environment whose images are not there yet is everything else.
func TestWithoutImages(t *testing.T) {
	for _, c := range []struct {
		images string
		want   []string
	}{
		{`{}`, nil},
		{`{"backend": %q}`, []string{"api", "worker-notification", "worker-render", "worker-transcription"}},
		{`{"render": %q}`, []string{"render"}},
		{`{"frontend": %q}`, []string{"frontend"}},
	} {
		images := c.images
		if strings.Contains(images, "%q") {
			images = strings.Replace(fmt.Sprintf(images, digest), "{", `{"registry": "444455556666.dkr.ecr.us-east-1.amazonaws.com", `, 1)
		}
		for _, mode := range testkit.Modes {
			r := testkit.MustRun(t, mode, Program(with(map[string]string{"images": images})))
			var names []string
			for _, d := range r.OfType(deploymentType) {
				names = append(names, d.Name)
			}
			assert.Equal(t, c.want, names, images)
			assert.Len(t, r.OfType("aws:rds/instance:Instance"), 1)
			var scaled []string
			for _, s := range r.OfType(scaledType) {
				scaled = append(scaled, s.Name)
			}
			for _, name := range scaled {
				assert.Contains(t, names, name, "something scales what is not there")
			}
		}
	}
}

// waitsFor tells whether a resource waits for another, by itself or by what it waits for.
func waitsFor(r *testkit.Recorder, x, other testkit.Resource) bool {
	byURN := map[string]testkit.Resource{}
	for _, each := range r.All() {
		byURN[each.URN] = each
	}
	seen := map[string]bool{}
	var reaches func(urn string) bool
	reaches = func(urn string) bool {
		if urn == other.URN {
			return true
		}
		if seen[urn] {
			return false
		}
		seen[urn] = true
		return slices.ContainsFunc(byURN[urn].Dependencies, reaches)
	}
	return x.URN != other.URN && reaches(x.URN)
}

// A release goes in this order, and no step is taken before the one before it is done.
func TestReleaseOrder(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, Program(prodConfig()))
	one := func(typ, name string) testkit.Resource { return r.One(t, typ, name) }
	migration, api := one(jobType, "migration-0123456789"), one(deploymentType, "api")
	workers := []testkit.Resource{
		one(deploymentType, "worker-notification"), one(deploymentType, "worker-render"), one(deploymentType, "worker-transcription"), one(deploymentType, "render"),
	}
	frontend := one(deploymentType, "frontend")

	assert.True(t, waitsFor(r, migration, one(jobType, "database-roles")))
	assert.True(t, waitsFor(r, api, migration))
	for _, w := range workers {
		assert.True(t, waitsFor(r, w, api), "%s does not wait for the API", w.Name)
		assert.True(t, waitsFor(r, frontend, w), "the frontend does not wait for %s", w.Name)
	}
	for _, s := range r.OfType(scaledType) {
		assert.True(t, waitsFor(r, s, one(deploymentType, s.Name)), "%s is scaled before it is there", s.Name)
	}
	for _, binding := range r.OfType("kubernetes:eks.amazonaws.com/v1:TargetGroupBinding") {
		for _, d := range []testkit.Resource{api, frontend} {
			assert.True(t, waitsFor(r, d, binding), "pods of %s start before the load balancer looks for them", d.Name)
		}
	}
}

// A rotation: the value is stored, the database takes it, then pods roll with it, each with its own version.
func TestRotationOrder(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, Program(prodConfig()))
	roles := r.One(t, jobType, "database-roles")
	stored := r.One(t, "aws:secretsmanager/secretVersion:SecretVersion", "secrets-app")
	delivered := r.One(t, secretType, "api")
	api := r.One(t, deploymentType, "api")

	assert.True(t, waitsFor(r, roles, stored))
	assert.True(t, waitsFor(r, delivered, stored))
	assert.True(t, waitsFor(r, api, roles))
	assert.True(t, waitsFor(r, api, delivered))
	assert.Equal(t, "api-autonamed", api.Get(t, "spec", "template", "spec", "containers", 0, "envFrom", 1, "secretRef", "name"),
		"a version of the secrets has a Secret of its own, so that pods roll with it")
	token := r.One(t, "aws:secretsmanager/secretVersion:SecretVersion", "redis-auth-token")
	assert.True(t, waitsFor(r, delivered, token))
	assert.True(t, waitsFor(r, token, r.One(t, "aws:elasticache/replicationGroup:ReplicationGroup", "redis")), "the broker takes it first")
}

// secretNames are what a workload gets from Secrets Manager.
func secretNames(t *testing.T, r *testkit.Recorder, workload string) []string {
	var names []string
	for _, entry := range r.One(t, secretType, workload).Get(t, "spec", "data").([]any) {
		names = append(names, entry.(map[string]any)["secretKey"].(string))
	}
	return names
}

func TestEverybodyGetsTheSecretsTheyUse(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, Program(prodConfig()))
	database, broker := []string{"DATABASE_PASSWORD", "DATABASE_USER"}, "REDIS_PASSWORD"
	assert.Equal(t, slices.Concat(database, []string{"JWT_SECRET", broker}), secretNames(t, r, "api"))
	for _, queue := range []string{"notification", "render", "transcription"} {
		assert.Equal(t, slices.Concat(database, []string{broker}), secretNames(t, r, "worker-"+queue))
	}
	assert.Equal(t, database, secretNames(t, r, "migration"))
	for _, s := range r.OfType(secretType) {
		assert.NotContains(t, []string{"render", "frontend"}, s.Name, "it uses none")
	}

	rotating := testkit.MustRun(t, testkit.Update, Program(with(map[string]string{
		"secrets": `{"jwt": {"epoch": "2026-12-01", "previousEpoch": "2026-11-01"}}`,
	})))
	assert.Contains(t, secretNames(t, rotating, "api"), "JWT_SECRET_PREVIOUS")
}

func TestMigrationsHaveALoginOfTheirOwn(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, Program(prodConfig()))
	key := func(workload string) any {
		return r.One(t, secretType, workload).Get(t, "spec", "data", 0, "remoteRef", "key")
	}
	assert.NotEqual(t, key("api"), key("migration"))
	assert.Equal(t, key("api"), key("worker-render"))
}

// One definition of every URL: today's defect was two.
func TestURLsAreTheSameForEverybody(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, Program(prodConfig()))
	settings := func(name string) map[string]any { return r.One(t, configMapType, name).Get(t, "data").(map[string]any) }
	url := settings("api")["REMOTION_SERVICE_URL"]
	assert.Equal(t, "http://render:8080", url)
	for _, queue := range []string{"notification", "render", "transcription"} {
		assert.Equal(t, url, settings("worker-" + queue)["REMOTION_SERVICE_URL"])
	}
	service := r.One(t, "kubernetes:core/v1:Service", "render")
	assert.Equal(t, url, fmt.Sprintf("http://%s:%v", service.Get(t, "metadata", "name"), service.Get(t, "spec", "ports", 0, "port")))
	assert.Equal(t, "None", service.Get(t, "spec", "clusterIP"), "the balancer finds gates by it")
	assert.NotContains(t, settings("render-remotion"), "DATABASE_HOST")
}

// Beside the consumers of renders a balancer takes the renderer's name, and finds the gates by the headless Service.
func TestConsumersAskABalancerOfTheirOwn(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, Program(prodConfig()))
	d := r.One(t, deploymentType, "worker-render")
	assert.Equal(t, []any{map[string]any{"ip": "127.0.0.1", "hostnames": []any{"render"}}}, d.Get(t, "spec", "template", "spec", "hostAliases"))
	assert.Equal(t, "balancer", d.Get(t, "spec", "template", "spec", "initContainers", 0, "name"))
	config := r.One(t, configMapType, "worker-render-balancer-files").Get(t, "data", "haproxy.cfg").(string)
	assert.Contains(t, config, "bind 127.0.0.1:8080")
	assert.Contains(t, config, "server-template gate 56 render.coffee.svc.cluster.local:8080 maxconn 1", "twice the 28 there can be, for a rollout")
	for _, other := range []string{"worker-transcription", "api"} {
		assert.NotContains(t, r.One(t, deploymentType, other).Get(t, "spec", "template", "spec"), "hostAliases", other)
	}
}

// Each edge of the call graph is allowed at both ends, by number and port, and nothing else is.
func TestNetworkPoliciesAreTheCallGraph(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, Program(prodConfig()))
	component := map[string]string{}
	for _, d := range slices.Concat(r.OfType(deploymentType), r.OfType(jobType)) {
		name := d.Get(t, "spec", "template", "metadata", "labels", "app.kubernetes.io/name").(string)
		component[name] = d.Get(t, "spec", "template", "metadata", "labels", "app.kubernetes.io/component").(string)
	}
	graph := callgraph.Product()
	for name, party := range component {
		policy := r.One(t, policyType, name)
		assert.Equal(t, name, policy.Get(t, "spec", "podSelector", "matchLabels", "app.kubernetes.io/name"))
		spec := policy.Get(t, "spec").(map[string]any)
		var callers, callees []callgraph.Party
		ingress, _ := spec["ingress"].([]any)
		for _, rule := range ingress {
			callers = append(callers, parties(t, rule.(map[string]any)["from"])...)
		}
		egress, _ := spec["egress"].([]any)
		for _, rule := range egress {
			callees = append(callees, parties(t, rule.(map[string]any)["to"])...)
		}
		assert.ElementsMatch(t, graph.Callers(callgraph.Party(party)), callers, "who may call %s", name)
		want := graph.Callees(callgraph.Party(party))
		want = slices.DeleteFunc(want, func(p callgraph.Party) bool {
			return p == callgraph.Media || p == callgraph.SecretsManager
		})
		if len(want) < len(graph.Callees(callgraph.Party(party))) {
			want = append(want, callgraph.PublicHTTPS, "pod-identity")
		}
		// Both data stores are in the same subnets, told apart by their ports.
		assert.ElementsMatch(t, dataStores(want), dataStores(callees), "whom %s may call", name)
	}
}

// dataStores are parties with the data stores as the one place they are in.
func dataStores(parties []callgraph.Party) []callgraph.Party {
	return slices.Compact(slices.Sorted(func(yield func(callgraph.Party) bool) {
		for _, p := range parties {
			if p == callgraph.Postgres || p == callgraph.Redis {
				p = "data-subnets"
			}
			if !yield(p) {
				return
			}
		}
	}))
}

// parties reads the peers of a network policy back.
func parties(t *testing.T, peers any) []callgraph.Party {
	t.Helper()
	var all []callgraph.Party
	for _, peer := range peers.([]any) {
		p := peer.(map[string]any)
		if selector, ok := p["podSelector"].(map[string]any); ok {
			all = append(all, callgraph.Party(selector["matchLabels"].(map[string]any)["app.kubernetes.io/component"].(string)))
			continue
		}
		block := p["ipBlock"].(map[string]any)
		switch cidr := block["cidr"].(string); cidr {
		case "0.0.0.0/0":
			require.Contains(t, block["except"], "169.254.0.0/16", "the metadata service is open")
			require.Contains(t, block["except"], "10.0.0.0/8", "the VPC is open")
			all = append(all, callgraph.PublicHTTPS)
		case "169.254.170.23/32":
			all = append(all, "pod-identity")
		case "10.30.192.0/22", "10.30.196.0/22", "10.30.200.0/22":
			all = append(all, callgraph.LoadBalancer)
		case "10.30.208.0/22", "10.30.212.0/22", "10.30.216.0/22":
			all = append(all, "data-subnets")
		default:
			require.Failf(t, "unknown address", "%s", cidr)
		}
	}
	return slices.Compact(all)
}

// A second queue is one entry: its consumers, what scales them, their secrets, their policy and their identity.
func TestASecondQueueIsOneEntry(t *testing.T) {
	changed := with(map[string]string{"workers": `{"queues": {"thumbnails": {
		"processes": 1, "threads": 2, "longestTaskMinutes": 10, "minReplicas": 1, "maxReplicas": 2, "scratch": "1Gi",
		"resources": {"cpu": "250m", "memory": "512Mi", "memoryLimit": "1Gi"}}}}`})
	added := addedBy(t, prodConfig(), changed)
	assert.Equal(t, []string{
		"aws:eks/podIdentityAssociation:PodIdentityAssociation worker-thumbnails",
		"aws:iam/role:Role worker-thumbnails",
		"aws:iam/rolePolicy:RolePolicy worker-thumbnails",
		"kubernetes:apps/v1:Deployment worker-thumbnails",
		"kubernetes:core/v1:ConfigMap worker-thumbnails",
		"kubernetes:core/v1:ServiceAccount worker-thumbnails",
		"kubernetes:external-secrets.io/v1:ExternalSecret worker-thumbnails",
		"kubernetes:keda.sh/v1alpha1:ScaledObject worker-thumbnails",
		"kubernetes:keda.sh/v1alpha1:TriggerAuthentication worker-thumbnails-redis",
		"kubernetes:networking.k8s.io/v1:NetworkPolicy worker-thumbnails",
		"kubernetes:policy/v1:PodDisruptionBudget worker-thumbnails",
	}, added)
	r := testkit.MustRun(t, testkit.Update, Program(changed))
	assert.Contains(t, r.One(t, deploymentType, "worker-thumbnails").Get(t, "spec", "template", "spec", "containers", 0, "command"), "thumbnails")
}

// A second service is one entry: it runs, is reached, calls whom it names, and is called by whom it names.
func TestASecondServiceIsOneEntry(t *testing.T) {
	changed := with(map[string]string{"services": `{"sharing": {
		"repository": "cpv3-sharing", "digest": "` + digest + `", "port": 4000, "healthPath": "/health", "path": "/share/",
		"calls": ["redis", "media"], "calledBy": ["api"], "minReplicas": 2, "maxReplicas": 3, "cpuPercent": 70,
		"resources": {"cpu": "100m", "memory": "128Mi", "memoryLimit": "256Mi"}}}`})
	added := addedBy(t, prodConfig(), changed)
	for _, want := range []string{
		"kubernetes:apps/v1:Deployment sharing", "kubernetes:core/v1:Service sharing", "kubernetes:networking.k8s.io/v1:NetworkPolicy sharing",
		"kubernetes:policy/v1:PodDisruptionBudget sharing", "kubernetes:keda.sh/v1alpha1:ScaledObject sharing",
		"kubernetes:external-secrets.io/v1:ExternalSecret sharing", "aws:lb/targetGroup:TargetGroup edge-sharing",
		"kubernetes:eks.amazonaws.com/v1:TargetGroupBinding edge-sharing", "aws:iam/role:Role sharing",
	} {
		assert.Contains(t, added, want)
	}
	r := testkit.MustRun(t, testkit.Update, Program(changed))
	assert.Equal(t, []string{"REDIS_PASSWORD"}, secretNames(t, r, "sharing"))
	assert.Equal(t, "http://sharing.coffee.svc.cluster.local:4000", r.One(t, configMapType, "api").Get(t, "data", "SHARING_URL"))
	policy := func(name string) string {
		text, err := json.Marshal(r.One(t, policyType, name).Get(t, "spec"))
		require.NoError(t, err)
		return string(text)
	}
	assert.Contains(t, policy("api"), `"port":4000`, "the API may not call it")
	assert.Contains(t, policy("sharing"), `"app.kubernetes.io/component":"api"`, "it does not answer the API")
	assert.NotContains(t, policy("sharing"), `"port":5432`)
	assert.NotContains(t, policy("frontend"), `"port":4000`)
}

// What a service calls decides what it may do in AWS: one that calls others in the world gets no rights there, and
// one that asks for media gets the bucket's.
func TestAServiceHasRightsToWhatItCalls(t *testing.T) {
	for calls, want := range map[string]struct{ rights, world, agent bool }{
		`[]`:                        {},
		`["public-https"]`:          {world: true},
		`["media"]`:                 {rights: true, world: true, agent: true},
		`["media", "public-https"]`: {rights: true, world: true, agent: true},
	} {
		r := testkit.MustRun(t, testkit.Update, Program(with(map[string]string{"services": `{"sharing": {
			"repository": "cpv3-sharing", "digest": "` + digest + `", "port": 4000, "healthPath": "/health",
			"calls": ` + calls + `, "calledBy": ["api"], "minReplicas": 2, "maxReplicas": 3, "cpuPercent": 70,
			"resources": {"cpu": "100m", "memory": "128Mi", "memoryLimit": "256Mi"}}}`})))
		assert.Equal(t, want.rights, slices.Contains(r.Names(), "aws:iam/role:Role sharing"), calls)
		assert.Equal(t, want.rights, r.One(t, configMapType, "sharing").Inputs["data"].(map[string]any)["S3_BUCKET"] != nil, calls)
		policy, err := json.Marshal(r.One(t, policyType, "sharing").Get(t, "spec"))
		require.NoError(t, err)
		assert.Equal(t, want.world, strings.Contains(string(policy), "0.0.0.0/0"), calls)
		assert.Equal(t, want.agent, strings.Contains(string(policy), "169.254.170.23/32"), calls)
		assert.LessOrEqual(t, strings.Count(string(policy), "0.0.0.0/0"), 1, calls)
	}
}

// addedBy are the resources that a change of settings adds, but for components.
func addedBy(t *testing.T, before, after map[string]string) []string {
	t.Helper()
	there := map[string]bool{}
	for _, name := range testkit.MustRun(t, testkit.Update, Program(before)).Names() {
		there[name] = true
	}
	var added []string
	for _, name := range testkit.MustRun(t, testkit.Update, Program(after)).Names() {
		if !there[name] && !strings.HasPrefix(name, "coffee:") {
			added = append(added, name)
		}
	}
	return added
}

// Two environments that differ in size only differ in sizes only: the same objects, the same fields.
func TestParity(t *testing.T) {
	sizes := map[string]string{
		"api":       `{"minReplicas": 4, "maxReplicas": 6, "resources": {"cpu": "750m", "memory": "2Gi"}}`,
		"render":    `{"maxReplicas": 14, "consumers": 2}`,
		"frontend":  `{"minReplicas": 3, "maxReplicas": 5}`,
		"workers":   `{"queues": {"transcription": {"maxReplicas": 4, "resources": {"memory": "3Gi"}}}}`,
		"nodePools": `{"general": {"maxCpu": 40, "maxMemoryGiB": 160}}`,
	}
	paths := func(config map[string]string) map[string]any {
		all := map[string]any{}
		for _, x := range testkit.MustRun(t, testkit.Update, Program(config)).All() {
			if strings.HasPrefix(x.Type, "kubernetes:") {
				flatten(x.Type+" "+x.Name, x.Inputs, all)
			}
		}
		return all
	}
	small, large := paths(prodConfig()), paths(with(sizes))
	assert.Equal(t, slices.Sorted(maps.Keys(small)), slices.Sorted(maps.Keys(large)), "another shape")
	size := regexp.MustCompile(`(\.cpu|\.memory|\.hard\.[a-z.]+|inReplicaCount|axReplicaCount|\.command\.\d+|POOL_SIZE|queue_prefetch|\.maxSkew|balancer-files\.data\.haproxy\.cfg|\.hard\.pods)$`)
	changed := 0
	for path, value := range small {
		if fmt.Sprint(value) != fmt.Sprint(large[path]) {
			changed++
			assert.Regexp(t, size, path, "%v became %v", value, large[path])
		}
	}
	assert.Greater(t, changed, 10, "the sizes are not the ones that were changed")
}

// flatten writes down every single value by its path.
func flatten(path string, value any, all map[string]any) {
	switch v := value.(type) {
	case map[string]any:
		for key, each := range v {
			flatten(path+"."+key, each, all)
		}
	case []any:
		for i, each := range v {
			flatten(fmt.Sprintf("%s.%d", path, i), each, all)
		}
	default:
		all[path] = v
	}
}

// Each setting of the product changes exactly the fields it is about.
func TestSettingsReachTheirFields(t *testing.T) {
	before := map[string]any{}
	for _, x := range testkit.MustRun(t, testkit.Update, Program(prodConfig())).All() {
		flatten(x.Type[strings.LastIndex(x.Type, ":")+1:]+" "+x.Name, x.Inputs, before)
	}
	const quota = `ResourceQuota product\.spec\.hard\.`
	for _, c := range []struct {
		key, value string
		want       []string
	}{
		{"logLevel", `debug`, []string{`ConfigMap (api|migration|sharing|frontend|render-remotion|worker-\w+)\.data\.LOG_LEVEL`}},
		{"api", `{"minReplicas": 4}`, []string{`ScaledObject api\.spec\.minReplicaCount`}},
		{"api", `{"maxReplicas": 7}`, []string{`ScaledObject api\.spec\.maxReplicaCount`, quota + `.*`}},
		{"api", `{"cpuPercent": 60}`, []string{`ScaledObject api\.spec\.triggers\.\d\.metadata\.value`}},
		{"api", `{"requestsPerSecond": 30}`, []string{`ScaledObject api\.spec\.triggers\.\d\.metadata\.targetMetricValue`}},
		{"api", `{"resources": {"cpu": "600m"}}`, []string{`Deployment api\.spec\.template\.spec\.containers\.0\.resources\.(requests|limits)\.cpu`, quota + `requests\.cpu`}},
		{"api", `{"poolSize": 6}`, []string{`ConfigMap api\.data\.DATABASE_POOL_SIZE`}},
		{"api", `{"maxOverflow": 6}`, []string{`ConfigMap api\.data\.DATABASE_MAX_OVERFLOW`}},
		{"frontend", `{"cpuPercent": 60}`, []string{`ScaledObject frontend\.spec\.triggers\.0\.metadata\.value`}},
		{"frontend", `{"minReplicas": 3}`, []string{`ScaledObject frontend\.spec\.minReplicaCount`,
			`Deployment frontend\.spec\.template\.spec\.topologySpreadConstraints\.1\.maxSkew`}},
		{"workers", `{"module": "captions.worker"}`, []string{`Deployment worker-\w+\.spec\.template\.spec\.containers\.0\.command\.1`}},
		{"workers", `{"queues": {"transcription": {"threads": 2}}}`, []string{
			`Deployment worker-transcription\.spec\.template\.spec\.containers\.0\.command\.5`,
			`ConfigMap worker-transcription\.data\.(DATABASE_POOL_SIZE|dramatiq_queue_prefetch)`, `ScaledObject worker-transcription\.spec\.triggers\.\d\.metadata\.listLength`}},
		{"workers", `{"queues": {"transcription": {"longestTaskMinutes": 40}}}`, []string{
			`Deployment worker-transcription\.spec\.template\.spec\.containers\.0\.command\.9`,
			`Deployment worker-transcription\.spec\.(template\.spec\.terminationGracePeriodSeconds|progressDeadlineSeconds)`}},
		{"workers", `{"queues": {"transcription": {"maxReplicas": 9}}}`, []string{`ScaledObject worker-transcription\.spec\.maxReplicaCount`, quota + `.*`}},
		{"workers", `{"queues": {"transcription": {"scratch": "8Gi"}}}`, []string{
			`Deployment worker-transcription\.spec\.template\.spec\.volumes\.0\.emptyDir\.sizeLimit`,
			`Deployment worker-transcription\.spec\.template\.spec\.containers\.0\.resources\.(requests|limits)\.ephemeral-storage`}},
		{"render", `{"longestRenderMinutes": 40}`, []string{
			`ConfigMap render-gate-files\.data\.haproxy\.cfg`, `Deployment (render|worker-render)\.spec\.(template\.spec\.terminationGracePeriodSeconds|progressDeadlineSeconds)`,
			`Deployment worker-render\.spec\.template\.spec\.containers\.0\.command\.9`,
			`ConfigMap worker-render-balancer-files\.data\.haproxy\.cfg`}},
		{"frontend", `{"maxReplicas": 5}`, []string{`ScaledObject frontend\.spec\.maxReplicaCount`, quota + `.*`}},
		{"frontend", `{"resources": {"memory": "256Mi"}}`, []string{
			`Deployment frontend\.spec\.template\.spec\.containers\.0\.resources\.requests\.memory`, quota + `requests\.memory`}},
		{"workers", `{"queues": {"transcription": {"processes": 2}}}`, []string{
			`Deployment worker-transcription\.spec\.template\.spec\.containers\.0\.command\.3`, `ScaledObject worker-transcription\.spec\.triggers\.\d\.metadata\.listLength`}},
		{"workers", `{"queues": {"notification": {"minReplicas": 3}}}`, []string{
			`ScaledObject worker-notification\.spec\.minReplicaCount`,
			`Deployment worker-notification\.spec\.template\.spec\.topologySpreadConstraints\.1\.maxSkew`}},
		{"workers", `{"queues": {"transcription": {"resources": {"memoryLimit": "5Gi"}}}}`, []string{
			`Deployment worker-transcription\.spec\.template\.spec\.containers\.0\.resources\.limits\.memory`, quota + `limits\.memory`}},
		{"render", `{"profile": "720p"}`, []string{
			`Deployment render\.spec\.template\.spec\.initContainers\.0\.resources\..*`, `Deployment render\.spec\.template\.spec\.volumes\.\d\.emptyDir\.sizeLimit`,
			`ConfigMap render-remotion\.data\.REMOTION_(CONCURRENCY|CACHE_BYTES)`, quota + `.*`}},
		{"render", `{"maxReplicas": 20}`, []string{
			`ScaledObject render\.spec\.maxReplicaCount`, quota + `.*`, `Deployment worker-render\.spec\.template\.spec\.containers\.0\.command\.5`,
			`ConfigMap worker-render\.data\.(DATABASE_POOL_SIZE|dramatiq_queue_prefetch)`, `ConfigMap worker-render-balancer-files\.data\.haproxy\.cfg`}},
		{"render", `{"queue": "captions"}`, []string{
			`.* worker-(captions|render).*`, `ConfigMap (api|worker-\w+)\.data\.QUEUE_RENDER`, `ScaledObject render\.spec\.triggers\.\d\.metadata\..*`}},
		{"render", `{"consumerResources": {"cpu": "150m"}}`, []string{
			`Deployment worker-render\.spec\.template\.spec\.containers\.0\.resources\.requests\.cpu`, quota + `requests\.cpu`}},
		{"postgres", `{"maxConnections": 400}`, []string{`ParameterGroup postgres\.parameters\.\d\..*`}},
		{"edge", `{"domain": "app.example.com", "zoneId": "Z0123456789ABCDEFGHIJ", "maxBodyKiB": 512}`, []string{`WebAcl edge\.rules\..*`}},
		{"accountQuotas", `{"standardVcpus": 300}`, nil},
	} {
		t.Run(c.key+" "+c.value, func(t *testing.T) {
			after := map[string]any{}
			for _, x := range testkit.MustRun(t, testkit.Update, Program(with(map[string]string{c.key: c.value}))).All() {
				flatten(x.Type[strings.LastIndex(x.Type, ":")+1:]+" "+x.Name, x.Inputs, after)
			}
			reached := make([]bool, len(c.want))
			for _, path := range slices.Sorted(maps.Keys(after)) {
				if fmt.Sprint(before[path]) == fmt.Sprint(after[path]) {
					continue
				}
				known := slices.IndexFunc(c.want, func(want string) bool { return regexp.MustCompile("^" + want + "$").MatchString(path) })
				if assert.GreaterOrEqual(t, known, 0, "%s changed from %v to %v", path, before[path], after[path]) {
					reached[known] = true
				}
			}
			for i, ok := range reached {
				assert.True(t, ok, "nothing reached %s", c.want[i])
			}
		})
	}
}
