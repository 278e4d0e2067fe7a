package budget

import (
	"fmt"
	"slices"
	"strings"

	"coffee-platform/internal/problem"
)

// What a new account may run (https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-quotas.html); AWS raises
// both on request.
const (
	DefaultStandardVCPUs = 5
	DefaultGPUVCPUs      = 0
)

// AccountQuotas are how many vCPUs of on-demand instances the account may run in the region: its applied quotas,
// less what other things run there.
type AccountQuotas struct {
	// StandardVCPUs is quota L-1216C47A, "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances".
	StandardVCPUs int
	// GPUVCPUs is quota L-DB2E81BA, "Running On-Demand G and VT instances".
	GPUVCPUs int
}

// quotaClass is a quota and the families that count against it.
type quotaClass struct {
	setting, code, name string
	// kinds are the letters a family's name begins with.
	kinds []string
	limit func(AccountQuotas) int
}

var quotaClasses = []quotaClass{
	{
		setting: "standardVcpus", code: "L-1216C47A",
		name:  "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances",
		kinds: []string{"a", "c", "d", "h", "i", "im", "is", "m", "r", "t", "z"},
		limit: func(q AccountQuotas) int { return q.StandardVCPUs },
	},
	{
		setting: "gpuVcpus", code: "L-DB2E81BA",
		name:  "Running On-Demand G and VT instances",
		kinds: []string{"g", "gr", "vt"},
		limit: func(q AccountQuotas) int { return q.GPUVCPUs },
	},
}

// VCPUs holds what all node pools together may run, to the account's quotas. A pool may run one node beyond its
// limits: a node that is replaced goes when its replacement has come, and Karpenter does not count it against the
// limits while it looks for one (SimulateScheduling in pkg/controllers/disruption/helpers.go of
// sigs.k8s.io/karpenter); the pools' disruption budgets are one node. Paths are relative to the settings of the
// quotas: standardVcpus, gpuVcpus.
func VCPUs(quotas AccountQuotas, pools []NodePool) ([]Use, problem.List) {
	var uses []Use
	var problems problem.List
	for _, class := range quotaClasses {
		sum, limit := 0, class.limit(quotas)
		var terms []string
		for _, pool := range pools {
			if class.counts(pool) {
				replacement := slices.Max(pool.CPUs)
				sum += pool.MaxCPU + replacement
				terms = append(terms, fmt.Sprintf("%s (%d + %d for a node being replaced)", pool.Name, pool.MaxCPU, replacement))
			}
		}
		if sum == 0 {
			continue
		}
		uses = append(uses, Use{Name: "EC2 quota " + class.code, Used: sum, Limit: limit, Unit: "vCPUs"})
		if sum > limit {
			problems.Add(class.setting, "the node pools may run %s = %d vCPUs, but the account's quota is %d (%s, %s): have it raised to %d, or lower maxCpu",
				strings.Join(terms, " + "), sum, limit, class.code, class.name, sum)
		}
	}
	return uses, problems
}

// counts tells whether the pool may launch instances that count against the quota.
func (c quotaClass) counts(pool NodePool) bool {
	for _, family := range pool.Families {
		parts := familyParts.FindStringSubmatch(family)
		for _, kind := range c.kinds {
			if parts != nil && parts[1] == kind {
				return true
			}
		}
	}
	return false
}
