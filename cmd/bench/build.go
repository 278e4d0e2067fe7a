package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"coffee-platform/internal/overlay"
)

// changed is the file that a rebuild is measured with.
const changed = "stacks/environment.go"

// benchBuild measures the build of the program from an empty cache, and again after a change of one file.
func benchBuild(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "coffee-bench-")
	if err != nil {
		return fmt.Errorf("making room: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }() // as in preview

	fmt.Printf("==> building the program from an empty cache on %d CPUs (several minutes)\n", runtime.GOMAXPROCS(0))
	took, peak, err := build(ctx, dir)
	if err != nil {
		return err
	}
	fmt.Printf("from an empty cache      %8s, largest process %.1f GiB\n", took.Round(time.Second), peak)

	changes, err := change(dir)
	if err != nil {
		return err
	}
	if took, peak, err = build(ctx, dir, "-overlay", changes); err != nil {
		return err
	}
	fmt.Printf("%s changed  %8s, largest process %.1f GiB\n", changed, took.Round(100*time.Millisecond), peak)
	return nil
}

// build builds the program with a cache in dir, and returns how long it took and how much memory, in GiB,
// the largest of its processes had.
func build(ctx context.Context, dir string, flags ...string) (time.Duration, float64, error) {
	args := append([]string{"build", "-o", filepath.Join(dir, "program")}, flags...)
	command := exec.CommandContext(ctx, "go", append(args, ".")...)
	command.Env = append(os.Environ(), "GOCACHE="+filepath.Join(dir, "cache"))
	command.Stderr = os.Stderr
	start := time.Now()
	if err := command.Run(); err != nil {
		return 0, 0, fmt.Errorf("building the program: %w", err)
	}
	took := time.Since(start)
	used, ok := command.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return took, 0, fmt.Errorf("this system does not say how much memory a process had")
	}
	// Linux counts in KiB (getrusage(2)), macOS in bytes.
	unit := float64(1 << 10)
	if runtime.GOOS == "darwin" {
		unit = 1
	}
	return took, float64(used.Maxrss) * unit / (1 << 30), nil
}

// change makes an overlay in which the file has one variable more.
func change(dir string) (string, error) {
	text, err := os.ReadFile(changed)
	if err != nil {
		return "", fmt.Errorf("changing %s: %w", changed, err)
	}
	return overlay.Write(dir, changed, append(text, "\nvar _ = \"changed\"\n"...))
}
