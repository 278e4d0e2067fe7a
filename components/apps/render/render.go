// Package render is the render service: Remotion, headless Chromium and FFmpeg behind a gate that makes each pod a
// machine with one slot, and lets it finish its render before it stops (docs/decisions/0004-render-gate.md).
package render

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/components/apps/render/gate"
	"coffee-platform/components/workload"
	"coffee-platform/internal/problem"
)

// Name is the name of the Deployment, the Service and the service account.
const Name = "render"

// Port is the port of the Service: the gate's.
const Port = gate.Port

// What the render image promises; docs/image-contract.md holds the promises with their reasons.
const (
	// startupSeconds covers the first start of Chromium, on a node that pulls images beside it.
	startupSeconds = 120
)

// Profile is the size of a render, and so of a pod.
type Profile struct {
	// resources are what the render service gets.
	resources workload.Resources
	// concurrency is how many frames Remotion renders at once: at most the CPUs it is limited to, or it fails
	// (https://www.remotion.dev/docs/terminology/concurrency).
	concurrency int
	// cacheBytes bounds its cache of frames, which otherwise takes half of the memory that is free.
	cacheBytes int
	// scratchSize bounds what it writes to /tmp: frames that did not go straight to the encoder, 1.5 to 3.5 GB for
	// five minutes at 1080p (an estimate), the video it reads and the one it writes.
	scratchSize string
}

const gibibyte = 1 << 30

// Profiles are the sizes there are. A render at 1080p is asked for with 2 CPUs and 4 GiB; 1.85 CPUs and the gate's
// 0.05 leave room for one more on a node of 16 (docs/decisions/0003-render-node-pool.md), and its encoder needs
// more than 4.15 GB free, hence the limit of 6 GiB. 720p has 0.44 of 1080p's pixels, 4K four times as many; 4K stays
// below the 16 GB above which extracting frames hangs (https://github.com/remotion-dev/remotion/issues/10909). Both
// are estimates from the pixels, to be measured.
var Profiles = map[string]Profile{
	"720p": {
		resources:   workload.Resources{CPU: "950m", Memory: "2Gi", MemoryLimit: "4Gi", CPULimit: "1", EphemeralStorage: "7Gi"},
		concurrency: 1, cacheBytes: gibibyte / 2, scratchSize: "6Gi",
	},
	"1080p": {
		resources:   workload.Resources{CPU: "1850m", Memory: "4Gi", MemoryLimit: "6Gi", CPULimit: "2", EphemeralStorage: "13Gi"},
		concurrency: 2, cacheBytes: gibibyte, scratchSize: "12Gi",
	},
	"4k": {
		resources:   workload.Resources{CPU: "3850m", Memory: "10Gi", MemoryLimit: "14Gi", CPULimit: "4", EphemeralStorage: "41Gi"},
		concurrency: 4, cacheBytes: 2 * gibibyte, scratchSize: "40Gi",
	},
}

// ProxyResources are what the gate gets, and the balancer beside those who ask for renders: they move bytes.
var ProxyResources = workload.Resources{CPU: "50m", Memory: "64Mi", MemoryLimit: "128Mi", CPULimit: "500m", EphemeralStorage: "64Mi"}

// URL is where everybody asks for a render. It is a name of the namespace: beside those who ask for many, it leads to a
// balancer of their own, and elsewhere to any gate.
var URL = fmt.Sprintf("http://%s:%d", Name, Port)

// Balancer finds the gate that is free, beside those who ask for renders: the container, and the name that it stands
// in for. gates is how many gates there can be at a time, those of a rollout included.
func Balancer(namespace string, gates, longestRenderSeconds int) (*workload.Container, map[string]string, problem.List) {
	balancer := gate.Balancer{
		Port: Port, GatePort: Port, Gates: gates, LongestRenderSeconds: longestRenderSeconds,
		Service: Name + "." + namespace + ".svc.cluster.local",
	}
	container := &workload.Container{
		ContainerName: "balancer",
		Image:         gate.Image,
		Command:       gate.Command(),
		Resources:     ProxyResources,
		Unprobed:      true,
		FilesPath:     gate.ConfigDirectory,
		Files:         map[string]string{gate.ConfigFile: balancer.Config()},
	}
	return container, map[string]string{Name: "127.0.0.1"}, balancer.Validate()
}

// Args describe the render service. Plain values decide what is created, inputs come from other resources.
type Args struct {
	// Image is the render image, by digest.
	Image string
	// Profile is the size of a render: a name in Profiles.
	Profile string
	// MaxReplicas is how many renders run at once at most; without any, nothing runs.
	MaxReplicas int
	// LongestRenderSeconds is how long a render may take, in seconds.
	LongestRenderSeconds int
	// NodePool is the pool whose nodes it runs on.
	NodePool workload.Pool
	// Place is where it runs, and what is around it.
	workload.Place
}

// Validate reports every problem of the plain arguments; paths are relative to them.
func (a *Args) Validate() problem.List {
	var problems problem.List
	if _, ok := Profiles[a.Profile]; !ok {
		problems.Add("profile", "%q is not a profile: use one of %v", a.Profile, slices.Sorted(maps.Keys(Profiles)))
		return problems
	}
	if a.MaxReplicas < 1 {
		problems.Add("maxReplicas", "%d renders nothing: use at least 1", a.MaxReplicas)
	}
	for _, p := range a.gate().Validate() {
		if p.Path == "longestRenderSeconds" {
			problems.Add("longestRenderMinutes", "%d minutes: %s seconds", a.LongestRenderSeconds/60, p.Message)
		}
	}
	problems.AddUnder("", a.workload().Validate())
	return problems
}

// GraceSeconds is how long a pod may take to stop.
func (a *Args) GraceSeconds() int { return a.workload().GraceSeconds() }

// Resources are what the containers of a pod get: the render service and the gate.
func (a *Args) Resources() []workload.Resources {
	return []workload.Resources{Profiles[a.Profile].resources, ProxyResources}
}

func (a *Args) gate() gate.Gate {
	return gate.Gate{Port: gate.Port, UpstreamPort: gate.UpstreamPort, LongestRenderSeconds: a.LongestRenderSeconds}
}

func (a *Args) workload() *workload.Args {
	profile := Profiles[a.Profile]
	return &workload.Args{
		AppName:        Name,
		Component:      "render",
		MaxReplicas:    a.MaxReplicas,
		MaxUnavailable: 1,
		// Whoever asks for a render finds all gates by the name, and so the free one.
		Headless:     true,
		Class:        workload.Burstable,
		NodePool:     &a.NodePool,
		DoNotDisrupt: true,
		DrainSeconds: a.gate().StopSeconds(),
		Container: workload.Container{
			ContainerName: "gate",
			Image:         gate.Image,
			Command:       gate.Command(),
			Port:          gate.Port,
			Resources:     ProxyResources,
			// Through the gate, which lets them pass while it is busy: a busy pod is a healthy pod.
			Health:         workload.Probe{Path: gate.HealthPath},
			StartupSeconds: startupSeconds,
			FilesPath:      gate.ConfigDirectory,
			Files:          map[string]string{gate.ConfigFile: a.gate().Config()},
		},
		Sidecar: &workload.Container{
			ContainerName:  "remotion",
			Image:          a.Image,
			Port:           gate.UpstreamPort,
			Resources:      profile.resources,
			Health:         workload.Probe{Path: gate.HealthPath},
			Liveness:       workload.Probe{Path: gate.LivenessPath},
			StartupSeconds: startupSeconds,
			WritablePaths:  map[string]string{"/tmp": profile.scratchSize},
			Environment: a.With(pulumi.StringMap{
				"PORT":                 pulumi.String(strconv.Itoa(gate.UpstreamPort)),
				"REMOTION_CONCURRENCY": pulumi.String(strconv.Itoa(profile.concurrency)),
				"REMOTION_CACHE_BYTES": pulumi.String(strconv.Itoa(profile.cacheBytes)),
				"HOME":                 pulumi.String("/tmp"),
				"TMPDIR":               pulumi.String("/tmp"),
				"XDG_CACHE_HOME":       pulumi.String("/tmp/cache"),
			}),
		},
		Place: a.Place,
	}
}

// Render is the render service.
type Render struct {
	pulumi.ResourceState

	// Workload is what it runs in.
	Workload *workload.Workload
}

// New creates the render service. It fails before the first resource if args do not validate.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Render, error) {
	if err := args.Validate().Err(); err != nil {
		return nil, fmt.Errorf("render %q: %w", name, err)
	}
	r := &Render{}
	if err := ctx.RegisterComponentResource("coffee:render:Render", name, r, opts...); err != nil {
		return nil, fmt.Errorf("registering render %q: %w", name, err)
	}
	w, err := workload.New(ctx, name, args.workload(), pulumi.Parent(r))
	if err != nil {
		return nil, err
	}
	r.Workload = w
	return r, ctx.RegisterResourceOutputs(r, pulumi.Map{"deploymentName": w.DeploymentName, "serviceName": w.ServiceName})
}
