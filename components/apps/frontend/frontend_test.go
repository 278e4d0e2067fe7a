package frontend_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"coffee-platform/components/apps/frontend"
	"coffee-platform/components/workload"
	"coffee-platform/internal/testkit"
)

func validArgs() *frontend.Args {
	return &frontend.Args{
		Image:       "registry.example/cpv3-frontend@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		MinReplicas: 2,
		MaxReplicas: 4,
		Resources:   workload.Resources{CPU: "100m", Memory: "192Mi", MemoryLimit: "384Mi"},
		Place:       workload.Place{Namespace: pulumi.String("coffee")},
	}
}

func program(args *frontend.Args) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := frontend.New(ctx, "frontend", args)
		return err
	}
}

func TestFrontend(t *testing.T) {
	for _, mode := range testkit.Modes {
		t.Run(string(mode), func(t *testing.T) {
			r := testkit.MustRun(t, mode, program(validArgs()))
			for _, x := range r.All() {
				assert.True(t, r.Descends(x, "coffee:frontend:Frontend"), "%s is an orphan", x.URN)
			}
			container := r.One(t, "kubernetes:apps/v1:Deployment", "frontend").Get(t, "spec", "template", "spec", "containers", 0).(map[string]any)
			assert.Equal(t, validArgs().Image, container["image"])
			assert.Equal(t, map[string]any{"path": "/livez", "port": "http"}, container["readinessProbe"].(map[string]any)["httpGet"])
			assert.EqualValues(t, 3000, r.One(t, "kubernetes:core/v1:Service", "frontend").Get(t, "spec", "ports", 0, "port"))
			assert.Equal(t, "0.0.0.0", r.One(t, "kubernetes:core/v1:ConfigMap", "frontend").Get(t, "data", "HOSTNAME"),
				"Next.js would listen on the host's name alone")
		})
	}
}

func TestRefusedArguments(t *testing.T) {
	for want, change := range map[string]func(*frontend.Args){
		"minReplicas: 0 runs nothing":            func(a *frontend.Args) { a.MinReplicas = 0 },
		"maxReplicas: 0 runs nothing":            func(a *frontend.Args) { a.MaxReplicas = 0 },
		"image: \"x\" is not an image by digest": func(a *frontend.Args) { a.Image = "x" },
		"resources.memory: ":                     func(a *frontend.Args) { a.Resources.Memory = "" },
	} {
		args := validArgs()
		change(args)
		assert.ErrorContains(t, testkit.Refused(t, program(args)), want)
	}
}
