package kubeschema

import (
	"slices"
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metav1validation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// The checks of single values that many kinds share. Each returns nothing for a
// valid value and otherwise errors that name path.

// invalid turns the messages of the validation packages into errors about value.
func invalid(path *field.Path, value any, messages []string) field.ErrorList {
	var errors field.ErrorList
	for _, message := range messages {
		errors = append(errors, field.Invalid(path, value, message))
	}
	return errors
}

// named requires a value that satisfies a rule for names.
func named(path *field.Path, value string, rule func(string) []string) field.ErrorList {
	if value == "" {
		return field.ErrorList{field.Required(path, "")}
	}
	return invalid(path, value, rule(value))
}

// oneOf allows the listed values, and the empty string, which the API server
// replaces by its default.
func oneOf[T ~string](path *field.Path, value T, supported ...T) field.ErrorList {
	if value == "" {
		return nil
	}
	return exactlyOneOf(path, value, supported...)
}

// exactlyOneOf allows the listed values only: the field has no default.
func exactlyOneOf[T ~string](path *field.Path, value T, supported ...T) field.ErrorList {
	for _, allowed := range supported {
		if value == allowed {
			return nil
		}
	}
	if value == "" {
		return field.ErrorList{field.Required(path, "")}
	}
	return field.ErrorList{field.NotSupported(path, value, supported)}
}

func notNegative[T int32 | int64](path *field.Path, value T) field.ErrorList {
	if value < 0 {
		return field.ErrorList{field.Invalid(path, value, "must be greater than or equal to 0")}
	}
	return nil
}

func notNegativeIfSet[T int32 | int64](path *field.Path, value *T) field.ErrorList {
	if value == nil {
		return nil
	}
	return notNegative(path, *value)
}

func portNumber(path *field.Path, port int32) field.ErrorList {
	return invalid(path, port, validation.IsValidPortNum(int(port)))
}

func portNumberOrName(path *field.Path, port intstr.IntOrString) field.ErrorList {
	if port.Type == intstr.String {
		return invalid(path, port.StrVal, validation.IsValidPortName(port.StrVal))
	}
	return portNumber(path, port.IntVal)
}

// intOrPercent allows a whole number from zero or a percentage up to limit percent;
// a limit of zero is none.
func intOrPercent(path *field.Path, value intstr.IntOrString, limit int) field.ErrorList {
	if value.Type == intstr.Int {
		return notNegative(path, value.IntVal)
	}
	if messages := validation.IsValidPercent(value.StrVal); len(messages) > 0 {
		return invalid(path, value.StrVal, messages)
	}
	if limit > 0 && intOrPercentValue(value) > limit {
		return field.ErrorList{field.Invalid(path, value.StrVal, "must not be greater than "+strconv.Itoa(limit)+"%")}
	}
	return nil
}

// intOrPercentValue is the number, without its percent sign; zero if it is malformed.
func intOrPercentValue(value intstr.IntOrString) int {
	if value.Type == intstr.Int {
		return int(value.IntVal)
	}
	number, _ := strconv.Atoi(strings.TrimSuffix(value.StrVal, "%"))
	return number
}

func ipAddress(path *field.Path, value string) field.ErrorList {
	return validation.IsValidIPForLegacyField(path, value, false, nil)
}

// cidr accepts what 1.35 accepts by default: leading zeros and host bits pass.
func cidr(path *field.Path, value string) field.ErrorList {
	return validation.IsValidCIDRForLegacyField(path, value, false, nil)
}

func labelSelector(path *field.Path, selector *metav1.LabelSelector) field.ErrorList {
	return metav1validation.ValidateLabelSelector(selector, metav1validation.LabelSelectorValidationOptions{}, path)
}

// selectorOfTemplate requires a selector that selects something and matches the
// labels of the pods the object would make.
func selectorOfTemplate(path *field.Path, selector *metav1.LabelSelector, template map[string]string) field.ErrorList {
	selectorPath := path.Child("selector")
	if selector == nil {
		return field.ErrorList{field.Required(selectorPath, "")}
	}
	errors := labelSelector(selectorPath, selector)
	if len(selector.MatchLabels)+len(selector.MatchExpressions) == 0 {
		return append(errors, field.Invalid(selectorPath, selector, "an empty selector is invalid"))
	}
	return append(errors, selectorMatches(path, selector, template)...)
}

func selectorMatches(path *field.Path, selector *metav1.LabelSelector, template map[string]string) field.ErrorList {
	matcher, err := metav1.LabelSelectorAsSelector(selector)
	if err != nil {
		return nil // labelSelector reports what is wrong with it
	}
	if !matcher.Matches(labels.Set(template)) {
		return field.ErrorList{templateNotSelected(path, template)}
	}
	return nil
}

func templateNotSelected(path *field.Path, template map[string]string) *field.Error {
	return field.Invalid(path.Child("template", "metadata", "labels"), template, "`selector` does not match template `labels`")
}

// relativePath forbids leaving the directory it is relative to.
func relativePath(path *field.Path, value string) field.ErrorList {
	var errors field.ErrorList
	if strings.HasPrefix(value, "/") {
		errors = append(errors, field.Invalid(path, value, "must be a relative path"))
	}
	if hasBackstep(value) {
		errors = append(errors, field.Invalid(path, value, "must not contain '..'"))
	}
	return errors
}

func hasBackstep(path string) bool { return slices.Contains(strings.Split(path, "/"), "..") }

func subdomain(value string) []string { return dnsSubdomain(value, false) }

func serviceName(value string) []string { return dns1035Label(value, false) }

func segment(value string) []string { return pathSegment(value, false) }
