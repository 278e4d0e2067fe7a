package workload

import (
	"cmp"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"k8s.io/apimachinery/pkg/api/resource"

	"coffee-platform/internal/problem"
)

// Resources are what a container gets, as Kubernetes quantities ("500m", "512Mi").
type Resources struct {
	// CPU and Memory are what the scheduler sets aside.
	CPU    string
	Memory string
	// MemoryLimit is where the kernel kills the container; a Guaranteed pod's is its Memory.
	MemoryLimit string
	// CPULimit bounds the CPU of a Burstable container that must not disturb its neighbours; "" is no bound,
	// because idle CPU that nobody may use helps nobody. A Guaranteed pod's is its CPU.
	CPULimit string
	// EphemeralStorage is the disk it may write, logs and emptyDirs included; "" is bounded by the size of its
	// emptyDirs alone.
	EphemeralStorage string
}

// Validate reports every problem of the resources of a container in a pod of a class; paths are relative to them.
func (r Resources) Validate(class Class) problem.List {
	var problems problem.List
	cpu, cpuOK := positiveQuantity(&problems, "cpu", r.CPU)
	memory, memoryOK := positiveQuantity(&problems, "memory", r.Memory)
	switch class {
	case Guaranteed:
		if r.MemoryLimit != "" && r.MemoryLimit != r.Memory {
			problems.Add("memoryLimit", "%s differs from memory %s: a guaranteed pod's limit is its memory, leave it out", r.MemoryLimit, r.Memory)
		}
		if r.CPULimit != "" && r.CPULimit != r.CPU {
			problems.Add("cpuLimit", "%s differs from cpu %s: a guaranteed pod's limit is its cpu, leave it out", r.CPULimit, r.CPU)
		}
	case Burstable:
		limit, limitOK := positiveQuantity(&problems, "memoryLimit", r.MemoryLimit)
		if memoryOK && limitOK && limit.Cmp(memory) < 0 {
			problems.Add("memoryLimit", "%s is below memory %s: no pod could run", r.MemoryLimit, r.Memory)
		}
		if r.CPULimit != "" {
			limit, limitOK := positiveQuantity(&problems, "cpuLimit", r.CPULimit)
			if cpuOK && limitOK && limit.Cmp(cpu) < 0 {
				problems.Add("cpuLimit", "%s is below cpu %s: no pod could run", r.CPULimit, r.CPU)
			}
		}
	}
	if r.EphemeralStorage != "" {
		positiveQuantity(&problems, "ephemeralStorage", r.EphemeralStorage)
	}
	return problems
}

func positiveQuantity(problems *problem.List, path, text string) (resource.Quantity, bool) {
	quantity, err := resource.ParseQuantity(text)
	if err != nil || quantity.Sign() <= 0 {
		problems.Add(path, "%q is not a positive Kubernetes quantity: write one like 500m or 512Mi", text)
		return resource.Quantity{}, false
	}
	return quantity, true
}

// requirements are requests and limits by class.
func (r Resources) requirements(class Class) *corev1.ResourceRequirementsArgs {
	requests := pulumi.StringMap{"cpu": pulumi.String(r.CPU), "memory": pulumi.String(r.Memory)}
	limits := pulumi.StringMap{"memory": pulumi.String(cmp.Or(r.MemoryLimit, r.Memory))}
	switch {
	case class == Guaranteed:
		limits["cpu"] = pulumi.String(r.CPU)
	case r.CPULimit != "":
		limits["cpu"] = pulumi.String(r.CPULimit)
	}
	if r.EphemeralStorage != "" {
		requests["ephemeral-storage"] = pulumi.String(r.EphemeralStorage)
		limits["ephemeral-storage"] = pulumi.String(r.EphemeralStorage)
	}
	return &corev1.ResourceRequirementsArgs{Requests: requests, Limits: limits}
}
