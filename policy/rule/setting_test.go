package rule

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"
)

var knobs = Rule{
	ID: "x1", Name: "knobs",
	Settings: []Setting{
		{Name: "ports", Default: []int64{1, 2}},
		{Name: "ranges", Default: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}},
		{Name: "names", Default: []string{"a"}},
		{Name: "most", Default: int64(7)},
		{Name: "strict", Default: true},
		{Name: "size", Default: "large"},
	},
}

func TestConfigureOverDefaults(t *testing.T) {
	settings, err := knobs.Configure(map[string]any{"ports": []any{3.0}})
	require.NoError(t, err)
	assert.Equal(t, []int64{3}, settings.Ports("ports"))
	assert.Equal(t, "10.0.0.0/8", settings.Prefixes("ranges")[0].String())
	assert.Equal(t, []string{"a"}, settings.Texts("names"))
	assert.Equal(t, int64(7), settings.Number("most"))
	assert.True(t, settings.Flag("strict"))
	assert.Equal(t, "large", settings.Text("size"))

	settings, err = knobs.Configure(map[string]any{"names": []any{"b", "c"}, "most": 0.0, "strict": false})
	require.NoError(t, err)
	assert.Equal(t, []string{"b", "c"}, settings.Texts("names"))
	assert.Zero(t, settings.Number("most"))
	assert.False(t, settings.Flag("strict"))

	settings, err = knobs.Configure(nil)
	require.NoError(t, err)
	assert.Equal(t, []int64{1, 2}, settings.Ports("ports"))
}

func TestConfigureRefuses(t *testing.T) {
	for name, given := range map[string]map[string]any{
		"an unknown name":     {"port": []any{3.0}},
		"no list":             {"ports": 3.0},
		"half a port":         {"ports": []any{3.5}},
		"a port out of range": {"ports": []any{65536.0}},
		"a port in words":     {"ports": []any{"http"}},
		"an address":          {"ranges": []any{"10.0.0.1"}},
		"a number":            {"ranges": []any{10.0}},
		"a number as a text":  {"names": []any{10.0}},
		"half a number":       {"most": 1.5},
		"less than nothing":   {"most": -1.0},
		"a number in words":   {"most": "seven"},
		"a flag in words":     {"strict": "true"},
		"a text in numbers":   {"size": 2.0},
	} {
		_, err := knobs.Configure(given)
		assert.Error(t, err, name)
	}
}

// The protocol carries schemas in structs that accept few Go types.
func TestSchemaFitsTheProtocol(t *testing.T) {
	for _, setting := range knobs.Settings {
		encoded, err := structpb.NewStruct(setting.Schema())
		require.NoError(t, err)
		settings, err := knobs.Configure(map[string]any{setting.Name: encoded.AsMap()["default"]})
		require.NoError(t, err, "the engine sends the default of the schema back")
		assert.Equal(t, knobs.Defaults(), settings)
	}
}
