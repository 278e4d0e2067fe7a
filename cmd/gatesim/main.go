// Command gatesim simulates consumers that look for a free render gate, shows what comes out, and writes it into
// the page of the decision it is for.
package main

import (
	"fmt"
	"os"

	"coffee-platform/internal/gatesim"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "gatesim:", err)
		os.Exit(1)
	}
}

func run() error {
	page, err := os.ReadFile(gatesim.Page)
	if err != nil {
		return err
	}
	report := gatesim.Report()
	fmt.Print(report)
	text, err := gatesim.Insert(string(page), report)
	if err != nil {
		return err
	}
	return os.WriteFile(gatesim.Page, []byte(text), 0o644)
}
