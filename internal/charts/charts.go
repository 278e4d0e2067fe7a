// Package charts says which Helm charts the project installs, each at one version, and which values they
// take. Helm passes over a value that a chart does not know, so that a misspelled one hardens nothing and
// nobody is told; here it is a mistake. docs/charts.md says how each chart was looked at.
package charts

import (
	"embed"
	"fmt"
	"maps"
	"slices"

	"sigs.k8s.io/yaml"

	"coffee-platform/internal/problem"
)

// Chart is a Helm chart.
type Chart struct {
	// Name, Version and Repository are what Helm finds it by.
	Name, Version, Repository string
	// Groups are the API groups of the custom resources it brings.
	Groups []string
}

// ExternalSecrets delivers secrets from AWS Secrets Manager to Kubernetes.
var ExternalSecrets = Chart{
	Name:       "external-secrets",
	Version:    "2.9.0",
	Repository: "https://charts.external-secrets.io",
	Groups:     []string{"external-secrets.io"},
}

// KEDA scales by the length of queues and other things that Kubernetes does not see.
var KEDA = Chart{
	Name:       "keda",
	Version:    "2.20.2",
	Repository: "https://kedacore.github.io/charts",
	Groups:     []string{"keda.sh"},
}

// All are the charts that the project installs.
var All = []Chart{ExternalSecrets, KEDA}

// Find is the chart of a name, nil if the project installs none.
func Find(name string) *Chart {
	for _, chart := range All {
		if chart.Name == name {
			return &chart
		}
	}
	return nil
}

// Bringing is the chart that brings the custom resources of an API group, nil if none does.
func Bringing(group string) *Chart {
	for _, chart := range All {
		if slices.Contains(chart.Groups, group) {
			return &chart
		}
	}
	return nil
}

// known holds, for each chart, the values it takes, as far as the project needs them: a tree of their names
// in which each leaf says what the value is.
//
//go:embed values/*.yaml
var known embed.FS

// Values are the values that the chart is known to take, by name; a value is another such map, or the name of
// its kind.
func (c Chart) Values() (map[string]any, error) {
	data, err := known.ReadFile("values/" + c.Name + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("the values of chart %s: %w", c.Name, err)
	}
	var tree map[string]any
	if err := yaml.UnmarshalStrict(data, &tree); err != nil {
		return nil, fmt.Errorf("the values of chart %s: %w", c.Name, err)
	}
	return tree, nil
}

// kinds tell whether a value is of a kind.
var kinds = map[string]func(any) bool{
	"text":   is[string],
	"flag":   is[bool],
	"number": isNumber,
	"list":   is[[]any],
	"map":    is[map[string]any],
}

func is[T any](value any) bool {
	_, ok := value.(T)
	return ok
}

func isNumber(value any) bool {
	switch value.(type) {
	case int, int64, float64:
		return true
	}
	return false
}

// Validate reports every value that the chart is not known to take, or not as what it is.
func (c Chart) Validate(values map[string]any) problem.List {
	var problems problem.List
	tree, err := c.Values()
	if err != nil {
		problems.Add("", "%v", err)
		return problems
	}
	c.validate("", values, tree, &problems)
	return problems
}

func (c Chart) validate(at string, values, tree map[string]any, problems *problem.List) {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		path := name
		if at != "" {
			path = at + "." + name
		}
		value := values[name]
		switch want := tree[name].(type) {
		case nil:
			problems.Add(path, "chart %s %s is not known to take this value: look into the chart, and enter it in internal/charts/values/%s.yaml", c.Name, c.Version, c.Name)
		case string:
			if of, ok := kinds[want]; !ok || !of(value) {
				problems.Add(path, "is not a %s", want)
			}
		case map[string]any:
			below, ok := value.(map[string]any)
			if !ok {
				problems.Add(path, "is not a map")
				continue
			}
			c.validate(path, below, want, problems)
		}
	}
}
