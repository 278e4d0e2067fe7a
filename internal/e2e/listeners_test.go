package e2e

import (
	"net"
	"net/netip"
	"os"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// This very process is the one that listens.
func TestWhoListensBeyondLoopbackIsFound(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells who listens where")
	}
	for _, c := range []struct {
		address string
		beyond  bool
	}{
		{"127.0.0.1:0", false},
		{"0.0.0.0:0", true},
		{":0", true},
	} {
		t.Run(c.address, func(t *testing.T) {
			listener, err := net.Listen("tcp", c.address)
			require.NoError(t, err)
			defer func() { assert.NoError(t, listener.Close()) }()
			err = beyondLoopback("/proc", map[int]string{os.Getpid(): "this test"})
			if !c.beyond {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, errBeyondLoopback)
			assert.ErrorContains(t, err, "this test listens at "+netip.MustParseAddrPort(listener.Addr().String()).String())
		})
	}
}

func TestWhereNothingTellsWhoListens(t *testing.T) {
	assert.NoError(t, beyondLoopback(t.TempDir(), map[int]string{1: "init"}))
}

func TestAddressesOfTheKernel(t *testing.T) {
	for text, want := range map[string]string{
		"0100007F:1F90":                         "127.0.0.1:8080",
		"00000000:0050":                         "0.0.0.0:80",
		"00000000000000000000000001000000:1F90": "[::1]:8080",
		"00000000000000000000000000000000:1F90": "[::]:8080",
		"0000000000000000FFFF00000100007F:0001": "[::ffff:127.0.0.1]:1",
	} {
		address, err := readAddress(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, address.String(), text)
	}
	for _, text := range []string{"", "0100007F", "0100007F:10000", "0100:1F90", "0100007G:1F90", "01000000007F:0001", "000000000100007F:0001"} {
		_, err := readAddress(text)
		assert.Error(t, err, text)
	}
	assert.ErrorContains(t, readListeners("header\n 0: 0100007F:1F90 00000000:0000 0A\n", nil), "line 2 has 4 columns")
}
