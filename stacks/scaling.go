package stacks

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/components/apps/api"
	"coffee-platform/components/apps/frontend"
	"coffee-platform/components/apps/render"
	"coffee-platform/components/apps/worker"
	"coffee-platform/components/autoscaling"
	"coffee-platform/components/edge"
	"coffee-platform/components/externalsecret"
	"coffee-platform/components/redis"
	"coffee-platform/components/scaler"
)

// How pods are taken away. Who answers people gets fewer pods after five quiet minutes; who works on tasks, whose
// pods may be in the middle of one, after ten, and one in two minutes.
var (
	servingScaleIn = scaler.ScaleIn{WindowSeconds: 300, PodSeconds: 60}
	workingScaleIn = scaler.ScaleIn{WindowSeconds: 600, PodSeconds: 120}
)

// tokenSecret is what the AUTH token is called in the Secret that KEDA reads it from.
const tokenSecret = "password"

// scaleProduct has as many pods run as the product's queues, CPUs and requests ask for.
func (e *Environment) scaleProduct(ctx *pulumi.Context, s *surroundings, p *product, scaling *autoscaling.Autoscaling,
	front *edge.Edge, inCluster pulumi.ResourceOption,
) error {
	if len(p.running) == 0 {
		return nil
	}
	token, err := externalsecret.New(ctx, "autoscaling-redis", &externalsecret.Args{
		Namespace: s.namespace,
		StoreName: s.secretStore,
		Values:    map[string]externalsecret.Ref{tokenSecret: s.brokerPassword()},
	}, pulumi.Parent(scaling))
	if err != nil {
		return err
	}
	queues := func(name string, perPod int) *scaler.Queues {
		return &scaler.Queues{
			Names: []string{name}, PerPod: perPod,
			Address: s.broker.Address, Port: redis.Port, SecretName: token, SecretKey: tokenSecret,
		}
	}
	scalers := map[string]*scaler.Args{
		api.Name: {
			Min: e.API.MinReplicas, Max: e.API.MaxReplicas, ScaleIn: servingScaleIn,
			CPU: &scaler.CPU{Percent: e.API.CPUPercent}, Requests: e.apiRequests(front),
		},
		frontend.Name: {
			Min: e.Frontend.MinReplicas, Max: e.Frontend.MaxReplicas, ScaleIn: servingScaleIn,
			CPU: &scaler.CPU{Percent: e.Frontend.CPUPercent},
		},
		// A message is a render, and a render a pod. Its consumers are another Deployment, which always runs.
		render.Name: {Max: e.Render.MaxReplicas, ScaleIn: workingScaleIn, Queues: queues(e.Render.Queue, 1)},
	}
	for _, queue := range e.queues() {
		q := e.Workers.Queues[queue]
		scalers[worker.Name(queue)] = &scaler.Args{
			Min: q.MinReplicas, Max: q.MaxReplicas, ScaleIn: workingScaleIn,
			Queues: queues(queue, e.workerArgs(queue).Slots()),
		}
	}
	for _, name := range e.serviceNames() {
		service := e.Services[name]
		scalers[name] = &scaler.Args{
			Min: service.MinReplicas, Max: service.MaxReplicas, ScaleIn: servingScaleIn,
			CPU: &scaler.CPU{Percent: service.CPUPercent},
		}
	}
	for name, args := range scalers {
		running, ok := p.running[name]
		if !ok {
			continue
		}
		args.TargetName = name
		args.Namespace = s.namespace
		args.Labels = pulumi.StringMap{"app.kubernetes.io/name": pulumi.String(name), "app.kubernetes.io/part-of": pulumi.String("coffee")}
		args.After = []pulumi.Resource{scaling.Ready, running.Ready}
		if _, err := scaler.New(ctx, name, args, inCluster); err != nil {
			return fmt.Errorf("scaling %s: %w", name, err)
		}
	}
	return nil
}

// apiRequests scales the API by what reaches it, where there is a load balancer to count.
func (e *Environment) apiRequests(front *edge.Edge) *scaler.Requests {
	if front == nil {
		return nil
	}
	return &scaler.Requests{
		PerPod: e.API.RequestsPerSecond * 60, Region: e.Region,
		LoadBalancer: front.LoadBalancerARNSuffix,
		TargetGroup:  front.TargetGroupARNSuffixes.MapIndex(pulumi.String(api.Name)),
	}
}
