package stacks

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"coffee-platform/internal/problem"
	"coffee-platform/internal/strict"
)

// settings are a stack's settings: either is set, by the stack's kind.
type settings struct {
	environment *Environment
	shared      *Shared
}

// load reads the settings of the named stack from its whole configuration: every key with its namespace, values
// as Pulumi hands them to a program (plain text for scalars, JSON for everything else). It reports
// everything that is wrong at once. What expires is held against today.
func load(stack string, config map[string]string, today time.Time) (settings, error) {
	own, problems := ownKeys(config)
	dropUnset(own)
	region := config["aws:region"]

	kind := Kind(own["kind"])
	if kind == "" {
		kind = KindEnvironment
	}
	delete(own, "kind")

	var loaded settings
	switch kind {
	case KindEnvironment:
		loaded.environment = loadEnvironment(stack, own, region, today, &problems)
	case KindShared:
		shared := defaultShared()
		shared.stack, shared.Region = stack, region
		strict.Decode(own, &shared, &problems)
		problems.AddUnder("", shared.validate())
		loaded.shared = &shared
	default:
		problems.Add("kind", "%q is not a kind of stack: use environment or shared", kind)
	}
	if err := problems.Err(); err != nil {
		return settings{}, fmt.Errorf("the configuration of this stack has %w\n"+
			"Nothing was created. Mend these in the stack's Pulumi.<stack>.yaml and run again; every key is described in Pulumi.yaml", err)
	}
	return loaded, nil
}

func loadEnvironment(stack string, own map[string]string, region string, today time.Time, problems *problem.List) *Environment {
	tier := Tier(own["tier"])
	environment := defaultEnvironment(tier, region)
	environment.stack, environment.Region = stack, region
	strict.Decode(own, &environment, problems)
	// What could not be read has kept its default, so the rest can be judged all the same.
	problems.AddUnder("", environment.validate(today))
	return &environment
}

// dropUnset removes the keys that no stack file sets: Pulumi hands a program every key that Pulumi.yaml
// declares, with its empty default, whatever the kind of the stack.
func dropUnset(own map[string]string) {
	maps.DeleteFunc(own, func(_, text string) bool { return text == "" || text == "{}" })
}

// ownKeys are the keys in the project's namespace, without it. What is in no namespace that this
// program reads is a problem: a mistyped namespace would otherwise go unnoticed.
func ownKeys(config map[string]string) (map[string]string, problem.List) {
	var problems problem.List
	own := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(config)) {
		namespace, name, _ := strings.Cut(key, ":")
		switch {
		case namespace == Project:
			own[name] = config[key]
		case key == "aws:region", namespace == "pulumi":
		case namespace == "aws":
			problems.Add(key, "is not read: the program configures its AWS provider itself, only aws:region is taken")
		default:
			problems.Add(key, "is in no namespace this program reads: did you mean %s:%s?", Project, name)
		}
	}
	return own, problems
}
