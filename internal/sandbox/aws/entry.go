package aws

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"coffee-platform/internal/sandbox/cloud"
	"coffee-platform/internal/sandbox/sdkschema"
)

// entry is what the catalogue knows of a resource type.
type entry struct {
	// schema is what the provider's SDK says.
	schema sdkschema.Resource
	// autoName is the input that gets a name made from the resource's when it is not given, "" if none.
	autoName string
	// maxAutoName is how long such a name may be at most; 63 if 0.
	maxAutoName int
	// replace are the inputs (dotted for nested ones) that AWS cannot change in place. The region, which
	// is one of them for every type that has it, is left out.
	replace []string
	// replaceWhen are further ones, where it depends on the change.
	replaceWhen func(before, after resource.PropertyMap) []string
	// deleteFirst is whether the provider always deletes the old object before it makes the new one.
	deleteFirst bool
	// unique are inputs no two objects of the type may share. The sandbox has one space of names for all
	// accounts and regions.
	unique []string
	// references are inputs that name other objects, which must exist.
	references []reference
	// check looks for what else AWS would refuse.
	check func(*checker)
	// id makes the id of a new object; without it, the autoName input's value is the id.
	id func(*creation) string
	// refusals are what else AWS refuses, which depends on what it has computed, or on other objects.
	refusals []refusal
	// compute sets what AWS computes of a new object, and leaves as it is.
	compute func(*creation)
	// derive sets what follows from other outputs, anew whenever the object changes.
	derive func(*creation)
	// aside makes the objects AWS makes along with this one.
	aside func(*creation) []*cloud.Object
	// refuseDelete says why AWS would refuse to delete the object, "" if it would not; what references
	// hold is looked at before.
	refuseDelete func(*cloud.Cloud, *cloud.Object) string
	// refuseUpdate says why AWS would refuse to change the object to the given inputs, "" if it would not: by
	// what it is changed from. What is refused of a new object too is among the refusals.
	refuseUpdate func(old *cloud.Object, inputs map[string]any) string
	// adopted objects are AWS's own: deleting one leaves it where it is.
	adopted bool
	// inUse is the error code with which AWS refuses to delete what is in use; DependencyViolation if empty.
	inUse string
}

// reference is an input that names another object.
type reference struct {
	// input is the input, dotted for a nested one; where it is a list, each element is a reference.
	input string
	// typ is the type of the other object, property the output of it that the input repeats.
	typ, property string
	// holds is whether AWS refuses to delete the other object while this one is there.
	holds bool
	// part is whether this object is part of the other one, and goes with it.
	part bool
}

// refusal is something that AWS refuses. It looks at the inputs it is given: at all of a new object's, and at
// those of another one that change.
type refusal struct {
	// inputs are those that it looks at.
	inputs []string
	// reason says why AWS would refuse the object as it is to be, nil if it would not.
	reason func(*creation) error
}

// catalogue are the entries by type token, of all services.
var catalogue = merge(
	acmTypes, backupTypes, ec2Types, ecrTypes, eksTypes, elasticacheTypes, iamTypes, kmsTypes, lbTypes, logsTypes, rdsTypes, route53Types, s3Types,
	secretsmanagerTypes, wafv2Types,
)

func merge(services ...map[string]entry) map[string]entry {
	all := map[string]entry{}
	for _, types := range services {
		maps.Copy(all, types)
	}
	return all
}

// creation is an object in the making: a new one, or one that is changed.
type creation struct {
	instance instance
	cloud    *cloud.Cloud
	urn      resource.URN
	inputs   map[string]any
	outputs  map[string]any
	id       string
	// old is the object as it was before it is changed, nil for a new one.
	old *cloud.Object
	err error
}

// given tells whether AWS is given one of the inputs.
func (c *creation) given(inputs []string) bool {
	return c.old == nil || slices.ContainsFunc(inputs, func(input string) bool {
		return !reflect.DeepEqual(c.inputs[input], c.old.Inputs[input])
	})
}

// others are the other objects of the type.
func (c *creation) others() []*cloud.Object {
	return slices.DeleteFunc(c.cloud.OfType(string(c.urn.Type())), func(o *cloud.Object) bool {
		return c.old != nil && o.ID == c.old.ID
	})
}

// token is a hexadecimal token of the given length, such as AWS would choose at random.
func (c *creation) token(purpose string, length int) string {
	token, err := c.cloud.Token(string(c.urn)+" "+purpose, length)
	if err != nil && c.err == nil {
		c.err = err
	}
	return token
}

// uuid is an id in the form of a UUID.
func (c *creation) uuid() string { return cloud.UUID(c.token("id", cloud.UUIDDigits)) }

// nameFromPrefix gives an object without a name one that starts with the given prefix, as the provider
// does, with 26 digits
// (https://pkg.go.dev/github.com/hashicorp/terraform-plugin-sdk/v2/helper/id#PrefixedUniqueId).
func (c *creation) nameFromPrefix(input string) {
	prefix := c.text(input + "Prefix")
	if _, named := c.outputs[input]; input != "" && prefix != "" && !named {
		c.set(input, prefix+c.token("name", 26))
	}
}

// text is a text input or output, "" if there is none.
func (c *creation) text(name string) string {
	text, _ := c.outputs[name].(string)
	return text
}

// set sets an output.
func (c *creation) set(name string, value any) { c.outputs[name] = value }

// setDefault sets an output that no input sets.
func (c *creation) setDefault(name string, value any) {
	if _, given := c.inputs[name]; !given {
		c.outputs[name] = value
	}
}

// arn is the ARN of something of the object's account and region.
func (c *creation) arn(service, format string, args ...any) string {
	return fmt.Sprintf("arn:aws:%s:%s:%s:%s", service, c.instance.region, c.instance.account, fmt.Sprintf(format, args...))
}

// iamARN is the ARN of something of IAM, which has no region.
func (c *creation) iamARN(format string, args ...any) string {
	return fmt.Sprintf("arn:aws:iam::%s:%s", c.instance.account, fmt.Sprintf(format, args...))
}

// hexID makes ids of a prefix and 17 hexadecimal digits, as EC2 does.
func hexID(prefix string) func(*creation) string {
	return func(c *creation) string { return prefix + c.token("id", 17) }
}

// idFromInput makes an input the id.
func idFromInput(name string) func(*creation) string {
	return func(c *creation) string { return c.text(name) }
}

// lookup finds the values at a dotted path, going into every element of lists.
func lookup(value any, path string) []any {
	if path == "" {
		if list, ok := value.([]any); ok {
			return list
		}
		if value == nil {
			return nil
		}
		return []any{value}
	}
	name, rest, _ := strings.Cut(path, ".")
	switch v := value.(type) {
	case map[string]any:
		return lookup(v[name], rest)
	case []any:
		var all []any
		for _, element := range v {
			all = append(all, lookup(element, path)...)
		}
		return all
	default:
		return nil
	}
}

// referrers are the objects that hold another: while they are there, AWS does not delete it.
func referrers(c *cloud.Cloud, held *cloud.Object) []*cloud.Object {
	var holders []*cloud.Object
	for _, o := range c.All() {
		for _, r := range catalogue[o.Type].references {
			if !r.holds || r.typ != held.Type || o.Key() == held.Key() {
				continue
			}
			if slices.Contains(lookup(o.Inputs, r.input), held.Outputs[r.property]) {
				holders = append(holders, o)
				break
			}
		}
	}
	return holders
}

// parts are the objects that go when a whole does: the routes of a route table, the rules of a group.
func parts(c *cloud.Cloud, whole *cloud.Object) []*cloud.Object {
	var parts []*cloud.Object
	for _, o := range c.All() {
		for _, r := range catalogue[o.Type].references {
			if r.part && r.typ == whole.Type && slices.Contains(lookup(o.Inputs, r.input), whole.Outputs[r.property]) {
				parts = append(parts, o)
				break
			}
		}
	}
	return parts
}

// Taggable tells whether objects of a type carry tags.
func Taggable(typ string) bool {
	e, ok := catalogue[typ]
	return ok && slices.Contains(e.schema.Outputs(), "tagsAll")
}

// Types are the types the catalogue has an entry for, sorted.
func Types() []string { return slices.Sorted(maps.Keys(catalogue)) }
