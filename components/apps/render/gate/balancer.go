package gate

import (
	_ "embed" // the configuration
	"net/netip"
	"regexp"
	"text/template"

	"coffee-platform/internal/problem"
)

const (
	// maxGates bounds what a balancer knows of: so many addresses fit into one answer of DNS.
	maxGates = 256
	// connectionsPerGate are one for the consumer in it, and one to spare.
	connectionsPerGate = 2
)

// Balancer is the proxy beside the render consumers, in their pod. It listens to them only.
type Balancer struct {
	// Port is where it listens.
	Port int
	// Service is the full name of the headless Service of the gates: render.coffee.svc.cluster.local.
	Service string
	// GatePort is the port of the gates.
	GatePort int
	// Gates is how many there can be at a time at most, those of a rollout included.
	Gates int
	// LongestRenderSeconds is the gates'.
	LongestRenderSeconds int
	// Nameservers are asked for the gates, each address:port; without any it is those of the pod.
	Nameservers []string
}

//go:embed balancer.cfg
var balancerText string

var balancerTemplate = template.Must(template.New("balancer.cfg").Parse(balancerText))

// fullName is a name that needs no search list: HAProxy has none.
var fullName = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+$`)

// Validate reports every problem; paths are relative to the balancer.
func (b Balancer) Validate() problem.List {
	var problems problem.List
	checkPort(&problems, "port", b.Port)
	checkPort(&problems, "gatePort", b.GatePort)
	if !fullName.MatchString(b.Service) {
		problems.Add("service", "%q is not a full name: write one like render.coffee.svc.cluster.local", b.Service)
	}
	if b.Gates < 1 || b.Gates > maxGates {
		problems.Add("gates", "%d is outside 1 to %d", b.Gates, maxGates)
	}
	checkRenderSeconds(&problems, b.LongestRenderSeconds)
	for _, address := range b.Nameservers {
		if _, err := netip.ParseAddrPort(address); err != nil {
			problems.Add("nameservers", "%q is not an address and a port: write one like 10.100.0.10:53", address)
		}
	}
	return problems
}

// StopSeconds is how long it waits for its consumers' renders, and for any answer: longer than a gate does.
func (b Balancer) StopSeconds() int { return b.LongestRenderSeconds + 2*answerSeconds }

// Config is the text of ConfigFile.
func (b Balancer) Config() string {
	return render(balancerTemplate, struct {
		Balancer
		StopSeconds, BufferBytes, RetryAfterSeconds, MaxConnections int
	}{
		Balancer:          b,
		StopSeconds:       b.StopSeconds(),
		BufferBytes:       RequestBytes + rewriteBytes,
		RetryAfterSeconds: RetryAfterSeconds,
		MaxConnections:    connectionsPerGate * b.Gates,
	})
}
