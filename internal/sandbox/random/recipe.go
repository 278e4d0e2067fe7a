package random

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
)

// recipe says what a password is made of.
type recipe struct {
	length  int
	special string
	classes []class
}

// class is a kind of characters: how many there are at least, whether there are any.
type class struct {
	flag, least string
	characters  string
	used        bool
	minimum     int
}

// readRecipe reads inputs, with the provider's defaults
// (https://www.pulumi.com/registry/packages/random/api-docs/randompassword/).
func readRecipe(inputs resource.PropertyMap) *recipe {
	number := func(name string) int {
		if value, ok := inputs[resource.PropertyKey(name)]; ok && value.IsNumber() {
			return int(value.NumberValue())
		}
		return 0
	}
	r := &recipe{length: number("length"), special: "!@#$%&*()-_=+[]{}<>:?"}
	if value, ok := inputs["overrideSpecial"]; ok && value.IsString() && value.StringValue() != "" {
		r.special = value.StringValue()
	}
	r.classes = []class{
		{flag: "lower", least: "minLower", characters: "abcdefghijklmnopqrstuvwxyz"},
		{flag: "upper", least: "minUpper", characters: "ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
		{flag: "numeric", least: "minNumeric", characters: "0123456789"},
		{flag: "special", least: "minSpecial", characters: r.special},
	}
	for i := range r.classes {
		c := &r.classes[i]
		c.used, c.minimum = true, number(c.least)
		if value, ok := inputs[resource.PropertyKey(c.flag)]; ok && value.IsBool() {
			c.used = value.BoolValue()
		}
	}
	return r
}

// check reports what the provider would refuse.
func (r *recipe) check() []plugin.CheckFailure {
	var failures []plugin.CheckFailure
	fail := func(input, format string, args ...any) {
		failures = append(failures, plugin.CheckFailure{Property: resource.PropertyKey(input), Reason: fmt.Sprintf(format, args...)})
	}
	wanted, used := 0, false
	for _, c := range r.classes {
		wanted += c.minimum
		used = used || c.used
		if c.minimum < 0 {
			fail(c.least, "%d is below 0", c.minimum)
		}
	}
	if r.length < 1 || r.length < wanted {
		fail("length", "%d is less than 1 and all the minimums together, %d", r.length, wanted)
	}
	if !used {
		fail("lower", "the character set specified is empty")
	}
	return failures
}

// outputs are the inputs' values with their defaults.
func (r *recipe) outputs() resource.PropertyMap {
	outputs := resource.PropertyMap{"length": resource.NewProperty(float64(r.length))}
	for _, c := range r.classes {
		outputs[resource.PropertyKey(c.flag)] = resource.NewProperty(c.used)
		outputs[resource.PropertyKey(c.least)] = resource.NewProperty(float64(c.minimum))
	}
	outputs["number"] = outputs["numeric"] // the old name of the same
	return outputs
}

// cook makes a password from a seed: the minimum of each class, the rest of all that are used, shuffled.
func (r *recipe) cook(seed string) string {
	draws := 0
	draw := func(n int) int {
		sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", seed, draws))
		draws++
		return int(binary.BigEndian.Uint64(sum[:8]) % uint64(n))
	}
	var all strings.Builder
	var password []byte
	for _, c := range r.classes {
		for range c.minimum {
			password = append(password, c.characters[draw(len(c.characters))])
		}
		if c.used {
			all.WriteString(c.characters)
		}
	}
	for len(password) < r.length {
		password = append(password, all.String()[draw(all.Len())])
	}
	for i := range password {
		j := i + draw(len(password)-i)
		password[i], password[j] = password[j], password[i]
	}
	return string(password)
}
