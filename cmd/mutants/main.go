// Command mutants makes mutants of the policy pack, one at a time, and shows which of them the pack's tests
// let live. It fails if there is one that internal/mutants/equivalent.yaml does not explain. Arguments choose
// mutants by their ids instead of drawing them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"coffee-platform/internal/mutants"
)

// pack is the directory whose mutants are made.
const pack = "policy"

// memory is the address space that each process may have. A mutant that collects without end must not take
// the machine with it; the largest honest process is the linker with about one GiB.
const memory = 6 << 30

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("mutants", flag.ContinueOnError)
	count := flags.Int("n", 300, "how many mutants that compile are tried")
	seed := flags.Uint64("seed", 1, "which of them are drawn")
	below := flags.String("below", pack, "draw only those whose file begins with this")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_AS, &syscall.Rlimit{Cur: memory, Max: memory}); err != nil {
		return fmt.Errorf("limiting memory: %w", err)
	}
	root, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("finding the project: %w", err)
	}
	drawn, err := draw(root, *seed, *below, flags.Args())
	if err != nil {
		return err
	}
	listed, err := mutants.Equivalents()
	if err != nil {
		return err
	}
	trial, err := mutants.NewTrial(ctx, root, pack)
	if err != nil {
		return err
	}
	if err := trial.Baseline(ctx); err != nil {
		return err
	}
	r := result{start: time.Now()}
	for _, m := range drawn {
		if r.tried() == *count {
			break
		}
		killedBy, err := trial.Try(ctx, m)
		if err != nil && !errors.Is(err, mutants.ErrNotCompiled) {
			return err
		}
		r.take(m, killedBy, err, mutants.Reason(listed, m))
	}
	return r.sum()
}

// draw puts the mutants in the order they are tried in.
func draw(root string, seed uint64, below string, ids []string) ([]mutants.Mutant, error) {
	all, err := mutants.Find(root, pack)
	if err != nil {
		return nil, err
	}
	fmt.Printf("%d mutants in %s\n", len(all), pack)
	drawn := slices.DeleteFunc(mutants.Shuffle(all, seed), func(m mutants.Mutant) bool {
		return !strings.HasPrefix(m.File, below) || len(ids) > 0 && !slices.Contains(ids, m.ID())
	})
	switch {
	case len(drawn) == 0:
		return nil, fmt.Errorf("no mutant is below %q and one of the ids %q", below, ids)
	case len(drawn) < len(ids):
		return nil, fmt.Errorf("of the %d ids only %d are mutants below %q", len(ids), len(drawn), below)
	}
	return drawn, nil
}

// result counts what came of the mutants.
type result struct {
	start                                time.Time
	killed, equivalent, survived, broken int
}

func (r *result) tried() int { return r.killed + r.equivalent + r.survived }

func (r *result) take(m mutants.Mutant, killedBy string, err error, equivalent string) {
	verdict := "killed by " + killedBy
	switch {
	case err != nil:
		r.broken++
		verdict = err.Error()
	case killedBy != "":
		r.killed++
	case equivalent != "":
		r.equivalent++
		verdict = "equivalent: " + equivalent
	default:
		r.survived++
		verdict = "SURVIVED"
	}
	fmt.Printf("%4d  %s %s %s %s: %s\n", r.tried(), m.ID(), m.File, m.In, m.Operator, verdict)
	if err == nil && killedBy == "" {
		fmt.Printf("      - %s\n      + %s\n", m.Text, m.Becomes)
	}
}

func (r *result) sum() error {
	fmt.Printf("%d mutants in %s: %d killed, %d equivalent, %d survived; %d more were no programs\n",
		r.tried(), time.Since(r.start).Round(time.Second), r.killed, r.equivalent, r.survived, r.broken)
	if judged := r.killed + r.survived; judged > 0 {
		fmt.Printf("score %.1f %% (killed, of those that are not equivalent)\n", 100*float64(r.killed)/float64(judged))
	}
	if r.survived > 0 {
		return fmt.Errorf("%d mutants survived: write the test that kills each, or say in internal/mutants/equivalent.yaml why none can", r.survived)
	}
	return nil
}
