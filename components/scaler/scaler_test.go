package scaler_test

import (
	"testing"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/components/scaler"
	"coffee-platform/internal/testkit"
)

const (
	scaledObjectType   = "kubernetes:keda.sh/v1alpha1:ScaledObject"
	authenticationType = "kubernetes:keda.sh/v1alpha1:TriggerAuthentication"
)

// render is scaled from none by its queue.
func render() *scaler.Args {
	return &scaler.Args{
		TargetName: "render",
		Min:        0,
		Max:        8,
		Queues: &scaler.Queues{
			Names: []string{"render"}, PerPod: 1,
			Address: pulumi.String("redis.example"), Port: 6379,
			SecretName: pulumi.String("redis-1"), SecretKey: "password",
		},
		ScaleIn:   scaler.ScaleIn{WindowSeconds: 300, PodSeconds: 120},
		Namespace: pulumi.String("coffee"),
		Labels:    pulumi.StringMap{"app.kubernetes.io/name": pulumi.String("render")},
	}
}

// api is scaled by its CPU and its requests.
func api() *scaler.Args {
	return &scaler.Args{
		TargetName: "api",
		Min:        2,
		Max:        10,
		CPU:        &scaler.CPU{Percent: 70},
		Requests: &scaler.Requests{
			PerPod: 600, Region: "us-east-1",
			LoadBalancer: pulumi.String("app/coffee/50dc6c495c0c9188"), TargetGroup: pulumi.String("targetgroup/api/943f017f100becff"),
		},
		ScaleIn:   scaler.ScaleIn{WindowSeconds: 300, PodSeconds: 60},
		Namespace: pulumi.String("coffee"),
	}
}

// program lets the scaler wait for something, as its user does.
func program(args *scaler.Args) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		before, err := corev1.NewServiceAccount(ctx, "before", &corev1.ServiceAccountArgs{
			Metadata: &metav1.ObjectMetaArgs{Namespace: pulumi.String("coffee")},
		})
		if err != nil {
			return err
		}
		args.After = []pulumi.Resource{before}
		_, err = scaler.New(ctx, args.TargetName, args)
		return err
	}
}

func TestEveryResourceBelongsToTheComponent(t *testing.T) {
	for _, mode := range testkit.Modes {
		for _, args := range []*scaler.Args{render(), api()} {
			r := testkit.MustRun(t, mode, program(args))
			before := r.One(t, "kubernetes:core/v1:ServiceAccount", "before")
			require.Len(t, r.All(), 4)
			for _, x := range r.All() {
				if x.URN == before.URN {
					continue
				}
				assert.True(t, r.Descends(x, "coffee:scaler:Scaler"), "%s is an orphan", x.URN)
				if x.Custom {
					assert.Equal(t, "coffee", x.Get(t, "metadata", "namespace"))
					assert.Contains(t, x.Dependencies, before.URN)
				}
			}
		}
	}
}

func triggers(t *testing.T, args *scaler.Args) []any {
	t.Helper()
	r := testkit.MustRun(t, testkit.Update, program(args))
	return r.One(t, scaledObjectType, args.TargetName).Get(t, "spec", "triggers").([]any)
}

// What waits and what is worked on is in the hash. What is to be sent again later is not, and asks for no pod.
func TestQueuesScaleByWaitingAndUnfinishedMessages(t *testing.T) {
	trigger := func(list string) any {
		return map[string]any{
			"type":              "redis",
			"metadata":          map[string]any{"address": "redis.example:6379", "listName": list, "listLength": "1", "enableTLS": "true"},
			"authenticationRef": map[string]any{"name": "render-redis"},
		}
	}
	assert.Equal(t, []any{trigger("dramatiq:render.msgs")}, triggers(t, render()))

	args := render()
	args.Queues.Names = []string{"render", "preview"}
	assert.Equal(t, []any{trigger("dramatiq:render.msgs"), trigger("dramatiq:preview.msgs")}, triggers(t, args))
}

func TestPasswordComesFromTheSecret(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(render()))
	assert.Equal(t, map[string]any{"secretTargetRef": []any{
		map[string]any{"parameter": "password", "name": "redis-1", "key": "password"},
	}}, r.One(t, authenticationType, "render-redis").Get(t, "spec"))
}

// All requests of all pods, of a minute that is over: numbers of each pod would lag behind the pods there are.
func TestRequestsScaleByWhatReachesAllPods(t *testing.T) {
	assert.Equal(t, []any{
		map[string]any{"type": "cpu", "metricType": "Utilization", "metadata": map[string]any{"value": "70"}},
		map[string]any{
			"type": "aws-cloudwatch", "metricType": "AverageValue", "useCachedMetrics": true,
			"metadata": map[string]any{
				"awsRegion": "us-east-1", "namespace": "AWS/ApplicationELB", "metricName": "RequestCount",
				"dimensionName":  "LoadBalancer;TargetGroup",
				"dimensionValue": "app/coffee/50dc6c495c0c9188;targetgroup/api/943f017f100becff",
				"metricStat":     "Sum", "metricStatPeriod": "60", "metricEndTimeOffset": "60",
				"targetMetricValue": "600", "minMetricValue": "0",
			},
			"authenticationRef": map[string]any{"name": "api-aws"},
		},
	}, triggers(t, api()))
	r := testkit.MustRun(t, testkit.Update, program(api()))
	assert.Equal(t, map[string]any{"podIdentity": map[string]any{"provider": "aws"}}, r.One(t, authenticationType, "api-aws").Get(t, "spec"))
}

func TestTargetAndBounds(t *testing.T) {
	for _, mode := range testkit.Modes {
		object := testkit.MustRun(t, mode, program(render())).One(t, scaledObjectType, "render")
		assert.Equal(t, map[string]any{"apiVersion": "apps/v1", "kind": "Deployment", "name": "render"}, object.Get(t, "spec", "scaleTargetRef"))
		assert.EqualValues(t, 0, object.Get(t, "spec", "minReplicaCount"))
		assert.EqualValues(t, 8, object.Get(t, "spec", "maxReplicaCount"))
		assert.Equal(t, "condition=Ready", object.Get(t, "metadata", "annotations", "pulumi.com/waitFor"))
	}
}

// Pods go one at a time, and only after fewer were enough for a while.
func TestScaleInIsSlow(t *testing.T) {
	object := testkit.MustRun(t, testkit.Update, program(render())).One(t, scaledObjectType, "render")
	assert.Equal(t, map[string]any{
		"stabilizationWindowSeconds": 300.0,
		"selectPolicy":               "Max",
		"policies":                   []any{map[string]any{"type": "Pods", "value": 1.0, "periodSeconds": 120.0}},
	}, object.Get(t, "spec", "advanced", "horizontalPodAutoscalerConfig", "behavior", "scaleDown"))
}

// What queues ask for is there at once, what is measured is approached.
func TestScaleOut(t *testing.T) {
	for _, c := range []struct {
		args *scaler.Args
		want []any
	}{
		{render(), []any{map[string]any{"type": "Pods", "value": 100.0, "periodSeconds": 15.0}}},
		{api(), []any{
			map[string]any{"type": "Percent", "value": 100.0, "periodSeconds": 15.0},
			map[string]any{"type": "Pods", "value": 4.0, "periodSeconds": 15.0},
		}},
	} {
		object := testkit.MustRun(t, testkit.Update, program(c.args)).One(t, scaledObjectType, c.args.TargetName)
		assert.Equal(t, map[string]any{"stabilizationWindowSeconds": 0.0, "selectPolicy": "Max", "policies": c.want},
			object.Get(t, "spec", "advanced", "horizontalPodAutoscalerConfig", "behavior", "scaleUp"))
	}
}

func TestRefusedArguments(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*scaler.Args)
		want   string
	}{
		{"name", func(a *scaler.Args) { a.TargetName = "Render" }, `name: "Render" is not a DNS label`},
		{"nothing to scale by", func(a *scaler.Args) { a.Min, a.Queues = 1, nil }, "nothing says how many pods"},
		{"negative", func(a *scaler.Args) { a.Min = -1 }, "min: -1 is negative"},
		{"none by CPU", func(a *scaler.Args) { a.CPU = &scaler.CPU{Percent: 70} }, "min: 0 pods use no CPU"},
		{"max below min", func(a *scaler.Args) { a.Min, a.Max = 3, 2 }, "max: 2 is below min 3"},
		{"none at all", func(a *scaler.Args) { a.Max = 0 }, "max: 0 is below min 0, or below 1"},
		{"no queue", func(a *scaler.Args) { a.Queues.Names = nil }, "queues.names: is empty"},
		{"queue", func(a *scaler.Args) { a.Queues.Names = []string{"a:b"} }, `queues.names: "a:b" is not the name of a queue`},
		{"messages", func(a *scaler.Args) { a.Queues.PerPod = 0 }, "queues.perPod: 0 messages"},
		{"port", func(a *scaler.Args) { a.Queues.Port = 0 }, "queues.port: 0 is not a port"},
		{"key", func(a *scaler.Args) { a.Queues.SecretKey = "" }, "queues.secretKey: is empty"},
		{"percent", func(a *scaler.Args) { a.Min, a.CPU = 1, &scaler.CPU{Percent: 101} }, "cpu.percent: 101 is outside 1 to 100"},
		{"requests", func(a *scaler.Args) { a.Min, a.Requests = 1, &scaler.Requests{Region: "us-east-1"} }, "requests.perPod: 0 requests"},
		{"region", func(a *scaler.Args) { a.Min, a.Requests = 1, &scaler.Requests{PerPod: 1} }, "requests.region: is empty"},
		{"window", func(a *scaler.Args) { a.ScaleIn.WindowSeconds = 3601 }, "scaleIn.windowSeconds: 3601 is outside 0 to 3600"},
		{"period", func(a *scaler.Args) { a.ScaleIn.PodSeconds = 0 }, "scaleIn.podSeconds: 0 is outside 1 to 1800"},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := render()
			c.change(args)
			assert.ErrorContains(t, testkit.Refused(t, func(ctx *pulumi.Context) error {
				_, err := scaler.New(ctx, "render", args)
				return err
			}), c.want)
		})
	}
}
