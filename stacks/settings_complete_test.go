package stacks

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/internal/testkit"
)

// setting is one value that a stack file can set.
type setting struct {
	// path is its way from the root, by json names.
	path  []string
	value reflect.Value
}

func (s setting) String() string { return strings.Join(s.path, ".") }

// settingsIn are all single settings in a struct.
func settingsIn(v reflect.Value, path ...string) []setting {
	var all []setting
	for i := range v.NumField() {
		field := v.Type().Field(i)
		name := field.Tag.Get("json")
		switch {
		case field.Anonymous:
			all = append(all, settingsIn(v.Field(i), path...)...)
		case name == "":
		case field.Type.Kind() == reflect.Map && field.Type.Elem().Kind() == reflect.Struct:
			// Settings by name: those of one name stand for all.
			entry := v.Field(i).MapIndex(reflect.ValueOf(sampleEntry))
			if !entry.IsValid() {
				entry = reflect.Zero(field.Type.Elem())
			}
			all = append(all, settingsIn(entry, append(append([]string{}, path...), name, sampleEntry)...)...)
		case field.Type.Kind() == reflect.Struct:
			all = append(all, settingsIn(v.Field(i), append(append([]string{}, path...), name)...)...)
		default:
			all = append(all, setting{append(append([]string{}, path...), name), v.Field(i)})
		}
	}
	return all
}

// sampleEntry is the name under which settings by name are looked at: that of a queue there is.
const sampleEntry = "transcription"

// nonsense is a value no setting of the kind can have; ok is false where every value makes sense.
func nonsense(t reflect.Type) (value any, ok bool) {
	switch t.Kind() {
	case reflect.Int:
		return -1, true
	case reflect.String:
		return "?!", true
	case reflect.Slice:
		element, ok := nonsense(t.Elem())
		return []any{element}, ok
	case reflect.Map:
		return map[string]string{"aws:taken": "x"}, true
	default:
		return nil, false
	}
}

// Nonsense in any setting is refused, with the setting's path, before any resource. A setting that is not
// validated, or not handed to what validates it, fails here.
func TestNonsenseInAnySettingIsRefused(t *testing.T) {
	for _, c := range []struct {
		config map[string]string
		root   any
	}{
		{prodConfig(), Environment{}},
		{sharedConfig(), Shared{}},
	} {
		for _, s := range settingsIn(reflect.ValueOf(c.root)) {
			value, ok := nonsense(s.value.Type())
			if !ok {
				continue
			}
			t.Run(s.String(), func(t *testing.T) {
				for i := len(s.path) - 1; i > 0; i-- {
					value = map[string]any{s.path[i]: value}
				}
				text, isText := value.(string)
				if !isText {
					encoded, err := json.Marshal(value)
					require.NoError(t, err)
					text = string(encoded)
				}
				config := map[string]string{}
				for key, value := range c.config {
					config[key] = value
				}
				config[Project+":"+s.path[0]] = text
				err := testkit.Refused(t, Program(config))
				assert.ErrorContains(t, err, s.String(), "no problem names it: is it handed over in stacks/, and looked at in Validate?")
			})
		}
	}
}

// optional are the settings whose default is nothing.
var optional = map[string]bool{
	"accountId": true, "tags": true, "cluster.publicAccessCidrs": true, "cluster.admins": true,
	"unprotected": true, "network.interfaceEndpoints": true, "cluster.publicAccessUntil": true, "nodePools.gpu.maxGpus": true,
	"backup.copyRegion": true, "backup.copyRetentionDays": true, "backup.lockDays": true, "registry.pullAccounts": true, "ci.publishers": true,
	"secrets.jwt.previousEpoch": true, "secrets.database.previousEpoch": true,
	"images.registry": true, "media.origins": true, "images.backend": true, "api.resources.memoryLimit": true,
	"images.migrations": true, "images.render": true, "images.frontend": true, "edge.domain": true, "edge.zoneId": true, "postgres.maxConnections": true,
}

// A setting that the table of defaults forgot is zero, which may well be valid, and wrong.
func TestEverySettingHasADefaultInEveryTier(t *testing.T) {
	roots := map[string]any{"shared": defaultShared()}
	for _, tier := range []Tier{Dev, Staging, Prod} {
		roots[string(tier)] = defaultEnvironment(tier, "us-east-1")
	}
	for name, root := range roots {
		for _, s := range settingsIn(reflect.ValueOf(root)) {
			if s.value.Kind() == reflect.Bool || optional[s.String()] || s.path[0] == "services" {
				continue
			}
			assert.False(t, s.value.IsZero(), "%s has no default for %s: add it to stacks/settings_defaults.go", s, name)
		}
	}
}
