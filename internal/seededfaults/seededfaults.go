// Package seededfaults holds a list of faults that somebody could make in components, settings and stacks,
// each with the test that catches it, and makes them: whether the tests are worth anything is seen only when
// what they guard is broken.
package seededfaults

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"coffee-platform/internal/overlay"
)

//go:embed faults.yaml
var list []byte

// Fault is a change to a file that a test must catch.
type Fault struct {
	// Name says what is wrong.
	Name string `json:"name"`
	// File is the file, from the root of the project; Replace is in it once and becomes With.
	File    string `json:"file"`
	Replace string `json:"replace"`
	With    string `json:"with"`
	// CaughtBy is the package, from the root of the project, and the name of the test.
	CaughtBy string `json:"caughtBy"`
}

// ErrMissed means that a fault was made and its test passed.
var ErrMissed = errors.New("missed: the test passed")

// All are the faults of the list.
func All() ([]Fault, error) {
	var faults []Fault
	if err := yaml.UnmarshalStrict(list, &faults); err != nil {
		return nil, fmt.Errorf("reading faults.yaml: %w", err)
	}
	return faults, nil
}

// Test is the package of the test that catches the fault, and its name.
func (f Fault) Test() (pkg, name string) {
	pkg, name, _ = strings.Cut(f.CaughtBy, " ")
	return pkg, name
}

// Apply is the text of the fault's file, in the project at root, with the fault in it.
func (f Fault) Apply(root string) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(root, f.File))
	if err != nil {
		return nil, fmt.Errorf("making the fault %q: %w", f.Name, err)
	}
	if count := bytes.Count(text, []byte(f.Replace)); count != 1 {
		return nil, fmt.Errorf("making the fault %q: %s has %d times %q, not once: mend the list", f.Name, f.File, count, f.Replace)
	}
	return bytes.Replace(text, []byte(f.Replace), []byte(f.With), 1), nil
}

// Passes is an error unless a test, as CaughtBy names it, passes while nothing is wrong: one that fails anyway, or is skipped
// on this machine, catches nothing.
func Passes(ctx context.Context, root, caughtBy string) error {
	_, test := Fault{CaughtBy: caughtBy}.Test()
	output, err := run(ctx, root, caughtBy, "-v")
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return fmt.Errorf("%s fails with nothing wrong: %w\n%s", caughtBy, err, output)
	case !bytes.Contains(output, []byte("--- PASS: "+test+" ")):
		return fmt.Errorf("%s is skipped here, or not there\n%s", caughtBy, output)
	}
	return nil
}

// run runs a test, as CaughtBy names it, and returns what go test prints.
func run(ctx context.Context, root, caughtBy string, flags ...string) ([]byte, error) {
	pkg, test := Fault{CaughtBy: caughtBy}.Test()
	command := exec.CommandContext(ctx, "go", slices.Concat([]string{"test", "-count=1", "-vet=off", "-run", "^" + test + "$"}, flags, []string{"./" + pkg})...)
	command.Dir = root
	return command.CombinedOutput()
}

// Check makes the fault, in a copy that only the compiler sees, and runs its test. It is nil if the test
// failed, ErrMissed if it passed, and something else if it could not be run.
func (f Fault) Check(ctx context.Context, root string) error {
	faulty, err := f.Apply(root)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "seeded-fault-")
	if err != nil {
		return fmt.Errorf("making the fault %q: %w", f.Name, err)
	}
	defer func() { _ = os.RemoveAll(dir) }() // a left-over in the temporary directory hurts nobody
	replaced, err := overlay.Write(dir, filepath.Join(root, f.File), faulty)
	if err != nil {
		return fmt.Errorf("making the fault %q: %w", f.Name, err)
	}
	_, test := f.Test()
	output, err := run(ctx, root, f.CaughtBy, "-overlay", replaced)
	switch {
	case err == nil:
		return ErrMissed
	case ctx.Err() != nil:
		return ctx.Err()
	case bytes.Contains(output, []byte("--- FAIL: "+test)):
		return nil
	default:
		return fmt.Errorf("the test did not run: %w\n%s", err, output)
	}
}
