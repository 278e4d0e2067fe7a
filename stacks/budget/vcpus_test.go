package budget

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestVCPUsAtTheEdge(t *testing.T) {
	gpu := NodePool{Name: "gpu", Families: []string{"g6", "g5"}, CPUs: []int{4, 8}, MaxCPU: 16, MaxMemoryGiB: 64}
	pools := []NodePool{generalPool(32, 128), renderPool(64, 256)}
	for _, c := range []struct {
		name   string
		quotas AccountQuotas
		pools  []NodePool
		want   []string
	}{
		{"fits exactly", AccountQuotas{StandardVCPUs: 120}, pools, nil},
		{"one too few", AccountQuotas{StandardVCPUs: 119}, pools, []string{
			"standardVcpus: the node pools may run general (32 + 8 for a node being replaced) + render (64 + 16 for a node being replaced) = 120 vCPUs, " +
				"but the account's quota is 119 (L-1216C47A, Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances): have it raised to 120, or lower maxCpu"}},
		{"a new account", AccountQuotas{StandardVCPUs: DefaultStandardVCPUs}, []NodePool{generalPool(8, 32)}, []string{
			"standardVcpus: the node pools may run general (8 + 8 for a node being replaced) = 16 vCPUs, " +
				"but the account's quota is 5 (L-1216C47A, Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances): have it raised to 16, or lower maxCpu"}},
		{"GPUs have a quota of their own", AccountQuotas{StandardVCPUs: 120, GPUVCPUs: 24}, append(pools, gpu), nil},
		{"GPUs, one too few", AccountQuotas{StandardVCPUs: 120, GPUVCPUs: 23}, append(pools, gpu), []string{
			"gpuVcpus: the node pools may run gpu (16 + 8 for a node being replaced) = 24 vCPUs, " +
				"but the account's quota is 23 (L-DB2E81BA, Running On-Demand G and VT instances): have it raised to 24, or lower maxCpu"}},
		{"without a GPU pool none is needed", AccountQuotas{StandardVCPUs: 120, GPUVCPUs: DefaultGPUVCPUs}, pools, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, problems := VCPUs(c.quotas, c.pools)
			assert.Equal(t, c.want, texts(problems))
		})
	}
}

func TestVCPUsInUse(t *testing.T) {
	uses, _ := VCPUs(AccountQuotas{StandardVCPUs: 256}, []NodePool{generalPool(32, 128), renderPool(64, 256)})
	assert.Equal(t, []Use{{Name: "EC2 quota L-1216C47A", Used: 120, Limit: 256, Unit: "vCPUs"}}, uses)
}
