package reach

import (
	"slices"
	"strings"

	"coffee-platform/policy/rule"
)

// Types of resources that keep data. A proxy keeps none and answers with a database's.
const (
	RDSInstance      = "aws:rds/instance:Instance"
	RDSCluster       = "aws:rds/cluster:Cluster"
	RDSProxy         = "aws:rds/proxy:Proxy"
	CacheCluster     = "aws:elasticache/cluster:Cluster"
	ReplicationGroup = "aws:elasticache/replicationGroup:ReplicationGroup"
	ServerlessCache  = "aws:elasticache/serverlessCache:ServerlessCache"
)

// shapes say where each type names its security groups and its subnets, directly or by a group of them.
var shapes = map[string]struct {
	groups, subnets, subnetGroup string
	of                           kind
}{
	RDSInstance:      {groups: "vpcSecurityGroupIds", subnetGroup: "dbSubnetGroupName", of: databaseSubnets},
	RDSCluster:       {groups: "vpcSecurityGroupIds", subnetGroup: "dbSubnetGroupName", of: databaseSubnets},
	RDSProxy:         {groups: "vpcSecurityGroupIds", subnets: "vpcSubnetIds"},
	CacheCluster:     {groups: "securityGroupIds", subnetGroup: "subnetGroupName", of: cacheSubnets},
	ReplicationGroup: {groups: "securityGroupIds", subnetGroup: "subnetGroupName", of: cacheSubnets},
	ServerlessCache:  {groups: "securityGroupIds", subnets: "subnetIds"},
}

// IsStore selects data stores. A node of a replication group is where its group is.
func IsStore(r rule.Resource) bool {
	return shapes[r.Type].groups != "" &&
		(r.Type != CacheCluster || r.Inputs.Get("replicationGroupId").State() == rule.Missing)
}

// Store is a data store and where it is in the network.
type Store struct {
	rule.Resource
	// port is nil while it is not known.
	port *int64
	end
	// instances of a database cluster are made on their own.
	instances []rule.Resource
}

// Stores are the data stores of the stack.
func (n *Network) Stores() []Store {
	var stores []Store
	for _, r := range n.stack.Select(IsStore) {
		stores = append(stores, n.storeOf(r))
	}
	return stores
}

func (n *Network) storeOf(r rule.Resource) Store {
	s := Store{Resource: r, port: portOf(r)}
	s.subnets, s.placed = n.subnetsOf(r)
	property := shapes[r.Type].groups
	s.groups, s.guarded = n.attached(r, property, r.Inputs.Get(property), s.subnets)
	for _, property := range looked[databaseInstance] {
		found, _ := n.referring(n.nodeOf(r), databaseInstance, property)
		s.instances = append(s.instances, found...)
	}
	return s
}

// subnetsOf are the subnets of a data store. A replica is where its source is, unless a chain of them comes
// back to one that was passed or leads out of the stack.
func (n *Network) subnetsOf(r rule.Resource, passed ...string) (subnets []link, complete bool) {
	if r.URN == "" || slices.Contains(passed, r.URN) {
		return nil, false
	}
	shape := shapes[r.Type]
	if shape.subnets != "" {
		at := r.Inputs.Get(shape.subnets)
		if empty(at) {
			return []link{{defaultPlace, rule.Yes}}, true
		}
		return n.referredAll(r, shape.subnets, at, subnet)
	}
	at := r.Inputs.Get(shape.subnetGroup)
	source := r.Inputs.Get("replicateSourceDb")
	switch name, _ := at.Text(); {
	case at.State() == rule.Missing && source.State() != rule.Missing:
		sources, all := n.referred(r, "replicateSourceDb", source, store)
		for _, from := range sources {
			more, placed := n.subnetsOf(from.Resource, append(passed, r.URN)...)
			subnets, all = append(subnets, more...), all && placed
		}
		return subnets, all
	case at.State() == rule.Missing || at.State() == rule.Known && (name == "" || name == "default"):
		return []link{{defaultPlace, rule.Yes}}, true
	}
	groups, complete := n.referred(r, shape.subnetGroup, at, shape.of)
	for _, g := range groups {
		found, all := n.referredAll(g.Resource, "subnetIds", g.Inputs.Get("subnetIds"), subnet)
		for _, one := range found {
			subnets = append(subnets, link{one.node, one.holds.And(g.holds)})
		}
		complete = complete && all && g.here()
	}
	return subnets, complete
}

// defaultPlace stands for the subnets of the account's default VPC, where a data store is put that
// names none.
var defaultPlace = &node{
	kind: subnet, implied: true, names: []string{"of the default VPC"},
	Resource: rule.Resource{Type: defaultSubnet},
}

func empty(at rule.Value) bool {
	items, state := at.List()
	return state == rule.Missing || state == rule.Known && len(items) == 0
}

// ports are what engines listen on unless told otherwise, by how their names begin
// (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html,
// https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateCacheCluster.html).
var ports = []struct {
	engine string
	port   int64
}{
	{"aurora-postgresql", 5432}, {"postgres", 5432}, {"aurora", 3306}, {"mysql", 3306}, {"mariadb", 3306},
	{"oracle", 1521}, {"custom-oracle", 1521}, {"sqlserver", 1433}, {"custom-sqlserver", 1433}, {"db2", 50000},
	{"redis", 6379}, {"valkey", 6379}, {"memcached", 11211},
}

// portOf is the TCP port a data store listens on, or nil while nobody knows.
func portOf(r rule.Resource) *int64 {
	for _, at := range []rule.Value{r.Inputs.Get("port"), r.Outputs.Get("port")} {
		switch port, state := at.Int(); state {
		case rule.Known:
			return &port
		case rule.Unknown:
			return nil
		}
	}
	engine := EngineOf(r)
	for _, known := range ports {
		if strings.HasPrefix(engine, known.engine) {
			return &known.port
		}
	}
	return nil
}

// EngineOf is what a data store runs, in lower case; empty while nobody knows.
func EngineOf(r rule.Resource) string {
	at := r.Inputs.Get("engine")
	if r.Type == RDSProxy {
		at = r.Inputs.Get("engineFamily")
	}
	engine, state := at.Text()
	if state == rule.Missing {
		engine, state = r.Outputs.Get("engine").Text()
	}
	if state == rule.Missing && r.Type == ReplicationGroup {
		return "redis"
	}
	return strings.ToLower(engine)
}

// Label is what messages call a resource: its type without the part that repeats, and its name.
func Label(r rule.Resource) string {
	token := r.Type[:strings.LastIndex(r.Type, ":")+1]
	return strings.TrimSuffix(token, ":") + " " + r.Name
}

// reachable are the addresses of clients that a data store has a public address for. Outside its VPC
// nothing else can be reached.
//
// A database has a public IPv4 address if it is publicly accessible, and one of the dual-stack kind is
// open by IPv6 only then (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html).
// A proxy never has one (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy.html). A cache has
// no public IPv4 address (https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/accessing-elasticache.html);
// its IPv6 addresses, if it has any, are like all in a VPC: public.
func (s Store) reachable() filter {
	byIPv6 := speaksIPv6(s.Inputs.Get("networkType"))
	switch s.Type {
	case RDSProxy:
		return filter{}
	case CacheCluster, ReplicationGroup, ServerlessCache:
		return filter{{exactly(ipv6).asFarAs(byIPv6), Label(s.Resource) + ", which has IPv6 addresses"}}
	}
	public := isPublic(s.Inputs.Get("publiclyAccessible"), s.Type)
	for _, instance := range s.instances {
		public = public.Or(isPublic(instance.Inputs.Get("publiclyAccessible"), instance.Type))
	}
	return filter{
		{exactly(ipv4).asFarAs(public), Label(s.Resource) + ", which has a public address"},
		{exactly(ipv6).asFarAs(public.And(byIPv6)), Label(s.Resource) + ", which has a public IPv6 address"},
	}
}

// isPublic reads whether a database has a public address. Left unset the answer depends on the
// subnets and on whom one asks; that of a cluster is then told by its instances.
func isPublic(at rule.Value, of string) rule.Truth {
	public, state := at.Bool()
	switch {
	case state == rule.Known:
		return rule.Is(public)
	case state == rule.Missing && of == RDSCluster:
		return rule.No
	}
	return rule.Maybe
}

func speaksIPv6(networkType rule.Value) rule.Truth {
	text, state := networkType.Text()
	switch state {
	case rule.Known:
		text = strings.ToLower(text)
		return rule.Is(text == "dual" || text == "dual_stack" || text == "ipv6")
	case rule.Missing:
		return rule.No
	}
	return rule.Maybe
}
