package kubeschema

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metav1validation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// validateScheduling checks what decides on which node a pod may run.
func validateScheduling(spec *corev1.PodSpec, path *field.Path) field.ErrorList {
	errors := metav1validation.ValidateLabels(spec.NodeSelector, path.Child("nodeSelector"))
	errors = append(errors, validateTolerations(spec.Tolerations, path.Child("tolerations"))...)
	errors = append(errors, validateSpread(spec.TopologySpreadConstraints, path.Child("topologySpreadConstraints"))...)
	if spec.Affinity != nil {
		errors = append(errors, validateAffinity(spec.Affinity, path.Child("affinity"))...)
	}
	gates := map[string]bool{}
	for i, gate := range spec.SchedulingGates {
		gatePath := path.Child("schedulingGates").Index(i)
		errors = append(errors, metav1validation.ValidateLabelName(gate.Name, gatePath)...)
		if gates[gate.Name] {
			errors = append(errors, field.Duplicate(gatePath, gate.Name))
		}
		gates[gate.Name] = true
	}
	return errors
}

func validateTolerations(tolerations []corev1.Toleration, path *field.Path) field.ErrorList {
	var errors field.ErrorList
	for i, toleration := range tolerations {
		tolerationPath := path.Index(i)
		operatorPath := tolerationPath.Child("operator")
		if toleration.Key != "" {
			errors = append(errors, metav1validation.ValidateLabelName(toleration.Key, tolerationPath.Child("key"))...)
		} else if toleration.Operator != corev1.TolerationOpExists {
			errors = append(errors, field.Invalid(operatorPath, toleration.Operator,
				"operator must be Exists when `key` is empty, which means \"match all values and all keys\""))
		}
		switch toleration.Operator {
		case corev1.TolerationOpEqual, "":
			errors = append(errors, invalid(tolerationPath.Child("value"), toleration.Value, validation.IsValidLabelValue(toleration.Value))...)
		case corev1.TolerationOpExists:
			if toleration.Value != "" {
				errors = append(errors, field.Invalid(operatorPath, toleration.Value, "value must be empty when `operator` is 'Exists'"))
			}
		default: // Lt and Gt are an alpha feature of 1.35, off by default
			errors = append(errors, field.NotSupported(operatorPath, toleration.Operator,
				[]corev1.TolerationOperator{corev1.TolerationOpEqual, corev1.TolerationOpExists}))
		}
		if toleration.TolerationSeconds != nil && toleration.Effect != corev1.TaintEffectNoExecute {
			errors = append(errors, field.Invalid(tolerationPath.Child("effect"), toleration.Effect,
				"effect must be 'NoExecute' when `tolerationSeconds` is set"))
		}
		errors = append(errors, oneOf(tolerationPath.Child("effect"), toleration.Effect,
			corev1.TaintEffectNoSchedule, corev1.TaintEffectPreferNoSchedule, corev1.TaintEffectNoExecute)...)
	}
	return errors
}

func validateSpread(constraints []corev1.TopologySpreadConstraint, path *field.Path) field.ErrorList {
	var errors field.ErrorList
	for i, constraint := range constraints {
		constraintPath := path.Index(i)
		if constraint.MaxSkew <= 0 {
			errors = append(errors, field.Invalid(constraintPath.Child("maxSkew"), constraint.MaxSkew, "must be greater than zero"))
		}
		if constraint.TopologyKey == "" {
			errors = append(errors, field.Required(constraintPath.Child("topologyKey"), "can not be empty"))
		}
		errors = append(errors, exactlyOneOf(constraintPath.Child("whenUnsatisfiable"), constraint.WhenUnsatisfiable,
			corev1.DoNotSchedule, corev1.ScheduleAnyway)...)
		repeated := slices.ContainsFunc(constraints[:i], func(earlier corev1.TopologySpreadConstraint) bool {
			return earlier.TopologyKey == constraint.TopologyKey && earlier.WhenUnsatisfiable == constraint.WhenUnsatisfiable
		})
		if repeated {
			errors = append(errors, field.Duplicate(constraintPath.Child("{topologyKey, whenUnsatisfiable}"),
				fmt.Sprintf("{%s, %s}", constraint.TopologyKey, constraint.WhenUnsatisfiable)))
		}
		if domains := constraint.MinDomains; domains != nil {
			if *domains <= 0 {
				errors = append(errors, field.Invalid(constraintPath.Child("minDomains"), *domains, "must be greater than zero"))
			}
			if constraint.WhenUnsatisfiable != corev1.DoNotSchedule {
				errors = append(errors, field.Invalid(constraintPath.Child("minDomains"), *domains, "can only use minDomains if whenUnsatisfiable=DoNotSchedule"))
			}
		}
		for name, policy := range map[string]*corev1.NodeInclusionPolicy{
			"nodeAffinityPolicy": constraint.NodeAffinityPolicy, "nodeTaintsPolicy": constraint.NodeTaintsPolicy,
		} {
			if policy != nil {
				errors = append(errors, exactlyOneOf(constraintPath.Child(name), *policy, corev1.NodeInclusionPolicyHonor, corev1.NodeInclusionPolicyIgnore)...)
			}
		}
		errors = append(errors, labelKeys(constraintPath.Child("matchLabelKeys"), constraint.MatchLabelKeys, constraint.LabelSelector)...)
		errors = append(errors, labelSelector(constraintPath.Child("labelSelector"), constraint.LabelSelector)...)
	}
	return errors
}

// labelKeys are keys whose values the server takes from the pod and adds to the
// selector.
func labelKeys(path *field.Path, keys []string, selector *metav1.LabelSelector) field.ErrorList {
	if len(keys) > 0 && selector == nil {
		return field.ErrorList{field.Forbidden(path, "must not be specified when labelSelector is not set")}
	}
	var errors field.ErrorList
	for i, key := range keys {
		errors = append(errors, metav1validation.ValidateLabelName(key, path.Index(i))...)
	}
	return errors
}

func validateAffinity(affinity *corev1.Affinity, path *field.Path) field.ErrorList {
	var errors field.ErrorList
	if node := affinity.NodeAffinity; node != nil {
		nodePath := path.Child("nodeAffinity")
		if required := node.RequiredDuringSchedulingIgnoredDuringExecution; required != nil {
			errors = append(errors, validateNodeSelector(required, nodePath.Child("requiredDuringSchedulingIgnoredDuringExecution"))...)
		}
		for i, preferred := range node.PreferredDuringSchedulingIgnoredDuringExecution {
			preferredPath := nodePath.Child("preferredDuringSchedulingIgnoredDuringExecution").Index(i)
			errors = append(errors, weight(preferredPath, preferred.Weight)...)
			errors = append(errors, validateNodeSelectorTerm(&preferred.Preference, preferredPath.Child("preference"))...)
		}
	}
	if pod := affinity.PodAffinity; pod != nil {
		errors = append(errors, validatePodAffinity(pod.RequiredDuringSchedulingIgnoredDuringExecution,
			pod.PreferredDuringSchedulingIgnoredDuringExecution, path.Child("podAffinity"))...)
	}
	if pod := affinity.PodAntiAffinity; pod != nil {
		errors = append(errors, validatePodAffinity(pod.RequiredDuringSchedulingIgnoredDuringExecution,
			pod.PreferredDuringSchedulingIgnoredDuringExecution, path.Child("podAntiAffinity"))...)
	}
	return errors
}

func weight(path *field.Path, value int32) field.ErrorList {
	if value < 1 || value > 100 {
		return field.ErrorList{field.Invalid(path.Child("weight"), value, "must be in the range 1-100")}
	}
	return nil
}

func validateNodeSelector(selector *corev1.NodeSelector, path *field.Path) field.ErrorList {
	path = path.Child("nodeSelectorTerms")
	if len(selector.NodeSelectorTerms) == 0 {
		return field.ErrorList{field.Required(path, "must have at least one node selector term")}
	}
	var errors field.ErrorList
	for i, term := range selector.NodeSelectorTerms {
		termPath := path.Index(i)
		errors = append(errors, validateNodeSelectorTerm(&term, termPath)...)
		for j, requirement := range term.MatchExpressions { // in preferences the server tolerates any value
			for k, value := range requirement.Values {
				errors = append(errors, invalid(termPath.Child("matchExpressions").Index(j).Child("values").Index(k), value, validation.IsValidLabelValue(value))...)
			}
		}
	}
	return errors
}

func validateNodeSelectorTerm(term *corev1.NodeSelectorTerm, path *field.Path) field.ErrorList {
	var errors field.ErrorList
	for i, requirement := range term.MatchExpressions {
		requirementPath := path.Child("matchExpressions").Index(i)
		errors = append(errors, metav1validation.ValidateLabelName(requirement.Key, requirementPath.Child("key"))...)
		values := requirementPath.Child("values")
		switch requirement.Operator {
		case corev1.NodeSelectorOpIn, corev1.NodeSelectorOpNotIn:
			if len(requirement.Values) == 0 {
				errors = append(errors, field.Required(values, "must be specified when `operator` is 'In' or 'NotIn'"))
			}
		case corev1.NodeSelectorOpExists, corev1.NodeSelectorOpDoesNotExist:
			if len(requirement.Values) > 0 {
				errors = append(errors, field.Forbidden(values, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"))
			}
		case corev1.NodeSelectorOpGt, corev1.NodeSelectorOpLt:
			if len(requirement.Values) != 1 {
				errors = append(errors, field.Required(values, "must be specified single value when `operator` is 'Lt' or 'Gt'"))
			}
		default:
			errors = append(errors, field.Invalid(requirementPath.Child("operator"), requirement.Operator, "not a valid selector operator"))
		}
	}
	for i, requirement := range term.MatchFields {
		requirementPath := path.Child("matchFields").Index(i)
		errors = append(errors, exactlyOneOf(requirementPath.Child("key"), requirement.Key, metav1.ObjectNameField)...)
		errors = append(errors, exactlyOneOf(requirementPath.Child("operator"), requirement.Operator, corev1.NodeSelectorOpIn, corev1.NodeSelectorOpNotIn)...)
		if len(requirement.Values) != 1 {
			errors = append(errors, field.Required(requirementPath.Child("values"), "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"))
		}
		for j, value := range requirement.Values {
			errors = append(errors, invalid(requirementPath.Child("values").Index(j), value, subdomain(value))...)
		}
	}
	return errors
}

func validatePodAffinity(required []corev1.PodAffinityTerm, preferred []corev1.WeightedPodAffinityTerm, path *field.Path) field.ErrorList {
	var errors field.ErrorList
	for i, term := range required {
		errors = append(errors, validatePodAffinityTerm(&term, path.Child("requiredDuringSchedulingIgnoredDuringExecution").Index(i))...)
	}
	for i, weighted := range preferred {
		weightedPath := path.Child("preferredDuringSchedulingIgnoredDuringExecution").Index(i)
		errors = append(errors, weight(weightedPath, weighted.Weight)...)
		errors = append(errors, validatePodAffinityTerm(&weighted.PodAffinityTerm, weightedPath.Child("podAffinityTerm"))...)
	}
	return errors
}

func validatePodAffinityTerm(term *corev1.PodAffinityTerm, path *field.Path) field.ErrorList {
	errors := labelSelector(path.Child("labelSelector"), term.LabelSelector)
	errors = append(errors, labelSelector(path.Child("namespaceSelector"), term.NamespaceSelector)...)
	errors = append(errors, labelKeys(path.Child("matchLabelKeys"), term.MatchLabelKeys, term.LabelSelector)...)
	errors = append(errors, labelKeys(path.Child("mismatchLabelKeys"), term.MismatchLabelKeys, term.LabelSelector)...)
	for i, name := range term.Namespaces {
		errors = append(errors, invalid(path.Child("namespaces").Index(i), name, validation.IsDNS1123Label(name))...)
	}
	topology := path.Child("topologyKey")
	if term.TopologyKey == "" {
		return append(errors, field.Required(topology, "can not be empty"))
	}
	return append(errors, metav1validation.ValidateLabelName(term.TopologyKey, topology)...)
}
