package e2e

import (
	"fmt"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// endpoint is one end of a connection: pods of a namespace, or an address.
type endpoint struct {
	namespace       string
	namespaceLabels map[string]string
	labels          map[string]string
	ports           []corev1.ContainerPort // those a policy may name
	address         netip.Addr             // valid if the endpoint is not a pod
}

// isPod is whether policies can select the endpoint.
func (e endpoint) isPod() bool { return !e.address.IsValid() }

// connects is whether policies let one end open a TCP connection to a port of the other.
func connects(policies []networkingv1.NetworkPolicy, from, to endpoint, port int32) (bool, error) {
	out, err := admits(policies, networkingv1.PolicyTypeEgress, from, to, to, port)
	if err != nil || !out {
		return false, err
	}
	return admits(policies, networkingv1.PolicyTypeIngress, to, from, to, port)
}

// admits is whether policies of one direction let a subject talk with a peer. The port is the target's, which is
// one of the two. What no policy selects may do anything
// (https://kubernetes.io/docs/concepts/services-networking/network-policies/#the-two-sorts-of-pod-isolation).
func admits(policies []networkingv1.NetworkPolicy, direction networkingv1.PolicyType, subject, peer, target endpoint, port int32) (bool, error) {
	if !subject.isPod() {
		return true, nil
	}
	isolated := false
	for _, policy := range policies {
		selected, err := selects(&policy.Spec.PodSelector, subject.labels)
		if err != nil {
			return false, fmt.Errorf("policy %s: %w", policy.Name, err)
		}
		if policy.Namespace != subject.namespace || !selected || !slices.Contains(policy.Spec.PolicyTypes, direction) {
			continue
		}
		isolated = true
		for _, rule := range rulesOf(policy.Spec, direction) {
			matches, err := rule.matches(policy.Namespace, peer, target, port)
			if err != nil {
				return false, fmt.Errorf("policy %s: %w", policy.Name, err)
			}
			if matches {
				return true, nil
			}
		}
	}
	return !isolated, nil
}

// policyRule is a rule of either direction.
type policyRule struct {
	peers []networkingv1.NetworkPolicyPeer
	ports []networkingv1.NetworkPolicyPort
}

func rulesOf(spec networkingv1.NetworkPolicySpec, direction networkingv1.PolicyType) []policyRule {
	var rules []policyRule
	if direction == networkingv1.PolicyTypeEgress {
		for _, rule := range spec.Egress {
			rules = append(rules, policyRule{rule.To, rule.Ports})
		}
		return rules
	}
	for _, rule := range spec.Ingress {
		rules = append(rules, policyRule{rule.From, rule.Ports})
	}
	return rules
}

// matches is whether a rule of a namespace admits a peer at a port of the target. No peers means all, as no ports do.
func (r policyRule) matches(namespace string, peer, target endpoint, port int32) (bool, error) {
	if len(r.ports) > 0 && !slices.ContainsFunc(r.ports, func(p networkingv1.NetworkPolicyPort) bool { return portMatches(p, target, port) }) {
		return false, nil
	}
	if len(r.peers) == 0 {
		return true, nil
	}
	for _, p := range r.peers {
		matches, err := peerMatches(p, namespace, peer)
		if err != nil || matches {
			return matches, err
		}
	}
	return false, nil
}

func portMatches(p networkingv1.NetworkPolicyPort, target endpoint, port int32) bool {
	switch {
	case p.Protocol != nil && *p.Protocol != corev1.ProtocolTCP:
		return false
	case p.Port == nil:
		return true
	case p.EndPort != nil:
		return port >= p.Port.IntVal && port <= *p.EndPort
	case p.Port.IntVal != 0:
		return port == p.Port.IntVal
	}
	return slices.ContainsFunc(target.ports, func(c corev1.ContainerPort) bool { return c.Name == p.Port.StrVal && c.ContainerPort == port })
}

func peerMatches(p networkingv1.NetworkPolicyPeer, namespace string, peer endpoint) (bool, error) {
	if p.IPBlock != nil {
		if peer.isPod() {
			return false, nil // addresses of pods are for selectors
		}
		return blockHas(p.IPBlock, peer.address)
	}
	if !peer.isPod() {
		return false, nil
	}
	if p.NamespaceSelector == nil {
		if peer.namespace != namespace {
			return false, nil
		}
	} else if selected, err := selects(p.NamespaceSelector, peer.namespaceLabels); err != nil || !selected {
		return false, err
	}
	if p.PodSelector == nil {
		return true, nil
	}
	return selects(p.PodSelector, peer.labels)
}

func blockHas(block *networkingv1.IPBlock, address netip.Addr) (bool, error) {
	prefix, err := netip.ParsePrefix(block.CIDR)
	if err != nil || !prefix.Contains(address) {
		return false, err
	}
	for _, except := range block.Except {
		prefix, err := netip.ParsePrefix(except)
		if err != nil || prefix.Contains(address) {
			return false, err
		}
	}
	return true, nil
}

func selects(selector *metav1.LabelSelector, of map[string]string) (bool, error) {
	s, err := metav1.LabelSelectorAsSelector(selector)
	if err != nil {
		return false, fmt.Errorf("reading a selector: %w", err)
	}
	return s.Matches(labels.Set(of)), nil
}
