package kubeschema

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1validation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

func validateService(service *corev1.Service) field.ErrorList {
	spec, path := &service.Spec, field.NewPath("spec")
	kind := spec.Type
	if kind == "" {
		kind = corev1.ServiceTypeClusterIP
	}
	headless := spec.ClusterIP == corev1.ClusterIPNone
	loadBalancer := kind == corev1.ServiceTypeLoadBalancer
	reachable := loadBalancer || kind == corev1.ServiceTypeNodePort || kind == corev1.ServiceTypeClusterIP && len(spec.ExternalIPs) > 0

	errors := oneOf(path.Child("type"), spec.Type, corev1.ServiceTypeClusterIP, corev1.ServiceTypeNodePort,
		corev1.ServiceTypeLoadBalancer, corev1.ServiceTypeExternalName)
	errors = append(errors, validateServicePorts(spec, kind, headless, path)...)
	errors = append(errors, metav1validation.ValidateLabels(spec.Selector, path.Child("selector"))...)
	errors = append(errors, validateClusterIP(spec, kind, path)...)
	if kind == corev1.ServiceTypeExternalName {
		errors = append(errors, named(path.Child("externalName"), strings.TrimSuffix(spec.ExternalName, "."), validation.IsDNS1123Subdomain)...)
	}
	errors = append(errors, validateSessionAffinity(spec, path)...)
	for i, ip := range spec.ExternalIPs {
		errors = append(errors, ipAddress(path.Child("externalIPs").Index(i), ip)...)
	}

	onlyFor := func(isSet, allowed bool, name, where string) {
		if isSet && !allowed {
			errors = append(errors, field.Forbidden(path.Child(name), "may only be used when "+where))
		}
	}
	onlyFor(len(spec.LoadBalancerSourceRanges) > 0, loadBalancer, "loadBalancerSourceRanges", "`type` is 'LoadBalancer'")
	onlyFor(spec.AllocateLoadBalancerNodePorts != nil, loadBalancer, "allocateLoadBalancerNodePorts", "`type` is 'LoadBalancer'")
	onlyFor(spec.LoadBalancerClass != nil, loadBalancer, "loadBalancerClass", "`type` is 'LoadBalancer'")
	onlyFor(spec.ExternalTrafficPolicy != "", reachable, "externalTrafficPolicy", "the service is reachable from outside")
	onlyFor(spec.HealthCheckNodePort != 0, loadBalancer && spec.ExternalTrafficPolicy == corev1.ServiceExternalTrafficPolicyLocal,
		"healthCheckNodePort", "`type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'")
	if spec.HealthCheckNodePort != 0 {
		errors = append(errors, portNumber(path.Child("healthCheckNodePort"), spec.HealthCheckNodePort)...)
	}
	for i, sources := range spec.LoadBalancerSourceRanges {
		errors = append(errors, cidr(path.Child("loadBalancerSourceRanges").Index(i), strings.TrimSpace(sources))...)
	}
	if spec.LoadBalancerClass != nil {
		errors = append(errors, invalid(path.Child("loadBalancerClass"), *spec.LoadBalancerClass, validation.IsQualifiedName(*spec.LoadBalancerClass))...)
	}
	errors = append(errors, oneOf(path.Child("externalTrafficPolicy"), spec.ExternalTrafficPolicy,
		corev1.ServiceExternalTrafficPolicyCluster, corev1.ServiceExternalTrafficPolicyLocal)...)
	if policy := spec.InternalTrafficPolicy; policy != nil {
		errors = append(errors, exactlyOneOf(path.Child("internalTrafficPolicy"), *policy,
			corev1.ServiceInternalTrafficPolicyCluster, corev1.ServiceInternalTrafficPolicyLocal)...)
	}
	if distribution := spec.TrafficDistribution; distribution != nil {
		errors = append(errors, exactlyOneOf(path.Child("trafficDistribution"), *distribution, corev1.ServiceTrafficDistributionPreferClose,
			corev1.ServiceTrafficDistributionPreferSameZone, corev1.ServiceTrafficDistributionPreferSameNode)...)
	}
	return errors
}

func validateServicePorts(spec *corev1.ServiceSpec, kind corev1.ServiceType, headless bool, path *field.Path) field.ErrorList {
	path = path.Child("ports")
	var errors field.ErrorList
	if len(spec.Ports) == 0 && !headless && kind != corev1.ServiceTypeExternalName {
		errors = append(errors, field.Required(path, ""))
	}
	taken := map[string]bool{}
	once := func(path *field.Path, key string, value any) {
		if taken[key] {
			errors = append(errors, field.Duplicate(path, value))
		}
		taken[key] = true
	}
	for i, port := range spec.Ports {
		portPath := path.Index(i)
		switch {
		case port.Name != "":
			errors = append(errors, invalid(portPath.Child("name"), port.Name, validation.IsDNS1123Label(port.Name))...)
			once(portPath.Child("name"), "name "+port.Name, port.Name)
		case len(spec.Ports) > 1:
			errors = append(errors, field.Required(portPath.Child("name"), ""))
		}
		errors = append(errors, portNumber(portPath.Child("port"), port.Port)...)
		errors = append(errors, transportProtocol(portPath.Child("protocol"), port.Protocol)...)
		if port.TargetPort.IntVal != 0 || port.TargetPort.StrVal != "" { // otherwise it is the port
			errors = append(errors, portNumberOrName(portPath.Child("targetPort"), port.TargetPort)...)
		}
		if port.AppProtocol != nil {
			errors = append(errors, invalid(portPath.Child("appProtocol"), *port.AppProtocol, validation.IsQualifiedName(*port.AppProtocol))...)
		}
		protocol := protocolOrTCP(port.Protocol)
		key := fmt.Sprintf("%s/%d", protocol, port.Port)
		once(portPath, "port "+key, key)
		if port.NodePort != 0 {
			once(portPath.Child("nodePort"), fmt.Sprintf("nodePort %s/%d", protocol, port.NodePort), port.NodePort)
			if kind == corev1.ServiceTypeClusterIP {
				errors = append(errors, field.Forbidden(portPath.Child("nodePort"), "may not be used when `type` is 'ClusterIP'"))
			}
		}
	}
	return errors
}

func validateClusterIP(spec *corev1.ServiceSpec, kind corev1.ServiceType, path *field.Path) field.ErrorList {
	var errors field.ErrorList
	ips := spec.ClusterIPs
	if len(ips) == 0 && spec.ClusterIP != "" { // the server fills in the other
		ips = []string{spec.ClusterIP}
	}
	ipsPath := path.Child("clusterIPs")
	switch {
	case kind == corev1.ServiceTypeExternalName && len(ips) > 0:
		return field.ErrorList{field.Forbidden(ipsPath, "may not be set for ExternalName services")}
	case len(spec.ClusterIPs) > 0 && spec.ClusterIPs[0] != spec.ClusterIP:
		errors = append(errors, field.Invalid(ipsPath, spec.ClusterIPs, "first value must match `clusterIP`"))
	case len(ips) > 0 && ips[0] == corev1.ClusterIPNone && kind != corev1.ServiceTypeClusterIP:
		errors = append(errors, field.Invalid(ipsPath.Index(0), ips[0], fmt.Sprintf("may not be set to 'None' for %s services", kind)))
	}
	if len(ips) > 2 {
		errors = append(errors, field.TooMany(ipsPath, len(ips), 2))
	}
	for i, ip := range ips {
		switch {
		case ip != corev1.ClusterIPNone:
			errors = append(errors, ipAddress(ipsPath.Index(i), ip)...)
		case len(ips) > 1:
			errors = append(errors, field.Invalid(ipsPath, ips, "'None' must be the first and only value"))
		}
	}
	families := map[corev1.IPFamily]bool{}
	for i, family := range spec.IPFamilies {
		familyPath := path.Child("ipFamilies").Index(i)
		errors = append(errors, exactlyOneOf(familyPath, family, corev1.IPv4Protocol, corev1.IPv6Protocol)...)
		if families[family] {
			errors = append(errors, field.Duplicate(familyPath, family))
		}
		families[family] = true
	}
	if policy := spec.IPFamilyPolicy; policy != nil {
		errors = append(errors, exactlyOneOf(path.Child("ipFamilyPolicy"), *policy,
			corev1.IPFamilyPolicySingleStack, corev1.IPFamilyPolicyPreferDualStack, corev1.IPFamilyPolicyRequireDualStack)...)
	}
	return errors
}

// The longest session affinity, one day (core.MaxClientIPServiceAffinitySeconds).
const maxAffinitySeconds = 86400

func validateSessionAffinity(spec *corev1.ServiceSpec, path *field.Path) field.ErrorList {
	errors := oneOf(path.Child("sessionAffinity"), spec.SessionAffinity, corev1.ServiceAffinityClientIP, corev1.ServiceAffinityNone)
	config, configPath := spec.SessionAffinityConfig, path.Child("sessionAffinityConfig")
	if config == nil || spec.SessionAffinity != corev1.ServiceAffinityClientIP { // without affinity the server drops it
		return errors
	}
	if config.ClientIP != nil && config.ClientIP.TimeoutSeconds != nil {
		if seconds := *config.ClientIP.TimeoutSeconds; seconds <= 0 || seconds > maxAffinitySeconds {
			errors = append(errors, field.Invalid(configPath.Child("clientIP", "timeoutSeconds"), seconds,
				fmt.Sprintf("must be greater than 0 and less than %d", maxAffinitySeconds)))
		}
	}
	return errors
}
