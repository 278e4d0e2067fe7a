package rules

import (
	"strings"

	"coffee-platform/policy/rule"
)

// isClassicBalancer selects load balancers of the former kind, under both names the provider has for them.
var isClassicBalancer = rule.OfType(
	"aws:elb/loadBalancer:LoadBalancer", "aws:elasticloadbalancing/loadBalancer:LoadBalancer")

// checkClassicBalancer demands what a classic load balancer can do of what newer ones have to. It sends nobody
// to HTTPS, and no web ACL can be before it.
func checkClassicBalancer(r rule.Resource, result *rule.Result) {
	logs := r.Inputs.Get("accessLogs").Only()
	if logs.State() == rule.Missing {
		result.Fail(logs, "is not set")
	}
	demandTrue(logs.Get("enabled"), "", result)
	demandText(r.Inputs.Get("desyncMitigationMode"), "", result, "defensive", "strictest")
	for _, listener := range listed(r.Inputs.Get("listeners"), "a list of listeners", result) {
		at := listener.Get("lbProtocol")
		protocol, state := at.Text()
		switch {
		case result.Unreadable(at, state, "a string"):
		case strings.EqualFold(protocol, "HTTP"):
			result.Fail(at, "is plain HTTP, which a classic load balancer sends nobody to HTTPS from")
		case strings.EqualFold(protocol, "HTTPS") || strings.EqualFold(protocol, "SSL"):
			result.Undetermined(at, "is by a TLS policy of 2016, unless a policy that is not read here says otherwise")
		}
	}
}
