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
	},
}

func TestConfigureOverDefaults(t *testing.T) {
	settings, err := knobs.Configure(map[string]any{"ports": []any{3.0}})
	require.NoError(t, err)
	assert.Equal(t, []int64{3}, settings.Ports("ports"))
	assert.Equal(t, "10.0.0.0/8", settings.Prefixes("ranges")[0].String())

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
