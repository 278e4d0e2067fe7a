// Package strict reads configuration into typed settings and accepts nothing that it does not
// understand: unknown keys, values of another type, empty values. It reports every problem with its
// path and goes on, where encoding/json would stop at the first and the usual map decoders pass over
// empty values and differences of case.
package strict

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"

	"coffee-platform/internal/problem"
)

// Decode sets the fields of target, a pointer to a struct, from the values of the same name: plain text
// for strings, numbers and booleans, JSON for everything else. Fields are named by their json tags;
// embedded structs count as part of what embeds them. A field without a value, and a field whose value
// is a problem, stay as they are.
func Decode(values map[string]string, target any, problems *problem.List) {
	tree := make(map[string]any, len(values))
	fields := fieldsOf(reflect.ValueOf(target).Elem())
	for name, text := range values {
		field, known := fields[name]
		if !known {
			tree[name] = text
			continue
		}
		value, err := parse(text, field.Kind())
		if err != nil {
			problems.Add(name, "%v", err)
			continue
		}
		tree[name] = value
	}
	decodeStruct("", tree, reflect.ValueOf(target).Elem(), problems)
}

// parse makes of a value's text what JSON would make of it, where the kind of the field says how to read it.
func parse(text string, kind reflect.Kind) (any, error) {
	if kind == reflect.String {
		return text, nil
	}
	decoder := json.NewDecoder(bytes.NewBufferString(text))
	decoder.UseNumber() // a float64 would silently round
	var value any
	if err := decoder.Decode(&value); err != nil {
		return text, nil // not JSON: the field says what it wants instead
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%q has something after its value: remove it", text)
	}
	return value, nil
}

func decode(path string, value any, target reflect.Value, problems *problem.List) {
	if value == nil {
		problems.Add(path, "is empty: give it a value, or remove the key to have the default")
		return
	}
	switch target.Kind() {
	case reflect.Struct:
		if tree, ok := value.(map[string]any); ok {
			decodeStruct(path, tree, target, problems)
			return
		}
		problems.Add(path, "is %s where settings are wanted: %s", describe(value), keys(fieldsOf(target)))
	case reflect.Slice:
		decodeSlice(path, value, target, problems)
	case reflect.Map:
		decodeMap(path, value, target, problems)
	default:
		decodeScalar(path, value, target, problems)
	}
}

func decodeStruct(path string, tree map[string]any, target reflect.Value, problems *problem.List) {
	fields := fieldsOf(target)
	for _, name := range slices.Sorted(maps.Keys(tree)) {
		field, known := fields[name]
		if !known {
			problems.Add(under(path, name), "unknown key%s", suggestion(name, fields))
			continue
		}
		decode(under(path, name), tree[name], field, problems)
	}
}

func decodeSlice(path string, value any, target reflect.Value, problems *problem.List) {
	list, ok := value.([]any)
	if !ok {
		problems.Add(path, "is %s where a list is wanted", describe(value))
		return
	}
	result := reflect.MakeSlice(target.Type(), len(list), len(list))
	found := len(*problems)
	for i, element := range list {
		decode(fmt.Sprintf("%s[%d]", path, i), element, result.Index(i), problems)
	}
	if len(*problems) == found {
		target.Set(result)
	}
}

func decodeMap(path string, value any, target reflect.Value, problems *problem.List) {
	tree, ok := value.(map[string]any)
	if !ok {
		problems.Add(path, "is %s where a map is wanted", describe(value))
		return
	}
	result := reflect.MakeMap(target.Type())
	if target.Type().Elem().Kind() == reflect.Struct {
		// Settings by name: what is there stays, and what is named changes it, as in a struct.
		for entries := target.MapRange(); entries.Next(); {
			result.SetMapIndex(entries.Key(), entries.Value())
		}
	}
	found := len(*problems)
	for _, name := range slices.Sorted(maps.Keys(tree)) {
		element := reflect.New(target.Type().Elem()).Elem()
		if there := result.MapIndex(reflect.ValueOf(name)); there.IsValid() {
			element.Set(there)
		}
		decode(under(path, name), tree[name], element, problems)
		result.SetMapIndex(reflect.ValueOf(name), element)
	}
	if len(*problems) == found {
		target.Set(result)
	}
}

func decodeScalar(path string, value any, target reflect.Value, problems *problem.List) {
	switch kind := target.Kind(); kind {
	case reflect.String:
		if text, ok := value.(string); ok {
			target.SetString(text)
			return
		}
		problems.Add(path, "is %s where text is wanted: put it in quotes", describe(value))
	case reflect.Bool:
		if b, ok := value.(bool); ok {
			target.SetBool(b)
			return
		}
		problems.Add(path, "is %s where true or false is wanted, without quotes", describe(value))
	case reflect.Int:
		if number, ok := value.(json.Number); ok {
			if n, err := number.Int64(); err == nil {
				target.SetInt(n)
				return
			}
		}
		problems.Add(path, "is %s where a whole number is wanted, without quotes", describe(value))
	default:
		panic(fmt.Sprintf("strict: %s: settings cannot hold a %s", path, kind))
	}
}

// fieldsOf are the fields of a struct by their json names.
func fieldsOf(target reflect.Value) map[string]reflect.Value {
	fields := map[string]reflect.Value{}
	if target.Kind() != reflect.Struct {
		return fields
	}
	for i := range target.NumField() {
		field := target.Type().Field(i)
		if field.Anonymous {
			maps.Copy(fields, fieldsOf(target.Field(i)))
			continue
		}
		if name := field.Tag.Get("json"); name != "" {
			fields[name] = target.Field(i)
		}
	}
	return fields
}

func describe(value any) string {
	switch v := value.(type) {
	case nil:
		return "empty"
	case string:
		return fmt.Sprintf("the text %q", v)
	case json.Number:
		return "the number " + v.String()
	case bool:
		return fmt.Sprintf("the boolean %t", v)
	case []any:
		return "a list"
	default:
		return "a map"
	}
}

// suggestion is the known key nearest to an unknown one, or all of them.
func suggestion(name string, fields map[string]reflect.Value) string {
	best, bestDistance := "", len(name)/2+1
	for _, known := range slices.Sorted(maps.Keys(fields)) {
		if d := distance(strings.ToLower(name), strings.ToLower(known)); d < bestDistance {
			best, bestDistance = known, d
		}
	}
	if best != "" {
		return fmt.Sprintf(": did you mean %s?", best)
	}
	return ": " + keys(fields)
}

func keys(fields map[string]reflect.Value) string {
	return "known keys are " + strings.Join(slices.Sorted(maps.Keys(fields)), ", ")
}

// distance is the number of letters to change, add or remove to make b of a (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost = 1 + min(diagonal, row[j], row[j-1])
			}
			diagonal, row[j] = row[j], cost
		}
	}
	return row[len(b)]
}

func under(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
