package budget

import (
	"fmt"
	"regexp"
	"strconv"
)

const mib = 1 << 20

// shape is a kind of node a pool may launch.
type shape struct {
	// cpus and memoryGiB are what it is sold as, and counts against a pool's limits.
	cpus, memoryGiB int
}

func (s shape) String() string { return fmt.Sprintf("%d vCPUs and %d GiB", s.cpus, s.memoryGiB) }

// room is what pods may ask for on a node.
type room struct {
	milliCPU, memoryBytes, storageBytes int64
	pods                                int64
}

// What a node of EKS Auto Mode keeps for itself. AWS publishes none of it: the formulas are those Karpenter
// predicts a node's room with (pkg/providers/instancetype/types.go of github.com/aws/karpenter-provider-aws,
// August 2026), and one node seen by others is the check: 8 vCPUs and 32 GiB had 7760m, 29.6 GiB and, of 49.9 GiB
// of disk, 43.9 GiB (https://github.com/aws-samples/appmod-blueprints/pull/235), where these give 7760m, 28.1 and
// 43.9.
const (
	// vmMemoryPerMille is what the hypervisor and firmware take of the memory sold.
	vmMemoryPerMille = 75
	// kubeletMemoryMiB and kubeletMemoryPerPodMiB are reserved for kubelet and container runtime.
	kubeletMemoryMiB, kubeletMemoryPerPodMiB = 255, 11
	// evictionMemoryMiB is where the kubelet begins to evict; evictionStoragePercent likewise.
	evictionMemoryMiB, evictionStoragePercent = 100, 10
	kubeletStorageGiB                         = 1
	// systemMilliCPU is what that node lacked beyond Karpenter's formula: Auto Mode's daemons, which are no pods.
	systemMilliCPU = 150
	// maxPods is Auto Mode's bound for every node (https://docs.aws.amazon.com/eks/latest/userguide/create-node-class.html).
	maxPods = 110
)

// reservedPods is for how many pods a node reserves memory: as many as its network interfaces could serve, which
// by size are these at most (https://github.com/awslabs/amazon-eks-ami/blob/main/templates/shared/runtime/eni-max-pods.txt),
// or as many as it may have, whichever is more.
func reservedPods(cpus int) int64 {
	switch {
	case cpus < 16:
		return maxPods
	case cpus < 64:
		return 234
	default:
		return 737
	}
}

// kubeletMilliCPU is reserved for kubelet and container runtime: 6 % of the first vCPU, 1 % of the second, half a
// percent of the two after that, a quarter of a percent of the rest.
func kubeletMilliCPU(cpus int) int64 {
	var sum int64 // in hundred-thousandths of a vCPU
	for i := range cpus {
		switch {
		case i == 0:
			sum += 6000
		case i == 1:
			sum += 1000
		case i < 4:
			sum += 500
		default:
			sum += 250
		}
	}
	return sum / 100
}

// room is what is left for pods on a node with diskGiB of ephemeral storage after one pod of each daemon.
func (s shape) room(diskGiB int, daemons []Pod) room {
	memoryMiB := int64(s.memoryGiB) * gib / mib
	memoryMiB -= (memoryMiB*vmMemoryPerMille + 999) / 1000
	memoryMiB -= kubeletMemoryMiB + kubeletMemoryPerPodMiB*reservedPods(s.cpus) + evictionMemoryMiB
	left := room{
		milliCPU:     int64(s.cpus)*1000 - kubeletMilliCPU(s.cpus) - systemMilliCPU,
		memoryBytes:  memoryMiB * mib,
		storageBytes: int64(diskGiB)*gib/100*(100-evictionStoragePercent) - kubeletStorageGiB*gib,
		pods:         maxPods,
	}
	for _, d := range daemons {
		left.milliCPU -= d.CPU.MilliValue()
		left.memoryBytes -= d.Memory.Value()
		left.storageBytes -= d.EphemeralStorage.Value()
		left.pods--
	}
	return left
}

// holds is how many equal pods there is room for.
func (r room) holds(p Pod) int64 {
	count := r.pods
	for _, resource := range [][2]int64{
		{r.milliCPU, p.CPU.MilliValue()},
		{r.memoryBytes, p.Memory.Value()},
		{r.storageBytes, p.EphemeralStorage.Value()},
	} {
		if have, asked := resource[0], resource[1]; asked > 0 {
			count = min(count, have/asked)
		}
	}
	return max(count, 0)
}

var familyParts = regexp.MustCompile(`^([a-z]+)(\d+)([a-z-]*)$`)

// memoryPerCPU is how many GiB of memory the instances of a family have for each vCPU
// (https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-types.html). It knows the c, m and r families
// from the fifth generation on, and those with the GPUs that Auto Mode takes for graphics; all have the same at
// every size. Network-optimized c5n has more than said here.
func memoryPerCPU(family string) (int, bool) {
	parts := familyParts.FindStringSubmatch(family)
	if parts == nil {
		return 0, false
	}
	generation, err := strconv.Atoi(parts[2])
	if err != nil {
		return 0, false
	}
	switch kind := parts[1]; {
	case kind == "c" && generation >= 5:
		return 2, true
	case kind == "m" && generation >= 5:
		return 4, true
	case kind == "r" && generation >= 5:
		return 8, true
	case family == "g4dn" || family == "g5" || family == "g6":
		return 4, true
	case family == "g6e" || family == "gr6":
		return 8, true
	}
	return 0, false
}
