package render_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/api/resource"

	"coffee-platform/components/apps/render"
	"coffee-platform/components/apps/render/gate"
	"coffee-platform/components/workload"
	"coffee-platform/internal/testkit"
)

func validArgs() *render.Args {
	return &render.Args{
		Image:                "registry.example/cpv3-render@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		Profile:              "1080p",
		MaxReplicas:          8,
		LongestRenderSeconds: 2700,
		NodePool:             workload.Pool{Name: "render", Label: "coffee.dev/pool", TaintKey: "coffee.dev/render"},
		Place:                workload.Place{Namespace: pulumi.String("coffee"), Environment: pulumi.StringMap{"S3_BUCKET": pulumi.String("media")}},
	}
}

func program(args *render.Args) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := render.New(ctx, "render", args)
		return err
	}
}

func pod(t *testing.T, mode testkit.Mode, args *render.Args) (r *testkit.Recorder, gate, remotion map[string]any) {
	t.Helper()
	r = testkit.MustRun(t, mode, program(args))
	d := r.One(t, "kubernetes:apps/v1:Deployment", "render")
	return r, d.Get(t, "spec", "template", "spec", "containers", 0).(map[string]any),
		d.Get(t, "spec", "template", "spec", "initContainers", 0).(map[string]any)
}

// The gate is the container, which is told to stop first; Remotion, which ends a render at once when it is told to
// stop, is the sidecar, which is told last.
func TestGateStandsInFrontOfRemotion(t *testing.T) {
	for _, mode := range testkit.Modes {
		t.Run(string(mode), func(t *testing.T) {
			r, gate, remotion := pod(t, mode, validArgs())
			for _, x := range r.All() {
				assert.True(t, r.Descends(x, "coffee:render:Render"), "%s is an orphan", x.URN)
			}
			assert.Contains(t, gate["image"], "/haproxy:")
			assert.Equal(t, validArgs().Image, remotion["image"])
			assert.Equal(t, "Always", remotion["restartPolicy"])
			ports := func(c map[string]any) float64 {
				return c["ports"].([]any)[0].(map[string]any)["containerPort"].(float64)
			}
			assert.EqualValues(t, render.Port, ports(gate))
			assert.NotEqual(t, ports(gate), ports(remotion))
			assert.EqualValues(t, render.Port, r.One(t, "kubernetes:core/v1:Service", "render").Get(t, "spec", "ports", 0, "port"), "the only way in")
			assert.Contains(t, r.One(t, "kubernetes:core/v1:ConfigMap", "render-gate-files").Get(t, "data", "haproxy.cfg"), "127.0.0.1:3001 maxconn 1")
		})
	}
}

// Row 24: 2 CPU and 4 GiB a pod; a memory limit above, because the encoder needs more for a while.
func TestSizes(t *testing.T) {
	for profile, want := range map[string]struct{ cpu, memory string }{
		"720p": {"1", "2112Mi"}, "1080p": {"1900m", "4160Mi"}, "4k": {"3900m", "10304Mi"},
	} {
		args := validArgs()
		args.Profile = profile
		_, gate, remotion := pod(t, testkit.Update, args)
		sum := func(kind, name string) resource.Quantity {
			total := resource.MustParse("0")
			for _, c := range []map[string]any{gate, remotion} {
				q := resource.MustParse(c["resources"].(map[string]any)[kind].(map[string]any)[name].(string))
				total.Add(q)
			}
			return total
		}
		cpu, memory := sum("requests", "cpu"), sum("requests", "memory")
		assert.Zero(t, cpu.Cmp(resource.MustParse(want.cpu)), "%s asks for %s CPU", profile, cpu.String())
		assert.Zero(t, memory.Cmp(resource.MustParse(want.memory)), "%s asks for %s of memory", profile, memory.String())
		limits := remotion["resources"].(map[string]any)["limits"].(map[string]any)
		limit := resource.MustParse(limits["memory"].(string))
		assert.Negative(t, limit.Cmp(resource.MustParse("16Gi")), "above it, extracting frames hangs")
		assert.NotEmpty(t, limits["cpu"], "one render must not slow down another")
		assert.NotEmpty(t, limits["ephemeral-storage"])
	}
}

func TestConcurrencyIsNotAboveTheCPUs(t *testing.T) {
	for profile := range render.Profiles {
		args := validArgs()
		args.Profile = profile
		r, _, remotion := pod(t, testkit.Update, args)
		data := r.One(t, "kubernetes:core/v1:ConfigMap", "render-remotion").Get(t, "data").(map[string]any)
		concurrency := resource.MustParse(data["REMOTION_CONCURRENCY"].(string))
		limit := resource.MustParse(remotion["resources"].(map[string]any)["limits"].(map[string]any)["cpu"].(string))
		assert.LessOrEqual(t, concurrency.Cmp(limit), 0, profile)
		assert.Equal(t, "media", data["S3_BUCKET"])
	}
}

// A render is not cut by a release, a drain or a scale-in: the pod is given as long as the longest takes, and a node
// is not taken to save money while it renders.
func TestNoRenderIsCut(t *testing.T) {
	r, _, _ := pod(t, testkit.Update, validArgs())
	d := r.One(t, "kubernetes:apps/v1:Deployment", "render")
	grace := d.Get(t, "spec", "template", "spec", "terminationGracePeriodSeconds").(float64)
	assert.Greater(t, grace, 2700.+5.)
	assert.EqualValues(t, grace, validArgs().GraceSeconds())
	assert.GreaterOrEqual(t, grace, float64(workload.PreStopSeconds+gate.Gate{LongestRenderSeconds: 2700}.StopSeconds()+10),
		"the gate stops, and Remotion after it has ten seconds, before the pod is killed")
	assert.Equal(t, "true", d.Get(t, "spec", "template", "metadata", "annotations", "karpenter.sh/do-not-disrupt"))
	require.Contains(t, r.One(t, "kubernetes:core/v1:ConfigMap", "render-gate-files").Get(t, "data", "haproxy.cfg"), "hard-stop-after 2705s")
}

func TestRendersRunOnTheirOwnNodesFromNone(t *testing.T) {
	r, _, _ := pod(t, testkit.Update, validArgs())
	d := r.One(t, "kubernetes:apps/v1:Deployment", "render")
	assert.Equal(t, map[string]any{"coffee.dev/pool": "render"}, d.Get(t, "spec", "template", "spec", "nodeSelector"))
	assert.Equal(t, "coffee.dev/render", d.Get(t, "spec", "template", "spec", "tolerations", 0, "key"))
	assert.NotContains(t, d.Get(t, "spec"), "replicas", "the autoscaler's, down to none")
	for _, spread := range d.Get(t, "spec", "template", "spec", "topologySpreadConstraints").([]any) {
		assert.Equal(t, "ScheduleAnyway", spread.(map[string]any)["whenUnsatisfiable"], "a pod to a node would waste the node")
	}
}

func TestRefusedArguments(t *testing.T) {
	for want, change := range map[string]func(*render.Args){
		`profile: "8k" is not a profile: use one of [1080p 4k 720p]`: func(a *render.Args) { a.Profile = "8k" },
		"maxReplicas: 0 renders nothing":                             func(a *render.Args) { a.MaxReplicas = 0 },
		"longestRenderMinutes: 0 minutes: 0 is outside":              func(a *render.Args) { a.LongestRenderSeconds = 0 },
		"remotion.image: ":                                           func(a *render.Args) { a.Image = "x" },
	} {
		args := validArgs()
		change(args)
		assert.ErrorContains(t, testkit.Refused(t, program(args)), want)
	}
}
