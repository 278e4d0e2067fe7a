package durations

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"coffee-platform/internal/sandbox/aws"
)

// typeToken is the form of Pulumi's type tokens, with a variant behind a # or without.
var typeToken = regexp.MustCompile(`^[a-z]+:[A-Za-z0-9./-]+:[A-Z][A-Za-z]*(#[a-z][A-Za-z]*)?$`)

func TestEveryDurationIsPlausible(t *testing.T) {
	for name, table := range map[string]map[string]time.Duration{"creation": creation, "deletion": deletion} {
		for typ, d := range table {
			assert.Regexp(t, typeToken, typ, name)
			assert.Positive(t, d, "%s of %s", name, typ)
			assert.Less(t, d, time.Hour, "%s of %s", name, typ)
		}
	}
}

// What the sandbox refuses by name takes no time.
func TestEveryTypeIsOneTheSandboxMakes(t *testing.T) {
	for name, table := range map[string]map[string]time.Duration{"creation": creation, "deletion": deletion} {
		for typ := range table {
			if typ, _, _ := strings.Cut(typ, "#"); strings.HasPrefix(typ, "aws:") {
				assert.Contains(t, aws.Types(), typ, name)
			}
		}
	}
}

func TestUnknownTypesAreSaidToBe(t *testing.T) {
	for _, f := range []func(string) (time.Duration, bool){Creation, Deletion} {
		d, ok := f("aws:quantum/computer:Computer")
		assert.False(t, ok)
		assert.Equal(t, unknown, d)
	}
}

func TestAVariantIsItselfOrItsType(t *testing.T) {
	const database, subnet = "aws:rds/instance:Instance", "aws:ec2/subnet:Subnet"
	single, ok := Creation(database)
	assert.True(t, ok)
	standby, ok := Creation(database + MultiAZ)
	assert.True(t, ok)
	assert.Greater(t, standby, single)

	plain, _ := Creation(subnet)
	variant, ok := Creation(subnet + MultiAZ)
	assert.True(t, ok)
	assert.Equal(t, plain, variant)
}
