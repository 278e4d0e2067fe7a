package rule

import (
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
)

func names(found []Resource) []string {
	var all []string
	for _, r := range found {
		all = append(all, r.Name)
	}
	return all
}

func anything(Resource) bool { return true }

// A group that two rules refer to, by the engine's record or by a text, and others that do not.
func stackOfRules() Stack {
	of := func(name, typ string, inputs, outputs resource.PropertyMap, dependencies ...string) Resource {
		r := Resource{URN: "urn:" + name, Name: name, Type: typ, Inputs: NewValue(name, inputs), Outputs: NewValue(name, outputs)}
		if len(dependencies) > 0 {
			r.PropertyDependencies = map[string][]string{"group": dependencies}
		}
		return r
	}
	text, unknown := func(s string) resource.PropertyMap { return resource.PropertyMap{"group": resource.NewProperty(s)} }, resource.MakeComputed(resource.NewProperty(""))
	return NewStack([]Resource{
		of("written", "rule", text("sg-1"), nil),
		of("group", "group", resource.PropertyMap{"name": resource.NewProperty("coffee")}, resource.PropertyMap{"id": resource.NewProperty("sg-1")}),
		of("recorded", "rule", resource.PropertyMap{"group": unknown}, nil, "urn:group", "urn:group"),
		of("named", "rule", text("coffee"), nil),
		of("listed", "list", resource.PropertyMap{"group": resource.NewProperty([]resource.PropertyValue{resource.NewProperty("sg-2"), resource.NewProperty("sg-1")})}, nil),
		of("elsewhere", "rule", text("sg-3"), nil),
		of("of another", "rule", resource.PropertyMap{"group": unknown}, nil, "urn:later"),
		of("later", "group", resource.PropertyMap{"name": unknown}, resource.PropertyMap{"id": unknown}),
		of("nothing", "rule", nil, nil),
	})
}

func TestReferences(t *testing.T) {
	s := stackOfRules()
	group, later := s.OfType("group")[0], s.OfType("group")[1]
	referring := func(to Resource, name string, selects Selector) []string {
		found, _ := s.Referring(to, name, "group", selects)
		return names(found)
	}
	assert.Equal(t, []string{"listed", "recorded", "written"}, referring(group, "", anything), "in the order of the stack, each once")
	assert.Equal(t, []string{"listed", "named", "recorded", "written"}, referring(group, "name", anything))
	assert.Equal(t, []string{"recorded", "written"}, referring(group, "", OfType("rule")))
	assert.Equal(t, []string{"of another"}, referring(later, "name", anything))
	for _, r := range s.Select(anything) {
		found := s.Referenced(r, "group", anything)
		assert.Equal(t, refers(r, "group", group), len(found) > 0 && found[0].Name == "group", r.Name)
		assert.Equal(t, refers(r, "group", later), len(found) > 0 && found[0].Name == "later", r.Name)
		assert.Empty(t, s.Referenced(r, "group", OfType("rule")), r.Name)
	}
}

// refers is what Referenced has an index for: the engine's record, or an id that was written out.
func refers(from Resource, property string, to Resource) bool {
	ids, _ := texts(from.Inputs.Get(property))
	id, _ := to.Outputs.Get("id").Text()
	return slices.Contains(from.PropertyDependencies[property], to.URN) || slices.Contains(ids, id)
}

func TestThereMayBeMore(t *testing.T) {
	unknown := resource.MakeComputed(resource.NewProperty(""))
	s := stackOfRules()
	more := func(s Stack, to, name string, selects Selector) bool {
		_, more := s.Referring(s.Select(func(r Resource) bool { return r.Name == to })[0], name, "group", selects)
		return more
	}
	assert.False(t, more(s, "group", "name", anything), "all are known or on record")
	assert.True(t, more(s, "later", "name", anything), "a text may be the name that is not known yet")
	assert.False(t, more(s, "later", "", anything), "an id that is not known yet cannot have been written out")
	open := NewStack(append(s.Select(anything), Resource{
		URN: "urn:open", Name: "open", Type: "open", Inputs: NewValue("open", resource.PropertyMap{"group": unknown}),
	}))
	assert.True(t, more(open, "group", "name", anything), "one is unknown and on no record")
	assert.False(t, more(open, "group", "name", OfType("rule")), "which is none of those asked for")
	listed := NewStack(append(s.Select(anything), Resource{
		URN: "urn:open", Name: "open", Type: "open",
		Inputs: NewValue("open", resource.PropertyMap{"group": resource.NewProperty([]resource.PropertyValue{resource.NewProperty("sg-2"), unknown})}),
	}))
	assert.True(t, more(listed, "group", "name", OfType("open")), "one in a list is unknown and on no record")
	assert.True(t, more(s, "later", "name", OfType("list")), "a text in a list may be the name that is not known yet")
}

func TestFindingByTypeAndID(t *testing.T) {
	s := stackOfRules()
	assert.Equal(t, []string{"group", "later", "listed"}, names(s.OfType("list", "group", "list")))
	assert.Empty(t, s.OfType("nothing"))
	assert.Equal(t, []string{"group"}, names(s.WithID("sg-1", anything)))
	assert.Empty(t, s.WithID("sg-1", OfType("rule")))
	assert.Empty(t, s.WithID("", anything))
	assert.Empty(t, Stack{}.OfType("group"))
}
