package budget

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestNodesFor(t *testing.T) {
	for _, c := range []struct {
		name   string
		groups []group
		want   int64
	}{
		{"nothing", nil, 0},
		{"none of something", []group{{0, 8}}, 0},
		{"one full node", []group{{8, 8}}, 1},
		{"one pod more", []group{{9, 8}}, 2},
		{"two sizes share a node", []group{{1, 2}, {4, 8}}, 1},
		{"two sizes, one pod more", []group{{1, 2}, {5, 8}}, 2},
		{"the same size twice", []group{{4, 8}, {4, 8}}, 1},
		{"three sizes on one node", []group{{1, 2}, {1, 3}, {1, 6}}, 1},
		// 1/2 and 1/3 leave a sixth, which no fifth fits into.
		{"three sizes that leave something over", []group{{2, 2}, {3, 3}, {1, 5}}, 3},
		{"a pod to a node", []group{{3, 1}}, 3},
		{"the order does not matter", []group{{5, 8}, {1, 2}}, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.want, nodesFor(c.groups))
		})
	}
}

// The proof that nodesFor claims, tried: placing pods of many sizes, largest first, on the first node with room for
// their CPU and memory, never takes more nodes than it says.
func TestNodesForIsEnough(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	node := room{milliCPU: 7760, memoryBytes: 28 * gib, pods: maxPods}
	tight := 0
	for range 3000 {
		var groups []group
		var pods []placedPod
		for range 1 + random.IntN(6) {
			p := placedPod{cpu: 50 + random.Int64N(4000), memory: gib/10 + random.Int64N(12*gib)}
			perNode := min(node.milliCPU/p.cpu, node.memoryBytes/p.memory, node.pods)
			count := random.Int64N(12)
			groups = append(groups, group{count, perNode})
			p.perNode = perNode
			for range count {
				pods = append(pods, p)
			}
		}
		taken := firstFitDecreasing(node, pods)
		said := nodesFor(groups)
		assert.LessOrEqual(t, taken, said, "%v", groups)
		if taken == said {
			tight++
		}
	}
	assert.Greater(t, tight, 1000, "a bound that is seldom met refuses too much")
}

// placedPod is a pod of which a node holds perNode.
type placedPod struct{ cpu, memory, perNode int64 }

func firstFitDecreasing(node room, pods []placedPod) int64 {
	slices.SortStableFunc(pods, func(a, b placedPod) int { return int(a.perNode - b.perNode) })
	var nodes []room
	for _, p := range pods {
		i := slices.IndexFunc(nodes, func(n room) bool {
			return n.milliCPU >= p.cpu && n.memoryBytes >= p.memory && n.pods > 0
		})
		if i < 0 {
			nodes = append(nodes, node)
			i = len(nodes) - 1
		}
		nodes[i].milliCPU -= p.cpu
		nodes[i].memoryBytes -= p.memory
		nodes[i].pods--
	}
	return int64(len(nodes))
}
