package reach

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"coffee-platform/policy/rule"
)

// topology is a stack as testdata writes it: resources by name, with their type as "is" and references
// to each other as $name.
type topology map[string]map[string]any

// knowledge is how much is known of a stack.
type knowledge string

const (
	// previewed: no id is known, and the engine records what each property is computed from.
	previewed knowledge = "preview"
	// vague: as in a preview, and of lists of ids not even the length is known.
	vague knowledge = "vague"
	// deployed: everything is known.
	deployed knowledge = "deployed"
	// byID: everything is known, and nothing is recorded.
	byID knowledge = "by id"
)

var everyKnowledge = []knowledge{previewed, vague, deployed, byID}

func readYAML(t testing.TB, path string, into any) {
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, yaml.UnmarshalStrict(data, into))
}

// with is the topology with resources added, changed and left out.
func (t topology) with(changes topology, without []string) topology {
	changed := topology{}
	for name, r := range t {
		if !slices.Contains(without, name) {
			changed[name] = maps.Clone(r)
		}
	}
	for name, properties := range changes {
		if changed[name] == nil {
			changed[name] = map[string]any{}
		}
		maps.Copy(changed[name], properties)
	}
	return changed
}

// stack is what the analyzer would see of the topology.
func (t topology) stack(known knowledge) rule.Stack {
	return rule.NewStack(t.resources(known))
}

func (t topology) resources(known knowledge) []rule.Resource {
	outputs := map[string]resource.PropertyMap{}
	for name := range t {
		outputs[name] = resource.PropertyMap{"id": idOf(t, name)}
		if known == previewed || known == vague {
			outputs[name] = resource.PropertyMap{"id": unknown}
		}
	}
	var resources []rule.Resource
	for _, name := range slices.Sorted(maps.Keys(t)) {
		w := writer{topology: t, known: known, outputs: outputs, dependencies: map[string][]string{}}
		inputs := resource.PropertyMap{}
		for property, value := range t[name] {
			if property != "is" {
				inputs[resource.PropertyKey(property)] = w.write(property, value)
			}
		}
		r := rule.Resource{URN: urnOf(name), Name: name, Type: typeOf(t[name]["is"].(string)), Inputs: rule.NewValue(urnOf(name), inputs)}
		if known != byID {
			r.PropertyDependencies = w.dependencies
		}
		resources = append(resources, r)
	}
	for i, r := range resources {
		resources[i].Outputs = rule.NewValue(r.URN, outputs[r.Name])
	}
	return resources
}

var unknown = resource.MakeComputed(resource.NewProperty(""))

func urnOf(name string) string { return "urn:pulumi:dev::coffee::test::" + name }

// typeOf writes out a type: ec2/subnet is aws:ec2/subnet:Subnet. Kubernetes' are written out already.
func typeOf(short string) string {
	if strings.Contains(short, ":") {
		return short
	}
	module, name, _ := strings.Cut(short, "/")
	return "aws:" + module + "/" + name + ":" + strings.ToUpper(name[:1]) + name[1:]
}

// idOf begins as AWS's ids do where that matters.
func idOf(t topology, name string) resource.PropertyValue {
	prefix := "id-"
	if t[name]["is"] == "ec2/internetGateway" {
		prefix = "igw-"
	}
	return resource.NewProperty(prefix + name)
}

// writer writes the properties of a resource.
type writer struct {
	topology     topology
	known        knowledge
	outputs      map[string]resource.PropertyMap
	dependencies map[string][]string
}

func (w writer) write(property string, value any) resource.PropertyValue {
	switch value := value.(type) {
	case string:
		if value == "?" {
			return unknown
		}
		if reference, ok := strings.CutPrefix(value, "$"); ok {
			return w.refer(property, reference)
		}
	case []any:
		items := make([]resource.PropertyValue, len(value))
		for i, item := range value {
			items[i] = w.write(property, item)
		}
		if w.known == vague && unknownThroughout(items) {
			return unknown
		}
		return resource.NewProperty(items)
	case map[string]any:
		object := resource.PropertyMap{}
		for key, item := range value {
			object[resource.PropertyKey(key)] = w.write(property, item)
		}
		return resource.NewProperty(object)
	}
	return resource.NewPropertyValue(value)
}

// unknownThroughout tells whether nothing in a list is known.
func unknownThroughout(items []resource.PropertyValue) bool {
	for _, item := range items {
		if item.IsObject() {
			item = resource.NewProperty(slices.Collect(maps.Values(item.ObjectValue())))
		}
		if item.IsArray() && !unknownThroughout(item.ArrayValue()) || !item.IsArray() && !item.IsComputed() {
			return false
		}
	}
	return len(items) > 0
}

func (w writer) refer(property, reference string) resource.PropertyValue {
	name, output, named := strings.Cut(reference, ".")
	if w.topology[name] == nil {
		panic("there is no resource " + name)
	}
	w.dependencies[property] = append(w.dependencies[property], urnOf(name))
	value := idOf(w.topology, name)
	if named {
		value = resource.NewProperty("of-" + name + "-" + output)
	}
	if w.known == previewed || w.known == vague {
		value = unknown
	} else if named {
		at := w.outputs[name]
		keys := strings.Split(output, ".")
		for _, key := range keys[:len(keys)-1] {
			if !at[resource.PropertyKey(key)].IsObject() {
				at[resource.PropertyKey(key)] = resource.NewProperty(resource.PropertyMap{})
			}
			at = at[resource.PropertyKey(key)].ObjectValue()
		}
		at[resource.PropertyKey(keys[len(keys)-1])] = value
	}
	return value
}
