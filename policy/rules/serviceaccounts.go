package rules

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"coffee-platform/policy/rule"
	"coffee-platform/policy/workload"
)

var withholdTokens = rule.Rule{
	ID:       "b12",
	Name:     "withhold-kubernetes-tokens",
	Title:    "Pods have a service account of their own, and its token only if they speak to Kubernetes",
	Why:      "whoever gets into a pod gets its token, and what one pod of a shared account may do, all of them may",
	Fix:      "set automountServiceAccountToken: false and serviceAccountName on the pod, and the audience of a token that it mounts for somebody else; name accounts that need their token in the setting accountsWithToken",
	Severity: apitype.PolicySeverityMedium,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.Checkov("CKV_K8S_38"), rule.Checkov("CKV_K8S_41"), rule.Checkov("CKV_K8S_42"), rule.Trivy("KSV-0036"),
		rule.CISEKS("4.1.5"), rule.CISEKS("4.1.6"),
	},
	Settings: []rule.Setting{{
		Name:        "accountsWithToken",
		Description: "Service accounts whose pods speak to the Kubernetes API and so may mount the token.",
		Default:     []string{},
	}},
	AppliesTo: workload.Selects,
	Check: func(r rule.Resource, env rule.Env) rule.Result {
		return workload.Judge(r, func(pod workload.Pod, result *rule.Result) {
			checkOwnAccount(pod, result)
			checkToken(pod, env.Settings.Texts("accountsWithToken"), result)
		})
	},
}

// accountOf returns the service account of a pod; serviceAccount is the field's former name.
func accountOf(pod workload.Pod) rule.Value {
	at := pod.Spec.Get("serviceAccountName")
	if former := pod.Spec.Get("serviceAccount"); at.State() == rule.Missing && former.State() != rule.Missing {
		return former
	}
	return at
}

func checkOwnAccount(pod workload.Pod, result *rule.Result) {
	at := accountOf(pod)
	name, state := at.Text()
	switch {
	case result.Unreadable(at, state, "a text"):
	case state == rule.Missing && pod.Patch:
		result.Unpatched(at)
	case name == "":
		result.Fail(at, "is not set, so that the pod uses the namespace's default account")
	case name == "default":
		result.Fail(at, "is the namespace's default account")
	}
}

// checkToken refuses the token to pods of accounts that need none. While the account is not known, it may be one that does.
func checkToken(pod workload.Pod, accounts []string, result *rule.Result) {
	account := accountOf(pod)
	name, state := account.Text()
	if state == rule.Known && slices.Contains(accounts, name) {
		return
	}
	var mounted rule.Result
	checkMounted(pod, &mounted)
	checkProjected(pod, &mounted)
	if state == rule.Unknown && len(accounts) > 0 && mounted.Outcome() == rule.Failed {
		result.Undetermined(account, "is known only after deployment, and some accounts may mount their token")
		return
	}
	result.Add(mounted)
}

// checkMounted refuses the token that Kubernetes mounts by itself.
func checkMounted(pod workload.Pod, result *rule.Result) {
	at := pod.Spec.Get("automountServiceAccountToken")
	mounted, state := at.Bool()
	switch {
	case result.Unreadable(at, state, "a boolean"):
	case state == rule.Missing && pod.Patch:
		result.Unpatched(at)
	case state == rule.Missing:
		result.Fail(at, "is not set to false")
	case mounted:
		result.Fail(at, "is true")
	}
}
