// Package configuration reads what a tier wants different from the rules' own levels and settings.
package configuration

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"sigs.k8s.io/yaml"

	"coffee-platform/internal/problem"
	"coffee-platform/policy/rule"
)

// Choice is the level of a rule and those of its settings that are chosen.
type Choice struct {
	Level    apitype.EnforcementLevel
	Settings map[string]any
}

// Configuration is what each tier chooses, by the rule's policy name.
type Configuration map[rule.Tier]map[string]Choice

// levels are those a rule can be given.
var levels = []string{"advisory", "mandatory", "disabled"}

// levelKey is the one name in a rule's choices that is not a setting.
const levelKey = "level"

// Parse reads a YAML map from tiers to rule ids to level and settings. Everything that is
// wrong with it is reported at once.
func Parse(data []byte, rules []rule.Rule) (Configuration, error) {
	text, err := yaml.YAMLToJSONStrict(data)
	if err != nil {
		return nil, fmt.Errorf("the policies' configuration is not YAML: %w", err)
	}
	var written map[string]map[string]map[string]any
	if err := json.Unmarshal(text, &written); err != nil {
		return nil, fmt.Errorf("the policies' configuration is not a map from tiers to rules to settings: %w", err)
	}
	var problems problem.List
	configuration := Configuration{}
	for _, name := range slices.Sorted(maps.Keys(written)) {
		tier := rule.TierNamed(name)
		if tier.String() != name {
			problems.Add(name, "there is no such tier: write dev, staging or prod")
			continue
		}
		configuration[tier] = choices(name, written[name], rules, &problems)
	}
	if err := problems.Err(); err != nil {
		return nil, err
	}
	return configuration, nil
}

func choices(tier string, written map[string]map[string]any, rules []rule.Rule, problems *problem.List) map[string]Choice {
	chosen := map[string]Choice{}
	for _, id := range slices.Sorted(maps.Keys(written)) {
		path := tier + "." + id
		i := slices.IndexFunc(rules, func(r rule.Rule) bool { return r.ID == id })
		if i < 0 {
			problems.Add(path, "there is no rule %q: write its id, such as c1", id)
			continue
		}
		choice, err := choose(rules[i], written[id])
		if err != nil {
			problems.Add(path, "%v", err)
			continue
		}
		chosen[rules[i].PolicyName()] = choice
	}
	return chosen
}

// choose separates the level from the settings; the rule itself checks the latter.
func choose(r rule.Rule, written map[string]any) (Choice, error) {
	choice := Choice{Level: r.Level, Settings: maps.Clone(written)}
	if len(written) == 0 {
		return choice, errors.New("is empty: give it a level or a setting, or remove it")
	}
	if level, ok := written[levelKey]; ok {
		text, _ := level.(string)
		if !slices.Contains(levels, text) {
			return choice, fmt.Errorf("%v is not a level: write %v", level, levels)
		}
		choice.Level = apitype.EnforcementLevel(text)
		delete(choice.Settings, levelKey)
	}
	_, err := r.Configure(choice.Settings)
	return choice, err
}
