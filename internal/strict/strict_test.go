package strict_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/internal/problem"
	"coffee-platform/internal/strict"
)

// settings have every kind of value that settings can have.
type settings struct {
	common
	Tier    string            `json:"tier"`
	Network network           `json:"network"`
	Zones   []string          `json:"zones"`
	Sizes   []size            `json:"sizes"`
	Labels  map[string]string `json:"labels"`
	Pools   map[string]size   `json:"pools"`

	Computed string
}

type common struct {
	Replicas int  `json:"replicas"`
	Protect  bool `json:"protect"`
}

type network struct {
	CIDR string `json:"cidr"`
	NAT  nat    `json:"nat"`
}

type nat struct {
	Mode  string `json:"mode"`
	Count int    `json:"count"`
}

type size struct {
	CPU    int    `json:"cpu"`
	Family string `json:"family"`
}

// tier is named, as the types of settings often are.
type tier string

// defaults are what settings are before anything is decoded.
func defaults() settings {
	return settings{
		common:  common{Replicas: 2, Protect: true},
		Tier:    "dev",
		Network: network{CIDR: "10.0.0.0/16", NAT: nat{Mode: "single", Count: 1}},
		Zones:   []string{"a", "b"},
		Sizes:   []size{{CPU: 2}},
		Labels:  map[string]string{"team": "platform"},
		Pools:   map[string]size{"render": {CPU: 16}},
	}
}

func decode(values map[string]string) (settings, problem.List) {
	target := defaults()
	var problems problem.List
	strict.Decode(values, &target, &problems)
	return target, problems
}

func TestValuesReplaceDefaults(t *testing.T) {
	for _, c := range []struct {
		name   string
		values map[string]string
		change func(*settings)
	}{
		{"nothing", nil, func(*settings) {}},
		{"text", map[string]string{"tier": "prod"}, func(s *settings) { s.Tier = "prod" }},
		{"text that looks like a number", map[string]string{"tier": "1"}, func(s *settings) { s.Tier = "1" }},
		{"text that looks like JSON", map[string]string{"tier": `{"a": 1} x`}, func(s *settings) { s.Tier = `{"a": 1} x` }},
		{"no text", map[string]string{"tier": ""}, func(s *settings) { s.Tier = "" }},
		{"a number of what is embedded", map[string]string{"replicas": "3"}, func(s *settings) { s.Replicas = 3 }},
		{"zero", map[string]string{"replicas": "0"}, func(s *settings) { s.Replicas = 0 }},
		{"a number below zero", map[string]string{"replicas": "-1"}, func(s *settings) { s.Replicas = -1 }},
		{"a number too long for a float64", map[string]string{"replicas": "9007199254740993"}, func(s *settings) { s.Replicas = 9007199254740993 }},
		{"a truth of what is embedded", map[string]string{"protect": "false"}, func(s *settings) { s.Protect = false }},
		{"spaces around a value", map[string]string{"replicas": " 3\n"}, func(s *settings) { s.Replicas = 3 }},
		{"one of several nested", map[string]string{"network": `{"nat": {"count": 3}}`}, func(s *settings) { s.Network.NAT.Count = 3 }},
		{"nothing nested", map[string]string{"network": `{}`}, func(*settings) {}},
		{"a list", map[string]string{"zones": `["c"]`}, func(s *settings) { s.Zones = []string{"c"} }},
		{"an empty list", map[string]string{"zones": `[]`}, func(s *settings) { s.Zones = []string{} }},
		{"a list of settings", map[string]string{"sizes": `[{"cpu": 4}, {"family": "m7g"}]`}, func(s *settings) { s.Sizes = []size{{CPU: 4}, {Family: "m7g"}} }},
		{"a map", map[string]string{"labels": `{"Team": "video"}`}, func(s *settings) { s.Labels = map[string]string{"Team": "video"} }},
		{"another entry of a map of settings", map[string]string{"pools": `{"gpu": {"cpu": 8}}`}, func(s *settings) { s.Pools["gpu"] = size{CPU: 8} }},
		{"an entry there is", map[string]string{"pools": `{"render": {"family": "m7a"}}`}, func(s *settings) {
			render := s.Pools["render"]
			render.Family = "m7a"
			s.Pools["render"] = render
		}},
		{"several", map[string]string{"tier": "prod", "replicas": "5"}, func(s *settings) { s.Tier, s.Replicas = "prod", 5 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, problems := decode(c.values)
			want := defaults()
			c.change(&want)
			assert.Empty(t, problems)
			assert.Equal(t, want, got)
		})
	}
}

func TestProblemsAreNamedAndDefaultsStay(t *testing.T) {
	const known = "known keys are labels, network, pools, protect, replicas, sizes, tier, zones"
	for _, c := range []struct {
		name    string
		values  map[string]string
		path    string
		message string
	}{
		{"an unknown key like one", map[string]string{"replica": "3"}, "replica", "unknown key: did you mean replicas?"},
		{"a key in another case", map[string]string{"Tier": "prod"}, "Tier", "unknown key: did you mean tier?"},
		{"a key in capitals", map[string]string{"TIER": "prod"}, "TIER", "unknown key: did you mean tier?"},
		{"an unknown key like none", map[string]string{"colour-of-the-cup": "red"}, "colour-of-the-cup", "unknown key: " + known},
		{"a key that is empty", map[string]string{"": "red"}, "", "unknown key: " + known},
		{"the Go name of a field without a key", map[string]string{"Computed": "x"}, "Computed", "unknown key: " + known},
		{"text for a number", map[string]string{"replicas": "three"}, "replicas", `is the text "three" where a whole number is wanted, without quotes`},
		{"nothing for a number", map[string]string{"replicas": ""}, "replicas", `is the text "" where a whole number is wanted, without quotes`},
		{"quotes around a number", map[string]string{"replicas": `"3"`}, "replicas", `is the text "3" where a whole number is wanted, without quotes`},
		{"a fraction", map[string]string{"replicas": "1.5"}, "replicas", "is the number 1.5 where a whole number is wanted, without quotes"},
		{"a whole fraction", map[string]string{"replicas": "1.0"}, "replicas", "is the number 1.0 where a whole number is wanted, without quotes"},
		{"a number too large", map[string]string{"replicas": "9223372036854775808"}, "replicas", "is the number 9223372036854775808 where a whole number is wanted, without quotes"},
		{"a truth for a number", map[string]string{"replicas": "true"}, "replicas", "is the boolean true where a whole number is wanted, without quotes"},
		{"null for a number", map[string]string{"replicas": "null"}, "replicas", "is empty: give it a value, or remove the key to have the default"},
		{"two numbers", map[string]string{"replicas": "3 4"}, "replicas", `"3 4" has something after its value: remove it`},
		{"a number for a truth", map[string]string{"protect": "1"}, "protect", "is the number 1 where true or false is wanted, without quotes"},
		{"a word for a truth", map[string]string{"protect": "yes"}, "protect", `is the text "yes" where true or false is wanted, without quotes`},
		{"text for settings", map[string]string{"network": "wide"}, "network", `is the text "wide" where settings are wanted: known keys are cidr, nat`},
		{"a list for settings", map[string]string{"network": "[1]"}, "network", "is a list where settings are wanted: known keys are cidr, nat"},
		{"null for settings", map[string]string{"network": "null"}, "network", "is empty: give it a value, or remove the key to have the default"},
		{"something after settings", map[string]string{"network": `{"nat": {"count": 3}} }`}, "network", `"{\"nat\": {\"count\": 3}} }" has something after its value: remove it`},
		{"a nested key", map[string]string{"network": `{"nat": {"moed": "none"}}`}, "network.nat.moed", "unknown key: did you mean mode?"},
		{"a nested number for text", map[string]string{"network": `{"nat": {"mode": 1}}`}, "network.nat.mode", "is the number 1 where text is wanted: put it in quotes"},
		{"a nested null", map[string]string{"network": `{"cidr": null}`}, "network.cidr", "is empty: give it a value, or remove the key to have the default"},
		{"a map for text", map[string]string{"network": `{"cidr": {}}`}, "network.cidr", "is a map where text is wanted: put it in quotes"},
		{"text for a list", map[string]string{"zones": "a,b"}, "zones", `is the text "a,b" where a list is wanted`},
		{"a map for a list", map[string]string{"zones": `{"a": "b"}`}, "zones", "is a map where a list is wanted"},
		{"a number in a list of texts", map[string]string{"zones": `["c", 1]`}, "zones[1]", "is the number 1 where text is wanted: put it in quotes"},
		{"null in a list", map[string]string{"zones": `["c", null]`}, "zones[1]", "is empty: give it a value, or remove the key to have the default"},
		{"a key in a list", map[string]string{"sizes": `[{"cpu": 4}, {"cpus": 4}]`}, "sizes[1].cpus", "unknown key: did you mean cpu?"},
		{"a list for a map", map[string]string{"labels": `["a"]`}, "labels", "is a list where a map is wanted"},
		{"a truth in a map of texts", map[string]string{"labels": `{"a": "b", "b": true}`}, "labels.b", "is the boolean true where text is wanted: put it in quotes"},
		{"a key in a map of settings", map[string]string{"pools": `{"gpu": {"famly": "g6"}}`}, "pools.gpu.famly", "unknown key: did you mean family?"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, problems := decode(c.values)
			assert.Equal(t, problem.List{{Path: c.path, Message: c.message}}, problems)
			assert.Equal(t, defaults(), got)
		})
	}
}

func TestEveryProblemIsFoundInOnePassAndTheRestIsDecoded(t *testing.T) {
	target := defaults()
	problems := problem.List{{Path: "stack", Message: "found before"}}
	strict.Decode(map[string]string{
		"tier": "prod", "replicas": "three", "zone": "a",
		"network": `{"cidr": "10.1.0.0/16", "nat": {"count": "1", "mode": 2}}`,
	}, &target, &problems)
	var paths []string
	for _, p := range problems {
		paths = append(paths, p.Path)
	}
	assert.ElementsMatch(t, []string{"stack", "replicas", "zone", "network.nat.count", "network.nat.mode"}, paths)
	assert.Equal(t, "prod", target.Tier)
	assert.Equal(t, "10.1.0.0/16", target.Network.CIDR)
	assert.Equal(t, defaults().Network.NAT, target.Network.NAT)
}

func TestNamedTypes(t *testing.T) {
	target := struct {
		Tier  tier            `json:"tier"`
		Tiers []tier          `json:"tiers"`
		By    map[string]tier `json:"by"`
	}{}
	var problems problem.List
	strict.Decode(map[string]string{"tier": "prod", "tiers": `["dev"]`, "by": `{"a": "staging"}`}, &target, &problems)
	require.Empty(t, problems)
	assert.Equal(t, tier("prod"), target.Tier)
	assert.Equal(t, []tier{"dev"}, target.Tiers)
	assert.Equal(t, map[string]tier{"a": "staging"}, target.By)
}

// A type that settings cannot have is a mistake in the program, and no configuration is to blame.
func TestTypesThatSettingsCannotHave(t *testing.T) {
	target := struct {
		Ratio float64 `json:"ratio"`
	}{}
	assert.PanicsWithValue(t, "strict: ratio: settings cannot hold a float64", func() {
		strict.Decode(map[string]string{"ratio": "1.5"}, &target, &problem.List{})
	})
}

func FuzzDecode(f *testing.F) {
	f.Add("tier", "prod")
	f.Add("replicas", "1e999")
	f.Add("replicaz", "-")
	f.Add("protect", `"true"`)
	f.Add("network", `{"nat": {"count": 3}}`)
	f.Add("zones", `["a", null, 1, [], {}]`)
	f.Add("sizes", `[{"cpu": 1.5}, []]`)
	f.Add("labels", `{"": "x", "a.b[0]": null}`)
	f.Add("", "")
	f.Fuzz(func(t *testing.T, name, text string) {
		got, problems := decode(map[string]string{name: text})
		for _, p := range problems {
			assert.NotEmpty(t, p.Message)
		}
		if len(problems) > 0 {
			return
		}
		// What was taken without a problem is taken again as it was understood.
		written, err := json.Marshal(got)
		require.NoError(t, err)
		var fields map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(written, &fields))
		understood := string(fields[name])
		if name == "tier" {
			understood = got.Tier // text is not written as JSON
		}
		again, problems := decode(map[string]string{name: understood})
		assert.Empty(t, problems)
		assert.Equal(t, got, again)
	})
}
