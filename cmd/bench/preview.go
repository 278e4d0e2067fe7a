package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/internal/sandbox"
	"coffee-platform/stacks"
)

// subject is something to preview.
type subject struct {
	name, stack string
	program     func(map[string]string) pulumi.RunFunc
	// policies is whether the policy pack is loaded.
	policies bool
}

// withPolicies ends the name of a subject that has the policy pack loaded.
const withPolicies = ", policies"

// without is the name of the same subject without the pack.
func (s subject) without() string { return strings.TrimSuffix(s.name, withPolicies) }

// sample is one preview.
type sample struct {
	wall time.Duration
	// driver is the CPU time of this process, in which the program and the stand-ins run; engine that of the
	// engine and the policy pack, which are processes of their own.
	driver, engine time.Duration
	resources      int
}

// empty is a program without resources.
func empty(map[string]string) pulumi.RunFunc { return func(*pulumi.Context) error { return nil } }

func benchPreviews(ctx context.Context, rounds int) error {
	subjects := []subject{
		{"floor", "shared", empty, false},
		{"floor" + withPolicies, "shared", empty, true},
	}
	for _, stack := range []string{"shared", "dev", "staging", "prod"} {
		subjects = append(subjects, subject{stack, stack, stacks.Program, false}, subject{stack + withPolicies, stack, stacks.Program, true})
	}
	fmt.Printf("==> previews: %d of each, in turns, after one that is not counted\n", rounds)
	samples := map[string][]sample{}
	for round := range rounds + 1 {
		for _, s := range subjects {
			measured, err := preview(ctx, s)
			if err != nil {
				return fmt.Errorf("previewing %s: %w", s.name, err)
			}
			if round > 0 {
				samples[s.name] = append(samples[s.name], measured)
			}
		}
	}
	show(subjects, samples)
	return nil
}

// preview measures a first preview, into a sandbox of its own.
func preview(ctx context.Context, s subject) (sample, error) {
	dir, err := os.MkdirTemp("", "coffee-bench-")
	if err != nil {
		return sample{}, fmt.Errorf("making room: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }() // a left-over in the temporary directory hurts nobody
	root, err := os.Getwd()
	if err != nil {
		return sample{}, fmt.Errorf("finding the project: %w", err)
	}
	options := sandbox.Options{Root: root, Dir: dir, CLI: filepath.Join(root, ".bin", "cli"), Program: s.program, Out: io.Discard}
	if s.policies {
		options.PolicyPack = filepath.Join(root, ".bin", "policy", "coffee-policy")
		options.PolicyReport = filepath.Join(dir, "report.json")
	}
	var before, after usage
	if err := before.read(); err != nil {
		return sample{}, err
	}
	start := time.Now()
	opened, err := sandbox.Open(ctx, s.stack, options)
	if err != nil {
		return sample{}, err
	}
	changes, err := opened.Preview(ctx)
	if err != nil {
		return sample{}, err
	}
	if err := opened.Close(); err != nil {
		return sample{}, err
	}
	wall := time.Since(start)
	if err := after.read(); err != nil {
		return sample{}, err
	}
	resources := 0
	for _, count := range changes {
		resources += count
	}
	return sample{wall: wall, driver: after.self - before.self, engine: after.children - before.children, resources: resources}, nil
}

// usage is the CPU time of this process and of those it started, as far as they have ended.
type usage struct{ self, children time.Duration }

func (u *usage) read() error {
	for who, total := range map[int]*time.Duration{syscall.RUSAGE_SELF: &u.self, syscall.RUSAGE_CHILDREN: &u.children} {
		var used syscall.Rusage
		if err := syscall.Getrusage(who, &used); err != nil {
			return fmt.Errorf("reading CPU times: %w", err)
		}
		*total = time.Duration(used.Utime.Nano() + used.Stime.Nano())
	}
	return nil
}

// show prints the medians, and how they compare with the floor.
func show(subjects []subject, samples map[string][]sample) {
	wall := func(s sample) time.Duration { return s.wall }
	floor := median(samples["floor"], wall)
	previews := newTable("", "resources", "median", "fastest", "slowest", "× floor", "ms per resource above it", "CPU program, stand-ins", "CPU engine, policies")
	pack := newTable("the pack on", "median added", "least", "most", "× without it", "ms per resource", "CPU added", "× without it", "ms per resource")
	for _, s := range subjects {
		of := samples[s.name]
		middle := median(of, wall)
		each := "–"
		if resources := of[0].resources; resources > 1 {
			each = milliseconds(middle-floor, resources)
		}
		walls := make([]time.Duration, len(of))
		for i, m := range of {
			walls[i] = m.wall
		}
		previews.line(s.name, of[0].resources, seconds(middle), seconds(slices.Min(walls)), seconds(slices.Max(walls)),
			fmt.Sprintf("%.2f", middle.Seconds()/floor.Seconds()), each,
			seconds(median(of, func(s sample) time.Duration { return s.driver })), seconds(median(of, func(s sample) time.Duration { return s.engine })))
		if s.policies {
			without := samples[s.without()]
			added, used := pairs(without, of, wall), pairs(without, of, sample.cpu)
			pack.line(s.without(), seconds(middleOf(added)), seconds(added[0]), seconds(added[len(added)-1]),
				times(added, median(without, wall)), milliseconds(middleOf(added), of[0].resources),
				seconds(middleOf(used)), times(used, median(without, sample.cpu)), milliseconds(middleOf(used), of[0].resources))
		}
	}
	previews.print()
	fmt.Println("==> what the policy pack adds to a preview, each compared with the one without it just before")
	pack.print()
}

// cpu is all CPU time of a preview.
func (s sample) cpu() time.Duration { return s.driver + s.engine }

// pairs are the differences between what was measured in the same round, sorted.
func pairs(without, with []sample, of func(sample) time.Duration) []time.Duration {
	added := make([]time.Duration, len(with))
	for i := range with {
		added[i] = of(with[i]) - of(without[i])
	}
	slices.Sort(added)
	return added
}

func middleOf(sorted []time.Duration) time.Duration { return sorted[len(sorted)/2] }

// times is how many times as long something takes with what is added to it.
func times(added []time.Duration, without time.Duration) string {
	return fmt.Sprintf("%.2f", (without+middleOf(added)).Seconds()/without.Seconds())
}

func milliseconds(d time.Duration, resources int) string {
	return fmt.Sprintf("%.1f", float64(d.Microseconds())/1000/float64(resources))
}

func median(samples []sample, of func(sample) time.Duration) time.Duration {
	values := make([]time.Duration, len(samples))
	for i, s := range samples {
		values[i] = of(s)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }
