package kubeschema

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// resourceNameRule says whether a resource name may be used in some place.
type resourceNameRule func(path *field.Path, name corev1.ResourceName) field.ErrorList

// validateResources checks requests and limits of a container or a pod.
func validateResources(resources *corev1.ResourceRequirements, path *field.Path, nameRule resourceNameRule) field.ErrorList {
	var errors field.ErrorList
	limits, requests := path.Child("limits"), path.Child("requests")
	hugePages, cpuOrMemory := false, false
	each := func(path *field.Path, list corev1.ResourceList) {
		for name, quantity := range list {
			errors = append(errors, nameRule(path.Key(string(name)), name)...)
			errors = append(errors, validateQuantity(path.Key(string(name)), name, quantity)...)
			hugePages = hugePages || isHugePage(name)
			cpuOrMemory = cpuOrMemory || name == corev1.ResourceCPU || name == corev1.ResourceMemory
		}
	}
	each(limits, resources.Limits)
	each(requests, resources.Requests)
	for name, request := range resources.Requests {
		limit, isLimited := resources.Limits[name]
		switch {
		case !isLimited && !overcommittable(name):
			errors = append(errors, field.Required(limits, "Limit must be set for non overcommitable resources"))
		case isLimited && request.Cmp(limit) != 0 && !overcommittable(name):
			errors = append(errors, field.Invalid(requests.Key(string(name)), request.String(),
				fmt.Sprintf("must be equal to %s limit of %s", name, limit.String())))
		case isLimited && request.Cmp(limit) > 0:
			errors = append(errors, field.Invalid(requests.Key(string(name)), request.String(),
				fmt.Sprintf("must be less than or equal to %s limit of %s", name, limit.String())))
		}
	}
	if hugePages && !cpuOrMemory {
		errors = append(errors, field.Forbidden(path, "HugePages require cpu or memory"))
	}
	return errors
}

// validatePodResources checks the budget of the pod as a whole, which 1.34 and
// later accept by default.
func validatePodResources(spec *corev1.PodSpec, path *field.Path) field.ErrorList {
	if spec.Resources == nil {
		return nil
	}
	resourcesPath := path.Child("resources")
	errors := validateResources(spec.Resources, resourcesPath, podResourceName)
	if spec.Resources.Claims != nil {
		errors = append(errors, field.Forbidden(resourcesPath.Child("claims"), "claims may not be set for Resources at pod-level"))
	}
	sum := corev1.ResourceList{}
	for i, container := range spec.Containers {
		for name, limit := range container.Resources.Limits {
			if podLimit, isLimited := spec.Resources.Limits[name]; isLimited && limit.Cmp(podLimit) > 0 {
				errors = append(errors, field.Invalid(path.Child("containers").Index(i).Child("resources", "limits").Key(string(name)), limit.String(),
					fmt.Sprintf("must be less than or equal to pod limits of %s", podLimit.String())))
			}
		}
		for name, request := range container.Resources.Requests {
			total := sum[name]
			total.Add(request)
			sum[name] = total
		}
	}
	for name, podRequest := range spec.Resources.Requests {
		if total, isRequested := sum[name]; isRequested && total.Cmp(podRequest) > 0 {
			errors = append(errors, field.Invalid(resourcesPath.Child("requests").Key(string(name)), podRequest.String(),
				fmt.Sprintf("must be greater than or equal to aggregate container requests of %s", total.String())))
		}
	}
	return errors
}

func validateQuantity(path *field.Path, name corev1.ResourceName, quantity resource.Quantity) field.ErrorList {
	if quantity.Sign() < 0 {
		return field.ErrorList{field.Invalid(path, quantity.String(), "must be greater than or equal to 0")}
	}
	if countable(name) && quantity.MilliValue()%1000 != 0 {
		return field.ErrorList{field.Invalid(path, quantity.String(), "must be an integer")}
	}
	return nil
}

// The resources an API server knows by an unqualified name (core/helper).
var (
	containerResources = []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory, corev1.ResourceEphemeralStorage}
	countedResources   = []corev1.ResourceName{
		corev1.ResourcePods, corev1.ResourceQuotas, corev1.ResourceServices, corev1.ResourceReplicationControllers,
		corev1.ResourceSecrets, corev1.ResourceConfigMaps, corev1.ResourcePersistentVolumeClaims,
		corev1.ResourceServicesNodePorts, corev1.ResourceServicesLoadBalancers,
	}
	boundedResources = []corev1.ResourceName{
		corev1.ResourceRequestsCPU, corev1.ResourceRequestsMemory, corev1.ResourceRequestsEphemeralStorage, corev1.ResourceRequestsStorage,
		corev1.ResourceLimitsCPU, corev1.ResourceLimitsMemory, corev1.ResourceLimitsEphemeralStorage,
	}
)

func containerResourceName(path *field.Path, name corev1.ResourceName) field.ErrorList {
	if messages := validation.IsQualifiedName(string(name)); len(messages) > 0 {
		return invalid(path, name, messages)
	}
	switch {
	case slices.Contains(containerResources, name), isHugePage(name):
		return nil
	case !strings.Contains(string(name), "/"):
		return field.ErrorList{field.Invalid(path, name, "must be a standard resource for containers")}
	case !isNative(name) && !isExtended(name):
		return field.ErrorList{field.Invalid(path, name, "doesn't follow extended resource name standard")}
	}
	return nil
}

func podResourceName(path *field.Path, name corev1.ResourceName) field.ErrorList {
	if name == corev1.ResourceCPU || name == corev1.ResourceMemory || isHugePage(name) {
		return nil
	}
	return field.ErrorList{field.NotSupported(path, name, []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory, corev1.ResourceHugePagesPrefix + "<size>"})}
}

func quotaResourceName(path *field.Path, name corev1.ResourceName) field.ErrorList {
	if messages := validation.IsQualifiedName(string(name)); len(messages) > 0 {
		return invalid(path, name, messages)
	}
	known := slices.Contains(containerResources, name) || slices.Contains(countedResources, name) || slices.Contains(boundedResources, name) ||
		isHugePage(name) || strings.HasPrefix(string(name), corev1.ResourceRequestsHugePagesPrefix)
	if !strings.Contains(string(name), "/") && !known {
		return field.ErrorList{field.Invalid(path, name, "must be a standard resource for quota")}
	}
	return nil
}

func isHugePage(name corev1.ResourceName) bool {
	return strings.HasPrefix(string(name), corev1.ResourceHugePagesPrefix)
}

func isNative(name corev1.ResourceName) bool {
	return !strings.Contains(string(name), "/") || strings.Contains(string(name), corev1.ResourceDefaultNamespacePrefix)
}

// isExtended: a device plugin's resource, which a quota must be able to name too.
func isExtended(name corev1.ResourceName) bool {
	return !isNative(name) && !strings.HasPrefix(string(name), corev1.DefaultResourceRequestsPrefix) &&
		len(validation.IsQualifiedName(corev1.DefaultResourceRequestsPrefix+string(name))) == 0
}

func overcommittable(name corev1.ResourceName) bool { return isNative(name) && !isHugePage(name) }

func countable(name corev1.ResourceName) bool {
	return slices.Contains(countedResources, name) || isExtended(name)
}

func validateResourceQuota(quota *corev1.ResourceQuota) field.ErrorList {
	var errors field.ErrorList
	path := field.NewPath("spec")
	for name, quantity := range quota.Spec.Hard {
		hardPath := path.Child("hard").Key(string(name))
		errors = append(errors, quotaResourceName(hardPath, name)...)
		errors = append(errors, validateQuantity(hardPath, name, quantity)...)
	}
	for i, scope := range quota.Spec.Scopes {
		errors = append(errors, validateQuotaScope(scope, quota.Spec.Hard, path.Child("scopes").Index(i))...)
	}
	errors = append(errors, conflictingScopes(quota.Spec.Scopes, path.Child("scopes"))...)
	if quota.Spec.ScopeSelector != nil {
		for i, requirement := range quota.Spec.ScopeSelector.MatchExpressions {
			requirementPath := path.Child("scopeSelector", "matchExpressions").Index(i)
			errors = append(errors, validateQuotaScope(requirement.ScopeName, quota.Spec.Hard, requirementPath.Child("scopeName"))...)
			errors = append(errors, validateScopeOperator(&requirement, requirementPath)...)
		}
	}
	return errors
}

// validateQuotaScope requires a known scope that means something for every
// resource the quota limits.
func validateQuotaScope(scope corev1.ResourceQuotaScope, hard corev1.ResourceList, path *field.Path) field.ErrorList {
	errors := exactlyOneOf(path, scope, quotaScopes...)
	fitting := []corev1.ResourceName{corev1.ResourcePods}
	switch scope {
	case corev1.ResourceQuotaScopeBestEffort:
	case corev1.ResourceQuotaScopeVolumeAttributesClass:
		fitting = []corev1.ResourceName{corev1.ResourcePersistentVolumeClaims, corev1.ResourceRequestsStorage}
	case corev1.ResourceQuotaScopeTerminating, corev1.ResourceQuotaScopeNotTerminating, corev1.ResourceQuotaScopeNotBestEffort,
		corev1.ResourceQuotaScopePriorityClass, corev1.ResourceQuotaScopeCrossNamespacePodAffinity:
		fitting = append(fitting, corev1.ResourceCPU, corev1.ResourceMemory, corev1.ResourceRequestsCPU, corev1.ResourceRequestsMemory,
			corev1.ResourceLimitsCPU, corev1.ResourceLimitsMemory)
	default:
		return errors
	}
	for _, name := range sortedKeys(hard) {
		if !strings.Contains(string(name), "/") && !slices.Contains(fitting, name) {
			errors = append(errors, field.Invalid(path, scope, "does not apply to "+string(name)))
		}
	}
	return errors
}

func conflictingScopes(scopes []corev1.ResourceQuotaScope, path *field.Path) field.ErrorList {
	both := func(a, b corev1.ResourceQuotaScope) bool {
		return slices.Contains(scopes, a) && slices.Contains(scopes, b)
	}
	if both(corev1.ResourceQuotaScopeBestEffort, corev1.ResourceQuotaScopeNotBestEffort) ||
		both(corev1.ResourceQuotaScopeTerminating, corev1.ResourceQuotaScopeNotTerminating) {
		return field.ErrorList{field.Invalid(path, scopes, "conflicting scopes")}
	}
	return nil
}

func validateScopeOperator(requirement *corev1.ScopedResourceSelectorRequirement, path *field.Path) field.ErrorList {
	errors := exactlyOneOf(path.Child("operator"), requirement.Operator, corev1.ScopeSelectorOpIn,
		corev1.ScopeSelectorOpNotIn, corev1.ScopeSelectorOpExists, corev1.ScopeSelectorOpDoesNotExist)
	takesValues := requirement.Operator == corev1.ScopeSelectorOpIn || requirement.Operator == corev1.ScopeSelectorOpNotIn
	if takesValues != (len(requirement.Values) > 0) {
		errors = append(errors, field.Invalid(path.Child("values"), requirement.Values,
			"In and NotIn need at least one value, Exists and DoesNotExist take none"))
	}
	hasValues := requirement.ScopeName == corev1.ResourceQuotaScopePriorityClass || requirement.ScopeName == corev1.ResourceQuotaScopeVolumeAttributesClass
	if !hasValues && requirement.Operator != corev1.ScopeSelectorOpExists {
		errors = append(errors, field.Invalid(path.Child("operator"), requirement.Operator, "must be 'Exists' for a scope that has no values"))
	}
	return errors
}

var quotaScopes = []corev1.ResourceQuotaScope{
	corev1.ResourceQuotaScopeTerminating, corev1.ResourceQuotaScopeNotTerminating, corev1.ResourceQuotaScopeBestEffort,
	corev1.ResourceQuotaScopeNotBestEffort, corev1.ResourceQuotaScopePriorityClass,
	corev1.ResourceQuotaScopeCrossNamespacePodAffinity, corev1.ResourceQuotaScopeVolumeAttributesClass,
}

func validateLimitRange(limits *corev1.LimitRange) field.ErrorList {
	var errors field.ErrorList
	types := map[corev1.LimitType]bool{}
	for i, limit := range limits.Spec.Limits {
		path := field.NewPath("spec", "limits").Index(i)
		errors = append(errors, validateLimitRangeItem(&limit, path)...)
		if types[limit.Type] {
			errors = append(errors, field.Duplicate(path.Child("type"), limit.Type))
		}
		types[limit.Type] = true
	}
	return errors
}

// validateLimitRangeItem requires min <= defaultRequest <= default <= max where
// two of them are given.
func validateLimitRangeItem(limit *corev1.LimitRangeItem, path *field.Path) field.ErrorList {
	var errors field.ErrorList
	if strings.Contains(string(limit.Type), "/") { // of someone else's making
		errors = invalid(path.Child("type"), limit.Type, validation.IsQualifiedName(string(limit.Type)))
	} else {
		errors = exactlyOneOf(path.Child("type"), limit.Type, corev1.LimitTypePod, corev1.LimitTypeContainer, corev1.LimitTypePersistentVolumeClaim)
	}
	if limit.Type == corev1.LimitTypePod {
		if len(limit.Default) > 0 {
			errors = append(errors, field.Forbidden(path.Child("default"), "may not be specified when `type` is 'Pod'"))
		}
		if len(limit.DefaultRequest) > 0 {
			errors = append(errors, field.Forbidden(path.Child("defaultRequest"), "may not be specified when `type` is 'Pod'"))
		}
	}
	ascending := []struct {
		name string
		list corev1.ResourceList
	}{{"min", limit.Min}, {"defaultRequest", limit.DefaultRequest}, {"default", limit.Default}, {"max", limit.Max}}
	for i, lower := range ascending {
		for name, low := range lower.list {
			if limit.Type == corev1.LimitTypePod || limit.Type == corev1.LimitTypeContainer {
				errors = append(errors, containerResourceName(path.Child(lower.name).Key(string(name)), name)...)
			}
			for _, upper := range ascending[i+1:] {
				if high, isSet := upper.list[name]; isSet && low.Cmp(high) > 0 {
					errors = append(errors, field.Invalid(path.Child(lower.name).Key(string(name)), low.String(),
						fmt.Sprintf("%s value %s is greater than %s value %s", lower.name, low.String(), upper.name, high.String())))
				}
			}
		}
	}
	for name, ratio := range limit.MaxLimitRequestRatio {
		if ratio.Cmp(resource.MustParse("1")) < 0 {
			errors = append(errors, field.Invalid(path.Child("maxLimitRequestRatio").Key(string(name)), ratio.String(), "ratio is less than 1"))
		}
	}
	return errors
}
