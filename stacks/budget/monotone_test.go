package budget

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"k8s.io/apimachinery/pkg/api/resource"
)

// environment is everything that budgets are about.
type environment struct {
	database  Database
	quotas    AccountQuotas
	subnets   Subnets
	pools     []NodePool
	workloads []Workload
}

// budgets are all budgets, each answering whether the environment fits.
var budgets = map[string]func(environment) bool{
	"connections": func(e environment) bool { _, p := Connections(e.database, e.workloads); return len(p) == 0 },
	"node pools":  func(e environment) bool { _, p := NodePools(e.pools, e.workloads); return len(p) == 0 },
	"vCPUs":       func(e environment) bool { _, p := VCPUs(e.quotas, e.pools); return len(p) == 0 },
	"addresses":   func(e environment) bool { _, p := Addresses(e.subnets, e.pools, e.workloads); return len(p) == 0 },
}

// Whatever a maximum is raised by, no budget that refused accepts.
func TestRaisingAMaximumNeverMakesItFit(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	answers := map[string]map[bool]int{}
	for range 2000 {
		before := randomEnvironment(random)
		after := before
		after.workloads = slices.Clone(before.workloads)
		raised := &after.workloads[random.IntN(len(after.workloads))]
		switch random.IntN(3) {
		case 0:
			raised.MaxReplicas += 1 + random.IntN(5)
		case 1:
			raised.MaxSurge += 1 + random.IntN(3)
		default:
			raised.Draining += 1 + random.IntN(5)
		}
		for name, fits := range budgets {
			if answers[name] == nil {
				answers[name] = map[bool]int{}
			}
			was, is := fits(before), fits(after)
			answers[name][is]++
			assert.False(t, is && !was, "%s: raising %+v made it fit", name, *raised)
		}
	}
	for name, counts := range answers {
		assert.Greater(t, min(counts[true], counts[false]), 100, "%s: accepted %d and refused %d, which tries one side only", name, counts[true], counts[false])
	}
}

// More is asked of quota and subnets by pools that may grow further.
func TestRaisingAPoolsLimitNeverMakesItFit(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 1000 {
		before := randomEnvironment(random)
		after := before
		after.pools = slices.Clone(before.pools)
		after.pools[random.IntN(len(after.pools))].MaxCPU += 1 + random.IntN(16)
		for _, name := range []string{"vCPUs", "addresses"} {
			assert.False(t, budgets[name](after) && !budgets[name](before), "%s: raising maxCpu made it fit", name)
		}
	}
}

func randomEnvironment(random *rand.Rand) environment {
	e := environment{
		database: Database{InstanceClass: "db.r7g.large", MaxConnections: 20 + random.IntN(800), Operations: random.IntN(10)},
		quotas:   AccountQuotas{StandardVCPUs: 20 + random.IntN(150)},
		subnets:  Subnets{PrivateBits: 18 + random.IntN(7), PublicBits: 24, Endpoints: random.IntN(8)},
		pools: []NodePool{
			{Name: "general", Families: []string{"c7i", "m7i", "r7i"}, CPUs: []int{2, 4, 8}, MaxCPU: 8 + random.IntN(60), MaxMemoryGiB: 16 + random.IntN(300), DiskGiB: 80},
			{Name: "render", Families: []string{"m7i"}, CPUs: []int{16}, MaxCPU: 16 + random.IntN(80), MaxMemoryGiB: 64 + random.IntN(300), DiskGiB: 200},
		},
	}
	for i := range 2 + random.IntN(5) {
		e.workloads = append(e.workloads, Workload{
			Name: fmt.Sprintf("w%d", i),
			Pool: e.pools[random.IntN(2)].Name,
			Pod: Pod{
				CPU:    *resource.NewMilliQuantity(50+random.Int64N(3000), resource.DecimalSI),
				Memory: *resource.NewQuantity(gib/10+random.Int64N(6*gib), resource.BinarySI),
			},
			MaxReplicas: 1 + random.IntN(12),
			MaxSurge:    random.IntN(2),
			Draining:    random.IntN(4),
			Connections: random.IntN(12),
		})
	}
	return e
}
