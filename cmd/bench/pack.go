package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"coffee-platform/internal/sandbox"
	"coffee-platform/policy/analyzer"
	"coffee-platform/policy/exemption"
	"coffee-platform/policy/rules"
	"coffee-platform/stacks"
)

// sizes are the stacks that the rules are measured on.
var sizes = []int{100, 1_000, 10_000}

// judged is the CPU time that the rules took: for the resources of stacks, and for each stack as a whole. Time on
// the clock would count whatever else the machine does.
type judged struct{ resources, stacks time.Duration }

// benchPack measures the rules on prod as it is deployed, thinned out or many times over. They run in this
// process: what the engine and the protocol add, the previews tell.
func benchPack(ctx context.Context, rounds int) error {
	resources, err := deployedProd(ctx)
	if err != nil {
		return err
	}
	graphs := map[int]graph{}
	for _, size := range sizes {
		if graphs[size], err = multiply(resources, size); err != nil {
			return err
		}
	}
	largest := slices.Max(sizes)
	fmt.Printf("==> the policy pack on prod (%d resources), thinned out or many times over: %d times %d resources of each, in turns, after one that is not counted\n",
		len(resources), rounds, largest)
	samples := map[int][]judged{}
	for round := range rounds + 1 {
		for _, size := range sizes {
			// All do the same work, so that all have their share of collecting garbage.
			measured, err := judge(ctx, graphs[size], largest/size)
			if err != nil {
				return err
			}
			if round > 0 {
				samples[size] = append(samples[size], measured)
			}
		}
	}
	showPack(samples, largest)
	return nil
}

// deployedProd deploys prod into a sandbox, without the pack, and returns its resources.
func deployedProd(ctx context.Context) ([]apitype.ResourceV3, error) {
	dir, err := os.MkdirTemp("", "coffee-bench-")
	if err != nil {
		return nil, fmt.Errorf("making room: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }() // as in preview
	root, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("finding the project: %w", err)
	}
	opened, err := sandbox.Open(ctx, "prod", sandbox.Options{
		Root: root, Dir: dir, CLI: filepath.Join(root, ".bin", "cli"), Program: stacks.Program, SaveOnce: true, Out: io.Discard,
	})
	if err != nil {
		return nil, err
	}
	defer func() { _ = opened.Close() }() // it goes with its directory
	if err := opened.Up(ctx); err != nil {
		return nil, fmt.Errorf("deploying prod: %w", err)
	}
	return opened.Resources(ctx)
}

// judge runs every rule on a stack, one resource after the other, some times over.
func judge(ctx context.Context, g graph, times int) (judged, error) {
	runtime.GC() // the one before pays for its own rubbish
	var sum judged
	for range times {
		one, err := judgeOnce(ctx, g)
		if err != nil {
			return judged{}, err
		}
		sum.resources, sum.stacks = sum.resources+one.resources, sum.stacks+one.stacks
	}
	return sum, nil
}

func judgeOnce(ctx context.Context, g graph) (judged, error) {
	server := analyzer.New(analyzer.Pack{Rules: append(rules.All(), exemption.Rule), Today: time.Now()}, "", log.New(io.Discard, "", 0))
	if _, err := server.ConfigureStack(ctx, &pulumirpc.AnalyzerStackConfigureRequest{Stack: "prod", Project: "coffee-platform"}); err != nil {
		return judged{}, err
	}
	var start, middle, end usage
	if err := start.read(); err != nil {
		return judged{}, err
	}
	for _, request := range g.analyze {
		if _, err := server.Analyze(ctx, request); err != nil {
			return judged{}, fmt.Errorf("judging %s: %w", request.GetUrn(), err)
		}
	}
	if err := middle.read(); err != nil {
		return judged{}, err
	}
	if _, err := server.AnalyzeStack(ctx, &pulumirpc.AnalyzeStackRequest{Resources: g.all}); err != nil {
		return judged{}, fmt.Errorf("judging the stack: %w", err)
	}
	err := end.read()
	return judged{middle.self - start.self, end.self - middle.self}, err
}

// showPack prints the medians for one resource of so many, and how they compare with those of the smallest stack.
func showPack(samples map[int][]judged, resources int) {
	table := newTable("resources", "µs of CPU per resource", "by itself", "with the others", "× the smallest", "a stack")
	each := func(size int, of func(judged) time.Duration) float64 {
		durations := make([]time.Duration, len(samples[size]))
		for i, s := range samples[size] {
			durations[i] = of(s)
		}
		slices.Sort(durations)
		return float64(durations[len(durations)/2].Nanoseconds()) / 1000 / float64(resources)
	}
	total := func(j judged) time.Duration { return j.resources + j.stacks }
	smallest := each(sizes[0], total)
	for _, size := range sizes {
		table.line(size, fmt.Sprintf("%.0f", each(size, total)),
			fmt.Sprintf("%.0f", each(size, func(j judged) time.Duration { return j.resources })),
			fmt.Sprintf("%.0f", each(size, func(j judged) time.Duration { return j.stacks })),
			fmt.Sprintf("%.2f", each(size, total)/smallest), seconds(time.Duration(each(size, total)*float64(size))*time.Microsecond))
	}
	table.print()
}
