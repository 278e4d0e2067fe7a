package reach

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"coffee-platform/policy/rule"
	"coffee-platform/policy/securitygroup"
)

// direction of packets, as seen by what filters them.
type direction string

const (
	inbound  direction = "ingress"
	outbound direction = "egress"
)

// ephemeralFrom is the first port that answers go to: what clients of every kind choose from, by AWS's
// advice on network ACLs
// (https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports).
const (
	ephemeralFrom = 1024
	lastPort      = math.MaxUint16
)

// aclEntry is one rule of a network ACL.
type aclEntry struct {
	number int64
	// numbered is false while the number is not known: it may come before any other.
	numbered bool
	// anything is true of a rule that is for both directions, all protocols and ports.
	anything  bool
	direction rule.Truth
	allows    rule.Truth
	addresses span
	ports     securitygroup.Permission
}

// passes is what the network ACL of a subnet lets through to or from a port, or for answers to any
// port that a client may have chosen. Network ACLs keep no state: each direction is asked for.
func (n *Network) passes(in *node, towards direction, port *int64) filter {
	return remember(n.memo.acls, aclQuestion{in, towards, portText(port)}, func() filter { return n.askACL(in, towards, port) })
}

// answers are to where the network ACL of a subnet lets answers through.
func (n *Network) answers(in *node, towards direction) filter {
	return remember(n.memo.answers, aclQuestion{in: in, towards: towards}, func() filter {
		var all filter
		for _, port := range n.edgesOf(in) {
			all = append(all, n.askACL(in, towards, &port)...)
		}
		return all
	})
}

// edgesOf are ports that stand for all a client may have chosen: those that a rule begins at, and those
// that come after the last of one.
func (n *Network) edgesOf(in *node) []int64 {
	edges := []int64{ephemeralFrom}
	acls, _ := n.aclsOf(in)
	for _, a := range acls {
		entries, _ := n.entriesOf(a.node)
		for _, e := range entries {
			from, _ := e.ports.From.Int()
			to, _ := e.ports.To.Int()
			for _, port := range []int64{from, to + 1} {
				if edge := min(max(port, ephemeralFrom), lastPort); !slices.Contains(edges, edge) {
					edges = append(edges, edge)
				}
			}
		}
	}
	return edges
}

func (n *Network) askACL(in *node, towards direction, port *int64) filter {
	acls, complete := n.aclsOf(in)
	var asked filter
	for _, a := range acls {
		for _, p := range n.askOne(a.node, towards, port) {
			p.span = p.asFarAs(a.holds)
			asked = append(asked, p)
		}
	}
	if !complete {
		asked = append(asked, piece{possibly(everywhere), "a network ACL that is not known"})
	}
	return asked
}

// aclsOf is the network ACL of a subnet: the one that names it, or else its VPC's default one.
func (n *Network) aclsOf(in *node) (acls []link, complete bool) {
	naming, looseNaming := n.referring(in, acl, "subnetIds")
	uses, looseUses := n.referring(in, aclUse, "subnetId")
	complete = len(looseNaming) == 0 && len(looseUses) == 0 || n.partial
	for _, r := range naming {
		acls = append(acls, link{n.nodeOf(r), rule.Yes})
	}
	for _, use := range uses {
		found, all := n.referred(use, "networkAclId", use.Inputs.Get("networkAclId"), acl)
		acls, complete = append(acls, found...), complete && all
	}
	if len(acls) > 0 || !complete {
		return acls, complete
	}
	if n.partial || in.Type == defaultSubnet {
		return []link{{allowAll, rule.Yes}}, true
	}
	vpcs, _ := n.referred(in.Resource, "vpcId", in.Inputs.Get("vpcId"), vpc)
	for _, v := range vpcs {
		for _, name := range v.names {
			if main := n.nodes[named{acl, name}]; main != nil {
				return []link{{main, rule.Yes}}, true
			}
		}
	}
	return nil, false
}

// allowAll is the network ACL that AWS makes for each VPC, as long as nobody writes into it.
var allowAll = &node{implied: true}

func (n *Network) askOne(a *node, towards direction, port *int64) filter {
	entries, complete := n.entriesOf(a)
	if a.implied && len(entries) == 0 && complete {
		return filter{{exactly(everywhere), ""}}
	}
	if a.implied {
		entries = append(slices.Clone(entries), ruleOfAWS)
	}
	allowed := decide(a, entries, towards, port)
	if !complete {
		allowed = append(allowed, piece{possibly(everywhere), "rules of " + a.title() + " that are not known"})
		for i := range allowed {
			allowed[i].sure = nil
		}
	}
	return allowed
}

// ruleOfAWS is what a default network ACL begins with: rule 100 allows everything
// (https://docs.aws.amazon.com/vpc/latest/userguide/default-network-acl.html).
var ruleOfAWS = aclEntry{number: 100, numbered: true, anything: true, allows: rule.Yes, addresses: exactly(everywhere)}

// decide asks the rules in their order: the first that matches decides, and what matches none is
// refused. A rule whose number is not known may come before any other or after all of them: it
// allows for sure only what nothing refuses, and may allow whatever it names.
func decide(a *node, entries []aclEntry, towards direction, port *int64) filter {
	var allowed filter
	var refused span
	for _, e := range inOrder(entries) {
		matches := e.matches(towards, port)
		about := span{possible: e.addresses.possible}
		if matches == rule.Yes {
			about.sure = e.addresses.sure
		}
		if matches == rule.No {
			continue
		}
		if e.allows != rule.No {
			open := about.minus(refused)
			if e.allows == rule.Maybe {
				open.sure = nil
			}
			if !e.numbered {
				open.possible = about.possible
			}
			allowed = append(allowed, piece{open, fmt.Sprintf("%s allows it by rule %s", a.title(), e.name())})
		}
		if e.allows != rule.Yes {
			if e.allows == rule.Maybe || !e.numbered {
				about.sure = nil
			}
			refused = refused.or(about)
		}
	}
	return allowed
}

// inOrder puts rules whose number is not known first where they may refuse and last where they allow.
func inOrder(entries []aclEntry) []aclEntry {
	sorted := slices.Clone(entries)
	position := func(e aclEntry) int64 {
		switch {
		case e.numbered:
			return e.number
		case e.allows == rule.Yes:
			return math.MaxInt64
		}
		return math.MinInt64
	}
	slices.SortStableFunc(sorted, func(a, b aclEntry) int { return cmp.Compare(position(a), position(b)) })
	return sorted
}

func (e aclEntry) name() string {
	if !e.numbered {
		return "of unknown number"
	}
	return fmt.Sprint(e.number)
}

// matches tells whether a rule is about a port.
func (e aclEntry) matches(towards direction, port *int64) rule.Truth {
	goes := e.direction
	if towards == outbound {
		goes = goes.Not()
	}
	if e.anything {
		return rule.Yes
	}
	e.ports.Inbound = rule.Yes
	return goes.And(covers(e.ports, port))
}

// covers tells whether a permission is for a TCP port, or for one that nobody knows.
func covers(p securitygroup.Permission, port *int64) rule.Truth {
	if port != nil {
		return p.Reaches([]int64{*port})
	}
	first, last := p.Reaches([]int64{1}), p.Reaches([]int64{lastPort})
	if first == rule.Yes && last == rule.Yes {
		return rule.Yes
	}
	some := first.Or(last)
	if from, state := p.From.Int(); state == rule.Known {
		some = some.Or(p.Reaches([]int64{from}))
	}
	return some.And(rule.Maybe)
}

// entriesOf are the rules of a network ACL, written in it or on their own.
func (n *Network) entriesOf(a *node) (entries []aclEntry, complete bool) {
	read := remember(n.memo.entries, a, func() aclEntries {
		entries, complete := n.readEntries(a)
		return aclEntries{entries, complete}
	})
	return read.entries, read.complete
}

func (n *Network) readEntries(a *node) (entries []aclEntry, complete bool) {
	complete = a.here() || n.partial
	for _, towards := range []direction{inbound, outbound} {
		items, state := a.Inputs.Get(string(towards)).List()
		complete = complete && state != rule.Unknown && state != rule.Malformed
		for _, item := range items {
			if item.State() != rule.Known {
				complete = false
				continue
			}
			entries = append(entries, readEntry(item, "ruleNo", "action", rule.Is(towards == inbound)))
		}
	}
	loose := []rule.Resource(nil)
	if a != allowAll {
		var own []rule.Resource
		own, loose = n.referring(a, aclRule, "networkAclId")
		for _, r := range own {
			entries = append(entries, readEntry(r.Inputs, "ruleNumber", "ruleAction", isOn(r.Inputs.Get("egress")).Not()))
		}
	}
	return entries, complete && (len(loose) == 0 || n.partial)
}

func readEntry(at rule.Value, number, action string, towards rule.Truth) aclEntry {
	e := aclEntry{
		direction: towards,
		allows:    rule.Maybe,
		ports:     securitygroup.Permission{At: at, Protocol: at.Get("protocol"), From: at.Get("fromPort"), To: at.Get("toPort")},
	}
	if text, state := at.Get(action).Text(); state == rule.Known {
		e.allows = rule.Is(strings.EqualFold(text, "allow"))
	}
	value, state := at.Get(number).Int()
	e.number, e.numbered = value, state == rule.Known
	for _, name := range []string{"cidrBlock", "ipv6CidrBlock"} {
		prefix, state := securitygroup.Range(at.Get(name))
		switch state {
		case rule.Known:
			e.addresses = e.addresses.or(exactly(set{prefix}))
		case rule.Unknown, rule.Malformed:
			e.addresses = e.addresses.or(possibly(everywhere))
		}
	}
	return e
}

func isOn(at rule.Value) rule.Truth {
	on, state := at.Bool()
	switch state {
	case rule.Known:
		return rule.Is(on)
	case rule.Missing:
		return rule.No
	}
	return rule.Maybe
}
