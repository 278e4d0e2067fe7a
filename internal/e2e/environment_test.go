package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var goldenFiles = filepath.Join("..", "golden", "testdata")

// An environment can be read from the golden files of every stack, and each manifest comes after what it depends
// on, directly or by way of another resource.
func TestEnvironmentsAreInOrder(t *testing.T) {
	for _, stack := range []string{"dev", "staging", "prod"} {
		t.Run(stack, func(t *testing.T) {
			env, err := readEnvironment(goldenFiles, stack)
			require.NoError(t, err)
			files, err := filepath.Glob(filepath.Join(goldenFiles, stack, "manifests", "*.yaml"))
			require.NoError(t, err)
			assert.Len(t, env.manifests, len(files), "every file is some resource's")
			for i, m := range env.manifests {
				for _, before := range m.after {
					assert.Less(t, slices.Index(env.manifests, before), i, "%s comes after %s", m, before)
				}
			}
			assert.GreaterOrEqual(t, len(env.zones), 2)
		})
	}
}

// What every manifest uses has a substitute here.
func TestEveryManifestHasItsSubstitutes(t *testing.T) {
	for _, stack := range []string{"dev", "staging", "prod"} {
		env, err := readEnvironment(goldenFiles, stack)
		require.NoError(t, err)
		for _, m := range env.manifests {
			_, err := substitute(m.object.DeepCopy(), "127.0.0.1:1")
			require.NoError(t, err, stack)
		}
	}
}

// Every instance family that a node pool names is in the table: one that is not could never be launched here.
func TestEveryFamilyIsInTheTable(t *testing.T) {
	for _, stack := range []string{"dev", "staging", "prod"} {
		env, err := readEnvironment(goldenFiles, stack)
		require.NoError(t, err)
		named := 0
		for _, m := range env.manifests {
			if m.object.GetKind() != "NodePool" {
				continue
			}
			requirements, _ := field(m.object.Object, "spec", "template", "spec", "requirements").([]any)
			for _, r := range requirements {
				values, _ := field(r, "values").([]any)
				for _, value := range values {
					if field(r, "key") == "eks.amazonaws.com/instance-family" {
						named++
						assert.Contains(t, families, value)
					}
				}
			}
		}
		assert.Positive(t, named, stack)
	}
}

func TestEnvironmentComesAfterThroughOtherResources(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "dev", "manifests"), 0o755))
	write := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "dev", name), []byte(text), 0o600))
	}
	write("resources.yaml", `
- {resource: 'aws:ec2/subnet:Subnet network-private-a', inputs: {cidrBlock: 10.0.0.0/24, availabilityZone: a}}
- {resource: 'aws:ec2/subnet:Subnet network-data-a', inputs: {cidrBlock: 10.0.1.0/24, availabilityZone: a}}
- {resource: 'aws:ec2/subnet:Subnet network-public-a', inputs: {cidrBlock: 10.0.2.0/24, availabilityZone: a}}
- {resource: app, manifest: manifests/app.yaml, dependsOn: [secret]}
- {resource: job, manifest: manifests/job.yaml}
- {resource: secret, dependsOn: [job]}
`)
	write("manifests/app.yaml", `{apiVersion: apps/v1, kind: Deployment, metadata: {name: app}}`)
	write("manifests/job.yaml", `{apiVersion: batch/v1, kind: Job, metadata: {name: job}}`)
	env, err := readEnvironment(dir, "dev")
	require.NoError(t, err)
	require.Len(t, env.manifests, 2)
	assert.Equal(t, "Deployment app", env.manifests[1].String())
	assert.Equal(t, env.manifests[:1], env.manifests[1].after)
	assert.Equal(t, "10.0.1.4", env.dataAddress.String())
}
