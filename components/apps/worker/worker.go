// Package worker is the consumers of one Dramatiq queue, from the backend image: a Deployment for each queue, so
// that a long transcription holds up no notification, and each queue is scaled by its own length.
package worker

import (
	"fmt"
	"regexp"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/components/workload"
	"coffee-platform/internal/problem"
)

// What the backend image promises; docs/image-contract.md holds the promises with their reasons.
const (
	// startupSeconds covers imports, models that are loaded, and the first connections.
	startupSeconds = 120

	// heartbeat is the file that a worker touches every 15 seconds as long as it can consume. There is no HTTP
	// endpoint, and that Redis answers proves nothing about a worker.
	heartbeat = "/tmp/worker-heartbeat"

	// shutdownMarginSeconds is what a worker has beyond its last task to hand back what it has fetched and end
	// its processes.
	shutdownMarginSeconds = 60

	// minLongestTaskSeconds is Dramatiq's own time limit of a task, unless an actor says otherwise
	// (https://dramatiq.io/reference.html#dramatiq.middleware.TimeLimit), and its shutdown timeout.
	minLongestTaskSeconds = 600
)

// Args describe the consumers of a queue. Plain values decide what is created, inputs come from other resources.
type Args struct {
	// Queue is the name of the queue.
	Queue string
	// Image is the backend image, by digest.
	Image string
	// Module is the Python module whose broker and actors run: "app.worker".
	Module string
	// Processes is how many processes each pod runs, Threads how many tasks each of them works on at once.
	Processes int
	Threads   int
	// LongestTaskSeconds is how long a task may take, in seconds: a pod that is told to stop is given as long.
	LongestTaskSeconds int
	// MinReplicas is how many pods run at least: without any, delayed and orphaned messages stay where they are.
	// MaxReplicas is how many at most; 0 keeps MinReplicas.
	MinReplicas int
	MaxReplicas int
	// Resources are what each pod gets.
	Resources workload.Resources
	// Sidecar is what runs beside them, and HostAliases are names that they find at addresses of their own; see
	// workload.Args.
	Sidecar     *workload.Container
	HostAliases map[string]string
	// ScratchSize bounds what a pod writes to /tmp: "1Gi".
	ScratchSize string
	// Place is where it runs, and what is around it.
	workload.Place
}

var (
	queueName  = regexp.MustCompile(`^[a-z]([a-z0-9-]{0,40}[a-z0-9])?$`)
	moduleName = regexp.MustCompile(`^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*(:[A-Za-z_]\w*)?$`)
)

// Name is the name of the Deployment and service account of a queue's consumers.
func Name(queue string) string { return "worker-" + queue }

// Validate reports every problem of the plain arguments; paths are relative to them.
func (a *Args) Validate() problem.List {
	var problems problem.List
	if !queueName.MatchString(a.Queue) {
		problems.Add("queue", "%q is not a name: a lower-case letter, then letters, digits and -, at most 42", a.Queue)
	}
	if !moduleName.MatchString(a.Module) {
		problems.Add("module", "%q is not a Python module: write one like app.worker", a.Module)
	}
	if a.Processes < 1 {
		problems.Add("processes", "%d runs nothing: use at least 1", a.Processes)
	}
	if a.Threads < 1 {
		problems.Add("threads", "%d takes no task: use at least 1", a.Threads)
	}
	if a.LongestTaskSeconds < minLongestTaskSeconds {
		problems.Add("longestTaskMinutes", "%d is below %d, what Dramatiq gives every task", a.LongestTaskSeconds/60, minLongestTaskSeconds/60)
	}
	if a.MinReplicas < 1 {
		problems.Add("minReplicas", "%d leaves delayed and orphaned messages where they are: use at least 1", a.MinReplicas)
	}
	problems.AddUnder("", a.workload().Validate())
	return problems
}

// Slots is how many tasks a pod works on at once.
func (a *Args) Slots() int { return a.Processes * a.Threads }

// Connections is how many database connections a pod may have open: one for each task.
func (a *Args) Connections() int { return a.Slots() }

// AllResources are what the containers of a pod get.
func (a *Args) AllResources() []workload.Resources {
	all := []workload.Resources{a.Resources}
	if a.Sidecar != nil {
		all = append(all, a.Sidecar.Resources)
	}
	return all
}

// GraceSeconds is how long a pod may take to stop.
func (a *Args) GraceSeconds() int { return a.workload().GraceSeconds() }

func (a *Args) workload() *workload.Args {
	// Younger than a minute: four beats missed.
	alive := workload.Probe{Command: []string{"sh", "-c", `test -n "$(find ` + heartbeat + ` -mmin -1)"`}}
	return &workload.Args{
		AppName:        Name(a.Queue),
		Component:      "worker",
		Replicas:       a.MinReplicas,
		MaxReplicas:    a.MaxReplicas,
		MaxUnavailable: 1,
		Class:          workload.Burstable,
		DrainSeconds:   a.LongestTaskSeconds + shutdownMarginSeconds,
		Sidecar:        a.Sidecar,
		HostAliases:    a.HostAliases,
		Container: workload.Container{
			Image: a.Image,
			Command: []string{"dramatiq", a.Module,
				"--processes", strconv.Itoa(a.Processes),
				"--threads", strconv.Itoa(a.Threads),
				"--queues", a.Queue,
				"--worker-shutdown-timeout", strconv.Itoa(a.LongestTaskSeconds * 1000), // milliseconds
			},
			Resources:      a.Resources,
			Health:         alive,
			Liveness:       alive,
			StartupSeconds: startupSeconds,
			WritablePaths:  map[string]string{"/tmp": a.ScratchSize},
			Environment: a.With(pulumi.StringMap{
				// How many messages a process holds, those it works on included (dramatiq/brokers/redis.py,
				// outstanding_message_count): fewer would leave threads idle, more would be out of reach for idle pods.
				"dramatiq_queue_prefetch": pulumi.String(strconv.Itoa(a.Threads)),
				"dramatiq_prom_db":        pulumi.String("/tmp/dramatiq-prometheus"),
				"DATABASE_POOL_SIZE":      pulumi.String(strconv.Itoa(a.Threads)),
				"DATABASE_MAX_OVERFLOW":   pulumi.String("0"),
			}),
		},
		Place: a.Place,
	}
}

// Worker is the consumers of a queue.
type Worker struct {
	pulumi.ResourceState

	// Workload is what they run in.
	Workload *workload.Workload
}

// New creates the consumers of a queue. It fails before the first resource if args do not validate.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Worker, error) {
	if err := args.Validate().Err(); err != nil {
		return nil, fmt.Errorf("worker %q: %w", name, err)
	}
	w := &Worker{}
	if err := ctx.RegisterComponentResource("coffee:worker:Worker", name, w, opts...); err != nil {
		return nil, fmt.Errorf("registering worker %q: %w", name, err)
	}
	running, err := workload.New(ctx, name, args.workload(), pulumi.Parent(w))
	if err != nil {
		return nil, err
	}
	w.Workload = running
	return w, ctx.RegisterResourceOutputs(w, pulumi.Map{"deploymentName": running.DeploymentName})
}
