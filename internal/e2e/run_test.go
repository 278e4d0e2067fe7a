package e2e

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
)

// Rounds are as many as there are environments, and one more for each scenario that is played apart.
func TestLanes(t *testing.T) {
	names := func(o Options) [][]string {
		var lanes [][]string
		for _, lane := range o.lanes() {
			var rounds []string
			for _, r := range lane {
				text := r.name + ":"
				for _, s := range r.scenarios {
					text += " " + s.name
				}
				rounds = append(rounds, text)
			}
			lanes = append(lanes, rounds)
		}
		return lanes
	}
	assert.Equal(t, [][]string{
		{"dev: acceptance capacity access references", "prod: acceptance capacity placement release migration access references"},
		{"prod burst: burst"},
		{"prod node-loss: node-loss"},
	}, names(Options{Stacks: []string{"dev", "prod"}}))
	assert.Equal(t, [][]string{{"staging: acceptance access"}}, names(Options{Stacks: []string{"staging"}, Scenarios: []string{"access", "burst"}}))
}

func TestUnknownScenarioIsRefused(t *testing.T) {
	var out bytes.Buffer
	err := Run(context.Background(), Options{Stacks: []string{"dev"}, Scenarios: []string{"brust"}, Out: &out})
	assert.ErrorContains(t, err, `no scenario "brust": there are acceptance`)
	assert.Empty(t, out.String())
	assert.ErrorContains(t, Run(context.Background(), Options{Stacks: []string{"staging"}, Scenarios: []string{"access", "burst"}, Out: &out}),
		"scenario burst is for prod only")
	assert.Empty(t, out.String())
}

// What comes after a scenario that broke off cannot be believed.
func TestNothingIsPlayedAfterABrokenScenario(t *testing.T) {
	r := round{stack: "prod", scenarios: []scenario{{name: "capacity"}, {name: "release"}, {name: "access"}, {name: "references"}}}
	var names []string
	for _, s := range r.notPlayed(1) {
		assert.True(t, s.failed())
		assert.EqualError(t, s.err, "not played: release broke off")
		names = append(names, s.name)
	}
	assert.Equal(t, []string{"access", "references"}, names)
	assert.Empty(t, r.notPlayed(3))
}

// A section fails by a check that does not hold, or because it could not go on.
func TestSection(t *testing.T) {
	s := &section{stack: "prod", name: "burst", title: "a burst"}
	s.figure("first", "%d s", 3)
	s.check(true, "all is well", "%s", "")
	assert.False(t, s.failed())
	s.check(false, "nothing is lost", "%d lost; %s", 2, "")
	assert.True(t, s.failed())
	var out bytes.Buffer
	s.write(&out)
	assert.Equal(t, "\nprod  burst: a burst  FAILED (0.0 s)\n          first: 3 s\n  ok      all is well\n  FAILED  nothing is lost: 2 lost\n", out.String())
	assert.True(t, (&section{err: errNotThere}).failed())
}
