package rules

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"coffee-platform/policy/object"
	"coffee-platform/policy/rule"
)

const (
	kindRole               = "rbac.authorization.k8s.io/Role"
	kindClusterRole        = "rbac.authorization.k8s.io/ClusterRole"
	kindRoleBinding        = "rbac.authorization.k8s.io/RoleBinding"
	kindClusterRoleBinding = "rbac.authorization.k8s.io/ClusterRoleBinding"
)

var narrowRBAC = rule.Rule{
	ID:       "b15",
	Name:     "narrow-rbac",
	Title:    "Roles grant no wildcards, secrets or ways to more rights, and are bound to nobody in general",
	Why:      "each of these grants is, in a step or two, the whole cluster",
	Fix:      "name apiGroups, resources and verbs one by one, secrets by resourceNames, and bind roles to service accounts of their own",
	Severity: apitype.PolicySeverityCritical,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.Checkov("CKV_K8S_49"), rule.Checkov("CKV_K8S_155"), rule.Checkov("CKV_K8S_156"), rule.Checkov("CKV_K8S_157"),
		rule.Checkov("CKV_K8S_158"), rule.Trivy("KSV-0041"), rule.Trivy("KSV-0044"), rule.Trivy("KSV-0045"),
		rule.Trivy("KSV-0046"), rule.Trivy("KSV-0047"), rule.Trivy("KSV-0050"), rule.Trivy("KSV-0051"),
		rule.Trivy("KSV-0052"), rule.Trivy("KSV-0053"), rule.Trivy("KSV-0111"), rule.Trivy("KSV-0112"),
		rule.Trivy("KSV-0113"), rule.Trivy("KSV-0114"), rule.CISEKS("4.1.1"), rule.CISEKS("4.1.2"),
		rule.CISEKS("4.1.3"), rule.CISEKS("4.1.4"), rule.CISEKS("4.1.8"),
	},
	AppliesTo: object.Selects(kindRole, kindClusterRole, kindRoleBinding, kindClusterRoleBinding),
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		var result rule.Result
		for _, o := range object.In(r, &result, kindRole, kindClusterRole) {
			checkGrants(o, &result)
		}
		for _, o := range object.In(r, &result, kindRoleBinding, kindClusterRoleBinding) {
			checkBinding(o, &result)
		}
		return result
	},
}

// grant is a right that leads to others.
type grant struct {
	resources, verbs []string
	what             string
}

// powers are grants that amount to more than they say
// (https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks).
var powers = []grant{
	{[]string{"secrets"}, []string{"get", "list", "watch"}, "reading secrets"},
	{[]string{"*"}, []string{"escalate", "bind"}, "granting rights one does not have"},
	{[]string{"*"}, []string{"impersonate"}, "acting as anyone"},
	{[]string{"pods/exec", "pods/attach", "pods/portforward", "pods/ephemeralcontainers"}, []string{"create", "get", "update", "patch"}, "entering pods"},
	{[]string{"nodes/proxy"}, []string{"get", "create"}, "speaking to kubelets past the API server"},
	{[]string{"serviceaccounts/token"}, []string{"create"}, "making tokens of any account"},
	{[]string{"roles", "clusterroles", "rolebindings", "clusterrolebindings"}, []string{"create", "update", "patch"}, "changing who may do what"},
	{[]string{"validatingwebhookconfigurations", "mutatingwebhookconfigurations"}, []string{"create", "update", "patch"}, "changing what is admitted"},
	{[]string{"certificatesigningrequests/approval"}, []string{"update", "patch"}, "issuing client certificates"},
	{[]string{"persistentvolumes"}, []string{"create"}, "mounting the node"},
	{makers, []string{"create", "update", "patch"}, "running pods as any account of the namespace, with its secrets"},
}

// makers are pods and what makes them.
var makers = []string{
	"pods", "deployments", "statefulsets", "daemonsets", "replicasets", "replicationcontrollers", "jobs", "cronjobs",
}

func checkGrants(o object.Object, result *rule.Result) {
	if at := o.Get("aggregationRule"); at.State() != rule.Missing {
		result.Undetermined(at, "takes over the rules of other roles, which are not written here")
	}
	at := o.Get("rules")
	rules, state := at.List()
	result.Unreadable(at, state, "a list of rules")
	if state == rule.Missing && o.Patch {
		result.Unpatched(at)
	}
	for _, granted := range rules {
		if !result.Unreadable(granted, granted.State(), "a rule") {
			checkGrant(granted, result)
		}
	}
}

// checkGrant reports one fault of a rule: a wildcard, which includes all powers, or the first
// power.
func checkGrant(granted rule.Value, result *rule.Result) {
	resources, resourcesKnown := texts(granted.Get("resources"), result)
	verbs, verbsKnown := texts(granted.Get("verbs"), result)
	_, groupsKnown := texts(granted.Get("apiGroups"), result)
	_, pathsKnown := texts(granted.Get("nonResourceURLs"), result)
	for _, name := range []string{"verbs", "resources", "apiGroups", "nonResourceURLs"} {
		at := granted.Get(name)
		if list, _ := texts(at, &rule.Result{}); slices.Contains(list, "*") {
			result.Fail(at, "hold *")
			return
		}
	}
	for _, power := range powers {
		if meets(resources, power.resources) && meets(verbs, power.verbs) && !narrowedToNames(granted, power) {
			result.Fail(granted, "grants %s", power.what)
			return
		}
	}
	if !resourcesKnown || !verbsKnown || !groupsKnown || !pathsKnown {
		result.Undetermined(granted, "grants something that is known only after deployment")
	}
}

// narrowedToNames tells whether a rule reads particular secrets only. Names narrow neither
// list and watch without a field selector nor create
// (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources).
func narrowedToNames(granted rule.Value, power grant) bool {
	names, state := granted.Get("resourceNames").List()
	verbs, _ := granted.Get("verbs").List()
	onlyGet := len(verbs) == 1 && is(verbs[0], "get", false) == rule.Yes
	return state == rule.Known && len(names) > 0 && onlyGet && slices.Contains(power.resources, "secrets")
}

// meets tells whether a list holds one of what is looked for; "*" in the latter means any.
func meets(list, wanted []string) bool {
	return slices.ContainsFunc(list, func(item string) bool {
		return slices.ContainsFunc(wanted, func(want string) bool {
			return want == "*" || item == want || matchesAny(item, want)
		})
	})
}

// matchesAny tells whether an item stands for a subresource of every resource, as */exec.
func matchesAny(item, want string) bool {
	subresource, ok := strings.CutPrefix(item, "*")
	return ok && strings.HasSuffix(want, subresource)
}

// texts reads a list of texts, and tells whether all of them are known.
func texts(at rule.Value, result *rule.Result) ([]string, bool) {
	list, state := at.List()
	if state == rule.Malformed {
		result.Fail(at, "is not a list of texts")
	}
	known := state != rule.Unknown
	var all []string
	for _, item := range list {
		text, state := item.Text()
		switch state {
		case rule.Known:
			all = append(all, text)
		case rule.Unknown:
			known = false
		default:
			result.Fail(item, "is not a text")
		}
	}
	return all, known
}

// clusterAdmin is the role that may do everything.
const clusterAdmin = "cluster-admin"

// anyone are the groups and users that stand for more than one person or program.
var anyone = []string{
	"system:anonymous", "system:unauthenticated", "system:authenticated", "system:masters", "system:serviceaccounts",
}

func checkBinding(o object.Object, result *rule.Result) {
	role := o.Get("roleRef", "name")
	name, state := role.Text()
	switch {
	case result.Unreadable(role, state, "a text"):
	case state == rule.Missing && o.Patch:
		// A binding's role cannot be changed.
	case name == clusterAdmin:
		result.Fail(role, "is %s", role.Show())
	}
	at := o.Get("subjects")
	subjects, state := at.List()
	result.Unreadable(at, state, "a list of subjects")
	if state == rule.Missing && o.Patch {
		result.Unpatched(at)
	}
	for _, subject := range subjects {
		checkSubject(subject, result)
	}
}

func checkSubject(subject rule.Value, result *rule.Result) {
	at := subject.Get("name")
	name, state := at.Text()
	account := is(subject.Get("kind"), "ServiceAccount", false)
	switch {
	case result.Unreadable(at, state, "a text"):
	case slices.Contains(anyone, name) || strings.HasPrefix(name, "system:serviceaccounts:"):
		result.Fail(at, "is %s, who is more than one", at.Show())
	case name == "default" && account == rule.Yes:
		result.Fail(at, "is the default account, which every pod has that names none")
	case name == "default" && account == rule.Maybe:
		result.Undetermined(at, "may be the default account: its kind is known only after deployment")
	}
}
