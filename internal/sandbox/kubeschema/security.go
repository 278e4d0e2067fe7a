package kubeschema

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// validateContainerSecurity does not refuse privileged containers: EKS runs its
// API servers with --allow-privileged, and refusing them is a policy's business.
func validateContainerSecurity(security *corev1.SecurityContext, path *field.Path) field.ErrorList {
	if security == nil {
		return nil
	}
	errors := userAndGroup(path, security.RunAsUser, security.RunAsGroup)
	errors = append(errors, validateSeccomp(security.SeccompProfile, path.Child("seccompProfile"))...)
	errors = append(errors, validateAppArmor(security.AppArmorProfile, path.Child("appArmorProfile"))...)
	if security.ProcMount != nil {
		errors = append(errors, exactlyOneOf(path.Child("procMount"), *security.ProcMount, corev1.DefaultProcMount, corev1.UnmaskedProcMount)...)
	}
	if security.AllowPrivilegeEscalation != nil && !*security.AllowPrivilegeEscalation {
		if security.Privileged != nil && *security.Privileged {
			errors = append(errors, field.Invalid(path, field.OmitValueType{}, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"))
		}
		if security.Capabilities != nil && slices.Contains(security.Capabilities.Add, "CAP_SYS_ADMIN") {
			errors = append(errors, field.Invalid(path, field.OmitValueType{}, "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN"))
		}
	}
	return errors
}

func validatePodSecurity(spec *corev1.PodSpec, path *field.Path) field.ErrorList {
	var errors field.ErrorList
	if spec.ShareProcessNamespace != nil && *spec.ShareProcessNamespace && spec.HostPID {
		errors = append(errors, field.Invalid(path.Child("shareProcessNamespace"), true, "ShareProcessNamespace and HostPID cannot both be enabled"))
	}
	if spec.HostUsers != nil && !*spec.HostUsers {
		for name, isSet := range map[string]bool{"hostNetwork": spec.HostNetwork, "hostPID": spec.HostPID, "hostIPC": spec.HostIPC} {
			if isSet {
				errors = append(errors, field.Forbidden(path.Child(name), "when `hostUsers` is false"))
			}
		}
	}
	security := spec.SecurityContext
	if security == nil {
		return errors
	}
	path = path.Child("securityContext")
	errors = append(errors, userAndGroup(path, security.RunAsUser, security.RunAsGroup)...)
	if security.FSGroup != nil {
		errors = append(errors, invalid(path.Child("fsGroup"), *security.FSGroup, validation.IsValidGroupID(*security.FSGroup))...)
	}
	for i, group := range security.SupplementalGroups {
		errors = append(errors, invalid(path.Child("supplementalGroups").Index(i), group, validation.IsValidGroupID(group))...)
	}
	if security.FSGroupChangePolicy != nil {
		errors = append(errors, exactlyOneOf(path.Child("fsGroupChangePolicy"), *security.FSGroupChangePolicy,
			corev1.FSGroupChangeOnRootMismatch, corev1.FSGroupChangeAlways)...)
	}
	if security.SupplementalGroupsPolicy != nil {
		errors = append(errors, exactlyOneOf(path.Child("supplementalGroupsPolicy"), *security.SupplementalGroupsPolicy,
			corev1.SupplementalGroupsPolicyMerge, corev1.SupplementalGroupsPolicyStrict)...)
	}
	errors = append(errors, validateSeccomp(security.SeccompProfile, path.Child("seccompProfile"))...)
	return append(errors, validateAppArmor(security.AppArmorProfile, path.Child("appArmorProfile"))...)
}

func userAndGroup(path *field.Path, user, group *int64) field.ErrorList {
	var errors field.ErrorList
	if user != nil {
		errors = append(errors, invalid(path.Child("runAsUser"), *user, validation.IsValidUserID(*user))...)
	}
	if group != nil {
		errors = append(errors, invalid(path.Child("runAsGroup"), *group, validation.IsValidGroupID(*group))...)
	}
	return errors
}

func validateSeccomp(profile *corev1.SeccompProfile, path *field.Path) field.ErrorList {
	if profile == nil {
		return nil
	}
	errors := exactlyOneOf(path.Child("type"), profile.Type,
		corev1.SeccompProfileTypeLocalhost, corev1.SeccompProfileTypeRuntimeDefault, corev1.SeccompProfileTypeUnconfined)
	return append(errors, localhostProfile(path, profile.Type == corev1.SeccompProfileTypeLocalhost, profile.LocalhostProfile)...)
}

func validateAppArmor(profile *corev1.AppArmorProfile, path *field.Path) field.ErrorList {
	if profile == nil {
		return nil
	}
	errors := exactlyOneOf(path.Child("type"), profile.Type,
		corev1.AppArmorProfileTypeLocalhost, corev1.AppArmorProfileTypeRuntimeDefault, corev1.AppArmorProfileTypeUnconfined)
	return append(errors, localhostProfile(path, profile.Type == corev1.AppArmorProfileTypeLocalhost, profile.LocalhostProfile)...)
}

func localhostProfile(path *field.Path, wanted bool, profile *string) field.ErrorList {
	path = path.Child("localhostProfile")
	switch {
	case wanted && profile == nil:
		return field.ErrorList{field.Required(path, "must be set when the type is Localhost")}
	case !wanted && profile != nil:
		return field.ErrorList{field.Invalid(path, *profile, "can only be set when the type is Localhost")}
	case wanted:
		return relativePath(path, *profile)
	}
	return nil
}
