package kubeschema

import (
	"fmt"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// The annotation that chose an Ingress' class before the field existed.
const ingressClassAnnotation = "kubernetes.io/ingress.class"

func validateIngress(ingress *networkingv1.Ingress) field.ErrorList {
	spec, path := &ingress.Spec, field.NewPath("spec")
	var errors field.ErrorList
	if len(spec.Rules) == 0 && spec.DefaultBackend == nil {
		errors = append(errors, field.Invalid(path, field.OmitValueType{}, "either `defaultBackend` or `rules` must be specified"))
	}
	if spec.DefaultBackend != nil {
		errors = append(errors, validateBackend(spec.DefaultBackend, path.Child("defaultBackend"))...)
	}
	for i, rule := range spec.Rules {
		rulePath := path.Child("rules").Index(i)
		if rule.Host != "" {
			errors = append(errors, hostname(rulePath.Child("host"), rule.Host)...)
			if len(ipAddress(nil, rule.Host)) == 0 {
				errors = append(errors, field.Invalid(rulePath.Child("host"), rule.Host, "must be a DNS name, not an IP address"))
			}
		}
		if rule.HTTP == nil {
			continue
		}
		paths := rulePath.Child("http", "paths")
		if len(rule.HTTP.Paths) == 0 {
			errors = append(errors, field.Required(paths, ""))
		}
		for j, httpPath := range rule.HTTP.Paths {
			errors = append(errors, validateHTTPPath(&httpPath, paths.Index(j))...)
		}
	}
	for i, tls := range spec.TLS {
		tlsPath := path.Child("tls").Index(i)
		for j, host := range tls.Hosts {
			errors = append(errors, hostname(tlsPath.Child("hosts").Index(j), host)...)
		}
		if tls.SecretName != "" {
			errors = append(errors, invalid(tlsPath.Child("secretName"), tls.SecretName, subdomain(tls.SecretName))...)
		}
	}
	if spec.IngressClassName != nil {
		errors = append(errors, invalid(path.Child("ingressClassName"), *spec.IngressClassName, subdomain(*spec.IngressClassName))...)
		if class, isSet := ingress.Annotations[ingressClassAnnotation]; isSet && class != *spec.IngressClassName {
			errors = append(errors, field.Invalid(field.NewPath("metadata", "annotations").Key(ingressClassAnnotation), class,
				"must match `ingressClassName` when both are specified"))
		}
	}
	return errors
}

func hostname(path *field.Path, host string) field.ErrorList {
	if strings.Contains(host, "*") {
		return invalid(path, host, validation.IsWildcardDNS1123Subdomain(host))
	}
	return invalid(path, host, validation.IsDNS1123Subdomain(host))
}

func validateHTTPPath(httpPath *networkingv1.HTTPIngressPath, path *field.Path) field.ErrorList {
	errors := validateBackend(&httpPath.Backend, path.Child("backend"))
	if httpPath.PathType == nil {
		return append(errors, field.Required(path.Child("pathType"), "pathType must be specified"))
	}
	errors = append(errors, exactlyOneOf(path.Child("pathType"), *httpPath.PathType,
		networkingv1.PathTypeExact, networkingv1.PathTypePrefix, networkingv1.PathTypeImplementationSpecific)...)
	exact := *httpPath.PathType != networkingv1.PathTypeImplementationSpecific
	if (exact || httpPath.Path != "") && !strings.HasPrefix(httpPath.Path, "/") {
		errors = append(errors, field.Invalid(path.Child("path"), httpPath.Path, "must be an absolute path"))
	}
	if exact {
		for _, sequence := range []string{"//", "/./", "/../", "%2f", "%2F"} {
			if strings.Contains(httpPath.Path, sequence) {
				errors = append(errors, field.Invalid(path.Child("path"), httpPath.Path, fmt.Sprintf("must not contain '%s'", sequence)))
			}
		}
		for _, suffix := range []string{"/..", "/."} {
			if strings.HasSuffix(httpPath.Path, suffix) {
				errors = append(errors, field.Invalid(path.Child("path"), httpPath.Path, fmt.Sprintf("cannot end with '%s'", suffix)))
			}
		}
	}
	return errors
}

func validateBackend(backend *networkingv1.IngressBackend, path *field.Path) field.ErrorList {
	service := backend.Service
	switch {
	case backend.Resource != nil && service != nil:
		return field.ErrorList{field.Invalid(path, "", "cannot set both resource and service backends")}
	case backend.Resource != nil:
		errors := named(path.Child("resource", "kind"), backend.Resource.Kind, segment)
		return append(errors, named(path.Child("resource", "name"), backend.Resource.Name, segment)...)
	case service == nil:
		return field.ErrorList{field.Invalid(path, "", "resource or service backend is required")}
	}
	errors := named(path.Child("service", "name"), service.Name, serviceName)
	portPath := path.Child("service", "port")
	switch port := service.Port; {
	case port.Name != "" && port.Number != 0:
		errors = append(errors, field.Invalid(portPath, "", "cannot set both port name & port number"))
	case port.Name != "":
		errors = append(errors, invalid(portPath.Child("name"), port.Name, validation.IsValidPortName(port.Name))...)
	case port.Number != 0:
		errors = append(errors, portNumber(portPath.Child("number"), port.Number)...)
	default:
		errors = append(errors, field.Required(portPath, "port name or number is required"))
	}
	return errors
}

// A controller's name is at most this long (networking/validation: maxLenIngressClassController).
const controllerLength = 250

func validateIngressClass(class *networkingv1.IngressClass) field.ErrorList {
	path := field.NewPath("spec")
	errors := validation.IsDomainPrefixedPath(path.Child("controller"), class.Spec.Controller)
	if len(class.Spec.Controller) > controllerLength {
		errors = append(errors, field.TooLong(path.Child("controller"), class.Spec.Controller, controllerLength))
	}
	parameters, parametersPath := class.Spec.Parameters, path.Child("parameters")
	if parameters == nil {
		return errors
	}
	errors = append(errors, named(parametersPath.Child("kind"), parameters.Kind, segment)...)
	errors = append(errors, named(parametersPath.Child("name"), parameters.Name, segment)...)
	if parameters.APIGroup != nil {
		errors = append(errors, invalid(parametersPath.Child("apiGroup"), *parameters.APIGroup, validation.IsDNS1123Subdomain(*parameters.APIGroup))...)
	}
	// The scope's default, Cluster, allows no namespace.
	scope := networkingv1.IngressClassParametersReferenceScopeCluster
	if parameters.Scope != nil {
		scope = *parameters.Scope
	}
	namespacePath := parametersPath.Child("namespace")
	switch scope {
	case networkingv1.IngressClassParametersReferenceScopeCluster:
		if parameters.Namespace != nil {
			errors = append(errors, field.Forbidden(namespacePath, "`parameters.scope` is set to 'Cluster'"))
		}
	case networkingv1.IngressClassParametersReferenceScopeNamespace:
		if parameters.Namespace == nil {
			errors = append(errors, field.Required(namespacePath, "`parameters.scope` is set to 'Namespace'"))
		} else {
			errors = append(errors, named(namespacePath, *parameters.Namespace, validation.IsDNS1123Label)...)
		}
	default:
		errors = append(errors, field.NotSupported(parametersPath.Child("scope"), scope, []string{
			networkingv1.IngressClassParametersReferenceScopeCluster, networkingv1.IngressClassParametersReferenceScopeNamespace}))
	}
	return errors
}
