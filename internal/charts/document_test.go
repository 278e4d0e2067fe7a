package charts_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/internal/charts"
)

// docs/charts.md has a row for each chart, at the version that is installed.
func TestDocumentSaysWhatIsInstalled(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "docs", "charts.md"))
	require.NoError(t, err)
	rows := regexp.MustCompile("(?m)^\\| `([a-z-]+)` ([0-9.]+) \\|.*\\|$").FindAllStringSubmatch(string(data), -1)
	var documented, installed []string
	for _, row := range rows {
		documented = append(documented, row[1]+" "+row[2])
	}
	for _, chart := range charts.All {
		installed = append(installed, fmt.Sprintf("%s %s", chart.Name, chart.Version))
	}
	assert.ElementsMatch(t, installed, documented)
}
