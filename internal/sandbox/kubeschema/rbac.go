package kubeschema

import (
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

func validateRole(role *rbacv1.Role) field.ErrorList {
	return validateRules(role.Rules, true)
}

func validateClusterRole(role *rbacv1.ClusterRole) field.ErrorList {
	errors := validateRules(role.Rules, false)
	if role.AggregationRule != nil {
		path := field.NewPath("aggregationRule", "clusterRoleSelectors")
		if len(role.AggregationRule.ClusterRoleSelectors) == 0 {
			errors = append(errors, field.Required(path, "at least one clusterRoleSelector required if aggregationRule is non-nil"))
		}
		for i := range role.AggregationRule.ClusterRoleSelectors {
			errors = append(errors, labelSelector(path.Index(i), &role.AggregationRule.ClusterRoleSelectors[i])...)
		}
	}
	return errors
}

func validateRules(rules []rbacv1.PolicyRule, namespaced bool) field.ErrorList {
	var errors field.ErrorList
	for i, rule := range rules {
		path := field.NewPath("rules").Index(i)
		if len(rule.Verbs) == 0 {
			errors = append(errors, field.Required(path.Child("verbs"), "verbs must contain at least one value"))
		}
		if len(rule.NonResourceURLs) > 0 {
			urls := path.Child("nonResourceURLs")
			if namespaced {
				errors = append(errors, field.Invalid(urls, rule.NonResourceURLs, "namespaced rules cannot apply to non-resource URLs"))
			}
			if len(rule.APIGroups)+len(rule.Resources)+len(rule.ResourceNames) > 0 {
				errors = append(errors, field.Invalid(urls, rule.NonResourceURLs, "rules cannot apply to both regular resources and non-resource URLs"))
			}
			continue
		}
		if len(rule.APIGroups) == 0 {
			errors = append(errors, field.Required(path.Child("apiGroups"), "resource rules must supply at least one api group"))
		}
		if len(rule.Resources) == 0 {
			errors = append(errors, field.Required(path.Child("resources"), "resource rules must supply at least one resource"))
		}
	}
	return errors
}

func validateRoleBinding(binding *rbacv1.RoleBinding) field.ErrorList {
	return validateBinding(binding.RoleRef, binding.Subjects, "Role", "ClusterRole")
}

func validateClusterRoleBinding(binding *rbacv1.ClusterRoleBinding) field.ErrorList {
	errors := validateBinding(binding.RoleRef, binding.Subjects, "ClusterRole")
	for i, subject := range binding.Subjects {
		if subject.Kind == rbacv1.ServiceAccountKind && subject.Namespace == "" {
			errors = append(errors, field.Required(field.NewPath("subjects").Index(i).Child("namespace"), ""))
		}
	}
	return errors
}

func validateBinding(role rbacv1.RoleRef, subjects []rbacv1.Subject, roleKinds ...string) field.ErrorList {
	path := field.NewPath("roleRef")
	errors := oneOf(path.Child("apiGroup"), role.APIGroup, rbacv1.GroupName)
	errors = append(errors, exactlyOneOf(path.Child("kind"), role.Kind, roleKinds...)...)
	errors = append(errors, named(path.Child("name"), role.Name, segment)...)
	for i, subject := range subjects {
		subjectPath := field.NewPath("subjects").Index(i)
		if subject.Name == "" {
			errors = append(errors, field.Required(subjectPath.Child("name"), ""))
		}
		switch subject.Kind {
		case rbacv1.ServiceAccountKind:
			errors = append(errors, oneOf(subjectPath.Child("apiGroup"), subject.APIGroup)...)
			if subject.Name != "" {
				errors = append(errors, invalid(subjectPath.Child("name"), subject.Name, subdomain(subject.Name))...)
			}
		case rbacv1.UserKind, rbacv1.GroupKind:
			errors = append(errors, oneOf(subjectPath.Child("apiGroup"), subject.APIGroup, rbacv1.GroupName)...)
		default:
			errors = append(errors, exactlyOneOf(subjectPath.Child("kind"), subject.Kind, rbacv1.ServiceAccountKind, rbacv1.UserKind, rbacv1.GroupKind)...)
		}
	}
	return errors
}
