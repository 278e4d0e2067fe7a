package workload

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"k8s.io/apimachinery/pkg/api/resource"

	"coffee-platform/internal/problem"
)

// Args describe a workload. Plain values decide what is created, inputs come from other resources.
type Args struct {
	// AppName is the name of the Deployment and the Service, and of the container: a DNS label.
	AppName string
	// Component says what part the workload plays, for the label app.kubernetes.io/component.
	Component string
	// Image is the container image, by digest: "registry/name@sha256:…".
	Image string
	// Port is the port the container listens on and the Service offers.
	Port int
	// Replicas is how many pods run.
	Replicas int
	// Resources are what each pod gets.
	Resources Resources
	// HealthPath answers 200 when the pod can do its work, dependencies included: its readiness.
	HealthPath string
	// StartupSeconds is how long the container may take to answer HealthPath for the first time, in seconds.
	StartupSeconds int
	// DrainSeconds is how long the container may take to finish what it has begun, in seconds.
	DrainSeconds int
	// WritablePaths are directories the container may write to, each an emptyDir with its size limit ("64Mi").
	WritablePaths map[string]string

	// Namespace is where the workload runs.
	Namespace pulumi.StringInput
	// After are the resources after which pods can run: nodes to run on, the identity they run with.
	After []pulumi.Resource
	// Environment are the plain settings the container gets as environment variables. Secrets do not belong here.
	Environment pulumi.StringMapInput
}

// Class is a pod's quality of service, which decides whom the kernel kills first
// (https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/). There is no BestEffort.
type Class string

const (
	// Guaranteed pods get what they ask for, no more and no less.
	Guaranteed Class = "guaranteed"
	// Burstable pods get what they ask for and may use idle CPU; memory is bounded.
	Burstable Class = "burstable"
)

// Resources are what a pod gets, as Kubernetes quantities ("500m", "512Mi").
type Resources struct {
	Class Class
	// CPU and Memory are what the scheduler sets aside.
	CPU    string
	Memory string
	// MemoryLimit is where the kernel kills the container; a Guaranteed pod's is its Memory.
	MemoryLimit string
}

var (
	dnsLabel = regexp.MustCompile(`^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)
	byDigest = regexp.MustCompile(`^[a-z0-9.-]+(:\d+)?(/[a-z0-9._-]+)+@sha256:[0-9a-f]{64}$`)
)

// Validate reports every problem of the plain arguments; paths are relative to them.
func (a *Args) Validate() problem.List {
	var problems problem.List
	if !dnsLabel.MatchString(a.AppName) {
		problems.Add("name", "%q is not a DNS label: lower-case letters, digits and -, at most 63", a.AppName)
	}
	if !byDigest.MatchString(a.Image) {
		problems.Add("image", "%q is not an image by digest: write registry/name@sha256:<64 hexadecimal digits>, because a tag can come to mean another image", a.Image)
	}
	if a.Port < 1024 || a.Port > 65535 {
		problems.Add("port", "%d is outside 1024 to 65535: below, a port takes a capability that no pod here has", a.Port)
	}
	if a.Replicas < 1 {
		problems.Add("replicas", "%d runs nothing: use at least 1", a.Replicas)
	}
	if !strings.HasPrefix(a.HealthPath, "/") {
		problems.Add("healthPath", "%q is not a path: start with /", a.HealthPath)
	}
	if a.StartupSeconds < 1 {
		problems.Add("startupSeconds", "%d gives the container no time to start: use at least 1", a.StartupSeconds)
	}
	if a.DrainSeconds < 0 {
		problems.Add("drainSeconds", "%d is negative: use 0 or more", a.DrainSeconds)
	}
	for _, path := range slices.Sorted(maps.Keys(a.WritablePaths)) {
		if !strings.HasPrefix(path, "/") {
			problems.Add(fmt.Sprintf("writablePaths[%s]", path), "is not an absolute path")
		}
		positiveQuantity(&problems, fmt.Sprintf("writablePaths[%s]", path), a.WritablePaths[path])
	}
	problems.AddUnder("resources", a.Resources.Validate())
	return problems
}

// Validate reports every problem of the resources; paths are relative to them.
func (r Resources) Validate() problem.List {
	var problems problem.List
	positiveQuantity(&problems, "cpu", r.CPU)
	memory, memoryOK := positiveQuantity(&problems, "memory", r.Memory)
	switch r.Class {
	case Guaranteed:
		if r.MemoryLimit != "" && r.MemoryLimit != r.Memory {
			problems.Add("memoryLimit", "%s differs from memory %s: a guaranteed pod's limit is its memory, leave it out", r.MemoryLimit, r.Memory)
		}
	case Burstable:
		limit, limitOK := positiveQuantity(&problems, "memoryLimit", r.MemoryLimit)
		if memoryOK && limitOK && limit.Cmp(memory) < 0 {
			problems.Add("memoryLimit", "%s is below memory %s: no pod could run", r.MemoryLimit, r.Memory)
		}
	default:
		problems.Add("class", "%q is not a class: use guaranteed or burstable", r.Class)
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
