package mutants

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"coffee-platform/internal/overlay"
)

// ErrNotCompiled means that a mutant is no program, so that there is nothing to test.
var ErrNotCompiled = errors.New("does not compile")

// timeout ends the tests of a mutant that runs in circles. Those of the pack take five seconds on two free
// cores.
const timeout = "2m"

// Trial runs the tests of the packages below a directory on mutants of them.
type Trial struct {
	root string
	// packages are those there are, by path from the root.
	packages map[string]testedPackage
}

type testedPackage struct {
	hasTests bool
	imports  []string
}

// NewTrial reads which packages there are below a directory of the project at root, and who imports whom.
func NewTrial(ctx context.Context, root, dir string) (*Trial, error) {
	const line = `{{.ImportPath}} {{.Module.Path}} {{if or .TestGoFiles .XTestGoFiles}}tests{{else}}none{{end}}` +
		`{{range .Imports}} {{.}}{{end}}{{range .TestImports}} {{.}}{{end}}{{range .XTestImports}} {{.}}{{end}}`
	command := exec.CommandContext(ctx, "go", "list", "-f", line, "./"+dir+"/...")
	command.Dir, command.Stderr = root, os.Stderr
	output, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("listing the packages of %s: %w", dir, err)
	}
	t := &Trial{root: root, packages: map[string]testedPackage{}}
	for listed := range strings.Lines(string(output)) {
		words := strings.Fields(listed)
		module := words[1] + "/"
		p := testedPackage{hasTests: words[2] == "tests"}
		for _, imported := range words[3:] {
			if own, ok := strings.CutPrefix(imported, module); ok {
				p.imports = append(p.imports, own)
			}
		}
		t.packages[strings.TrimPrefix(words[0], module)] = p
	}
	return t, nil
}

// Baseline runs all tests on the program as it is: where they fail, they say nothing about mutants.
func (t *Trial) Baseline(ctx context.Context) error {
	output, err := t.test(ctx, t.thatSee(""))
	if err != nil {
		return fmt.Errorf("the tests fail without any mutant: %w\n%s", err, output)
	}
	return nil
}

// Try runs the tests that may see a mutant until one fails, and returns that one's name: those of its package,
// and then those of the packages that use it. It is "" for a mutant that lives.
func (t *Trial) Try(ctx context.Context, m Mutant) (killedBy string, err error) {
	source, err := os.ReadFile(filepath.Join(t.root, m.File))
	if err != nil {
		return "", fmt.Errorf("trying %s: %w", m.ID(), err)
	}
	dir, err := os.MkdirTemp("", "mutant-")
	if err != nil {
		return "", fmt.Errorf("trying %s: %w", m.ID(), err)
	}
	defer func() { _ = os.RemoveAll(dir) }() // a left-over in the temporary directory hurts nobody
	replaced, err := overlay.Write(dir, filepath.Join(t.root, m.File), m.Apply(source))
	if err != nil {
		return "", fmt.Errorf("trying %s: %w", m.ID(), err)
	}
	own := path.Dir(m.File)
	users := slices.DeleteFunc(t.thatSee(own), func(p string) bool { return p == own })
	for _, packages := range [][]string{{own}, users} {
		if len(packages) == 0 {
			continue
		}
		output, err := t.test(ctx, packages, "-overlay", replaced)
		switch {
		case err == nil:
		case ctx.Err() != nil:
			return "", ctx.Err()
		case testsFailed.Match(output):
			return failed(output), nil
		case bytes.Contains(output, []byte("[build failed]")) && notCompiled.Match(output):
			return "", ErrNotCompiled
		default:
			// A machine without room or memory kills no mutant.
			return "", fmt.Errorf("trying %s: the tests did not run: %w\n%s", m.ID(), err, output)
		}
	}
	return "", nil
}

// thatSee are the packages with tests whose tests run code of a package; of "", all of them.
func (t *Trial) thatSee(changed string) []string {
	var see []string
	for name, p := range t.packages {
		if p.hasTests && (changed == "" || t.reaches(name, changed, map[string]bool{})) {
			see = append(see, name)
		}
	}
	slices.Sort(see)
	return see
}

func (t *Trial) reaches(from, to string, seen map[string]bool) bool {
	if from == to {
		return true
	}
	seen[from] = true
	return slices.ContainsFunc(t.packages[from].imports, func(next string) bool {
		return !seen[next] && t.reaches(next, to, seen)
	})
}

// test compiles a package that has no tests, too.
func (t *Trial) test(ctx context.Context, packages []string, flags ...string) ([]byte, error) {
	args := append([]string{"test", "-count=1", "-vet=off", "-failfast", "-timeout", timeout}, flags...)
	for _, p := range packages {
		args = append(args, "./"+p)
	}
	command := exec.CommandContext(ctx, "go", args...)
	command.Dir = t.root
	return command.CombinedOutput()
}

var (
	// testsFailed is what the Go command writes of a package whose tests ran, and notCompiled what the compiler does.
	testsFailed = regexp.MustCompile(`(?m)^FAIL\t\S+\t[0-9.]+s$`)
	notCompiled = regexp.MustCompile(`(?m)^\S+\.go:\d+:\d+: `)

	failedTest = regexp.MustCompile(`(?m)^--- FAIL: (\S+)`)
	panicked   = regexp.MustCompile(`(?m)^(panic: .*)$`)
)

// failed is the name of the first test that failed, or what ended them.
func failed(output []byte) string {
	for _, pattern := range []*regexp.Regexp{failedTest, panicked} {
		if found := pattern.FindSubmatch(output); found != nil {
			return string(found[1])
		}
	}
	return "a test that ended the program"
}
