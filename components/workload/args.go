package workload

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"k8s.io/apimachinery/pkg/util/validation"

	"coffee-platform/components/externalsecret"
	"coffee-platform/components/networkpolicy"
	"coffee-platform/internal/problem"
)

// Args describe a workload. Plain values decide what is created, inputs come from other resources.
type Args struct {
	// AppName is the name of the Deployment, the Service and the service account: a DNS label.
	AppName string
	// Component says what part the workload plays, for the label app.kubernetes.io/component: who calls whom
	// is declared by it.
	Component string
	// Container is what runs, named AppName. It is the first to be told to stop.
	Container Container
	// Sidecar, if there is one, starts before the container and is told to stop only once that has ended
	// (https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/).
	Sidecar *Container
	// Replicas is how many pods run. With MaxReplicas, an autoscaler decides, between the two; 0 only then.
	Replicas    int
	MaxReplicas int
	// MaxUnavailable is how many pods fewer a rollout may leave while it replaces them one by one.
	MaxUnavailable int
	// Class is the pod's quality of service.
	Class Class
	// NodePool is the dedicated node pool whose nodes it runs on, and no other; nil is any without a taint.
	NodePool *Pool
	// DoNotDisrupt has a node wait for the pod before it is taken to save money.
	DoNotDisrupt bool
	// Headless has the Service's name lead to the pods themselves, for clients that choose among them.
	Headless bool
	// HostAliases are names that the pod's containers find at the addresses given, whatever the name server says.
	HostAliases map[string]string
	// DrainSeconds is how long the container may take to finish what it has begun, in seconds.
	DrainSeconds int
	// Place is where it runs, and what is around it.
	Place
}

// Place is where pods run, and what is around them: what an environment gives to everything that runs in it.
type Place struct {
	// Priority names the PriorityClass: who is moved for whom when nodes are full.
	Priority string
	// Rules say who may call the pods, and whom they may call besides the cluster's name server.
	Rules networkpolicy.Rules
	// PreStopSeconds is how long a pod that is called goes on serving after it was told to stop, in seconds, while
	// those who call it learn that it is leaving; 0 is the 5 that pods of the cluster take.
	PreStopSeconds int

	// Namespace is where they run.
	Namespace pulumi.StringInput
	// After are the resources after which they can run: nodes to run on, the identity they run with.
	After []pulumi.Resource
	// Environment are plain settings that the container of the product gets as environment variables, next to its
	// own.
	Environment pulumi.StringMap
	// Secrets are those it gets from Secrets Manager, by name; SecretStore is the store they are read through.
	Secrets     map[string]externalsecret.Ref
	SecretStore pulumi.StringInput
}

// Pool is a dedicated node pool.
type Pool struct {
	// Name is the value of its nodes' Label.
	Name  string
	Label string
	// TaintKey is the key of its nodes' taint, whose value is "true" and whose effect NoSchedule.
	TaintKey string
}

// Container is a container of the pod.
type Container struct {
	// ContainerName is its name; "" is the workload's.
	ContainerName string
	// Image is the container image, by digest: "registry/name@sha256:…".
	Image string
	// Command runs instead of what the image starts; none is that.
	Command []string
	// Port is the port it listens on; 0 is none. The workload's Service offers that of its first container.
	Port int
	// Resources are what it gets.
	Resources Resources
	// Health tells whether it can do its work, dependencies included: its readiness, and the start of a sidecar.
	Health Probe
	// Liveness tells whether its process works, and touches nothing else: a probe that asked the database would
	// restart every pod at once when the database is slow. It tells that the process has started, too.
	Liveness Probe
	// StartupSeconds is how long it may take to start, in seconds.
	StartupSeconds int
	// Unprobed is a sidecar that nobody can ask how it is, because it listens to its own pod alone, and that ends
	// when it does not work.
	Unprobed bool
	// WritablePaths are directories it may write to, each an emptyDir with its size limit ("64Mi").
	WritablePaths map[string]string
	// Files are what is in FilesPath, read-only, by name.
	FilesPath string
	Files     map[string]string

	// Environment are plain settings it gets as environment variables. Secrets do not belong here.
	Environment pulumi.StringMap
}

// Probe asks a container how it is: by HTTP on its port, where Path is set; by a command, where Command is; by a
// connection to its port otherwise.
type Probe struct {
	Path    string
	Command []string
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

// Validate reports every problem of the plain arguments; paths are relative to them.
func (a *Args) Validate() problem.List {
	var problems problem.List
	validateName(&problems, a.AppName)
	if a.Class != Guaranteed && a.Class != Burstable {
		problems.Add("class", "%q is not a class: use guaranteed or burstable", a.Class)
	}
	problems.AddUnder("", a.Container.validateProbed(a.Class))
	if a.Sidecar != nil {
		validate := a.Sidecar.validateProbed
		if a.Sidecar.Unprobed {
			validate = a.Sidecar.validate
		}
		problems.AddUnder(a.Sidecar.ContainerName, validate(a.Class))
	}
	switch {
	case a.MaxReplicas == 0 && a.Replicas < 1:
		problems.Add("replicas", "%d runs nothing: use at least 1", a.Replicas)
	case a.Replicas < 0:
		problems.Add("replicas", "%d is negative: use 0 or more", a.Replicas)
	case a.MaxReplicas != 0 && a.MaxReplicas < max(a.Replicas, 1):
		problems.Add("maxReplicas", "%d is below the %d there are at least", a.MaxReplicas, max(a.Replicas, 1))
	}
	if a.MaxUnavailable < 0 {
		problems.Add("maxUnavailable", "%d is negative: use 0 or more", a.MaxUnavailable)
	}
	if a.DrainSeconds < 0 {
		problems.Add("drainSeconds", "%d is negative: use 0 or more", a.DrainSeconds)
	}
	if a.PreStopSeconds < 0 {
		problems.Add("preStopSeconds", "%d is negative: use 0 or more", a.PreStopSeconds)
	}
	problems.AddUnder("rules", a.Rules.Validate())
	return problems
}

func validateName(problems *problem.List, name string) {
	if len(validation.IsDNS1035Label(name)) > 0 {
		problems.Add("name", "%q is not a DNS label: lower-case letters, digits and -, at most 63", name)
	}
}

// containers are all there are, by the order in which they start.
func (a *Args) containers() []*Container {
	if a.Sidecar != nil {
		return []*Container{a.Sidecar, &a.Container}
	}
	return []*Container{&a.Container}
}

// GraceSeconds is how long the kubelet waits before it kills.
func (a *Args) GraceSeconds() int { return graceSeconds(a.preStopSeconds(), a.DrainSeconds) }

// preStopSeconds is how long a pod goes on serving after it was told to stop: only what is called has to.
func (a *Args) preStopSeconds() int {
	if a.Container.Port == 0 {
		return 0
	}
	return cmp.Or(a.PreStopSeconds, PreStopSeconds)
}

// most is how many pods there can be.
func (a *Args) most() int { return max(a.Replicas, a.MaxReplicas) }

// With are the place's settings and more: what a container of the product gets.
func (p Place) With(more pulumi.StringMap) pulumi.StringMap {
	all := maps.Clone(p.Environment)
	if all == nil {
		all = pulumi.StringMap{}
	}
	maps.Copy(all, more)
	return all
}

// URL is where other pods reach a Service of the product's: the one definition of such URLs.
func URL(app, namespace string, port int) string {
	return "http://" + app + "." + namespace + ".svc.cluster.local:" + strconv.Itoa(port)
}

func (c *Container) writablePaths() []string { return slices.Sorted(maps.Keys(c.WritablePaths)) }
