package sdkschema_test

import (
	"reflect"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"coffee-platform/internal/sandbox/sdkschema"
)

// machine is written the way the SDKs write a resource: inputs, nested inputs, outputs.
type machine struct {
	Name   string            `pulumi:"name"`
	Count  int               `pulumi:"count"`
	Price  *float64          `pulumi:"price"`
	Warm   *bool             `pulumi:"warm"`
	Note   *string           `pulumi:"note"`
	Zones  []string          `pulumi:"zones"`
	Labels map[string]string `pulumi:"labels"`
	Extra  interface{}       `pulumi:"extra"`
	Filter *filter           `pulumi:"filter"`
	Cups   []cup             `pulumi:"cups"`

	Untagged int
}

type filter struct {
	Mesh  int     `pulumi:"mesh"`
	Paper *string `pulumi:"paper"`
}

type cup struct {
	Size string `pulumi:"size"`
}

type machineArgs struct{}

func (machineArgs) ElementType() reflect.Type { return reflect.TypeFor[machine]() }

type machineState struct {
	pulumi.CustomResourceState

	Arn    pulumi.StringOutput      `pulumi:"arn"`
	Count  pulumi.IntOutput         `pulumi:"count"`
	Name   pulumi.StringOutput      `pulumi:"name"`
	Note   pulumi.StringPtrOutput   `pulumi:"note"`
	Zones  pulumi.StringArrayOutput `pulumi:"zones"`
	Labels pulumi.StringMapOutput   `pulumi:"labels"`
	Extra  pulumi.AnyOutput         `pulumi:"extra"`
}

var machines = sdkschema.Of(machineArgs{}, machineState{})

// found are failures by the property they are of.
func found(failures []plugin.CheckFailure) map[string]string {
	all := map[string]string{}
	for _, failure := range failures {
		all[string(failure.Property)] = failure.Reason
	}
	return all
}

func TestCheck(t *testing.T) {
	unknown := resource.MakeComputed(resource.NewProperty(""))
	secret := func(value any) resource.PropertyValue { return resource.MakeSecret(resource.NewPropertyValue(value)) }
	type inputs = map[string]any
	for _, c := range []struct {
		name   string
		inputs inputs
		want   map[string]string
	}{
		{"everything", inputs{
			"price": 1.5, "warm": true, "note": "x", "zones": []any{"a", "b"}, "labels": inputs{"a": "b"}, "extra": inputs{"any": 1},
			"filter": inputs{"mesh": 3, "paper": "white"}, "cups": []any{inputs{"size": "S"}, inputs{"size": "L"}},
		}, nil},
		{"only what is required", inputs{}, nil},
		{"the engine's own", inputs{"__defaults": []any{"name"}}, nil},
		{"what only looks like the engine's own", inputs{"_defaults": 1}, wrong("_defaults", "the provider has no such property")},
		{"a name it has not", inputs{"colour": "red"}, wrong("colour", "the provider has no such property")},
		{"the Go name of a field", inputs{"Name": "x"}, wrong("Name", "the provider has no such property")},
		{"a field without a tag", inputs{"Untagged": 1}, wrong("Untagged", "the provider has no such property")},
		{"an output", inputs{"arn": "x"}, wrong("arn", "the provider has no such property")},
		{"nothing", inputs{"name": nil, "count": nil}, wrong("name", "is required", "count", "is required")},
		{"text for a number", inputs{"count": "1"}, wrong("count", "wants a number, not string")},
		{"text for a fraction", inputs{"price": "1.5"}, wrong("price", "wants a number, not string")},
		{"a number for text", inputs{"name": 1}, wrong("name", "wants text, not number")},
		{"a number for a text that may be missing", inputs{"note": 1}, wrong("note", "wants text, not number")},
		{"text for a truth", inputs{"warm": "true"}, wrong("warm", "wants true or false, not string")},
		{"text for a list", inputs{"zones": "a"}, wrong("zones", "wants a list, not string")},
		{"a number in a list of texts", inputs{"zones": []any{"a", 1}}, wrong("zones[1]", "wants text, not number")},
		{"text for a map", inputs{"labels": "a"}, wrong("labels", "wants a map, not string")},
		{"a number in a map of texts", inputs{"labels": inputs{"a": "b", "c": 1}}, wrong("labels.c", "wants text, not number")},
		{"text for an object", inputs{"filter": "fine"}, wrong("filter", "wants an object, not string")},
		{"a nested name it has not", inputs{"filter": inputs{"mesh": 1, "colour": "red"}}, wrong("filter.colour", "the provider has no such property")},
		{"a nested value of another type", inputs{"filter": inputs{"mesh": "fine"}}, wrong("filter.mesh", "wants a number, not string")},
		{"a nested one that is missing", inputs{"filter": inputs{"paper": "white"}}, wrong("filter.mesh", "is required")},
		{"an object in a list without what it needs", inputs{"cups": []any{inputs{"size": "S"}, inputs{}}}, wrong("cups[1].size", "is required")},
		{"several", inputs{"count": "1", "colour": "red", "cups": []any{1}}, wrong(
			"count", "wants a number, not string", "colour", "the provider has no such property", "cups[0]", "wants an object, not number")},
		{"what is not known yet", inputs{"name": unknown, "zones": unknown, "filter": unknown, "cups": []any{unknown}, "labels": inputs{"a": unknown}}, nil},
		{"unknown, but under a name it has not", inputs{"colour": unknown}, wrong("colour", "the provider has no such property")},
		{"a secret", inputs{"name": secret("x"), "zones": secret([]any{"a"}), "labels": inputs{"a": secret("b")}}, nil},
		{"a secret of another type", inputs{"name": secret(1.)}, wrong("name", "wants text, not number")},
		{"null for what may be missing", inputs{
			"note": resource.NewNullProperty(), "zones": resource.NewNullProperty(), "filter": resource.NewNullProperty(),
		}, nil},
		{"null for what may not", inputs{"name": resource.NewNullProperty()}, wrong("name", "wants text, not null")},
	} {
		t.Run(c.name, func(t *testing.T) {
			all := resource.PropertyMap{"name": resource.NewProperty("x"), "count": resource.NewProperty(1.)}
			for name, value := range c.inputs {
				if value == nil {
					delete(all, resource.PropertyKey(name))
				} else {
					all[resource.PropertyKey(name)] = resource.NewPropertyValue(value)
				}
			}
			failures := machines.Check(all)
			assert.Len(t, failures, len(c.want), "each thing once")
			if len(c.want) > 0 {
				assert.Equal(t, c.want, found(failures))
			}
		})
	}
}

// wrong pairs properties with what is wrong with them.
func wrong(pairs ...string) map[string]string {
	all := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		all[pairs[i]] = pairs[i+1]
	}
	return all
}

func TestCheckReportsInOneOrder(t *testing.T) {
	inputs := resource.NewPropertyMapFromMap(map[string]any{"labels": map[string]any{"c": 1, "a": 1, "b": 1}, "zones": 1, "filter": 1})
	first := machines.Check(inputs)
	for range 20 {
		assert.Equal(t, first, machines.Check(inputs))
	}
}

func TestOutputs(t *testing.T) {
	assert.Equal(t, []string{"arn", "count", "extra", "labels", "name", "note", "zones"}, machines.Outputs())
}

// An output that is neither optional nor a collection is one that a program reads without looking.
func TestAlwaysPresent(t *testing.T) {
	assert.Equal(t, []string{"arn", "count", "name"}, machines.AlwaysPresent())
}

func TestCheckOutputs(t *testing.T) {
	whole := map[string]any{"arn": "a", "count": 1, "name": "x", "id": "machine-1"}
	for _, c := range []struct {
		name    string
		outputs map[string]any
		want    map[string]string
	}{
		{"what it promises", nil, nil},
		{"the rest too", map[string]any{"note": "x", "zones": []any{"a"}, "labels": map[string]any{"a": "b"}, "extra": 1}, nil},
		{"an input that is no output", map[string]any{"price": "any"}, nil},
		{"null for what may be missing", map[string]any{"note": resource.NewNullProperty()}, nil},
		{"one of another type", map[string]any{"count": "1"}, wrong("count", "wants a number, not string")},
		{"one that may be missing, of another type", map[string]any{"zones": "a"}, wrong("zones", "wants a list, not string")},
		{"one it promises is not there", map[string]any{"arn": nil}, wrong("arn", "is missing")},
		{"null for one it promises", map[string]any{"arn": resource.NewNullProperty()}, wrong("arn", "is missing")},
	} {
		t.Run(c.name, func(t *testing.T) {
			all := resource.NewPropertyMapFromMap(whole)
			for name, value := range c.outputs {
				if value == nil {
					delete(all, resource.PropertyKey(name))
				} else {
					all[resource.PropertyKey(name)] = resource.NewPropertyValue(value)
				}
			}
			failures := machines.CheckOutputs(all)
			assert.Len(t, failures, len(c.want))
			if len(c.want) > 0 {
				assert.Equal(t, c.want, found(failures))
			}
		})
	}
}

// The provider leaves empty what is not in use inside an output, such as the logging of a bucket.
func TestInsideOfOutputsMayBeMissing(t *testing.T) {
	bucket := sdkschema.Of(s3.BucketArgs{}, s3.Bucket{})
	logging := func(fields map[string]any) resource.PropertyMap {
		return resource.NewPropertyMapFromMap(map[string]any{"logging": fields})
	}
	assert.Contains(t, found(bucket.Check(logging(map[string]any{}))), "logging.targetBucket", "as an input it is required")
	failures := found(bucket.CheckOutputs(logging(map[string]any{})))
	assert.NotContains(t, failures, "logging.targetBucket")
	assert.NotContains(t, failures, "logging")
	assert.Contains(t, failures, "arn")

	failures = found(bucket.CheckOutputs(logging(map[string]any{"targetBucket": 4})))
	assert.Equal(t, "wants text, not number", failures["logging.targetBucket"])
}

func TestTheRealSDK(t *testing.T) {
	vpc := sdkschema.Of(ec2.VpcArgs{}, ec2.Vpc{})
	assert.Empty(t, vpc.Check(resource.NewPropertyMapFromMap(map[string]any{"cidrBlock": "10.0.0.0/16", "tags": map[string]any{"a": "b"}})))
	assert.Equal(t, wrong("cidr", "the provider has no such property"),
		found(vpc.Check(resource.NewPropertyMapFromMap(map[string]any{"cidr": "10.0.0.0/16"}))))
	assert.Contains(t, vpc.AlwaysPresent(), "defaultSecurityGroupId")
	assert.NotContains(t, vpc.AlwaysPresent(), "tags")
}
