package workload

import (
	"fmt"

	appsv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apps/v1"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	policyv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/policy/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// QoSLabel is the pod label that announces the pod's Class to policies.
const QoSLabel = "coffee.dev/qos"

// Workload is a Deployment with all that belongs to it.
type Workload struct {
	pulumi.ResourceState

	// DeploymentName is the Deployment's name; what takes it from here waits until its pods are ready.
	DeploymentName pulumi.StringOutput `pulumi:"deploymentName"`
	// ServiceName is the Service's name, "" without a port; what takes it from here waits for the Service.
	ServiceName pulumi.StringOutput `pulumi:"serviceName"`
	// Ready is the resource after which this release runs.
	Ready pulumi.Resource
}

// New creates a workload. It fails before the first resource if args do not validate.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Workload, error) {
	args.nameContainers()
	if err := args.Validate().Err(); err != nil {
		return nil, fmt.Errorf("workload %q: %w", name, err)
	}
	w := &Workload{}
	if err := ctx.RegisterComponentResource("coffee:workload:Workload", name, w, opts...); err != nil {
		return nil, fmt.Errorf("registering workload %q: %w", name, err)
	}
	b := &builder{
		ctx: ctx, name: name, parent: pulumi.Parent(w),
		appName: args.AppName, component: args.Component, class: args.Class, priority: args.Priority,
		namespace: args.Namespace, sidecar: args.Sidecar,
	}
	if err := b.build(w, args); err != nil {
		return nil, err
	}
	return w, ctx.RegisterResourceOutputs(w, pulumi.Map{"deploymentName": w.DeploymentName, "serviceName": w.ServiceName})
}

// nameContainers gives the container that has no name the workload's.
func (a *Args) nameContainers() {
	if a.Container.ContainerName == "" {
		a.Container.ContainerName = a.AppName
	}
}

func (b *builder) build(w *Workload, args *Args) error {
	if err := b.createServiceAccount(); err != nil {
		return err
	}
	if err := b.createSettings(args.Secrets, args.SecretStore, args.containers()...); err != nil {
		return err
	}
	// Pods that start before their policy does are under the namespace's, which denies everything.
	policy, err := b.createNetworkPolicy(args.Rules)
	if err != nil {
		return err
	}
	if err := b.createDisruptionBudget(args); err != nil {
		return err
	}
	w.ServiceName = pulumi.String("").ToStringOutput()
	if args.Container.Port != 0 {
		if w.ServiceName, err = b.createService(args); err != nil {
			return err
		}
	}
	deployment, err := b.createDeployment(args, policy)
	if err != nil {
		return err
	}
	w.DeploymentName = deployment.Metadata.Name().Elem()
	w.Ready = deployment
	return nil
}

func (b *builder) createService(args *Args) (pulumi.StringOutput, error) {
	spec := &corev1.ServiceSpecArgs{
		Type:     pulumi.String("ClusterIP"),
		Selector: b.selector(),
		// The Service's port is the container's: network policies in Auto Mode want them equal.
		Ports: corev1.ServicePortArray{&corev1.ServicePortArgs{
			Name:       pulumi.String(portName),
			Port:       pulumi.Int(args.Container.Port),
			TargetPort: pulumi.String(portName),
		}},
	}
	if args.Headless {
		spec.ClusterIP = pulumi.String("None")
	}
	service, err := corev1.NewService(b.ctx, b.name, &corev1.ServiceArgs{Metadata: b.metadata(), Spec: spec}, b.parent)
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("creating service %q: %w", b.name, err)
	}
	return service.Metadata.Name().Elem(), nil
}

const (
	// rolloutMargin is what Pulumi waits for a rollout beyond the start of its slowest container: for nodes and images,
	// twice over, since pods are replaced one by one.
	rolloutMargin = 20 * 60
	// rolloutDrains is for how many pods that take their whole time to stop a rollout is waited for besides, one after the
	// other: where a pool has no room for all new pods beside the old ones, they wait until old ones have ended.
	rolloutDrains = 2
	// progressMargin is how long a rollout may take for one pod, beyond an old one that ends before it, in seconds:
	// Kubernetes' default for all of it
	// (https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#progress-deadline-seconds).
	progressMargin = 600
)

func (b *builder) createDeployment(args *Args, policy pulumi.Resource) (*appsv1.Deployment, error) {
	spec := &appsv1.DeploymentSpecArgs{
		Selector: &metav1.LabelSelectorArgs{MatchLabels: b.selector()},
		Strategy: &appsv1.DeploymentStrategyArgs{
			Type: pulumi.String("RollingUpdate"),
			RollingUpdate: &appsv1.RollingUpdateDeploymentArgs{
				MaxSurge:       pulumi.Int(1),
				MaxUnavailable: pulumi.Int(args.MaxUnavailable),
			},
		},
		ProgressDeadlineSeconds: pulumi.Int(args.GraceSeconds() + progressMargin),
		Template:                b.podTemplate(args),
	}
	// Left out, the number is the autoscaler's, and no deployment takes it back.
	if args.MaxReplicas == 0 {
		spec.Replicas = pulumi.Int(args.Replicas)
	}
	timeout := 0
	for _, c := range args.containers() {
		timeout = max(timeout, c.StartupSeconds)
	}
	deployment, err := appsv1.NewDeployment(b.ctx, b.name, &appsv1.DeploymentArgs{Metadata: b.metadata(), Spec: spec}, b.parent,
		pulumi.DependsOn(append([]pulumi.Resource{policy}, args.After...)),
		pulumi.Timeouts(&pulumi.CustomTimeouts{
			Create: seconds(timeout + rolloutMargin),
			Update: seconds(timeout + rolloutMargin + rolloutDrains*args.GraceSeconds()),
			Delete: seconds(args.GraceSeconds() + rolloutMargin),
		}))
	if err != nil {
		return nil, fmt.Errorf("creating deployment %q: %w", b.name, err)
	}
	return deployment, nil
}

func seconds(n int) string { return fmt.Sprintf("%ds", n) }

// createDisruptionBudget lets a node be drained one pod at a time. With a single replica there is no
// budget: it would either block every drain or promise nothing.
func (b *builder) createDisruptionBudget(args *Args) error {
	if args.most() < 2 {
		return nil
	}
	_, err := policyv1.NewPodDisruptionBudget(b.ctx, b.name, &policyv1.PodDisruptionBudgetArgs{
		Metadata: b.metadata(),
		Spec: &policyv1.PodDisruptionBudgetSpecArgs{
			MaxUnavailable: pulumi.Int(1),
			Selector:       &metav1.LabelSelectorArgs{MatchLabels: b.selector()},
			// A pod that is broken anyway does not hold up the drain of its node.
			UnhealthyPodEvictionPolicy: pulumi.String("AlwaysAllow"),
		},
	}, b.parent)
	if err != nil {
		return fmt.Errorf("creating disruption budget %q: %w", b.name, err)
	}
	return nil
}
