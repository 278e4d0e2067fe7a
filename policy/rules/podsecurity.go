package rules

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	corev1 "k8s.io/api/core/v1"
	pspolicy "k8s.io/pod-security-admission/policy"

	"coffee-platform/policy/rule"
	"coffee-platform/policy/workload"
)

// unprivilegedID is the lowest user or group id that no account of a node has: nodes assign
// theirs below 10000 (Checkov CKV_K8S_40).
const unprivilegedID = 10001

var runAsNonRoot = rule.Rule{
	ID:       "b1",
	Name:     "run-as-non-root",
	Title:    "Containers run as a user other than root",
	Why:      "root in a container is root on the node for whoever finds a way out of it",
	Fix:      "set securityContext.runAsNonRoot: true on the pod, and no runAsUser: 0 anywhere in it",
	Severity: apitype.PolicySeverityCritical,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.PodSecurity("restricted"), rule.CISKubernetes("5.2.7"), rule.Checkov("CKV_K8S_23"),
		rule.Trivy("KSV-0012"), rule.Trivy("KSV-0105"), rule.KubeLinter("run-as-non-root"),
	},
	AppliesTo: workload.Selects,
	Check: judgeFields(
		securityField{
			onPod: "securityContext.runAsNonRoot", onContainer: "securityContext.runAsNonRoot",
			read: readBool, want: "a boolean", good: true, bad: false,
			podWrong:       "is not true",
			containerWrong: "is not true, neither here nor on the pod",
			allows:         byStandard(pspolicy.CheckRunAsNonRoot()),
		},
		securityField{
			onPod: "securityContext.runAsUser", onContainer: "securityContext.runAsUser",
			read: readInt, want: "a user id", good: unprivilegedID, bad: 0,
			podWrong:       "is 0, which is root",
			containerWrong: "is 0, which is root",
			allows:         byStandard(pspolicy.CheckRunAsUser()),
		},
	),
}

var useHighIDs = rule.Rule{
	ID:       "b2",
	Name:     "use-high-ids",
	Title:    "Containers run as a user and a group above 10000, and never in root's group",
	Why:      "a process that leaves its container has its number on the node, where numbers up to 10000 belong to someone, and files of root's group are often writable for it",
	Fix:      "set securityContext.runAsUser and runAsGroup to 10001 or above on the pod, and fsGroup and supplementalGroups to groups other than 0",
	Severity: apitype.PolicySeverityLow,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.Checkov("CKV_K8S_40"), rule.Trivy("KSV-0020"), rule.Trivy("KSV-0021"), rule.Trivy("KSV-0116"),
	},
	AppliesTo: workload.Selects,
	Check: judgeFields(
		securityField{
			onPod: "securityContext.runAsUser", onContainer: "securityContext.runAsUser",
			read: readInt, want: "a user id", good: unprivilegedID, bad: 0,
			podWrong:       "is not above 10000",
			containerWrong: "is not above 10000, neither here nor on the pod",
			allows: highIDs(
				func(pod *corev1.PodSecurityContext) *int64 { return pod.RunAsUser },
				func(own *corev1.SecurityContext) *int64 { return own.RunAsUser },
			),
		},
		securityField{
			onPod: "securityContext.runAsGroup", onContainer: "securityContext.runAsGroup",
			read: readInt, want: "a group id", good: unprivilegedID, bad: 0,
			podWrong:       "is not above 10000",
			containerWrong: "is not above 10000, neither here nor on the pod",
			allows: highIDs(
				func(pod *corev1.PodSecurityContext) *int64 { return pod.RunAsGroup },
				func(own *corev1.SecurityContext) *int64 { return own.RunAsGroup },
			),
		},
		securityField{
			onPod: "securityContext.fsGroup",
			read:  readInt, want: "a group id", good: unprivilegedID, bad: 0,
			podWrong: "is 0, which is root's group",
			allows: func(spec *corev1.PodSpec) bool {
				return spec.SecurityContext == nil || spec.SecurityContext.FSGroup == nil || *spec.SecurityContext.FSGroup != 0
			},
		},
		securityField{
			onPod: "securityContext.supplementalGroups",
			read:  readInts, list: true, want: "a list of group ids", good: unprivilegedID, bad: 0,
			podWrong: "holds 0, which is root's group",
			allows: func(spec *corev1.PodSpec) bool {
				if spec.SecurityContext == nil {
					return true
				}
				for _, group := range spec.SecurityContext.SupplementalGroups {
					if group == 0 {
						return false
					}
				}
				return true
			},
		},
	),
}

// highIDs allows an id above the node's own: the container's, or else the pod's.
func highIDs(
	ofPod func(*corev1.PodSecurityContext) *int64, ofContainer func(*corev1.SecurityContext) *int64,
) func(*corev1.PodSpec) bool {
	return func(spec *corev1.PodSpec) bool {
		var inherited *int64
		if spec.SecurityContext != nil {
			inherited = ofPod(spec.SecurityContext)
		}
		if inherited != nil && *inherited < unprivilegedID {
			return false
		}
		for _, container := range spec.Containers {
			id := inherited
			if container.SecurityContext != nil && ofContainer(container.SecurityContext) != nil {
				id = ofContainer(container.SecurityContext)
			}
			if id == nil || *id < unprivilegedID {
				return false
			}
		}
		return true
	}
}

var noPrivilegedContainers = rule.Rule{
	ID:       "b3",
	Name:     "no-privileged-containers",
	Title:    "No container is privileged",
	Why:      "a privileged container has the node's devices and all of root's power: it is not contained",
	Fix:      "remove securityContext.privileged; if one capability is needed, run it outside the product's namespaces",
	Severity: apitype.PolicySeverityCritical,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.PodSecurity("baseline"), rule.Checkov("CKV_K8S_16"), rule.Trivy("KSV-0017"), rule.CISEKS("4.2.1"),
	},
	AppliesTo: workload.Selects,
	Check: judgeFields(securityField{
		onContainer: "securityContext.privileged",
		read:        readBool, want: "a boolean", good: false, bad: true,
		containerWrong: "is true",
		allows:         byStandard(pspolicy.CheckPrivileged()),
	}),
}

var noPrivilegeEscalation = rule.Rule{
	ID:       "b4",
	Name:     "no-privilege-escalation",
	Title:    "No process gains more privileges than its parent",
	Why:      "with escalation allowed, one setuid file in the image makes root of the user it runs as",
	Fix:      "set securityContext.allowPrivilegeEscalation: false on every container",
	Severity: apitype.PolicySeverityHigh,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.PodSecurity("restricted"), rule.Checkov("CKV_K8S_20"), rule.Trivy("KSV-0001"), rule.CISEKS("4.2.5"),
	},
	AppliesTo: workload.Selects,
	Check: judgeFields(securityField{
		onContainer: "securityContext.allowPrivilegeEscalation",
		read:        readBool, want: "a boolean", good: false, bad: true,
		containerWrong: "is not false",
		allows:         byStandard(pspolicy.CheckAllowPrivilegeEscalation()),
	}),
}

var dropCapabilities = rule.Rule{
	ID:       "b5",
	Name:     "drop-capabilities",
	Title:    "Containers drop every capability and add none but NET_BIND_SERVICE",
	Why:      "the capabilities a container gets by default are pieces of root: raw packets, any owner's files, other users' processes",
	Fix:      "set securityContext.capabilities.drop: [ALL] on every container, and no add",
	Severity: apitype.PolicySeverityHigh,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.PodSecurity("restricted"),
		rule.Checkov("CKV_K8S_25"), rule.Checkov("CKV_K8S_28"), rule.Checkov("CKV_K8S_37"), rule.Checkov("CKV_K8S_39"),
		rule.Trivy("KSV-0003"), rule.Trivy("KSV-0005"), rule.Trivy("KSV-0022"), rule.Trivy("KSV-0106"),
	},
	AppliesTo: workload.Selects,
	Check: judgeFields(
		securityField{
			onContainer: "securityContext.capabilities.drop",
			read:        readTexts, list: true, want: "a list of capabilities", good: "ALL", bad: "NONE",
			containerWrong: "does not hold ALL",
			allows:         byStandard(pspolicy.CheckCapabilitiesRestricted()),
		},
		securityField{
			onContainer: "securityContext.capabilities.add",
			read:        readTexts, list: true, want: "a list of capabilities", good: "NET_BIND_SERVICE", bad: "SYS_ADMIN",
			containerWrong: "holds a capability other than NET_BIND_SERVICE",
			beside:         map[string]any{"securityContext.capabilities.drop": []any{"ALL"}},
			allows:         byStandard(pspolicy.CheckCapabilitiesRestricted()),
		},
	),
}

var noHostNamespaces = rule.Rule{
	ID:       "b6",
	Name:     "no-host-namespaces",
	Title:    "No pod shares its node's network, processes or memory",
	Why:      "in the node's network no policy holds and the instance's credentials are in reach; among its processes their secrets are",
	Fix:      "remove hostNetwork, hostPID and hostIPC",
	Severity: apitype.PolicySeverityHigh,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.PodSecurity("baseline"),
		rule.Checkov("CKV_K8S_17"), rule.Checkov("CKV_K8S_18"), rule.Checkov("CKV_K8S_19"),
		rule.Trivy("KSV-0008"), rule.Trivy("KSV-0009"), rule.Trivy("KSV-0010"),
		rule.CISEKS("4.2.2"), rule.CISEKS("4.2.3"), rule.CISEKS("4.2.4"),
	},
	AppliesTo: workload.Selects,
	Check:     judgeFields(hostNamespace("hostNetwork"), hostNamespace("hostPID"), hostNamespace("hostIPC")),
}

func hostNamespace(name string) securityField {
	return securityField{
		onPod: name, read: readBool, want: "a boolean", good: false, bad: true,
		podWrong: "is true",
		allows:   byStandard(pspolicy.CheckHostNamespaces()),
	}
}

var confineSyscalls = rule.Rule{
	ID:       "b7",
	Name:     "confine-syscalls",
	Title:    "Containers run under a seccomp profile",
	Why:      "without a profile a container may make every system call, and most ways out of a container begin with one it never needed",
	Fix:      "set securityContext.seccompProfile.type: RuntimeDefault on the pod",
	Severity: apitype.PolicySeverityMedium,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.PodSecurity("restricted"), rule.Checkov("CKV_K8S_31"), rule.Trivy("KSV-0030"), rule.Trivy("KSV-0104"),
		rule.KubeScore("container-seccomp-profile"),
	},
	AppliesTo: workload.Selects,
	Check: judgeFields(securityField{
		onPod: "securityContext.seccompProfile.type", onContainer: "securityContext.seccompProfile.type",
		read: readText, want: "a text", good: "RuntimeDefault", bad: "Unconfined",
		podWrong:       "is neither RuntimeDefault nor Localhost",
		containerWrong: "is neither RuntimeDefault nor Localhost, neither here nor on the pod",
		allows:         byStandard(pspolicy.CheckSeccompProfileRestricted()),
	}),
}

var readOnlyRoot = rule.Rule{
	ID:       "b10",
	Name:     "read-only-root",
	Title:    "Containers cannot write to their image's file system",
	Why:      "what an intruder cannot write down it cannot run, and what a process writes to its image is lost unnoticed",
	Fix:      "set securityContext.readOnlyRootFilesystem: true on every container, and mount an emptyDir where it has to write",
	Severity: apitype.PolicySeverityMedium,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.Checkov("CKV_K8S_22"), rule.Trivy("KSV-0014"), rule.KubeLinter("no-read-only-root-fs"),
	},
	AppliesTo: workload.Selects,
	Check: judgeFields(securityField{
		onContainer: "securityContext.readOnlyRootFilesystem",
		read:        readBool, want: "a boolean", good: true, bad: false,
		containerWrong: "is not true",
		allows: func(spec *corev1.PodSpec) bool {
			for _, container := range spec.Containers {
				own := container.SecurityContext
				if own == nil || own.ReadOnlyRootFilesystem == nil || !*own.ReadOnlyRootFilesystem {
					return false
				}
			}
			return true
		},
	}),
}
