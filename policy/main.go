// Command policy is the project's Pulumi policy pack. The engine starts it:
//
//	pulumi preview --policy-pack path/to/binary
package main

import (
	"fmt"
	"os"

	"coffee-platform/policy/analyzer"
	"coffee-platform/policy/rules"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	m, err := readManifest()
	if err != nil {
		return err
	}
	return analyzer.Serve(analyzer.Pack{
		Name:        "coffee-platform",
		DisplayName: "Coffee platform",
		Version:     m.Version,
		Description: m.Description,
		Rules:       rules.All(),
	}, os.Stdout, os.Stderr)
}
