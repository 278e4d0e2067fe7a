package service_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"coffee-platform/components/apps/service"
	"coffee-platform/components/workload"
	"coffee-platform/internal/testkit"
)

func validArgs() *service.Args {
	return &service.Args{
		ServiceName: "thumbnails",
		Image:       "registry.example/thumbnails@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		Port:        4000,
		HealthPath:  "/health",
		MinReplicas: 2,
		MaxReplicas: 4,
		Resources:   workload.Resources{CPU: "100m", Memory: "192Mi", MemoryLimit: "384Mi"},
		Place:       workload.Place{Namespace: pulumi.String("coffee")},
	}
}

func program(args *service.Args) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := service.New(ctx, "thumbnails", args)
		return err
	}
}

func TestService(t *testing.T) {
	for _, mode := range testkit.Modes {
		t.Run(string(mode), func(t *testing.T) {
			r := testkit.MustRun(t, mode, program(validArgs()))
			for _, x := range r.All() {
				assert.True(t, r.Descends(x, "coffee:service:Service"), "%s is an orphan", x.URN)
			}
			d := r.One(t, "kubernetes:apps/v1:Deployment", "thumbnails")
			assert.Equal(t, "thumbnails", d.Get(t, "spec", "template", "metadata", "labels", "app.kubernetes.io/component"))
			assert.Equal(t, map[string]any{"path": "/health", "port": "http"}, d.Get(t, "spec", "template", "spec", "containers", 0, "readinessProbe", "httpGet"))
			assert.EqualValues(t, 4000, r.One(t, "kubernetes:core/v1:Service", "thumbnails").Get(t, "spec", "ports", 0, "port"))
		})
	}
}

func TestRefusedArguments(t *testing.T) {
	for want, change := range map[string]func(*service.Args){
		"port: 0 is not a port":           func(a *service.Args) { a.Port = 0 },
		"port: 80 is outside 1024":        func(a *service.Args) { a.Port = 80 },
		"healthPath: is empty":            func(a *service.Args) { a.HealthPath = "" },
		"healthPath: \"x\" is not a path": func(a *service.Args) { a.HealthPath = "x" },
		"minReplicas: 0 runs nothing":     func(a *service.Args) { a.MinReplicas = 0 },
		"maxReplicas: 0 runs nothing":     func(a *service.Args) { a.MaxReplicas = 0 },
		"name: \"Thumbs\" is not a DNS":   func(a *service.Args) { a.ServiceName = "Thumbs" },
		"resources.memoryLimit: \"\" is":  func(a *service.Args) { a.Resources.MemoryLimit = "" },
	} {
		args := validArgs()
		change(args)
		assert.ErrorContains(t, testkit.Refused(t, program(args)), want)
	}
}
