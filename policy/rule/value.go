package rule

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// State says what is known about a value.
type State int

const (
	// Missing means: the property is absent or null.
	Missing State = iota
	// Known means: the value is there and has the type that was asked for.
	Known
	// Unknown means: the value exists only after deployment; a preview cannot see it.
	Unknown
	// Malformed means: the value is there and has another type than the one asked for.
	Malformed
)

// Value is one node of a resource's properties together with where it was found.
// It answers for unknown, secret, missing and mistyped values alike, so a rule
// never touches a raw property. The zero Value is missing.
type Value struct {
	property resource.PropertyValue
	state    State
	secret   bool
	urn      string
	path     string
}

// NewValue is the root value of a resource's properties.
func NewValue(urn string, properties resource.PropertyMap) Value {
	return wrap(resource.NewProperty(properties), false, urn, "")
}

// wrap unpacks secrets and outputs until a plain value, an unknown or nothing is left.
func wrap(property resource.PropertyValue, secret bool, urn, path string) Value {
	v := Value{state: Known, secret: secret, urn: urn, path: path}
	for {
		switch {
		case property.IsSecret():
			v.secret = true
			property = property.SecretValue().Element
		case property.IsOutput():
			output := property.OutputValue()
			v.secret = v.secret || output.Secret
			if !output.Known {
				v.state = Unknown
				return v
			}
			property = output.Element
		case property.IsComputed():
			v.state = Unknown
			return v
		case property.IsNull():
			v.state = Missing
			return v
		default:
			v.property = property
			return v
		}
	}
}

// URN names the resource the value belongs to.
func (v Value) URN() string { return v.urn }

// Path says where in the resource the value is, as in spec.containers[0].image.
func (v Value) Path() string { return v.path }

// State is what is known about the value when no particular type is wanted.
func (v Value) State() State { return v.state }

// Secret tells whether the value, or anything that holds it, is marked secret.
func (v Value) Secret() bool { return v.secret }

// Get walks down through objects. What lies under an unknown is unknown, under
// nothing is missing, and under something that is not an object is malformed.
func (v Value) Get(keys ...string) Value {
	for _, key := range keys {
		v = v.child(key)
	}
	return v
}

func (v Value) child(key string) Value {
	path := joinKey(v.path, key)
	if v.state != Known {
		return Value{state: v.state, secret: v.secret, urn: v.urn, path: path}
	}
	if !v.property.IsObject() {
		return Value{state: Malformed, secret: v.secret, urn: v.urn, path: path}
	}
	return wrap(v.property.ObjectValue()[resource.PropertyKey(key)], v.secret, v.urn, path)
}

// Keys returns the names of an object's properties, sorted.
func (v Value) Keys() ([]string, State) {
	if v.state != Known {
		return nil, v.state
	}
	if !v.property.IsObject() {
		return nil, Malformed
	}
	keys := make([]string, 0, len(v.property.ObjectValue()))
	for key := range v.property.ObjectValue() {
		keys = append(keys, string(key))
	}
	slices.Sort(keys)
	return keys, Known
}

// List returns the elements of a list.
func (v Value) List() ([]Value, State) {
	if v.state != Known {
		return nil, v.state
	}
	if !v.property.IsArray() {
		return nil, Malformed
	}
	elements := v.property.ArrayValue()
	items := make([]Value, len(elements))
	for i, element := range elements {
		items[i] = wrap(element, v.secret, v.urn, v.path+"["+strconv.Itoa(i)+"]")
	}
	return items, Known
}

// Only returns the element of a list of one. Versions of a provider differ in whether a
// block that occurs at most once is written as an object or as a list: an object is
// returned as it is, an empty list is missing, and a longer one malformed.
func (v Value) Only() Value {
	items, state := v.List()
	switch {
	case state != Known:
		return v
	case len(items) == 1:
		return items[0]
	case len(items) == 0:
		return Value{state: Missing, secret: v.secret, urn: v.urn, path: v.path}
	}
	return Value{state: Malformed, secret: v.secret, urn: v.urn, path: v.path}
}

// Decoded reads a document that may be written as JSON in a string or as an object. Its
// values are then at the path of the string.
func (v Value) Decoded() Value {
	if v.state != Known || !v.property.IsString() {
		return v
	}
	var document any
	if err := json.Unmarshal([]byte(v.property.StringValue()), &document); err != nil {
		return Value{state: Malformed, secret: v.secret, urn: v.urn, path: v.path}
	}
	return wrap(resource.NewPropertyValue(document), v.secret, v.urn, v.path)
}

// Bool reads a boolean. The strings "true" and "false" count as booleans: the AWS
// provider converts them, so "false" would otherwise slip through as mistyped.
func (v Value) Bool() (bool, State) {
	switch {
	case v.state != Known:
		return false, v.state
	case v.property.IsBool():
		return v.property.BoolValue(), Known
	case v.property.IsString():
		switch v.property.StringValue() {
		case "true":
			return true, Known
		case "false":
			return false, Known
		}
	}
	return false, Malformed
}

// Int reads a whole number. Decimal strings count as numbers for the same reason
// as in Bool.
func (v Value) Int() (int64, State) {
	switch {
	case v.state != Known:
		return 0, v.state
	case v.property.IsNumber():
		n := v.property.NumberValue()
		// Property numbers are float64, which holds whole numbers exactly up to 2^53.
		if n == math.Trunc(n) && math.Abs(n) <= 1<<53 {
			return int64(n), Known
		}
	case v.property.IsString():
		if n, err := strconv.ParseInt(v.property.StringValue(), 10, 64); err == nil {
			return n, Known
		}
	}
	return 0, Malformed
}

// Number reads a number that need not be whole. Decimal strings count as in Int.
func (v Value) Number() (float64, State) {
	switch {
	case v.state != Known:
		return 0, v.state
	case v.property.IsNumber():
		return v.property.NumberValue(), Known
	case v.property.IsString():
		if n, err := strconv.ParseFloat(v.property.StringValue(), 64); err == nil && !math.IsInf(n, 0) && !math.IsNaN(n) {
			return n, Known
		}
	}
	return 0, Malformed
}

// Text reads a string. A number is returned in decimal: protocol -1 and memory
// limit 1073741824 may be written either way.
func (v Value) Text() (string, State) {
	switch {
	case v.state != Known:
		return "", v.state
	case v.property.IsString():
		return v.property.StringValue(), Known
	case v.property.IsNumber():
		return strconv.FormatFloat(v.property.NumberValue(), 'f', -1, 64), Known
	}
	return "", Malformed
}

// Show renders a value for a message and never reveals a secret. Everything a
// message says about a value goes through it.
func (v Value) Show() string {
	switch {
	case v.secret:
		return "(secret)"
	case v.state == Unknown:
		return "(not known yet)"
	case v.state == Missing:
		return "(not set)"
	case v.property.IsBool():
		return strconv.FormatBool(v.property.BoolValue())
	}
	text, state := v.Text()
	if state != Known {
		return "(" + v.property.TypeString() + ")"
	}
	return strconv.Quote(shorten(text))
}

// shorten keeps a message readable when a value is not what anyone expected.
// 80 characters is one terminal line.
func shorten(text string) string {
	const limit = 80
	runes := []rune(text)
	if len(runes) <= limit {
		return text
	}
	return string(runes[:limit]) + "…"
}

func joinKey(path, key string) string {
	if strings.ContainsAny(key, `.[]"`) {
		return path + "[" + strconv.Quote(key) + "]"
	}
	if path == "" {
		return key
	}
	return path + "." + key
}
