package securitygroup

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseRange(t *testing.T) {
	for text, want := range map[string]string{
		"10.0.0.0/16":         "10.0.0.0/16",
		"10.0.7.1/16":         "10.0.0.0/16",
		"::ffff:0.0.0.0/96":   "0.0.0.0/0",
		"::ffff:10.0.0.0/104": "10.0.0.0/8",
		"::ffff:10.0.0.0/95":  "::fffe:0:0/95",
		"2001:db8::/32":       "2001:db8::/32",
	} {
		got, err := ParseRange(text)
		require.NoError(t, err, text)
		assert.Equal(t, netip.MustParsePrefix(want), got, text)
	}
	for _, text := range []string{"", "10.0.0.0", "10.0.0.0/33", "vpc"} {
		_, err := ParseRange(text)
		assert.Error(t, err, text)
	}
}
