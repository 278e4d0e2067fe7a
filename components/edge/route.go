package edge

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"k8s.io/apimachinery/pkg/util/validation"

	"coffee-platform/internal/problem"
)

// Route sends the requests under a path to a Kubernetes Service. Plain values decide what is created, inputs
// come from other resources.
type Route struct {
	// Name names the route's target group: a DNS label of at most 12 characters.
	Name string
	// Priority is the place of the route in the listener, 1 to 50000, lower ones first: it stays as it is when
	// others come and go. A prefix that is part of another's comes after it.
	Priority int
	// PathPrefix is what the paths start with: "/", or "/api/".
	PathPrefix string
	// StripPrefix takes the prefix off before the service sees the path; otherwise it sees the path as it is.
	StripPrefix bool
	// HiddenPaths are paths under the prefix that the service answers and the internet must not see, such as
	// its metrics, as they are outside: "/api/metrics". They, and what is below them, are not found.
	HiddenPaths []string
	// Service and Port are the Kubernetes Service that answers, and its port, which is the pods' too.
	Service string
	Port    int
	// HealthPath answers 200 when a pod can do its work.
	HealthPath string
	// DrainSeconds is how long a pod may take to finish what it has begun after it was told to stop, in seconds.
	DrainSeconds int
	// Canary is another Service that gets a part of the requests; nil sends all to the one.
	Canary *Canary

	// Namespace is where the Services are.
	Namespace pulumi.StringInput
}

// Canary is a Service that gets a part of a route's requests.
type Canary struct {
	// Service is the Kubernetes Service; its port is the route's.
	Service string
	// Percent is the part it gets, 0 to 100.
	Percent int
}

// PreStopSeconds is how long a pod that is routed to must go on serving after it was told to stop: until the
// cluster has taken it out of its target group and every node of the load balancer knows. No number of AWS's
// says how long that is; 20 seconds are what is commonly waited.
const PreStopSeconds = 20

// IdleTimeoutSeconds is how long the load balancer keeps a connection open on which nothing happens: its own
// default. A server that closes connections sooner makes requests fail that were sent just then, with 502
// (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html).
const IdleTimeoutSeconds = 60

// maxPriority is AWS's (https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html).
const maxPriority = 50000

var (
	// routeName leaves room, in the 32 characters that a target group's name has, for the component's name and
	// for what Pulumi adds to make it unique.
	routeName = regexp.MustCompile(`^[a-z]([a-z0-9-]{0,10}[a-z0-9])?$`)
	// pathPrefix has none of the characters that mean something in the path patterns of a listener.
	pathPrefix = regexp.MustCompile(`^/([a-z0-9._-]+/)*$`)
	path       = regexp.MustCompile(`^(/[a-z0-9._-]+)+$`)
)

func (a *Args) validateRoutes() problem.List {
	var problems problem.List
	if len(a.Routes) == 0 {
		problems.Add("", "is empty: name at least one service to reach")
	}
	names, priorities, prefixes := map[string]bool{}, map[int]bool{}, map[string]bool{}
	for i := range a.Routes {
		r := &a.Routes[i]
		at := fmt.Sprintf("[%d]", i)
		problems.AddUnder(at, r.validate())
		problems.AddUnder(at, a.validateReach(r))
		switch {
		case names[r.Name]:
			problems.Add(at+".name", "%s is named twice", r.Name)
		case priorities[r.Priority]:
			problems.Add(at+".priority", "%d is another route's", r.Priority)
		case prefixes[r.PathPrefix]:
			problems.Add(at+".pathPrefix", "%s is another route's", r.PathPrefix)
		}
		names[r.Name], priorities[r.Priority], prefixes[r.PathPrefix] = true, true, true
		for _, other := range a.Routes {
			if r.PathPrefix != other.PathPrefix && strings.HasPrefix(other.PathPrefix, r.PathPrefix) && r.Priority < other.Priority {
				problems.Add(at+".priority", "%d comes before %s, whose path %s is part of %s: nothing would ever reach it",
					r.Priority, other.Name, other.PathPrefix, r.PathPrefix)
			}
		}
	}
	return problems
}

// validateReach refuses routes to what must never be reached from outside.
func (a *Args) validateReach(r *Route) problem.List {
	var problems problem.List
	services := map[string]string{"service": r.Service}
	if r.Canary != nil {
		services["canary.service"] = r.Canary.Service
	}
	for at, service := range services {
		if _, internal := a.Internal[service]; internal {
			problems.Add(at, "%s must never be reached from outside", service)
		}
	}
	for service, port := range a.Internal {
		if r.Port == port {
			problems.Add("port", "%d is the port of %s, which must never be reached from outside", port, service)
		}
	}
	return problems
}

func (r *Route) validate() problem.List {
	var problems problem.List
	if !routeName.MatchString(r.Name) {
		problems.Add("name", "%q is not the name of a route: a DNS label of at most 12 characters", r.Name)
	}
	if r.Priority < 1 || r.Priority > maxPriority {
		problems.Add("priority", "%d is outside 1 to %d", r.Priority, maxPriority)
	}
	if !pathPrefix.MatchString(r.PathPrefix) {
		problems.Add("pathPrefix", "%q is not the beginning of paths: write one like /api/, with a slash at both ends, in lower case", r.PathPrefix)
	}
	if r.StripPrefix && r.PathPrefix == "/" {
		problems.Add("stripPrefix", "is set, and there is nothing to strip from /")
	}
	for i, hidden := range r.HiddenPaths {
		if !path.MatchString(hidden) || !strings.HasPrefix(hidden, r.PathPrefix) {
			problems.Add(fmt.Sprintf("hiddenPaths[%d]", i), "%q is not a path under %s: write it as it is outside, in lower case", hidden, r.PathPrefix)
		}
	}
	if len(validation.IsDNS1035Label(r.Service)) > 0 {
		problems.Add("service", "%q is not the name of a Service: a DNS label", r.Service)
	}
	if r.Port < 1024 || r.Port > 65535 {
		problems.Add("port", "%d is outside 1024 to 65535: no pod here listens below", r.Port)
	}
	if !strings.HasPrefix(r.HealthPath, "/") {
		problems.Add("healthPath", "%q is not a path: start with /", r.HealthPath)
	}
	if r.DrainSeconds < 0 || r.deregistrationDelay() > maxDeregistrationDelay {
		problems.Add("drainSeconds", "%d is outside 0 to %d seconds", r.DrainSeconds, maxDeregistrationDelay-PreStopSeconds)
	}
	if c := r.Canary; c != nil {
		if len(validation.IsDNS1035Label(c.Service)) > 0 || c.Service == r.Service {
			problems.Add("canary.service", "%q is not the name of another Service: a DNS label", c.Service)
		}
		if c.Percent < 0 || c.Percent > 100 {
			problems.Add("canary.percent", "%d is outside 0 to 100", c.Percent)
		}
	}
	return problems
}

// maxDeregistrationDelay is AWS's, in seconds
// (https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupAttribute.html).
const maxDeregistrationDelay = 3600

// deregistrationDelay is how long the load balancer leaves a stopping pod its open requests: as long as the pod
// itself does, or one of the two would cut off what the other still waits for.
func (r *Route) deregistrationDelay() int { return PreStopSeconds + r.DrainSeconds }
