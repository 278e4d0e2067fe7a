package budget

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestPrivateAddressesAtTheEdge(t *testing.T) {
	// Pools of 8/2+1 and 16/16+1 nodes: 7. Sixteen pods on them take at most 7 + 1 - 1 blocks, and 7 are warm.
	pools := []NodePool{generalPool(8, 32), renderPool(16, 64)}
	workloads := []Workload{{Name: "api", MaxReplicas: 10, MaxSurge: 1, Draining: 5}}
	// With 7 nodes' own addresses, 16 of the control plane and 2 blocks of AWS's: 14 + 23 + 2 + what else there is.
	subnets := func(bits, endpoints int) Subnets {
		return Subnets{PrivateBits: bits, PublicBits: 24, Endpoints: endpoints}
	}
	for _, c := range []struct {
		name      string
		endpoints int
		others    int
		pods      int
		daemons   int
		want      []string
	}{
		{"fits exactly", 25, 0, 0, 0, nil},
		{"an endpoint more", 26, 0, 0, 0, []string{
			"a private subnet, /22, has 64 blocks of 16 addresses. If one zone has to hold all, 16 pods on 7 nodes reserve 14 of them, " +
				"and the nodes' own addresses, 16 of the control plane, 26 of endpoints, 0 of others and AWS's may spoil 51 more: 65. " +
				"Use a larger block, for private subnets of /21, or lower maxCpu of the node pools"}},
		{"something else more", 25, 1, 0, 0, []string{
			"a private subnet, /22, has 64 blocks of 16 addresses. If one zone has to hold all, 16 pods on 7 nodes reserve 14 of them, " +
				"and the nodes' own addresses, 16 of the control plane, 25 of endpoints, 1 of others and AWS's may spoil 51 more: 65. " +
				"Use a larger block, for private subnets of /21, or lower maxCpu of the node pools"}},
		{"pods that fill their blocks", 25, 0, 6, 0, nil},
		{"a pod that begins a block", 25, 0, 7, 0, []string{
			"a private subnet, /22, has 64 blocks of 16 addresses. If one zone has to hold all, 23 pods on 7 nodes reserve 15 of them, " +
				"and the nodes' own addresses, 16 of the control plane, 25 of endpoints, 0 of others and AWS's may spoil 50 more: 65. " +
				"Use a larger block, for private subnets of /21, or lower maxCpu of the node pools"}},
		{"daemons are pods too", 25, 0, 0, 2, []string{
			"a private subnet, /22, has 64 blocks of 16 addresses. If one zone has to hold all, 26 pods on 7 nodes reserve 15 of them, " +
				"and the nodes' own addresses, 16 of the control plane, 25 of endpoints, 0 of others and AWS's may spoil 50 more: 65. " +
				"Use a larger block, for private subnets of /21, or lower maxCpu of the node pools"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := subnets(22, c.endpoints)
			s.Others = c.others
			general := pools[0]
			general.Daemons = make([]Pod, c.daemons)
			all := append([]Workload{{MaxReplicas: c.pods}}, workloads...)
			_, problems := Addresses(s, []NodePool{general, pools[1]}, all)
			assert.Equal(t, c.want, texts(problems))
		})
	}
	_, problems := Addresses(subnets(21, 26), pools, workloads)
	assert.Empty(t, problems, "what a refusal proposes fits")
}

func TestPublicAddressesAtTheEdge(t *testing.T) {
	subnets := Subnets{PrivateBits: 18, PublicBits: 28, LoadBalancers: 1, NATGateways: 3}
	uses, problems := Addresses(subnets, nil, nil)
	assert.Empty(t, problems)
	assert.Equal(t, Use{Name: "public subnet", Used: 16, Limit: 16, Unit: "addresses"}, uses[1])

	subnets.NATGateways++
	_, problems = Addresses(subnets, nil, nil)
	assert.Equal(t, []string{"a public subnet, /28, has 16 addresses, but 5 of AWS, 4 NAT gateways and 1 load balancer × 8 make 17. Use a larger block, for public subnets of /27"},
		texts(problems))
}

func TestASubnetSmallerThanABlockHasNone(t *testing.T) {
	uses, problems := Addresses(Subnets{PrivateBits: 29, PublicBits: 24}, nil, nil)
	assert.NotEmpty(t, problems)
	assert.Zero(t, uses[0].Limit)
}
