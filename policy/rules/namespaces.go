package rules

import (
	"regexp"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"coffee-platform/policy/object"
	"coffee-platform/policy/rule"
	"coffee-platform/policy/workload"
)

// The labels by which a namespace tells Pod Security admission what to refuse
// (https://kubernetes.io/docs/concepts/security/pod-security-admission/).
const (
	enforceLabel = "pod-security.kubernetes.io/enforce"
	versionLabel = "pod-security.kubernetes.io/enforce-version"
)

var pinnedVersion = regexp.MustCompile(`^v1\.\d+$`)

var enforcePodSecurity = rule.Rule{
	ID:       "b13",
	Name:     "enforce-pod-security",
	Title:    "Namespaces enforce the restricted Pod Security standard of a version that was chosen",
	Why:      "policies see what Pulumi deploys; admission sees every pod, and without a pinned version an upgrade of the cluster changes what it refuses",
	Fix:      "label the namespace pod-security.kubernetes.io/enforce: restricted and pod-security.kubernetes.io/enforce-version: v1.35, say",
	Severity: apitype.PolicySeverityHigh,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.CISKubernetes("5.2.1"), rule.CISEKS("4.2.1"), rule.CISEKS("4.2.2"), rule.CISEKS("4.2.3"),
		rule.CISEKS("4.2.4"), rule.CISEKS("4.2.5"),
	},
	AppliesTo: object.Selects(object.Namespace),
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		var result rule.Result
		for _, o := range object.In(r, &result, object.Namespace) {
			labels := o.Get("metadata", "labels")
			requireLabel(labels.Get(enforceLabel), o.Patch, "restricted",
				func(level string) bool { return level == "restricted" }, &result)
			requireLabel(labels.Get(versionLabel), o.Patch, "a version such as v1.35",
				pinnedVersion.MatchString, &result)
		}
		return result
	},
}

// requireLabel requires a label, and that its value is right.
func requireLabel(at rule.Value, patch bool, want string, right func(string) bool, result *rule.Result) {
	text, state := at.Text()
	switch {
	case result.Unreadable(at, state, "a text"):
	case state == rule.Missing && patch:
		result.Unpatched(at)
	case state == rule.Missing:
		result.Fail(at, "is not set")
	case !right(text):
		result.Fail(at, "is %s, not %s", at.Show(), want)
	}
}

// sharedNamespaces belong to nobody or to Kubernetes.
var sharedNamespaces = []string{"", "default", "kube-system", "kube-public", "kube-node-lease"}

var ownNamespaces = rule.Rule{
	ID:       "b14",
	Name:     "use-own-namespaces",
	Title:    "Workloads run in namespaces of their own",
	Why:      "nothing is enforced, bounded or denied in default, and what is in kube-system is trusted by the whole cluster",
	Fix:      "create a namespace and set metadata.namespace",
	Severity: apitype.PolicySeverityMedium,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.Checkov("CKV_K8S_21"), rule.Trivy("KSV-0037"), rule.Trivy("KSV-0110"), rule.CISEKS("4.5.2"),
	},
	AppliesTo: workload.Selects,
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		if r.Type == object.HelmRelease {
			var result rule.Result
			checkNamespace(r.Inputs.Get("namespace"), &result)
			return result
		}
		return workload.Judge(r, func(pod workload.Pod, result *rule.Result) {
			checkNamespace(pod.Owner.Get("metadata", "namespace"), result)
		})
	},
}

// checkNamespace judges a patch that names no namespace like anything else: it changes an
// object in default.
func checkNamespace(at rule.Value, result *rule.Result) {
	name, state := at.Text()
	switch {
	case result.Unreadable(at, state, "a text"):
	case state == rule.Missing:
		result.Fail(at, "is not set, which means default")
	case slices.Contains(sharedNamespaces, name):
		result.Fail(at, "is %s", at.Show())
	}
}
