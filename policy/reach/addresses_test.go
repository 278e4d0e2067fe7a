package reach

import (
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Sets are what they say, address by address.
func TestSetsHoldWhatTheyShould(t *testing.T) {
	d := rand.New(rand.NewPCG(1, 1))
	// Few bits, so that prefixes meet often.
	address := func() netip.Addr {
		if d.IntN(2) == 0 {
			return netip.AddrFrom4([4]byte{byte(d.IntN(4)) << 6, 0, 0, byte(d.IntN(2))})
		}
		return netip.AddrFrom16([16]byte{0x20, byte(d.IntN(4)) << 6})
	}
	random := func() set {
		var s set
		for range d.IntN(4) {
			a := address()
			s = s.or(set{netip.PrefixFrom(a, d.IntN(a.BitLen()+1)).Masked()})
		}
		return s
	}
	for range 3000 {
		a, b, at := random(), random(), address()
		assert.Equal(t, a.holds(at) && b.holds(at), a.and(b).holds(at))
		assert.Equal(t, a.holds(at) || b.holds(at), a.or(b).holds(at))
		require.Equal(t, a.holds(at) && !b.holds(at), a.minus(b).holds(at), "%s in %v without %v", at, a, b)
	}
}

func TestTheInternetIsWhatIsPublic(t *testing.T) {
	for text, public := range map[string]bool{
		"8.8.8.8": true, "203.0.113.1": true, "100.63.255.255": true, "11.0.0.0": true, "2600::1": true,
		"10.1.2.3": false, "172.31.0.1": false, "192.168.1.1": false, "100.64.0.1": false, "127.0.0.1": false,
		"169.254.169.254": false, "224.0.0.1": false, "255.255.255.255": false, "fd00::1": false, "fe80::1": false, "::1": false,
	} {
		assert.Equal(t, public, internet.holds(netip.MustParseAddr(text)), text)
	}
}
