package reach

import (
	"slices"

	"coffee-platform/policy/rule"
	"coffee-platform/policy/securitygroup"
)

// pieces are the kinds of resources that can complete a path from the internet to a data store, and
// the properties that say between what. In an update these hold ids, by which one piece finds another;
// a piece that is written inside a resource, as a rule in its group, finds none, because the id of what
// it is written in is not known before it is made.
var pieces = map[kind][]string{
	store:            nil,
	databaseInstance: looked[databaseInstance],
	databaseSubnets:  {"name", "subnetIds"},
	cacheSubnets:     {"name", "subnetIds"},
	tableUse:         {"subnetId", "routeTableId"},
	route:            {"routeTableId"},
	groupRule:        {"securityGroupId"},
}

// IsPiece selects the resources that can complete a path from the internet to a data store. A proxy has no
// public address, and what a group lets out opens nothing: answers to what was let in may always leave
// (https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html).
func IsPiece(r rule.Resource) bool {
	if r.Type == RDSProxy || r.Type == securitygroup.EgressRule {
		return false
	}
	_, is := pieces[kinds[r.Type]]
	return is && (kinds[r.Type] != store || IsStore(r))
}

// Around are the data stores that a resource, which is about to be made, may complete a path to, in a
// network of no more than what the run has asked for so far. Open is what the resource says that is not
// known yet and decides which data stores these are.
func Around(about rule.Resource, seen *rule.Seen) (n *Network, stores []Store, open []rule.Value) {
	c := collector{seen: seen, found: map[string]rule.Resource{}}
	c.found[about.URN] = about
	concerned := c.storesOf(about)
	for _, r := range concerned {
		c.collect(r)
	}
	all := make([]rule.Resource, 0, len(c.found))
	for _, r := range c.found {
		all = append(all, r)
	}
	n = SoFar(rule.NewStack(all))
	for _, r := range concerned {
		stores = append(stores, n.storeOf(r))
	}
	if n.opens(about) {
		for _, property := range pieces[kinds[about.Type]] {
			if _, unknown := leaves(about.Inputs.Get(property)); unknown > 0 {
				open = append(open, about.Inputs.Get(property))
			}
		}
	}
	return n, stores, open
}

// opens tells whether a piece can be part of a path at all: a private instance, a route that leads elsewhere
// and a rule that admits nobody from the internet cannot.
func (n *Network) opens(r rule.Resource) bool {
	switch kinds[r.Type] {
	case databaseInstance:
		return isPublic(r.Inputs.Get("publiclyAccessible"), r.Type) != rule.No
	case route:
		w := n.way(r, "", r.Inputs, "destinationCidrBlock", "destinationIpv6CidrBlock")
		return w.internet != rule.No && len(w.destination.possible.and(internet)) > 0
	case groupRule:
		own := &grants{}
		of := &node{kind: group, names: []string{""}}
		for _, p := range securitygroup.Permissions(r, &rule.Result{}) {
			n.readPermission(of, r, "", p, p.Inbound, own)
		}
		return len(own.ranges.all().possible.and(internet)) > 0
	}
	return true
}

type collector struct {
	seen  *rule.Seen
	found map[string]rule.Resource
}

// mentioning are the resources of some kinds that hold one of the ids that a property of another holds.
func (c collector) mentioning(from rule.Resource, property string, of ...kind) []rule.Resource {
	texts, _ := leaves(from.Inputs.Get(property))
	var all []rule.Resource
	for _, text := range texts {
		all = append(all, c.seen.Mentioning(text, func(r rule.Resource) bool { return slices.Contains(of, kinds[r.Type]) })...)
	}
	return all
}

// storesOf finds the data stores that a piece is about.
func (c collector) storesOf(about rule.Resource) []rule.Resource {
	var stores []rule.Resource
	once := map[string]bool{}
	add := func(more ...rule.Resource) {
		for _, r := range more {
			if IsStore(r) && !once[r.URN] {
				stores = append(stores, r)
			}
			once[r.URN] = true
		}
	}
	switch kinds[about.Type] {
	case store:
		add(about)
	case databaseInstance:
		for _, property := range looked[databaseInstance] {
			add(c.mentioning(about, property, store)...)
		}
	case groupRule:
		add(c.mentioning(about, "securityGroupId", store)...)
	case databaseSubnets, cacheSubnets:
		add(c.mentioning(about, "name", store)...)
	case tableUse:
		add(c.storesIn(about)...)
	case route:
		for _, use := range c.mentioning(about, "routeTableId", tableUse) {
			add(c.storesIn(use)...)
		}
	}
	return stores
}

// storesIn are the data stores in the subnet of a route table association.
func (c collector) storesIn(use rule.Resource) []rule.Resource {
	stores := c.mentioning(use, "subnetId", store)
	for _, g := range c.mentioning(use, "subnetId", databaseSubnets, cacheSubnets) {
		stores = append(stores, c.mentioning(g, "name", store)...)
	}
	return stores
}

// collect gathers the pieces that a data store is reached through.
func (c collector) collect(s rule.Resource) {
	shape := shapes[s.Type]
	add := func(more []rule.Resource) []rule.Resource {
		for _, r := range more {
			c.found[r.URN] = r
		}
		return more
	}
	add([]rule.Resource{s})
	add(c.mentioning(s, "clusterIdentifier", databaseInstance))
	add(c.mentioning(s, shape.groups, groupRule))
	placing := []rule.Resource{s}
	property := shape.subnets
	if shape.subnetGroup != "" {
		placing, property = add(c.mentioning(s, shape.subnetGroup, shape.of)), "subnetIds"
	}
	for _, p := range placing {
		for _, use := range add(c.mentioning(p, property, tableUse)) {
			add(c.mentioning(use, "routeTableId", route))
		}
		for _, a := range add(c.mentioning(p, property, acl, aclUse)) {
			add(c.mentioning(a, "networkAclId", aclRule))
		}
	}
}
