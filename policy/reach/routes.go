package reach

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"coffee-platform/policy/rule"
	"coffee-platform/policy/securitygroup"
)

// way is one route of a table.
type way struct {
	// destination is possibly everything while it is not known.
	destination span
	// internet tells whether it leads to an internet gateway.
	internet rule.Truth
	words    string
}

// fromInternet is what a subnet's routes let in from the internet: the addresses that answers find
// their way back to through an internet gateway. Gateways that packets only leave by, NAT and
// egress-only ones, let nothing in.
func (n *Network) fromInternet(in *node) filter {
	return remember(n.memo.routes, in, func() filter { return n.routesOf(in) })
}

func (n *Network) routesOf(in *node) filter {
	if in.Type == defaultSubnet {
		// Each default subnet is public
		// (https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc-components.html).
		return filter{{exactly(ipv4), in.title() + ", public by default"}}
	}
	tables, complete := n.tablesOf(in)
	var routed filter
	for _, table := range tables {
		for _, p := range n.open(table.node) {
			p.span = p.asFarAs(table.holds)
			p.words = in.title() + p.words
			routed = append(routed, p)
		}
	}
	if !complete {
		routed = append(routed, piece{possibly(everywhere), in.title() + " (its route table is not known)"})
	}
	return routed
}

// tablesOf is the route table of a subnet: the one it is associated with, or else its VPC's main one.
func (n *Network) tablesOf(in *node) (tables []link, complete bool) {
	uses, loose := n.referring(in, tableUse, "subnetId")
	complete = len(loose) == 0 || n.partial
	for _, use := range uses {
		found, all := n.referred(use, "routeTableId", use.Inputs.Get("routeTableId"), routeTable)
		tables, complete = append(tables, found...), complete && all
	}
	if len(uses) > 0 {
		return tables, complete
	}
	vpcs, all := n.referred(in.Resource, "vpcId", in.Inputs.Get("vpcId"), vpc)
	if !in.here() || !all || len(vpcs) == 0 {
		return nil, n.partial
	}
	for _, v := range vpcs {
		main, all := n.mainTableOf(v.node)
		tables, complete = append(tables, main...), complete && all
	}
	return tables, complete
}

func (n *Network) mainTableOf(v *node) (tables []link, complete bool) {
	uses, loose := n.referring(v, mainTableUse, "vpcId")
	complete = len(loose) == 0 || n.partial
	for _, use := range uses {
		found, all := n.referred(use, "routeTableId", use.Inputs.Get("routeTableId"), routeTable)
		tables, complete = append(tables, found...), complete && all
	}
	if len(uses) > 0 {
		return tables, complete
	}
	for _, name := range v.names {
		if main := n.nodes[named{routeTable, name}]; main != nil {
			// That of the default VPC has routes that AWS wrote
			// (https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc-components.html).
			return []link{{main, rule.Yes}}, complete && (!main.implied || v.Type != defaultVPC)
		}
	}
	return nil, n.partial
}

// open are the routes of a table that lead to an internet gateway, each with the addresses that no
// narrower route sends elsewhere.
func (n *Network) open(table *node) filter {
	ways, complete := n.waysOf(table)
	var opens filter
	for _, w := range ways {
		if w.internet == rule.No {
			continue
		}
		left := w.destination
		for _, other := range ways {
			if other.internet != rule.Yes {
				left = left.minus(narrower(other, w))
			}
		}
		if w.internet == rule.Maybe {
			left.sure = nil
		}
		opens = append(opens, piece{left, fmt.Sprintf(" (route %s in table %s)", w.words, strings.TrimPrefix(table.title(), "route table "))})
	}
	if !complete {
		opens = append(opens, piece{possibly(everywhere), fmt.Sprintf(" (not all routes in %s are known)", table.title())})
	}
	return opens
}

// narrower is what a route takes from another one: its destination, where it lies inside the other's. One
// whose destination is not known may take anything.
func narrower(w, from way) span {
	var taken span
	for _, one := range w.destination.sure {
		inside := func(wide netip.Prefix) bool { return wide.Bits() < one.Bits() && wide.Overlaps(one) }
		switch {
		case slices.ContainsFunc(from.destination.sure, inside):
			taken = taken.or(exactly(set{one}))
		case slices.ContainsFunc(from.destination.possible, inside):
			taken = taken.or(possibly(set{one}))
		}
	}
	if len(w.destination.possible.minus(w.destination.sure)) > 0 {
		taken.possible = everywhere
	}
	return taken
}

// waysOf are the routes of a table, written in it or on their own. Complete is false when there may
// be others.
func (n *Network) waysOf(table *node) (ways []way, complete bool) {
	complete = table.here() || n.partial
	inline := table.Inputs.Get("routes")
	items, state := inline.List()
	if state == rule.Unknown || state == rule.Malformed {
		complete = false
	}
	for _, item := range items {
		if item.State() != rule.Known {
			complete = false
			continue
		}
		ways = append(ways, n.way(table.Resource, "routes", item, "cidrBlock", "ipv6CidrBlock"))
	}
	found, loose := n.referring(table, route, "routeTableId")
	for _, r := range found {
		ways = append(ways, n.way(r, "", r.Inputs, "destinationCidrBlock", "destinationIpv6CidrBlock"))
	}
	for _, r := range loose {
		w := n.way(r, "", r.Inputs, "destinationCidrBlock", "destinationIpv6CidrBlock")
		w.internet = w.internet.And(rule.Maybe)
		w.destination.sure = nil
		if !n.partial {
			ways = append(ways, w)
		}
	}
	return ways, complete
}

// way reads a route. Where it is written in its table, property is the one that holds it.
func (n *Network) way(from rule.Resource, property string, at rule.Value, destinations ...string) way {
	recorded := func(own string) string {
		if property != "" {
			return property
		}
		return own
	}
	w := way{words: "to a destination that is not known"}
	for _, name := range destinations {
		dest := at.Get(name)
		prefix, state := securitygroup.Range(dest)
		switch state {
		case rule.Known:
			w.destination = w.destination.or(exactly(set{prefix}))
			w.words = prefix.String()
		case rule.Unknown, rule.Malformed:
			w.destination = w.destination.or(possibly(everywhere))
		}
	}
	for _, p := range n.listed(from, recorded("destinationPrefixListId"), at.Get("destinationPrefixListId")) {
		w.destination = w.destination.or(p.span)
		w.words = p.words
	}
	var gateway string
	w.internet, gateway = n.gateway(from, recorded("gatewayId"), at)
	w.words += gateway
	return w
}

// passing are targets of routes that may hand packets on to an internet gateway and back, such as the
// endpoint of a firewall.
var passing = []string{"vpcEndpointId", "networkInterfaceId", "instanceId", "carrierGatewayId", "localGatewayId"}

// gateway tells whether a route leads to an internet gateway: ids of these start with igw-. While the
// id is not known, what it is computed from tells as much.
func (n *Network) gateway(from rule.Resource, property string, at rule.Value) (rule.Truth, string) {
	for _, name := range passing {
		if at.Get(name).State() != rule.Missing {
			return rule.Maybe, " by " + name + ", which may lead to the internet,"
		}
	}
	id, state := at.Get("gatewayId").Text()
	switch state {
	case rule.Missing:
		return rule.No, ""
	case rule.Known:
		return rule.Is(strings.HasPrefix(id, "igw-")), ""
	}
	other := false
	internet := rule.No
	for _, urn := range from.PropertyDependencies[property] {
		if n.nodes[named{internetGateway, urn}] != nil {
			internet = rule.Yes
		}
		other = other || n.nodes[named{otherGateway, urn}] != nil
	}
	switch {
	case internet == rule.Yes && other:
		return rule.Maybe, ""
	case internet == rule.No && !other:
		return rule.Maybe, " by a gateway that is not known"
	}
	return internet, ""
}

// gatewaysOf names the internet gateways of the VPC that a subnet is in, for a path to start with.
func (n *Network) gatewaysOf(in *node) string {
	tables, _ := n.tablesOf(in)
	for _, table := range tables {
		from := []rule.Resource{table.Resource}
		routes, _ := n.referring(table.node, route, "routeTableId")
		for _, r := range append(from, routes...) {
			property := "gatewayId"
			if r.URN == table.URN {
				property = "routes"
			}
			gateways, _ := n.referred(r, property, n.gatewayIn(r), internetGateway)
			for _, g := range gateways {
				return g.title()
			}
		}
	}
	return "its internet gateway"
}

// gatewayIn is where a route, or the first route in a table, names an internet gateway.
func (n *Network) gatewayIn(r rule.Resource) rule.Value {
	items, _ := r.Inputs.Get("routes").List()
	for _, item := range items {
		if leads, _ := n.gateway(r, "routes", item); leads != rule.No {
			return item.Get("gatewayId")
		}
	}
	if leads, _ := n.gateway(r, "gatewayId", r.Inputs); leads != rule.No {
		return r.Inputs.Get("gatewayId")
	}
	return rule.Value{}
}

// cidrs are a subnet's own addresses.
func (n *Network) cidrs(in *node) span {
	if in == nil || !in.here() {
		return possibly(everywhere)
	}
	var own span
	for _, name := range []string{"cidrBlock", "ipv6CidrBlock"} {
		at := in.Inputs.Get(name)
		if at.State() == rule.Missing {
			at = in.Outputs.Get(name)
		}
		prefix, state := securitygroup.Range(at)
		switch {
		case state == rule.Known:
			own = own.or(exactly(set{prefix}))
		case state == rule.Missing:
		case name == "cidrBlock":
			own = own.or(possibly(ipv4))
		default:
			own = own.or(possibly(ipv6))
		}
	}
	if len(own.possible) == 0 {
		return possibly(everywhere)
	}
	return own
}

// listed are the addresses of a prefix list that a value refers to.
func (n *Network) listed(from rule.Resource, property string, at rule.Value) filter {
	lists, complete := n.referred(from, property, at, prefixList)
	var entries filter
	for _, list := range lists {
		items, state := list.Inputs.Get("entries").List()
		complete = complete && list.here() && state != rule.Unknown && state != rule.Malformed
		for _, item := range items {
			entries = append(entries, entryOf(list, item))
		}
		more, loose := n.referring(list.node, prefixListEntry, "prefixListId")
		complete = complete && len(loose) == 0
		for _, r := range more {
			entries = append(entries, entryOf(list, r.Inputs))
		}
	}
	if !complete {
		entries = append(entries, piece{possibly(everywhere), "a prefix list whose addresses are not written here"})
	}
	return entries
}

func entryOf(list link, at rule.Value) piece {
	prefix, state := securitygroup.Range(at.Get("cidr"))
	words := fmt.Sprintf("%s of %s", prefix, list.title())
	if state != rule.Known {
		return piece{possibly(everywhere), "an unknown address of " + list.title()}
	}
	return piece{exactly(set{prefix}).asFarAs(list.holds), words}
}
