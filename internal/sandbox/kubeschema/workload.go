package kubeschema

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// The API server's default for a Deployment's progressDeadlineSeconds.
const defaultProgressDeadline = 600

func validateDeployment(deployment *appsv1.Deployment) field.ErrorList {
	spec, path := &deployment.Spec, field.NewPath("spec")
	errors := selectorOfTemplate(path, spec.Selector, spec.Template.Labels)
	errors = append(errors, validateLongRunning(&spec.Template, path.Child("template"))...)
	errors = append(errors, notNegativeIfSet(path.Child("replicas"), spec.Replicas)...)
	errors = append(errors, notNegative(path.Child("minReadySeconds"), spec.MinReadySeconds)...)
	errors = append(errors, notNegativeIfSet(path.Child("revisionHistoryLimit"), spec.RevisionHistoryLimit)...)
	deadline := int32(defaultProgressDeadline)
	if spec.ProgressDeadlineSeconds != nil {
		deadline = *spec.ProgressDeadlineSeconds
	}
	errors = append(errors, notNegative(path.Child("progressDeadlineSeconds"), deadline)...)
	if deadline <= spec.MinReadySeconds {
		errors = append(errors, field.Invalid(path.Child("progressDeadlineSeconds"), deadline, "must be greater than minReadySeconds"))
	}
	return append(errors, validateDeploymentStrategy(&spec.Strategy, path.Child("strategy"))...)
}

func validateDeploymentStrategy(strategy *appsv1.DeploymentStrategy, path *field.Path) field.ErrorList {
	errors := oneOf(path.Child("type"), strategy.Type, appsv1.RecreateDeploymentStrategyType, appsv1.RollingUpdateDeploymentStrategyType)
	rolling, rollingPath := strategy.RollingUpdate, path.Child("rollingUpdate")
	if rolling == nil {
		return errors
	}
	if strategy.Type == appsv1.RecreateDeploymentStrategyType {
		return append(errors, field.Forbidden(rollingPath, "may not be specified when strategy `type` is 'Recreate'"))
	}
	// Both default to 25%, so that only two written zeros are none.
	unavailable, surge := intstr.FromString("25%"), intstr.FromString("25%")
	if rolling.MaxUnavailable != nil {
		unavailable = *rolling.MaxUnavailable
	}
	if rolling.MaxSurge != nil {
		surge = *rolling.MaxSurge
	}
	errors = append(errors, intOrPercent(rollingPath.Child("maxUnavailable"), unavailable, 100)...)
	errors = append(errors, intOrPercent(rollingPath.Child("maxSurge"), surge, 0)...)
	if len(errors) == 0 && intOrPercentValue(unavailable) == 0 && intOrPercentValue(surge) == 0 {
		errors = append(errors, field.Invalid(rollingPath.Child("maxUnavailable"), unavailable.String(), "may not be 0 when `maxSurge` is 0"))
	}
	return errors
}

func validateReplicaSet(set *appsv1.ReplicaSet) field.ErrorList {
	spec, path := &set.Spec, field.NewPath("spec")
	errors := selectorOfTemplate(path, spec.Selector, spec.Template.Labels)
	errors = append(errors, validateLongRunning(&spec.Template, path.Child("template"))...)
	errors = append(errors, notNegativeIfSet(path.Child("replicas"), spec.Replicas)...)
	return append(errors, notNegative(path.Child("minReadySeconds"), spec.MinReadySeconds)...)
}

func validateReplicationController(controller *corev1.ReplicationController) field.ErrorList {
	spec, path := &controller.Spec, field.NewPath("spec")
	if spec.Template == nil {
		return field.ErrorList{field.Required(path.Child("template"), "")}
	}
	var errors field.ErrorList
	if len(spec.Selector) > 0 { // otherwise it is the template's labels
		if selector := labels.Set(spec.Selector).AsSelectorPreValidated(); !selector.Matches(labels.Set(spec.Template.Labels)) {
			errors = append(errors, templateNotSelected(path, spec.Template.Labels))
		}
	} else if len(spec.Template.Labels) == 0 {
		errors = field.ErrorList{field.Required(path.Child("selector"), "")}
	}
	errors = append(errors, validateLongRunning(spec.Template, path.Child("template"))...)
	errors = append(errors, notNegativeIfSet(path.Child("replicas"), spec.Replicas)...)
	return append(errors, notNegative(path.Child("minReadySeconds"), spec.MinReadySeconds)...)
}

func validateStatefulSet(set *appsv1.StatefulSet) field.ErrorList {
	spec, path := &set.Spec, field.NewPath("spec")
	errors := selectorOfTemplate(path, spec.Selector, spec.Template.Labels)

	// The controller gives each pod a volume per claim template, in place of a
	// volume of the same name.
	template := spec.Template.DeepCopy()
	for i, claim := range spec.VolumeClaimTemplates {
		errors = append(errors, validateClaimSpec(&claim.Spec, path.Child("volumeClaimTemplates").Index(i).Child("spec"))...)
		template.Spec.Volumes = withClaim(template.Spec.Volumes, claim.Name)
	}
	errors = append(errors, validateLongRunning(template, path.Child("template"))...)

	if spec.ServiceName != "" {
		errors = append(errors, invalid(path.Child("serviceName"), spec.ServiceName, validation.IsDNS1123Label(spec.ServiceName))...)
	}
	errors = append(errors, oneOf(path.Child("podManagementPolicy"), spec.PodManagementPolicy, appsv1.OrderedReadyPodManagement, appsv1.ParallelPodManagement)...)
	errors = append(errors, notNegativeIfSet(path.Child("replicas"), spec.Replicas)...)
	errors = append(errors, notNegative(path.Child("minReadySeconds"), spec.MinReadySeconds)...)
	strategyPath := path.Child("updateStrategy")
	errors = append(errors, oneOf(strategyPath.Child("type"), spec.UpdateStrategy.Type,
		appsv1.RollingUpdateStatefulSetStrategyType, appsv1.OnDeleteStatefulSetStrategyType)...)
	if rolling := spec.UpdateStrategy.RollingUpdate; rolling != nil {
		rollingPath := strategyPath.Child("rollingUpdate")
		if spec.UpdateStrategy.Type == appsv1.OnDeleteStatefulSetStrategyType {
			errors = append(errors, field.Forbidden(rollingPath, "only allowed for updateStrategy 'RollingUpdate'"))
		}
		errors = append(errors, notNegativeIfSet(rollingPath.Child("partition"), rolling.Partition)...)
	}
	if retention := spec.PersistentVolumeClaimRetentionPolicy; retention != nil {
		retentionPath := path.Child("persistentVolumeClaimRetentionPolicy")
		for name, policy := range map[string]appsv1.PersistentVolumeClaimRetentionPolicyType{"whenDeleted": retention.WhenDeleted, "whenScaled": retention.WhenScaled} {
			errors = append(errors, oneOf(retentionPath.Child(name), policy,
				appsv1.RetainPersistentVolumeClaimRetentionPolicyType, appsv1.DeletePersistentVolumeClaimRetentionPolicyType)...)
		}
	}
	return errors
}

func withClaim(volumes []corev1.Volume, name string) []corev1.Volume {
	claim := corev1.Volume{Name: name, VolumeSource: corev1.VolumeSource{
		PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: name},
	}}
	for i := range volumes {
		if volumes[i].Name == name {
			volumes[i] = claim
			return volumes
		}
	}
	return append(volumes, claim)
}

func validateDaemonSet(set *appsv1.DaemonSet) field.ErrorList {
	spec, path := &set.Spec, field.NewPath("spec")
	errors := selectorOfTemplate(path, spec.Selector, spec.Template.Labels)
	errors = append(errors, validateLongRunning(&spec.Template, path.Child("template"))...)
	errors = append(errors, notNegative(path.Child("minReadySeconds"), spec.MinReadySeconds)...)
	errors = append(errors, notNegativeIfSet(path.Child("revisionHistoryLimit"), spec.RevisionHistoryLimit)...)
	strategyPath := path.Child("updateStrategy")
	errors = append(errors, oneOf(strategyPath.Child("type"), spec.UpdateStrategy.Type,
		appsv1.RollingUpdateDaemonSetStrategyType, appsv1.OnDeleteDaemonSetStrategyType)...)
	rolling, rollingPath := spec.UpdateStrategy.RollingUpdate, strategyPath.Child("rollingUpdate")
	if rolling == nil || spec.UpdateStrategy.Type == appsv1.OnDeleteDaemonSetStrategyType {
		return errors
	}
	// maxUnavailable defaults to 1 even beside a written maxSurge, which the
	// server then refuses: exactly one of them may be above zero.
	unavailable, surge := intstr.FromInt32(1), intstr.FromInt32(0)
	if rolling.MaxUnavailable != nil {
		unavailable = *rolling.MaxUnavailable
	}
	if rolling.MaxSurge != nil {
		surge = *rolling.MaxSurge
	}
	errors = append(errors, intOrPercent(rollingPath.Child("maxUnavailable"), unavailable, 100)...)
	errors = append(errors, intOrPercent(rollingPath.Child("maxSurge"), surge, 100)...)
	switch hasUnavailable, hasSurge := intOrPercentValue(unavailable) != 0, intOrPercentValue(surge) != 0; {
	case hasUnavailable && hasSurge:
		errors = append(errors, field.Invalid(rollingPath.Child("maxSurge"), surge.String(), "may not be set when maxUnavailable is non-zero"))
	case !hasUnavailable && !hasSurge:
		errors = append(errors, field.Required(rollingPath.Child("maxUnavailable"), "cannot be 0 when maxSurge is 0"))
	}
	return errors
}

// validateLongRunning checks a template whose pods are to run until replaced.
func validateLongRunning(template *corev1.PodTemplateSpec, path *field.Path) field.ErrorList {
	errors := validatePodTemplate(template, path)
	if policy := template.Spec.RestartPolicy; policy == corev1.RestartPolicyNever || policy == corev1.RestartPolicyOnFailure {
		errors = append(errors, field.NotSupported(path.Child("spec", "restartPolicy"), policy, []corev1.RestartPolicy{corev1.RestartPolicyAlways}))
	}
	if template.Spec.ActiveDeadlineSeconds != nil {
		errors = append(errors, field.Forbidden(path.Child("spec", "activeDeadlineSeconds"), "not supported for pods that run until replaced"))
	}
	return errors
}
