package rules

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"coffee-platform/policy/rule"
)

// fixture is one case of testdata/<rule id>.yaml: a resource or a stack, and what the
// rule must say about it. In values, $unknown is what a preview does not know and
// {$secret: x} is x marked secret.
type fixture struct {
	Name   string
	Expect rule.Outcome
	At     []string
	// Says is part of what is said of the first place.
	Says     string
	Settings map[string]any
	// Tier the stack is for; prod unless it says otherwise.
	Tier string
	// Unprotected are the components that the stack file gives up.
	Unprotected []string
	// Services are those that the stack file adds, and whom each calls.
	Services map[string][]string
	// EndpointOpen is true when the stack file opens prod's endpoint.
	EndpointOpen bool
	fixtureResource
	// Seen are the resources that the run asked for before.
	Seen  []fixtureResource
	Stack []fixtureResource
}

type fixtureResource struct {
	Name string
	// Component is the package of the component the resource belongs to, and Parent the type of what else it does.
	Component    string
	Parent       string
	Type         string
	Protect      bool
	Inputs       map[string]any
	Outputs      map[string]any
	Dependencies map[string][]string
}

func fixtures(t testing.TB, id string) []fixture {
	data, err := os.ReadFile(filepath.Join("testdata", id+".yaml"))
	require.NoError(t, err, "rule %s has no fixtures: write testdata/%s.yaml", id, id)
	var cases []fixture
	require.NoError(t, yaml.UnmarshalStrict(data, &cases))
	return cases
}

func (f fixture) isStack() bool { return f.Stack != nil }

// ask runs the rule on the fixture.
func (f fixture) ask(t testing.TB, r rule.Rule) rule.Result {
	settings, err := r.Configure(f.Settings)
	require.NoError(t, err)
	env := rule.Env{Settings: settings, Deployment: f.deployment()}
	if f.isStack() {
		resources := make([]rule.Resource, 0, len(f.Stack))
		for _, sent := range f.Stack {
			resources = append(resources, sent.resource())
		}
		return r.AskStack(rule.NewStack(resources), env)
	}
	return f.askAbout(f.resource(), r, env)
}

// askAbout asks in a run that has asked for other resources before this one.
func (f fixture) askAbout(about rule.Resource, r rule.Rule, env rule.Env) rule.Result {
	env.Seen = rule.NewSeen()
	for _, sent := range f.Seen {
		env.Seen.Add(sent.resource())
	}
	env.Seen.Add(about)
	return r.Ask(about, env)
}

func (f fixture) deployment() rule.Deployment {
	return rule.Deployment{Tier: rule.TierNamed(f.Tier), Unprotected: f.Unprotected, Services: f.Services, EndpointOpen: f.EndpointOpen}
}

func (r fixtureResource) resource() rule.Resource {
	dependencies := map[string][]string{}
	for property, names := range r.Dependencies {
		for _, name := range names {
			dependencies[property] = append(dependencies[property], urnOf(name))
		}
	}
	return rule.Resource{
		URN:                  r.urn(),
		Type:                 r.Type,
		Name:                 r.Name,
		Protect:              r.Protect,
		Inputs:               rule.NewValue(r.urn(), properties(r.Inputs)),
		Outputs:              rule.NewValue(r.urn(), properties(r.Outputs)),
		PropertyDependencies: dependencies,
	}
}

func (r fixtureResource) urn() string {
	parent := r.Parent
	switch {
	case r.Component != "":
		parent = "coffee:" + r.Component + ":Component"
	case parent == "":
		return urnOf(r.Name)
	}
	return "urn:pulumi:dev::coffee::" + parent + "$test::" + r.Name
}

func urnOf(name string) string { return "urn:pulumi:dev::coffee::test::" + name }

func properties(values map[string]any) resource.PropertyMap {
	result := resource.PropertyMap{}
	for key, value := range values {
		result[resource.PropertyKey(key)] = property(value)
	}
	return result
}

func property(value any) resource.PropertyValue {
	switch value := value.(type) {
	case string:
		if value == "$unknown" {
			return resource.MakeComputed(resource.NewProperty(""))
		}
	case []any:
		items := make([]resource.PropertyValue, len(value))
		for i, item := range value {
			items[i] = property(item)
		}
		return resource.NewProperty(items)
	case map[string]any:
		if secret, ok := value["$secret"]; ok {
			return resource.MakeSecret(property(secret))
		}
		return resource.NewProperty(properties(value))
	}
	return resource.NewPropertyValue(value)
}

// places are the places of findings as fixtures write them: the path, and in a stack
// the resource's name before it.
func (f fixture) places(findings []rule.Finding) []string {
	places := make([]string, len(findings))
	for i, found := range findings {
		places[i] = found.Path
		if f.isStack() {
			places[i] = strings.TrimPrefix(found.URN, urnOf("")) + " " + found.Path
		}
	}
	return places
}
