// Command policydocs writes the catalogue of the policy pack's rules, docs/policies.md.
package main

import (
	"fmt"
	"os"

	"coffee-platform/internal/policydocs"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "policydocs:", err)
		os.Exit(1)
	}
}

func run() error {
	text, err := policydocs.Render(".")
	if err != nil {
		return err
	}
	return os.WriteFile("docs/policies.md", []byte(text), 0o644)
}
