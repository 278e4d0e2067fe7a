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
	"sync"
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
	if err := o.validate(); err != nil {
		return err
	}
	start := time.Now()
	var saying sync.Mutex
	say := func(format string, args ...any) {
		saying.Lock()
		defer saying.Unlock()
		_, _ = fmt.Fprintf(o.Out, "%5.0f s  "+format+"\n", append([]any{time.Since(start).Seconds()}, args...)...)
	}
	writeSubstitutions(o.Out)
	lanes := o.lanes()
	sections := make([][]*section, len(lanes))
	ctx, over := context.WithCancelCause(ctx)
	defer over(nil)
	var running sync.WaitGroup
	for i, lane := range lanes {
		running.Go(func() {
			for _, r := range lane {
				of, err := r.play(ctx, o, func(format string, args ...any) { say(r.name+": "+format, args...) })
				sections[i] = append(sections[i], of...)
				if err != nil {
					over(err)
					return
				}
			}
		})
	}
	running.Wait()
	played, failures := 0, 0
	for _, s := range slices.Concat(sections...) {
		s.write(o.Out)
		played++
		if s.failed() {
			failures++
		}
	}
	_, _ = fmt.Fprintf(o.Out, "\n%d of %d scenarios hold, in %.0f s\n", played-failures, played, time.Since(start).Seconds())
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if failures > 0 {
		return fmt.Errorf("%d scenarios failed", failures)
	}
	return nil
}

// validate refuses scenarios that there are not, or not in any of the environments: they would hold without being played.
func (o Options) validate() error {
	for _, name := range o.Scenarios {
		i := slices.IndexFunc(scenarios, func(s scenario) bool { return s.name == name })
		if i < 0 {
			return fmt.Errorf("there is no scenario %q: there are %s", name, strings.Join(ScenarioNames(), ", "))
		}
		isPlayed := func(stack string) bool { return slices.Contains(scenarios[i].stacks, stack) }
		if len(scenarios[i].stacks) > 0 && !slices.ContainsFunc(o.Stacks, isPlayed) {
			return fmt.Errorf("scenario %s is for %s only: add it to the stacks", name, strings.Join(scenarios[i].stacks, ", "))
		}
	}
	return nil
}

// round is a control plane's: an environment and the scenarios that are played in it.
type round struct {
	name, stack string
	scenarios   []scenario
}

// lanes are the rounds there are to play, those of a lane one after another, the lanes side by side.
func (o Options) lanes() [][]round {
	var together []round
	var lanes [][]round
	for _, stack := range o.Stacks {
		r := round{name: stack, stack: stack}
		for _, s := range scenarios {
			isAsked := len(o.Scenarios) == 0 || slices.Contains(o.Scenarios, s.name) || s.always
			isForStack := len(s.stacks) == 0 || slices.Contains(s.stacks, stack)
			switch {
			case !isAsked || !isForStack:
			case s.apart:
				lanes = append(lanes, []round{{name: stack + " " + s.name, stack: stack, scenarios: []scenario{s}}})
			default:
				r.scenarios = append(r.scenarios, s)
			}
		}
		together = append(together, r)
	}
	return append([][]round{together}, lanes...)
}

// play plays the round's scenarios on a control plane of its own. An error means that the run is over; what a
// scenario showed to be wrong is in its section.
func (r round) play(ctx context.Context, o Options, say func(string, ...any)) (sections []*section, err error) {
	env, err := readEnvironment(o.Golden, r.stack)
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
	dir, err := os.MkdirTemp(work, r.stack+"-")
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
	plane, err := startControlPlane(ctx, tools, dir, env, fail, say)
	defer func() {
		plane.stop()
		if err == nil && !slices.ContainsFunc(sections, (*section).failed) {
			err = os.RemoveAll(dir)
			return
		}
		say("the logs are in %s", dir)
	}()
	if err != nil {
		return nil, err
	}
	c := &cluster{controlPlane: plane, env: env}
	if c.pods, err = watchPods(ctx, plane.Client, fail); err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(r.scenarios, func(s scenario) bool { return s.always }) {
		if err := c.setUp(ctx); err != nil && ctx.Err() == nil {
			for _, s := range r.scenarios {
				sections = append(sections, &section{stack: r.stack, name: s.name, title: s.title, err: err})
			}
			return sections, nil
		}
	}
	for i, s := range r.scenarios {
		say("%s", s.title)
		record := &section{stack: r.stack, name: s.name, title: s.title}
		sections = append(sections, record)
		start := time.Now()
		record.err = s.play(ctx, c, record)
		record.took = time.Since(start)
		if ctx.Err() != nil {
			return sections, context.Cause(ctx)
		}
		if record.err != nil {
			// What broke off left the environment as it was in the middle: what came after would fail for that.
			return append(sections, r.notPlayed(i)...), nil
		}
	}
	return sections, plane.supervisor.onLoopback()
}

// notPlayed are the scenarios of a round after the one that broke off, by its place.
func (r round) notPlayed(broken int) []*section {
	var sections []*section
	for _, s := range r.scenarios[broken+1:] {
		sections = append(sections, &section{
			stack: r.stack, name: s.name, title: s.title, err: fmt.Errorf("not played: %s broke off", r.scenarios[broken].name),
		})
	}
	return sections
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
