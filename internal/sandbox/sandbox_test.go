package sandbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/internal/sandbox"
	"coffee-platform/internal/sandbox/cloud"
	"coffee-platform/stacks"
)

const instanceType = "aws:rds/instance:Instance"

// world is a sandbox in a directory of its own, on the pinned CLI and the policy pack.
type world struct {
	options sandbox.Options
	output  bytes.Buffer
}

func newWorld(t *testing.T) *world {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	w := &world{}
	w.options = sandbox.Options{
		Root:         root,
		Dir:          t.TempDir(),
		CLI:          filepath.Join(root, ".bin", "cli"),
		PolicyPack:   filepath.Join(root, ".bin", "policy", "coffee-policy"),
		PolicyReport: filepath.Join(t.TempDir(), "report.json"),
		Program:      stacks.Program,
		Out:          &w.output,
		SaveOnce:     true,
	}
	for _, built := range []string{filepath.Join(w.options.CLI, "bin", "pulumi"), w.options.PolicyPack} {
		if _, err := os.Stat(built); err != nil {
			t.Fatalf("%s is not built: run make sandbox first", built)
		}
	}
	return w
}

// withStackFile gives the world a project of its own, in which a stack has the given file.
func (w *world) withStackFile(t *testing.T, stack, text string) {
	t.Helper()
	project, err := os.ReadFile(filepath.Join(w.options.Root, "Pulumi.yaml"))
	require.NoError(t, err)
	root := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, "Pulumi.yaml"), project, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(root, "Pulumi."+stack+".yaml"), []byte(text), 0o600))
	w.options.Root = root
}

// unprotected lifts all protection of an environment that Pulumi has.
var unprotected = map[string]any{"unprotected": stacks.StatefulComponents}

func (w *world) open(t *testing.T, stack string) *sandbox.Sandbox {
	t.Helper()
	s, err := sandbox.Open(context.Background(), stack, w.options)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() }) // a test may have closed it already
	return s
}

// must shows the engine's output when something that must succeed does not.
func (w *world) must(t *testing.T, err error) {
	t.Helper()
	require.NoError(t, err, w.output.String())
}

func TestLifeOfAStack(t *testing.T) {
	for _, stack := range []string{"dev", "staging"} {
		t.Run(stack, func(t *testing.T) {
			t.Parallel()
			ctx, w := context.Background(), newWorld(t)
			w.options.Settings = unprotected
			s := w.open(t, stack)

			changes, err := s.Preview(ctx)
			w.must(t, err)
			assert.Greater(t, changes[apitype.OpCreate], 60)
			assert.Len(t, changes, 1, "a first preview only creates")
			assert.Empty(t, s.Cloud().All(), "a preview makes nothing")
			assert.NotContains(t, w.output.String(), "warning")
			assert.Contains(t, w.output.String(), "coffee-platform@v", "the policy pack is named")

			w.must(t, s.Up(ctx))
			assert.NotContains(t, w.output.String(), "warning")
			assert.NotEmpty(t, s.Cloud().All())

			changes, err = s.Preview(ctx)
			w.must(t, err)
			assert.Equal(t, []apitype.OpType{apitype.OpSame}, keys(changes), w.output.String())
			w.must(t, s.Refresh(ctx))
			changes, err = s.Preview(ctx)
			w.must(t, err)
			assert.Equal(t, []apitype.OpType{apitype.OpSame}, keys(changes), "the cloud reads back as it was made")

			w.must(t, s.Destroy(ctx))
			assert.Empty(t, s.Cloud().All(), "something was left behind")
		})
	}
}

// Should this fail with a newer engine, then it has found another place for the log that keepNoLog keeps it from.
func TestTheEngineKeepsNoLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	logs := filepath.Join(w.options.Dir, "home", "logs")
	require.NoError(t, os.MkdirAll(filepath.Join(logs, "of a run before"), 0o700))
	s := w.open(t, "shared")
	w.must(t, s.Up(context.Background()))
	written := 0
	require.NoError(t, filepath.WalkDir(filepath.Join(w.options.Dir, "home"), func(_ string, entry fs.DirEntry, err error) error {
		if err == nil && strings.Contains(entry.Name(), "log") {
			written++
			assert.False(t, entry.IsDir(), entry.Name())
		}
		return err
	}))
	assert.Equal(t, 1, written)
}

func TestSharedStack(t *testing.T) {
	t.Parallel()
	ctx, w := context.Background(), newWorld(t)
	s := w.open(t, "shared")
	w.must(t, s.Up(ctx))
	changes, err := s.Preview(ctx)
	w.must(t, err)
	assert.Equal(t, []apitype.OpType{apitype.OpSame}, keys(changes))
	require.Error(t, s.Destroy(ctx), "what every environment pulls from is protected")
}

// Nothing goes while something is protected; lifting the protection is a deployment of its own.
func TestProdIsTakenDownOnlyAfterItsProtectionIsLifted(t *testing.T) {
	t.Parallel()
	ctx, w := context.Background(), newWorld(t)
	s := w.open(t, "prod")
	w.must(t, s.Up(ctx))
	changes, err := s.Preview(ctx)
	w.must(t, err)
	assert.Equal(t, []apitype.OpType{apitype.OpSame}, keys(changes))

	before := len(s.Cloud().All())
	require.Error(t, s.Destroy(ctx))
	assert.Len(t, s.Cloud().All(), before, "a refused destroy took something down")
	protected, err := s.Protected(ctx)
	require.NoError(t, err)
	assert.Contains(t, fmt.Sprint(protected), instanceType)

	require.NoError(t, s.Close())

	w.options.Settings = map[string]any{
		"unprotected": stacks.StatefulComponents, "postgres.deletionProtection": false, "cluster.deletionProtection": false,
		"edge.deletionProtection": false, "media.forceDestroy": true, "edge.forceDestroy": true,
	}
	lifted := w.open(t, "prod")
	w.must(t, lifted.Up(ctx))
	w.must(t, lifted.Destroy(ctx))
	var left []string
	for _, o := range lifted.Cloud().All() {
		left = append(left, fmt.Sprint(o.Type, ": ", o.Inputs["description"]))
	}
	assert.Equal(t, []string{
		"aws:kms/key:Key: Data, backups, master password and logs of database coffee-prod",
		"aws:kms/key:Key: Data, snapshots, AUTH token and logs of redis",
	}, slices.Sorted(slices.Values(left)), "the keys of the last snapshots, and nothing else")
}

// A deliberate violation fails the preview, and a deployment stops before the resource exists.
func TestViolationsStopBeforeTheResourceExists(t *testing.T) {
	for rule, violated := range sandbox.AllViolated() {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			ctx, w := context.Background(), newWorld(t)
			w.options.Program = func(config map[string]string) pulumi.RunFunc {
				program, err := sandbox.Violate(stacks.Program(config), rule)
				require.NoError(t, err)
				return program
			}
			s := w.open(t, "dev")
			_, err := s.Preview(ctx)
			require.Error(t, err)
			assert.Contains(t, w.output.String(), "[mandatory]")
			assert.Contains(t, w.output.String(), rule+"-")
			assert.Empty(t, s.Cloud().All())

			require.Error(t, s.Up(ctx))
			for _, o := range s.Cloud().OfType(violated.Type) {
				metadata, _ := o.Inputs["metadata"].(map[string]any)
				assert.True(t, violated.Name != "" && metadata["name"] != violated.Name, "the violation was deployed: %s", o.ID)
			}
		})
	}
}

func TestNoViolationOfAnUnknownRule(t *testing.T) {
	_, err := sandbox.Violate(nil, "z9")
	assert.ErrorContains(t, err, `no violation "z9": there are a2 (`)
}

func TestBadConfigurationCreatesNothing(t *testing.T) {
	t.Parallel()
	ctx, w := context.Background(), newWorld(t)
	w.withStackFile(t, "dev", "config:\n  aws:region: us-east-1\n  coffee-platform:tier: dev\n"+
		"  coffee-platform:accountId: \"111122223333\"\n  coffee-platform:network: {zone: 3}\n  coffee-platform:api: {minReplicas: 0}\n")
	s := w.open(t, "dev")
	require.Error(t, s.Up(ctx))
	assert.Contains(t, w.output.String(), "network.zone: unknown key: did you mean zones?")
	assert.Contains(t, w.output.String(), "api.minReplicas: 0 runs nothing")
	assert.Empty(t, s.Cloud().All())
}

func TestStacksWithoutASandbox(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := sandbox.Open(context.Background(), "nowhere", w.options)
	assert.ErrorContains(t, err, "there is no stack nowhere: no Pulumi.nowhere.yaml beside Pulumi.yaml")

	w.withStackFile(t, "dev", "config:\n  coffee-platform:accountId:\n    secure: v1:abc:def\n")
	_, err = sandbox.Open(context.Background(), "dev", w.options)
	assert.ErrorContains(t, err, "coffee-platform:accountId is encrypted with a key of a cloud account")
}

func TestOneRunAtATime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.open(t, "dev")
	stackFile := filepath.Join(w.options.Dir, "dev", "Pulumi.dev.yaml")
	require.NoError(t, os.WriteFile(stackFile, []byte("what the engine is reading"), 0o600))
	_, err := sandbox.Open(context.Background(), "dev", w.options)
	assert.ErrorIs(t, err, cloud.ErrInUse)
	after, err := os.ReadFile(stackFile)
	require.NoError(t, err)
	assert.Equal(t, "what the engine is reading", string(after))
}

// What fails before the engine begins is an error too, and not a wait for what it might tell.
func TestChangesOfAnEngineThatDoesNotStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.open(t, "shared")
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	changes, err := s.Changes(ended)
	assert.Error(t, err)
	assert.Empty(t, changes)
}

// A killed engine leaves its lock on the state; the next run says so and goes on.
func TestStaleLocksAreCleared(t *testing.T) {
	t.Parallel()
	ctx, w := context.Background(), newWorld(t)
	w.must(t, w.open(t, "shared").Close())
	locks := filepath.Join(w.options.Dir, "state", ".pulumi", "locks", "organization", "coffee-platform", "shared")
	require.NoError(t, os.MkdirAll(locks, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(locks, "dead.json"), []byte(`{"pid":1,"username":"x","hostname":"y","timestamp":"2026-01-01T00:00:00Z"}`), 0o600))
	s := w.open(t, "shared")
	assert.Contains(t, w.output.String(), "the last run was killed")
	w.must(t, s.Up(ctx))
}

// What the stand-ins do not know they refuse, by name.
func TestUnknownTypesAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.options.PolicyPack = ""
	w.options.Program = func(map[string]string) pulumi.RunFunc {
		return func(ctx *pulumi.Context) error {
			account, err := aws.NewProvider(ctx, "aws", &aws.ProviderArgs{
				Region: pulumi.String("us-east-1"), AllowedAccountIds: pulumi.ToStringArray([]string{"111122223333"}),
			})
			if err != nil {
				return err
			}
			var topic pulumi.CustomResourceState
			return ctx.RegisterResource("aws:sns/topic:Topic", "topic", pulumi.Map{}, &topic, pulumi.Provider(account))
		}
	}
	s := w.open(t, "dev")
	_, err := s.Preview(context.Background())
	require.Error(t, err)
	assert.Contains(t, w.output.String(), "the sandbox's AWS catalogue has no entry for aws:sns/topic:Topic")
}

func TestExport(t *testing.T) {
	t.Parallel()
	ctx, w := context.Background(), newWorld(t)
	s := w.open(t, "dev")
	w.must(t, s.Up(ctx))
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "manifests"), 0o700))
	foreign := filepath.Join(dir, "manifests", "foreign.yaml")
	require.NoError(t, os.WriteFile(foreign, nil, 0o600))
	require.ErrorContains(t, s.WriteTo(ctx, dir), "holds foreign.yaml, which no export wrote: name another directory")
	require.FileExists(t, foreign)
	require.NoError(t, os.Rename(foreign, filepath.Join(dir, "manifests", "coffee-deployment-gone.yaml")))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "resources.json"), []byte(`[{"type": "kubernetes:apps/v1:Deployment",
		"inputs": {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "gone", "namespace": "coffee"}}}]`), 0o600))
	require.NoError(t, s.WriteTo(ctx, dir))

	text, err := os.ReadFile(filepath.Join(dir, "resources.json"))
	require.NoError(t, err)
	var resources []sandbox.Resource
	require.NoError(t, json.Unmarshal(text, &resources))
	known := map[string]bool{}
	for _, r := range resources {
		known[r.URN] = true
	}
	assert.NotContains(t, string(text), "plaintext", "a secret was exported")
	assert.Contains(t, string(text), sandbox.Secret, "the AUTH token is marked as what it is")
	objects := 0
	for _, r := range resources {
		for _, d := range r.Dependencies {
			assert.True(t, known[d], "%s depends on %s, which is not there", r.URN, d)
		}
		if r.IsObject() {
			objects++
		}
	}
	manifests, err := filepath.Glob(filepath.Join(dir, "manifests", "*.yaml"))
	require.NoError(t, err)
	assert.Len(t, manifests, objects, "one file for each object, and none of an earlier export")
	assert.FileExists(t, filepath.Join(dir, "manifests", "coffee-deployment-api.yaml"))
	assert.FileExists(t, filepath.Join(dir, "manifests", "nodepool-general.yaml"))
}

func keys(changes map[apitype.OpType]int) []apitype.OpType {
	var ops []apitype.OpType
	for op, count := range changes {
		if count > 0 {
			ops = append(ops, op)
		}
	}
	return ops
}
