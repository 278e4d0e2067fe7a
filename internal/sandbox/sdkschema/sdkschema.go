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
	var failures []plugin.CheckFailure
	fail := func(path, format string, args ...any) {
		failures = append(failures, plugin.CheckFailure{
			Property: resource.PropertyKey(path),
			Reason:   fmt.Sprintf(format, args...),
		})
	}
	checkFields("", inputs, r.inputs, fail)
	return failures
}

type failFunc func(path, format string, args ...any)

func checkFields(path string, values resource.PropertyMap, fields map[string]reflect.Type, fail failFunc) {
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if strings.HasPrefix(string(key), "__") {
			continue // the engine's own
		}
		field, known := fields[string(key)]
		if !known {
			fail(under(path, string(key)), "the provider has no such input")
			continue
		}
		checkValue(under(path, string(key)), values[key], field, fail)
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if _, given := values[resource.PropertyKey(name)]; !given && required(fields[name]) {
			fail(under(path, name), "is required")
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

func checkValue(path string, value resource.PropertyValue, t reflect.Type, fail failFunc) {
	for value.IsSecret() {
		value = value.SecretValue().Element
	}
	if value.IsComputed() || value.IsOutput() || value.IsResourceReference() {
		return
	}
	if t.Kind() == reflect.Pointer {
		if value.IsNull() {
			return
		}
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Interface:
	case reflect.String:
		if !value.IsString() {
			fail(path, "wants text, not %s", value.TypeString())
		}
	case reflect.Bool:
		if !value.IsBool() {
			fail(path, "wants true or false, not %s", value.TypeString())
		}
	case reflect.Int, reflect.Float64:
		if !value.IsNumber() {
			fail(path, "wants a number, not %s", value.TypeString())
		}
	case reflect.Slice:
		if !value.IsArray() {
			fail(path, "wants a list, not %s", value.TypeString())
			return
		}
		for i, element := range value.ArrayValue() {
			checkValue(fmt.Sprintf("%s[%d]", path, i), element, t.Elem(), fail)
		}
	case reflect.Map:
		if !value.IsObject() {
			fail(path, "wants a map, not %s", value.TypeString())
			return
		}
		for key, element := range value.ObjectValue() {
			checkValue(under(path, string(key)), element, t.Elem(), fail)
		}
	case reflect.Struct:
		if !value.IsObject() {
			fail(path, "wants an object, not %s", value.TypeString())
			return
		}
		checkFields(path, value.ObjectValue(), tagged(t), fail)
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
