package rules

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	corev1 "k8s.io/api/core/v1"
	pspolicy "k8s.io/pod-security-admission/policy"

	"coffee-platform/policy/object"
	"coffee-platform/policy/rule"
	"coffee-platform/policy/workload"
)

const kindPersistentVolume = "core/PersistentVolume"

var portableVolumes = rule.Rule{
	ID:       "b8",
	Name:     "portable-volumes",
	Title:    "Pods mount nothing of their node, and no volume types outside the restricted standard",
	Why:      "a directory of the node, its container runtime's socket above all, is a way onto the node, and other types reach storage around the cluster's own checks",
	Fix:      "use emptyDir, configMap, secret, projected, downwardAPI, csi, ephemeral, image or persistentVolumeClaim",
	Severity: apitype.PolicySeverityHigh,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.PodSecurity("restricted"), rule.Checkov("CKV_K8S_27"),
		rule.Trivy("KSV-0006"), rule.Trivy("KSV-0023"), rule.Trivy("KSV-0028"), rule.Trivy("KSV-0121"),
	},
	AppliesTo: func(r rule.Resource) bool {
		return workload.Selects(r) || object.Selects(kindPersistentVolume)(r)
	},
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		if workload.Selects(r) {
			return workload.Judge(r, checkVolumes)
		}
		var result rule.Result
		for _, o := range object.In(r, &result, kindPersistentVolume) {
			forbid(o.Get("spec", "hostPath"), &result)
			forbid(o.Get("spec", "local"), &result)
		}
		return result
	},
}

func checkVolumes(pod workload.Pod, result *rule.Result) {
	eachVolume(pod, result, func(volume rule.Value) {
		keys, state := volume.Keys()
		result.Unreadable(volume, state, "a volume")
		for _, key := range keys {
			source := volume.Get(key)
			if key != "name" && source.State() != rule.Missing && !restrictedAllows(key) {
				forbid(source, result)
			}
		}
	})
}

// forbid allows a field only when it is known to be absent.
func forbid(at rule.Value, result *rule.Result) {
	switch at.State() {
	case rule.Missing:
	case rule.Unknown:
		result.Undetermined(at, "is known only after deployment")
	default:
		result.Fail(at, "is set")
	}
}

var restrictedVolumes = byStandard(pspolicy.CheckRestrictedVolumes())

// restrictedAllows tells whether the restricted standard allows volumes of a type.
func restrictedAllows(source string) bool {
	return restrictedVolumes(decodePod(map[string]any{
		"volumes": []any{map[string]any{"name": "asked", source: map[string]any{}}},
	}))
}

var noHostPorts = rule.Rule{
	ID:       "b9",
	Name:     "no-host-ports",
	Title:    "Containers open no port of their node, and probes and hooks ask no other host",
	Why:      "a port on the node is reached past Services and network policies, and a probe with a host makes the node ask whatever address the pod's author wrote",
	Fix:      "remove hostPort, and host from probes and lifecycle hooks",
	Severity: apitype.PolicySeverityMedium,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.PodSecurity("baseline"), rule.Checkov("CKV_K8S_26"), rule.Trivy("KSV-0024"),
	},
	AppliesTo: workload.Selects,
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		return workload.Judge(r, func(pod workload.Pod, result *rule.Result) {
			checkFields(pod, hostFields, result)
			pod.EachContainer(result, func(container rule.Value) {
				checkHostPorts(container.Get("ports"), pod, result)
			}, workload.InitContainers, workload.Containers, workload.EphemeralContainers)
		})
	},
}

// hostFields are all fields that make the kubelet ask another host than the pod.
var hostFields = func() []securityField {
	var fields []securityField
	for _, handler := range []string{
		"livenessProbe", "readinessProbe", "startupProbe", "lifecycle.postStart", "lifecycle.preStop",
	} {
		for _, action := range []string{"httpGet", "tcpSocket"} {
			fields = append(fields, securityField{
				onContainer: handler + "." + action + ".host",
				read:        readText, want: "a text", good: "", bad: "other",
				containerWrong: "is set",
				allows:         byStandard(pspolicy.CheckHostProbesAndHostLifecycle()),
			})
		}
	}
	return fields
}()

func checkHostPorts(at rule.Value, pod workload.Pod, result *rule.Result) {
	ports, state := at.List()
	result.Unreadable(at, state, "a list of ports")
	for _, port := range ports {
		at := port.Get("hostPort")
		number, state := at.Int()
		switch {
		case result.Unreadable(at, state, "a port"):
		case state == rule.Missing && pod.Patch:
			result.Unpatched(at)
		case number != 0:
			result.Fail(at, "is %s", at.Show())
		}
	}
}

var noKernelOverrides = rule.Rule{
	ID:       "b11",
	Name:     "no-kernel-overrides",
	Title:    "Pods leave SELinux, AppArmor, /proc, sysctls and Windows host processes at their defaults",
	Why:      "each of them can switch off a wall between the pod and its node",
	Fix:      "remove seLinuxOptions, appArmorProfile, procMount, unsafe sysctls and windowsOptions.hostProcess",
	Severity: apitype.PolicySeverityMedium,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.PodSecurity("baseline"), rule.Trivy("KSV-0002"), rule.Trivy("KSV-0025"), rule.Trivy("KSV-0026"),
		rule.Trivy("KSV-0027"), rule.Trivy("KSV-0103"),
	},
	AppliesTo: workload.Selects,
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		return workload.Judge(r, func(pod workload.Pod, result *rule.Result) {
			checkFields(pod, kernelFields, result)
			checkSysctls(pod, result)
			checkAppArmorAnnotations(pod, result)
		})
	},
}

var kernelFields = []securityField{
	kernelField("seLinuxOptions.type", readText, "container_t", "spc_t", pspolicy.CheckSELinuxOptions()),
	kernelField("seLinuxOptions.user", readText, "", "root", pspolicy.CheckSELinuxOptions()),
	kernelField("seLinuxOptions.role", readText, "", "sysadm_r", pspolicy.CheckSELinuxOptions()),
	kernelField("appArmorProfile.type", readText, "RuntimeDefault", "Unconfined", pspolicy.CheckAppArmorProfile()),
	kernelField("windowsOptions.hostProcess", readBool, false, true, pspolicy.CheckWindowsHostProcess()),
	{
		onContainer: "securityContext.procMount",
		read:        readText, want: "a text", good: "Default", bad: "Unmasked",
		containerWrong: "is not Default",
		allows:         byStandard(pspolicy.CheckProcMountBaseline()),
	},
}

func kernelField(name string, read fieldReader, good, bad any, check pspolicy.Check) securityField {
	return securityField{
		onPod: "securityContext." + name, onContainer: "securityContext." + name,
		read: read, want: "a value of the field's type", good: good, bad: bad,
		podWrong:       "is not allowed by the baseline standard",
		containerWrong: "is not allowed by the baseline standard",
		allows:         byStandard(check),
	}
}

var allowedSysctls = byStandard(pspolicy.CheckSysctls())

func checkSysctls(pod workload.Pod, result *rule.Result) {
	at := pod.Spec.Get("securityContext", "sysctls")
	sysctls, state := at.List()
	result.Unreadable(at, state, "a list of sysctls")
	for _, sysctl := range sysctls {
		at := sysctl.Get("name")
		name, state := at.Text()
		allowed := allowedSysctls(&corev1.PodSpec{SecurityContext: &corev1.PodSecurityContext{
			Sysctls: []corev1.Sysctl{{Name: name}},
		}})
		if !result.Unreadable(at, state, "a text") && !allowed {
			result.Fail(at, "is %s, which reaches beyond the pod", at.Show())
		}
	}
}

// checkAppArmorAnnotations looks at the annotations that said what appArmorProfile says now
// and still count.
func checkAppArmorAnnotations(pod workload.Pod, result *rule.Result) {
	annotations := pod.Metadata.Get("annotations")
	keys, state := annotations.Keys()
	result.Unreadable(annotations, state, "an object")
	for _, key := range keys {
		if !strings.HasPrefix(key, corev1.DeprecatedAppArmorBetaContainerAnnotationKeyPrefix) {
			continue
		}
		at := annotations.Get(key)
		profile, state := at.Text()
		allowed := profile == corev1.DeprecatedAppArmorBetaProfileRuntimeDefault ||
			strings.HasPrefix(profile, corev1.DeprecatedAppArmorBetaProfileNamePrefix)
		if !result.Unreadable(at, state, "a text") && state == rule.Known && !allowed {
			result.Fail(at, "is %s", at.Show())
		}
	}
}
