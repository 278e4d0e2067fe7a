package kubeschema

import (
	"math"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1validation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// The API server's default for terminationGracePeriodSeconds.
const defaultGracePeriod = 30

func validatePod(pod *corev1.Pod) field.ErrorList {
	path := field.NewPath("spec")
	errors := validateDeletionCost(pod.Annotations, field.NewPath("metadata"))
	errors = append(errors, validatePodSpec(&pod.Spec, path)...)
	return append(errors, validateImagesOfPod(&pod.Spec, path)...)
}

// validateImagesOfPod: templates may pad an image with blanks, a Pod may not.
func validateImagesOfPod(spec *corev1.PodSpec, path *field.Path) field.ErrorList {
	var errors field.ErrorList
	padded := func(path *field.Path, containers []corev1.Container) {
		for i, container := range containers {
			if strings.TrimSpace(container.Image) != container.Image {
				errors = append(errors, field.Invalid(path.Index(i).Child("image"), container.Image,
					"must not have leading or trailing whitespace"))
			}
		}
	}
	padded(path.Child("initContainers"), spec.InitContainers)
	padded(path.Child("containers"), spec.Containers)
	return errors
}

func validatePodTemplateObject(template *corev1.PodTemplate) field.ErrorList {
	return validatePodTemplate(&template.Template, field.NewPath("template"))
}

// validatePodTemplate checks the pods a workload would make. Of the template's
// metadata only labels and annotations reach a pod.
func validatePodTemplate(template *corev1.PodTemplateSpec, path *field.Path) field.ErrorList {
	metadata := path.Child("metadata")
	errors := metav1validation.ValidateLabels(template.Labels, metadata.Child("labels"))
	errors = append(errors, apivalidation.ValidateAnnotations(template.Annotations, metadata.Child("annotations"))...)
	errors = append(errors, validateDeletionCost(template.Annotations, metadata)...)
	return append(errors, validatePodSpec(&template.Spec, path.Child("spec"))...)
}

// validateDeletionCost: an annotation the API server does read. Autoscaling down
// sets it, so a malformed one would be found only then.
func validateDeletionCost(annotations map[string]string, metadata *field.Path) field.ErrorList {
	cost, isSet := annotations[corev1.PodDeletionCost]
	if !isSet {
		return nil
	}
	value, err := strconv.ParseInt(cost, 10, 32)
	if err != nil || strconv.FormatInt(value, 10) != cost {
		return field.ErrorList{field.Invalid(metadata.Child("annotations").Key(corev1.PodDeletionCost), cost, "must be a 32bit integer")}
	}
	return nil
}

func validatePodSpec(spec *corev1.PodSpec, path *field.Path) field.ErrorList {
	gracePeriod := int64(defaultGracePeriod)
	if spec.TerminationGracePeriodSeconds != nil {
		gracePeriod = *spec.TerminationGracePeriodSeconds
	}
	volumes, errors := validateVolumes(spec.Volumes, path.Child("volumes"))
	claims, claimErrors := validateResourceClaims(spec.ResourceClaims, path.Child("resourceClaims"))
	errors = append(errors, claimErrors...)
	pod := podContext{volumes: volumes, gracePeriod: gracePeriod, hostNetwork: spec.HostNetwork, claims: claims}
	errors = append(errors, pod.validateContainers(spec, path)...)
	errors = append(errors, validatePodResources(spec, path)...)
	errors = append(errors, oneOf(path.Child("restartPolicy"), spec.RestartPolicy,
		corev1.RestartPolicyAlways, corev1.RestartPolicyOnFailure, corev1.RestartPolicyNever)...)
	errors = append(errors, validateDNS(spec, path)...)
	errors = append(errors, validatePodSecurity(spec, path)...)
	errors = append(errors, validateScheduling(spec, path)...)
	errors = append(errors, validateReferences(spec, path)...)
	if seconds := spec.ActiveDeadlineSeconds; seconds != nil && (*seconds < 1 || *seconds > math.MaxInt32) {
		errors = append(errors, field.Invalid(path.Child("activeDeadlineSeconds"), *seconds,
			validation.InclusiveRangeError(1, math.MaxInt32)))
	}
	for i, gate := range spec.ReadinessGates {
		errors = append(errors, metav1validation.ValidateLabelName(string(gate.ConditionType),
			path.Child("readinessGates").Index(i).Child("conditionType"))...)
	}
	for i, alias := range spec.HostAliases {
		aliasPath := path.Child("hostAliases").Index(i)
		errors = append(errors, ipAddress(aliasPath.Child("ip"), alias.IP)...)
		for j, hostname := range alias.Hostnames {
			errors = append(errors, invalid(aliasPath.Child("hostnames").Index(j), hostname, validation.IsDNS1123Subdomain(hostname))...)
		}
	}
	return errors
}

// validateResourceClaims also returns the names of the claims, for the containers.
func validateResourceClaims(claims []corev1.PodResourceClaim, path *field.Path) (map[string]bool, field.ErrorList) {
	names := map[string]bool{}
	var errors field.ErrorList
	for i, claim := range claims {
		claimPath := path.Index(i)
		errors = append(errors, named(claimPath.Child("name"), claim.Name, validation.IsDNS1123Label)...)
		if names[claim.Name] {
			errors = append(errors, field.Duplicate(claimPath.Child("name"), claim.Name))
		}
		names[claim.Name] = true
		if (claim.ResourceClaimName == nil) == (claim.ResourceClaimTemplateName == nil) {
			errors = append(errors, field.Invalid(claimPath, field.OmitValueType{}, "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`"))
		}
		for name, value := range map[string]*string{"resourceClaimName": claim.ResourceClaimName, "resourceClaimTemplateName": claim.ResourceClaimTemplateName} {
			if value != nil {
				errors = append(errors, invalid(claimPath.Child(name), *value, subdomain(*value))...)
			}
		}
	}
	return names, errors
}

// validateReferences checks the names of other objects and of the pod itself.
func validateReferences(spec *corev1.PodSpec, path *field.Path) field.ErrorList {
	var errors field.ErrorList
	optional := func(name, value string, rule func(string) []string) {
		if value != "" {
			errors = append(errors, invalid(path.Child(name), value, rule(value))...)
		}
	}
	optional("serviceAccountName", spec.ServiceAccountName, subdomain)
	optional("nodeName", spec.NodeName, subdomain)
	optional("priorityClassName", spec.PriorityClassName, subdomain)
	optional("hostname", spec.Hostname, validation.IsDNS1123Label)
	optional("subdomain", spec.Subdomain, validation.IsDNS1123Label)
	if spec.RuntimeClassName != nil {
		errors = append(errors, invalid(path.Child("runtimeClassName"), *spec.RuntimeClassName, subdomain(*spec.RuntimeClassName))...)
	}
	if spec.PreemptionPolicy != nil {
		errors = append(errors, exactlyOneOf(path.Child("preemptionPolicy"), *spec.PreemptionPolicy,
			corev1.PreemptLowerPriority, corev1.PreemptNever)...)
	}
	return errors
}

// Limits of the resolver configuration (core/validation: MaxDNSNameservers, MaxDNSSearchPaths).
const (
	maxNameservers = 3
	maxSearchPaths = 32
)

func validateDNS(spec *corev1.PodSpec, path *field.Path) field.ErrorList {
	errors := oneOf(path.Child("dnsPolicy"), spec.DNSPolicy,
		corev1.DNSClusterFirstWithHostNet, corev1.DNSClusterFirst, corev1.DNSDefault, corev1.DNSNone)
	configPath := path.Child("dnsConfig")
	config := spec.DNSConfig
	if config == nil {
		if spec.DNSPolicy == corev1.DNSNone {
			errors = append(errors, field.Required(configPath, "must provide `dnsConfig` when `dnsPolicy` is None"))
		}
		return errors
	}
	if spec.DNSPolicy == corev1.DNSNone && len(config.Nameservers) == 0 {
		errors = append(errors, field.Required(configPath.Child("nameservers"), "must provide at least one DNS nameserver when `dnsPolicy` is None"))
	}
	if len(config.Nameservers) > maxNameservers {
		errors = append(errors, field.TooMany(configPath.Child("nameservers"), len(config.Nameservers), maxNameservers))
	}
	if len(config.Searches) > maxSearchPaths {
		errors = append(errors, field.TooMany(configPath.Child("searches"), len(config.Searches), maxSearchPaths))
	}
	for i, nameserver := range config.Nameservers {
		errors = append(errors, ipAddress(configPath.Child("nameservers").Index(i), nameserver)...)
	}
	for i, search := range config.Searches {
		if search != "." {
			errors = append(errors, invalid(configPath.Child("searches").Index(i), search,
				validation.IsDNS1123SubdomainWithUnderscore(strings.TrimSuffix(search, ".")))...)
		}
	}
	for i, option := range config.Options {
		if option.Name == "" {
			errors = append(errors, field.Required(configPath.Child("options").Index(i), "must not be empty"))
		}
	}
	return errors
}
