package worker_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"coffee-platform/components/apps/worker"
	"coffee-platform/components/workload"
	"coffee-platform/internal/testkit"
)

const deploymentType = "kubernetes:apps/v1:Deployment"

func validArgs() *worker.Args {
	return &worker.Args{
		Queue:              "transcription",
		Image:              "registry.example/cpv3-backend@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		Module:             "app.worker",
		Processes:          2,
		Threads:            3,
		LongestTaskSeconds: 1800,
		MinReplicas:        1,
		MaxReplicas:        4,
		Resources:          workload.Resources{CPU: "1", Memory: "2Gi", MemoryLimit: "4Gi"},
		ScratchSize:        "4Gi",
		Place: workload.Place{
			Namespace:   pulumi.String("coffee"),
			Environment: pulumi.StringMap{"REDIS_HOST": pulumi.String("redis.example")},
		},
	}
}

func program(args *worker.Args) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := worker.New(ctx, "worker-transcription", args)
		return err
	}
}

func TestWorker(t *testing.T) {
	for _, mode := range testkit.Modes {
		t.Run(string(mode), func(t *testing.T) {
			r := testkit.MustRun(t, mode, program(validArgs()))
			for _, x := range r.All() {
				assert.True(t, r.Descends(x, "coffee:worker:Worker"), "%s is an orphan", x.URN)
			}
			d := r.One(t, deploymentType, "worker-transcription")
			assert.Equal(t, "worker-transcription", d.Get(t, "metadata", "name"))
			assert.Equal(t, "worker", d.Get(t, "spec", "template", "metadata", "labels", "app.kubernetes.io/component"))
			assert.Equal(t, map[string]any{"maxSurge": 1., "maxUnavailable": 1.}, d.Get(t, "spec", "strategy", "rollingUpdate"))
			assert.Empty(t, r.OfType("kubernetes:core/v1:Service"), "nobody calls a worker")
		})
	}
}

// Everything explicit: Dramatiq's defaults are a process for each CPU of the node, and eight threads in each.
func TestCommand(t *testing.T) {
	d := testkit.MustRun(t, testkit.Update, program(validArgs())).One(t, deploymentType, "worker-transcription")
	assert.Equal(t, []any{
		"dramatiq", "app.worker", "--processes", "2", "--threads", "3", "--queues", "transcription",
		"--worker-shutdown-timeout", "1800000",
	}, d.Get(t, "spec", "template", "spec", "containers", 0, "command"))
	assert.Equal(t, 6, validArgs().Slots())
}

// A pod that is to stop may finish its longest task, and has a minute to end itself beyond that.
func TestNoTaskIsCut(t *testing.T) {
	d := testkit.MustRun(t, testkit.Update, program(validArgs())).One(t, deploymentType, "worker-transcription")
	grace := d.Get(t, "spec", "template", "spec", "terminationGracePeriodSeconds").(float64)
	assert.GreaterOrEqual(t, grace, 1800.+60.)
	assert.EqualValues(t, grace, validArgs().GraceSeconds(), "what nodes are held to is what is set")
}

func TestProbesLookAtTheHeartbeat(t *testing.T) {
	d := testkit.MustRun(t, testkit.Update, program(validArgs())).One(t, deploymentType, "worker-transcription")
	container := d.Get(t, "spec", "template", "spec", "containers", 0).(map[string]any)
	for _, probe := range []string{"startupProbe", "readinessProbe", "livenessProbe"} {
		command := container[probe].(map[string]any)["exec"].(map[string]any)["command"].([]any)
		assert.Contains(t, command[2], "/tmp/worker-heartbeat", probe)
	}
}

func TestSettings(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	data := r.One(t, "kubernetes:core/v1:ConfigMap", "worker-transcription").Get(t, "data").(map[string]any)
	assert.Equal(t, "redis.example", data["REDIS_HOST"])
	assert.Equal(t, "3", data["dramatiq_queue_prefetch"], "a process holds a message for each of its threads")
	assert.Equal(t, "3", data["DATABASE_POOL_SIZE"], "a connection for each thread of a process")
	assert.Equal(t, "0", data["DATABASE_MAX_OVERFLOW"])
	assert.Equal(t, 6, validArgs().Connections())
}

func TestRefusedArguments(t *testing.T) {
	for want, change := range map[string]func(*worker.Args){
		`queue: "a b" is not a name`:               func(a *worker.Args) { a.Queue = "a b" },
		`module: "app worker" is not a Python`:     func(a *worker.Args) { a.Module = "app worker" },
		"processes: 0 runs nothing":                func(a *worker.Args) { a.Processes = 0 },
		"threads: 0 takes no task":                 func(a *worker.Args) { a.Threads = 0 },
		"longestTaskMinutes: 9 is below 10":        func(a *worker.Args) { a.LongestTaskSeconds = 540 },
		"minReplicas: 0 leaves delayed":            func(a *worker.Args) { a.MinReplicas = 0 },
		"maxReplicas: 1 is below the 2":            func(a *worker.Args) { a.MinReplicas, a.MaxReplicas = 2, 1 },
		"writablePaths[/tmp]: \"\" is not a posit": func(a *worker.Args) { a.ScratchSize = "" },
		"resources.cpu: \"\" is not a positive":    func(a *worker.Args) { a.Resources.CPU = "" },
	} {
		args := validArgs()
		change(args)
		assert.ErrorContains(t, testkit.Refused(t, program(args)), want)
	}
}
