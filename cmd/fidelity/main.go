// Command fidelity writes the fidelity ledger, docs/fidelity.md.
package main

import (
	"fmt"
	"os"

	"coffee-platform/internal/fidelity"
)

func main() {
	if err := os.WriteFile("docs/fidelity.md", []byte(fidelity.Render()), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, "fidelity:", err)
		os.Exit(1)
	}
}
