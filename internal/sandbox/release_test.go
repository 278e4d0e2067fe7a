package sandbox_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/internal/sandbox"
	"coffee-platform/internal/sandbox/faults"
	"coffee-platform/internal/sandbox/mutation"
	"coffee-platform/internal/sandbox/timing"
)

const (
	jobType    = "kubernetes:batch/v1:Job"
	newRelease = "sha256:fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
)

// steps are the operations of a deployment on what a release is about, in order: "update Deployment api".
func steps(s *sandbox.Sandbox) []string {
	operations := slices.Clone(s.Operations())
	slices.SortFunc(operations, func(a, b timing.Operation) int { return a.Start.Compare(b.Start) })
	var list []string
	for _, o := range operations {
		kind := string(o.URN.Type())
		if kind != deploymentType && kind != jobType {
			continue
		}
		step := string(o.Kind) + " " + kind[strings.LastIndex(kind, ":")+1:] + " " + o.URN.Name()
		if o.Err != nil {
			step += ": " + o.Err.Error()
		}
		list = append(list, step)
	}
	return list
}

// images are the images that the Deployments run, by name.
func images(s *sandbox.Sandbox) map[string]string {
	running := map[string]string{}
	for _, d := range s.Cloud().OfType(deploymentType) {
		template := resource.NewPropertyMapFromMap(d.Outputs)["spec"].ObjectValue()["template"].ObjectValue()
		container := template["spec"].ObjectValue()["containers"].ArrayValue()[0].ObjectValue()
		name := d.Outputs["metadata"].(map[string]any)["name"].(string)
		running[name] = container["image"].StringValue()
	}
	return running
}

// A release is a new digest: the schema first, once; then the API; then those who work for it. The frontend, which
// has an image of its own, is left alone, and so is the Job of the release before until all is done.
func TestRelease(t *testing.T) {
	t.Parallel()
	ctx, w := context.Background(), newWorld(t)
	w.options.PolicyPack = "" // every stack is held to it elsewhere
	s := w.open(t, "dev")
	w.must(t, s.Up(ctx))
	w.must(t, s.Close())

	w.options.Settings = map[string]any{"images.backend": newRelease}
	s = w.open(t, "dev")
	w.must(t, s.Up(ctx))
	list := steps(s)
	t.Logf("a release:\n  %s", strings.Join(list, "\n  "))
	require.Len(t, list, 6)
	assert.Equal(t, []string{"create Job migration-fedcba9876", "update Deployment api"}, list[:2])
	assert.ElementsMatch(t, []string{
		"update Deployment worker-notification", "update Deployment worker-render", "update Deployment worker-transcription",
	}, list[2:5])
	assert.Regexp(t, `^delete Job migration-[0-9a-f]{10}$`, list[5])
	for name, image := range images(s) {
		if name == "api" || strings.HasPrefix(name, "worker-") {
			assert.Contains(t, image, newRelease, name)
		}
	}
	w.must(t, s.Close())

	// The same release again is nothing: the migration is not run twice.
	s = w.open(t, "dev")
	w.must(t, s.Up(ctx))
	assert.Empty(t, steps(s))
	w.must(t, s.Close())

	// A setting that its pod has, too, is no reason to run it again either.
	w.options.Settings["logLevel"] = "warning"
	s = w.open(t, "dev")
	w.must(t, s.Up(ctx))
	assert.NotContains(t, strings.Join(steps(s), "\n"), "migration")
	assert.Contains(t, steps(s), "update Deployment api")
	w.must(t, s.Close())
}

// A migration that fails stops the release: what runs goes on running, and the next deployment takes it up.
func TestFailedMigrationStopsTheRelease(t *testing.T) {
	t.Parallel()
	ctx, w := context.Background(), newWorld(t)
	w.options.PolicyPack = "" // every stack is held to it elsewhere
	s := w.open(t, "dev")
	w.must(t, s.Up(ctx))
	before := images(s)
	w.must(t, s.Close())

	w.options.Settings = map[string]any{"images.backend": newRelease}
	w.options.Faults = []faults.Fault{{Operation: string(mutation.Create), Type: jobType, Nth: 1, Kind: faults.Interrupt}}
	s = w.open(t, "dev")
	require.Error(t, s.Up(ctx))
	assert.Empty(t, s.Unmet(), "the migration did not fail")
	assert.Equal(t, before, images(s), "something was rolled out without its schema")
	assert.NotContains(t, strings.Join(steps(s), "\n"), "Deployment")
	w.must(t, s.Close())

	w.options.Faults = nil
	s = w.open(t, "dev")
	w.must(t, s.Up(ctx))
	list := strings.Join(steps(s), "\n")
	t.Logf("the next deployment:\n  %s", strings.ReplaceAll(list, "\n", "\n  "))
	assert.Contains(t, list, "update Deployment api")
	assert.Contains(t, images(s)["api"], newRelease)
	w.must(t, s.Close())
}
