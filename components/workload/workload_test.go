package workload_test

import (
	"testing"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/components/workload"
	"coffee-platform/internal/testkit"
)

const (
	deploymentType = "kubernetes:apps/v1:Deployment"
	budgetType     = "kubernetes:policy/v1:PodDisruptionBudget"

	image = "registry.example/coffee/app@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
)

func validArgs() *workload.Args {
	return &workload.Args{
		AppName:        "app",
		Component:      "api",
		Image:          image,
		Port:           8000,
		Replicas:       3,
		Resources:      workload.Resources{Class: workload.Burstable, CPU: "250m", Memory: "256Mi", MemoryLimit: "512Mi"},
		HealthPath:     "/health",
		StartupSeconds: 61,
		DrainSeconds:   30,
		WritablePaths:  map[string]string{"/tmp": "64Mi", "/cache": "1Gi"},
		Namespace:      pulumi.String("coffee"),
		Environment:    pulumi.StringMap{"LOG_LEVEL": pulumi.String("info")},
	}
}

func program(args *workload.Args) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := workload.New(ctx, "app", args)
		return err
	}
}

// pod is the pod's spec, and container its only container.
func pod(t *testing.T, args *workload.Args, mode testkit.Mode) (pod, container map[string]any) {
	t.Helper()
	d := testkit.MustRun(t, mode, program(args)).One(t, deploymentType, "app")
	require.Len(t, d.Get(t, "spec", "template", "spec", "containers"), 1)
	return d.Get(t, "spec", "template", "spec").(map[string]any),
		d.Get(t, "spec", "template", "spec", "containers", 0).(map[string]any)
}

func TestEveryResourceBelongsToTheComponent(t *testing.T) {
	for _, mode := range testkit.Modes {
		t.Run(string(mode), func(t *testing.T) {
			r := testkit.MustRun(t, mode, program(validArgs()))
			assert.Equal(t, []string{
				"coffee:workload:Workload app",
				"kubernetes:apps/v1:Deployment app",
				"kubernetes:core/v1:ConfigMap app",
				"kubernetes:core/v1:Service app",
				"kubernetes:core/v1:ServiceAccount app",
				"kubernetes:policy/v1:PodDisruptionBudget app",
			}, r.Names())
			for _, x := range r.All() {
				assert.True(t, r.Descends(x, "coffee:workload:Workload"), "%s is an orphan", x.URN)
			}
		})
	}
}

func TestPodIsHardened(t *testing.T) {
	for _, mode := range testkit.Modes {
		t.Run(string(mode), func(t *testing.T) {
			pod, container := pod(t, validArgs(), mode)
			assert.Equal(t, map[string]any{
				"runAsNonRoot": true, "runAsUser": 10001., "runAsGroup": 10001., "fsGroup": 10001.,
				"seccompProfile": map[string]any{"type": "RuntimeDefault"},
			}, pod["securityContext"])
			assert.Equal(t, map[string]any{
				"allowPrivilegeEscalation": false,
				"readOnlyRootFilesystem":   true,
				"capabilities":             map[string]any{"drop": []any{"ALL"}},
			}, container["securityContext"])
			assert.Equal(t, false, pod["automountServiceAccountToken"])
			assert.Equal(t, false, pod["enableServiceLinks"])
		})
	}
}

func TestResourcesByClass(t *testing.T) {
	for _, c := range []struct {
		name             string
		resources        workload.Resources
		requests, limits map[string]any
	}{
		{
			"guaranteed",
			workload.Resources{Class: workload.Guaranteed, CPU: "500m", Memory: "1Gi"},
			map[string]any{"cpu": "500m", "memory": "1Gi"},
			map[string]any{"cpu": "500m", "memory": "1Gi"},
		},
		{
			"burstable",
			workload.Resources{Class: workload.Burstable, CPU: "100m", Memory: "256Mi", MemoryLimit: "512Mi"},
			map[string]any{"cpu": "100m", "memory": "256Mi"},
			map[string]any{"memory": "512Mi"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := validArgs()
			args.Resources = c.resources
			_, container := pod(t, args, testkit.Update)
			assert.Equal(t, map[string]any{"requests": c.requests, "limits": c.limits}, container["resources"])
			d := testkit.MustRun(t, testkit.Update, program(args)).One(t, deploymentType, "app")
			assert.Equal(t, c.name, d.Get(t, "spec", "template", "metadata", "labels", workload.QoSLabel))
		})
	}
}

// The grace period must outlast everything that happens in it, or the kubelet kills in mid-request.
func TestGracePeriodCoversTheDrain(t *testing.T) {
	pod, container := pod(t, validArgs(), testkit.Update)
	sleep := container["lifecycle"].(map[string]any)["preStop"].(map[string]any)["sleep"].(map[string]any)["seconds"].(float64)
	assert.Positive(t, sleep)
	assert.Greater(t, pod["terminationGracePeriodSeconds"].(float64), sleep+30)
}

func TestProbes(t *testing.T) {
	_, container := pod(t, validArgs(), testkit.Update)
	health := map[string]any{"path": "/health", "port": "http"}
	startup := container["startupProbe"].(map[string]any)
	assert.Equal(t, health, startup["httpGet"])
	assert.GreaterOrEqual(t, startup["failureThreshold"].(float64)*startup["periodSeconds"].(float64), 61., "the container gets its whole start-up time")
	assert.Equal(t, health, container["readinessProbe"].(map[string]any)["httpGet"])
	liveness := container["livenessProbe"].(map[string]any)
	assert.Equal(t, map[string]any{"port": "http"}, liveness["tcpSocket"])
	assert.NotContains(t, liveness, "httpGet", "a slow database must not restart every pod")
}

func TestWritablePathsAreBoundedVolumes(t *testing.T) {
	pod, container := pod(t, validArgs(), testkit.Update)
	assert.Equal(t, []any{
		map[string]any{"name": "writable-0", "mountPath": "/cache"},
		map[string]any{"name": "writable-1", "mountPath": "/tmp"},
	}, container["volumeMounts"])
	assert.Equal(t, []any{
		map[string]any{"name": "writable-0", "emptyDir": map[string]any{"sizeLimit": "1Gi"}},
		map[string]any{"name": "writable-1", "emptyDir": map[string]any{"sizeLimit": "64Mi"}},
	}, pod["volumes"])
}

func TestRolloutNeverTakesAPodAwayFirst(t *testing.T) {
	d := testkit.MustRun(t, testkit.Update, program(validArgs())).One(t, deploymentType, "app")
	assert.Equal(t, map[string]any{"maxSurge": 1., "maxUnavailable": 0.}, d.Get(t, "spec", "strategy", "rollingUpdate"))
}

func TestPodsRollWhenASettingChanges(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	settings := r.One(t, "kubernetes:core/v1:ConfigMap", "app")
	assert.Equal(t, true, settings.Get(t, "immutable"))
	assert.NotContains(t, settings.Get(t, "metadata"), "name", "a fixed name would change under running pods")
	d := r.One(t, deploymentType, "app")
	assert.Equal(t, "app-autonamed", d.Get(t, "spec", "template", "spec", "containers", 0, "envFrom", 0, "configMapRef", "name"))
}

func TestDisruptionBudgetOnlyForSeveralReplicas(t *testing.T) {
	for replicas, want := range map[int]int{1: 0, 2: 1, 3: 1} {
		args := validArgs()
		args.Replicas = replicas
		r := testkit.MustRun(t, testkit.Update, program(args))
		require.Len(t, r.OfType(budgetType), want, "%d replicas", replicas)
		if want == 1 {
			assert.EqualValues(t, 1, r.One(t, budgetType, "app").Get(t, "spec", "maxUnavailable"))
		}
	}
}

func TestServiceAndBudgetSelectThePods(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	labels := r.One(t, deploymentType, "app").Get(t, "spec", "template", "metadata", "labels").(map[string]any)
	for _, selector := range []any{
		r.One(t, "kubernetes:core/v1:Service", "app").Get(t, "spec", "selector"),
		r.One(t, budgetType, "app").Get(t, "spec", "selector", "matchLabels"),
		r.One(t, deploymentType, "app").Get(t, "spec", "selector", "matchLabels"),
	} {
		for key, value := range selector.(map[string]any) {
			assert.Equal(t, value, labels[key])
		}
	}
}

func TestPodsWaitForNodes(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, func(ctx *pulumi.Context) error {
		pool, err := corev1.NewNamespace(ctx, "pool", nil)
		if err != nil {
			return err
		}
		args := validArgs()
		args.After = []pulumi.Resource{pool}
		_, err = workload.New(ctx, "app", args)
		return err
	})
	pool := r.One(t, "kubernetes:core/v1:Namespace", "pool")
	assert.Contains(t, r.One(t, deploymentType, "app").Dependencies, pool.URN)
}

func TestRefusedArguments(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*workload.Args)
		want   string
	}{
		{"name", func(a *workload.Args) { a.AppName = "9app" }, `name: "9app" is not a DNS label`},
		{"tag", func(a *workload.Args) { a.Image = "registry.example/app:1.0" }, "image: "},
		{"latest", func(a *workload.Args) { a.Image = "app" }, "is not an image by digest"},
		{"privileged port", func(a *workload.Args) { a.Port = 80 }, "port: 80 is outside 1024 to 65535"},
		{"no replicas", func(a *workload.Args) { a.Replicas = 0 }, "replicas: 0 runs nothing"},
		{"health", func(a *workload.Args) { a.HealthPath = "health" }, `healthPath: "health" is not a path`},
		{"start-up", func(a *workload.Args) { a.StartupSeconds = 0 }, "startupSeconds: "},
		{"drain", func(a *workload.Args) { a.DrainSeconds = -1 }, "drainSeconds: "},
		{"relative path", func(a *workload.Args) { a.WritablePaths = map[string]string{"tmp": "1Mi"} }, "writablePaths[tmp]: is not an absolute path"},
		{"unbounded path", func(a *workload.Args) { a.WritablePaths["/tmp"] = "" }, "writablePaths[/tmp]: "},
		{"cpu", func(a *workload.Args) { a.Resources.CPU = "0" }, `resources.cpu: "0" is not a positive Kubernetes quantity`},
		{"memory", func(a *workload.Args) { a.Resources.Memory = "lots" }, "resources.memory: "},
		{"limit below request", func(a *workload.Args) { a.Resources.MemoryLimit = "128Mi" }, "resources.memoryLimit: 128Mi is below memory 256Mi"},
		{"no limit", func(a *workload.Args) { a.Resources.MemoryLimit = "" }, "resources.memoryLimit: "},
		{"guaranteed with a limit of its own", func(a *workload.Args) { a.Resources.Class = workload.Guaranteed }, "resources.memoryLimit: 512Mi differs from memory 256Mi"},
		{"best effort", func(a *workload.Args) { a.Resources.Class = "bestEffort" }, `resources.class: "bestEffort" is not a class`},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := validArgs()
			c.change(args)
			assert.ErrorContains(t, testkit.Refused(t, program(args)), c.want)
		})
	}
}
