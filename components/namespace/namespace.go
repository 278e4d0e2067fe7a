// Package namespace is a Kubernetes namespace in which only hardened pods run, within bounds, and nobody speaks to
// anybody unless a policy says so: Pod Security admission refuses every pod that does not meet the restricted
// standard, a ResourceQuota bounds all of them together, a LimitRange what says nothing of itself.
package namespace

import (
	"fmt"
	"net/netip"
	"regexp"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation"

	"coffee-platform/components/networkpolicy"
	"coffee-platform/internal/problem"
)

// Args describe a namespace. All are plain values: they decide what is created.
type Args struct {
	// NamespaceName is the name in Kubernetes, a DNS label.
	NamespaceName string
	// PodSecurityVersion is the Kubernetes version whose restricted standard holds, "1.35". Pinned, so
	// that an upgrade of the cluster does not change what is admitted.
	PodSecurityVersion string
	// Quota is what all pods together may ask for: "requests.cpu", "requests.memory", "limits.memory", "pods", each
	// with its quantity. CPU limits are in it nowhere: with them, a pod without one would be refused.
	Quota map[string]string
	// DNSAddress is the cluster's name server, which every pod may ask.
	DNSAddress string
	// Rules say who may call all pods of the namespace, and whom they may call besides. The pods of a chart have
	// no policies of their own; those of the product do.
	Rules networkpolicy.Rules
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
	kubernetesVersion = regexp.MustCompile(`^1\.\d+$`)
	// requiredQuota are the bounds that every namespace has.
	requiredQuota = []string{"requests.cpu", "requests.memory", "limits.memory", "pods"}
)

// Validate reports every problem of the arguments; paths are relative to them.
func (a *Args) Validate() problem.List {
	var problems problem.List
	if len(validation.IsDNS1123Label(a.NamespaceName)) > 0 {
		problems.Add("name", "%q is not a DNS label: lower-case letters, digits and -, at most 63", a.NamespaceName)
	}
	if !kubernetesVersion.MatchString(a.PodSecurityVersion) {
		problems.Add("podSecurityVersion", "%q is not a Kubernetes version: write one like 1.35", a.PodSecurityVersion)
	}
	for _, bound := range requiredQuota {
		if quantity, err := resource.ParseQuantity(a.Quota[bound]); err != nil || quantity.Sign() <= 0 {
			problems.Add("quota."+bound, "%q is not a positive Kubernetes quantity: write one like 4 or 16Gi", a.Quota[bound])
		}
	}
	if _, bounded := a.Quota["limits.cpu"]; bounded {
		problems.Add("quota.limits.cpu", "bounds CPU limits, which most pods here do not have: they would all be refused")
	}
	if address, err := netip.ParseAddr(a.DNSAddress); err != nil || !address.Is4() {
		problems.Add("dnsAddress", "%q is not an IPv4 address", a.DNSAddress)
	}
	problems.AddUnder("rules", a.Rules.Validate())
	return problems
}

// Namespace is a namespace under the restricted Pod Security standard.
type Namespace struct {
	pulumi.ResourceState

	// Name is the name in Kubernetes; what takes it from here waits for the namespace.
	Name pulumi.StringOutput `pulumi:"name"`
	// Ready are the resources after which pods are bounded and isolated.
	Ready []pulumi.Resource
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
	parent := pulumi.Parent(n)
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
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("creating namespace %q: %w", name, err)
	}
	n.Name = created.Metadata.Name().Elem()
	bounds, err := createBounds(ctx, name, args, n.Name, parent)
	if err != nil {
		return nil, err
	}
	policies, err := createPolicies(ctx, name, args, n.Name, parent)
	if err != nil {
		return nil, err
	}
	n.Ready = append(bounds, policies...)
	return n, ctx.RegisterResourceOutputs(n, pulumi.Map{"name": n.Name})
}

// What a container gets that says nothing of itself: enough to start, little enough to be noticed.
const (
	defaultCPU         = "50m"
	defaultMemory      = "128Mi"
	defaultMemoryLimit = "256Mi"
)

// createBounds bounds all pods together, and those that do not bound themselves.
func createBounds(ctx *pulumi.Context, name string, args *Args, namespace pulumi.StringInput, parent pulumi.ResourceOption) ([]pulumi.Resource, error) {
	quota, err := corev1.NewResourceQuota(ctx, name, &corev1.ResourceQuotaArgs{
		Metadata: &metav1.ObjectMetaArgs{Name: pulumi.String(args.NamespaceName), Namespace: namespace},
		Spec:     &corev1.ResourceQuotaSpecArgs{Hard: pulumi.ToStringMap(args.Quota)},
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("creating quota %q: %w", name, err)
	}
	defaults, err := corev1.NewLimitRange(ctx, name, &corev1.LimitRangeArgs{
		Metadata: &metav1.ObjectMetaArgs{Name: pulumi.String(args.NamespaceName), Namespace: namespace},
		Spec: &corev1.LimitRangeSpecArgs{Limits: corev1.LimitRangeItemArray{&corev1.LimitRangeItemArgs{
			Type:           pulumi.String("Container"),
			Default:        pulumi.StringMap{"memory": pulumi.String(defaultMemoryLimit)},
			DefaultRequest: pulumi.StringMap{"cpu": pulumi.String(defaultCPU), "memory": pulumi.String(defaultMemory)},
		}}},
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("creating limit range %q: %w", name, err)
	}
	return []pulumi.Resource{quota, defaults}, nil
}

// createPolicies denies everything, both ways, and allows every pod to ask for names.
func createPolicies(ctx *pulumi.Context, name string, args *Args, namespace pulumi.StringInput, parent pulumi.ResourceOption) ([]pulumi.Resource, error) {
	var made []pulumi.Resource
	policies := map[string]networkpolicy.Rules{
		"default-deny": {},
		"allow-dns":    {Callees: []networkpolicy.Peer{networkpolicy.DNS(args.DNSAddress)}},
	}
	if len(args.Rules.Callers)+len(args.Rules.Callees) > 0 {
		policies["allow-declared"] = args.Rules
	}
	for policy, rules := range policies {
		created, err := networkpolicy.New(ctx, name+"-"+policy, &networkpolicy.Args{
			PolicyName: policy, Namespace: namespace, Rules: rules,
		}, parent)
		if err != nil {
			return nil, err
		}
		made = append(made, created)
	}
	return made, nil
}
