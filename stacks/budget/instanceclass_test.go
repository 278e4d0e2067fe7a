package budget

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestDefaultMaxConnections(t *testing.T) {
	for class, want := range map[string]int{
		"db.t4g.micro":    67,
		"db.t4g.small":    174,
		"db.t4g.medium":   388,
		"db.t3.large":     816,
		"db.m7g.large":    816,
		"db.r6g.large":    1672,
		"db.m6i.2xlarge":  3385,
		"db.r7g.2xlarge":  5000,
		"db.r6g.16xlarge": 5000,
	} {
		got, ok := DefaultMaxConnections(class)
		assert.True(t, ok, class)
		assert.Equal(t, want, got, class)
	}
}

// What people have read from their own instances; their sources are at the formula.
func TestDefaultIsBelowWhatInstancesSay(t *testing.T) {
	for class, measured := range map[string]int{
		"db.t4g.small": 181,
		"db.t3.medium": 413, // t2.medium, as large
		"db.m5.large":  856, // m4.large
	} {
		got, ok := DefaultMaxConnections(class)
		assert.True(t, ok)
		assert.LessOrEqual(t, got, measured, class)
		assert.Greater(t, got, measured*9/10, "%s: too far below to be of use", class)
	}
}

func TestUnknownClasses(t *testing.T) {
	for _, class := range []string{"db.x2g.large", "db.m4.large", "db.t2.micro", "db.t4g.4xlarge", "db.m7g.micro", "db.m7g.3gigantic", "db.m7g", "cache.t4g.micro"} {
		_, ok := DefaultMaxConnections(class)
		assert.False(t, ok, class)
		assert.Empty(t, largerClasses(class), class)
	}
}

func TestLargerClassesAreOfTheSameFamily(t *testing.T) {
	assert.Equal(t, []string{"db.t4g.medium", "db.t4g.large", "db.t4g.xlarge", "db.t4g.2xlarge"}, largerClasses("db.t4g.small"))
	assert.Empty(t, largerClasses("db.t4g.2xlarge"))
}
