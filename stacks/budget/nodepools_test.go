package budget

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"k8s.io/apimachinery/pkg/api/resource"
)

func renderPool(maxCPU, maxMemoryGiB int) NodePool {
	return NodePool{Name: "render", Families: []string{"m6a", "m7i"}, CPUs: []int{16}, MaxCPU: maxCPU, MaxMemoryGiB: maxMemoryGiB, DiskGiB: 200}
}

func generalPool(maxCPU, maxMemoryGiB int) NodePool {
	return NodePool{Name: "general", Families: []string{"c6a", "m6a", "r6a"}, CPUs: []int{2, 4, 8}, MaxCPU: maxCPU, MaxMemoryGiB: maxMemoryGiB, DiskGiB: 80}
}

func renders(count int, cpu string) []Workload {
	return []Workload{{Name: "render", Pool: "render", Pod: pod(cpu, "4Gi"), MaxReplicas: count}}
}

func TestRenderPoolAtTheEdge(t *testing.T) {
	storage := renders(8, "1900m")
	storage[0].Pod.EphemeralStorage = resource.MustParse("22Gi") // eight of 22 are 176 of 179 GiB
	tooMuchStorage := renders(8, "1900m")
	tooMuchStorage[0].Pod.EphemeralStorage = resource.MustParse("23Gi")
	withDaemon := func(cpu string) NodePool {
		pool := renderPool(16, 64)
		pool.Daemons = []Pod{pod(cpu, "64Mi")}
		return pool
	}
	surge := renders(7, "1900m")
	surge[0].MaxSurge = 1
	draining := renders(8, "1900m")
	draining[0].Draining = 8

	for _, c := range []struct {
		name      string
		pool      NodePool
		workloads []Workload
		want      []string
	}{
		{"eight of 1900m fill 16 vCPUs", renderPool(16, 64), renders(8, "1900m"), nil},
		{"nine do not", renderPool(16, 64), renders(9, "1900m"), []string{
			"render.maxCpu: render 9 at 8 to a node take 2 nodes of 16 vCPUs and 64 GiB, 32 vCPUs and 128 GiB in all, " +
				"but maxCpu 16 and maxMemoryGiB 64 allow 1: lower a maximum, or set maxCpu to 32 and maxMemoryGiB to 128"}},
		{"seven of 2000m", renderPool(16, 64), renders(7, "2000m"), nil},
		{"eight of 2000m do not", renderPool(16, 64), renders(8, "2000m"), []string{
			"render.maxCpu: render 8 at 7 to a node take 2 nodes of 16 vCPUs and 64 GiB, 32 vCPUs and 128 GiB in all, " +
				"but maxCpu 16 and maxMemoryGiB 64 allow 1: lower a maximum, or set maxCpu to 32 and maxMemoryGiB to 128"}},
		{"a limit between two nodes is the lower one", renderPool(31, 128), renders(9, "1900m"), []string{
			"render.maxCpu: render 9 at 8 to a node take 2 nodes of 16 vCPUs and 64 GiB, 32 vCPUs and 128 GiB in all, " +
				"but maxCpu 31 and maxMemoryGiB 128 allow 1: lower a maximum, or set maxCpu to 32"}},
		{"32 of 64 vCPUs", renderPool(64, 256), renders(32, "1900m"), nil},
		{"33 of 64 vCPUs", renderPool(64, 256), renders(33, "1900m"), []string{
			"render.maxCpu: render 33 at 8 to a node take 5 nodes of 16 vCPUs and 64 GiB, 80 vCPUs and 320 GiB in all, " +
				"but maxCpu 64 and maxMemoryGiB 256 allow 4: lower a maximum, or set maxCpu to 80 and maxMemoryGiB to 320"}},
		{"memory is the limit", renderPool(64, 255), renders(32, "1900m"), []string{
			"render.maxMemoryGiB: render 32 at 8 to a node take 4 nodes of 16 vCPUs and 64 GiB, 64 vCPUs and 256 GiB in all, " +
				"but maxCpu 64 and maxMemoryGiB 255 allow 3: lower a maximum, or set maxMemoryGiB to 256"}},
		{"storage fits", renderPool(16, 64), storage, nil},
		{"storage does not", renderPool(16, 64), tooMuchStorage, []string{
			"render.maxCpu: render 8 at 7 to a node take 2 nodes of 16 vCPUs and 64 GiB, 32 vCPUs and 128 GiB in all, " +
				"but maxCpu 16 and maxMemoryGiB 64 allow 1: lower a maximum, or set maxCpu to 32 and maxMemoryGiB to 128"}},
		{"a daemon that fits beside", withDaemon("540m"), renders(8, "1900m"), nil},
		{"a daemon that does not", withDaemon("541m"), renders(8, "1900m"), []string{
			"render.maxCpu: render 8 at 7 to a node take 2 nodes of 16 vCPUs and 64 GiB, 32 vCPUs and 128 GiB in all, " +
				"but maxCpu 16 and maxMemoryGiB 64 allow 1: lower a maximum, or set maxCpu to 32 and maxMemoryGiB to 128"}},
		{"surge needs a place", renderPool(16, 64), surge, nil},
		{"draining pods have theirs", renderPool(16, 64), draining, nil},
		{"and are in no sum", renderPool(16, 63), draining, []string{
			"render.maxMemoryGiB: render 8 at 8 to a node take 1 node of 16 vCPUs and 64 GiB, 16 vCPUs and 64 GiB in all, " +
				"but maxCpu 16 and maxMemoryGiB 63 allow 0: lower a maximum, or set maxMemoryGiB to 64"}},
		{"a pod larger than a node", renderPool(64, 256), renders(1, "16"), []string{
			"render: a pod of render asks for 16 CPU and 4Gi memory, but the largest node, of 16 vCPUs and 64 GiB with 200 GiB of disk, " +
				"has room for 15740m, 57691Mi and 179Gi: ask for less, or allow larger nodes"}},
		{"nothing runs there", renderPool(16, 64), nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, problems := NodePools([]NodePool{c.pool}, c.workloads)
			assert.Equal(t, c.want, texts(problems))
		})
	}
}

func mixed(api int) []Workload {
	return []Workload{
		{Name: "api", Pool: "general", Pod: pod("250m", "512Mi"), MaxReplicas: api},
		{Name: "transcription", Pool: "general", Pod: pod("1500m", "2Gi"), MaxReplicas: 3},
	}
}

func TestGeneralPoolAtTheEdge(t *testing.T) {
	for _, c := range []struct {
		name string
		pool NodePool
		api  int
		want []string
	}{
		// On 8 vCPUs and 32 GiB, 12 of 31 and 3 of 5 are 0.99 of a node.
		{"one node", generalPool(8, 32), 12, nil},
		{"a pod more", generalPool(8, 32), 13, []string{
			"general.maxCpu: api 13 at 7 to a node, transcription 3 at 1 to a node take 5 nodes of 2 vCPUs and 8 GiB, 10 vCPUs and 40 GiB in all, " +
				"but maxCpu 8 and maxMemoryGiB 32 allow 4: lower a maximum, or set maxCpu to 10 and maxMemoryGiB to 40"}},
		{"what that proposes", generalPool(10, 40), 13, nil},
		{"two nodes of 8 vCPUs and 16 GiB", generalPool(16, 32), 13, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, problems := NodePools([]NodePool{c.pool}, mixed(c.api))
			assert.Equal(t, c.want, texts(problems))
		})
	}
}

// The cheapest kind of node that will do is the one to be shown, and memory bounds as CPU does.
func TestTheKindOfNodeThatFits(t *testing.T) {
	hungry := []Workload{{Name: "cache", Pool: "general", Pod: pod("100m", "12Gi"), MaxReplicas: 4}}
	uses, problems := NodePools([]NodePool{generalPool(8, 64)}, hungry)
	assert.Empty(t, problems)
	assert.Equal(t, []Use{{Name: "general nodes", Used: 8, Limit: 8, Unit: "vCPUs"}}, uses)

	_, problems = NodePools([]NodePool{generalPool(8, 63)}, hungry)
	assert.Len(t, problems, 1)
	assert.Contains(t, problems[0].Path, "general.max")
}

func TestPoolsDoNotLendToEachOther(t *testing.T) {
	uses, problems := NodePools([]NodePool{generalPool(8, 32), renderPool(16, 64)}, append(renders(9, "1900m"), mixed(12)...))
	assert.Len(t, problems, 1)
	assert.Equal(t, "render.maxCpu", problems[0].Path)
	assert.Equal(t, []Use{
		{Name: "general nodes", Used: 8, Limit: 8, Unit: "vCPUs"},
		{Name: "render nodes", Used: 32, Limit: 16, Unit: "vCPUs"},
	}, uses)
}

func TestPoolsThatCannotBeJudged(t *testing.T) {
	odd := renderPool(16, 64)
	odd.Families = []string{"m7i", "x2gd"}
	_, problems := NodePools([]NodePool{odd}, renders(1, "1"))
	assert.Equal(t, []string{"render.families: how much memory x2gd has is not known here: use c, m or r families from the fifth generation on, or g4dn, g5, g6, g6e, gr6"},
		texts(problems))

	_, problems = NodePools([]NodePool{generalPool(8, 32)}, renders(1, "1"))
	assert.Equal(t, []string{"render: is the pool render runs on, and there is none of that name"}, texts(problems))
}
