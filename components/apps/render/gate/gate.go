package gate

import (
	_ "embed" // the configuration
	"text/template"

	"coffee-platform/internal/problem"
)

const (
	// Port is the gate's, and so the port of the render Service: a Service's port has to be the container's
	// under EKS Auto Mode's network policies.
	Port = 8080
	// UpstreamPort is the render service's (docs/image-contract.md). It is no port of the Service, and no
	// network policy opens it: the gate is the only way in.
	UpstreamPort = 3001

	// HealthPath says whether the render service can work (docs/image-contract.md). The gate lets it pass while it
	// is busy, and the two below.
	HealthPath = "/health"
	// LivenessPath says whether it is there.
	LivenessPath = "/livez"
	// MetricsPath says what it has done.
	MetricsPath = "/metrics"

	// RetryAfterSeconds is what a caller that finds the gate busy is told: the shortest there is.
	RetryAfterSeconds = 1

	// RequestBytes is the size of a request, head and body, up to which it is read before it is answered and
	// can be sent to another gate. The captions of five minutes, some 750 words with their times, are 100 kB.
	RequestBytes = 256 << 10
	// rewriteBytes of a buffer HAProxy keeps for itself (tune.maxrewrite).
	rewriteBytes = 1 << 10
)

// The longest a render may take, in seconds. A gate's pod has to live that long after it was told to stop, and
// nodes of EKS Auto Mode give it a day at most.
const (
	minRenderSeconds = 1
	maxRenderSeconds = 12 * 60 * 60
)

// Gate is the proxy in front of the render service in its pod.
type Gate struct {
	// Port is where it listens, UpstreamPort where the render service does, in the same pod.
	Port         int
	UpstreamPort int
	// LongestRenderSeconds is when a render that has not been answered is given up: its caller gets 504.
	LongestRenderSeconds int
}

//go:embed gate.cfg
var gateText string

var gateTemplate = template.Must(template.New("gate.cfg").Parse(gateText))

// Validate reports every problem; paths are relative to the gate.
func (g Gate) Validate() problem.List {
	var problems problem.List
	checkPort(&problems, "port", g.Port)
	checkPort(&problems, "upstreamPort", g.UpstreamPort)
	if g.Port == g.UpstreamPort {
		problems.Add("upstreamPort", "%d is the gate's own port", g.UpstreamPort)
	}
	checkRenderSeconds(&problems, g.LongestRenderSeconds)
	return problems
}

// Config is the text of ConfigFile.
func (g Gate) Config() string {
	return render(gateTemplate, struct {
		Gate
		StopSeconds, BufferBytes, RetryAfterSeconds int
		WatchedPaths                                []string
	}{
		Gate:              g,
		StopSeconds:       g.StopSeconds(),
		BufferBytes:       RequestBytes + rewriteBytes,
		RetryAfterSeconds: RetryAfterSeconds,
		WatchedPaths:      []string{HealthPath, LivenessPath, MetricsPath},
	})
}
