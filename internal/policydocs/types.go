package policydocs

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"coffee-platform/policy/rule"
	"coffee-platform/policy/workload"
)

// typed is what has a type in a fixture.
type typed struct {
	Type  string
	Stack []typed
}

// fixtureTypes are the resource types that the rules' fixtures name, sorted. Selectors are
// functions and cannot be listed; they can be asked about every type anybody tried.
func fixtureTypes(root string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(root, "policy", "rules", "testdata", "*.yaml"))
	if err != nil {
		return nil, fmt.Errorf("looking for fixtures: %w", err)
	}
	types := map[string]bool{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("reading fixtures: %w", err)
		}
		var fixtures []typed
		if err := yaml.Unmarshal(data, &fixtures); err != nil {
			return nil, fmt.Errorf("reading %s: %w", file, err)
		}
		for _, f := range fixtures {
			for _, t := range append(f.Stack, f) {
				types[t.Type] = true
			}
		}
	}
	delete(types, "")
	return slices.Sorted(maps.Keys(types)), nil
}

// looksAt says what a rule is about.
func looksAt(r rule.Rule, types []string) string {
	var about []string
	if r.AppliesTo != nil {
		about = selected(r.AppliesTo, types)
	}
	switch {
	case r.Check == nil && r.CheckStack == nil:
		return "the exemptions of the stack, after all other rules"
	case r.CheckStack != nil:
		about = append(about, "the stack as a whole")
	}
	return strings.Join(about, ", ")
}

// selected names the types that a selector chooses; those that make pods together, if it
// chooses all of them.
func selected(selects rule.Selector, types []string) []string {
	var names, workloads []string
	all := 0
	for _, t := range types {
		about := rule.Resource{Type: t}
		makesPods := workload.Selects(about)
		if makesPods {
			all++
		}
		switch name := "`" + t + "`"; {
		case !selects(about):
		case makesPods:
			workloads = append(workloads, name)
		default:
			names = append(names, name)
		}
	}
	if len(workloads) == all {
		workloads = []string{"every Kubernetes resource that makes pods"}
	}
	return append(names, workloads...)
}
