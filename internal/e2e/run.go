package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Options are what a run is about.
type Options struct {
	// Stacks are the environments, one after another, each on a control plane of its own.
	Stacks []string
	// Scenarios are the names of those to play; none means all.
	Scenarios []string
	// Tools is the directory of the built tools, Golden that of the golden files, Work where runs keep their files.
	Tools, Golden, Work string
	Out                 io.Writer
}

// Run plays the scenarios and writes a report. It fails if a scenario does. Whatever happens, nothing it started
// is left running.
func Run(ctx context.Context, o Options) error {
	for _, name := range o.Scenarios {
		if !slices.ContainsFunc(scenarios, func(s scenario) bool { return s.name == name }) {
			return fmt.Errorf("there is no scenario %q: there are %s", name, strings.Join(ScenarioNames(), ", "))
		}
	}
	start := time.Now()
	say := func(format string, args ...any) {
		_, _ = fmt.Fprintf(o.Out, "%5.0f s  "+format+"\n", append([]any{time.Since(start).Seconds()}, args...)...)
	}
	writeSubstitutions(o.Out)
	var sections []*section
	var over error
	for _, stack := range o.Stacks {
		of, err := runStack(ctx, o, stack, func(format string, args ...any) { say(stack+": "+format, args...) })
		sections = append(sections, of...)
		if err != nil {
			over = err
			break
		}
	}
	failures := 0
	for _, s := range sections {
		s.write(o.Out)
		if s.failed() {
			failures++
		}
	}
	_, _ = fmt.Fprintf(o.Out, "\n%d of %d scenarios hold, in %.0f s\n", len(sections)-failures, len(sections), time.Since(start).Seconds())
	if over != nil {
		return over
	}
	if failures > 0 {
		return fmt.Errorf("%d scenarios failed", failures)
	}
	return nil
}

// runStack plays one environment's scenarios on a control plane of its own. An error means that the run is over;
// what a scenario showed to be wrong is in its section.
func runStack(ctx context.Context, o Options, stack string, say func(string, ...any)) (sections []*section, err error) {
	env, err := readEnvironment(o.Golden, stack)
	if err != nil {
		return nil, err
	}
	work, err := filepath.Abs(o.Work)
	if err != nil {
		return nil, fmt.Errorf("finding the work directory: %w", err)
	}
	if err := os.MkdirAll(work, 0o755); err != nil {
		return nil, fmt.Errorf("making room for the run: %w", err)
	}
	dir, err := os.MkdirTemp(work, stack+"-")
	if err != nil {
		return nil, fmt.Errorf("making room for the run: %w", err)
	}
	tools, err := filepath.Abs(o.Tools)
	if err != nil {
		return nil, fmt.Errorf("finding the tools: %w", err)
	}
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	say("starting a control plane")
	plane, err := StartControlPlane(ctx, tools, dir, env.zones, fail, say)
	defer func() {
		plane.Stop()
		if err == nil && !slices.ContainsFunc(sections, (*section).failed) {
			err = os.RemoveAll(dir)
			return
		}
		say("the logs are in %s", dir)
	}()
	if err != nil {
		return nil, err
	}
	c := &cluster{ControlPlane: plane, env: env, say: say}
	if c.pods, err = watchPods(ctx, plane.Client, fail); err != nil {
		return nil, err
	}
	for _, s := range scenarios {
		isAsked := len(o.Scenarios) == 0 || slices.Contains(o.Scenarios, s.name) || s.always
		isForStack := len(s.stacks) == 0 || slices.Contains(s.stacks, stack)
		if !isAsked || !isForStack {
			continue
		}
		say("%s", s.title)
		record := &section{stack: stack, name: s.name, title: s.title}
		sections = append(sections, record)
		start := time.Now()
		record.err = s.play(ctx, c, record)
		record.took = time.Since(start)
		if ctx.Err() != nil {
			return sections, context.Cause(ctx)
		}
		if record.err != nil && s.always {
			return sections, nil // nothing can be played in an environment that is not there
		}
	}
	return sections, nil
}

// writeSubstitutions prints what is changed in manifests.
func writeSubstitutions(out io.Writer) {
	_, _ = fmt.Fprintln(out, "What is changed in the manifests to run them here:")
	for _, s := range substitutions {
		_, _ = fmt.Fprintf(out, "  %s: %s becomes %s (%s)\n", s.what, s.from, s.to, s.why)
	}
}

// errNotThere is the error of what looks for something that there is not.
var errNotThere = errors.New("is not there")
