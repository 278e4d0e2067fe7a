package configuration

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/policy/rule"
)

var rules = []rule.Rule{
	{ID: "z1", Name: "paint-it-red", Level: apitype.Mandatory, Settings: []rule.Setting{{Name: "most", Default: int64(3)}}},
	{ID: "z2", Name: "one-colour", Level: apitype.Advisory},
}

func TestParse(t *testing.T) {
	got, err := Parse([]byte(`
dev:
  z1: {most: 5}
  z2: {level: disabled}
prod:
  z1: {level: advisory, most: 1}
`), rules)
	require.NoError(t, err)
	assert.Equal(t, Configuration{
		rule.Dev: {
			"z1-paint-it-red": {Level: apitype.Mandatory, Settings: map[string]any{"most": 5.0}},
			"z2-one-colour":   {Level: apitype.Disabled, Settings: map[string]any{}},
		},
		rule.Prod: {"z1-paint-it-red": {Level: apitype.Advisory, Settings: map[string]any{"most": 1.0}}},
	}, got)

	got, err = Parse([]byte("{}"), rules)
	require.NoError(t, err)
	assert.Empty(t, got)
}

func TestEveryProblemIsReportedAtOnce(t *testing.T) {
	_, err := Parse([]byte(`
production: {z1: {most: 1}}
dev:
  z0: {level: advisory}
  z1: {mots: 1}
  z2: {}
  z3: {level: advisory}
tea: {z1: {most: 1}}
staging:
  z1: {most: many}
  z2: {level: remediate}
`), rules)
	for _, want := range []string{
		"production: there is no such tier: write dev, staging or prod",
		`dev.z1: z1-paint-it-red has no setting "mots"`,
		"tea: there is no such tier",
		`dev.z0: there is no rule "z0"`,
		"dev.z2: is empty",
		`dev.z3: there is no rule "z3"`,
		"staging.z1: z1-paint-it-red.most: many is not a whole number",
		"staging.z2: remediate is not a level: write [advisory mandatory disabled]",
	} {
		assert.ErrorContains(t, err, want)
	}
}

func TestWhatIsNoConfiguration(t *testing.T) {
	for _, text := range []string{"- z1", "dev: [z1]", "dev: {z1: mandatory}", "dev: {z1: {most: 1, most: 2}}"} {
		_, err := Parse([]byte(text), rules)
		assert.Error(t, err, text)
	}
}
