package workload_test

import (
	"testing"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/components/networkpolicy"
	"coffee-platform/components/workload"
	"coffee-platform/internal/testkit"
)

const (
	deploymentType = "kubernetes:apps/v1:Deployment"
	budgetType     = "kubernetes:policy/v1:PodDisruptionBudget"

	image = "registry.example/coffee/app@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
)

func validArgs() *workload.Args {
	return &workload.Args{
		AppName:   "app",
		Component: "api",
		Replicas:  3,
		Class:     workload.Burstable,
		Container: workload.Container{
			Image:          image,
			Port:           8000,
			Resources:      workload.Resources{CPU: "250m", Memory: "256Mi", MemoryLimit: "512Mi"},
			Health:         workload.Probe{Path: "/health"},
			StartupSeconds: 61,
			WritablePaths:  map[string]string{"/tmp": "64Mi", "/cache": "1Gi"},
			Environment:    pulumi.StringMap{"LOG_LEVEL": pulumi.String("info")},
		},
		DrainSeconds: 30,
		Place: workload.Place{
			Namespace: pulumi.String("coffee"),
			Rules: networkpolicy.Rules{
				Callers: []networkpolicy.Peer{{Component: "frontend", Ports: []int{8000}}},
				Callees: []networkpolicy.Peer{{CIDRs: []string{"10.10.208.0/22"}, Ports: []int{5432}}},
			},
		},
	}
}

func program(args *workload.Args) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := workload.New(ctx, "app", args)
		return err
	}
}

// pod is the pod's spec, and container its only container.
func pod(t *testing.T, args *workload.Args, mode testkit.Mode) (pod, container map[string]any) {
	t.Helper()
	d := testkit.MustRun(t, mode, program(args)).One(t, deploymentType, "app")
	require.Len(t, d.Get(t, "spec", "template", "spec", "containers"), 1)
	return d.Get(t, "spec", "template", "spec").(map[string]any),
		d.Get(t, "spec", "template", "spec", "containers", 0).(map[string]any)
}

func TestEveryResourceBelongsToTheComponent(t *testing.T) {
	for _, mode := range testkit.Modes {
		t.Run(string(mode), func(t *testing.T) {
			r := testkit.MustRun(t, mode, program(validArgs()))
			assert.Equal(t, []string{
				"coffee:workload:Workload app",
				"kubernetes:apps/v1:Deployment app",
				"kubernetes:core/v1:ConfigMap app",
				"kubernetes:core/v1:Service app",
				"kubernetes:core/v1:ServiceAccount app",
				"kubernetes:networking.k8s.io/v1:NetworkPolicy app",
				"kubernetes:policy/v1:PodDisruptionBudget app",
			}, r.Names())
			for _, x := range r.All() {
				assert.True(t, r.Descends(x, "coffee:workload:Workload"), "%s is an orphan", x.URN)
			}
		})
	}
}

func TestPodIsHardened(t *testing.T) {
	for _, mode := range testkit.Modes {
		t.Run(string(mode), func(t *testing.T) {
			pod, container := pod(t, validArgs(), mode)
			assert.Equal(t, map[string]any{
				"runAsNonRoot": true, "runAsUser": 10001., "runAsGroup": 10001., "fsGroup": 10001.,
				"seccompProfile": map[string]any{"type": "RuntimeDefault"},
			}, pod["securityContext"])
			assert.Equal(t, map[string]any{
				"allowPrivilegeEscalation": false,
				"readOnlyRootFilesystem":   true,
				"capabilities":             map[string]any{"drop": []any{"ALL"}},
			}, container["securityContext"])
			assert.Equal(t, false, pod["automountServiceAccountToken"])
			assert.Equal(t, false, pod["enableServiceLinks"])
		})
	}
}

func TestResourcesByClass(t *testing.T) {
	for _, c := range []struct {
		name             string
		class            workload.Class
		resources        workload.Resources
		requests, limits map[string]any
	}{
		{
			"guaranteed",
			workload.Guaranteed, workload.Resources{CPU: "500m", Memory: "1Gi"},
			map[string]any{"cpu": "500m", "memory": "1Gi"},
			map[string]any{"cpu": "500m", "memory": "1Gi"},
		},
		{
			"burstable",
			workload.Burstable, workload.Resources{CPU: "100m", Memory: "256Mi", MemoryLimit: "512Mi"},
			map[string]any{"cpu": "100m", "memory": "256Mi"},
			map[string]any{"memory": "512Mi"},
		},
		{
			"burstable",
			workload.Burstable, workload.Resources{CPU: "100m", Memory: "256Mi", MemoryLimit: "512Mi", CPULimit: "1", EphemeralStorage: "2Gi"},
			map[string]any{"cpu": "100m", "memory": "256Mi", "ephemeral-storage": "2Gi"},
			map[string]any{"cpu": "1", "memory": "512Mi", "ephemeral-storage": "2Gi"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := validArgs()
			args.Class, args.Container.Resources = c.class, c.resources
			_, container := pod(t, args, testkit.Update)
			assert.Equal(t, map[string]any{"requests": c.requests, "limits": c.limits}, container["resources"])
			d := testkit.MustRun(t, testkit.Update, program(args)).One(t, deploymentType, "app")
			assert.Equal(t, c.name, d.Get(t, "spec", "template", "metadata", "labels", workload.QoSLabel))
		})
	}
}

// The grace period must outlast everything that happens in it, or the kubelet kills in mid-request.
func TestGracePeriodCoversTheDrain(t *testing.T) {
	pod, container := pod(t, validArgs(), testkit.Update)
	sleep := container["lifecycle"].(map[string]any)["preStop"].(map[string]any)["sleep"].(map[string]any)["seconds"].(float64)
	assert.Positive(t, sleep)
	assert.Greater(t, pod["terminationGracePeriodSeconds"].(float64), sleep+30)
}

func TestProbes(t *testing.T) {
	_, container := pod(t, validArgs(), testkit.Update)
	health := map[string]any{"path": "/health", "port": "http"}
	startup := container["startupProbe"].(map[string]any)
	assert.Equal(t, map[string]any{"port": "http"}, startup["tcpSocket"], "nor kill a pod that starts while it is away")
	assert.GreaterOrEqual(t, startup["failureThreshold"].(float64)*startup["periodSeconds"].(float64), 61., "the container gets its whole start-up time")
	assert.Equal(t, health, container["readinessProbe"].(map[string]any)["httpGet"])
	liveness := container["livenessProbe"].(map[string]any)
	assert.Equal(t, map[string]any{"port": "http"}, liveness["tcpSocket"])
	assert.NotContains(t, liveness, "httpGet", "a slow database must not restart every pod")
}

func TestWritablePathsAreBoundedVolumes(t *testing.T) {
	pod, container := pod(t, validArgs(), testkit.Update)
	assert.Equal(t, []any{
		map[string]any{"name": "app-writable-0", "mountPath": "/cache"},
		map[string]any{"name": "app-writable-1", "mountPath": "/tmp"},
	}, container["volumeMounts"])
	assert.Equal(t, []any{
		map[string]any{"name": "app-writable-0", "emptyDir": map[string]any{"sizeLimit": "1Gi"}},
		map[string]any{"name": "app-writable-1", "emptyDir": map[string]any{"sizeLimit": "64Mi"}},
	}, pod["volumes"])
}

// At their least number, pods are never all on one node; a single one, and those that come from none, are only spread
// where that costs nothing.
func TestSpread(t *testing.T) {
	for least, want := range map[int]map[string]any{
		0: {"maxSkew": 1., "whenUnsatisfiable": "ScheduleAnyway"},
		1: {"maxSkew": 1., "whenUnsatisfiable": "ScheduleAnyway"},
		2: {"maxSkew": 1., "whenUnsatisfiable": "DoNotSchedule", "nodeTaintsPolicy": "Honor", "minDomains": 2.},
		3: {"maxSkew": 2., "whenUnsatisfiable": "DoNotSchedule", "nodeTaintsPolicy": "Honor", "minDomains": 2.},
		5: {"maxSkew": 3., "whenUnsatisfiable": "DoNotSchedule", "nodeTaintsPolicy": "Honor"},
	} {
		args := validArgs()
		args.Replicas, args.MaxReplicas = least, 8
		spread := testkit.MustRun(t, testkit.Update, program(args)).One(t, deploymentType, "app").
			Get(t, "spec", "template", "spec", "topologySpreadConstraints").([]any)
		assert.Equal(t, "ScheduleAnyway", spread[0].(map[string]any)["whenUnsatisfiable"], "a zone may be out of capacity")
		nodes := spread[1].(map[string]any)
		assert.Equal(t, "kubernetes.io/hostname", nodes["topologyKey"])
		for field, value := range want {
			assert.Equal(t, value, nodes[field], "%s with %d", field, least)
		}
		if least >= 2 {
			assert.Less(t, nodes["maxSkew"].(float64), float64(least), "all of them may be on one node")
		}
	}
}

func TestRolloutNeverTakesAPodAwayFirst(t *testing.T) {
	d := testkit.MustRun(t, testkit.Update, program(validArgs())).One(t, deploymentType, "app")
	assert.Equal(t, map[string]any{"maxSurge": 1., "maxUnavailable": 0.}, d.Get(t, "spec", "strategy", "rollingUpdate"))
}

func TestPodsRollWhenASettingChanges(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	settings := r.One(t, "kubernetes:core/v1:ConfigMap", "app")
	assert.Equal(t, true, settings.Get(t, "immutable"))
	assert.NotContains(t, settings.Get(t, "metadata"), "name", "a fixed name would change under running pods")
	d := r.One(t, deploymentType, "app")
	assert.Equal(t, "app-autonamed", d.Get(t, "spec", "template", "spec", "containers", 0, "envFrom", 0, "configMapRef", "name"))
}

func TestDisruptionBudgetOnlyForSeveralReplicas(t *testing.T) {
	for replicas, want := range map[int]int{1: 0, 2: 1, 3: 1} {
		args := validArgs()
		args.Replicas = replicas
		r := testkit.MustRun(t, testkit.Update, program(args))
		require.Len(t, r.OfType(budgetType), want, "%d replicas", replicas)
		if want == 1 {
			assert.EqualValues(t, 1, r.One(t, budgetType, "app").Get(t, "spec", "maxUnavailable"))
		}
	}
}

func TestServiceAndBudgetSelectThePods(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	labels := r.One(t, deploymentType, "app").Get(t, "spec", "template", "metadata", "labels").(map[string]any)
	for _, selector := range []any{
		r.One(t, "kubernetes:core/v1:Service", "app").Get(t, "spec", "selector"),
		r.One(t, budgetType, "app").Get(t, "spec", "selector", "matchLabels"),
		r.One(t, deploymentType, "app").Get(t, "spec", "selector", "matchLabels"),
	} {
		for key, value := range selector.(map[string]any) {
			assert.Equal(t, value, labels[key])
		}
	}
}

func TestPodsWaitForNodes(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, func(ctx *pulumi.Context) error {
		pool, err := corev1.NewNamespace(ctx, "pool", nil)
		if err != nil {
			return err
		}
		args := validArgs()
		args.After = []pulumi.Resource{pool}
		_, err = workload.New(ctx, "app", args)
		return err
	})
	pool := r.One(t, "kubernetes:core/v1:Namespace", "pool")
	assert.Contains(t, r.One(t, deploymentType, "app").Dependencies, pool.URN)
}

// What an autoscaler decides, no deployment takes back.
func TestAutoscaledWorkloadsLeaveTheirNumberOut(t *testing.T) {
	args := validArgs()
	args.Replicas, args.MaxReplicas = 0, 8
	r := testkit.MustRun(t, testkit.Update, program(args))
	assert.NotContains(t, r.One(t, deploymentType, "app").Get(t, "spec"), "replicas")
	assert.Len(t, r.OfType(budgetType), 1, "there can be eight")
}

// Who may call and whom the pods may call is what the arguments say, for these pods and no others.
func TestNetworkPolicy(t *testing.T) {
	policy := testkit.MustRun(t, testkit.Update, program(validArgs())).One(t, "kubernetes:networking.k8s.io/v1:NetworkPolicy", "app")
	assert.Equal(t, map[string]any{"matchLabels": map[string]any{"app.kubernetes.io/name": "app"}}, policy.Get(t, "spec", "podSelector"))
	assert.Equal(t, map[string]any{"app.kubernetes.io/component": "frontend"},
		policy.Get(t, "spec", "ingress", 0, "from", 0, "podSelector", "matchLabels"))
	assert.Equal(t, "10.10.208.0/22", policy.Get(t, "spec", "egress", 0, "to", 0, "ipBlock", "cidr"))
	assert.Len(t, policy.Get(t, "spec", "ingress"), 1)
	assert.Len(t, policy.Get(t, "spec", "egress"), 1)
}

func TestPodsWaitForTheirPolicy(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	assert.Contains(t, r.One(t, deploymentType, "app").Dependencies, r.One(t, "kubernetes:networking.k8s.io/v1:NetworkPolicy", "app").URN)
}

func sidecarArgs() *workload.Args {
	args := validArgs()
	args.Container.ContainerName = "gate"
	args.Container.Environment = nil
	args.Container.FilesPath = "/etc/gate"
	args.Container.Files = map[string]string{"gate.cfg": "one at a time"}
	args.Sidecar = &workload.Container{
		ContainerName: "engine", Image: image, Port: 3001, StartupSeconds: 90,
		Health: workload.Probe{Path: "/health"}, Liveness: workload.Probe{Path: "/livez"},
		Resources:     workload.Resources{CPU: "1", Memory: "1Gi", MemoryLimit: "2Gi"},
		WritablePaths: map[string]string{"/tmp": "1Gi"},
		Environment:   pulumi.StringMap{"PORT": pulumi.String("3001")},
	}
	return args
}

// A native sidecar: an init container that never ends, started before and stopped after the other.
func TestSidecarOutlivesTheContainer(t *testing.T) {
	for _, mode := range testkit.Modes {
		pod, container := pod(t, sidecarArgs(), mode)
		require.Len(t, pod["initContainers"], 1)
		sidecar := pod["initContainers"].([]any)[0].(map[string]any)
		assert.Equal(t, "engine", sidecar["name"])
		assert.Equal(t, "Always", sidecar["restartPolicy"])
		assert.Equal(t, []any{map[string]any{"name": "sidecar", "containerPort": 3001.}}, sidecar["ports"], "ports of a pod have names of their own")
		assert.Equal(t, map[string]any{"path": "/livez", "port": "sidecar"}, sidecar["livenessProbe"].(map[string]any)["httpGet"])
		assert.Equal(t, map[string]any{"path": "/health", "port": "sidecar"}, sidecar["startupProbe"].(map[string]any)["httpGet"])
		assert.Equal(t, false, sidecar["securityContext"].(map[string]any)["allowPrivilegeEscalation"])
		assert.NotContains(t, sidecar, "lifecycle", "the container's waits, and the sidecar's end comes after")
		assert.Equal(t, []any{map[string]any{"name": "gate-files", "mountPath": "/etc/gate", "readOnly": true}}, container["volumeMounts"].([]any)[2:])
	}
}

func TestUnprobedSidecar(t *testing.T) {
	args := sidecarArgs()
	args.Sidecar.Unprobed, args.Sidecar.Port, args.Sidecar.Health, args.Sidecar.Liveness = true, 0, workload.Probe{}, workload.Probe{}
	pod, _ := pod(t, args, testkit.Update)
	for _, probe := range []string{"startupProbe", "readinessProbe", "livenessProbe"} {
		assert.NotContains(t, pod["initContainers"].([]any)[0], probe)
	}
}

func TestFilesAndSettingsBelongToTheirContainer(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(sidecarArgs()))
	assert.Equal(t, map[string]any{"gate.cfg": "one at a time"}, r.One(t, "kubernetes:core/v1:ConfigMap", "app-gate-files").Get(t, "data"))
	assert.Equal(t, map[string]any{"PORT": "3001"}, r.One(t, "kubernetes:core/v1:ConfigMap", "app-engine").Get(t, "data"))
	d := r.One(t, deploymentType, "app")
	assert.Equal(t, "app-engine-autonamed", d.Get(t, "spec", "template", "spec", "initContainers", 0, "envFrom", 0, "configMapRef", "name"))
	assert.NotContains(t, d.Get(t, "spec", "template", "spec", "containers", 0), "envFrom")
}

func TestDedicatedPool(t *testing.T) {
	args := validArgs()
	args.NodePool = &workload.Pool{Name: "render", Label: "coffee.dev/pool", TaintKey: "coffee.dev/render"}
	args.DoNotDisrupt = true
	d := testkit.MustRun(t, testkit.Update, program(args)).One(t, deploymentType, "app")
	assert.Equal(t, map[string]any{"coffee.dev/pool": "render"}, d.Get(t, "spec", "template", "spec", "nodeSelector"))
	assert.Equal(t, []any{map[string]any{"key": "coffee.dev/render", "operator": "Equal", "value": "true", "effect": "NoSchedule"}},
		d.Get(t, "spec", "template", "spec", "tolerations"))
	assert.Equal(t, map[string]any{"karpenter.sh/do-not-disrupt": "true"}, d.Get(t, "spec", "template", "metadata", "annotations"))
}

func TestWorkloadsThatNobodyCalls(t *testing.T) {
	args := validArgs()
	args.Container.Port = 0
	alive := workload.Probe{Command: []string{"true"}}
	args.Container.Health, args.Container.Liveness = alive, alive
	r := testkit.MustRun(t, testkit.Update, program(args))
	assert.Empty(t, r.OfType("kubernetes:core/v1:Service"))
	container := r.One(t, deploymentType, "app").Get(t, "spec", "template", "spec", "containers", 0).(map[string]any)
	assert.NotContains(t, container, "ports")
	assert.NotContains(t, container, "lifecycle", "nobody has to learn that it leaves")
	for _, probe := range []string{"startupProbe", "readinessProbe", "livenessProbe"} {
		assert.Equal(t, map[string]any{"command": []any{"true"}}, container[probe].(map[string]any)["exec"])
	}
}

func TestHeadlessServicesAndNamesOfTheirOwn(t *testing.T) {
	args := validArgs()
	r := testkit.MustRun(t, testkit.Update, program(args))
	assert.NotContains(t, r.One(t, "kubernetes:core/v1:Service", "app").Get(t, "spec"), "clusterIP")
	assert.NotContains(t, r.One(t, deploymentType, "app").Get(t, "spec", "template", "spec"), "hostAliases")

	args.Headless, args.HostAliases = true, map[string]string{"render": "127.0.0.1"}
	r = testkit.MustRun(t, testkit.Update, program(args))
	assert.Equal(t, "None", r.One(t, "kubernetes:core/v1:Service", "app").Get(t, "spec", "clusterIP"))
	assert.Equal(t, []any{map[string]any{"ip": "127.0.0.1", "hostnames": []any{"render"}}},
		r.One(t, deploymentType, "app").Get(t, "spec", "template", "spec", "hostAliases"))
}

func TestGraceIsLongerThanAllThatHappensInIt(t *testing.T) {
	args := validArgs()
	d := testkit.MustRun(t, testkit.Update, program(args)).One(t, deploymentType, "app")
	grace := d.Get(t, "spec", "template", "spec", "terminationGracePeriodSeconds").(float64)
	preStop := d.Get(t, "spec", "template", "spec", "containers", 0, "lifecycle", "preStop", "sleep", "seconds").(float64)
	assert.Greater(t, grace, preStop+30)
	assert.EqualValues(t, grace, args.GraceSeconds(), "what is budgeted is what is set")
}

func TestWhatALoadBalancerCallsServesOnForLonger(t *testing.T) {
	args := validArgs()
	args.PreStopSeconds = 20
	d := testkit.MustRun(t, testkit.Update, program(args)).One(t, deploymentType, "app")
	assert.EqualValues(t, 20, d.Get(t, "spec", "template", "spec", "containers", 0, "lifecycle", "preStop", "sleep", "seconds"))
	assert.Greater(t, d.Get(t, "spec", "template", "spec", "terminationGracePeriodSeconds"), 20.+30.)
}

func jobArgs() *workload.JobArgs {
	return &workload.JobArgs{
		AppName: "task", Component: "migration", JobName: "task-0123456789", DeadlineSeconds: 600, Attempts: 2,
		Container: workload.Container{
			Image: image, Command: []string{"run", "once"},
			Resources:     workload.Resources{CPU: "100m", Memory: "128Mi", MemoryLimit: "256Mi"},
			WritablePaths: map[string]string{"/tmp": "1Mi"},
		},
		Place: workload.Place{Namespace: pulumi.String("coffee")},
	}
}

func jobProgram(args *workload.JobArgs) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := workload.NewJob(ctx, "task", args)
		return err
	}
}

func TestJob(t *testing.T) {
	for _, mode := range testkit.Modes {
		t.Run(string(mode), func(t *testing.T) {
			r := testkit.MustRun(t, mode, jobProgram(jobArgs()))
			for _, x := range r.All() {
				assert.True(t, r.Descends(x, "coffee:workload:Job"), "%s is an orphan", x.URN)
			}
			job := r.One(t, "kubernetes:batch/v1:Job", "task-0123456789")
			assert.Equal(t, "task-0123456789", job.Get(t, "metadata", "name"))
			assert.Equal(t, "true", job.Get(t, "metadata", "annotations", "pulumi.com/replaceUnready"), "one that failed is run again")
			assert.EqualValues(t, 600, job.Get(t, "spec", "activeDeadlineSeconds"))
			assert.EqualValues(t, 2, job.Get(t, "spec", "backoffLimit"))
			assert.NotContains(t, job.Get(t, "spec"), "ttlSecondsAfterFinished", "it is kept, or it would be made again")
			assert.Equal(t, map[string]any{"karpenter.sh/do-not-disrupt": "true"}, job.Get(t, "spec", "template", "metadata", "annotations"))
			assert.Equal(t, map[string]any{"rules": []any{map[string]any{
				"action": "Ignore", "onPodConditions": []any{map[string]any{"type": "DisruptionTarget", "status": "True"}},
			}}}, job.Get(t, "spec", "podFailurePolicy"), "the loss of a node is no attempt")
			pod := job.Get(t, "spec", "template", "spec").(map[string]any)
			assert.Equal(t, "Never", pod["restartPolicy"])
			assert.Equal(t, []any{"run", "once"}, pod["containers"].([]any)[0].(map[string]any)["command"])
			assert.Equal(t, true, pod["securityContext"].(map[string]any)["runAsNonRoot"])
			assert.Len(t, r.OfType("kubernetes:networking.k8s.io/v1:NetworkPolicy"), 1)
		})
	}
}

func TestRefusedJobs(t *testing.T) {
	for want, change := range map[string]func(*workload.JobArgs){
		`name: "9" is not a DNS label`:        func(a *workload.JobArgs) { a.AppName = "9" },
		`jobName: "Task" is not a DNS label`:  func(a *workload.JobArgs) { a.JobName = "Task" },
		"deadlineSeconds: 0 gives it no time": func(a *workload.JobArgs) { a.DeadlineSeconds = 0 },
		"attempts: -1 is negative":            func(a *workload.JobArgs) { a.Attempts = -1 },
		"image: ":                             func(a *workload.JobArgs) { a.Container.Image = "app" },
		"rules.callees[0].ports: is empty":    func(a *workload.JobArgs) { a.Rules.Callees = []networkpolicy.Peer{{Component: "api"}} },
		"resources.memory: \"\" is not a pos": func(a *workload.JobArgs) { a.Container.Resources.Memory = "" },
	} {
		args := jobArgs()
		change(args)
		assert.ErrorContains(t, testkit.Refused(t, jobProgram(args)), want)
	}
}

func TestRefusedArguments(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*workload.Args)
		want   string
	}{
		{"name", func(a *workload.Args) { a.AppName = "9app" }, `name: "9app" is not a DNS label`},
		{"tag", func(a *workload.Args) { a.Container.Image = "registry.example/app:1.0" }, "image: "},
		{"latest", func(a *workload.Args) { a.Container.Image = "app" }, "is not an image by digest"},
		{"privileged port", func(a *workload.Args) { a.Container.Port = 80 }, "port: 80 is outside 1024 to 65535"},
		{"no replicas", func(a *workload.Args) { a.Replicas = 0 }, "replicas: 0 runs nothing"},
		{"fewer than nothing", func(a *workload.Args) { a.Replicas, a.MaxReplicas = -1, 3 }, "replicas: -1 is negative"},
		{"most below least", func(a *workload.Args) { a.MaxReplicas = 2 }, "maxReplicas: 2 is below the 3"},
		{"unavailable", func(a *workload.Args) { a.MaxUnavailable = -1 }, "maxUnavailable: -1 is negative"},
		{"health", func(a *workload.Args) { a.Container.Health.Path = "health" }, `health: "health" is not a path`},
		{"two probes", func(a *workload.Args) { a.Container.Health.Command = []string{"true"} }, "health: names a path and a command"},
		{"probe of nothing", func(a *workload.Args) { a.Container.Port = 0 }, "liveness: asks a port, and the container has none"},
		{"start-up", func(a *workload.Args) { a.Container.StartupSeconds = 0 }, "startupSeconds: "},
		{"drain", func(a *workload.Args) { a.DrainSeconds = -1 }, "drainSeconds: "},
		{"relative path", func(a *workload.Args) { a.Container.WritablePaths = map[string]string{"tmp": "1Mi"} }, "writablePaths[tmp]: is not an absolute path"},
		{"unbounded path", func(a *workload.Args) { a.Container.WritablePaths["/tmp"] = "" }, "writablePaths[/tmp]: "},
		{"files nowhere", func(a *workload.Args) { a.Container.Files = map[string]string{"x": "y"} }, `filesPath: "" is not an absolute path`},
		{"cpu", func(a *workload.Args) { a.Container.Resources.CPU = "0" }, `resources.cpu: "0" is not a positive Kubernetes quantity`},
		{"memory", func(a *workload.Args) { a.Container.Resources.Memory = "lots" }, "resources.memory: "},
		{"disk", func(a *workload.Args) { a.Container.Resources.EphemeralStorage = "lots" }, "resources.ephemeralStorage: "},
		{"limit below request", func(a *workload.Args) { a.Container.Resources.MemoryLimit = "128Mi" }, "resources.memoryLimit: 128Mi is below memory 256Mi"},
		{"CPU limit below request", func(a *workload.Args) { a.Container.Resources.CPULimit = "100m" }, "resources.cpuLimit: 100m is below cpu 250m"},
		{"no limit", func(a *workload.Args) { a.Container.Resources.MemoryLimit = "" }, "resources.memoryLimit: "},
		{"guaranteed with a limit of its own", func(a *workload.Args) { a.Class = workload.Guaranteed }, "resources.memoryLimit: 512Mi differs from memory 256Mi"},
		{"guaranteed with a CPU limit of its own", func(a *workload.Args) {
			a.Class, a.Container.Resources.MemoryLimit, a.Container.Resources.CPULimit = workload.Guaranteed, "", "2"
		}, "resources.cpuLimit: 2 differs from cpu 250m"},
		{"best effort", func(a *workload.Args) { a.Class = "bestEffort" }, `class: "bestEffort" is not a class`},
		{"pre-stop", func(a *workload.Args) { a.PreStopSeconds = -1 }, "preStopSeconds: -1 is negative"},
		{"rules", func(a *workload.Args) { a.Rules.Callers[0].Ports = nil }, "rules.callers[0].ports: is empty"},
		{"sidecar", func(a *workload.Args) { a.Sidecar = &workload.Container{ContainerName: "engine"} }, "engine.image: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := validArgs()
			c.change(args)
			assert.ErrorContains(t, testkit.Refused(t, program(args)), c.want)
		})
	}
}
