package reach

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/policy/rule"
)

// stacksTried is how many random stacks each property is tried on.
const stacksTried = 300

// dice makes random stacks out of the bases of the tables: with parts left out, and with values that
// matter changed.
type dice struct {
	*rand.Rand
	internet, clients map[string]topology
}

func newDice(t testing.TB, seed uint64) dice {
	var internet internetCases
	var clients clientCases
	readYAML(t, "testdata/internet.yaml", &internet)
	readYAML(t, "testdata/clients.yaml", &clients)
	return dice{rand.New(rand.NewPCG(seed, 1)), internet.Bases, clients.Bases}
}

func pick[T any](d dice, from ...T) T { return from[d.IntN(len(from))] }

// ranges overlap in every way there is: equal, inside, beside, and in the VPC.
var ranges = []string{"0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "203.0.113.0/24", "203.0.113.0/25", "198.51.100.0/24", "10.0.0.0/16", "10.0.0.0/24", "10.0.1.0/24", "10.0.64.0/18"}

func (d dice) cidr() string { return pick(d, ranges...) }

func (d dice) port() map[string]any {
	return pick(d,
		map[string]any{"protocol": "tcp", "fromPort": 5432, "toPort": 5432},
		map[string]any{"protocol": "tcp", "fromPort": 443, "toPort": 443},
		map[string]any{"protocol": "tcp", "fromPort": 1024, "toPort": 65535},
		map[string]any{"protocol": "tcp", "fromPort": 40000, "toPort": 65535},
		map[string]any{"protocol": "udp", "fromPort": 5432, "toPort": 5432},
		map[string]any{"protocol": "-1", "fromPort": 0, "toPort": 0})
}

func (d dice) with(properties map[string]any, more ...any) map[string]any {
	all := maps.Clone(properties)
	for i := 0; i < len(more); i += 2 {
		all[more[i].(string)] = more[i+1]
	}
	return all
}

// stack is a random one: with a data store "db", and pods and load balancers in some.
func (d dice) stack() topology {
	bases := []topology{d.internet["open"], d.internet["balanced"], d.clients["cluster"]}
	built := pick(d, bases...).with(nil, nil)
	// Optional parts.
	if d.IntN(2) == 0 {
		built["acl"] = map[string]any{"is": "ec2/networkAcl", "vpcId": "$vpc", "subnetIds": []any{"$data-a"}, "ingress": d.entries(), "egress": d.entries()}
	}
	if d.IntN(4) == 0 && built["igw"] != nil {
		for i := range d.IntN(3) {
			d.addRoute(built, fmt.Sprintf("route-%d", i), pick(d, "igw", "nat", "peer"))
		}
	}
	for i := range d.IntN(3) {
		d.addRule(built, fmt.Sprintf("rule-%d", i))
	}
	if d.IntN(3) == 0 {
		built["db"]["publiclyAccessible"] = d.IntN(2) == 0
	}
	// Parts left out.
	for _, name := range slices.Sorted(maps.Keys(built)) {
		if name != "db" && d.IntN(12) == 0 && !built.referredTo(name) {
			delete(built, name)
		}
	}
	return built
}

// referredTo tells whether another resource refers to this one.
func (t topology) referredTo(name string) bool {
	for _, r := range t {
		if mentions(r, name) {
			return true
		}
	}
	return false
}

func mentions(value any, name string) bool {
	switch value := value.(type) {
	case string:
		return value == "$"+name || len(value) > len(name)+1 && value[:len(name)+2] == "$"+name+"."
	case []any:
		return slices.ContainsFunc(value, func(one any) bool { return mentions(one, name) })
	case map[string]any:
		for _, one := range value {
			if mentions(one, name) {
				return true
			}
		}
	}
	return false
}

func (d dice) entries() []any {
	var entries []any
	for i := range d.IntN(4) {
		entries = append(entries, d.with(d.port(), "ruleNo", 10*i+10, "action", pick(d, "allow", "allow", "deny"), "cidrBlock", d.cidr()))
	}
	return append(entries, map[string]any{"ruleNo": 100, "action": pick(d, "allow", "deny"), "protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlock": pick(d, "0.0.0.0/0", "10.0.0.0/16")})
}

func (d dice) addRoute(to topology, name, gateway string) {
	route := map[string]any{"is": "ec2/route", "routeTableId": pick(d, to.names("ec2/routeTable")...), "destinationCidrBlock": pick(d, ranges[:6]...)}
	switch gateway {
	case "igw":
		route["gatewayId"] = "$igw"
	case "nat":
		route["natGatewayId"] = "nat-1"
	default:
		route["vpcPeeringConnectionId"] = "pcx-1"
	}
	to[name] = route
}

func (d dice) addRule(to topology, name string) {
	properties := d.port()
	group := map[string]any{"is": "vpc/securityGroupIngressRule", "securityGroupId": pick(d, to.names("ec2/securityGroup")...),
		"ipProtocol": properties["protocol"], "fromPort": properties["fromPort"], "toPort": properties["toPort"]}
	if d.IntN(3) == 0 {
		group["referencedSecurityGroupId"] = pick(d, to.names("ec2/securityGroup")...)
	} else {
		group["cidrIpv4"] = d.cidr()
	}
	to[name] = group
}

// names are references to the resources of a type.
func (t topology) names(of string) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(t)) {
		if t[name]["is"] == of {
			names = append(names, "$"+name)
		}
	}
	return names
}

// allow adds something that only ever lets more through. It returns what it did.
func (d dice) allow(to topology) string {
	edges := map[string]func(){
		"a rule of a security group": func() { d.addRule(to, "added") },
	}
	if to["igw"] != nil && len(to.names("ec2/routeTable")) > 0 {
		edges["a route to the internet gateway"] = func() { d.addRoute(to, "added", "igw") }
	}
	if to["acl"] != nil {
		edges["an allowing rule of a network ACL"] = func() {
			properties := d.port()
			to["added"] = map[string]any{"is": "ec2/networkAclRule", "networkAclId": "$acl", "egress": d.IntN(2) == 0, "ruleNumber": pick(d, 5, 15, 95, 200),
				"ruleAction": "allow", "protocol": properties["protocol"], "fromPort": properties["fromPort"], "toPort": properties["toPort"], "cidrBlock": d.cidr()}
		}
	}
	if to["databases"] != nil {
		edges["a target"] = func() {
			to["added"] = map[string]any{"is": "lb/targetGroupAttachment", "targetGroupArn": "$databases", "targetId": "$db.address", "port": pick(d, 5432, 443)}
		}
		edges["an internet-facing load balancer"] = func() {
			if to["edge"] != nil {
				to["edge"] = d.with(to["edge"], "internal", false)
			}
		}
	}
	if to["deny"] != nil {
		edges["a network policy"] = func() {
			to["added"] = map[string]any{"is": "kubernetes:networking.k8s.io/v1:NetworkPolicy", "metadata": map[string]any{"namespace": "coffee"},
				"spec": map[string]any{"podSelector": map[string]any{}, "policyTypes": []any{"Egress"}, "egress": []any{map[string]any{
					"to":    []any{map[string]any{"ipBlock": map[string]any{"cidr": d.cidr()}}},
					"ports": []any{map[string]any{"port": pick(d, 5432, 443)}},
				}}}}
		}
	}
	edges["a public address"] = func() { to["db"] = d.with(to["db"], "publiclyAccessible", true) }
	name := pick(d, slices.Sorted(maps.Keys(edges))...)
	edges[name]()
	return name
}

// answers are all there is to ask about a stack.
func answersOf(t testing.TB, stack rule.Stack) map[string]rule.Truth {
	answers := map[string]rule.Truth{"the internet": fromInternet(t, stack).Truth}
	for client, answer := range reachesOf(t, stack) {
		answers[client] = answer.Truth
	}
	return answers
}

func TestWhatIsAllowedOnTopTakesNothingAway(t *testing.T) {
	d := newDice(t, 20)
	grew := 0
	for i := range stacksTried {
		before := d.stack()
		after := before.with(nil, nil)
		edge := d.allow(after)
		for _, known := range everyKnowledge {
			was, is := answersOf(t, before.stack(known)), answersOf(t, after.stack(known))
			for client, truth := range was {
				require.GreaterOrEqual(t, is[client], truth, "stack %d, %s, seen from %s: %s took something away\n%v", i, known, client, edge, after)
				if is[client] > truth {
					grew++
				}
			}
		}
	}
	assert.Greater(t, grew, stacksTried/10, "some of what was added opened something")
}

// What is not known may leave a question open. It never answers it, and never answers it otherwise.
func TestForgettingNeverDecides(t *testing.T) {
	d := newDice(t, 21)
	opened := 0
	for i := range stacksTried {
		built := d.stack()
		known := pick(d, everyKnowledge...)
		resources := built.resources(known)
		was := answersOf(t, rule.NewStack(resources))
		what := d.forget(built, resources)
		is := answersOf(t, rule.NewStack(resources))
		for client, truth := range was {
			if now, told := is[client]; !told || now == rule.Maybe {
				opened++ // pods of an unknown template are told of by the rule
				continue
			}
			require.Equal(t, truth, is[client], "stack %d, %s, seen from %s: without %s the answer is another\n%v", i, known, client, what, built)
		}
	}
	assert.Greater(t, opened, stacksTried/10, "some of what was forgotten mattered")
}

// forget makes one property of one resource unknown, and with it what the engine recorded of it.
func (d dice) forget(built topology, resources []rule.Resource) string {
	i := d.IntN(len(resources))
	r := &resources[i]
	keys, _ := r.Inputs.Keys()
	if len(keys) == 0 {
		return "nothing"
	}
	key := pick(d, keys...)
	known := deployed
	if id, _ := r.Outputs.Get("id").Text(); id == "" {
		known = previewed
	}
	for _, other := range built.with(topology{r.Name: {key: "?"}}, nil).resources(known) {
		if other.URN == r.URN {
			r.Inputs = other.Inputs
		}
	}
	r.PropertyDependencies = maps.Clone(r.PropertyDependencies)
	delete(r.PropertyDependencies, key)
	return key + " of " + r.Name
}

func TestAPreviewAnswersAsTheDeploymentWill(t *testing.T) {
	d := newDice(t, 22)
	for i := range stacksTried {
		built := d.stack()
		will := answersOf(t, built.stack(deployed))
		for _, known := range []knowledge{previewed, vague, byID} {
			for client, truth := range answersOf(t, built.stack(known)) {
				require.Equal(t, will[client], truth, "stack %d, %s, seen from %s\n%v", i, known, client, built)
			}
		}
	}
}

// A simulation of single packets, written without sets: the longest prefix of the table, the first
// rule of the network ACL that matches, any rule of the security groups.
func TestSetsAgreeWithSinglePackets(t *testing.T) {
	d := newDice(t, 23)
	reached := 0
	for i := range stacksTried {
		built := d.internet["open"].with(nil, nil)
		for j := range d.IntN(5) {
			d.addRoute(built, fmt.Sprintf("route-%d", j), pick(d, "igw", "nat", "peer"))
		}
		for j := range d.IntN(3) {
			d.addRule(built, fmt.Sprintf("rule-%d", j))
		}
		if d.IntN(2) == 0 {
			delete(built, "db-in")
		}
		if d.IntN(2) == 0 {
			built["acl"] = map[string]any{"is": "ec2/networkAcl", "vpcId": "$vpc", "subnetIds": []any{"$data-a"}, "ingress": d.entries(), "egress": d.entries()}
		}
		want := simulate(built)
		require.Equal(t, rule.Is(want), fromInternet(t, built.stack(deployed)).Truth, "stack %d: %v", i, built)
		if want {
			reached++
		}
	}
	assert.Greater(t, reached, stacksTried/10)
	assert.Less(t, reached, stacksTried*9/10)
}

// clientsTried are public addresses on both sides of every border that ranges draw.
var clientsTried = []string{"1.2.3.4", "127.255.255.254", "129.0.0.1", "203.0.113.1", "203.0.113.129", "198.51.100.1", "198.51.101.1", "223.255.255.1"}

func simulate(t topology) bool {
	for _, text := range clientsTried {
		client := netip.MustParseAddr(text)
		if internet.holds(client) && routedBack(t, client) && admitted(t, client) && t.acl("ingress", client, 5432) && t.answered(client) {
			return true
		}
	}
	return false
}

func (s set) holds(address netip.Addr) bool {
	return slices.ContainsFunc(s, func(p netip.Prefix) bool { return p.Contains(address) })
}

func routedBack(t topology, client netip.Addr) bool {
	longest, open := -1, false
	for _, name := range slices.Sorted(maps.Keys(t)) {
		r := t[name]
		if r["is"] != "ec2/route" {
			continue
		}
		prefix := netip.MustParsePrefix(r["destinationCidrBlock"].(string))
		if !prefix.Contains(client) || prefix.Bits() < longest {
			continue
		}
		// AWS takes no two routes for one destination; where there are two here, the open one counts.
		leads := r["gatewayId"] != nil
		if prefix.Bits() > longest {
			longest, open = prefix.Bits(), leads
		}
		open = open || leads
	}
	return open
}

func admitted(t topology, client netip.Addr) bool {
	for _, r := range t {
		cidr, _ := r["cidrIpv4"].(string)
		if r["is"] == "vpc/securityGroupIngressRule" && cidr != "" && netip.MustParsePrefix(cidr).Contains(client) && onPort(r["ipProtocol"], r, 5432) {
			return true
		}
	}
	return false
}

func (t topology) answered(client netip.Addr) bool {
	for _, port := range []int{ephemeralFrom, 5432, 20000, 40000, lastPort} {
		if t.acl("egress", client, port) {
			return true
		}
	}
	return false
}

func (t topology) acl(direction string, client netip.Addr, port int) bool {
	if t["acl"] == nil {
		return true
	}
	entries := slices.Clone(t["acl"][direction].([]any))
	slices.SortFunc(entries, func(a, b any) int { return a.(map[string]any)["ruleNo"].(int) - b.(map[string]any)["ruleNo"].(int) })
	for _, one := range entries {
		entry := one.(map[string]any)
		if netip.MustParsePrefix(entry["cidrBlock"].(string)).Contains(client) && onPort(entry["protocol"], entry, port) {
			return entry["action"] == "allow"
		}
	}
	return false
}

func onPort(protocol any, r map[string]any, port int) bool {
	number := func(name string) int {
		switch value := r[name].(type) {
		case int:
			return value
		case float64:
			return int(value)
		}
		return -1
	}
	return protocol == "-1" || protocol == "tcp" && number("fromPort") <= port && port <= number("toPort")
}
