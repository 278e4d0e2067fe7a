// Package namespace is a Kubernetes namespace in which only hardened pods run: Pod Security admission
// refuses every pod that does not meet the restricted standard.
package namespace

import (
	"fmt"
	"regexp"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/internal/problem"
)

// Args describe a namespace. All are plain values: they decide what is created.
type Args struct {
	// NamespaceName is the name in Kubernetes, a DNS label.
	NamespaceName string
	// PodSecurityVersion is the Kubernetes version whose restricted standard holds, "1.35". Pinned, so
	// that an upgrade of the cluster does not change what is admitted.
	PodSecurityVersion string
	// GateOnLoadBalancer has pods that a load balancer sends requests to be ready only once it finds them
	// healthy, so that no rollout takes the last pod that it knows.
	GateOnLoadBalancer bool
}

// gateLabel is what EKS Auto Mode looks for before it gives the pods of a namespace a readiness gate. Its guide does
// not say so; it was read off the webhook eks-load-balancing-webhook of clusters. Where it is not looked for, nothing
// happens. What it does is that of the controller Auto Mode grew out of
// (https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/pod_readiness_gate/).
const gateLabel = "eks.amazonaws.com/pod-readiness-gate-inject"

var (
	dnsLabel          = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	kubernetesVersion = regexp.MustCompile(`^1\.\d+$`)
)

// Validate reports every problem of the arguments; paths are relative to them.
func (a *Args) Validate() problem.List {
	var problems problem.List
	if !dnsLabel.MatchString(a.NamespaceName) {
		problems.Add("name", "%q is not a DNS label: lower-case letters, digits and -, at most 63", a.NamespaceName)
	}
	if !kubernetesVersion.MatchString(a.PodSecurityVersion) {
		problems.Add("podSecurityVersion", "%q is not a Kubernetes version: write one like 1.35", a.PodSecurityVersion)
	}
	return problems
}

// Namespace is a namespace under the restricted Pod Security standard.
type Namespace struct {
	pulumi.ResourceState

	// Name is the name in Kubernetes; what takes it from here waits for the namespace.
	Name pulumi.StringOutput `pulumi:"name"`
}

// New creates a namespace. It fails before the first resource if args do not validate.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Namespace, error) {
	if err := args.Validate().Err(); err != nil {
		return nil, fmt.Errorf("namespace %q: %w", name, err)
	}
	n := &Namespace{}
	if err := ctx.RegisterComponentResource("coffee:namespace:Namespace", name, n, opts...); err != nil {
		return nil, fmt.Errorf("registering namespace %q: %w", name, err)
	}
	version := pulumi.String("v" + args.PodSecurityVersion)
	labels := pulumi.StringMap{
		"pod-security.kubernetes.io/enforce":         pulumi.String("restricted"),
		"pod-security.kubernetes.io/enforce-version": version,
		"pod-security.kubernetes.io/warn":            pulumi.String("restricted"),
		"pod-security.kubernetes.io/warn-version":    version,
	}
	if args.GateOnLoadBalancer {
		labels[gateLabel] = pulumi.String("enabled")
	}
	created, err := corev1.NewNamespace(ctx, name, &corev1.NamespaceArgs{
		Metadata: &metav1.ObjectMetaArgs{Name: pulumi.String(args.NamespaceName), Labels: labels},
	}, pulumi.Parent(n))
	if err != nil {
		return nil, fmt.Errorf("creating namespace %q: %w", name, err)
	}
	n.Name = created.Metadata.Name().Elem()
	return n, ctx.RegisterResourceOutputs(n, pulumi.Map{"name": n.Name})
}
