// Package golden writes down what a stack is, so that a change of the program shows as a change of files:
// resources.yaml, every resource with its inputs, and manifests/, every Kubernetes object.
//
// What differs from run to run is written the same: names with random digits, and the order of creation.
package golden

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"coffee-platform/internal/sandbox"
)

// resource is a resource as resources.yaml holds it.
type resource struct {
	Resource  string         `json:"resource"`
	Parent    string         `json:"parent,omitempty"`
	Protect   bool           `json:"protect,omitempty"`
	Retain    bool           `json:"retainOnDelete,omitempty"`
	DependsOn []string       `json:"dependsOn,omitempty"`
	Inputs    map[string]any `json:"inputs,omitempty"`
	// Manifest is the file that has a Kubernetes object's inputs.
	Manifest string `json:"manifest,omitempty"`
}

// Files are the golden files of a stack's resources, by path.
func Files(resources []sandbox.Resource) (map[string]string, error) {
	replace := randomNames(resources)
	list := make([]resource, len(resources))
	files := map[string]string{}
	for i, r := range resources {
		list[i] = resource{Resource: short(r.URN), Parent: short(r.Parent), Protect: r.Protect, Retain: r.Retain, Inputs: r.Inputs}
		for _, d := range r.Dependencies {
			list[i].DependsOn = append(list[i].DependsOn, short(d))
		}
		slices.Sort(list[i].DependsOn)
		if r.IsObject() {
			text, err := yaml.Marshal(r.Inputs)
			if err != nil {
				return nil, fmt.Errorf("writing the manifest of %s: %w", r.URN, err)
			}
			list[i].Inputs, list[i].Manifest = nil, filepath.Join("manifests", replace.Replace(sandbox.ManifestName(r.Inputs)))
			if _, taken := files[list[i].Manifest]; taken {
				return nil, fmt.Errorf("two objects have the manifest %s: one of them is %s", list[i].Manifest, r.URN)
			}
			files[list[i].Manifest] = replace.Replace(string(text))
		}
	}
	slices.SortFunc(list, func(a, b resource) int { return cmp.Compare(a.Resource, b.Resource) })
	text, err := yaml.Marshal(list)
	if err != nil {
		return nil, fmt.Errorf("writing resources.yaml: %w", err)
	}
	files["resources.yaml"] = replace.Replace(string(text))
	return files, nil
}

// short is a URN without what is the same in all of them: "type name".
func short(urn string) string {
	parts := strings.SplitN(urn, "::", 4)
	if len(parts) < 4 {
		return ""
	}
	types := strings.Split(parts[2], "$")
	return types[len(types)-1] + " " + parts[3]
}

// randomNames replaces the names that were made at random by ones that say so.
func randomNames(resources []sandbox.Resource) *strings.Replacer {
	random := map[string]string{}
	for _, r := range resources {
		logical := r.URN[strings.LastIndex(r.URN, "::")+2:]
		pattern := regexp.MustCompile(`^` + regexp.QuoteMeta(strings.ToLower(logical)) + `-[0-9a-f]{7,8}$`)
		metadata, _ := r.Inputs["metadata"].(map[string]any)
		for _, input := range append(slices.Collect(maps.Values(r.Inputs)), metadata["name"]) {
			if text, ok := input.(string); ok && pattern.MatchString(text) {
				random[text] = logical + "-random"
			}
		}
	}
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(random)) {
		pairs = append(pairs, name, random[name])
	}
	return strings.NewReplacer(pairs...)
}

// Write writes files into a directory in place of those that are there.
func Write(dir string, files map[string]string) error {
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("removing earlier files: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("making room for %s: %w", path, err)
		}
		if err := os.WriteFile(path, []byte(files[name]), 0o644); err != nil {
			return fmt.Errorf("writing %s: %w", path, err)
		}
	}
	return nil
}

// Read reads the files below a directory, by path.
func Read(dir string) (map[string]string, error) {
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		files[name] = string(text)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", dir, err)
	}
	return files, nil
}
