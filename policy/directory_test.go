package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
	"github.com/pulumi/pulumi/sdk/v3/go/common/promise"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// languageHost stands in for the Go language host of the stock CLI, which builds a pack that is given as a directory
// and runs it (RunPlugin in github.com/pulumi/pulumi/sdk/go/pulumi-language-go/main.go). What calls it is the
// engine's own code.
type languageHost struct {
	plugin.LanguageRuntime
	// dir is where the program is built into.
	dir string
	// ran is what the engine had it run.
	ran *plugin.RunPluginInfo
}

func (l languageHost) RunPlugin(
	ctx context.Context, info plugin.RunPluginInfo,
) (stdout, stderr io.Reader, exit *promise.Promise[int32], err error) {
	*l.ran = info
	program := filepath.Join(l.dir, "pack")
	build := exec.CommandContext(ctx, "go", "build", "-o", program, ".")
	build.Dir = info.Info.ProgramDirectory()
	if output, err := build.CombinedOutput(); err != nil {
		return nil, nil, nil, fmt.Errorf("building the pack: %w\n%s", err, output)
	}
	command := exec.CommandContext(ctx, program, info.Args...)
	command.Dir, command.Env = info.WorkingDirectory, info.Env
	if stdout, err = command.StdoutPipe(); err != nil {
		return nil, nil, nil, err
	}
	if stderr, err = command.StderrPipe(); err != nil {
		return nil, nil, nil, err
	}
	if err := command.Start(); err != nil {
		return nil, nil, nil, err
	}
	return stdout, stderr, promise.Run(func() (int32, error) {
		_ = command.Wait() // the engine kills it when it has what it wants
		return int32(command.ProcessState.ExitCode()), nil
	}), nil
}

// hostWithGo is a host that has the Go language host.
type hostWithGo struct {
	host
	language languageHost
}

func (h hostWithGo) LanguageRuntime(*plugin.Context, string) (plugin.LanguageRuntime, error) {
	return h.language, nil
}

// A pack given as a directory is built by the language host, and is the same pack.
func TestThePackRunsAsADirectory(t *testing.T) {
	dir, err := os.Getwd()
	require.NoError(t, err)
	var shown bytes.Buffer
	var ran plugin.RunPluginInfo
	h := hostWithGo{language: languageHost{dir: t.TempDir(), ran: &ran}}
	sink := diag.DefaultSink(&shown, &shown, diag.FormatOptions{Color: colors.Never})
	elsewhere := t.TempDir()
	pctx, err := plugin.NewContextWithHost(context.Background(), sink, sink, h, elsewhere, elsewhere, nil)
	require.NoError(t, err)
	p, err := plugin.NewPolicyAnalyzer(h, pctx, "coffee-platform", dir, preview(), func(wanted workspace.PluginDescriptor) bool {
		return wanted.Name == "go"
	})
	require.NoError(t, err)
	t.Cleanup(func() {
		assert.NoError(t, p.Close())
		assert.NoError(t, pctx.Close())
		assert.Empty(t, shown.String(), "the pack shows no noise")
	})
	assert.Equal(t, dir, ran.Info.ProgramDirectory())

	bad, err := p.Analyze(context.Background(), deployment("bad", careless))
	require.NoError(t, err)
	assert.Equal(t, []string{"a2-limit-resources", "b1-run-as-non-root"}, policyNames(bad))
	info, err := p.GetAnalyzerInfo(context.Background())
	require.NoError(t, err)
	assert.Equal(t, "coffee-platform", info.Name)
	require.NoError(t, p.Cancel(context.Background()))
}
