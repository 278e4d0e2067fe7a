package rules

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	psapi "k8s.io/pod-security-admission/api"
	pspolicy "k8s.io/pod-security-admission/policy"

	"coffee-platform/policy/rule"
	"coffee-platform/policy/workload"
)

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
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		return workload.Judge(r, checkUsers)
	},
}

// userCheck is one field that decides about the user, and the check of the Pod Security
// admission for it: the verdict is the one a cluster gives.
type userCheck struct {
	field       string
	want        string
	onPod       string
	onContainer string
	standard    pspolicy.Evaluator
}

var userChecks = []userCheck{
	{
		field:       "runAsNonRoot",
		want:        "a boolean",
		onPod:       "is not true",
		onContainer: "is not true, neither here nor on the pod",
		standard:    standard(pspolicy.CheckRunAsNonRoot()),
	},
	{
		field:       "runAsUser",
		want:        "a user id",
		onPod:       "is 0, which is root",
		onContainer: "is 0, which is root",
		standard:    standard(pspolicy.CheckRunAsUser()),
	},
}

// Pinned to 1.34: from 1.35 on the standard lets pods with hostUsers: false run as root,
// which protects only where the node supports user namespaces.
var podSecurityVersion = psapi.LevelVersion{Level: psapi.LevelRestricted, Version: psapi.MajorMinorVersion(1, 34)}

func standard(check pspolicy.Check) pspolicy.Evaluator {
	evaluator, err := pspolicy.NewEvaluator([]pspolicy.Check{check}, nil)
	if err != nil {
		// Only a check that the library itself declares wrongly can get here.
		panic(err)
	}
	return evaluator
}

// someUser is any user id that is not root.
const someUser = 10001

// innocent is a pod's security context that nothing is wrong with.
var innocent = rule.NewValue("", resource.PropertyMap{
	"runAsNonRoot": resource.NewProperty(true),
	"runAsUser":    resource.NewProperty(float64(someUser)),
})

// checkUsers asks about the pod alone and then about each container in it, so that a
// violation names the place to change. When the pod itself is at fault, its containers
// are judged as if it were not: one fault, one finding.
func checkUsers(pod workload.Pod, result *rule.Result) {
	inherited := make([]rule.Value, len(userChecks))
	for i, check := range userChecks {
		inherited[i] = pod.Spec.Get("securityContext")
		if !check.judge(question{Pod: pod, context: inherited[i]}, inherited[i], check.onPod, result) {
			inherited[i] = innocent
		}
	}
	pod.EachContainer(result, func(container rule.Value) {
		own := container.Get("securityContext")
		for i, check := range userChecks {
			check.judge(question{Pod: pod, context: inherited[i], container: &own}, own, check.onContainer, result)
		}
	}, workload.InitContainers, workload.Containers, workload.EphemeralContainers)
}

// question is a pod reduced to its security context and that of at most one container.
type question struct {
	workload.Pod
	context   rule.Value
	container *rule.Value
}

// judge records what the check says, at its field in a security context, and returns
// whether nothing is wrong.
func (c userCheck) judge(q question, context rule.Value, wrong string, result *rule.Result) bool {
	at := context.Get(c.field)
	switch {
	case c.malformed(at):
		result.Fail(at, "is not %s", c.want)
	case !c.allows(q, hopeful):
		result.Fail(at, "%s", wrong)
	case c.allows(q, fearful):
		return true
	case at.State() == rule.Missing:
		result.Undetermined(at, "is not in the patch and keeps the value it has in the cluster")
	default:
		result.Undetermined(at, "is known only after deployment")
	}
	return false
}

func (c userCheck) malformed(at rule.Value) bool {
	_, asBool := at.Bool()
	_, asInt := at.Int()
	if c.field == "runAsNonRoot" {
		return asBool == rule.Malformed
	}
	return asInt == rule.Malformed
}

// guess is what an unknown value is taken for. What fails while every unknown is taken
// for the best fails for certain; what passes only then is undetermined.
type guess bool

const (
	hopeful guess = true
	fearful guess = false
)

func (c userCheck) allows(q question, g guess) bool {
	nonRoot, user := readUser(q.context, q.Patch, g)
	spec := corev1.PodSpec{SecurityContext: &corev1.PodSecurityContext{RunAsNonRoot: nonRoot, RunAsUser: user}}
	if hostUsers, state := q.Spec.Get("hostUsers").Bool(); state == rule.Known {
		spec.HostUsers = &hostUsers
	}
	if q.container != nil {
		nonRoot, user := readUser(*q.container, q.Patch, g)
		spec.Containers = []corev1.Container{{
			SecurityContext: &corev1.SecurityContext{RunAsNonRoot: nonRoot, RunAsUser: user},
		}}
	}
	for _, verdict := range c.standard.EvaluatePod(podSecurityVersion, &metav1.ObjectMeta{}, &spec) {
		if !verdict.Allowed {
			return false
		}
	}
	return true
}

// readUser reads a security context, with a guess for each field that is unknown, or
// that a patch leaves to the cluster.
func readUser(context rule.Value, patch bool, g guess) (nonRoot *bool, user *int64) {
	guessed := func(state rule.State) bool {
		return state == rule.Unknown || patch && state == rule.Missing
	}
	value, state := context.Get("runAsNonRoot").Bool()
	if guessed(state) {
		value, state = bool(g), rule.Known
	}
	if state == rule.Known {
		nonRoot = &value
	}
	id, state := context.Get("runAsUser").Int()
	if guessed(state) {
		id, state = 0, rule.Known
		if g == hopeful {
			id = someUser
		}
	}
	if state == rule.Known {
		user = &id
	}
	return nonRoot, user
}
