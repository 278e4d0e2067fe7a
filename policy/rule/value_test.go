package rule

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
)

func sample() Value {
	text := resource.NewProperty[string]
	return NewValue("urn", resource.PropertyMap{
		"yes":      resource.NewProperty(true),
		"yesText":  text("true"),
		"number":   resource.NewProperty(5432.0),
		"half":     resource.NewProperty(0.5),
		"huge":     resource.NewProperty(1e300),
		"digits":   text("5432"),
		"fraction": text("0.25"),
		"infinite": text("Inf"),
		"negative": text("-Inf"),
		"nan":      text("NaN"),
		"null":     resource.NewNullProperty(),
		"computed": resource.MakeComputed(text("")),
		"list":     resource.NewProperty([]resource.PropertyValue{text("a"), resource.MakeComputed(text(""))}),
		"secret": resource.MakeSecret(resource.NewProperty(resource.PropertyMap{
			"password": text("hunter2hunter2"),
		})),
		"output":        resource.NewProperty(resource.Output{Known: true, Element: text("x")}),
		"secretOutput":  resource.NewProperty(resource.Output{Known: true, Secret: true, Element: text("x")}),
		"unknownOutput": resource.NewProperty(resource.Output{Secret: true}),
		"nested":        resource.MakeSecret(resource.NewProperty(resource.Output{Known: true, Element: resource.MakeComputed(text(""))})),
		"labels":        resource.NewProperty(resource.PropertyMap{"coffee.dev/qos": text("guaranteed")}),
	})
}

func TestStates(t *testing.T) {
	v := sample()
	for path, want := range map[string]State{
		"absent": Missing, "null": Missing, "yes": Known, "computed": Unknown, "output": Known,
		"unknownOutput": Unknown, "nested": Unknown,
	} {
		assert.Equal(t, want, v.Get(path).State(), path)
	}
	assert.Equal(t, Unknown, v.Get("computed", "below").State())
	assert.Equal(t, Missing, v.Get("absent", "below", "deeper").State())
	assert.Equal(t, Malformed, v.Get("yes", "below").State())
	assert.Equal(t, Missing, Value{}.Get("x").State())
}

func TestTypedReads(t *testing.T) {
	v := sample()
	yes, state := v.Get("yesText").Bool()
	assert.True(t, yes)
	assert.Equal(t, Known, state)
	n, state := v.Get("digits").Int()
	assert.EqualValues(t, 5432, n)
	assert.Equal(t, Known, state)
	text, state := v.Get("number").Text()
	assert.Equal(t, "5432", text)
	assert.Equal(t, Known, state)

	for path, want := range map[string]float64{"number": 5432, "half": 0.5, "digits": 5432, "fraction": 0.25} {
		number, state := v.Get(path).Number()
		assert.Equal(t, want, number, path)
		assert.Equal(t, Known, state, path)
	}
	for _, path := range []string{"infinite", "negative", "nan", "yes", "labels", "list"} {
		number, state := v.Get(path).Number()
		assert.Zero(t, number, path)
		assert.Equal(t, Malformed, state, path)
	}
	for path, want := range map[string]State{"absent": Missing, "computed": Unknown} {
		_, state := v.Get(path).Number()
		assert.Equal(t, want, state, path)
	}

	for _, path := range []string{"half", "huge", "yes", "labels", "list"} {
		_, state := v.Get(path).Int()
		assert.Equal(t, Malformed, state, path)
	}
	for _, path := range []string{"digits", "number", "labels"} {
		_, state := v.Get(path).Bool()
		assert.Equal(t, Malformed, state, path)
	}
	_, state = v.Get("labels").Text()
	assert.Equal(t, Malformed, state)
	_, state = v.Get("computed").List()
	assert.Equal(t, Unknown, state)
	_, state = v.Get("yes").List()
	assert.Equal(t, Malformed, state)

	items, state := v.Get("list").List()
	assert.Equal(t, Known, state)
	assert.Equal(t, "list[1]", items[1].Path())
	assert.Equal(t, Unknown, items[1].State())
	assert.Equal(t, `labels["coffee.dev/qos"]`, v.Get("labels", "coffee.dev/qos").Path())
}

func TestShowKeepsSecrets(t *testing.T) {
	v := sample()
	assert.Equal(t, "(secret)", v.Get("secret", "password").Show(), "a secret holds what is in it")
	assert.Equal(t, "(secret)", v.Get("secretOutput").Show())
	assert.True(t, v.Get("secret", "absent").Secret())
	assert.Equal(t, `"x"`, v.Get("output").Show())
	assert.Equal(t, "true", v.Get("yes").Show())
	assert.Equal(t, "(not set)", v.Get("absent").Show())
	assert.Equal(t, "(not known yet)", v.Get("computed").Show())
	assert.Equal(t, "(object)", v.Get("labels").Show())
	assert.Equal(t, "(not set)", Value{}.Show())
}

func TestTruth(t *testing.T) {
	assert.Equal(t, No, No.And(Maybe))
	assert.Equal(t, Maybe, Yes.And(Maybe))
	assert.Equal(t, Yes, Yes.Or(Maybe))
	assert.Equal(t, Maybe, No.Or(Maybe))
	assert.Equal(t, Maybe, Maybe.Not())
	assert.Equal(t, No, Yes.Not())
}

func TestOutcome(t *testing.T) {
	var both Result
	both.Undetermined(Value{}, "x")
	assert.Equal(t, Undetermined, both.Outcome())
	both.Fail(Value{}, "x")
	assert.Equal(t, Failed, both.Outcome())
	assert.Equal(t, NotApplicable, Skip("why").Outcome())
	assert.Equal(t, Passed, Result{}.Outcome())
}

func TestOnlyReadsEitherForm(t *testing.T) {
	block := resource.NewProperty(resource.PropertyMap{"on": resource.NewProperty(true)})
	root := NewValue("urn", resource.PropertyMap{
		"object":      block,
		"list":        resource.NewProperty([]resource.PropertyValue{block}),
		"empty":       resource.NewProperty([]resource.PropertyValue{}),
		"two":         resource.NewProperty([]resource.PropertyValue{block, block}),
		"secret":      resource.MakeSecret(resource.NewProperty([]resource.PropertyValue{block})),
		"emptySecret": resource.MakeSecret(resource.NewProperty([]resource.PropertyValue{})),
		"twoSecrets":  resource.MakeSecret(resource.NewProperty([]resource.PropertyValue{block, block})),
		"later":       resource.MakeComputed(resource.NewProperty("")),
	})
	for _, name := range []string{"object", "list", "secret"} {
		on, state := root.Get(name).Only().Get("on").Bool()
		assert.Equal(t, Known, state, name)
		assert.True(t, on, name)
	}
	assert.Equal(t, "list[0].on", root.Get("list").Only().Get("on").Path())
	for _, name := range []string{"secret", "emptySecret", "twoSecrets"} {
		assert.True(t, root.Get(name).Only().Secret(), name)
		assert.Equal(t, "urn", root.Get(name).Only().URN(), name)
		assert.True(t, strings.HasPrefix(root.Get(name).Only().Path(), name), name)
	}
	assert.Equal(t, Missing, root.Get("empty").Only().State())
	assert.Equal(t, Malformed, root.Get("two").Only().State())
	assert.Equal(t, Unknown, root.Get("later").Only().Get("on").State())
	assert.Equal(t, Missing, root.Get("nothing").Only().State())
}

func TestDecodedReadsJSON(t *testing.T) {
	root := NewValue("urn", resource.PropertyMap{
		"json":   resource.MakeSecret(resource.NewProperty(`{"a": [{"b": null, "c": 2}]}`)),
		"object": resource.NewProperty(resource.PropertyMap{"a": resource.NewProperty("x")}),
		"broken": resource.NewProperty(`{"a": `),
	})
	items, state := root.Get("json").Decoded().Get("a").List()
	assert.Equal(t, Known, state)
	number, state := items[0].Get("c").Int()
	assert.Equal(t, Known, state)
	assert.Equal(t, int64(2), number)
	assert.Equal(t, Missing, items[0].Get("b").State())
	assert.Equal(t, "json.a[0].c", items[0].Get("c").Path())
	assert.True(t, items[0].Get("c").Secret())
	assert.Equal(t, Malformed, root.Get("broken").Decoded().State())
	assert.Equal(t, root.Get("object"), root.Get("object").Decoded())
	keys, state := root.Keys()
	assert.Equal(t, Known, state)
	assert.Equal(t, []string{"broken", "json", "object"}, keys)
	_, state = root.Get("broken").Keys()
	assert.Equal(t, Malformed, state)
}

func TestKeysAreSorted(t *testing.T) {
	root := NewValue("urn", resource.PropertyMap{
		"object": resource.MakeSecret(resource.NewProperty(resource.PropertyMap{"b": resource.NewNullProperty(), "a": resource.NewProperty(1.0)})),
		"text":   resource.NewProperty("x"),
		"later":  resource.MakeComputed(resource.NewProperty("")),
	})
	keys, state := root.Get("object").Keys()
	assert.Equal(t, Known, state)
	assert.Equal(t, []string{"a", "b"}, keys)
	for name, want := range map[string]State{"text": Malformed, "later": Unknown, "nothing": Missing} {
		_, state := root.Get(name).Keys()
		assert.Equal(t, want, state, name)
	}
}

func TestAddKeepsEveryFinding(t *testing.T) {
	var all, more Result
	all.Fail(Value{}, "one")
	more.Fail(Value{}, "two")
	more.Undetermined(Value{}, "three")
	all.Add(more)
	assert.Len(t, all.Failures, 2)
	assert.Len(t, all.Unknowns, 1)
}
