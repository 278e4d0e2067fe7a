package kubeschema

import (
	"fmt"
	"slices"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metav1validation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

func validateJob(job *batchv1.Job) field.ErrorList {
	spec, path := &job.Spec, field.NewPath("spec")
	errors := validateJobSpec(spec, path)
	errors = append(errors, validateJobSelector(job.Name, spec, path)...)
	if spec.Parallelism != nil { // without either, both default to 1
		errors = append(errors, completionsIfIndexed(spec, path)...)
	}
	if indexed(spec) && spec.Completions != nil && *spec.Completions > 0 {
		// An Indexed Job's pods are called by name and index, which is their hostname.
		last := fmt.Sprintf("%s-%d", job.Name, *spec.Completions-1)
		if len(validation.IsDNS1123Label(last)) > 0 {
			errors = append(errors, field.Invalid(field.NewPath("metadata", "name"), job.Name, "will not able to create pod with invalid DNS label: "+last))
		}
	}
	return errors
}

// validateJobSelector: the server writes a Job's selector itself, by labels of the
// Job's name and identity, and refuses one that selects by anything else unless
// manualSelector says that it is meant.
func validateJobSelector(name string, spec *batchv1.JobSpec, path *field.Path) field.ErrorList {
	manual := spec.ManualSelector != nil && *spec.ManualSelector
	switch {
	case manual && spec.Selector == nil:
		return field.ErrorList{field.Required(path.Child("selector"), "")}
	case spec.Selector == nil:
		return nil
	case manual:
		return append(labelSelector(path.Child("selector"), spec.Selector), selectorMatches(path, spec.Selector, spec.Template.Labels)...)
	}
	generated := labels.Set{batchv1.JobNameLabel: name, "job-name": name}
	if matcher, err := metav1.LabelSelectorAsSelector(spec.Selector); err == nil && !matcher.Matches(generated) {
		return field.ErrorList{field.Invalid(path.Child("selector"), spec.Selector, "`selector` not auto-generated")}
	}
	return labelSelector(path.Child("selector"), spec.Selector)
}

func indexed(spec *batchv1.JobSpec) bool {
	return spec.CompletionMode != nil && *spec.CompletionMode == batchv1.IndexedCompletion
}

func completionsIfIndexed(spec *batchv1.JobSpec, path *field.Path) field.ErrorList {
	if indexed(spec) && spec.Completions == nil {
		return field.ErrorList{field.Required(path.Child("completions"), "when completion mode is Indexed")}
	}
	return nil
}

func validateJobSpec(spec *batchv1.JobSpec, path *field.Path) field.ErrorList {
	templatePath := path.Child("template")
	errors := validatePodTemplate(&spec.Template, templatePath)
	errors = append(errors, notNegativeIfSet(path.Child("parallelism"), spec.Parallelism)...)
	errors = append(errors, notNegativeIfSet(path.Child("completions"), spec.Completions)...)
	errors = append(errors, notNegativeIfSet(path.Child("activeDeadlineSeconds"), spec.ActiveDeadlineSeconds)...)
	errors = append(errors, notNegativeIfSet(path.Child("backoffLimit"), spec.BackoffLimit)...)
	errors = append(errors, notNegativeIfSet(path.Child("ttlSecondsAfterFinished"), spec.TTLSecondsAfterFinished)...)
	errors = append(errors, notNegativeIfSet(path.Child("backoffLimitPerIndex"), spec.BackoffLimitPerIndex)...)
	errors = append(errors, notNegativeIfSet(path.Child("maxFailedIndexes"), spec.MaxFailedIndexes)...)
	if spec.CompletionMode != nil {
		errors = append(errors, exactlyOneOf(path.Child("completionMode"), *spec.CompletionMode, batchv1.NonIndexedCompletion, batchv1.IndexedCompletion)...)
	}
	if spec.MaxFailedIndexes != nil && spec.BackoffLimitPerIndex == nil {
		errors = append(errors, field.Required(path.Child("backoffLimitPerIndex"), "when maxFailedIndexes is specified"))
	}
	if spec.MaxFailedIndexes != nil && spec.Completions != nil && *spec.MaxFailedIndexes > *spec.Completions {
		errors = append(errors, field.Invalid(path.Child("maxFailedIndexes"), *spec.MaxFailedIndexes, "must be less than or equal to completions"))
	}
	if !indexed(spec) {
		for name, isSet := range map[string]bool{
			"backoffLimitPerIndex": spec.BackoffLimitPerIndex != nil,
			"maxFailedIndexes":     spec.MaxFailedIndexes != nil,
			"successPolicy":        spec.SuccessPolicy != nil,
		} {
			if isSet {
				errors = append(errors, field.Forbidden(path.Child(name), "requires indexed completion mode"))
			}
		}
	}
	policyPath := templatePath.Child("spec", "restartPolicy")
	switch policy := spec.Template.Spec.RestartPolicy; {
	case policy == "", policy == corev1.RestartPolicyAlways:
		errors = append(errors, field.Required(policyPath, `valid values: "OnFailure", "Never"`))
	case spec.PodFailurePolicy != nil && policy == corev1.RestartPolicyOnFailure:
		errors = append(errors, field.Invalid(policyPath, policy, `only "Never" is supported when podFailurePolicy is specified`))
	}
	if spec.PodFailurePolicy != nil {
		errors = append(errors, validatePodFailurePolicy(spec, path.Child("podFailurePolicy", "rules"))...)
	}
	if spec.PodReplacementPolicy != nil {
		errors = append(errors, exactlyOneOf(path.Child("podReplacementPolicy"), *spec.PodReplacementPolicy, batchv1.TerminatingOrFailed, batchv1.Failed)...)
	}
	return errors
}

func validatePodFailurePolicy(spec *batchv1.JobSpec, path *field.Path) field.ErrorList {
	var containers []string
	for _, container := range append(slices.Clone(spec.Template.Spec.Containers), spec.Template.Spec.InitContainers...) {
		containers = append(containers, container.Name)
	}
	var errors field.ErrorList
	for i, rule := range spec.PodFailurePolicy.Rules {
		rulePath := path.Index(i)
		errors = append(errors, exactlyOneOf(rulePath.Child("action"), rule.Action, batchv1.PodFailurePolicyActionCount,
			batchv1.PodFailurePolicyActionFailIndex, batchv1.PodFailurePolicyActionFailJob, batchv1.PodFailurePolicyActionIgnore)...)
		if (rule.OnExitCodes == nil) == (len(rule.OnPodConditions) == 0) {
			errors = append(errors, field.Invalid(rulePath, field.OmitValueType{}, "specifying one of OnExitCodes and OnPodConditions is required"))
		}
		for j, pattern := range rule.OnPodConditions {
			patternPath := rulePath.Child("onPodConditions").Index(j)
			errors = append(errors, metav1validation.ValidateLabelName(string(pattern.Type), patternPath.Child("type"))...)
			errors = append(errors, oneOf(patternPath.Child("status"), pattern.Status, corev1.ConditionTrue, corev1.ConditionFalse, corev1.ConditionUnknown)...)
		}
		if codes := rule.OnExitCodes; codes != nil {
			codesPath := rulePath.Child("onExitCodes")
			errors = append(errors, exactlyOneOf(codesPath.Child("operator"), codes.Operator, batchv1.PodFailurePolicyOnExitCodesOpIn, batchv1.PodFailurePolicyOnExitCodesOpNotIn)...)
			if len(codes.Values) == 0 {
				errors = append(errors, field.Invalid(codesPath.Child("values"), codes.Values, "at least one value is required"))
			}
			if len(slices.Compact(slices.Sorted(slices.Values(codes.Values)))) != len(codes.Values) || !slices.IsSorted(codes.Values) {
				errors = append(errors, field.Invalid(codesPath.Child("values"), codes.Values, "must be ordered, each once"))
			}
			if codes.Operator == batchv1.PodFailurePolicyOnExitCodesOpIn && slices.Contains(codes.Values, 0) {
				errors = append(errors, field.Invalid(codesPath.Child("values"), codes.Values, "must not contain 0 for the In operator"))
			}
			if codes.ContainerName != nil && !slices.Contains(containers, *codes.ContainerName) {
				errors = append(errors, field.Invalid(codesPath.Child("containerName"), *codes.ContainerName, "must be one of the container or initContainer names in the pod template"))
			}
		}
	}
	return errors
}

func validateCronJob(job *batchv1.CronJob) field.ErrorList {
	spec, path := &job.Spec, field.NewPath("spec")
	errors := validateSchedule(path.Child("schedule"), spec.Schedule)
	if spec.TimeZone != nil {
		errors = append(errors, validateTimeZone(path.Child("timeZone"), *spec.TimeZone)...)
	}
	errors = append(errors, oneOf(path.Child("concurrencyPolicy"), spec.ConcurrencyPolicy,
		batchv1.AllowConcurrent, batchv1.ForbidConcurrent, batchv1.ReplaceConcurrent)...)
	errors = append(errors, notNegativeIfSet(path.Child("startingDeadlineSeconds"), spec.StartingDeadlineSeconds)...)
	errors = append(errors, notNegativeIfSet(path.Child("successfulJobsHistoryLimit"), spec.SuccessfulJobsHistoryLimit)...)
	errors = append(errors, notNegativeIfSet(path.Child("failedJobsHistoryLimit"), spec.FailedJobsHistoryLimit)...)
	jobPath := path.Child("jobTemplate", "spec")
	errors = append(errors, validateJobSpec(&spec.JobTemplate.Spec, jobPath)...)
	errors = append(errors, completionsIfIndexed(&spec.JobTemplate.Spec, jobPath)...)
	if spec.JobTemplate.Spec.Selector != nil {
		errors = append(errors, field.Invalid(jobPath.Child("selector"), spec.JobTemplate.Spec.Selector, "`selector` will be auto-generated"))
	}
	if manual := spec.JobTemplate.Spec.ManualSelector; manual != nil && *manual {
		errors = append(errors, field.NotSupported(jobPath.Child("manualSelector"), true, []string{"nil", "false"}))
	}
	return errors
}
