// Command e2e proves the Kubernetes half of the environments on a real control plane: see internal/e2e.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"coffee-platform/internal/e2e"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		stop()
		fmt.Fprintln(os.Stderr, "e2e:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("e2e", flag.ContinueOnError)
	stacks := flags.String("stacks", "dev,staging,prod", "the environments, with commas")
	scenarios := flags.String("scenarios", "", "the scenarios, with commas; empty means all of "+strings.Join(e2e.ScenarioNames(), ", "))
	golden := flags.String("manifests", "internal/golden/testdata", "where each environment's resources.yaml and manifests are")
	tools := flags.String("tools", ".bin", "where the control plane's programs are")
	if err := flags.Parse(args); err != nil {
		return err
	}
	options := e2e.Options{
		Stacks: strings.Split(*stacks, ","), Tools: *tools, Golden: *golden, Work: ".e2e", Out: os.Stdout,
	}
	if *scenarios != "" {
		options.Scenarios = strings.Split(*scenarios, ",")
	}
	return e2e.Run(ctx, options)
}
