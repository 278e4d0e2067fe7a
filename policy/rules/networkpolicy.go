package rules

import (
	"net/netip"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"coffee-platform/policy/object"
	"coffee-platform/policy/rule"
)

const (
	kindNetworkPolicy = "networking.k8s.io/NetworkPolicy"
	// kindApplicationPolicy is Auto Mode's: a NetworkPolicy that may name domains as well.
	kindApplicationPolicy = "networking.k8s.aws/ApplicationNetworkPolicy"
)

var isolatePods = rule.Rule{
	ID:    "c16",
	Name:  "isolate-pods",
	Title: "Every namespace denies what no policy allows, every pod is under a policy, and none may reach the instance's metadata",
	Why: "without a policy any pod speaks to any other and to the whole internet, and the metadata service hands the node's " +
		"credentials to whoever asks",
	Fix: "create a NetworkPolicy with podSelector: {}, policyTypes: [Ingress, Egress] and no rules in the namespace, allow what is needed in " +
		"others, and except 169.254.169.254/32 from wide ipBlocks",
	Severity: apitype.PolicySeverityHigh,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.Trivy("KSV-0038"), rule.CISEKS("4.3.2"), rule.CISEKS("5.4.4"), rule.KubeLinter("non-isolated-pod"),
		rule.KubeScore("pod-networkpolicy"),
	},
	AppliesTo: object.Selects(kindNetworkPolicy, kindApplicationPolicy),
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		var result rule.Result
		for _, o := range object.In(r, &result, kindNetworkPolicy, kindApplicationPolicy) {
			checkMetadataEgress(o, &result)
		}
		return result
	},
	CheckStack: checkIsolation,
}

// metadataAddresses are where instances ask for their metadata and credentials, by plain HTTP
// (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html).
var metadataAddresses = []netip.Addr{netip.MustParseAddr("169.254.169.254"), netip.MustParseAddr("fd00:ec2::254")}

const metadataPort = 80

func checkMetadataEgress(o object.Object, result *rule.Result) {
	at := o.Get("spec", "egress")
	rules, state := at.List()
	result.Unreadable(at, state, "a list of rules")
	if state == rule.Missing && o.Patch {
		result.Unpatched(at)
	}
	for _, allowed := range rules {
		if result.Unreadable(allowed, allowed.State(), "a rule") {
			continue
		}
		opens := opensMetadataPort(allowed, result)
		if opens == rule.No {
			continue
		}
		checkDestinations(allowed.Get("to"), opens, result)
	}
}

// opensMetadataPort tells whether a rule admits HTTP. Without ports it admits all.
func opensMetadataPort(allowed rule.Value, result *rule.Result) rule.Truth {
	at := allowed.Get("ports")
	ports, state := at.List()
	switch {
	case state == rule.Unknown:
		return rule.Maybe
	case result.Unreadable(at, state, "a list of ports"):
		return rule.No
	case len(ports) == 0:
		return rule.Yes
	}
	opens := rule.No
	for _, port := range ports {
		opens = opens.Or(coversMetadataPort(port))
	}
	return opens
}

func coversMetadataPort(port rule.Value) rule.Truth {
	protocol := port.Get("protocol")
	tcp := rule.Is(protocol.State() == rule.Missing).Or(is(protocol, "TCP", false))
	from, state := port.Get("port").Int()
	switch state {
	case rule.Missing:
		return tcp
	case rule.Unknown:
		return tcp.And(rule.Maybe)
	case rule.Malformed:
		// A name stands for a port of a pod, and the metadata service is none.
		return rule.No
	}
	to, state := port.Get("endPort").Int()
	switch state {
	case rule.Unknown:
		return tcp.And(rule.Is(from <= metadataPort)).And(rule.Maybe)
	case rule.Known:
		return tcp.And(rule.Is(from <= metadataPort && metadataPort <= to))
	}
	return tcp.And(rule.Is(from == metadataPort))
}

func checkDestinations(at rule.Value, opens rule.Truth, result *rule.Result) {
	peers, state := at.List()
	if result.Unreadable(at, state, "a list of destinations") {
		return
	}
	if len(peers) == 0 {
		report(at, opens, "names no destination, which allows every one and 169.254.169.254 too", result)
	}
	for _, peer := range peers {
		block := peer.Get("ipBlock")
		if block.State() == rule.Missing {
			continue
		}
		at := block.Get("cidr")
		text, state := at.Text()
		if result.Unreadable(at, state, "an address range") {
			continue
		}
		admitted, err := netip.ParsePrefix(text)
		if err != nil {
			result.Fail(at, "is not an address range")
			continue
		}
		for _, address := range metadataAddresses {
			if admitted.Contains(address) {
				report(at, excepts(block.Get("except"), address).Not().And(opens),
					"holds the address of the metadata service, "+address.String(), result)
			}
		}
	}
}

func excepts(at rule.Value, address netip.Addr) rule.Truth {
	ranges, state := at.List()
	if state == rule.Unknown {
		return rule.Maybe
	}
	excepted := rule.No
	for _, one := range ranges {
		text, state := one.Text()
		prefix, err := netip.ParsePrefix(text)
		if state == rule.Unknown {
			excepted = excepted.Or(rule.Maybe)
		}
		excepted = excepted.Or(rule.Is(err == nil && prefix.Contains(address)))
	}
	return excepted
}

// report records something that is wrong, or that may be.
func report(at rule.Value, wrong rule.Truth, what string, result *rule.Result) {
	switch wrong {
	case rule.Yes:
		result.Fail(at, "%s", what)
	case rule.Maybe:
		result.Undetermined(at, "%s, as far as is known before deployment", what)
	}
}

const kindService = "core/Service"

var internalServices = rule.Rule{
	ID:       "c17",
	Name:     "keep-services-internal",
	Title:    "Services are reached from inside the cluster only, but for load balancers that were chosen",
	Why:      "a port on every node, an external address or a load balancer made on the side is an entrance without the filter, certificate and logs of the one that was meant",
	Fix:      "use type ClusterIP behind the load balancer of the edge, or name the Service in the setting loadBalancers",
	Severity: apitype.PolicySeverityHigh,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.Trivy("KSV-0108"), rule.KubeLinter("exposed-services"), rule.KubeScore("service-type"),
	},
	Settings: []rule.Setting{{
		Name:        "loadBalancers",
		Description: "Names of the Services that may be of type LoadBalancer.",
		Default:     []string{},
	}},
	AppliesTo: object.Selects(kindService),
	Check: func(r rule.Resource, env rule.Env) rule.Result {
		var result rule.Result
		for _, o := range object.In(r, &result, kindService) {
			checkServiceType(o, env.Settings.Texts("loadBalancers"), &result)
			at := o.Get("spec", "externalIPs")
			report(at, filled(at), "is set", &result)
		}
		return result
	},
}

func checkServiceType(o object.Object, allowed []string, result *rule.Result) {
	at := o.Get("spec", "type")
	name, nameState := o.Get("metadata", "name").Text()
	kind, state := at.Text()
	switch {
	case result.Unreadable(at, state, "a text"):
	case state == rule.Missing && o.Patch:
		result.Unpatched(at)
	case kind == "LoadBalancer" && nameState == rule.Unknown && len(allowed) > 0:
		result.Undetermined(at, "is LoadBalancer, and the Service's name is known only after deployment")
	case kind == "LoadBalancer" && slices.Contains(allowed, name):
	case kind == "LoadBalancer" || kind == "NodePort":
		result.Fail(at, "is %s", at.Show())
	}
}
