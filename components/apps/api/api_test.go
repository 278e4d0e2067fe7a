package api_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"coffee-platform/components/apps/api"
	"coffee-platform/components/workload"
	"coffee-platform/internal/testkit"
)

func validArgs() *api.Args {
	return &api.Args{
		Image:       "registry.example/cpv3-backend@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		MinReplicas: 2,
		MaxReplicas: 6,
		Class:       workload.Guaranteed,
		Resources:   workload.Resources{CPU: "500m", Memory: "1Gi"},
		PoolSize:    5,
		MaxOverflow: 3,
		Place: workload.Place{
			Namespace:   pulumi.String("coffee"),
			Environment: pulumi.StringMap{"DATABASE_HOST": pulumi.String("db.example")},
		},
	}
}

func program(args *api.Args) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := api.New(ctx, "api", args)
		return err
	}
}

func TestAPI(t *testing.T) {
	for _, mode := range testkit.Modes {
		t.Run(string(mode), func(t *testing.T) {
			r := testkit.MustRun(t, mode, program(validArgs()))
			for _, x := range r.All() {
				assert.True(t, r.Descends(x, "coffee:api:API"), "%s is an orphan", x.URN)
			}
			d := r.One(t, "kubernetes:apps/v1:Deployment", "api")
			assert.NotContains(t, d.Get(t, "spec"), "replicas", "the autoscaler's")
			assert.Equal(t, map[string]any{"maxSurge": 1., "maxUnavailable": 0.}, d.Get(t, "spec", "strategy", "rollingUpdate"))
			assert.Equal(t, "api", d.Get(t, "spec", "template", "metadata", "labels", "app.kubernetes.io/component"))
			container := d.Get(t, "spec", "template", "spec", "containers", 0).(map[string]any)
			assert.Equal(t, validArgs().Image, container["image"])
			assert.Equal(t, map[string]any{"path": "/health", "port": "http"}, container["readinessProbe"].(map[string]any)["httpGet"])
			assert.Equal(t, map[string]any{"port": "http"}, container["livenessProbe"].(map[string]any)["tcpSocket"])
			assert.EqualValues(t, 8000, r.One(t, "kubernetes:core/v1:Service", "api").Get(t, "spec", "ports", 0, "port"))
		})
	}
}

func TestStopsAsRow22Says(t *testing.T) {
	d := testkit.MustRun(t, testkit.Update, program(validArgs())).One(t, "kubernetes:apps/v1:Deployment", "api")
	assert.EqualValues(t, 5, d.Get(t, "spec", "template", "spec", "containers", 0, "lifecycle", "preStop", "sleep", "seconds"))
	assert.GreaterOrEqual(t, d.Get(t, "spec", "template", "spec", "terminationGracePeriodSeconds"), 5.+30.)
}

func TestSettings(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	assert.Equal(t, map[string]any{
		"DATABASE_HOST": "db.example", "DATABASE_POOL_SIZE": "5", "DATABASE_MAX_OVERFLOW": "3", "UVICORN_TIMEOUT_KEEP_ALIVE": "75",
	}, r.One(t, "kubernetes:core/v1:ConfigMap", "api").Get(t, "data"))
	assert.Equal(t, 8, validArgs().Connections(), "what is budgeted is what the pool may open")
}

func TestRefusedArguments(t *testing.T) {
	for want, change := range map[string]func(*api.Args){
		`image: "cpv3-backend:latest" is not an image by digest`: func(a *api.Args) { a.Image = "cpv3-backend:latest" },
		"minReplicas: 0 runs nothing":                            func(a *api.Args) { a.MinReplicas = 0 },
		"maxReplicas: 0 runs nothing":                            func(a *api.Args) { a.MaxReplicas = 0 },
		"maxReplicas: 1 is below the 2":                          func(a *api.Args) { a.MaxReplicas = 1 },
		"poolSize: 0 leaves no connection":                       func(a *api.Args) { a.PoolSize = 0 },
		"maxOverflow: -1 is negative":                            func(a *api.Args) { a.MaxOverflow = -1 },
		"resources.memoryLimit: 2Gi differs":                     func(a *api.Args) { a.Resources.MemoryLimit = "2Gi" },
	} {
		args := validArgs()
		change(args)
		assert.ErrorContains(t, testkit.Refused(t, program(args)), want)
	}
}
