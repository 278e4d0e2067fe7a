package rule

import (
	"slices"
	"strings"
)

// Ask judges a resource, if the rule is for resources of its kind and binds the tier.
func (r Rule) Ask(about Resource, env Env) Result {
	switch {
	case !r.AppliesTo(about):
		return Skip("not for resources of type " + about.Type)
	case !r.Binds(env.Tier):
		return Skip(r.bindsOnly())
	}
	return r.Check(about, env)
}

// AskStack judges the stack, if the rule binds its tier.
func (r Rule) AskStack(stack Stack, env Env) Result {
	if !r.Binds(env.Tier) {
		return Skip(r.bindsOnly())
	}
	return r.CheckStack(stack, env)
}

// Binds tells whether the rule is for stacks of a tier.
func (r Rule) Binds(tier Tier) bool {
	return len(r.Tiers) == 0 || slices.Contains(r.Tiers, tier)
}

func (r Rule) bindsOnly() string {
	names := make([]string, len(r.Tiers))
	for i, tier := range r.Tiers {
		names[i] = tier.String()
	}
	return "binds only " + strings.Join(names, " and ")
}
