package kubeschema

import (
	"fmt"
	"sync"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	storagev1 "k8s.io/api/storage/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"coffee-platform/internal/problem"
)

// builtinKind is what the API server knows of one kind beyond its Go type.
type builtinKind struct {
	namespaced bool
	name       apivalidation.ValidateNameFunc
	// check looks at what decoding cannot see; nil where nothing is checked.
	check func(runtime.Object) field.ErrorList
}

// scheme holds the Go types of the built-in kinds.
var scheme = sync.OnceValue(func() *runtime.Scheme {
	types := runtime.NewScheme()
	for _, addToScheme := range []func(*runtime.Scheme) error{
		corev1.AddToScheme,
		appsv1.AddToScheme,
		batchv1.AddToScheme,
		networkingv1.AddToScheme,
		policyv1.AddToScheme,
		rbacv1.AddToScheme,
		autoscalingv2.AddToScheme,
		schedulingv1.AddToScheme,
		storagev1.AddToScheme,
		admissionregistrationv1.AddToScheme,
		apiextensionsv1.AddToScheme,
		coordinationv1.AddToScheme,
	} {
		if err := addToScheme(types); err != nil {
			panic(fmt.Sprintf("registering Kubernetes types: %v", err)) // two types under one name: a broken dependency
		}
	}
	return types
})

func namespaced(name apivalidation.ValidateNameFunc, check func(runtime.Object) field.ErrorList) builtinKind {
	return builtinKind{namespaced: true, name: name, check: check}
}

func clusterWide(name apivalidation.ValidateNameFunc, check func(runtime.Object) field.ErrorList) builtinKind {
	return builtinKind{name: name, check: check}
}

// of makes a check of one Go type fit the table.
func of[T runtime.Object](check func(T) field.ErrorList) func(runtime.Object) field.ErrorList {
	return func(object runtime.Object) field.ErrorList { return check(object.(T)) }
}

// builtinKinds are the kinds a client can create: every kind of the scheme but
// lists, subresources and request options.
var builtinKinds = map[schema.GroupVersionKind]builtinKind{
	corev1.SchemeGroupVersion.WithKind("ConfigMap"):             namespaced(dnsSubdomain, of(validateConfigMap)),
	corev1.SchemeGroupVersion.WithKind("Endpoints"):             namespaced(dnsSubdomain, nil),
	corev1.SchemeGroupVersion.WithKind("Event"):                 namespaced(dnsSubdomain, nil),
	corev1.SchemeGroupVersion.WithKind("LimitRange"):            namespaced(dnsSubdomain, of(validateLimitRange)),
	corev1.SchemeGroupVersion.WithKind("Namespace"):             clusterWide(dnsLabel, nil),
	corev1.SchemeGroupVersion.WithKind("Node"):                  clusterWide(dnsSubdomain, nil),
	corev1.SchemeGroupVersion.WithKind("PersistentVolume"):      clusterWide(dnsSubdomain, nil),
	corev1.SchemeGroupVersion.WithKind("PersistentVolumeClaim"): namespaced(dnsSubdomain, of(validateClaim)),
	corev1.SchemeGroupVersion.WithKind("Pod"):                   namespaced(dnsSubdomain, of(validatePod)),
	corev1.SchemeGroupVersion.WithKind("PodTemplate"):           namespaced(dnsSubdomain, of(validatePodTemplateObject)),
	corev1.SchemeGroupVersion.WithKind("ReplicationController"): namespaced(dnsSubdomain, of(validateReplicationController)),
	corev1.SchemeGroupVersion.WithKind("ResourceQuota"):         namespaced(dnsSubdomain, of(validateResourceQuota)),
	corev1.SchemeGroupVersion.WithKind("Secret"):                namespaced(dnsSubdomain, of(validateSecret)),
	corev1.SchemeGroupVersion.WithKind("Service"):               namespaced(dns1035Label, of(validateService)),
	corev1.SchemeGroupVersion.WithKind("ServiceAccount"):        namespaced(dnsSubdomain, nil),

	appsv1.SchemeGroupVersion.WithKind("ControllerRevision"): namespaced(dnsSubdomain, nil),
	appsv1.SchemeGroupVersion.WithKind("DaemonSet"):          namespaced(dnsSubdomain, of(validateDaemonSet)),
	appsv1.SchemeGroupVersion.WithKind("Deployment"):         namespaced(dnsSubdomain, of(validateDeployment)),
	appsv1.SchemeGroupVersion.WithKind("ReplicaSet"):         namespaced(dnsSubdomain, of(validateReplicaSet)),
	appsv1.SchemeGroupVersion.WithKind("StatefulSet"):        namespaced(dnsLabel, of(validateStatefulSet)),

	batchv1.SchemeGroupVersion.WithKind("CronJob"): namespaced(cronJobName, of(validateCronJob)),
	batchv1.SchemeGroupVersion.WithKind("Job"):     namespaced(dnsSubdomain, of(validateJob)),

	networkingv1.SchemeGroupVersion.WithKind("Ingress"):       namespaced(dnsSubdomain, of(validateIngress)),
	networkingv1.SchemeGroupVersion.WithKind("IngressClass"):  clusterWide(dnsSubdomain, of(validateIngressClass)),
	networkingv1.SchemeGroupVersion.WithKind("IPAddress"):     clusterWide(ipAddressName, nil),
	networkingv1.SchemeGroupVersion.WithKind("NetworkPolicy"): namespaced(dnsSubdomain, of(validateNetworkPolicy)),
	networkingv1.SchemeGroupVersion.WithKind("ServiceCIDR"):   clusterWide(dnsSubdomain, nil),

	policyv1.SchemeGroupVersion.WithKind("PodDisruptionBudget"): namespaced(pathSegment, of(validateDisruptionBudget)),

	rbacv1.SchemeGroupVersion.WithKind("ClusterRole"):        clusterWide(pathSegment, of(validateClusterRole)),
	rbacv1.SchemeGroupVersion.WithKind("ClusterRoleBinding"): clusterWide(pathSegment, of(validateClusterRoleBinding)),
	rbacv1.SchemeGroupVersion.WithKind("Role"):               namespaced(pathSegment, of(validateRole)),
	rbacv1.SchemeGroupVersion.WithKind("RoleBinding"):        namespaced(pathSegment, of(validateRoleBinding)),

	autoscalingv2.SchemeGroupVersion.WithKind("HorizontalPodAutoscaler"): namespaced(dnsSubdomain, of(validateAutoscaler)),

	schedulingv1.SchemeGroupVersion.WithKind("PriorityClass"): clusterWide(dnsSubdomain, of(validatePriorityClass)),

	storagev1.SchemeGroupVersion.WithKind("CSIDriver"):             clusterWide(dnsSubdomain, nil),
	storagev1.SchemeGroupVersion.WithKind("CSINode"):               clusterWide(dnsSubdomain, nil),
	storagev1.SchemeGroupVersion.WithKind("CSIStorageCapacity"):    namespaced(dnsSubdomain, nil),
	storagev1.SchemeGroupVersion.WithKind("StorageClass"):          clusterWide(dnsSubdomain, of(validateStorageClass)),
	storagev1.SchemeGroupVersion.WithKind("VolumeAttachment"):      clusterWide(dnsSubdomain, nil),
	storagev1.SchemeGroupVersion.WithKind("VolumeAttributesClass"): clusterWide(dnsSubdomain, nil),

	admissionregistrationv1.SchemeGroupVersion.WithKind("MutatingWebhookConfiguration"):     clusterWide(dnsSubdomain, nil),
	admissionregistrationv1.SchemeGroupVersion.WithKind("ValidatingAdmissionPolicy"):        clusterWide(dnsSubdomain, nil),
	admissionregistrationv1.SchemeGroupVersion.WithKind("ValidatingAdmissionPolicyBinding"): clusterWide(dnsSubdomain, nil),
	admissionregistrationv1.SchemeGroupVersion.WithKind("ValidatingWebhookConfiguration"):   clusterWide(dnsSubdomain, nil),

	apiextensionsv1.SchemeGroupVersion.WithKind("CustomResourceDefinition"): clusterWide(dnsSubdomain, of(validateDefinition)),

	coordinationv1.SchemeGroupVersion.WithKind("Lease"): namespaced(dnsSubdomain, of(validateLease)),
}

func (k builtinKind) validate(gvk schema.GroupVersionKind, content map[string]any) problem.List {
	object, err := scheme().New(gvk)
	if err != nil {
		panic(fmt.Sprintf("%s is in the table of kinds but not in the scheme: %v", gvk, err))
	}
	problems, decoded := decode(content, object, nil)
	if !decoded {
		return problems
	}
	errors := validateMetadata(object.(metav1.Object), k.namespaced, k.name)
	if k.check != nil {
		errors = append(errors, k.check(object)...)
	}
	return append(problems, problemsOf(errors)...)
}
