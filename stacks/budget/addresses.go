package budget

import "coffee-platform/internal/problem"

const (
	// prefixAddresses is how many addresses a node reserves at a time for its pods, a /28
	// (https://docs.aws.amazon.com/eks/latest/userguide/auto-networking.html).
	prefixBits, prefixAddresses = 28, 16
	// warmPrefixes are what a node reserves beyond what its pods take. Auto Mode keeps a pool that AWS gives no
	// number for; one is what the VPC CNI keeps
	// (https://docs.aws.amazon.com/eks/latest/best-practices/prefix-mode-linux.html).
	warmPrefixes = 1
	// controlPlaneAddresses are what AWS recommends to leave to EKS in each subnet of the cluster
	// (https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html).
	controlPlaneAddresses = 16
	// AWS keeps five addresses of every subnet, four at its beginning and one at its end
	// (https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html), so a block of 16 at each.
	reservedAddresses, reservedBlocks = 5, 2
	// loadBalancerAddresses are what an Application Load Balancer wants free in each of its subnets, to grow
	// (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html).
	loadBalancerAddresses = 8
)

// Subnets are the subnets of one zone; every zone has the same.
type Subnets struct {
	// PrivateBits and PublicBits are the lengths of their prefixes: 18 for a /18.
	PrivateBits, PublicBits int
	// Endpoints is how many interface endpoints there are, each with an address in the private subnet.
	Endpoints int
	// Others is how many addresses of the private subnet anything else takes: builds that run in the VPC.
	Others int
	// LoadBalancers and NATGateways are how many the public subnet has.
	LoadBalancers, NATGateways int
}

// Addresses holds nodes and pods to the space of a subnet. Nothing keeps them evenly in all zones, so one zone
// has to have room for all of them. Pods' addresses come in blocks of 16 that lie together, and every other
// address may be the one that spoils a block. Private subnets are answered first. All problems are of the
// network's CIDR, and have no path of their own.
func Addresses(subnets Subnets, pools []NodePool, workloads []Workload) ([]Use, problem.List) {
	nodes, pods := 0, 0
	for _, pool := range pools {
		nodes += pool.maxNodes()
		pods += pool.maxNodes() * len(pool.Daemons)
	}
	for _, w := range workloads {
		pods += w.present()
	}
	// Each node's last block may hold a single pod.
	prefixes := (pods+(prefixAddresses-1)*nodes)/prefixAddresses + warmPrefixes*nodes
	others := nodes + controlPlaneAddresses + subnets.Endpoints + subnets.Others
	blocks := prefixes + others + reservedBlocks
	private := Use{Name: "private subnet", Used: blocks, Limit: size(subnets.PrivateBits, prefixBits), Unit: "blocks of 16 addresses"}

	used := reservedAddresses + subnets.NATGateways + loadBalancerAddresses*subnets.LoadBalancers
	public := Use{Name: "public subnet", Used: used, Limit: size(subnets.PublicBits, 32), Unit: "addresses"}

	var problems problem.List
	if private.Used > private.Limit {
		problems.Add("", "a private subnet, /%d, has %d blocks of 16 addresses. If one zone has to hold all, %s on %s reserve %d of them, "+
			"and the nodes' own addresses, %d of the control plane, %d of endpoints, %d of others and AWS's may spoil %d more: %d. "+
			"Use a larger block, for private subnets of /%d, or lower maxCpu of the node pools",
			subnets.PrivateBits, private.Limit, count(pods, "pod"), count(nodes, "node"), prefixes,
			controlPlaneAddresses, subnets.Endpoints, subnets.Others, others+reservedBlocks, blocks,
			bitsFor(blocks, prefixBits))
	}
	if public.Used > public.Limit {
		problems.Add("", "a public subnet, /%d, has %d addresses, but %d of AWS, %s and %s × %d make %d. Use a larger block, for public subnets of /%d",
			subnets.PublicBits, public.Limit, reservedAddresses, count(subnets.NATGateways, "NAT gateway"),
			count(subnets.LoadBalancers, "load balancer"), loadBalancerAddresses, used, bitsFor(used, 32))
	}
	return []Use{private, public}, problems
}

// size is how many blocks with a prefix of blockBits a subnet has whose own is subnetBits long.
func size(subnetBits, blockBits int) int {
	if subnetBits > blockBits {
		return 0
	}
	return 1 << (blockBits - subnetBits)
}

// bitsFor is the longest prefix of a subnet with at least count blocks with a prefix of blockBits.
func bitsFor(count, blockBits int) int {
	bits := blockBits
	for size(bits, blockBits) < count {
		bits--
	}
	return bits
}
