package reach

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"coffee-platform/policy/rule"
)

// balanced looks for ways through load balancers: from the targets that are the data store's own
// addresses, back to where the internet comes in. Classic load balancers are not looked at, because
// they forward to instances only.
func (n *Network) balanced(s Store) []Answer {
	var found []Answer
	for _, t := range n.targetsOf(s) {
		for _, from := range n.forwarding(t.Resource, nil) {
			passes := from.opens.And(t.holds).And(n.hitsPort(t.Resource, from.group, s.port))
			if passes == rule.No {
				continue
			}
			arrives := n.delivers(from, s.end, s.port)
			if passes = passes.And(arrives.Truth); passes != rule.No {
				found = append(found, Answer{Truth: passes, Path: spell(from.words, arrives.words, t.words, Label(s.Resource))})
			}
		}
	}
	return found
}

// aim is a target that is a data store, as far as that holds.
type aim struct {
	rule.Resource
	holds rule.Truth
	words string
}

// targetsOf are the targets that are, or may be, addresses of a data store: computed from it, or
// written out and in one of its subnets.
func (n *Network) targetsOf(s Store) []aim {
	var aims []aim
	for _, r := range append([]rule.Resource{s.Resource}, s.instances...) {
		found, _ := n.referring(&node{names: append(namesOf(r), addressesOf(r)...)}, target, "targetId")
		for _, t := range found {
			aims = append(aims, aim{Resource: t, holds: rule.Yes})
		}
	}
	for _, written := range n.writtenTargets() {
		for _, in := range s.subnets {
			own := n.cidrs(in.node)
			if in.node != defaultPlace && len(own.possible.and(set{written.address})) > 0 && in.here() {
				aims = append(aims, aim{written.Resource, rule.Maybe, fmt.Sprintf("%s, an address in %s", written.address.Addr(), in.title())})
			}
		}
	}
	for _, t := range n.loose[reference{kind: target, property: "targetId"}] {
		aims = append(aims, aim{t, rule.Maybe, "a target that is not known"})
	}
	return aims
}

// addressesOf are the names that a data store answers to, as far as they are known.
func addressesOf(r rule.Resource) []string {
	var names []string
	for _, output := range []string{"address", "endpoint", "readerEndpoint", "primaryEndpointAddress", "readerEndpointAddress", "clusterAddress", "configurationEndpoint"} {
		if text, state := r.Outputs.Get(output).Text(); state == rule.Known && text != "" {
			names = append(names, text)
		}
	}
	return names
}

type writtenTarget struct {
	rule.Resource
	address netip.Prefix
}

// writtenTargets are the targets whose address is written out.
func (n *Network) writtenTargets() []writtenTarget {
	if n.memo.written == nil {
		n.memo.written = []writtenTarget{}
		for _, t := range n.byKind[target] {
			text, _ := t.Inputs.Get("targetId").Text()
			if address, err := netip.ParseAddr(text); err == nil {
				n.memo.written = append(n.memo.written, writtenTarget{t.Resource, netip.PrefixFrom(address, address.BitLen())})
			}
		}
	}
	return n.memo.written
}

// forwarder is a load balancer that the internet gets to, and the target group it hands packets on by.
type forwarder struct {
	balancer, group *node
	// opens tells whether the internet gets to it.
	opens rule.Truth
	words string
}

// forwarding are the load balancers that forward to a target. Those that are passed already are not
// asked again: load balancers can forward to each other.
func (n *Network) forwarding(to rule.Resource, passed []*node) []forwarder {
	groups, complete := n.referred(to, "targetGroupArn", to.Inputs.Get("targetGroupArn"), targetGroup)
	var found []forwarder
	for _, g := range groups {
		listeners, known := n.listenersOf(g.node)
		for _, l := range listeners {
			balancers, all := n.referred(l.Resource, "loadBalancerArn", l.Inputs.Get("loadBalancerArn"), balancer)
			for _, b := range balancers {
				if slices.Contains(passed, b.node) {
					continue
				}
				in := n.entered(b.node, l.Resource, append(passed, b.node))
				in.opens = in.opens.And(g.holds).And(l.holds).And(b.holds)
				if in.opens != rule.No {
					in.group, in.words = g.node, spell(in.words, g.title())
					found = append(found, in)
				}
			}
			if !all {
				found = append(found, unknownForwarder(g.node))
			}
		}
		if !known {
			found = append(found, unknownForwarder(g.node))
		}
	}
	if !complete {
		found = append(found, unknownForwarder(nil))
	}
	return found
}

func unknownForwarder(of *node) forwarder {
	return forwarder{group: of, opens: rule.Maybe, words: spell("internet", "a load balancer that is not known")}
}

// listening is a listener that forwards to a target group, as far as that holds.
type listening struct {
	rule.Resource
	holds rule.Truth
}

// listenersOf are the listeners that forward to a target group, by default or by a rule. Complete is
// false when there may be others.
func (n *Network) listenersOf(g *node) (all []listening, complete bool) {
	complete = true
	defaults, looseDefaults := n.referring(g, listener, "defaultActions")
	for _, l := range defaults {
		all = append(all, listening{l, rule.Yes})
	}
	for _, l := range looseDefaults {
		all = append(all, listening{l, rule.Maybe})
	}
	rules, looseRules := n.referring(g, listenerRule, "actions")
	add := func(r rule.Resource, holds rule.Truth) {
		of, known := n.referred(r, "listenerArn", r.Inputs.Get("listenerArn"), listener)
		for _, l := range of {
			all = append(all, listening{l.Resource, holds.And(l.holds)})
		}
		complete = complete && known
	}
	for _, r := range rules {
		add(r, rule.Yes)
	}
	for _, r := range looseRules {
		add(r, rule.Maybe)
	}
	return all, complete
}

// entered tells whether the internet gets to a listener of a load balancer: because the load balancer
// faces it, because something else lets it in, or by way of another load balancer.
func (n *Network) entered(b *node, l rule.Resource, passed []*node) forwarder {
	best := forwarder{balancer: b}
	keep := func(opens rule.Truth, words string) {
		if opens > best.opens {
			best.opens, best.words = opens, words
		}
	}
	if !b.here() {
		keep(rule.Maybe, spell("internet", b.title()+", which is not in this stack"))
		return best
	}
	port := intOf(l.Inputs.Get("port"))
	at := n.endOf(b)
	admitted := n.admits(at, port)
	facing := isOn(b.Inputs.Get("internal")).Not().And(n.isOf(b, "gateway").Not())
	if facing != rule.No {
		for _, in := range at.subnets {
			passes, words := comesThrough(
				n.fromInternet(in.node), n.passes(in.node, inbound, port), n.answers(in.node, outbound), admitted.ranges)
			keep(passes.And(facing).And(in.holds), spell("internet", n.gatewaysOf(in.node), words[0], words[1], words[3], b.title()))
		}
		if !at.placed {
			keep(rule.Maybe.And(facing), spell("internet", b.title()+" in a subnet that is not known"))
		}
	}
	for _, e := range n.entrancesOf(b, l) {
		keep(admitted.some(), spell("internet", Label(e), b.title()))
	}
	attached, loose := n.referring(b, target, "targetId")
	for _, t := range append(attached, loose...) {
		holds := rule.Is(slices.ContainsFunc(attached, func(r rule.Resource) bool { return r.URN == t.URN })).Or(rule.Maybe)
		for _, from := range n.forwarding(t, passed) {
			arrives := n.delivers(from, at, port)
			keep(from.opens.And(holds).And(arrives.Truth), spell(from.words, arrives.words, b.title()))
		}
	}
	return best
}

// entrancesOf are services with public addresses that hand on to a load balancer, internal ones too:
// API Gateway, CloudFront and Global Accelerator.
func (n *Network) entrancesOf(b *node, l rule.Resource) []rule.Resource {
	var all []rule.Resource
	for _, property := range looked[entrance] {
		for _, to := range []*node{b, n.nodeOf(l)} {
			if to != nil {
				found, _ := n.referring(to, entrance, property)
				all = append(all, found...)
			}
		}
	}
	return all
}

// isOf tells whether a load balancer is of a type; those that name none are application load balancers.
func (n *Network) isOf(b *node, wanted string) rule.Truth {
	text, state := b.Inputs.Get("loadBalancerType").Text()
	switch state {
	case rule.Known:
		return rule.Is(strings.EqualFold(text, wanted))
	case rule.Missing:
		return rule.Is(wanted == "application")
	}
	return rule.Maybe
}

// balancerGroups are the security groups of a load balancer. A network load balancer that names none
// has none, and admits everyone.
func (n *Network) balancerGroups(b *node) (groups []link, guarded bool) {
	at := b.Inputs.Get("securityGroups")
	if empty(at) && n.isOf(b, "application") != rule.Yes {
		return nil, n.isOf(b, "application") == rule.No
	}
	subnets, _ := n.balancerSubnets(b)
	return n.attached(b.Resource, "securityGroups", at, subnets)
}

// endOf is where a load balancer is, and what guards it.
func (n *Network) endOf(b *node) end {
	var at end
	at.groups, at.guarded = n.balancerGroups(b)
	at.subnets, at.placed = n.balancerSubnets(b)
	at.open = len(at.groups) == 0 && at.guarded
	return at
}

func (n *Network) balancerSubnets(b *node) (subnets []link, complete bool) {
	at := b.Inputs.Get("subnets")
	if empty(at) {
		complete = true
		mappings, state := b.Inputs.Get("subnetMappings").List()
		if state == rule.Unknown {
			return n.referredAll(b.Resource, "subnetMappings", b.Inputs.Get("subnetMappings"), subnet)
		}
		for _, m := range mappings {
			found, all := n.referred(b.Resource, "subnetMappings", m.Get("subnetId"), subnet)
			subnets, complete = append(subnets, found...), complete && all
		}
		return subnets, complete
	}
	return n.referredAll(b.Resource, "subnets", at, subnet)
}

// hitsPort tells whether a target gets packets on the port that the data store listens on.
func (n *Network) hitsPort(t rule.Resource, g *node, port *int64) rule.Truth {
	sent := t.Inputs.Get("port")
	if sent.State() == rule.Missing && g != nil {
		sent = g.Inputs.Get("port")
	}
	to := intOf(sent)
	if to == nil || port == nil {
		return rule.Maybe
	}
	return rule.Is(*to == *port)
}

func intOf(at rule.Value) *int64 {
	number, state := at.Int()
	if state != rule.Known {
		return nil
	}
	return &number
}

// delivers tells whether what a load balancer forwards gets in somewhere.
func (n *Network) delivers(from forwarder, to end, port *int64) verdict {
	if from.balancer == nil || !from.balancer.here() {
		return verdict{Truth: rule.Yes} // that nobody knows it was counted already
	}
	own := n.endOf(from.balancer)
	if from.group != nil {
		own.also = exactly(internet).asFarAs(isOn(from.group.Inputs.Get("preserveClientIp")))
	}
	return n.connects(own, to, port)
}
