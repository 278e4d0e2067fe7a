package kubeschema

import (
	"net"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

func validateNetworkPolicy(policy *networkingv1.NetworkPolicy) field.ErrorList {
	spec, path := &policy.Spec, field.NewPath("spec")
	errors := labelSelector(path.Child("podSelector"), &spec.PodSelector)
	for i, rule := range spec.Ingress {
		rulePath := path.Child("ingress").Index(i)
		errors = append(errors, validatePolicyPorts(rule.Ports, rulePath.Child("ports"))...)
		errors = append(errors, validatePeers(rule.From, rulePath.Child("from"))...)
	}
	for i, rule := range spec.Egress {
		rulePath := path.Child("egress").Index(i)
		errors = append(errors, validatePolicyPorts(rule.Ports, rulePath.Child("ports"))...)
		errors = append(errors, validatePeers(rule.To, rulePath.Child("to"))...)
	}
	typesPath := path.Child("policyTypes")
	if len(spec.PolicyTypes) > 2 {
		errors = append(errors, field.Invalid(typesPath, spec.PolicyTypes, "may not specify more than two policyTypes"))
	}
	for i, policyType := range spec.PolicyTypes {
		errors = append(errors, exactlyOneOf(typesPath.Index(i), policyType, networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress)...)
	}
	return errors
}

func validatePolicyPorts(ports []networkingv1.NetworkPolicyPort, path *field.Path) field.ErrorList {
	var errors field.ErrorList
	for i, port := range ports {
		portPath := path.Index(i)
		if port.Protocol != nil {
			errors = append(errors, exactlyOneOf(portPath.Child("protocol"), *port.Protocol, corev1.ProtocolTCP, corev1.ProtocolUDP, corev1.ProtocolSCTP)...)
		}
		if port.Port != nil {
			errors = append(errors, portNumberOrName(portPath.Child("port"), *port.Port)...)
		}
		if port.EndPort == nil {
			continue
		}
		endPath := portPath.Child("endPort")
		switch {
		case port.Port == nil:
			errors = append(errors, field.Invalid(endPath, *port.EndPort, "may not be specified when `port` is not specified"))
		case port.Port.Type == intstr.String:
			errors = append(errors, field.Invalid(endPath, *port.EndPort, "may not be specified when `port` is non-numeric"))
		case *port.EndPort < port.Port.IntVal:
			errors = append(errors, field.Invalid(endPath, *port.EndPort, "must be greater than or equal to `port`"))
		default:
			errors = append(errors, portNumber(endPath, *port.EndPort)...)
		}
	}
	return errors
}

func validatePeers(peers []networkingv1.NetworkPolicyPeer, path *field.Path) field.ErrorList {
	var errors field.ErrorList
	for i, peer := range peers {
		peerPath := path.Index(i)
		selects := peer.PodSelector != nil || peer.NamespaceSelector != nil
		switch {
		case !selects && peer.IPBlock == nil:
			errors = append(errors, field.Required(peerPath, "must specify a peer"))
		case selects && peer.IPBlock != nil:
			errors = append(errors, field.Forbidden(peerPath, "may not specify both ipBlock and another peer"))
		}
		errors = append(errors, labelSelector(peerPath.Child("podSelector"), peer.PodSelector)...)
		errors = append(errors, labelSelector(peerPath.Child("namespaceSelector"), peer.NamespaceSelector)...)
		if peer.IPBlock != nil {
			errors = append(errors, validateIPBlock(peer.IPBlock, peerPath.Child("ipBlock"))...)
		}
	}
	return errors
}

func validateIPBlock(block *networkingv1.IPBlock, path *field.Path) field.ErrorList {
	if block.CIDR == "" {
		return field.ErrorList{field.Required(path.Child("cidr"), "")}
	}
	errors := cidr(path.Child("cidr"), block.CIDR)
	_, whole, err := net.ParseCIDR(block.CIDR)
	for i, except := range block.Except {
		exceptPath := path.Child("except").Index(i)
		errors = append(errors, cidr(exceptPath, except)...)
		_, hole, holeErr := net.ParseCIDR(except)
		if err != nil || holeErr != nil {
			continue
		}
		wholeLength, _ := whole.Mask.Size()
		if holeLength, _ := hole.Mask.Size(); !whole.Contains(hole.IP) || wholeLength >= holeLength {
			errors = append(errors, field.Invalid(exceptPath, except, "must be a strict subset of `cidr`"))
		}
	}
	return errors
}
