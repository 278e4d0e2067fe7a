package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optdestroy"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optrefresh"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/internal/sandbox/cloud"
)

// passphrase encrypts the sandbox's state. It protects nothing: no secret of the sandbox is real.
const passphrase = "sandbox"

// Options say where a sandbox finds what it needs.
type Options struct {
	// Root is the directory of Pulumi.yaml and the stack files.
	Root string
	// Dir is where the sandbox keeps what it has, a directory per stack.
	Dir string
	// CLI is the directory whose bin/pulumi is the Pulumi CLI.
	CLI string
	// PolicyPack is the policy pack's program, PolicyReport the file it writes its findings to. Without
	// a pack, no policy is enforced.
	PolicyPack, PolicyReport string
	// Program makes the stack's program from its configuration.
	Program func(config map[string]string) pulumi.RunFunc
	// Out gets the engine's output as it comes.
	Out io.Writer
}

// Sandbox is a stack in the sandbox.
type Sandbox struct {
	options Options
	stack   auto.Stack
	cloud   *cloud.Cloud
	served  *served
}

// Open opens a stack's sandbox, and makes one if there is none.
func Open(ctx context.Context, stack string, options Options) (*Sandbox, error) {
	dir := filepath.Join(options.Dir, stack)
	values, err := prepareStackFile(options.Root, dir, stack)
	if err != nil {
		return nil, err
	}
	state := filepath.Join(options.Dir, "state")
	if err := os.MkdirAll(state, 0o700); err != nil {
		return nil, fmt.Errorf("making room for the state: %w", err)
	}
	c, err := cloud.Open(filepath.Join(dir, "cloud.jsonl"))
	if err != nil {
		return nil, err
	}
	s := &Sandbox{options: options, cloud: c}
	if s.served, err = serve(standIns(c)); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	command, err := auto.NewPulumiCommand(&auto.PulumiCommandOptions{Root: options.CLI})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("finding the Pulumi CLI: %w", err), s.Close())
	}
	s.stack, err = auto.UpsertStackInlineSource(ctx, stack, "coffee-platform", options.Program(values),
		auto.WorkDir(dir),
		auto.Pulumi(command),
		auto.PulumiHome(filepath.Join(options.Dir, "home")),
		auto.EnvVars(map[string]string{
			"PULUMI_BACKEND_URL":                            "file://" + state,
			"PULUMI_CONFIG_PASSPHRASE":                      passphrase,
			"PULUMI_DEBUG_PROVIDERS":                        s.served.attach,
			"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION":   "true",
			"PULUMI_SKIP_UPDATE_CHECK":                      "true",
			"PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true",
			"COFFEE_POLICY_REPORT":                          options.PolicyReport,
		}))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening the stack: %w", err), s.Close())
	}
	if err := s.clearStaleLocks(ctx, stack, state); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// clearStaleLocks removes the lock that a killed engine has left on the state. Nobody else can be at
// work: the cloud is open for one run at a time.
func (s *Sandbox) clearStaleLocks(ctx context.Context, stack, state string) error {
	locks, err := filepath.Glob(filepath.Join(state, ".pulumi", "locks", "*", "*", stack, "*.json"))
	if err != nil || len(locks) == 0 {
		return err
	}
	if _, err := fmt.Fprintln(s.options.Out, "the last run was killed: clearing the lock it left on the state"); err != nil {
		return fmt.Errorf("telling of a stale lock: %w", err)
	}
	if err := s.stack.Cancel(ctx); err != nil {
		return fmt.Errorf("clearing a stale lock: %w", err)
	}
	return nil
}

// Close stops the stand-ins.
func (s *Sandbox) Close() error {
	if s.served != nil {
		s.served.stop()
	}
	return s.cloud.Close()
}

// Cloud is the memory of the stand-ins.
func (s *Sandbox) Cloud() *cloud.Cloud { return s.cloud }

func (s *Sandbox) packs() []string {
	if s.options.PolicyPack == "" {
		return nil
	}
	return []string{s.options.PolicyPack}
}

// Preview shows what Up would do, and returns how many resources it would create, update and so on.
func (s *Sandbox) Preview(ctx context.Context) (map[apitype.OpType]int, error) {
	result, err := s.stack.Preview(ctx, optpreview.ProgressStreams(s.options.Out), optpreview.ErrorProgressStreams(s.options.Out),
		optpreview.PolicyPacks(s.packs()...), optpreview.SuppressProgress(), optpreview.Color("never"))
	return result.ChangeSummary, err
}

// Up makes the sandbox what the program says.
func (s *Sandbox) Up(ctx context.Context) error {
	_, err := s.stack.Up(ctx, optup.ProgressStreams(s.options.Out), optup.ErrorProgressStreams(s.options.Out),
		optup.PolicyPacks(s.packs()...), optup.SuppressProgress(), optup.Color("never"))
	return err
}

// Refresh makes the state what the sandbox is.
func (s *Sandbox) Refresh(ctx context.Context) error {
	_, err := s.stack.Refresh(ctx, optrefresh.ProgressStreams(s.options.Out), optrefresh.ErrorProgressStreams(s.options.Out),
		optrefresh.SuppressProgress(), optrefresh.Color("never"))
	return err
}

// Destroy takes everything down, or nothing: as `pulumi destroy` does, it looks first whether anything
// is protected. Without that look the engine would take down all the rest before it stops.
func (s *Sandbox) Destroy(ctx context.Context) error {
	if _, err := s.stack.PreviewDestroy(ctx, optdestroy.ProgressStreams(s.options.Out), optdestroy.ErrorProgressStreams(s.options.Out),
		optdestroy.SuppressProgress(), optdestroy.Color("never")); err != nil {
		return err
	}
	_, err := s.stack.Destroy(ctx, optdestroy.ProgressStreams(s.options.Out), optdestroy.ErrorProgressStreams(s.options.Out),
		optdestroy.SuppressProgress(), optdestroy.Color("never"))
	return err
}

// Protected are the resources of the stack that the engine refuses to delete, by URN.
func (s *Sandbox) Protected(ctx context.Context) ([]string, error) {
	resources, err := s.Resources(ctx)
	if err != nil {
		return nil, err
	}
	var protected []string
	for _, r := range resources {
		if r.Protect {
			protected = append(protected, string(r.URN))
		}
	}
	return protected, nil
}

// Resources are the resources of the stack's state, in the order in which they were made.
func (s *Sandbox) Resources(ctx context.Context) ([]apitype.ResourceV3, error) {
	state, err := s.Export(ctx)
	if err != nil {
		return nil, err
	}
	var deployment apitype.DeploymentV3
	if err := json.Unmarshal(state.Deployment, &deployment); err != nil {
		return nil, fmt.Errorf("reading the state: %w", err)
	}
	return deployment.Resources, nil
}

// Export is the stack's state.
func (s *Sandbox) Export(ctx context.Context) (apitype.UntypedDeployment, error) {
	state, err := s.stack.Export(ctx)
	if err != nil {
		return apitype.UntypedDeployment{}, fmt.Errorf("exporting the state: %w", err)
	}
	return state, nil
}
