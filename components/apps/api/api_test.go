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
		Image:        "registry.example/cpv3-backend@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		Replicas:     2,
		Resources:    workload.Resources{Class: workload.Guaranteed, CPU: "500m", Memory: "1Gi"},
		Namespace:    pulumi.String("coffee"),
		DatabaseHost: pulumi.String("db.example"),
		DatabasePort: 5432,
		DatabaseName: pulumi.String("coffee"),
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
			assert.EqualValues(t, 2, d.Get(t, "spec", "replicas"))
			assert.Equal(t, validArgs().Image, d.Get(t, "spec", "template", "spec", "containers", 0, "image"))
			assert.EqualValues(t, 8000, d.Get(t, "spec", "template", "spec", "containers", 0, "ports", 0, "containerPort"))
			assert.Equal(t, "/health", d.Get(t, "spec", "template", "spec", "containers", 0, "readinessProbe", "httpGet", "path"))
		})
	}
}

func TestSettingsSayWhereTheDatabaseIs(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	assert.Equal(t, map[string]any{
		"DATABASE_HOST": "db.example", "DATABASE_PORT": "5432", "DATABASE_NAME": "coffee", "DATABASE_SSLMODE": "verify-full",
	}, r.One(t, "kubernetes:core/v1:ConfigMap", "api").Get(t, "data"))
}

func TestRefusedArguments(t *testing.T) {
	args := validArgs()
	args.Image, args.Replicas = "cpv3-backend:latest", 0
	err := testkit.Refused(t, program(args))
	assert.ErrorContains(t, err, `image: "cpv3-backend:latest" is not an image by digest`)
	assert.ErrorContains(t, err, "replicas: 0 runs nothing")
}
