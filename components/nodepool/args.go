package nodepool

import (
	"regexp"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/internal/problem"
)

// Args describe a node pool. Plain values decide what is created, inputs come from other resources.
type Args struct {
	// PoolName is the name of the NodePool and of its NodeClass.
	PoolName string
	// Dedicated keeps everything off the pool's nodes that does not tolerate their taint, and denies pods
	// on them all traffic that no network policy allows.
	Dedicated bool
	// Families are the EC2 instance families to choose from ("m7i"); the cheapest that fits wins.
	Families []string
	// CPUs are the sizes to choose from, in vCPUs.
	CPUs []int
	// MaxCPU and MaxMemoryGiB are what all nodes together may grow to, in vCPUs and GiB. There is no
	// minimum: a pool without pods has no nodes.
	MaxCPU       int
	MaxMemoryGiB int
	// MaxGPUs is how many NVIDIA GPUs all nodes together may have; 0 is a pool without GPUs.
	MaxGPUs int
	// DiskGiB is a node's ephemeral storage, in GiB.
	DiskGiB int
	// OnlyWhenEmpty takes nodes away only when nothing runs on them; otherwise pods are moved together to
	// save nodes.
	OnlyWhenEmpty bool
	// DrainMinutes is how long an expiring node waits for its pods, in minutes: longer than any of them
	// may take to stop.
	DrainMinutes int
	// Tags are put on what the pool launches: instances, volumes, network interfaces.
	Tags map[string]string

	// NodeRole is the name of the IAM role of the nodes.
	NodeRole pulumi.StringInput
	// KeyARN is the KMS key that encrypts their disks.
	KeyARN pulumi.StringInput
	// SubnetIDs and SecurityGroupID place them.
	SubnetIDs       pulumi.StringArrayInput
	SecurityGroupID pulumi.StringInput
	// Access is what lets nodes do their work and join the cluster: it is there before the first of them,
	// and until the last of them is gone.
	Access []pulumi.Resource
}

// Bounds of what makes sense.
const (
	// Auto Mode ends a node at 21 days whatever happens (https://docs.aws.amazon.com/eks/latest/userguide/automode.html);
	// what is left after expiry is the most a drain can be given.
	maxDrainMinutes = 24 * 60
	// The smallest disk that holds the system and one large image.
	minDiskGiB = 20
	// https://docs.aws.amazon.com/eks/latest/userguide/create-node-class.html
	maxDiskGiB = 59000
)

var (
	// poolName: a DNS label; AWS reserves "default" for node classes of its own
	// (https://docs.aws.amazon.com/eks/latest/userguide/create-node-class.html).
	poolName       = regexp.MustCompile(`^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)
	instanceFamily = regexp.MustCompile(`^[a-z]+\d+[a-z-]*$`)
)

// sizes are the vCPU counts that current families come in
// (https://docs.aws.amazon.com/ec2/latest/instancetypes/gp.html).
var sizes = []int{2, 4, 8, 16, 32, 48, 64, 96, 128, 192}

// Validate reports every problem of the plain arguments; paths are relative to them.
func (a *Args) Validate() problem.List {
	var problems problem.List
	if !poolName.MatchString(a.PoolName) || a.PoolName == "default" {
		problems.Add("name", "%q is not a pool name: a DNS label other than default", a.PoolName)
	}
	if len(a.Families) == 0 {
		problems.Add("families", "is empty: name instance families, such as m7i")
	}
	for _, family := range a.Families {
		if !instanceFamily.MatchString(family) {
			problems.Add("families", "%q is not an instance family: write one like m7i", family)
		}
	}
	if len(a.CPUs) == 0 {
		problems.Add("cpus", "is empty: name sizes in vCPUs, such as 16")
	}
	for _, cpus := range a.CPUs {
		if !slices.Contains(sizes, cpus) {
			problems.Add("cpus", "no instance has %d vCPUs: use some of %v", cpus, sizes)
		}
	}
	if largest := slices.Max(append([]int{1}, a.CPUs...)); a.MaxCPU < largest {
		problems.Add("maxCpu", "%d vCPUs cannot hold one node of %d: use at least %d", a.MaxCPU, largest, largest)
	}
	if a.MaxMemoryGiB < 2*a.MaxCPU {
		problems.Add("maxMemoryGiB", "%d GiB is reached before %d vCPUs are: no instance has less than 2 GiB per vCPU, use at least %d",
			a.MaxMemoryGiB, a.MaxCPU, 2*a.MaxCPU)
	}
	if a.MaxGPUs < 0 {
		problems.Add("maxGpus", "%d is negative: use 0 for a pool without GPUs", a.MaxGPUs)
	}
	if a.DiskGiB < minDiskGiB || a.DiskGiB > maxDiskGiB {
		problems.Add("diskGiB", "%d is outside %d to %d GiB", a.DiskGiB, minDiskGiB, maxDiskGiB)
	}
	if a.DrainMinutes < 1 || a.DrainMinutes > maxDrainMinutes {
		problems.Add("drainMinutes", "%d is outside 1 to %d minutes", a.DrainMinutes, maxDrainMinutes)
	}
	return problems
}
