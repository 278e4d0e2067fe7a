package kubeschema

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"

	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"coffee-platform/internal/problem"
)

// locate finds where JSON does not fit the Go type target points to: unknown
// fields and values of another type than the field's. Messages name types and
// never quote values, which may be those of a Secret.
func locate(data []byte, target any, path *field.Path) problem.List {
	var value any
	if err := utiljson.Unmarshal(data, &value); err != nil {
		return nil
	}
	var found problem.List
	walk(value, reflect.TypeOf(target).Elem(), path, &found)
	return found
}

var unmarshaler = reflect.TypeFor[json.Unmarshaler]()

func walk(value any, want reflect.Type, path *field.Path, found *problem.List) {
	if value == nil {
		return // null leaves any field unset
	}
	mistyped := func(expected string) {
		*found = append(*found, problem.Problem{Path: pathText(path), Message: "expected " + expected + ", found " + describe(value)})
	}
	if reflect.PointerTo(want).Implements(unmarshaler) {
		readsItself(value, want, path, found)
		return
	}
	switch want.Kind() {
	case reflect.Pointer:
		walk(value, want.Elem(), path, found)
	case reflect.Struct:
		content, isMap := value.(map[string]any)
		if !isMap {
			mistyped("an object")
			return
		}
		fields := jsonFields(want)
		for _, name := range sortedKeys(content) {
			if fieldType, known := fields[name]; known {
				walk(content[name], fieldType, path.Child(name), found)
			} else {
				*found = append(*found, problem.Problem{Path: path.Child(name).String(), Message: "unknown field" + meant(name, fields)})
			}
		}
	case reflect.Map:
		content, isMap := value.(map[string]any)
		if !isMap {
			mistyped("an object")
			return
		}
		for _, key := range sortedKeys(content) {
			walk(content[key], want.Elem(), path.Key(key), found)
		}
	case reflect.Slice:
		if want.Elem().Kind() == reflect.Uint8 {
			text, isString := value.(string)
			if !isString {
				mistyped("a base64 string")
			} else if _, err := base64.StdEncoding.DecodeString(text); err != nil {
				mistyped("base64")
			}
			return
		}
		content, isSlice := value.([]any)
		if !isSlice {
			mistyped("a list")
			return
		}
		for i, element := range content {
			walk(element, want.Elem(), path.Index(i), found)
		}
	case reflect.String:
		if _, isString := value.(string); !isString {
			mistyped("a string")
		}
	case reflect.Bool:
		if _, isBool := value.(bool); !isBool {
			mistyped("true or false")
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		number, isInteger := value.(int64)
		switch {
		case !isInteger:
			mistyped("a whole number")
		case reflect.Zero(want).OverflowInt(number):
			*found = append(*found, problem.Problem{Path: pathText(path), Message: fmt.Sprintf("out of the range of %s", want.Kind())})
		}
	case reflect.Float32, reflect.Float64:
		switch value.(type) {
		case int64, float64:
		default:
			mistyped("a number")
		}
	}
}

// readsItself asks a type that parses its own JSON. Its error is repeated,
// because only it knows the format.
func readsItself(value any, want reflect.Type, path *field.Path, found *problem.List) {
	data, err := json.Marshal(value)
	if err == nil {
		err = reflect.New(want).Interface().(json.Unmarshaler).UnmarshalJSON(data)
	}
	if err != nil {
		*found = append(*found, problem.Problem{Path: pathText(path), Message: err.Error()})
	}
}

// jsonFields are the fields of a struct by their JSON names, those of embedded
// structs included.
func jsonFields(of reflect.Type) map[string]reflect.Type {
	fields := map[string]reflect.Type{}
	for i := range of.NumField() {
		member := of.Field(i)
		name, _, _ := strings.Cut(member.Tag.Get("json"), ",")
		switch {
		case name == "-" || !member.IsExported():
		case name != "":
			fields[name] = member.Type
		case member.Anonymous:
			maps.Copy(fields, jsonFields(member.Type))
		}
	}
	return fields
}

// meant points at a field that differs from name only in case, the usual slip
// between spellings such as podIp and podIP.
func meant(name string, fields map[string]reflect.Type) string {
	for field := range fields {
		if strings.EqualFold(field, name) {
			return fmt.Sprintf(" (the field is spelled %q)", field)
		}
	}
	return ""
}

// describe names the JSON type of a value without showing it.
func describe(value any) string {
	switch number := value.(type) {
	case string:
		return "a string"
	case bool:
		return "a boolean"
	case map[string]any:
		return "an object"
	case []any:
		return "a list"
	case float64:
		if number != math.Trunc(number) {
			return "a number with a fraction"
		}
	}
	return "a number"
}

func sortedKeys[K cmp.Ordered, V any](content map[K]V) []K {
	return slices.Sorted(maps.Keys(content))
}
