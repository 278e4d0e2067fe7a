package kubeschema

import (
	"fmt"
	"net/netip"

	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/api/validation/path"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// The rules for names, by the API server's terms. Which kind has which is in
// pkg/apis/*/validation of kubernetes 1.35.
var (
	dnsSubdomain = apivalidation.NameIsDNSSubdomain
	dnsLabel     = apivalidation.NameIsDNSLabel
	dns1035Label = apivalidation.NameIsDNS1035Label
	pathSegment  = path.ValidatePathSegmentName
)

// The controller appends eleven characters to a CronJob's name to name its Jobs,
// whose names become label values of at most 63.
const cronJobNameLength = 63 - 11

func cronJobName(name string, prefix bool) []string {
	problems := dnsSubdomain(name, prefix)
	if !prefix && len(name) > cronJobNameLength {
		problems = append(problems, fmt.Sprintf("must be no more than %d characters", cronJobNameLength))
	}
	return problems
}

func ipAddressName(name string, prefix bool) []string {
	address, err := netip.ParseAddr(name)
	if err != nil || address.String() != name {
		return []string{"must be an IP address in canonical form"}
	}
	return nil
}

// generatedSuffix stands for the five characters an API server appends to
// generateName.
const generatedSuffix = "x7k2p"

// The API server cuts generateName to leave room for its suffix in 63 characters.
const generatedBaseLength = 63 - len(generatedSuffix)

// validateMetadata checks name, namespace, labels, annotations, owner references
// and finalizers with the API server's own code.
func validateMetadata(object metav1.Object, namespaced bool, name apivalidation.ValidateNameFunc) field.ErrorList {
	created := metav1.ObjectMeta{
		Name:            object.GetName(),
		GenerateName:    object.GetGenerateName(),
		Namespace:       object.GetNamespace(),
		Labels:          object.GetLabels(),
		Annotations:     object.GetAnnotations(),
		OwnerReferences: object.GetOwnerReferences(),
		Finalizers:      object.GetFinalizers(),
		ManagedFields:   object.GetManagedFields(),
		Generation:      object.GetGeneration(),
	}
	if base := created.GenerateName; created.Name == "" && base != "" {
		// The server names the object before it validates it.
		created.Name = base[:min(len(base), generatedBaseLength)] + generatedSuffix
	}
	return apivalidation.ValidateObjectMeta(&created, namespaced, name, field.NewPath("metadata"))
}
