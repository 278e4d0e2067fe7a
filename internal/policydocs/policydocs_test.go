package policydocs

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/policy/configuration"
	"coffee-platform/policy/exemption"
	"coffee-platform/policy/report"
	"coffee-platform/policy/rules"
)

var root = filepath.Join("..", "..")

func TestCatalogueIsUpToDate(t *testing.T) {
	want, err := Render(root)
	require.NoError(t, err)
	text, err := os.ReadFile(filepath.Join(root, "docs", "policies.md"))
	require.NoError(t, err)
	assert.Equal(t, want, string(text), "run make generate")
}

func TestEveryRuleHasOneAnchorAndAGroup(t *testing.T) {
	text, err := Render(root)
	require.NoError(t, err)
	for _, r := range append(rules.All(), exemption.Rule) {
		assert.Equal(t, 1, strings.Count(text, `<a id="`+r.ID+`"></a>`), r.ID)
		assert.NotEmpty(t, groups[r.ID[0]], r.ID)
	}
	assert.NotContains(t, text, "**Looks at:** .", "no fixture has a type that the rule applies to")
}

func TestEveryFieldOfTheReportIsDescribed(t *testing.T) {
	var walk func(reflect.Type)
	walk = func(typ reflect.Type) {
		switch typ.Kind() {
		case reflect.Slice:
			walk(typ.Elem())
		case reflect.Struct:
			for i := range typ.NumField() {
				name := typ.Field(i).Tag.Get("json")
				assert.Regexp(t, "`"+name+`(\[\])?`+"`", preamble, name)
				walk(typ.Field(i).Type)
			}
		}
	}
	walk(reflect.TypeFor[report.Document]())
}

// What the text shows as an example is what the files accept.
func TestExamplesAreAccepted(t *testing.T) {
	var examples []string
	for _, block := range strings.Split(preamble, "```yaml\n")[1:] {
		example, _, _ := strings.Cut(block, "```")
		examples = append(examples, example)
	}
	require.Len(t, examples, 2)
	_, err := configuration.Parse([]byte(examples[0]), rules.All())
	assert.NoError(t, err)
	_, err = exemption.Parse([]byte(examples[1]), rules.All())
	assert.NoError(t, err)
}
