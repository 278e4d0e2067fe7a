// Command sandbox previews, deploys, exports and takes down a stack without a cloud account: the real
// program on the real Pulumi engine, with stand-ins for the clouds. It is what the make targets of the
// same names run.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/internal/sandbox"
	"coffee-platform/internal/sandbox/faults"
	"coffee-platform/policy/rule"
	"coffee-platform/stacks"
)

const usage = `sandbox preview|up|refresh|drift|recover|destroy|export [flags]

  preview   show what a deployment would do, and hold it to the policies
  up        deploy into the sandbox
  refresh   make the state what the sandbox is
  drift     show what was changed behind the engine's back
  recover   tell the state what a killed deployment had made
  destroy   take everything down, unless something is protected
  export    write resources.json and manifests/ of what is deployed
  adopt     put objects into an exported state: see sandbox adopt -help`

func main() {
	ctx, stop := interruptible()
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "sandbox:", err)
		os.Exit(1)
	}
}

// command is a run of the program.
type command struct {
	name      string
	stack     string
	out       string
	violation string
	// unprotected are the components whose protection the stack file lifts.
	unprotected []string
	// refreshFirst is whether up reads everything back before it compares.
	refreshFirst bool
	options      sandbox.Options
}

func parse(args []string, out io.Writer) (*command, error) {
	if len(args) == 0 {
		return nil, fmt.Errorf("say what to do: %s", usage)
	}
	c := &command{name: args[0], options: sandbox.Options{Out: out}}
	flags := flag.NewFlagSet("sandbox "+c.name, flag.ContinueOnError)
	flags.StringVar(&c.stack, "stack", "dev", "the stack: there is a Pulumi.<stack>.yaml for each")
	flags.StringVar(&c.out, "out", "export", "where export writes to")
	flags.StringVar(&c.violation, "violate", "", "break a policy rule on purpose: "+sandbox.Violations())
	flags.StringVar(&c.options.Root, "root", ".", "where Pulumi.yaml and the stack files are")
	flags.StringVar(&c.options.Dir, "dir", ".sandbox", "where the sandbox keeps what it has")
	flags.StringVar(&c.options.CLI, "cli", ".bin/cli", "where bin/pulumi is")
	flags.StringVar(&c.options.PolicyPack, "policy-pack", ".bin/policy/coffee-policy", "the policy pack; empty for none")
	flags.StringVar(&c.options.PolicyReport, "policy-report", "", "the file for what the policies found, as JSON; empty for one beside the stack's sandbox")
	flags.BoolVar(&c.refreshFirst, "refresh", false, "up: read everything back first, and put right what was changed behind the engine's back")
	flags.IntVar(&c.options.Parallel, "parallel", 0, "up: how many resources the engine works on at once; 0 for its default, 4 for each processor")
	flags.Float64Var(&c.options.TimeScale, "scale", 0, "take AWS's time, this many times faster, and show what up waited for; 0 for no time")
	flags.Func("fault", "make a call of a provider fail, "+faults.Syntax+"; may be repeated", func(text string) error {
		fault, err := faults.Parse(text)
		c.options.Faults = append(c.options.Faults, fault)
		return err
	})
	if err := flags.Parse(args[1:]); err != nil {
		return nil, err
	}
	if c.options.TimeScale < 0 || c.options.Parallel < 0 {
		return nil, errors.New("-scale and -parallel are 0 or more")
	}
	if flags.NArg() > 0 {
		return nil, fmt.Errorf("what is %q? See sandbox %s -help", flags.Arg(0), c.name)
	}
	for _, path := range []*string{&c.options.Root, &c.options.Dir, &c.options.CLI, &c.options.PolicyPack, &c.options.PolicyReport} {
		if *path == "" {
			continue
		}
		absolute, err := filepath.Abs(*path)
		if err != nil {
			return nil, fmt.Errorf("finding %s: %w", *path, err)
		}
		*path = absolute
	}
	if c.options.PolicyPack != "" && c.options.PolicyReport == "" {
		c.options.PolicyReport = filepath.Join(c.options.Dir, c.stack, "policy-report.json")
	}
	return c, c.setProgram()
}

// setProgram makes the program the stacks' own, or one that breaks a rule.
func (c *command) setProgram() error {
	violate := func(program pulumi.RunFunc) (pulumi.RunFunc, error) { return program, nil }
	if c.violation != "" {
		violate = func(program pulumi.RunFunc) (pulumi.RunFunc, error) { return sandbox.Violate(program, c.violation) }
	}
	if _, err := violate(nil); err != nil {
		return err
	}
	c.options.Program = func(config map[string]string) pulumi.RunFunc {
		c.unprotected = rule.UnprotectedNamed(config["coffee-platform:unprotected"])
		program, _ := violate(stacks.Program(config)) // looked at above
		return program
	}
	return nil
}

func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) > 0 && args[0] == "adopt" {
		return adoptFrom(os.Stdin, out, args[1:])
	}
	c, err := parse(args, out)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	does, known := map[string]func(context.Context, *sandbox.Sandbox) error{
		"preview": c.preview,
		"up":      c.up,
		"refresh": c.refresh,
		"drift":   c.drift,
		"recover": c.recover,
		"destroy": c.destroy,
		"export":  c.export,
	}[c.name]
	if !known {
		return fmt.Errorf("there is no command %q: %s", c.name, usage)
	}
	start := time.Now()
	c.say("%s of stack %s in the sandbox: real engine, stand-in clouds, no account", c.name, c.stack)
	s, err := sandbox.Open(ctx, c.stack, c.options)
	if err != nil {
		return err
	}
	if err := os.Remove(c.options.PolicyReport); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(fmt.Errorf("removing an earlier policy report: %w", err), s.Close())
	}
	if err := errors.Join(does(ctx, s), s.Close()); err != nil {
		return err
	}
	c.say("done in %.1f s", time.Since(start).Seconds())
	return nil
}

// say tells a person something; when nobody can be told, there is nothing left to do about it.
func (c *command) say(format string, args ...any) {
	_, _ = fmt.Fprintf(c.options.Out, "sandbox: "+format+"\n", args...)
}

// failed tells what failed. An error of the CLI ends with all of its output, which is above already.
func failed(what string, err error) error {
	if said, _, ok := strings.Cut(err.Error(), "\ncode: "); ok {
		return fmt.Errorf("%s failed: the reason is above (%s)", what, said)
	}
	return fmt.Errorf("%s failed: %w", what, err)
}

func (c *command) preview(ctx context.Context, s *sandbox.Sandbox) error {
	_, err := s.Preview(ctx)
	if reportErr := c.showPolicies(); reportErr != nil {
		return errors.Join(err, reportErr)
	}
	if err != nil {
		return failed("the preview", err)
	}
	return c.violationMissed()
}

// violationMissed is an error when a rule was to be broken and nothing stopped that.
func (c *command) violationMissed() error {
	if c.violation == "" {
		return nil
	}
	return fmt.Errorf("nothing stopped the violation of %s: %s has nothing to break it with, or it is exempt, advisory or disabled there", c.violation, c.stack)
}

func (c *command) up(ctx context.Context, s *sandbox.Sandbox) error {
	up := s.Up
	if c.refreshFirst {
		up = s.UpAfterRefresh
	}
	err := c.explain(ctx, s, up(ctx))
	if errors.Is(err, sandbox.ErrPendingCreates) {
		return err
	}
	if reportErr := c.showPolicies(); reportErr != nil {
		return errors.Join(err, reportErr)
	}
	if err != nil {
		return failed("the deployment", err)
	}
	if err := c.showTimeline(ctx, s); err != nil {
		return err
	}
	return errors.Join(c.violationMissed(), c.faultsMissed(s))
}

func (c *command) refresh(ctx context.Context, s *sandbox.Sandbox) error {
	if err := s.Refresh(ctx); err != nil {
		return failed("the refresh", err)
	}
	return nil
}

func (c *command) destroy(ctx context.Context, s *sandbox.Sandbox) error {
	err := c.explain(ctx, s, s.Destroy(ctx))
	if err == nil || errors.Is(err, sandbox.ErrPendingCreates) {
		return err
	}
	protected, listErr := s.Protected(context.WithoutCancel(ctx))
	if listErr != nil || len(protected) == 0 || !strings.Contains(err.Error(), "is protected") {
		return errors.Join(failed("taking the stack down", err), listErr)
	}
	return fmt.Errorf("refused, and nothing was taken down: %d resources are protected, because they or what they encrypt hold data\n  %s\n%s",
		len(protected), strings.Join(protected, "\n  "), howToUnprotect(c.stack, c.unprotected, protected))
}

func (c *command) export(ctx context.Context, s *sandbox.Sandbox) error {
	resources, err := s.Resources(ctx)
	if err != nil {
		return err
	}
	if len(resources) == 0 {
		c.say("%s is not deployed yet: deploying it first", c.stack)
		if err := c.up(ctx, s); err != nil {
			return err
		}
	}
	if err := s.WriteTo(ctx, c.out); err != nil {
		return err
	}
	c.say("wrote %s and %s", filepath.Join(c.out, "resources.json"), filepath.Join(c.out, "manifests"))
	return nil
}
