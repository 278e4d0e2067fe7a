// Package inputdiff compares a resource's inputs for the stand-in providers.
package inputdiff

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
)

// Compare says what changed between the inputs a resource has and those it shall have; replace are the
// inputs, dotted when nested, that cannot change in place.
func Compare(before, after resource.PropertyMap, replace []string) plugin.DiffResult {
	changes := before.Diff(after, func(key resource.PropertyKey) bool { return strings.HasPrefix(string(key), "__") })
	if changes == nil {
		return plugin.DiffResult{Changes: plugin.DiffNone}
	}
	result := plugin.DiffResult{
		Changes:      plugin.DiffSome,
		ChangedKeys:  changes.ChangedKeys(),
		DetailedDiff: plugin.NewDetailedDiffFromObjectDiff(changes, true),
	}
	for _, fixed := range replace {
		if at(resource.NewProperty(before), fixed).DeepEquals(at(resource.NewProperty(after), fixed)) {
			continue // what changed is beside it
		}
		for path, change := range result.DetailedDiff {
			if !isAt(path, fixed) {
				continue
			}
			result.DetailedDiff[path] = plugin.PropertyDiff{Kind: change.Kind.AsReplace(), InputDiff: true}
			top, _, _ := strings.Cut(fixed, ".")
			if key := resource.PropertyKey(top); !slices.Contains(result.ReplaceKeys, key) {
				result.ReplaceKeys = append(result.ReplaceKeys, key)
			}
		}
	}
	slices.Sort(result.ReplaceKeys)
	return result
}

// at is what is at a dotted path; a list on the way, or what is not known, is taken whole.
func at(value resource.PropertyValue, path string) resource.PropertyValue {
	for value.IsSecret() {
		value = value.SecretValue().Element
	}
	if path == "" || !value.IsObject() {
		return value
	}
	name, rest, _ := strings.Cut(path, ".")
	return at(value.ObjectValue()[resource.PropertyKey(name)], rest)
}

// isAt tells whether a path of a detailed diff is the dotted input, within it, or holds it.
func isAt(path, input string) bool {
	plain := withoutIndexes(path)
	return plain == input || strings.HasPrefix(plain, input+".") || strings.HasPrefix(input, plain+".")
}

func withoutIndexes(path string) string {
	for {
		open := strings.IndexByte(path, '[')
		if open < 0 {
			return path
		}
		end := strings.IndexByte(path[open:], ']')
		if end < 0 {
			return path
		}
		path = path[:open] + path[open+end+1:]
	}
}
