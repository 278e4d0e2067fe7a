package reach

import (
	"slices"
	"strings"

	"coffee-platform/policy/rule"
)

// kind is what a resource is for the network, whichever of its types it has.
type kind string

const (
	vpc              kind = "VPC"
	subnet           kind = "subnet"
	routeTable       kind = "route table"
	route            kind = "route"
	tableUse         kind = "route table association"
	mainTableUse     kind = "main route table association"
	internetGateway  kind = "internet gateway"
	otherGateway     kind = "gateway"
	acl              kind = "network ACL"
	aclRule          kind = "network ACL rule"
	aclUse           kind = "network ACL association"
	group            kind = "security group"
	groupRule        kind = "security group rule"
	prefixList       kind = "prefix list"
	prefixListEntry  kind = "prefix list entry"
	databaseSubnets  kind = "database subnet group"
	cacheSubnets     kind = "cache subnet group"
	store            kind = "data store"
	databaseInstance kind = "database instance"
	balancer         kind = "load balancer"
	listener         kind = "listener"
	listenerRule     kind = "listener rule"
	targetGroup      kind = "target group"
	target           kind = "target"
	cluster          kind = "cluster"
	launchTemplate   kind = "launch template"
	entrance         kind = "entrance"
)

// Types of resources that behave differently from others of their kind.
const (
	defaultVPC    = "aws:ec2/defaultVpc:DefaultVpc"
	defaultSubnet = "aws:ec2/defaultSubnet:DefaultSubnet"
	defaultTable  = "aws:ec2/defaultRouteTable:DefaultRouteTable"
	defaultACL    = "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl"
	defaultGroup  = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
)

// kinds are the types of each kind.
var kinds = withBalancers(map[string]kind{
	"aws:ec2/vpc:Vpc": vpc,
	defaultVPC:        vpc,

	"aws:ec2/subnet:Subnet": subnet,
	defaultSubnet:           subnet,

	"aws:ec2/routeTable:RouteTable": routeTable,
	defaultTable:                    routeTable,
	"aws:ec2/route:Route":           route,
	"aws:ec2/routeTableAssociation:RouteTableAssociation":         tableUse,
	"aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation": mainTableUse,
	"aws:ec2/internetGateway:InternetGateway":                     internetGateway,
	"aws:ec2/vpnGateway:VpnGateway":                               otherGateway,
	"aws:ec2/vpcEndpoint:VpcEndpoint":                             otherGateway,
	"aws:ec2/networkAcl:NetworkAcl":                               acl,
	defaultACL:                                                    acl,
	"aws:ec2/networkAclRule:NetworkAclRule":                       aclRule,
	"aws:ec2/networkAclAssociation:NetworkAclAssociation":         aclUse,
	"aws:ec2/securityGroup:SecurityGroup":                         group,
	defaultGroup:                                                  group,
	"aws:ec2/securityGroupRule:SecurityGroupRule":                 groupRule,
	"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule":   groupRule,
	"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule":     groupRule,
	"aws:ec2/managedPrefixList:ManagedPrefixList":                 prefixList,
	"aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry":       prefixListEntry,
	"aws:rds/subnetGroup:SubnetGroup":                             databaseSubnets,
	"aws:elasticache/subnetGroup:SubnetGroup":                     cacheSubnets,
	RDSInstance:      store,
	RDSCluster:       store,
	RDSProxy:         store,
	CacheCluster:     store,
	ReplicationGroup: store,
	ServerlessCache:  store,
	"aws:rds/clusterInstance:ClusterInstance":           databaseInstance,
	"aws:rds/shardGroup:ShardGroup":                     databaseInstance,
	"aws:eks/cluster:Cluster":                           cluster,
	"eks:index:Cluster":                                 cluster,
	"aws:ec2/launchTemplate:LaunchTemplate":             launchTemplate,
	"aws:apigateway/vpcLink:VpcLink":                    entrance,
	"aws:apigatewayv2/integration:Integration":          entrance,
	"aws:cloudfront/vpcOrigin:VpcOrigin":                entrance,
	"aws:globalaccelerator/endpointGroup:EndpointGroup": entrance,
})

// balancerModules are the names under which the provider has, or had, load balancers; they differ in nothing.
var balancerModules = []string{"lb", "alb", "elbv2", "applicationloadbalancing", "elasticloadbalancingv2"}

// BalancerTypes are the types of a resource of load balancers, such as ListenerRule, under all names.
func BalancerTypes(resource string) []string {
	types := make([]string, len(balancerModules))
	for i, module := range balancerModules {
		types[i] = "aws:" + module + "/" + strings.ToLower(resource[:1]) + resource[1:] + ":" + resource
	}
	return types
}

func withBalancers(of map[string]kind) map[string]kind {
	for resource, as := range map[string]kind{
		"LoadBalancer": balancer, "Listener": listener, "ListenerRule": listenerRule, "TargetGroup": targetGroup,
		"TargetGroupAttachment": target,
	} {
		for _, typ := range BalancerTypes(resource) {
			of[typ] = as
		}
	}
	return of
}

// looked are the properties by which a resource is found from what it refers to.
var looked = map[kind][]string{
	route:            {"routeTableId"},
	tableUse:         {"subnetId"},
	mainTableUse:     {"vpcId"},
	routeTable:       {"defaultRouteTableId"},
	acl:              {"subnetIds", "defaultNetworkAclId"},
	aclRule:          {"networkAclId"},
	aclUse:           {"subnetId"},
	group:            {"vpcId"},
	groupRule:        {"securityGroupId"},
	prefixListEntry:  {"prefixListId"},
	databaseInstance: {"clusterIdentifier", "dbClusterIdentifier"},
	target:           {"targetId", "targetGroupArn"},
	listener:         {"defaultActions", "loadBalancerArn"},
	listenerRule:     {"actions"},
	entrance:         {"targetArn", "integrationUri", "vpcOriginEndpointConfig", "endpointConfigurations"},
}

// node is something that properties refer to: a resource of the stack, or one that is not in it and
// of which no more is known than its id.
type node struct {
	kind kind
	rule.Resource
	// names are what a reference to it may hold: its URN as the engine records it, its ids.
	names []string
	// implied is true of what a VPC has without a resource that says so.
	implied bool
	// unidentified is true of a cluster's group while its id is not known.
	unidentified bool
}

// here tells whether the stack says all there is to say about it.
func (n *node) here() bool { return n.URN != "" || n.implied }

// title is what a path calls it.
func (n *node) title() string {
	name := n.Name
	if name == "" {
		name = n.names[0]
	}
	return string(n.kind) + " " + name
}

// Network is a stack, by what its resources refer to.
type Network struct {
	stack rule.Stack
	// partial is true while resources are still being made: what is not there yet does not count.
	partial bool
	nodes   map[named]*node
	byKind  map[kind][]*node
	refer   map[reference][]rule.Resource
	// loose are those of which nobody knows what they refer to.
	loose map[reference][]rule.Resource

	memo memo
}

type named struct {
	kind kind
	name string
}

// reference is a property of resources of a kind, and what it refers to.
type reference struct {
	kind     kind
	property string
	to       string
}

// New reads a stack.
func New(stack rule.Stack) *Network { return read(stack, false) }

// SoFar reads the resources that were asked for so far, in a deployment that makes more: what is not
// among them does not exist yet.
func SoFar(stack rule.Stack) *Network { return read(stack, true) }

func read(stack rule.Stack, partial bool) *Network {
	n := &Network{
		stack: stack, partial: partial, memo: newMemo(),
		nodes:  map[named]*node{},
		byKind: map[kind][]*node{},
		refer:  map[reference][]rule.Resource{},
		loose:  map[reference][]rule.Resource{},
	}
	for _, r := range stack.Select(func(r rule.Resource) bool { return kinds[r.Type] != "" }) {
		of := kinds[r.Type]
		n.add(&node{kind: of, Resource: r, names: namesOf(r)})
		for _, property := range looked[of] {
			n.index(r, of, property)
		}
	}
	for _, v := range n.byKind[vpc] {
		n.addDefaults(v)
	}
	for _, c := range n.byKind[cluster] {
		n.clusterGroup(c)
	}
	return n
}

func (n *Network) add(added *node) *node {
	n.byKind[added.kind] = append(n.byKind[added.kind], added)
	n.name(added, added.names...)
	return added
}

func (n *Network) name(as *node, names ...string) {
	for _, name := range names {
		n.nodes[named{as.kind, name}] = as
	}
}

// namesOf are the resource's URN and, once they are known, its ids. Subnet groups and launch templates go
// by a name that the program may have chosen.
func namesOf(r rule.Resource) []string {
	names := []string{r.URN}
	at := []rule.Value{r.Outputs.Get("id"), r.Outputs.Get("arn")}
	switch kinds[r.Type] {
	case databaseSubnets, cacheSubnets, launchTemplate:
		at = append(at, r.Inputs.Get("name"), r.Outputs.Get("name"))
	case store:
		at = append(at, r.Inputs.Get("identifier"), r.Inputs.Get("clusterIdentifier"))
	}
	for _, v := range at {
		if text, state := v.Text(); state == rule.Known && text != "" && !slices.Contains(names, text) {
			names = append(names, text)
		}
	}
	return names
}

func (n *Network) index(r rule.Resource, of kind, property string) {
	on := r.PropertyDependencies[property]
	texts, unknown := leaves(r.Inputs.Get(property))
	for _, to := range append(texts, on...) {
		key := reference{of, property, to}
		n.refer[key] = append(n.refer[key], r)
	}
	if unknown > 0 && len(on) == 0 {
		key := reference{kind: of, property: property}
		n.loose[key] = append(n.loose[key], r)
	}
}

// leaves are the texts in a value, at any depth, and how many values in it are not known.
func leaves(at rule.Value) (texts []string, unknown int) {
	switch at.State() {
	case rule.Unknown:
		return nil, 1
	case rule.Missing, rule.Malformed:
		return nil, 0
	}
	below := []rule.Value{}
	if text, state := at.Text(); state == rule.Known {
		return []string{text}, 0
	}
	if items, state := at.List(); state == rule.Known {
		below = items
	} else if keys, state := at.Keys(); state == rule.Known {
		for _, key := range keys {
			below = append(below, at.Get(key))
		}
	}
	for _, one := range below {
		more, hidden := leaves(one)
		texts, unknown = append(texts, more...), unknown+hidden
	}
	return texts, unknown
}

// addDefaults adds what each VPC has by itself. Others refer to it by outputs of the VPC.
func (n *Network) addDefaults(v *node) {
	for _, implied := range []struct {
		kind     kind
		typ      string
		property string
		outputs  []string
	}{
		{group, defaultGroup, "vpcId", []string{"defaultSecurityGroupId"}},
		{routeTable, defaultTable, "defaultRouteTableId", []string{"mainRouteTableId", "defaultRouteTableId"}},
		{acl, defaultACL, "defaultNetworkAclId", []string{"defaultNetworkAclId"}},
	} {
		names := []string{v.URN}
		for _, output := range implied.outputs {
			if id, state := v.Outputs.Get(output).Text(); state == rule.Known && id != "" {
				names = append(names, id)
			}
		}
		of := &node{kind: implied.kind, names: names, implied: true}
		of.Name = "default of " + v.Name
		for _, r := range n.written(v, implied.kind, implied.property, names) {
			if r.Type == implied.typ {
				of = n.nodes[named{implied.kind, r.URN}]
				of.names = append(of.names, names...)
			}
		}
		n.name(of, names...)
	}
}

// written are the resources of a kind that say what one of the VPC's own things is.
func (n *Network) written(v *node, of kind, property string, names []string) []rule.Resource {
	both := &node{names: append(slices.Clone(v.names), names...)}
	found, _ := n.referring(both, of, property)
	return found
}

// referring are the resources of a kind whose property refers to a node, and those that may.
func (n *Network) referring(to *node, of kind, property string) (found, loose []rule.Resource) {
	seen := map[string]bool{}
	for _, name := range to.names {
		for _, r := range n.refer[reference{of, property, name}] {
			if !seen[r.URN] {
				found = append(found, r)
			}
			seen[r.URN] = true
		}
	}
	return found, n.loose[reference{kind: of, property: property}]
}

// nodeOf is the node of a resource.
func (n *Network) nodeOf(r rule.Resource) *node { return n.nodes[named{kinds[r.Type], r.URN}] }

// link is a node that a value refers to, or one that it may refer to.
type link struct {
	*node
	holds rule.Truth
}

// referred are the nodes of a kind that a value refers to, which is all or part of a property of a
// resource. Complete is false when there may be others.
func (n *Network) referred(from rule.Resource, property string, at rule.Value, of kind) (to []link, complete bool) {
	texts, unknown := leaves(at)
	to, complete = n.resolved(from, property, texts, unknown, of)
	return to, complete && at.State() != rule.Malformed
}

// resolved are the nodes of a kind that some texts refer to, and values that are not known.
func (n *Network) resolved(from rule.Resource, property string, texts []string, unresolved int, of kind) (to []link, complete bool) {
	var elsewhere []string
	for _, text := range texts {
		if known := n.nodes[named{of, text}]; known != nil {
			to = append(to, link{known, rule.Yes})
		} else if text != "" {
			elsewhere = append(elsewhere, text)
		}
	}
	unresolved += len(elsewhere)
	if unresolved == 0 {
		return to, true
	}
	candidates := n.recorded(from.PropertyDependencies[property], of, to)
	if len(candidates) > unresolved {
		for _, one := range candidates {
			to = append(to, link{one, rule.Maybe})
		}
		return to, true
	}
	for _, one := range candidates {
		to = append(to, link{one, rule.Yes})
	}
	unresolved -= len(candidates)
	// Ids that are written out, of resources that are not in the stack.
	for _, text := range elsewhere[:min(len(elsewhere), unresolved)] {
		to = append(to, link{n.foreign(of, text), rule.Yes})
		unresolved--
	}
	return to, unresolved == 0
}

// referredAll are the nodes that a list refers to. While the list is not known as a whole, that is all
// that the engine recorded it to be computed from.
func (n *Network) referredAll(from rule.Resource, property string, at rule.Value, of kind) (to []link, complete bool) {
	if at.State() != rule.Unknown {
		return n.referred(from, property, at, of)
	}
	for _, one := range n.recorded(from.PropertyDependencies[property], of, nil) {
		to = append(to, link{one, rule.Yes})
	}
	return to, len(to) > 0
}

// recorded are the nodes that the engine recorded a property to be computed from, without those that
// were found by their ids. What a VPC or a cluster has by itself is computed from it; both are asked
// only when nothing else is there, because much else is computed from them too.
func (n *Network) recorded(on []string, of kind, found []link) []*node {
	var direct, implied []*node
	for _, urn := range on {
		one := n.nodes[named{of, urn}]
		switch {
		case one != nil && one.URN == urn:
			direct = append(direct, one)
		case one != nil:
			implied = append(implied, one)
		}
	}
	if len(direct) == 0 {
		direct = implied
	}
	var others []*node
	for _, one := range direct {
		if !slices.Contains(others, one) && !slices.ContainsFunc(found, func(l link) bool { return l.node == one }) {
			others = append(others, one)
		}
	}
	return others
}

func (n *Network) foreign(of kind, id string) *node {
	elsewhere := &node{kind: of, names: []string{id}}
	n.name(elsewhere, id)
	return elsewhere
}

// clusterGroup is the security group that EKS makes for a cluster. The component that pulumi-eks has
// for a cluster and the cluster inside it are one.
func (n *Network) clusterGroup(c *node) *node {
	own := strings.TrimSuffix(c.Name, "-eksCluster")
	made := n.nodes[named{group, "cluster " + own}]
	if made == nil {
		made = &node{kind: group, unidentified: true, names: []string{"cluster " + own}}
		made.Name = "of cluster " + own
	}
	for _, property := range [][]string{{"vpcConfig", "clusterSecurityGroupId"}, {"clusterSecurityGroupId"}} {
		if id, state := c.Outputs.Get(property...).Text(); state == rule.Known && id != "" && made.unidentified {
			made.names = append(made.names, id)
			made.unidentified = false
		}
	}
	n.name(made, append(made.names, c.URN)...)
	return made
}
