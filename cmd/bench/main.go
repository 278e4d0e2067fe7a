// Command bench measures what a person waits for: previews, next to the floor, which is the same CLI and the
// same driver with a program that has no resources, and with and without the policy pack; the rules of the pack,
// by the size of the stack; and the build of the program.
//
// All figures of a table come from one run, taken in turns, so that a machine that is slower today is slower in
// all of them: read the ratios.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	rounds := flags.Int("rounds", 5, "how often each preview and each stack is measured")
	previews := flags.Bool("previews", true, "measure previews")
	pack := flags.Bool("pack", true, "measure the rules of the policy pack by themselves")
	build := flags.Bool("build", true, "measure the build of the program too, from an empty cache (several minutes)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *rounds < 1 {
		return fmt.Errorf("-rounds %d measures nothing: use at least 1", *rounds)
	}
	if *previews {
		if err := benchPreviews(ctx, *rounds); err != nil {
			return err
		}
	}
	if *pack {
		if err := benchPack(ctx, *rounds); err != nil {
			return err
		}
	}
	if *build {
		return benchBuild(ctx)
	}
	return nil
}
