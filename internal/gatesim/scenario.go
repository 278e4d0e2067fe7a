package gatesim

// What is simulated, in seconds.
const (
	// shortestRender and longestRender are of a five-minute video; in between nothing is known, so all are
	// equally likely.
	shortestRender = 300
	longestRender  = 900

	// trySeconds is what a try takes that finds a gate busy: the gate's log says 2 to 5 ms.
	trySeconds = 0.005

	// serviceLearnsSeconds is when kube-proxy sends to a gate that has become ready, dnsLearnsSeconds when a
	// proxy does that asks DNS: cached records live for 5 s (https://coredns.io/plugins/kubernetes/), and it
	// asks every second.
	serviceLearnsSeconds = 1
	dnsLearnsSeconds     = 6
)

// Scenario is a fleet, the work it has and the way consumers find gates.
type Scenario struct {
	// Slots are the gates, and as many consumers: one for each.
	Slots int
	// Load is the work that arrives, as a part of what all gates together can do; from 1 there is always a
	// task waiting.
	Load float64
	// ReadyAt are the seconds at which gates become ready, when they are not from the beginning: a cold start.
	ReadyAt []float64
	// Finder is how a consumer finds a gate, Backoff what it does when it has found none.
	Finder  Finder
	Backoff Backoff
	// Tasks are how many are measured, after those of a warm-up; a cold start is measured from the beginning.
	Tasks int
	// Seed makes chance repeat itself.
	Seed uint64
}

// Finder is how consumers find gates.
type Finder struct {
	// Proxies is how many proxies there are that know which gates their own requests are in, try the others
	// one after another, and let requests wait when they are in all of them. With none there is the Service,
	// which picks any gate.
	Proxies int
	// Shared means that a request comes to any of the proxies, as to the pods of a Deployment. Otherwise
	// every consumer has the one of its pod.
	Shared bool
}

// learnsSeconds is how long a gate that has become ready is not known.
func (f Finder) learnsSeconds() float64 {
	if f.Proxies == 0 {
		return serviceLearnsSeconds
	}
	return dnsLearnsSeconds
}

// Backoff is how long a consumer waits before it tries again, in seconds: First, then Factor times as long
// each time, at most Max; and each by chance up to half less or more, so that consumers do not march in step.
type Backoff struct {
	First, Max, Factor float64
}

// Every is the backoff that is always the same.
func Every(seconds float64) Backoff { return Backoff{First: seconds, Max: seconds, Factor: 1} }

// HPAStart is when the gates of a fleet become ready that is scaled from nothing because enough work is there
// for all of it. The first is asked for at once, all others when the autoscaler looks for the first time, within 15 s
// (components/scaler), and each is ready startSeconds later: a node, an image, Chromium.
func HPAStart(slots int, startSeconds float64) []float64 {
	const periodSeconds = 15
	readyAt := []float64{startSeconds}
	for len(readyAt) < slots {
		readyAt = append(readyAt, periodSeconds+startSeconds)
	}
	return readyAt
}
