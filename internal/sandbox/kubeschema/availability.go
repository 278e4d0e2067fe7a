package kubeschema

import (
	"fmt"
	"strings"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// How many pods there are and may be missing: disruption budgets, autoscalers and
// priorities.

func validateDisruptionBudget(budget *policyv1.PodDisruptionBudget) field.ErrorList {
	spec, path := &budget.Spec, field.NewPath("spec")
	var errors field.ErrorList
	if spec.MinAvailable != nil && spec.MaxUnavailable != nil {
		errors = append(errors, field.Invalid(path, field.OmitValueType{}, "minAvailable and maxUnavailable cannot be both set"))
	}
	for name, value := range map[string]*intstr.IntOrString{"minAvailable": spec.MinAvailable, "maxUnavailable": spec.MaxUnavailable} {
		if value != nil {
			errors = append(errors, intOrPercent(path.Child(name), *value, 100)...)
		}
	}
	if policy := spec.UnhealthyPodEvictionPolicy; policy != nil {
		errors = append(errors, exactlyOneOf(path.Child("unhealthyPodEvictionPolicy"), *policy, policyv1.IfHealthyBudget, policyv1.AlwaysAllow)...)
	}
	return append(errors, labelSelector(path.Child("selector"), spec.Selector)...)
}

// Limits of scaling behaviour, in seconds (autoscaling/validation).
const (
	maxScalingPeriod       = 1800
	maxStabilizationWindow = 3600
)

func validateAutoscaler(autoscaler *autoscalingv2.HorizontalPodAutoscaler) field.ErrorList {
	spec, path := &autoscaler.Spec, field.NewPath("spec")
	var errors field.ErrorList
	minReplicas := int32(1) // the default; scaling to zero is an alpha feature, off
	if spec.MinReplicas != nil {
		minReplicas = *spec.MinReplicas
	}
	if minReplicas < 1 {
		errors = append(errors, field.Invalid(path.Child("minReplicas"), minReplicas, "must be greater than or equal to 1"))
	}
	if spec.MaxReplicas < 1 {
		errors = append(errors, field.Invalid(path.Child("maxReplicas"), spec.MaxReplicas, "must be greater than 0"))
	} else if spec.MaxReplicas < minReplicas {
		errors = append(errors, field.Invalid(path.Child("maxReplicas"), spec.MaxReplicas, "must be greater than or equal to `minReplicas`"))
	}
	errors = append(errors, validateScaleTarget(&spec.ScaleTargetRef, path.Child("scaleTargetRef"))...)
	for i, metric := range spec.Metrics {
		errors = append(errors, validateMetric(&metric, path.Child("metrics").Index(i))...)
	}
	if spec.Behavior != nil {
		errors = append(errors, validateScalingRules(spec.Behavior.ScaleUp, path.Child("behavior", "scaleUp"))...)
		errors = append(errors, validateScalingRules(spec.Behavior.ScaleDown, path.Child("behavior", "scaleDown"))...)
	}
	return errors
}

func validateScaleTarget(target *autoscalingv2.CrossVersionObjectReference, path *field.Path) field.ErrorList {
	errors := validateReference(target, path)
	if group, err := schema.ParseGroupVersion(target.APIVersion); err == nil && group.Group == "" && target.Kind != "ReplicationController" {
		errors = append(errors, field.Invalid(path.Child("apiVersion"), target.APIVersion, "apiVersion must specify API group"))
	}
	return errors
}

func validateReference(reference *autoscalingv2.CrossVersionObjectReference, path *field.Path) field.ErrorList {
	errors := named(path.Child("kind"), reference.Kind, segment)
	errors = append(errors, named(path.Child("name"), reference.Name, segment)...)
	if _, err := schema.ParseGroupVersion(reference.APIVersion); err != nil {
		errors = append(errors, field.Invalid(path.Child("apiVersion"), reference.APIVersion, err.Error()))
	}
	return errors
}

func validateMetric(metric *autoscalingv2.MetricSpec, path *field.Path) field.ErrorList {
	errors := exactlyOneOf(path.Child("type"), metric.Type, autoscalingv2.ObjectMetricSourceType, autoscalingv2.PodsMetricSourceType,
		autoscalingv2.ResourceMetricSourceType, autoscalingv2.ContainerResourceMetricSourceType, autoscalingv2.ExternalMetricSourceType)
	if len(errors) > 0 {
		return errors
	}
	sources := []struct {
		metricType autoscalingv2.MetricSourceType
		name       string
		validate   func(*field.Path) field.ErrorList // nil if the source is not set
	}{
		{autoscalingv2.ObjectMetricSourceType, "object", nil},
		{autoscalingv2.PodsMetricSourceType, "pods", nil},
		{autoscalingv2.ResourceMetricSourceType, "resource", nil},
		{autoscalingv2.ContainerResourceMetricSourceType, "containerResource", nil},
		{autoscalingv2.ExternalMetricSourceType, "external", nil},
	}
	if object := metric.Object; object != nil {
		sources[0].validate = func(path *field.Path) field.ErrorList {
			errors := named(path.Child("metric", "name"), object.Metric.Name, segment)
			errors = append(errors, validateReference(&object.DescribedObject, path.Child("describedObject"))...)
			return append(errors, validateMetricTarget(&object.Target, path.Child("target"), valueOrAverage)...)
		}
	}
	if pods := metric.Pods; pods != nil {
		sources[1].validate = func(path *field.Path) field.ErrorList {
			return append(named(path.Child("metric", "name"), pods.Metric.Name, segment),
				validateMetricTarget(&pods.Target, path.Child("target"), averageValue)...)
		}
	}
	if resources := metric.Resource; resources != nil {
		sources[2].validate = func(path *field.Path) field.ErrorList {
			errors := validateMetricTarget(&resources.Target, path.Child("target"), utilization)
			if resources.Name == "" {
				errors = append(errors, field.Required(path.Child("name"), "must specify a resource name"))
			}
			return errors
		}
	}
	if resources := metric.ContainerResource; resources != nil {
		sources[3].validate = func(path *field.Path) field.ErrorList {
			errors := named(path.Child("container"), resources.Container, validation.IsDNS1123Label)
			if resources.Name == "" {
				errors = append(errors, field.Required(path.Child("name"), "must specify a resource name"))
			} else {
				errors = append(errors, containerResourceName(path.Child("name"), resources.Name)...)
			}
			return append(errors, validateMetricTarget(&resources.Target, path.Child("target"), utilization)...)
		}
	}
	if external := metric.External; external != nil {
		sources[4].validate = func(path *field.Path) field.ErrorList {
			return append(named(path.Child("metric", "name"), external.Metric.Name, segment),
				validateMetricTarget(&external.Target, path.Child("target"), valueXorAverage)...)
		}
	}
	for _, source := range sources {
		sourcePath := path.Child(source.name)
		switch chosen, isSet := source.metricType == metric.Type, source.validate != nil; {
		case chosen && isSet:
			errors = append(errors, source.validate(sourcePath)...)
		case chosen:
			errors = append(errors, field.Required(sourcePath, "must populate information for the given metric source"))
		case isSet:
			errors = append(errors, field.Forbidden(sourcePath, "must populate the given metric source only"))
		}
	}
	return errors
}

// targetRule says which of a metric's targets must be set.
type targetRule int

const (
	valueOrAverage  targetRule = iota // value, averageValue or both
	valueXorAverage                   // one of the two
	averageValue                      // averageValue
	utilization                       // averageUtilization or averageValue, not both
)

func validateMetricTarget(target *autoscalingv2.MetricTarget, path *field.Path, rule targetRule) field.ErrorList {
	errors := exactlyOneOf(path.Child("type"), target.Type, autoscalingv2.UtilizationMetricType, autoscalingv2.ValueMetricType, autoscalingv2.AverageValueMetricType)
	for name, quantity := range map[string]*resource.Quantity{"value": target.Value, "averageValue": target.AverageValue} {
		if quantity != nil && quantity.Sign() <= 0 {
			errors = append(errors, field.Invalid(path.Child(name), quantity.String(), "must be positive"))
		}
	}
	if target.AverageUtilization != nil && *target.AverageUtilization < 1 {
		errors = append(errors, field.Invalid(path.Child("averageUtilization"), *target.AverageUtilization, "must be greater than 0"))
	}
	value, average, percent := target.Value != nil, target.AverageValue != nil, target.AverageUtilization != nil
	switch {
	case (rule == valueOrAverage || rule == valueXorAverage) && !value && !average:
		errors = append(errors, field.Required(path.Child("averageValue"), "must set either a target value or averageValue"))
	case rule == valueXorAverage && value && average:
		errors = append(errors, field.Forbidden(path.Child("value"), "may not set both a target value for metric and a per-pod target"))
	case rule == averageValue && !average:
		errors = append(errors, field.Required(path.Child("averageValue"), "must specify a positive target averageValue"))
	case rule == utilization && !percent && !average:
		errors = append(errors, field.Required(path.Child("averageUtilization"), "must set either a target raw value or a target utilization"))
	case rule == utilization && percent && average:
		errors = append(errors, field.Forbidden(path.Child("averageValue"), "may not set both a target raw value and a target utilization"))
	}
	return errors
}

func validateScalingRules(rules *autoscalingv2.HPAScalingRules, path *field.Path) field.ErrorList {
	if rules == nil {
		return nil
	}
	var errors field.ErrorList
	if window := rules.StabilizationWindowSeconds; window != nil && (*window < 0 || *window > maxStabilizationWindow) {
		errors = append(errors, field.Invalid(path.Child("stabilizationWindowSeconds"), *window,
			fmt.Sprintf("must be between 0 and %d", maxStabilizationWindow)))
	}
	if rules.SelectPolicy != nil {
		errors = append(errors, exactlyOneOf(path.Child("selectPolicy"), *rules.SelectPolicy,
			autoscalingv2.MaxChangePolicySelect, autoscalingv2.MinChangePolicySelect, autoscalingv2.DisabledPolicySelect)...)
	}
	policies := path.Child("policies")
	if rules.Policies != nil && len(rules.Policies) == 0 { // left out, they have defaults
		errors = append(errors, field.Required(policies, "must specify at least one Policy"))
	}
	for i, policy := range rules.Policies {
		policyPath := policies.Index(i)
		errors = append(errors, exactlyOneOf(policyPath.Child("type"), policy.Type, autoscalingv2.PodsScalingPolicy, autoscalingv2.PercentScalingPolicy)...)
		if policy.Value <= 0 {
			errors = append(errors, field.Invalid(policyPath.Child("value"), policy.Value, "must be greater than zero"))
		}
		if policy.PeriodSeconds <= 0 || policy.PeriodSeconds > maxScalingPeriod {
			errors = append(errors, field.Invalid(policyPath.Child("periodSeconds"), policy.PeriodSeconds,
				fmt.Sprintf("must be between 1 and %d", maxScalingPeriod)))
		}
	}
	return errors
}

// The priorities above are Kubernetes' own (scheduling.HighestUserDefinablePriority).
const maxPriority = 1_000_000_000

// The classes that may begin with "system-", and their values.
var systemPriorities = map[string]int32{"system-cluster-critical": 2 * maxPriority, "system-node-critical": 2*maxPriority + 1000}

func validatePriorityClass(class *schedulingv1.PriorityClass) field.ErrorList {
	var errors field.ErrorList
	if strings.HasPrefix(class.Name, "system-") {
		if value, isKnown := systemPriorities[class.Name]; !isKnown || class.Value != value || class.GlobalDefault {
			errors = append(errors, field.Forbidden(field.NewPath("metadata", "name"), "priority class names with 'system-' prefix are reserved for system use only"))
		}
	} else if class.Value > maxPriority {
		errors = append(errors, field.Forbidden(field.NewPath("value"), fmt.Sprintf("maximum allowed value of a user defined priority is %d", maxPriority)))
	}
	if class.PreemptionPolicy != nil {
		errors = append(errors, exactlyOneOf(field.NewPath("preemptionPolicy"), *class.PreemptionPolicy, corev1.PreemptLowerPriority, corev1.PreemptNever)...)
	}
	return errors
}
