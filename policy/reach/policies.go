package reach

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"coffee-platform/policy/object"
	"coffee-platform/policy/rule"
	"coffee-platform/policy/securitygroup"
)

// Kinds of network policies: Kubernetes' own, Auto Mode's, which may name domains as well, and those
// of administrators, which come before them and may allow what they refuse
// (https://docs.aws.amazon.com/eks/latest/userguide/auto-net-pol.html,
// https://network-policy-api.sigs.k8s.io/api-overview/).
const (
	networkPolicy       = "networking.k8s.io/NetworkPolicy"
	applicationPolicy   = "networking.k8s.aws/ApplicationNetworkPolicy"
	clusterPolicy       = "networking.k8s.aws/ClusterNetworkPolicy"
	adminPolicy         = "policy.networking.k8s.io/AdminNetworkPolicy"
	upstreamPolicy      = "policy.networking.k8s.io/ClusterNetworkPolicy"
	baselinePolicy      = "policy.networking.k8s.io/BaselineAdminNetworkPolicy"
	configMap           = "core/ConfigMap"
	controllerNamespace = "kube-system"
	controllerName      = "amazon-vpc-cni"
	controllerKey       = "enable-network-policy-controller"
)

// Policies are the network policies of a stack.
type Policies struct {
	namespaces *object.Namespaces
	// byPlace are the policies by namespace and by one of the labels they ask for, or by none if they ask for none;
	// scattered are those of which namespace or labels are not known, and which every pod has to be held to.
	byPlace        map[placeAndLabel][]*egressPolicy
	scattered, all []*egressPolicy
	// leavings are what was asked of pods so far.
	leavings map[leavingQuestion]leaving
	// overruled is maybe when there are policies of administrators.
	overruled rule.Truth
	// enforced tells whether anything makes pods keep to policies.
	enforced rule.Truth
	// denied is yes when nodes let nothing out of pods that no policy selects.
	denied rule.Truth
}

type placeAndLabel struct{ namespace, label string }

// egressPolicy is a policy, if it is one for what goes out.
type egressPolicy struct {
	object.Object
	applies rule.Truth
	// lets are what it lets out, by port.
	lets map[string][]allowance
}

// allowance is something that a policy lets out to.
type allowance struct {
	to span
	// domains are patterns of names, as far as named holds.
	domains []rule.Value
	named   rule.Truth
	words   string
}

// Policies reads the network policies of the stack.
func (n *Network) Policies(result *rule.Result) *Policies {
	p := &Policies{
		namespaces: object.NamespacesOf(n.stack, result),
		byPlace:    map[placeAndLabel][]*egressPolicy{},
		leavings:   map[leavingQuestion]leaving{},
		enforced:   n.enforced(result),
		denied:     n.denied(result),
	}
	for _, o := range object.All(n.stack, result, networkPolicy, applicationPolicy) {
		policy := &egressPolicy{Object: o, applies: goesOut(o), lets: map[string][]allowance{}}
		if policy.applies == rule.No {
			continue
		}
		p.all = append(p.all, policy)
		place := p.namespaces.NameOf(o)
		label, known := anyLabel(o.Get("spec", "podSelector", "matchLabels"))
		if place == "" || !known {
			p.scattered = append(p.scattered, policy)
			continue
		}
		key := placeAndLabel{place, label}
		p.byPlace[key] = append(p.byPlace[key], policy)
	}
	if len(object.All(n.stack, result, clusterPolicy, adminPolicy, upstreamPolicy, baselinePolicy)) > 0 {
		p.overruled = rule.Maybe
	}
	return p
}

// anyLabel is one of the labels that a selector asks for, to find the policies by that may select a
// pod; empty for one that asks for none. It is not known while none of them is.
func anyLabel(wanted rule.Value) (label string, known bool) {
	keys, state := wanted.Keys()
	for _, key := range keys {
		if value, state := wanted.Get(key).Text(); state == rule.Known {
			return key + "=" + value, true
		}
	}
	return "", len(keys) == 0 && (state == rule.Known || state == rule.Missing)
}

// goesOut tells whether a policy is for what goes out: its policyTypes say so, or else that there are
// such rules.
func goesOut(o object.Object) rule.Truth {
	if o.Patch {
		return rule.Maybe
	}
	types, state := o.Get("spec", "policyTypes").List()
	if state == rule.Unknown || state == rule.Malformed {
		return rule.Maybe
	}
	found := rule.No
	for _, one := range types {
		text, state := one.Text()
		if state == rule.Unknown {
			found = found.Or(rule.Maybe)
		}
		found = found.Or(rule.Is(text == "Egress"))
	}
	if len(types) > 0 {
		return found
	}
	rules, state := o.Get("spec", "egress").List()
	if state == rule.Unknown {
		return rule.Maybe
	}
	return rule.Is(len(rules) > 0)
}

// networkPlugins are charts of network plugins that enforce policies themselves.
var networkPlugins = []string{"cilium", "tigera-operator", "calico"}

// enforced tells whether network policies do anything: Auto Mode and the VPC's network plugin take
// them and ignore them until they are told not to. Another plugin may enforce them as well.
func (n *Network) enforced(result *rule.Result) rule.Truth {
	enforced := rule.No
	if len(n.byKind[cluster]) == 0 {
		enforced = rule.Maybe
	}
	for _, o := range object.All(n.stack, result, configMap) {
		is := textIs(o.Get("metadata", "name"), controllerName).And(textIs(o.Get("metadata", "namespace"), controllerNamespace))
		enforced = enforced.Or(is.And(says(o.Get("data", controllerKey))))
	}
	for _, r := range n.stack.Select(rule.OfType(addOn)) {
		is := textIs(r.Inputs.Get("addonName"), "vpc-cni")
		enforced = enforced.Or(is.And(says(r.Inputs.Get("configurationValues").Decoded().Get("enableNetworkPolicy"))))
	}
	for _, r := range n.stack.Select(rule.OfType(object.HelmRelease)) {
		chart, state := r.Inputs.Get("chart").Text()
		if state == rule.Unknown || slices.Contains(networkPlugins, path.Base(chart)) {
			enforced = enforced.Or(rule.Maybe)
		}
	}
	return enforced
}

// says tells whether a switch is on that may be written as a text.
func says(at rule.Value) rule.Truth {
	if on, state := at.Bool(); state == rule.Known {
		return rule.Is(on)
	}
	return textIs(at, "true")
}

func textIs(at rule.Value, want string) rule.Truth {
	text, state := at.Text()
	if state == rule.Unknown {
		return rule.Maybe
	}
	return rule.Is(state == rule.Known && text == want)
}

// denied tells whether every node refuses what no policy allows
// (https://docs.aws.amazon.com/eks/latest/userguide/create-node-class.html).
func (n *Network) denied(result *rule.Result) rule.Truth {
	classes := object.All(n.stack, result, nodeClass)
	if len(classes) == 0 || len(n.stack.Select(rule.OfType(nodeGroup, fargateProfile))) > 0 {
		return rule.No
	}
	denied := rule.Yes
	for _, class := range classes {
		text, state := class.Get("spec", "networkPolicy").Text()
		switch state {
		case rule.Known:
			denied = denied.And(rule.Is(text == "DefaultDeny"))
		case rule.Unknown:
			denied = denied.And(rule.Maybe)
		default:
			denied = rule.No
		}
	}
	return denied
}

// letsOut is what the policy allows on a port.
func (p *egressPolicy) letsOut(port *int64) []allowance {
	return remember(p.lets, portText(port), func() []allowance { return p.readRules(port) })
}

func (p *egressPolicy) readRules(port *int64) []allowance {
	var lets []allowance
	name, _ := p.Get("metadata", "name").Text()
	if name == "" {
		name = p.From.Name
	}
	name = "network policy " + name
	at := p.Get("spec", "egress")
	rules, state := at.List()
	if state == rule.Unknown || state == rule.Malformed || p.Patch {
		lets = append(lets, allowance{to: possibly(everywhere), words: name + ", not all rules of which are known"})
	}
	for _, one := range rules {
		holds := opensPort(one, port)
		if holds == rule.No {
			continue
		}
		lets = append(lets, peersOf(one, holds, name+" lets it out to", portText(port))...)
	}
	return lets
}

func peersOf(one rule.Value, holds rule.Truth, verb, port string) []allowance {
	words := func(to string) string { return fmt.Sprintf("%s %s on %s", verb, to, port) }
	at := one.Get("to")
	peers, state := at.List()
	switch {
	case state == rule.Unknown || state == rule.Malformed:
		return []allowance{{to: possibly(everywhere), words: words("peers that are not known")}}
	case len(peers) == 0:
		return []allowance{{to: exactly(everywhere).asFarAs(holds), words: words("anyone")}}
	}
	var lets []allowance
	for _, peer := range peers {
		if peer.State() == rule.Unknown {
			lets = append(lets, allowance{to: possibly(everywhere), words: words("a peer that is not known")})
			continue
		}
		if domains, state := peer.Get("domainNames").List(); len(domains) > 0 || state == rule.Unknown {
			if state == rule.Unknown {
				domains = []rule.Value{peer.Get("domainNames")}
			}
			lets = append(lets, allowance{domains: domains, named: holds, words: words("its name")})
		}
		// Selectors of pods and namespaces match no address outside the cluster.
		block := peer.Get("ipBlock")
		if block.State() == rule.Missing {
			continue
		}
		lets = append(lets, blockOf(block, holds, words))
	}
	return lets
}

func blockOf(block rule.Value, holds rule.Truth, words func(string) string) allowance {
	prefix, state := securitygroup.Range(block.Get("cidr"))
	if state != rule.Known {
		return allowance{to: possibly(everywhere), words: words("a range that is not known")}
	}
	to := exactly(set{prefix})
	at := block.Get("except")
	excepted, state := at.List()
	if state == rule.Unknown {
		to.sure = nil
	}
	text := prefix.String()
	for _, one := range excepted {
		out, state := securitygroup.Range(one)
		if state != rule.Known {
			to.sure = nil
			continue
		}
		to = to.minus(exactly(set{out}))
		text = prefix.String() + " with exceptions"
	}
	return allowance{to: to.asFarAs(holds), words: words(text)}
}

// opensPort tells whether a rule is for a TCP port. Without ports it is for all; a name stands for a
// port of a pod, and a data store is none.
func opensPort(one rule.Value, port *int64) rule.Truth {
	at := one.Get("ports")
	items, state := at.List()
	switch {
	case state == rule.Unknown || state == rule.Malformed:
		return rule.Maybe
	case len(items) == 0:
		return rule.Yes
	}
	opens := rule.No
	for _, item := range items {
		opens = opens.Or(coversPort(item, port))
	}
	return opens
}

func coversPort(item rule.Value, port *int64) rule.Truth {
	tcp := rule.Maybe
	switch protocol, state := item.Get("protocol").Text(); state {
	case rule.Known:
		tcp = rule.Is(strings.EqualFold(protocol, "TCP"))
	case rule.Missing:
		tcp = rule.Yes
	}
	from, state := item.Get("port").Int()
	switch state {
	case rule.Missing:
		return tcp
	case rule.Unknown:
		return tcp.And(rule.Maybe)
	case rule.Malformed:
		return rule.No
	}
	if port == nil {
		return tcp.And(rule.Maybe)
	}
	to, state := item.Get("endPort").Int()
	switch state {
	case rule.Known:
		return tcp.And(rule.Is(from <= *port && *port <= to))
	case rule.Missing:
		return tcp.And(rule.Is(from == *port))
	}
	return tcp.And(rule.Is(from <= *port)).And(rule.Maybe)
}

func portText(port *int64) string {
	if port == nil {
		return "a port that is not known"
	}
	return fmt.Sprintf("tcp %d", *port)
}
