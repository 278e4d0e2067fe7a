// Package changetable holds down, in docs/changes.md, what each change of a setting does to an environment
// that is deployed: asked of the real engine, one preview for each.
package changetable

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/internal/sandbox"
	"coffee-platform/internal/stateful"
	"coffee-platform/stacks"
)

var update = flag.Bool("update", false, "write docs/changes.md instead of comparing it")

const (
	digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	other  = "sha256:fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
)

type settings = map[string]any

// changes are changes to settings of a stack that is deployed as its file says.
var changes = []struct {
	stack  string
	change settings
	// refused are changes that the protection of data stops.
	refused bool
	// replaces names the stateful types that are replaced or deleted because the settings say they may be.
	replaces []string
}{
	{stack: "staging", change: settings{"tags": settings{"team": "captions"}}},
	{stack: "staging", change: settings{"accountId": "999988887777"}, refused: true},
	{stack: "staging", change: settings{"unprotected": []string{"redis"}}},

	{stack: "staging", change: settings{"network.cidr": "10.99.0.0/16"}, refused: true},
	{stack: "staging", change: settings{"network.zones": []string{"us-east-1a", "us-east-1b", "us-east-1c"}}},
	{stack: "staging", change: settings{"network.zones": []string{"us-east-1b", "us-east-1a"}}, refused: true},
	{stack: "staging", change: settings{"network.nat": "perZone"}},
	{stack: "staging", change: settings{"network.interfaceEndpoints": []string{"secretsmanager"}}},
	{stack: "staging", change: settings{"network.flowLogRetentionDays": 30}},

	{stack: "staging", change: settings{"cluster.version": "1.36"}},
	{stack: "staging", change: settings{"cluster.publicAccessCidrs": []string{"203.0.113.7/32"}}},
	{stack: "staging", change: settings{"cluster.admins": []string{
		"arn:aws:iam::222233334444:role/infrastructure", "arn:aws:iam::222233334444:role/alice"}}},
	{stack: "staging", change: settings{"cluster.logTypes": []string{"audit"}}},
	{stack: "staging", change: settings{"cluster.logRetentionDays": 30}},
	{stack: "staging", change: settings{"cluster.deletionProtection": true}},
	{stack: "staging", change: settings{"nodePools.render.maxCpu": 48, "nodePools.render.maxMemoryGiB": 192}},
	{stack: "staging", change: settings{"nodePools.general.diskGiB": 100}},
	{stack: "staging", change: settings{"nodePools.gpu.maxGpus": 2}},

	{stack: "staging", change: settings{"postgres.instanceClass": "db.t4g.large"}},
	{stack: "staging", change: settings{"postgres.storageGiB": 50}},
	{stack: "staging", change: settings{"postgres.multiAz": true}},
	{stack: "staging", change: settings{"postgres.backupRetentionDays": 14}},
	{stack: "staging", change: settings{"postgres.version": "17"}},
	{stack: "staging", change: settings{"postgres.enhancedMonitoring": false}},
	{stack: "staging", change: settings{"postgres.deletionProtection": true}},
	{stack: "staging", change: settings{"postgres.finalSnapshot": true}},
	{stack: "staging", change: settings{"postgres.databaseName": "captions"}, refused: true},
	{stack: "staging", change: settings{"postgres.databaseName": "captions", "unprotected": []string{"postgres"}},
		replaces: []string{"aws:rds/instance:Instance"}},

	{stack: "staging", change: settings{"redis.nodeType": "cache.t4g.medium"}},
	{stack: "staging", change: settings{"redis.nodes": 2, "redis.multiAz": true}},
	{stack: "staging", change: settings{"redis.engine": "valkey", "redis.version": "8.2"}},
	{stack: "staging", change: settings{"redis.authTokenEpoch": "2026-12-01", "redis.keepPreviousAuthToken": true}},
	{stack: "staging", change: settings{"redis.finalSnapshot": true}},

	{stack: "staging", change: settings{"media.origins": []string{"https://new.coffee.example"}}},
	{stack: "staging", change: settings{"media.oldVersionRetentionDays": 60}},
	{stack: "staging", change: settings{"media.forceDestroy": true}},

	{stack: "staging", change: settings{"secrets.jwt": settings{"epoch": "2026-12-01", "previousEpoch": "2026-11-01"}}},
	{stack: "staging", change: settings{"secrets.database": settings{"epoch": "2026-12-01", "previousEpoch": "2026-11-01"}}},

	{stack: "staging", change: settings{"backup.retentionDays": 14}},
	{stack: "staging", change: settings{"backup.copyRegion": "us-west-2", "backup.copyRetentionDays": 30}},

	{stack: "staging", change: settings{"images.backend": digest}},
	{stack: "staging", change: settings{"images.backend": digest, "images.migrations": other}},
	{stack: "staging", change: settings{"images.frontend": digest}},
	{stack: "staging", change: settings{"logLevel": "warning"}},
	{stack: "staging", change: settings{"api.minReplicas": 3}},
	{stack: "staging", change: settings{"api.resources.memory": "768Mi"}},
	{stack: "staging", change: settings{"workers.queues": settings{"transcription": settings{"longestTaskMinutes": 40}}}},
	{stack: "staging", change: settings{"workers.queues": settings{"thumbnails": settings{
		"processes": 1, "threads": 2, "longestTaskMinutes": 10, "minReplicas": 1, "maxReplicas": 2, "scratch": "1Gi",
		"resources": settings{"cpu": "250m", "memory": "512Mi", "memoryLimit": "1Gi"}}}}},
	{stack: "staging", change: settings{"render.profile": "720p"}},
	{stack: "staging", change: settings{"render.longestRenderMinutes": 30}},
	{stack: "staging", change: settings{"edge.maxBodyKiB": 2048}},
	{stack: "staging", change: settings{"edge.domain": "captions.example"}},
	{stack: "staging", change: settings{"postgres.maxConnections": 150}},

	{stack: "shared", change: settings{"registry.repositories": []string{"cpv3-backend", "cpv3-render", "cpv3-frontend", "cpv3-gpu"}}},
	{stack: "shared", change: settings{"registry.repositories": []string{"cpv3-backend"}}, refused: true},
	{stack: "shared", change: settings{"registry.keepImages": 100}},
}

const header = `# What a change of a setting does

Each block is what the engine would do to a stack that is deployed as its file says: asked of the real engine, with
the provider stand-ins' knowledge of what AWS changes in place. ` + "`make golden`" + ` writes this file, a test compares it.

` + "`+`" + ` makes, ` + "`~`" + ` changes in place (with what), ` + "`+-`" + ` makes anew and deletes the old one, ` + "`-`" + ` deletes.
What keeps data is never replaced or deleted, unless ` + "`unprotected`" + ` names its component.
`

// What each change does is what docs/changes.md says, and none touches what keeps data unless it says so.
func TestChanges(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	dir := t.TempDir()
	deployed := map[string]bool{}
	text := bytes.NewBufferString(header)
	for _, c := range changes {
		options := sandbox.Options{Root: root, Dir: dir, CLI: filepath.Join(root, ".bin", "cli"), Program: stacks.Program, SaveOnce: true, Out: io.Discard}
		if !deployed[c.stack] {
			s := open(t, c.stack, options)
			require.NoError(t, s.Up(context.Background()))
			require.NoError(t, s.Close())
			deployed[c.stack] = true
			fmt.Fprintf(text, "\n## %s\n", c.stack)
		}
		var output bytes.Buffer
		options.Settings, options.Out = c.change, &output
		s := open(t, c.stack, options)
		steps, err := s.Changes(context.Background())
		require.NoError(t, s.Close())

		name := describe(t, c.change)
		fmt.Fprintf(text, "\n### %s\n\n", name)
		if c.refused {
			if assert.Error(t, err, "%s: nothing stopped it", name) {
				stopped := protectedResources(output.String())
				assert.NotEmpty(t, stopped, "%s: stopped by something else: %s", name, &output)
				fmt.Fprintf(text, "Refused: %s is protected.\n", stopped)
			}
			continue
		}
		require.NoError(t, err, "%s: %s", name, &output)
		assert.ElementsMatch(t, c.replaces, lost(steps), name)
		fmt.Fprintf(text, "```\n%s```\n", table(steps))
	}

	path := filepath.Join(root, "docs", "changes.md")
	if *update {
		require.NoError(t, os.WriteFile(path, text.Bytes(), 0o600))
		return
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), text.String(), "run make golden if this is meant")
}

func open(t *testing.T, stack string, options sandbox.Options) *sandbox.Sandbox {
	t.Helper()
	s, err := sandbox.Open(context.Background(), stack, options)
	require.NoError(t, err, "run make sandbox first")
	return s
}

// describe names a change by its settings.
func describe(t *testing.T, change settings) string {
	t.Helper()
	var parts []string
	for _, path := range slices.Sorted(maps.Keys(change)) {
		value, err := json.Marshal(change[path])
		require.NoError(t, err)
		parts = append(parts, fmt.Sprintf("`%s: %s`", path, value))
	}
	return strings.Join(parts, ", ")
}

var protectedResource = regexp.MustCompile(`"(urn:pulumi:[^"]+)"[^"]*protect`)

// protectedResources are the first of the resources whose protection the engine's output tells of.
func protectedResources(output string) string {
	found := protectedResource.FindAllStringSubmatch(output, -1)
	names := map[string]bool{}
	for _, f := range found {
		names[short(f[1])] = true
	}
	if len(names) == 0 {
		return ""
	}
	return "`" + slices.Sorted(maps.Keys(names))[0] + "`"
}

// lost are the stateful types of which something is replaced or deleted.
func lost(steps []sandbox.Change) []string {
	types := map[string]bool{}
	for _, s := range steps {
		gone := s.Op == apitype.OpReplace || s.Op == apitype.OpDelete || s.Op == apitype.OpDeleteReplaced
		if gone && stateful.Is(s.Type) {
			types[s.Type] = true
		}
	}
	return slices.Sorted(maps.Keys(types))
}

// table is one line for each resource, sorted.
func table(steps []sandbox.Change) string {
	var lines []string
	for _, s := range steps {
		switch s.Op {
		case apitype.OpCreate:
			lines = append(lines, "+  "+short(s.URN))
		case apitype.OpUpdate:
			lines = append(lines, "~  "+short(s.URN)+with(s))
		case apitype.OpReplace:
			lines = append(lines, "+- "+short(s.URN)+with(s))
		case apitype.OpDelete:
			lines = append(lines, "-  "+short(s.URN))
		case apitype.OpCreateReplacement, apitype.OpDeleteReplaced:
			// Told by the replacement itself.
		default:
			lines = append(lines, fmt.Sprintf("%s %s", s.Op, short(s.URN)))
		}
	}
	if len(lines) == 0 {
		return "nothing\n"
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n"
}

// with tells what of a resource changes.
func with(s sandbox.Change) string {
	if len(s.Properties) == 0 {
		return ""
	}
	return " (" + strings.Join(s.Properties, ", ") + ")"
}

// short is a resource's type and name.
func short(urn string) string {
	parts := strings.Split(urn, "::")
	typ := parts[2][strings.LastIndex(parts[2], "$")+1:]
	return typ + " " + parts[len(parts)-1]
}
