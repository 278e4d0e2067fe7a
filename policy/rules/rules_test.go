package rules

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/policy/rule"
)

func TestFixtures(t *testing.T) {
	for _, r := range All() {
		for _, f := range fixtures(t, r.ID) {
			t.Run(r.ID+"/"+f.Name, func(t *testing.T) {
				result := f.ask(t, r)
				require.Equal(t, f.Expect, result.Outcome(), "%+v", result)
				for _, found := range append(result.Failures, result.Unknowns...) {
					assert.NotEmpty(t, found.Message, "what is found at %q", found.Path)
					assert.NotContains(t, found.Message, "%!", "a message has as many values as places")
				}
				findings := result.Failures
				if f.Expect == rule.Undetermined {
					findings = result.Unknowns
				}
				if f.At != nil {
					assert.Equal(t, f.At, f.places(findings))
				}
				if f.Says != "" {
					assert.Contains(t, findings[0].Message, f.Says)
				}
			})
		}
	}
}

// A rule nobody tried in each of its outcomes is a rule nobody knows to work.
func TestEveryRuleHasFixtures(t *testing.T) {
	for _, r := range All() {
		tried := map[string]bool{}
		for _, f := range fixtures(t, r.ID) {
			tried[fmt.Sprintf("stack=%t %s", f.isStack(), f.Expect)] = true
		}
		for _, stack := range []bool{false, true} {
			if stack && r.CheckStack == nil || !stack && r.Check == nil {
				continue
			}
			for _, outcome := range []rule.Outcome{rule.Passed, rule.Failed, rule.Undetermined} {
				key := fmt.Sprintf("stack=%t %s", stack, outcome)
				assert.True(t, tried[key], "rule %s has no fixture for %s", r.ID, key)
			}
		}
	}
}

// A rule that names several types says for each where to look, and may say it wrongly for one: each has to fail once.
// Kinds of Kubernetes workloads are tried by TestEveryWorkloadKind, and types that only need tags have them at one
// place.
func TestEveryTypeOfARuleFails(t *testing.T) {
	types := map[string]bool{}
	failing := map[string]map[string]bool{}
	for _, r := range All() {
		failing[r.ID] = map[string]bool{}
		for _, f := range fixtures(t, r.ID) {
			for _, sent := range append(f.Stack, f.fixtureResource) {
				types[sent.Type] = true
			}
			if f.Expect == rule.Failed {
				failing[r.ID][f.Type] = true
			}
		}
	}
	for _, r := range All() {
		for typ := range types {
			applies := r.Check != nil && strings.HasPrefix(typ, "aws:") && r.AppliesTo(rule.Resource{Type: typ})
			if applies && r.ID != requireTags.ID {
				assert.True(t, failing[r.ID][typ], "rule %s has no failing fixture of type %s", r.ID, typ)
			}
		}
	}
}

func TestEveryFixtureFileHasARule(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.yaml"))
	require.NoError(t, err)
	for _, file := range files {
		id := strings.TrimSuffix(filepath.Base(file), ".yaml")
		assert.True(t, slices.ContainsFunc(All(), func(r rule.Rule) bool { return r.ID == id }),
			"%s has no rule: is it missing in All, in all.go?", file)
	}
}

func TestRulesAreFilledIn(t *testing.T) {
	ids := map[string]bool{}
	for _, r := range All() {
		assert.Regexp(t, regexp.MustCompile(`^[a-k]\d+$`), r.ID)
		assert.False(t, ids[r.ID], "id %s is used twice", r.ID)
		ids[r.ID] = true
		assert.Regexp(t, regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`), r.Name, r.ID)
		for _, text := range []string{r.Title, r.Why, r.Fix} {
			assert.Regexp(t, regexp.MustCompile(`[^.]$`), text, "%s: text without its full stop", r.ID)
		}
		assert.True(t, r.Level.IsValid(), r.ID)
		assert.NotEqual(t, apitype.PolicySeverityUnspecified, r.Severity, r.ID)
		assert.True(t, r.Check != nil || r.CheckStack != nil, r.ID)
		assert.Equal(t, r.Check != nil, r.AppliesTo != nil, "%s: a check needs to know what it applies to", r.ID)
	}
}

// Taking knowledge away must never turn a violation into a pass: in every fixture that
// fails, every single value is replaced by an unknown.
func TestUnknownNeverPasses(t *testing.T) {
	// A key that is known only after deployment is a key (checkCustomerKey), and a value
	// that is marked secret is marked, whatever it is (h5).
	excused := regexp.MustCompile(`^h5 |[ .](kmsKeyId|kmsMasterKeyId|kmsKey|keyArn|\w+KmsKeyId)$`)

	tried := 0
	for _, r := range All() {
		for _, f := range fixtures(t, r.ID) {
			if f.Expect != rule.Failed || f.isStack() {
				continue
			}
			settings, err := r.Configure(f.Settings)
			require.NoError(t, err)
			about := f.resource()
			eachMutation(properties(f.Inputs), func(path string, mutated resource.PropertyMap) {
				about.Inputs = rule.NewValue(about.URN, mutated)
				outcome := f.askAbout(about, r, rule.Env{Settings: settings, Deployment: f.deployment()}).Outcome()
				tried++
				if !excused.MatchString(r.ID + " " + path) {
					assert.NotEqual(t, rule.Passed, outcome, "%s, %q with unknown %s", r.ID, f.Name, path)
				}
			}, resource.MakeComputed(resource.NewProperty("")), resource.MakeSecret(resource.MakeComputed(resource.NewProperty(""))),
				resource.NewProperty(resource.Output{Secret: true}))
		}
	}
	assert.Greater(t, tried, 300, "the mutations were made")
}

// The same of a whole stack, one value of one resource at a time.
func TestUnknownNeverPassesInStacks(t *testing.T) {
	tried := 0
	for _, r := range All() {
		for _, f := range fixtures(t, r.ID) {
			if f.Expect != rule.Failed || !f.isStack() {
				continue
			}
			settings, err := r.Configure(f.Settings)
			require.NoError(t, err)
			for i, sent := range f.Stack {
				eachMutation(properties(sent.Inputs), func(path string, mutated resource.PropertyMap) {
					resources := make([]rule.Resource, len(f.Stack))
					for j, other := range f.Stack {
						resources[j] = other.resource()
					}
					resources[i].Inputs = rule.NewValue(resources[i].URN, mutated)
					outcome := r.CheckStack(rule.NewStack(resources), rule.Env{Settings: settings, Deployment: f.deployment()}).Outcome()
					tried++
					assert.NotEqual(t, rule.Passed, outcome, "%s, %q with unknown %s of %s", r.ID, f.Name, path, sent.Name)
				}, resource.MakeComputed(resource.NewProperty("")))
			}
		}
	}
	assert.Greater(t, tried, 300, "the mutations were made")
}

// Nothing a program can write makes a rule crash.
func TestWrongTypesNeverPanic(t *testing.T) {
	odd := []resource.PropertyValue{
		resource.NewNullProperty(),
		resource.NewProperty(true),
		resource.NewProperty(-1.5),
		resource.NewProperty(""),
		resource.NewProperty("\x00\xff"),
		resource.NewProperty([]resource.PropertyValue{}),
		resource.NewProperty([]resource.PropertyValue{resource.NewNullProperty(), resource.NewProperty("x")}),
		resource.NewProperty(resource.PropertyMap{}),
		resource.MakeSecret(resource.NewProperty([]resource.PropertyValue{resource.NewProperty(1.0)})),
		resource.NewProperty(resource.Output{Known: true, Element: resource.NewProperty("x")}),
		resource.NewProperty(resource.ResourceReference{URN: "urn:pulumi:x"}),
		{},
	}
	for _, r := range All() {
		for _, f := range fixtures(t, r.ID) {
			env := rule.Env{Settings: r.Defaults(), Deployment: f.deployment()}
			sent := append(f.Stack, f.fixtureResource)
			for i, one := range sent {
				eachMutation(properties(one.Inputs), func(_ string, mutated resource.PropertyMap) {
					about := one.resource()
					about.Inputs = rule.NewValue(about.URN, mutated)
					if !f.isStack() {
						f.askAbout(about, r, env)
						return
					}
					var all []rule.Resource
					for j, other := range sent {
						if j != i {
							all = append(all, other.resource())
						}
					}
					r.CheckStack(rule.NewStack(append(all, about)), env)
				}, odd...)
			}
			if r.Check != nil {
				r.Ask(rule.Resource{Type: f.Type}, env)
			}
		}
		if r.CheckStack != nil {
			r.CheckStack(rule.Stack{}, rule.Env{Settings: r.Defaults()})
		}
	}
}

// eachMutation replaces every value in turn, at every depth, by each replacement.
func eachMutation(
	original resource.PropertyMap, visit func(path string, mutated resource.PropertyMap),
	replacements ...resource.PropertyValue,
) {
	var walk func(path string, v resource.PropertyValue, put func(resource.PropertyValue) resource.PropertyMap)
	walk = func(path string, v resource.PropertyValue, put func(resource.PropertyValue) resource.PropertyMap) {
		for _, replacement := range replacements {
			visit(path, put(replacement))
		}
		switch {
		case v.IsSecret():
			walk(path, v.SecretValue().Element, func(inner resource.PropertyValue) resource.PropertyMap {
				return put(resource.MakeSecret(inner))
			})
		case v.IsArray():
			for i, item := range v.ArrayValue() {
				walk(fmt.Sprintf("%s[%d]", path, i), item, func(inner resource.PropertyValue) resource.PropertyMap {
					items := append([]resource.PropertyValue(nil), v.ArrayValue()...)
					items[i] = inner
					return put(resource.NewProperty(items))
				})
			}
		case v.IsObject():
			for key, item := range v.ObjectValue() {
				walk(path+"."+string(key), item, func(inner resource.PropertyValue) resource.PropertyMap {
					object := v.ObjectValue().Copy()
					object[key] = inner
					return put(resource.NewProperty(object))
				})
			}
		}
	}
	for key, value := range original {
		walk(string(key), value, func(inner resource.PropertyValue) resource.PropertyMap {
			mutated := original.Copy()
			mutated[key] = inner
			return mutated
		})
	}
}
