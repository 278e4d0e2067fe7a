// Package sdkschema reads from the Go types of a Pulumi SDK which inputs a resource takes and which
// outputs it has. The types are generated from the provider's own schema, so a stand-in that holds
// programs to them refuses what the provider itself would refuse.
package sdkschema

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Resource is what the SDK says of a resource type.
type Resource struct {
	inputs  map[string]reflect.Type
	outputs map[string]reflect.Type
}

// Of reads the schema of a resource from its SDK types: args is a value of its arguments
// (ec2.VpcArgs{}), state a value of the resource itself (ec2.Vpc{}).
func Of(args interface{ ElementType() reflect.Type }, state any) Resource {
	return Resource{
		inputs:  tagged(args.ElementType()),
		outputs: tagged(reflect.TypeOf(state)),
	}
}

// tagged are the types of a struct's fields by their pulumi tags.
func tagged(t reflect.Type) map[string]reflect.Type {
	fields := map[string]reflect.Type{}
	for i := range t.NumField() {
		field := t.Field(i)
		if name, _, _ := strings.Cut(field.Tag.Get("pulumi"), ","); name != "" {
			fields[name] = field.Type
		}
	}
	return fields
}

// Outputs are the names of all outputs, sorted. Inputs are outputs too.
func (r Resource) Outputs() []string {
	return slices.Sorted(maps.Keys(r.outputs))
}

// AlwaysPresent are the names of the outputs the provider promises to set, sorted: those whose type in
// the SDK is neither optional nor a collection.
func (r Resource) AlwaysPresent() []string {
	var names []string
	for name, t := range r.outputs {
		output, ok := reflect.Zero(t).Interface().(pulumi.Output)
		if !ok {
			continue
		}
		switch output.ElementType().Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Interface:
		default:
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Check reports the inputs that the provider does not know, that are of another type than it takes, and
// that it requires and are missing. Values that are not known yet pass.
func (r Resource) Check(inputs resource.PropertyMap) []plugin.CheckFailure {
	c := checker{complete: true}
	c.fields("", inputs, r.inputs)
	return c.failures
}

// CheckOutputs reports the outputs that are of another type than the provider's, and those it always sets
// that are missing. What is inside an output may be missing: a provider leaves empty what is not in use.
func (r Resource) CheckOutputs(outputs resource.PropertyMap) []plugin.CheckFailure {
	c := checker{}
	for _, name := range r.AlwaysPresent() {
		if !outputs.HasValue(resource.PropertyKey(name)) {
			c.fail(name, "is missing")
		}
	}
	for _, key := range slices.Sorted(maps.Keys(outputs)) {
		t, known := r.outputs[string(key)]
		if !known || !outputs.HasValue(key) {
			continue // what is not an output is the id, or an input only
		}
		if output, ok := reflect.Zero(t).Interface().(pulumi.Output); ok {
			c.value(string(key), outputs[key], output.ElementType())
		}
	}
	return c.failures
}

// checker holds values to types.
type checker struct {
	failures []plugin.CheckFailure
	// complete is whether objects must have all their required fields.
	complete bool
}

func (c *checker) fail(path, format string, args ...any) {
	c.failures = append(c.failures, plugin.CheckFailure{
		Property: resource.PropertyKey(path),
		Reason:   fmt.Sprintf(format, args...),
	})
}

func (c *checker) fields(path string, values resource.PropertyMap, fields map[string]reflect.Type) {
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if strings.HasPrefix(string(key), "__") {
			continue // the engine's own
		}
		field, known := fields[string(key)]
		if !known {
			c.fail(under(path, string(key)), "the provider has no such property")
			continue
		}
		c.value(under(path, string(key)), values[key], field)
	}
	if !c.complete {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if _, given := values[resource.PropertyKey(name)]; !given && required(fields[name]) {
			c.fail(under(path, name), "is required")
		}
	}
}

// required tells a required input by its type: optional ones are pointers or collections.
func required(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Map, reflect.Slice:
		return false
	default:
		return true
	}
}

func (c *checker) value(path string, value resource.PropertyValue, t reflect.Type) {
	for value.IsSecret() {
		value = value.SecretValue().Element
	}
	if value.IsComputed() || value.IsOutput() || value.IsResourceReference() {
		return
	}
	if value.IsNull() && !required(t) {
		return
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Interface:
	case reflect.String:
		if !value.IsString() {
			c.fail(path, "wants text, not %s", value.TypeString())
		}
	case reflect.Bool:
		if !value.IsBool() {
			c.fail(path, "wants true or false, not %s", value.TypeString())
		}
	case reflect.Int, reflect.Float64:
		if !value.IsNumber() {
			c.fail(path, "wants a number, not %s", value.TypeString())
		}
	case reflect.Slice:
		if !value.IsArray() {
			c.fail(path, "wants a list, not %s", value.TypeString())
			return
		}
		for i, element := range value.ArrayValue() {
			c.value(fmt.Sprintf("%s[%d]", path, i), element, t.Elem())
		}
	case reflect.Map:
		if !value.IsObject() {
			c.fail(path, "wants a map, not %s", value.TypeString())
			return
		}
		fields := value.ObjectValue()
		for _, key := range slices.Sorted(maps.Keys(fields)) {
			c.value(under(path, string(key)), fields[key], t.Elem())
		}
	case reflect.Struct:
		if !value.IsObject() {
			c.fail(path, "wants an object, not %s", value.TypeString())
			return
		}
		c.fields(path, value.ObjectValue(), tagged(t))
	default:
		panic(fmt.Sprintf("sdkschema: %s: inputs cannot be a %s", path, t))
	}
}

func under(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
