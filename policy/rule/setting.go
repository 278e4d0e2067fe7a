package rule

import (
	"fmt"
	"math"
	"net/netip"
)

// Setting is a knob of a rule that a policy configuration may turn.
type Setting struct {
	Name        string
	Description string
	// Default is a []int64 of ports, a []netip.Prefix of address ranges, a []string, a
	// string, an int64 that is not negative or a bool; its type is the setting's type.
	Default any
}

// Settings are the values of a rule's knobs by name.
type Settings map[string]any

// Ports returns a setting that is a list of ports.
func (s Settings) Ports(name string) []int64 {
	ports, _ := s[name].([]int64)
	return ports
}

// Prefixes returns a setting that is a list of address ranges.
func (s Settings) Prefixes(name string) []netip.Prefix {
	prefixes, _ := s[name].([]netip.Prefix)
	return prefixes
}

// Texts returns a setting that is a list of texts.
func (s Settings) Texts(name string) []string {
	texts, _ := s[name].([]string)
	return texts
}

// Text returns a setting that is a text.
func (s Settings) Text(name string) string {
	text, _ := s[name].(string)
	return text
}

// Number returns a setting that is a whole number.
func (s Settings) Number(name string) int64 {
	number, _ := s[name].(int64)
	return number
}

// Flag returns a setting that is on or off.
func (s Settings) Flag(name string) bool {
	flag, _ := s[name].(bool)
	return flag
}

// Defaults are the settings of a rule nobody configured.
func (r Rule) Defaults() Settings {
	settings := Settings{}
	for _, setting := range r.Settings {
		settings[setting.Name] = setting.Default
	}
	return settings
}

// Configure reads a policy configuration over the defaults. A name or a value that
// the rule does not know is an error: a knob that is silently ignored protects nothing.
func (r Rule) Configure(properties map[string]any) (Settings, error) {
	settings := r.Defaults()
	for name, value := range properties {
		current, ok := settings[name]
		if !ok {
			return nil, fmt.Errorf("%s has no setting %q", r.PolicyName(), name)
		}
		parsed, err := parseLike(current, value)
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", r.PolicyName(), name, err)
		}
		settings[name] = parsed
	}
	return settings, nil
}

// Schema is the JSON schema of the setting. Lists are []any throughout because the
// protocol's structs accept nothing else.
func (s Setting) Schema() map[string]any {
	schema := map[string]any{"description": s.Description}
	switch value := s.Default.(type) {
	case bool:
		schema["type"], schema["default"] = "boolean", value
	case string:
		schema["type"], schema["default"] = "string", value
	case int64:
		schema["type"], schema["minimum"], schema["default"] = "integer", 0, value
	case []int64:
		schema["items"] = map[string]any{"type": "integer", "minimum": 0, "maximum": math.MaxUint16}
		schema["type"], schema["default"] = "array", listOf(value, func(port int64) any { return port })
	case []netip.Prefix:
		schema["items"] = map[string]any{"type": "string"}
		schema["type"], schema["default"] = "array", listOf(value, func(prefix netip.Prefix) any { return prefix.String() })
	case []string:
		schema["items"] = map[string]any{"type": "string"}
		schema["type"], schema["default"] = "array", listOf(value, func(text string) any { return text })
	}
	return schema
}

func listOf[T any](values []T, write func(T) any) []any {
	list := make([]any, len(values))
	for i, value := range values {
		list[i] = write(value)
	}
	return list
}

func parseLike(example, value any) (any, error) {
	switch example.(type) {
	case bool:
		return parseFlag(value)
	case int64:
		return parseNumber(value)
	case string:
		return parseText(value)
	}
	items, ok := value.([]any)
	if !ok {
		return nil, fmt.Errorf("%v is not a list", value)
	}
	switch example.(type) {
	case []int64:
		return parseEach(items, parsePort)
	case []netip.Prefix:
		return parseEach(items, parsePrefix)
	case []string:
		return parseEach(items, parseText)
	}
	return nil, fmt.Errorf("settings of type %T are not supported", example)
}

func parseEach[T any](items []any, parse func(any) (T, error)) ([]T, error) {
	parsed := make([]T, 0, len(items))
	for _, item := range items {
		value, err := parse(item)
		if err != nil {
			return nil, err
		}
		parsed = append(parsed, value)
	}
	return parsed, nil
}

func parsePort(item any) (int64, error) {
	number, err := parseNumber(item)
	if err != nil || number > math.MaxUint16 {
		return 0, fmt.Errorf("%v is not a port", item)
	}
	return number, nil
}

// parseNumber reads what JSON has for a whole number: a float64, exact up to 2^53.
func parseNumber(item any) (int64, error) {
	number, ok := item.(float64)
	if !ok || number != math.Trunc(number) || number < 0 || number > 1<<53 {
		return 0, fmt.Errorf("%v is not a whole number", item)
	}
	return int64(number), nil
}

func parseFlag(item any) (bool, error) {
	flag, ok := item.(bool)
	if !ok {
		return false, fmt.Errorf("%v is neither true nor false", item)
	}
	return flag, nil
}

func parseText(item any) (string, error) {
	text, ok := item.(string)
	if !ok {
		return "", fmt.Errorf("%v is not a text", item)
	}
	return text, nil
}

func parsePrefix(item any) (netip.Prefix, error) {
	text, _ := item.(string)
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("%v is not an address range such as 10.0.0.0/16", item)
	}
	return prefix.Masked(), nil
}
