package reach

import (
	"fmt"

	"coffee-platform/policy/rule"
)

// Public tells whether a subnet is what AWS calls public, which is that a route leads from it to an internet
// gateway (https://docs.aws.amazon.com/vpc/latest/userguide/configure-subnets.html). While that may be, it says
// what nobody can tell from here.
func (n *Network) Public(subnet rule.Resource) (public rule.Truth, unclear string) {
	in := n.nodeOf(subnet)
	if in.Type == defaultSubnet {
		return rule.Yes, ""
	}
	tables, complete := n.tablesOf(in)
	if !complete {
		public, unclear = rule.Maybe, "its route table is not known"
	}
	for _, table := range tables {
		leads, open := n.leadsOut(table)
		if leads > public {
			public, unclear = leads, open
		}
	}
	if public == rule.Yes {
		return rule.Yes, ""
	}
	return public, unclear
}

// leadsOut tells whether a route of a table leads to an internet gateway, wherever it leads from there.
func (n *Network) leadsOut(table link) (leads rule.Truth, unclear string) {
	ways, complete := n.waysOf(table.node)
	if !complete {
		leads, unclear = rule.Maybe, fmt.Sprintf("not all routes in %s are known", table.title())
	}
	for _, w := range ways {
		if internet := w.internet.And(table.holds); internet > leads {
			leads, unclear = internet, fmt.Sprintf("route %s in %s may lead to the internet", w.words, table.title())
		}
	}
	return leads, unclear
}
