package sandbox

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseProcess(t *testing.T) {
	for line, want := range map[string]process{
		"4242 (pulumi) S 17 4242 17 0 -1":      {id: 4242, parent: 17, command: "pulumi"},
		"1 (a (b) c) R 0":                      {id: 1, parent: 0, command: "a (b) c"},
		"99 (pulumi) Z 1 0 0 18446744073709 5": {id: 99, parent: 1, command: "pulumi"},
	} {
		got, err := parseProcess([]byte(line))
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
	for _, line := range []string{"", "12", "12 (x", "12 x) S 1", ") (", "x (y) S 1", "12 (y) S", "12 (y) S z"} {
		_, err := parseProcess([]byte(line))
		assert.ErrorContains(t, err, "no status of a process", line)
	}
}

func TestThereIsNoEngineToKill(t *testing.T) {
	OnLinux(t)
	s := &Sandbox{dir: t.TempDir()}
	assert.EqualError(t, s.killEngine(), "no process pulumi of this sandbox is running")
}
