package migration_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"coffee-platform/components/apps/migration"
	"coffee-platform/components/workload"
	"coffee-platform/internal/testkit"
)

func validArgs() *migration.Args {
	return &migration.Args{
		Image: "registry.example/cpv3-backend@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		Place: workload.Place{Namespace: pulumi.String("coffee"), Environment: pulumi.StringMap{"DATABASE_HOST": pulumi.String("db.example")}},
	}
}

func program(args *migration.Args) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := migration.New(ctx, "migration", args)
		return err
	}
}

func TestMigration(t *testing.T) {
	for _, mode := range testkit.Modes {
		t.Run(string(mode), func(t *testing.T) {
			r := testkit.MustRun(t, mode, program(validArgs()))
			for _, x := range r.All() {
				assert.True(t, r.Descends(x, "coffee:migration:Migration"), "%s is an orphan", x.URN)
			}
			job := r.One(t, "kubernetes:batch/v1:Job", "migration-0123456789")
			assert.Equal(t, []any{"alembic", "upgrade", "head"}, job.Get(t, "spec", "template", "spec", "containers", 0, "command"))
			assert.Equal(t, validArgs().Image, job.Get(t, "spec", "template", "spec", "containers", 0, "image"))
			assert.Positive(t, job.Get(t, "spec", "activeDeadlineSeconds"))
			assert.Equal(t, "db.example", r.One(t, "kubernetes:core/v1:ConfigMap", "migration").Get(t, "data", "DATABASE_HOST"))
		})
	}
}

// Another release is another Job, also to Pulumi: one that was replaced would keep what it was told to ignore.
func TestEachReleaseHasItsOwnJob(t *testing.T) {
	args := validArgs()
	args.Image = "registry.example/cpv3-backend@sha256:fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
	job := testkit.MustRun(t, testkit.Update, program(args)).One(t, "kubernetes:batch/v1:Job", "migration-fedcba9876")
	assert.Equal(t, "migration-fedcba9876", job.Get(t, "metadata", "name"))
}

func TestRefusedArguments(t *testing.T) {
	args := validArgs()
	args.Image = "cpv3-backend:latest"
	assert.ErrorContains(t, testkit.Refused(t, program(args)), `image: "cpv3-backend:latest" is not an image by digest`)
}
