package budget

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"k8s.io/apimachinery/pkg/api/resource"
)

// The room Karpenter's documentation predicts, less what Auto Mode's daemons take of the CPU
// (https://karpenter.sh/docs/reference/instance-types/, m6a.4xlarge: 15890m, 57691Mi).
func TestRoomOfARenderNode(t *testing.T) {
	left := shape{cpus: 16, memoryGiB: 64}.room(200, nil)
	assert.Equal(t, room{
		milliCPU:     15890 - systemMilliCPU,
		memoryBytes:  57691 * mib,
		storageBytes: int64(200)*gib/100*90 - gib,
		pods:         110,
	}, left)
}

// An Auto Mode node of 8 vCPUs and 32 GiB that others saw had 7760m CPU and 31042404Ki memory
// (https://github.com/aws-samples/appmod-blueprints/pull/235): its CPU exactly, its memory never overstated.
func TestRoomIsNotMoreThanWasSeen(t *testing.T) {
	left := shape{cpus: 8, memoryGiB: 32}.room(80, nil)
	assert.EqualValues(t, 7760, left.milliCPU)
	assert.LessOrEqual(t, left.memoryBytes, int64(31042404*1024))
	assert.Greater(t, left.memoryBytes, int64(31042404*1024)*9/10)
}

func TestRoomBySize(t *testing.T) {
	for _, c := range []struct {
		shape    shape
		milliCPU int64
		memory   int64
	}{
		{shape{2, 4}, 1780, 2223},
		{shape{4, 16}, 3770, 13590},
		{shape{64, 256}, 63620, 234021},
	} {
		left := c.shape.room(80, nil)
		assert.Equal(t, c.milliCPU, left.milliCPU, "%s", c.shape)
		assert.Equal(t, c.memory, left.memoryBytes/mib, "%s", c.shape)
	}
}

func TestDaemonsTakeTheirShare(t *testing.T) {
	s := shape{cpus: 16, memoryGiB: 64}
	daemon := pod("100m", "128Mi")
	daemon.EphemeralStorage = resource.MustParse("1Gi")
	without, with := s.room(200, nil), s.room(200, []Pod{daemon, daemon})
	assert.Equal(t, room{
		milliCPU:     without.milliCPU - 200,
		memoryBytes:  without.memoryBytes - 256*mib,
		storageBytes: without.storageBytes - 2*gib,
		pods:         without.pods - 2,
	}, with)
}

// Each of what a node has can be what runs out first, and holds until it does.
func TestHoldsAtTheEdge(t *testing.T) {
	r := room{milliCPU: 1000, memoryBytes: 1000 * mib, storageBytes: 1000 * mib, pods: 10}
	storage := pod("1m", "1Mi")
	storage.EphemeralStorage = resource.MustParse("250Mi")
	tooMuchStorage := pod("1m", "1Mi")
	tooMuchStorage.EphemeralStorage = resource.MustParse("251Mi")
	for _, c := range []struct {
		name string
		pod  Pod
		want int64
	}{
		{"CPU", pod("500m", "1Mi"), 2},
		{"CPU, one more", pod("501m", "1Mi"), 1},
		{"memory", pod("1m", "500Mi"), 2},
		{"memory, one more", pod("1m", "501Mi"), 1},
		{"storage", storage, 4},
		{"storage, one more", tooMuchStorage, 3},
		{"pods", pod("1m", "1Mi"), 10},
		{"none", pod("1001m", "1Mi"), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.want, r.holds(c.pod))
		})
	}
	assert.Zero(t, room{milliCPU: -1, memoryBytes: mib, pods: 1}.holds(pod("1m", "1Mi")), "daemons alone are too much")
}

func TestMemoryPerCPU(t *testing.T) {
	for family, want := range map[string]int{
		"c6a": 2, "c7i-flex": 2, "m7i": 4, "m6a": 4, "r7a": 8, "g5": 4, "g6": 4, "g6e": 8, "gr6": 8,
	} {
		got, ok := memoryPerCPU(family)
		assert.True(t, ok, family)
		assert.Equal(t, want, got, family)
	}
	for _, family := range []string{"c4", "t3", "x2gd", "p5", "m", "7i"} {
		_, ok := memoryPerCPU(family)
		assert.False(t, ok, family)
	}
}
