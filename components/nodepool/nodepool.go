package nodepool

import (
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apiextensions"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// Label is the node label that says which pool a node is of.
	Label = "coffee.dev/pool"

	// nodeLifetime is how long a node lives before it is replaced with a patched one: Auto Mode's own
	// default of two weeks.
	nodeLifetime = "336h"

	// idleTime is how long a node may be empty, or a saving possible, before it is taken: long enough for
	// the next pod of a burst to come, short enough not to pay for the night.
	idleTime = "2m"
)

// TaintKey is the key of the taint of a dedicated pool's nodes; its value is "true", its effect NoSchedule.
func TaintKey(pool string) string { return "coffee.dev/" + pool }

// NodePool is a pool of nodes.
type NodePool struct {
	pulumi.ResourceState

	// Name is the pool's name; what takes it from here waits for the pool.
	Name pulumi.StringOutput `pulumi:"name"`
	// Pool is the resource after which pods find nodes to run on, and before which they must go.
	Pool pulumi.Resource
}

// New creates a node pool. It fails before the first resource if args do not validate.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*NodePool, error) {
	if err := args.Validate().Err(); err != nil {
		return nil, fmt.Errorf("node pool %q: %w", name, err)
	}
	n := &NodePool{}
	if err := ctx.RegisterComponentResource("coffee:nodepool:NodePool", name, n, opts...); err != nil {
		return nil, fmt.Errorf("registering node pool %q: %w", name, err)
	}
	class, err := createClass(ctx, name, args, pulumi.Parent(n))
	if err != nil {
		return nil, err
	}
	pool, err := createPool(ctx, name, args, class, pulumi.Parent(n))
	if err != nil {
		return nil, err
	}
	n.Name = pool.Metadata.Name().Elem()
	n.Pool = pool
	return n, ctx.RegisterResourceOutputs(n, pulumi.Map{"name": n.Name})
}

func createClass(ctx *pulumi.Context, name string, args *Args, parent pulumi.ResourceOption) (*apiextensions.CustomResource, error) {
	subnets := args.SubnetIDs.ToStringArrayOutput().ApplyT(func(ids []string) []map[string]string {
		terms := make([]map[string]string, len(ids))
		for i, id := range ids {
			terms[i] = map[string]string{"id": id}
		}
		return terms
	})
	networkPolicy := "DefaultAllow"
	if args.Dedicated {
		networkPolicy = "DefaultDeny"
	}
	class, err := apiextensions.NewCustomResource(ctx, name+"-class", &apiextensions.CustomResourceArgs{
		ApiVersion: pulumi.String("eks.amazonaws.com/v1"),
		Kind:       pulumi.String("NodeClass"),
		Metadata:   &metav1.ObjectMetaArgs{Name: pulumi.String(args.PoolName)},
		OtherFields: kubernetes.UntypedArgs{"spec": pulumi.Map{
			"role":                       args.NodeRole,
			"subnetSelectorTerms":        subnets,
			"securityGroupSelectorTerms": pulumi.Array{pulumi.StringMap{"id": args.SecurityGroupID}},
			"networkPolicy":              pulumi.String(networkPolicy),
			"ephemeralStorage": pulumi.Map{
				"size":     pulumi.String(strconv.Itoa(args.DiskGiB) + "Gi"),
				"kmsKeyID": args.KeyARN,
			},
			"tags": pulumi.ToStringMap(args.Tags),
		}},
	}, parent, pulumi.DependsOn(args.Access))
	if err != nil {
		return nil, fmt.Errorf("creating node class %q: %w", name, err)
	}
	return class, nil
}

func createPool(ctx *pulumi.Context, name string, args *Args, class *apiextensions.CustomResource, parent pulumi.ResourceOption) (*apiextensions.CustomResource, error) {
	requirements := pulumi.Array{
		// A spot notice gives two minutes; nothing here stops that fast.
		oneOf("karpenter.sh/capacity-type", "on-demand"),
		oneOf("kubernetes.io/arch", "amd64"),
		oneOf("eks.amazonaws.com/instance-family", args.Families...),
		oneOf("eks.amazonaws.com/instance-cpu", texts(args.CPUs)...),
	}
	limits := pulumi.StringMap{
		"cpu":    pulumi.String(strconv.Itoa(args.MaxCPU)),
		"memory": pulumi.String(strconv.Itoa(args.MaxMemoryGiB) + "Gi"),
	}
	if args.MaxGPUs > 0 {
		// https://docs.aws.amazon.com/eks/latest/userguide/auto-accelerated.html
		requirements = append(requirements, oneOf("eks.amazonaws.com/instance-gpu-manufacturer", "nvidia"))
		limits["nvidia.com/gpu"] = pulumi.String(strconv.Itoa(args.MaxGPUs))
	}
	template := pulumi.Map{
		"nodeClassRef": pulumi.StringMap{
			"group": pulumi.String("eks.amazonaws.com"),
			"kind":  pulumi.String("NodeClass"),
			"name":  class.Metadata.Name().Elem(),
		},
		"requirements":           requirements,
		"expireAfter":            pulumi.String(nodeLifetime),
		"terminationGracePeriod": pulumi.String(strconv.Itoa(args.DrainMinutes) + "m"),
	}
	if args.Dedicated {
		template["taints"] = pulumi.Array{pulumi.StringMap{
			"key":    pulumi.String(TaintKey(args.PoolName)),
			"value":  pulumi.String("true"),
			"effect": pulumi.String("NoSchedule"),
		}}
	}
	consolidation := "WhenEmptyOrUnderutilized"
	if args.OnlyWhenEmpty {
		consolidation = "WhenEmpty"
	}
	pool, err := apiextensions.NewCustomResource(ctx, name, &apiextensions.CustomResourceArgs{
		ApiVersion: pulumi.String("karpenter.sh/v1"),
		Kind:       pulumi.String("NodePool"),
		Metadata:   &metav1.ObjectMetaArgs{Name: pulumi.String(args.PoolName)},
		OtherFields: kubernetes.UntypedArgs{"spec": pulumi.Map{
			"template": pulumi.Map{
				"metadata": pulumi.Map{"labels": pulumi.StringMap{Label: pulumi.String(args.PoolName)}},
				"spec":     template,
			},
			"limits": limits,
			"disruption": pulumi.Map{
				"consolidationPolicy": pulumi.String(consolidation),
				"consolidateAfter":    pulumi.String(idleTime),
				// One node at a time, so that a small pool never loses all of its nodes at once.
				"budgets": pulumi.Array{pulumi.StringMap{"nodes": pulumi.String("1")}},
			},
		}},
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("creating node pool %q: %w", name, err)
	}
	return pool, nil
}

// oneOf is a requirement that a node's label has one of the values.
func oneOf(label string, values ...string) pulumi.Map {
	return pulumi.Map{
		"key":      pulumi.String(label),
		"operator": pulumi.String("In"),
		"values":   pulumi.ToStringArray(values),
	}
}

func texts(numbers []int) []string {
	list := make([]string, len(numbers))
	for i, n := range numbers {
		list[i] = strconv.Itoa(n)
	}
	return list
}
