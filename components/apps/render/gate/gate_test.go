package gate_test

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/components/apps/render/gate"
	"coffee-platform/internal/problem"
)

func validGate() gate.Gate {
	return gate.Gate{Port: gate.Port, UpstreamPort: gate.UpstreamPort, LongestRenderSeconds: 1800}
}

func validBalancer() gate.Balancer {
	return gate.Balancer{
		Port: gate.Port, Service: "render.coffee.svc.cluster.local", GatePort: gate.Port, Gates: 40, LongestRenderSeconds: 1800,
	}
}

func TestValidation(t *testing.T) {
	assert.NoError(t, validGate().Validate().Err())
	assert.NoError(t, validBalancer().Validate().Err())
	for name, c := range map[string]struct {
		change func(*gate.Gate, *gate.Balancer)
		want   []string
	}{
		"privileged port": {func(g *gate.Gate, b *gate.Balancer) { g.Port, b.GatePort = 80, 80 }, []string{"port: 80 is not a port that", "gatePort: 80 is not"}},
		"no port":         {func(g *gate.Gate, b *gate.Balancer) { g.UpstreamPort, b.Port = 0, 70000 }, []string{"upstreamPort: 0 is not", "port: 70000 is not"}},
		"itself upstream": {func(g *gate.Gate, _ *gate.Balancer) { g.UpstreamPort = g.Port }, []string{"upstreamPort: 8080 is the gate's own port"}},
		"no time": {func(g *gate.Gate, b *gate.Balancer) { g.LongestRenderSeconds, b.LongestRenderSeconds = 0, 43201 },
			[]string{"longestRenderSeconds: 0 is outside 1 to 43200", "longestRenderSeconds: 43201 is outside"}},
		"short name":     {func(_ *gate.Gate, b *gate.Balancer) { b.Service = "render" }, []string{`service: "render" is not a full name`}},
		"more in a name": {func(_ *gate.Gate, b *gate.Balancer) { b.Service = "render.coffee\nlog stdout" }, []string{"service: "}},
		"no gates":       {func(_ *gate.Gate, b *gate.Balancer) { b.Gates = 0 }, []string{"gates: 0 is outside 1 to 256"}},
		"too many gates": {func(_ *gate.Gate, b *gate.Balancer) { b.Gates = 257 }, []string{"gates: 257 is outside"}},
		"nameserver":     {func(_ *gate.Gate, b *gate.Balancer) { b.Nameservers = []string{"10.100.0.10"} }, []string{`nameservers: "10.100.0.10" is not an address and a port`}},
	} {
		g, b := validGate(), validBalancer()
		c.change(&g, &b)
		var all problem.List
		all.AddUnder("", g.Validate())
		all.AddUnder("", b.Validate())
		err := all.Err()
		require.Error(t, err, name)
		assert.Len(t, all, len(c.want), name)
		for _, want := range c.want {
			assert.ErrorContains(t, err, want, name)
		}
	}
}

// A gate gives its render up before its stop does, and a balancer after both.
func TestTimesContainEachOther(t *testing.T) {
	g, b := validGate(), validBalancer()
	assert.Greater(t, g.StopSeconds(), g.LongestRenderSeconds)
	assert.Greater(t, b.StopSeconds(), g.StopSeconds())
	assert.Contains(t, g.Config(), "hard-stop-after 1805s")
	assert.Contains(t, g.Config(), "timeout server 1800s")
	assert.Contains(t, b.Config(), "timeout server 1810s")
}

func TestImageIsByDigest(t *testing.T) {
	assert.Regexp(t, regexp.MustCompile(`^public\.ecr\.aws/docker/library/haproxy:3\.2\.\d+-alpine@sha256:[0-9a-f]{64}$`), gate.Image)
}

// Nobody but its own pod reaches a balancer, which asks for nothing.
func TestBalancerListensToItsPodOnly(t *testing.T) {
	assert.Equal(t, []string{"bind 127.0.0.1:8080 proto h1"}, regexp.MustCompile(`bind .*`).FindAllString(validBalancer().Config(), -1))
}
