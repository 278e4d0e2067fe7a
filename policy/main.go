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
	pack, err := newPack(m, policies.Exemptions, policies.Configuration)
	if err != nil {
		return err
	}
	return analyzer.Serve(pack, os.Stdout, os.Stderr)
}

// newPack reads what the environments ask of the pack.
func newPack(m manifest, exemptionsFile, configurationFile []byte) (analyzer.Pack, error) {
	exemptions, err := exemption.Parse(exemptionsFile, rules.All())
	if err != nil {
		return analyzer.Pack{}, fmt.Errorf("stacks/policies/exemptions.yaml: %w", err)
	}
	choices, err := configuration.Parse(configurationFile, rules.All())
	if err != nil {
		return analyzer.Pack{}, fmt.Errorf("stacks/policies/configuration.yaml: %w", err)
	}
	return analyzer.Pack{
		Name:          "coffee-platform",
		DisplayName:   "Coffee platform",
		Version:       m.Version,
		Description:   m.Description,
		Rules:         append(rules.All(), exemption.Rule),
		Configuration: choices,
		Exemptions:    exemptions,
		Today:         time.Now(),
	}, nil
}
