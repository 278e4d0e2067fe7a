// Command seededfaults makes the faults of internal/seededfaults, one at a time, and shows which of them
// their tests catch. It fails unless all are caught. Arguments choose the faults whose names contain one of them.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"

	"coffee-platform/internal/seededfaults"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "seededfaults:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, chosen []string) error {
	root, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("finding the project: %w", err)
	}
	faults, err := seededfaults.All()
	if err != nil {
		return err
	}
	for _, part := range chosen {
		if !slices.ContainsFunc(faults, func(f seededfaults.Fault) bool { return strings.Contains(f.Name, part) }) {
			return fmt.Errorf("no fault's name contains %q", part)
		}
	}
	if len(chosen) > 0 {
		faults = slices.DeleteFunc(faults, func(f seededfaults.Fault) bool {
			return !slices.ContainsFunc(chosen, func(part string) bool { return strings.Contains(f.Name, part) })
		})
	}
	start, caught := time.Now(), 0
	passing := map[string]error{}
	for i, f := range faults {
		verdict := "caught by " + f.CaughtBy
		if _, tried := passing[f.CaughtBy]; !tried {
			passing[f.CaughtBy] = seededfaults.Passes(ctx, root, f.CaughtBy)
		}
		err := passing[f.CaughtBy]
		if err == nil {
			err = f.Check(ctx, root)
		}
		switch {
		case err == nil:
			caught++
		case errors.Is(err, context.Canceled):
			return err
		default:
			verdict = err.Error()
		}
		fmt.Printf("%3d/%d  %-60s %s\n", i+1, len(faults), f.Name, verdict)
	}
	fmt.Printf("%d of %d faults caught in %s\n", caught, len(faults), time.Since(start).Round(time.Second))
	if caught < len(faults) {
		return fmt.Errorf("%d faults were not caught", len(faults)-caught)
	}
	return nil
}
