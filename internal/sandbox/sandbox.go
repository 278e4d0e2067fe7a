package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optdestroy"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optrefresh"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/internal/sandbox/cloud"
	"coffee-platform/internal/sandbox/faults"
	"coffee-platform/internal/sandbox/timing"
)

// passphrase encrypts the sandbox's state. It protects nothing: no secret of the sandbox is real.
const passphrase = "sandbox"

// withoutSidecars keeps the backend from writing a file of attributes beside each of the state's. Those are not
// written in one piece: one that is empty because the engine was killed makes the state unreadable.
const withoutSidecars = "?metadata=skip"

// collectSeldom lets the engine's heap grow to five times what is alive, some hundred megabytes, before it is
// collected: a sixth less time for a preview.
const collectSeldom = "400"

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
	// Settings differ from those of the stack file; see setAll for their form.
	Settings map[string]any
	// Program makes the stack's program from its configuration.
	Program func(config map[string]string) pulumi.RunFunc
	// Out gets the engine's output as it comes.
	Out io.Writer
	// Parallel is how many resources the engine works on at once; with 0, as many as it does by default.
	Parallel int
	// TimeScale is how many times faster than AWS the stand-ins are; with 0, they do everything at once.
	TimeScale float64
	// Faults are the calls of providers that fail.
	Faults []faults.Fault
	// SaveOnce has the engine save the state only when it is done, instead of before and after each resource. That
	// takes most of the time of a deployment here, where resources take none; but an engine that is killed leaves no
	// trace of what it has made.
	SaveOnce bool
}

// Sandbox is a stack in the sandbox.
type Sandbox struct {
	options Options
	stack   auto.Stack
	cloud   *cloud.Cloud
	served  *served
	// dir is the directory the engine runs in.
	dir      string
	faults   *faults.Plan
	recorder *timing.Recorder
	// settled is whether no creation can be pending: the stack is new, or was looked at and no run has failed since.
	settled bool
	// upStart is when the last Up began, upEnd when it ended.
	upStart, upEnd time.Time
}

// Open opens a stack's sandbox, and makes one if there is none.
func Open(ctx context.Context, stack string, options Options) (*Sandbox, error) {
	dir, err := realDir(filepath.Join(options.Dir, stack))
	if err != nil {
		return nil, err
	}
	state := filepath.Join(options.Dir, "state")
	if err := os.MkdirAll(state, 0o700); err != nil {
		return nil, fmt.Errorf("making room for the state: %w", err)
	}
	home := filepath.Join(options.Dir, "home")
	if err := keepNoLog(home); err != nil {
		return nil, err
	}
	c, err := cloud.Open(filepath.Join(dir, "cloud.jsonl"))
	if err != nil {
		return nil, err
	}
	// From here on nobody else is at work on the stack, whose files the engine reads.
	s := &Sandbox{options: options, cloud: c, dir: dir, recorder: timing.NewRecorder(options.TimeScale)}
	values, err := prepareStackFile(options.Root, dir, stack, options.Settings)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.faults = faults.NewPlan(options.Faults, s.killEngine)
	if s.served, err = serve(standIns(c), s.faults.Interceptor(), s.recorder.Interceptor()); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	command, err := findCLI(options.CLI)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	written, err := filepath.Glob(filepath.Join(state, ".pulumi", "stacks", "*", stack+".json*"))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("looking for the stack's state: %w", err), s.Close())
	}
	s.settled = len(written) == 0
	openStack := auto.SelectStackInlineSource
	if s.settled {
		openStack = auto.NewStackInlineSource
	}
	s.stack, err = openStack(ctx, stack, "coffee-platform", options.Program(values),
		auto.WorkDir(dir),
		auto.Pulumi(command),
		auto.PulumiHome(home),
		auto.EnvVars(map[string]string{
			"PULUMI_BACKEND_URL":                            "file://" + state + withoutSidecars,
			"PULUMI_CONFIG_PASSPHRASE":                      passphrase,
			"PULUMI_DEBUG_PROVIDERS":                        s.served.attach,
			"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION":   "true",
			"PULUMI_SKIP_UPDATE_CHECK":                      "true",
			"PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true",
			"PULUMI_SKIP_CHECKPOINTS":                       strconv.FormatBool(options.SaveOnce),
			"COFFEE_POLICY_REPORT":                          options.PolicyReport,
			"GOGC":                                          collectSeldom,
		}))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening the stack: %w", err), s.Close())
	}
	if err := s.clearStaleLocks(ctx, stack, state); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// realDir makes a directory, and returns its path without symbolic links: that is how the system names where a process is.
func realDir(dir string) (string, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("making room for the sandbox: %w", err)
	}
	resolved, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return "", fmt.Errorf("making room for the sandbox: %w", err)
	}
	return resolved, nil
}

// keepNoLog has the engine do without the log that it keeps, compressed and encrypted, of all that it does: a third
// of the time of a preview, megabytes for each, and nobody reads it here. There is no setting for that; but where its
// directory should be is a file.
func keepNoLog(home string) error {
	logs := filepath.Join(home, "logs")
	if there, err := os.Stat(logs); err == nil && !there.IsDir() {
		return nil
	}
	if err := errors.Join(os.RemoveAll(logs), os.MkdirAll(home, 0o700), os.WriteFile(logs, nil, 0o600)); err != nil {
		return fmt.Errorf("keeping the engine from logging: %w", err)
	}
	return nil
}

// foundCLIs are the CLIs that were found, by directory: each is asked for its version, which takes longer than
// looking at it.
var foundCLIs sync.Map

// findCLI finds the Pulumi CLI in a directory.
func findCLI(dir string) (auto.PulumiCommand, error) {
	if found, ok := foundCLIs.Load(dir); ok {
		return found.(auto.PulumiCommand), nil
	}
	command, err := auto.NewPulumiCommand(&auto.PulumiCommandOptions{Root: dir})
	if err != nil {
		return nil, fmt.Errorf("finding the Pulumi CLI: %w", err)
	}
	foundCLIs.Store(dir, command)
	return command, nil
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

// Up makes the sandbox what the program says. While creations are pending it fails with ErrPendingCreates.
func (s *Sandbox) Up(ctx context.Context) error { return s.up(ctx) }

// UpAfterRefresh makes the state what the sandbox is and then the sandbox what the program says, so that what
// was changed behind the engine's back is put right. It fails as Up does.
func (s *Sandbox) UpAfterRefresh(ctx context.Context) error { return s.up(ctx, optup.Refresh()) }

func (s *Sandbox) up(ctx context.Context, also ...optup.Option) error {
	if err := s.refusePendingCreates(ctx); err != nil {
		return err
	}
	s.upStart = time.Now()
	_, err := s.stack.Up(ctx, append(also, optup.ProgressStreams(s.options.Out), optup.ErrorProgressStreams(s.options.Out),
		optup.PolicyPacks(s.packs()...), optup.SuppressProgress(), optup.Color("never"), optup.Parallel(s.options.Parallel))...)
	s.upEnd, s.settled = time.Now(), err == nil
	return err
}

// Operations are what the stand-ins have done since the sandbox was opened.
func (s *Sandbox) Operations() []timing.Operation { return s.recorder.Operations() }

// Unmet are the faults that no call has met since the sandbox was opened.
func (s *Sandbox) Unmet() []faults.Fault { return s.faults.Unmet() }

// Refresh makes the state what the sandbox is.
func (s *Sandbox) Refresh(ctx context.Context) error { return s.refresh(ctx) }

func (s *Sandbox) refresh(ctx context.Context, also ...optrefresh.Option) error {
	_, err := s.stack.Refresh(ctx, append(also, optrefresh.ProgressStreams(s.options.Out), optrefresh.ErrorProgressStreams(s.options.Out),
		optrefresh.SuppressProgress(), optrefresh.Color("never"))...)
	return err
}

// Drift shows how what is there differs from what the state says, and returns how many resources were
// changed, and how many are gone, behind the engine's back. Nothing is changed.
func (s *Sandbox) Drift(ctx context.Context) (map[apitype.OpType]int, error) {
	result, err := s.stack.PreviewRefresh(ctx, optrefresh.ProgressStreams(s.options.Out), optrefresh.ErrorProgressStreams(s.options.Out),
		optrefresh.SuppressProgress(), optrefresh.Color("never"), optrefresh.Diff())
	delete(result.ChangeSummary, apitype.OpSame)
	return result.ChangeSummary, err
}

// Destroy takes everything down, or nothing: as `pulumi destroy` does, it looks first whether anything
// is protected. Without that look the engine would take down all the rest before it stops. While creations
// are pending it fails with ErrPendingCreates.
func (s *Sandbox) Destroy(ctx context.Context) error {
	if err := s.refusePendingCreates(ctx); err != nil {
		return err
	}
	if _, err := s.stack.PreviewDestroy(ctx, optdestroy.ProgressStreams(s.options.Out), optdestroy.ErrorProgressStreams(s.options.Out),
		optdestroy.SuppressProgress(), optdestroy.Color("never")); err != nil {
		return err
	}
	s.settled = false
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
	deployment, err := s.deployment(ctx)
	return deployment.Resources, err
}

// deployment is what the stack's state holds, its secrets in the open.
func (s *Sandbox) deployment(ctx context.Context) (apitype.DeploymentV3, error) {
	var deployment apitype.DeploymentV3
	state, err := s.Export(ctx)
	if err != nil || len(state.Deployment) == 0 {
		return deployment, err
	}
	if err := json.Unmarshal(state.Deployment, &deployment); err != nil {
		return deployment, fmt.Errorf("reading the state: %w", err)
	}
	return deployment, nil
}

// Export is the stack's state.
func (s *Sandbox) Export(ctx context.Context) (apitype.UntypedDeployment, error) {
	state, err := s.stack.Export(ctx)
	if err != nil {
		return apitype.UntypedDeployment{}, fmt.Errorf("exporting the state: %w", err)
	}
	return state, nil
}
