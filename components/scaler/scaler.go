package scaler

import (
	"fmt"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apiextensions"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/internal/awaitready"
)

const (
	kedaAPI = "keda.sh/v1alpha1"

	// pollingInterval is how often KEDA looks whether there is anything to do at all, in seconds, and how often it
	// asks CloudWatch.
	pollingInterval = 30

	// cooldownSeconds is how long nothing has to be in any queue before the last pod goes: KEDA's own default
	// (https://keda.sh/docs/2.20/reference/scaledobject-spec/#cooldownperiod).
	cooldownSeconds = 300
)

// Scaler is what scales a Deployment.
type Scaler struct {
	pulumi.ResourceState
}

// New creates what scales a Deployment. It fails before the first resource if args do not validate.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Scaler, error) {
	if err := args.Validate().Err(); err != nil {
		return nil, fmt.Errorf("scaler %q: %w", name, err)
	}
	s := &Scaler{}
	if err := ctx.RegisterComponentResource("coffee:scaler:Scaler", name, s, opts...); err != nil {
		return nil, fmt.Errorf("registering scaler %q: %w", name, err)
	}
	b := &builder{ctx: ctx, name: name, args: args, parent: pulumi.Parent(s)}
	if err := b.build(); err != nil {
		return nil, err
	}
	return s, ctx.RegisterResourceOutputs(s, pulumi.Map{})
}

// builder holds what every step of New needs.
type builder struct {
	ctx    *pulumi.Context
	name   string
	args   *Args
	parent pulumi.ResourceOption
}

func (b *builder) build() error {
	triggers := pulumi.Array{}
	if queues := b.args.Queues; queues != nil {
		authentication, err := b.authenticate("redis", pulumi.Map{"secretTargetRef": pulumi.Array{pulumi.StringMap{
			"parameter": pulumi.String("password"),
			"name":      queues.SecretName,
			"key":       pulumi.String(queues.SecretKey),
		}}})
		if err != nil {
			return err
		}
		triggers = append(triggers, queues.triggers(authentication)...)
	}
	if b.args.CPU != nil {
		triggers = append(triggers, b.args.CPU.trigger())
	}
	if requests := b.args.Requests; requests != nil {
		// Without a role of its own, the trigger uses the identity of the operator's pods
		// (https://keda.sh/docs/2.20/authentication-providers/aws/).
		authentication, err := b.authenticate("aws", pulumi.Map{"podIdentity": pulumi.StringMap{"provider": pulumi.String("aws")}})
		if err != nil {
			return err
		}
		triggers = append(triggers, requests.trigger(authentication))
	}
	_, err := apiextensions.NewCustomResource(b.ctx, b.name, &apiextensions.CustomResourceArgs{
		ApiVersion:  pulumi.String(kedaAPI),
		Kind:        pulumi.String("ScaledObject"),
		Metadata:    b.metadata(b.args.TargetName, awaitready.Annotations()),
		OtherFields: kubernetes.UntypedArgs{"spec": b.spec(triggers)},
	}, b.parent, pulumi.DependsOn(b.args.After))
	if err != nil {
		return fmt.Errorf("scaling %q: %w", b.name, err)
	}
	return nil
}

// authenticate tells KEDA with what it asks, and returns the name it knows that by.
func (b *builder) authenticate(with string, spec pulumi.Map) (pulumi.StringOutput, error) {
	authentication, err := apiextensions.NewCustomResource(b.ctx, b.name+"-"+with, &apiextensions.CustomResourceArgs{
		ApiVersion:  pulumi.String(kedaAPI),
		Kind:        pulumi.String("TriggerAuthentication"),
		Metadata:    b.metadata(b.args.TargetName+"-"+with, nil),
		OtherFields: kubernetes.UntypedArgs{"spec": spec},
	}, b.parent, pulumi.DependsOn(b.args.After))
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("letting KEDA ask %s for %q: %w", with, b.name, err)
	}
	return authentication.Metadata.Name().Elem(), nil
}

// spec is how the Deployment is scaled. There is no fallback: while what a trigger asks does not answer, KEDA
// and the autoscaler leave the pods that run alone, and more of them would have nothing to do.
func (b *builder) spec(triggers pulumi.Array) pulumi.Map {
	return pulumi.Map{
		"scaleTargetRef": pulumi.StringMap{
			"apiVersion": pulumi.String("apps/v1"),
			"kind":       pulumi.String("Deployment"),
			"name":       pulumi.String(b.args.TargetName),
		},
		"minReplicaCount": pulumi.Int(b.args.Min),
		"maxReplicaCount": pulumi.Int(b.args.Max),
		"pollingInterval": pulumi.Int(pollingInterval),
		"cooldownPeriod":  pulumi.Int(cooldownSeconds),
		"advanced": pulumi.Map{"horizontalPodAutoscalerConfig": pulumi.Map{
			"name": pulumi.String(b.args.TargetName),
			"behavior": pulumi.Map{
				"scaleUp": pulumi.Map{
					"stabilizationWindowSeconds": pulumi.Int(0),
					"selectPolicy":               pulumi.String("Max"),
					"policies":                   b.scaleOut(),
				},
				"scaleDown": pulumi.Map{
					"stabilizationWindowSeconds": pulumi.Int(b.args.ScaleIn.WindowSeconds),
					"selectPolicy":               pulumi.String("Max"),
					"policies":                   pulumi.Array{policy("Pods", 1, b.args.ScaleIn.PodSeconds)},
				},
			},
		}},
		"triggers": triggers,
	}
}

// scaleOut is how fast there are more pods. Messages are counted, not estimated: as many pods as they need come
// at once. CPU and requests rise before the pods that were asked for last help, so for them it is Kubernetes' own
// default: twice as many, or four more, every 15 seconds
// (https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#default-behavior).
func (b *builder) scaleOut() pulumi.Array {
	const periodSeconds, atOnce = 15, 100 // more than any queue of this product has pods
	if b.args.CPU == nil && b.args.Requests == nil {
		return pulumi.Array{policy("Pods", atOnce, periodSeconds)}
	}
	return pulumi.Array{policy("Percent", 100, periodSeconds), policy("Pods", 4, periodSeconds)}
}

func policy(kind string, value, seconds int) pulumi.Map {
	return pulumi.Map{
		"type":          pulumi.String(kind),
		"value":         pulumi.Int(value),
		"periodSeconds": pulumi.Int(seconds),
	}
}

func (b *builder) metadata(name string, annotations pulumi.StringMap) *metav1.ObjectMetaArgs {
	metadata := &metav1.ObjectMetaArgs{
		Name:      pulumi.String(name),
		Namespace: b.args.Namespace,
		Labels:    b.args.Labels,
	}
	if annotations != nil {
		metadata.Annotations = annotations
	}
	return metadata
}
