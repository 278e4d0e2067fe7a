// Command policy is the project's Pulumi policy pack. The engine starts it:
//
//	pulumi preview --policy-pack path/to/binary
package main

import (
	"fmt"
	"os"
	"time"

	"coffee-platform/policy/analyzer"
	"coffee-platform/policy/configuration"
	"coffee-platform/policy/exemption"
	"coffee-platform/policy/rules"
	"coffee-platform/stacks/policies"
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
	exemptions, err := exemption.Parse(policies.Exemptions, rules.All())
	if err != nil {
		return fmt.Errorf("stacks/policies/exemptions.yaml: %w", err)
	}
	choices, err := configuration.Parse(policies.Configuration, rules.All())
	if err != nil {
		return fmt.Errorf("stacks/policies/configuration.yaml: %w", err)
	}
	return analyzer.Serve(analyzer.Pack{
		Name:          "coffee-platform",
		DisplayName:   "Coffee platform",
		Version:       m.Version,
		Description:   m.Description,
		Rules:         append(rules.All(), exemption.Rule),
		Configuration: choices,
		Exemptions:    exemptions,
		Today:         time.Now(),
	}, os.Stdout, os.Stderr)
}
