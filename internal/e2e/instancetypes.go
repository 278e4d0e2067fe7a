package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// family is an EC2 instance family, each size of which has the same price and memory for a vCPU.
type family struct {
	dollarsPerCPUHour float64
	gibPerCPU         int
}

// families are those the node pools name. Prices: us-east-1, Linux, on demand, July 2026
// (https://github.com/aws/karpenter-provider-aws/blob/main/pkg/providers/pricing/zz_generated.pricing_aws.go).
var families = map[string]family{
	"c6a": {0.6120 / 16, 2}, "c7a": {0.82112 / 16, 2}, "c7i": {0.7140 / 16, 2},
	"m6a": {0.6912 / 16, 4}, "m6i": {0.7680 / 16, 4}, "m7a": {0.92736 / 16, 4}, "m7i": {0.8064 / 16, 4},
	"r6a": {0.9072 / 16, 8}, "r7a": {1.2172 / 16, 8}, "r7i": {1.0584 / 16, 8},
}

// sizes are vCPUs, by the name of the size.
var sizes = map[string]int{"large": 2, "xlarge": 4, "2xlarge": 8, "4xlarge": 16}

const (
	// podsPerNode is how many pods Auto Mode puts on a node at most
	// (https://docs.aws.amazon.com/eks/latest/userguide/auto-networking.html).
	podsPerNode = 110
	// Of what EC2 says, 7.5 % of the memory is the hypervisor's and the kernel's
	// (https://karpenter.sh/docs/reference/settings/, VM_MEMORY_OVERHEAD_PERCENT), and the kubelet keeps 255 MiB,
	// 11 MiB for each pod and 100 MiB before it evicts
	// (https://github.com/awslabs/amazon-eks-ami/blob/main/nodeadm/internal/kubelet/config.go).
	memoryForPods = 1 - 0.075
	kubeletMemory = 255 + 11*podsPerNode + 100
	// Of a node's disk, the kubelet leaves a tenth and 1 GiB to itself (the same source).
	diskForPods     = 0.9
	kubeletDisk     = 1
	reservedByKWOK  = 10 // MiB, by Karpenter's KWOK cloud, of every node; and 100 m of CPU, as much as the kubelet of 16 vCPUs
	onDemand        = "on-demand"
	zoneLabel       = "topology.kubernetes.io/zone"
	capacityLabel   = "karpenter.sh/capacity-type"
	requirementIsIn = "In"
)

type instanceType struct {
	Name             string            `json:"name"`
	Architecture     string            `json:"architecture"`
	OperatingSystems []string          `json:"operatingSystems"`
	Resources        map[string]string `json:"resources"`
	Offerings        []offering        `json:"offerings"`
}

type offering struct {
	Price        float64
	Available    bool
	Requirements []requirement
}

type requirement struct {
	Key      string   `json:"key"`
	Operator string   `json:"operator"`
	Values   []string `json:"values"`
}

// instanceTypesFile is the table as Karpenter's KWOK cloud reads it: every size of every family in every zone,
// with the memory and disk that is left for pods. Disks are in GiB, by the vCPUs of an instance.
func instanceTypesFile(zones []string, disks map[int]int) (string, error) {
	var types []instanceType
	for _, name := range slices.Sorted(maps.Keys(families)) {
		f := families[name]
		for _, size := range slices.Sorted(maps.Keys(sizes)) {
			cpus := sizes[size]
			if disks[cpus] == 0 {
				continue // no pool launches it
			}
			memory := int(float64(cpus*f.gibPerCPU*1024)*memoryForPods) - kubeletMemory + reservedByKWOK
			t := instanceType{
				Name: name + "." + size, Architecture: "amd64", OperatingSystems: []string{"linux"},
				Resources: map[string]string{
					"cpu": fmt.Sprint(cpus), "memory": fmt.Sprintf("%dMi", memory), "pods": fmt.Sprint(podsPerNode),
					"ephemeral-storage": fmt.Sprintf("%dGi", int(float64(disks[cpus])*diskForPods)-kubeletDisk),
				},
			}
			for _, zone := range zones {
				t.Offerings = append(t.Offerings, offering{
					Price: f.dollarsPerCPUHour * float64(cpus), Available: true,
					Requirements: []requirement{{capacityLabel, requirementIsIn, []string{onDemand}}, {zoneLabel, requirementIsIn, []string{zone}}},
				})
			}
			types = append(types, t)
		}
	}
	text, err := json.MarshalIndent(types, "", "  ")
	if err != nil {
		return "", fmt.Errorf("writing the table of instance types: %w", err)
	}
	return string(text), nil
}
