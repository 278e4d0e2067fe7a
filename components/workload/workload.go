package workload

import (
	"fmt"

	appsv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apps/v1"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	policyv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/policy/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// portName names the container's port, so that Service and probes need not repeat its number.
const portName = "http"

// QoSLabel is the pod label that announces the pod's Class to policies.
const QoSLabel = "coffee.dev/qos"

// Workload is a Deployment with all that belongs to it.
type Workload struct {
	pulumi.ResourceState

	// URL is where other pods reach the workload.
	URL pulumi.StringOutput `pulumi:"url"`
}

// New creates a workload. It fails before the first resource if args do not validate.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Workload, error) {
	if err := args.Validate().Err(); err != nil {
		return nil, fmt.Errorf("workload %q: %w", name, err)
	}
	w := &Workload{}
	if err := ctx.RegisterComponentResource("coffee:workload:Workload", name, w, opts...); err != nil {
		return nil, fmt.Errorf("registering workload %q: %w", name, err)
	}
	b := &builder{ctx: ctx, name: name, args: args, parent: pulumi.Parent(w)}
	service, err := b.build()
	if err != nil {
		return nil, err
	}
	w.URL = pulumi.Sprintf("http://%s.%s.svc.cluster.local:%d",
		service.Metadata.Name().Elem(), service.Metadata.Namespace().Elem(), args.Port)
	return w, ctx.RegisterResourceOutputs(w, pulumi.Map{"url": w.URL})
}

// builder holds what every step of New needs.
type builder struct {
	ctx    *pulumi.Context
	name   string
	args   *Args
	parent pulumi.ResourceOption
	// serviceAccount and configMap are names of what the pod refers to.
	serviceAccount pulumi.StringOutput
	configMap      pulumi.StringOutput
}

func (b *builder) build() (*corev1.Service, error) {
	account, err := corev1.NewServiceAccount(b.ctx, b.name, &corev1.ServiceAccountArgs{
		Metadata:                     b.metadata(),
		AutomountServiceAccountToken: pulumi.Bool(false),
	}, b.parent)
	if err != nil {
		return nil, fmt.Errorf("creating service account %q: %w", b.name, err)
	}
	b.serviceAccount = account.Metadata.Name().Elem()

	// No name of its own: Pulumi then gives every version of the settings a new one, and pods roll when
	// a setting changes, each release with the settings it was rolled out with.
	settings, err := corev1.NewConfigMap(b.ctx, b.name, &corev1.ConfigMapArgs{
		Metadata:  &metav1.ObjectMetaArgs{Namespace: b.args.Namespace, Labels: b.labels()},
		Data:      b.args.Environment,
		Immutable: pulumi.Bool(true),
	}, b.parent)
	if err != nil {
		return nil, fmt.Errorf("creating settings %q: %w", b.name, err)
	}
	b.configMap = settings.Metadata.Name().Elem()

	if err := b.createDeployment(); err != nil {
		return nil, err
	}
	if err := b.createDisruptionBudget(); err != nil {
		return nil, err
	}
	service, err := corev1.NewService(b.ctx, b.name, &corev1.ServiceArgs{
		Metadata: b.metadata(),
		Spec: &corev1.ServiceSpecArgs{
			Type:     pulumi.String("ClusterIP"),
			Selector: b.selector(),
			// The Service's port is the container's: network policies in Auto Mode want them equal.
			Ports: corev1.ServicePortArray{&corev1.ServicePortArgs{
				Name:       pulumi.String(portName),
				Port:       pulumi.Int(b.args.Port),
				TargetPort: pulumi.String(portName),
			}},
		},
	}, b.parent)
	if err != nil {
		return nil, fmt.Errorf("creating service %q: %w", b.name, err)
	}
	return service, nil
}

func (b *builder) createDeployment() error {
	_, err := appsv1.NewDeployment(b.ctx, b.name, &appsv1.DeploymentArgs{
		Metadata: b.metadata(),
		Spec: &appsv1.DeploymentSpecArgs{
			Replicas: pulumi.Int(b.args.Replicas),
			Selector: &metav1.LabelSelectorArgs{MatchLabels: b.selector()},
			Strategy: &appsv1.DeploymentStrategyArgs{
				Type: pulumi.String("RollingUpdate"),
				RollingUpdate: &appsv1.RollingUpdateDeploymentArgs{
					MaxSurge:       pulumi.Int(1),
					MaxUnavailable: pulumi.Int(0),
				},
			},
			Template: b.podTemplate(),
		},
	}, b.parent, pulumi.DependsOn(b.args.After))
	if err != nil {
		return fmt.Errorf("creating deployment %q: %w", b.name, err)
	}
	return nil
}

// createDisruptionBudget lets a node be drained one pod at a time. With a single replica there is no
// budget: it would either block every drain or promise nothing.
func (b *builder) createDisruptionBudget() error {
	if b.args.Replicas < 2 {
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

func (b *builder) metadata() *metav1.ObjectMetaArgs {
	return &metav1.ObjectMetaArgs{
		Name:      pulumi.String(b.args.AppName),
		Namespace: b.args.Namespace,
		Labels:    b.labels(),
	}
}

// selector are the labels that tell this workload's pods from all others. They can never change.
func (b *builder) selector() pulumi.StringMap {
	return pulumi.StringMap{"app.kubernetes.io/name": pulumi.String(b.args.AppName)}
}

// labels are the labels of everything that belongs to the workload
// (https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/).
func (b *builder) labels() pulumi.StringMap {
	return pulumi.StringMap{
		"app.kubernetes.io/name":      pulumi.String(b.args.AppName),
		"app.kubernetes.io/component": pulumi.String(b.args.Component),
		"app.kubernetes.io/part-of":   pulumi.String("coffee"),
	}
}

func (b *builder) podLabels() pulumi.StringMap {
	labels := b.labels()
	labels[QoSLabel] = pulumi.String(string(b.args.Resources.Class))
	return labels
}
