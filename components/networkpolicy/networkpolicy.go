// Package networkpolicy writes NetworkPolicies: who may call some pods, and whom they may call. It is a
// foundation other components build on, not a component of its own: a policy belongs to the pods it is about.
package networkpolicy

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"

	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	networkingv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/networking/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/internal/problem"
)

// ComponentLabel is the pod label that policies tell pods apart by.
const ComponentLabel = "app.kubernetes.io/component"

// Peer is the other side of a call: pods of one kind, or addresses.
type Peer struct {
	// Component is the value of ComponentLabel of the pods that are meant.
	Component string
	// Namespace is where those pods are; "" is the policy's own. Without a Component all its pods are meant.
	Namespace string
	// CIDRs are the addresses that are meant, Except what of them is not: "10.10.208.0/22".
	CIDRs  []string
	Except []string
	// Ports are the TCP ports of the call. UDP are its UDP ports, for DNS.
	Ports []int
	UDP   []int
}

// Rules say who may call and who may be called. What is in none of them is denied.
type Rules struct {
	// Callers are who may call, each with the ports of the called pods.
	Callers []Peer
	// Callees are who may be called, each with its own ports.
	Callees []Peer
}

// MetadataCIDR are the link-local addresses: the instance's metadata and credentials among them.
const MetadataCIDR = "169.254.0.0/16"

// PodIdentity is the agent on every node that hands pods their AWS credentials
// (https://docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html).
var PodIdentity = Peer{CIDRs: []string{"169.254.170.23/32"}, Ports: []int{80}}

// PublicHTTPS is every public address by HTTPS. A NetworkPolicy cannot tell the addresses of S3, which change,
// from others; private and link-local ones are out, the VPC and the metadata service among them.
var PublicHTTPS = Peer{
	CIDRs:  []string{"0.0.0.0/0"},
	Except: []string{"10.0.0.0/8", "100.64.0.0/10", MetadataCIDR, "172.16.0.0/12", "192.168.0.0/16"},
	Ports:  []int{443},
}

// DNS is the cluster's name server. Auto Mode runs it on the nodes themselves, so that a rule that selects its
// pods selects nothing (https://github.com/aws/containers-roadmap/issues/2552): the address has to be named.
func DNS(address string) Peer {
	return Peer{CIDRs: []string{address + "/32"}, Ports: []int{53}, UDP: []int{53}}
}

// Validate reports every problem of the rules; paths are relative to them.
func (r Rules) Validate() problem.List {
	var problems problem.List
	for path, peers := range map[string][]Peer{"callers": r.Callers, "callees": r.Callees} {
		for i, peer := range peers {
			problems.AddUnder(fmt.Sprintf("%s[%d]", path, i), peer.validate())
		}
	}
	return problems
}

func (p Peer) validate() problem.List {
	var problems problem.List
	if (p.Component != "" || p.Namespace != "") == (len(p.CIDRs) > 0) {
		problems.Add("", "names pods and addresses, or neither: a call has one other side")
	}
	if len(p.Ports)+len(p.UDP) == 0 {
		problems.Add("ports", "is empty, which would mean every port: name those of the call")
	}
	for _, port := range slices.Concat(p.Ports, p.UDP) {
		if port < 1 || port > 65535 {
			problems.Add("ports", "%d is not a port: use 1 to 65535", port)
		}
	}
	for _, cidr := range slices.Concat(p.CIDRs, p.Except) {
		if prefix, err := netip.ParsePrefix(cidr); err != nil || prefix != prefix.Masked() {
			problems.Add("cidrs", "%q is not an address range: write one like 10.10.208.0/22", cidr)
		}
	}
	return problems
}

// Args describe a policy.
type Args struct {
	// PolicyName is its name in Kubernetes.
	PolicyName string
	// Pods are the labels of the pods it is about; none means all of the namespace.
	Pods map[string]string
	// Labels are the policy's own.
	Labels pulumi.StringMapInput
	// Rules are validated before.
	Rules Rules

	// Namespace is where the pods are.
	Namespace pulumi.StringInput
}

// New creates a policy that denies both ways what its rules do not allow.
func New(ctx *pulumi.Context, name string, args *Args, parent pulumi.ResourceOption) (*networkingv1.NetworkPolicy, error) {
	ingress := networkingv1.NetworkPolicyIngressRuleArray{}
	for _, caller := range args.Rules.Callers {
		ingress = append(ingress, &networkingv1.NetworkPolicyIngressRuleArgs{From: caller.peers(), Ports: caller.ports()})
	}
	egress := networkingv1.NetworkPolicyEgressRuleArray{}
	for _, callee := range args.Rules.Callees {
		egress = append(egress, &networkingv1.NetworkPolicyEgressRuleArgs{To: callee.peers(), Ports: callee.ports()})
	}
	pods := &metav1.LabelSelectorArgs{}
	if len(args.Pods) > 0 {
		pods.MatchLabels = pulumi.ToStringMap(args.Pods)
	}
	spec := &networkingv1.NetworkPolicySpecArgs{
		PodSelector: pods,
		PolicyTypes: pulumi.ToStringArray([]string{"Ingress", "Egress"}),
	}
	// The API server keeps nothing that is empty, and would find it changed each time it is applied.
	if len(ingress) > 0 {
		spec.Ingress = ingress
	}
	if len(egress) > 0 {
		spec.Egress = egress
	}
	policy, err := networkingv1.NewNetworkPolicy(ctx, name, &networkingv1.NetworkPolicyArgs{
		Metadata: &metav1.ObjectMetaArgs{
			Name:      pulumi.String(args.PolicyName),
			Namespace: args.Namespace,
			Labels:    args.Labels,
		},
		Spec: spec,
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("creating network policy %q: %w", name, err)
	}
	return policy, nil
}

func (p Peer) peers() networkingv1.NetworkPolicyPeerArray {
	if len(p.CIDRs) == 0 {
		peer := &networkingv1.NetworkPolicyPeerArgs{}
		if p.Component != "" {
			peer.PodSelector = &metav1.LabelSelectorArgs{MatchLabels: pulumi.StringMap{ComponentLabel: pulumi.String(p.Component)}}
		}
		if p.Namespace != "" {
			// The label is the API server's own; nobody can give it to another namespace.
			peer.NamespaceSelector = &metav1.LabelSelectorArgs{MatchLabels: pulumi.StringMap{
				"kubernetes.io/metadata.name": pulumi.String(p.Namespace),
			}}
		}
		return networkingv1.NetworkPolicyPeerArray{peer}
	}
	peers := networkingv1.NetworkPolicyPeerArray{}
	for _, cidr := range p.CIDRs {
		block := &networkingv1.IPBlockArgs{Cidr: pulumi.String(cidr)}
		if len(p.Except) > 0 {
			block.Except = pulumi.ToStringArray(p.Except)
		}
		peers = append(peers, &networkingv1.NetworkPolicyPeerArgs{IpBlock: block})
	}
	return peers
}

func (p Peer) ports() networkingv1.NetworkPolicyPortArray {
	ports := networkingv1.NetworkPolicyPortArray{}
	byProtocol := map[string][]int{"TCP": p.Ports, "UDP": p.UDP}
	for _, protocol := range slices.Sorted(maps.Keys(byProtocol)) {
		for _, port := range byProtocol[protocol] {
			ports = append(ports, &networkingv1.NetworkPolicyPortArgs{Port: pulumi.Int(port), Protocol: pulumi.String(protocol)})
		}
	}
	return ports
}
