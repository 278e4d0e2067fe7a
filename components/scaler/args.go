package scaler

import (
	"regexp"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"k8s.io/apimachinery/pkg/util/validation"

	"coffee-platform/internal/problem"
)

// Args describe how a Deployment is scaled. Plain values decide what is created, inputs come from other
// resources.
type Args struct {
	// TargetName is the name of the Deployment, and of what scales it: a DNS label.
	TargetName string
	// Min and Max are how many pods run at least and at most. Min is 0 only for what is scaled by queues alone,
	// as no pod uses CPU and no request arrives while none runs, and whose messages others consume: those that are to be
	// sent again later move into the queue, where they are counted, by a consumer that runs.
	Min, Max int
	// Queues, CPU and Requests are by what it is scaled; at least one is set.
	Queues   *Queues
	CPU      *CPU
	Requests *Requests
	// ScaleIn is how it gets fewer pods.
	ScaleIn ScaleIn

	// Namespace is where the Deployment is.
	Namespace pulumi.StringInput
	// Labels are the workload's.
	Labels pulumi.StringMapInput
	// After are the resources after which it can be scaled: KEDA, and the Deployment itself.
	After []pulumi.Resource
}

// Queues scale by the messages of Dramatiq queues, those that wait and those that are worked on.
type Queues struct {
	// Names are the queues' names.
	Names []string
	// PerPod is how many messages there are for each pod: as many as it works on at once.
	PerPod int

	// Address and Port are where Redis is. It is spoken to over TLS.
	Address pulumi.StringInput
	Port    int
	// SecretName and SecretKey are where its password is.
	SecretName pulumi.StringInput
	SecretKey  string
}

// CPU scales by the CPU that pods use.
type CPU struct {
	// Percent is how much of the CPU they ask for they use on average, in percent.
	Percent int
}

// Requests scale by what reaches the pods by way of an Application Load Balancer.
type Requests struct {
	// PerPod is how many requests there are for each pod, per minute.
	PerPod int
	// Region is where the load balancer is.
	Region string

	// LoadBalancer and TargetGroup are the ends of their ARNs that CloudWatch names them by:
	// app/name/50dc6c495c0c9188, targetgroup/name/943f017f100becff.
	LoadBalancer pulumi.StringInput
	TargetGroup  pulumi.StringInput
}

// ScaleIn is how pods are taken away: after WindowSeconds in which fewer were enough all the time, one in
// every PodSeconds.
type ScaleIn struct {
	// WindowSeconds is in seconds, 0 to 3600.
	WindowSeconds int
	// PodSeconds is in seconds, 1 to 1800.
	PodSeconds int
}

// Bounds of the API
// (https://kubernetes.io/docs/reference/kubernetes-api/autoscaling/horizontal-pod-autoscaler-v2/).
const (
	maxWindowSeconds = 3600
	maxPodSeconds    = 1800
)

// queueName is what Dramatiq takes (https://github.com/Bogdanp/dramatiq, dramatiq/actor.py).
var queueName = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9._-]*$`)

// Validate reports every problem of the plain arguments; paths are relative to them.
func (a *Args) Validate() problem.List {
	var problems problem.List
	if len(validation.IsDNS1035Label(a.TargetName)) > 0 {
		problems.Add("name", "%q is not a DNS label: lower-case letters, digits and -, at most 63", a.TargetName)
	}
	if a.Queues == nil && a.CPU == nil && a.Requests == nil {
		problems.Add("", "nothing says how many pods there have to be: set queues, cpu or requests")
	}
	switch {
	case a.Min < 0:
		problems.Add("min", "%d is negative: use 0 or more", a.Min)
	case a.Min == 0 && (a.Queues == nil || a.CPU != nil || a.Requests != nil):
		problems.Add("min", "0 pods use no CPU and get no requests, so that none would ever run again: use at least 1, or queues alone")
	}
	if a.Max < max(a.Min, 1) {
		problems.Add("max", "%d is below min %d, or below 1", a.Max, a.Min)
	}
	if a.Queues != nil {
		problems.AddUnder("queues", a.Queues.validate())
	}
	if a.CPU != nil && (a.CPU.Percent < 1 || a.CPU.Percent > 100) {
		problems.Add("cpu.percent", "%d is outside 1 to 100: above, pods would have to be throttled or starve others before there are more", a.CPU.Percent)
	}
	if a.Requests != nil {
		problems.AddUnder("requests", a.Requests.validate())
	}
	if a.ScaleIn.WindowSeconds < 0 || a.ScaleIn.WindowSeconds > maxWindowSeconds {
		problems.Add("scaleIn.windowSeconds", "%d is outside 0 to %d", a.ScaleIn.WindowSeconds, maxWindowSeconds)
	}
	if a.ScaleIn.PodSeconds < 1 || a.ScaleIn.PodSeconds > maxPodSeconds {
		problems.Add("scaleIn.podSeconds", "%d is outside 1 to %d", a.ScaleIn.PodSeconds, maxPodSeconds)
	}
	return problems
}

func (q *Queues) validate() problem.List {
	var problems problem.List
	if len(q.Names) == 0 {
		problems.Add("names", "is empty: name queues")
	}
	for _, name := range q.Names {
		if !queueName.MatchString(name) {
			problems.Add("names", "%q is not the name of a queue: letters, digits, ., _ and -, a letter or _ first", name)
		}
	}
	if q.PerPod < 1 {
		problems.Add("perPod", "%d messages are no work for a pod: use at least 1", q.PerPod)
	}
	if q.Port < 1 || q.Port > 65535 {
		problems.Add("port", "%d is not a port", q.Port)
	}
	if q.SecretKey == "" {
		problems.Add("secretKey", "is empty: name what the password is called in its Secret")
	}
	return problems
}

func (r *Requests) validate() problem.List {
	var problems problem.List
	if r.PerPod < 1 {
		problems.Add("perPod", "%d requests are no work for a pod: use at least 1", r.PerPod)
	}
	if r.Region == "" {
		problems.Add("region", "is empty: name the region of the load balancer")
	}
	return problems
}
