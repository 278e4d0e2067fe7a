package stacks

import (
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/components/autoscaling"
	"coffee-platform/components/cluster"
	"coffee-platform/components/externalsecrets"
	"coffee-platform/components/namespace"
	"coffee-platform/components/networkpolicy"
	"coffee-platform/components/redis"
	"coffee-platform/components/secrets"
	"coffee-platform/stacks/callgraph"
)

// What the product needs in the cluster beside itself: its secrets brought, its pods counted, its door.

// kubernetesAPI is the API as pods reach it, by its Service and where that leads, in the private subnets.
func (e *Environment) kubernetesAPI() networkpolicy.Peer {
	return networkpolicy.Peer{
		CIDRs: append([]string{cluster.APIAddress + "/32"}, e.networkArgs().PrivateCIDRs()...),
		Ports: []int{443},
	}
}

// controlPlane is who asks a metrics server: the API server, from the private subnets.
func (e *Environment) controlPlane(port int) networkpolicy.Peer {
	return networkpolicy.Peer{CIDRs: e.networkArgs().PrivateCIDRs(), Ports: []int{port}}
}

// systemReplicas is how many pods of each controller run: where nobody is on call for it, one is enough.
func (e *Environment) systemReplicas() int { return pick(e.Tier, 1, 2, 2) }

func (e *Environment) externalSecretsArgs() *externalsecrets.Args {
	return &externalsecrets.Args{
		Replicas:           e.systemReplicas(),
		PodSecurityVersion: e.Cluster.Version,
		StoreNamespace:     productNamespace,
		DNSAddress:         cluster.DNSAddress,
		Quota:              quota(e.systemWorkloads()[externalsecrets.NamespaceName]),
		Rules:              networkpolicy.Rules{Callees: append(e.awsAPIs(), e.kubernetesAPI())},
		Region:             e.Region,
		AccountID:          e.AccountID,
		ClusterName:        e.nameInAWS(),
	}
}

// deployExternalSecrets brings the product's secrets, those and no others, into its namespace.
func (e *Environment) deployExternalSecrets(ctx *pulumi.Context, kubernetes *cluster.Cluster, product *namespace.Namespace,
	broker *redis.Redis, generated *secrets.Secrets, nodes []pulumi.Resource, options ...pulumi.ResourceOption,
) (*externalsecrets.ExternalSecrets, error) {
	args := e.externalSecretsArgs()
	args.Cluster = kubernetes.Name
	args.Namespace = product.Name
	readable := pulumi.StringArray{broker.AuthTokenSecretARN}
	for _, name := range slices.Sorted(maps.Keys(generated.Stored)) {
		readable = append(readable, generated.Stored[name].ARN)
	}
	args.SecretARNs = readable
	args.KeyARNs = pulumi.StringArray{generated.KeyARN, broker.KeyARN}
	args.After = nodes
	return externalsecrets.New(ctx, "external-secrets", args, options...)
}

func (e *Environment) autoscalingArgs() *autoscaling.Args {
	redisPeer := e.peer(callgraph.Redis)
	redisPeer.Ports = []int{redis.Port}
	return &autoscaling.Args{
		Replicas:           e.systemReplicas(),
		PodSecurityVersion: e.Cluster.Version,
		WatchNamespace:     productNamespace,
		CloudWatch:         e.Edge.Domain != "",
		DNSAddress:         cluster.DNSAddress,
		Quota:              quota(e.systemWorkloads()[autoscaling.NamespaceName]),
		Rules: networkpolicy.Rules{
			Callers: []networkpolicy.Peer{
				e.controlPlane(autoscaling.MetricsPort),
				{Namespace: autoscaling.NamespaceName, Ports: []int{autoscaling.OperatorPort}},
			},
			Callees: append(e.awsAPIs(), e.kubernetesAPI(), redisPeer,
				networkpolicy.Peer{Namespace: autoscaling.NamespaceName, Ports: []int{autoscaling.OperatorPort}}),
		},
		Region:      e.Region,
		AccountID:   e.AccountID,
		ClusterName: e.nameInAWS(),
	}
}

// deployAutoscaling installs what counts tasks and requests, and has as many pods run as they ask for.
func (e *Environment) deployAutoscaling(ctx *pulumi.Context, kubernetes *cluster.Cluster, product *namespace.Namespace,
	nodes []pulumi.Resource, options ...pulumi.ResourceOption,
) (*autoscaling.Autoscaling, error) {
	args := e.autoscalingArgs()
	args.Cluster = kubernetes.Name
	args.Namespace = product.Name
	args.After = nodes
	return autoscaling.New(ctx, "autoscaling", args, options...)
}
