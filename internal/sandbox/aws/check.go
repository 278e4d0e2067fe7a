package aws

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"regexp"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
)

// checker looks at a resource's inputs for what AWS would refuse. Values that are not known yet pass:
// they are looked at again when they are.
type checker struct {
	inputs   resource.PropertyMap
	failures []plugin.CheckFailure
}

func (c *checker) fail(input, format string, args ...any) {
	c.failures = append(c.failures, plugin.CheckFailure{
		Property: resource.PropertyKey(input),
		Reason:   fmt.Sprintf(format, args...),
	})
}

// value is an input's value; ok is false when it is missing or not known yet.
func (c *checker) value(input string) (value resource.PropertyValue, ok bool) {
	value, ok = c.inputs[resource.PropertyKey(input)]
	for ok && value.IsSecret() {
		value = value.SecretValue().Element
	}
	return value, ok && !value.IsNull() && !value.ContainsUnknowns()
}

func (c *checker) text(input string) (string, bool) {
	value, ok := c.value(input)
	if !ok || !value.IsString() {
		return "", false
	}
	return value.StringValue(), true
}

func (c *checker) number(input string) (int, bool) {
	value, ok := c.value(input)
	if !ok || !value.IsNumber() {
		return 0, false
	}
	return int(value.NumberValue()), true
}

func (c *checker) is(input string) bool {
	value, ok := c.value(input)
	return ok && value.IsBool() && value.BoolValue()
}

// isOff tells whether an input is missing or known to be false.
func (c *checker) isOff(input string) bool {
	value, given := c.inputs[resource.PropertyKey(input)]
	return !given || value.IsBool() && !value.BoolValue()
}

// list is an input that is a list of objects, or one object; nil when it is not known yet.
func (c *checker) list(input string) []map[string]any {
	value, ok := c.value(input)
	if !ok {
		return nil
	}
	var all []map[string]any
	for _, element := range lookup(value.Mappable(), "") {
		all = append(all, copyOf(element))
	}
	return all
}

// eachOneOf holds the texts at a path in each object of an input to a list.
func (c *checker) eachOneOf(input, path string, values ...any) {
	for _, object := range c.list(input) {
		for _, value := range lookup(object, path) {
			if !slices.Contains(values, value) {
				c.fail(input, "%s %v is none of %v", path, value, values)
			}
		}
	}
}

// matches holds a text to a pattern; what says what the pattern means.
func (c *checker) matches(input string, pattern *regexp.Regexp, what string) {
	if text, ok := c.text(input); ok && !pattern.MatchString(text) {
		c.fail(input, "%q is not %s", text, what)
	}
}

// oneOf holds a text to a list.
func (c *checker) oneOf(input string, values ...string) {
	if text, ok := c.text(input); ok && !slices.Contains(values, text) {
		c.fail(input, "%q is none of %v", text, values)
	}
}

// between holds a number to a range.
func (c *checker) between(input string, low, high int) {
	if n, ok := c.number(input); ok && (n < low || n > high) {
		c.fail(input, "%d is outside %d to %d", n, low, high)
	}
}

// numberIn holds a number to a list.
func (c *checker) numberIn(input string, values ...int) {
	if n, ok := c.number(input); ok && !slices.Contains(values, n) {
		c.fail(input, "%d is none of %v", n, values)
	}
}

// cidr holds a text to an IPv4 block with a prefix in a range.
func (c *checker) cidr(input string, shortest, longest int) {
	text, ok := c.text(input)
	if !ok {
		return
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil || !prefix.Addr().Is4() || prefix != prefix.Masked() {
		c.fail(input, "%q is not an IPv4 block", text)
	} else if prefix.Bits() < shortest || prefix.Bits() > longest {
		c.fail(input, "/%d is outside /%d to /%d", prefix.Bits(), shortest, longest)
	}
}

// policy holds a text to a JSON policy document of at most the given size.
func (c *checker) policy(input string, maxBytes int) {
	text, ok := c.text(input)
	if !ok {
		return
	}
	if len(text) > maxBytes {
		c.fail(input, "%d bytes: AWS takes at most %d", len(text), maxBytes)
	}
	var document struct {
		Version   string
		Statement any // one statement, or a list of them
	}
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		c.fail(input, "MalformedPolicyDocument: not JSON: %v", err)
		return
	}
	list, isList := document.Statement.([]any)
	if document.Version != "2012-10-17" && document.Version != "2008-10-17" || document.Statement == nil || isList && len(list) == 0 {
		c.fail(input, "MalformedPolicyDocument: wants a Version of the policy language and a Statement")
	}
}
