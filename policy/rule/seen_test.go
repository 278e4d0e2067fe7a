package rule

import (
	"fmt"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
)

func asked(urn, kind string, inputs resource.PropertyMap) Resource {
	return Resource{URN: urn, Type: kind, Inputs: NewValue(urn, inputs)}
}

func TestSeenFindsByWhatIsMentioned(t *testing.T) {
	text := resource.NewProperty[string]
	list := func(items ...resource.PropertyValue) resource.PropertyValue { return resource.NewProperty(items) }
	s := NewSeen()
	s.Add(asked("a", "route", resource.PropertyMap{"table": text("rtb-1"), "gateway": text("igw-1")}))
	s.Add(asked("b", "use", resource.PropertyMap{"subnets": list(text("subnet-1"), text("rtb-1"), text("rtb-1"))}))
	s.Add(asked("c", "use", resource.PropertyMap{"token": resource.MakeSecret(text("rtb-1")), "later": resource.MakeComputed(text("")), "empty": text("")}))

	found := func(mentioned string, kinds ...string) (urns []string) {
		for _, r := range s.Mentioning(mentioned, OfType(kinds...)) {
			urns = append(urns, r.URN)
		}
		return urns
	}
	assert.Equal(t, []string{"a", "b"}, found("rtb-1", "route", "use"), "a secret is not remembered by what it is")
	assert.Equal(t, []string{"b"}, found("rtb-1", "use"))
	assert.Empty(t, found("", "route", "use"))
	assert.Empty(t, found("vpc-1", "route", "use"))

	s.Add(asked("a", "route", resource.PropertyMap{"table": text("rtb-1"), "gateway": text("nat-1")}))
	again, ok := s.Of("a")
	assert.True(t, ok)
	gateway, _ := again.Inputs.Get("gateway").Text()
	assert.Equal(t, "nat-1", gateway, "what was asked for last counts")
	assert.Equal(t, []string{"a"}, found("rtb-1", "route"))
	_, ok = s.Of("z")
	assert.False(t, ok)
}

func TestSeenIsForManyAtOnce(t *testing.T) {
	s := NewSeen()
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			s.Add(asked(fmt.Sprint(i), "route", resource.PropertyMap{"table": resource.NewProperty("rtb-1")}))
			assert.NotEmpty(t, s.Mentioning("rtb-1", OfType("route")), "a resource finds itself")
		})
	}
	all.Wait()
	assert.Len(t, s.Mentioning("rtb-1", OfType("route")), 50)
}

func TestServices(t *testing.T) {
	assert.Equal(t, map[string][]string{"thumbnails": {"redis"}, "idle": nil},
		ServicesNamed(`{"thumbnails": {"calls": ["redis"], "image": "x"}, "idle": {}}`))
	for _, text := range []string{"", "x", `["thumbnails"]`, `{"thumbnails": "redis"}`, `{"thumbnails": {"calls": "redis"}}`} {
		assert.Empty(t, ServicesNamed(text), text)
	}
}
