package rules

import (
	"encoding/json"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	psapi "k8s.io/pod-security-admission/api"
	pspolicy "k8s.io/pod-security-admission/policy"

	"coffee-platform/policy/rule"
	"coffee-platform/policy/workload"
)

// Pinned to 1.34: from 1.35 on the standard lets pods with hostUsers: false run as root,
// which protects only where the node supports user namespaces.
var podSecurityVersion = psapi.LevelVersion{Level: psapi.LevelRestricted, Version: psapi.MajorMinorVersion(1, 34)}

// securityField is one field that decides about a pod's security. It may be on the pod, on
// its containers, or on both.
type securityField struct {
	// onPod and onContainer are where it is below the pod's spec and below a container;
	// empty where there is no such field.
	onPod, onContainer string
	// read returns its value, of the type that the field has in JSON.
	read fieldReader
	want string
	// list: the field is a list, and the guesses are for an element.
	list bool
	// good and bad are what a value that nobody knows is taken for.
	good, bad any
	// podWrong and containerWrong say what is wrong when it is refused.
	podWrong, containerWrong string
	// beside is what else each container holds while this field is judged, for checks that
	// look at several fields at once: one fault, one finding.
	beside map[string]any
	// allows judges a pod that holds nothing but this field.
	allows func(*corev1.PodSpec) bool
}

// fieldReader reads a value. Elements of a list that nobody knows are taken for the guess.
type fieldReader func(at rule.Value, guess any) (any, rule.State)

func readBool(at rule.Value, _ any) (any, rule.State) { return at.Bool() }
func readInt(at rule.Value, _ any) (any, rule.State)  { return at.Int() }
func readText(at rule.Value, _ any) (any, rule.State) { return at.Text() }

func readTexts(at rule.Value, guess any) (any, rule.State) {
	return readEach(at, guess, readText)
}

func readInts(at rule.Value, guess any) (any, rule.State) {
	return readEach(at, guess, readInt)
}

func readEach(at rule.Value, guess any, read fieldReader) (any, rule.State) {
	items, state := at.List()
	values := []any{}
	for _, item := range items {
		value, state := read(item, guess)
		switch state {
		case rule.Unknown:
			value = guess
		case rule.Malformed, rule.Missing:
			return nil, rule.Malformed
		}
		values = append(values, value)
	}
	return values, state
}

// byStandard judges by a check of the Pod Security admission: the verdict is the one a
// cluster gives.
func byStandard(check pspolicy.Check) func(*corev1.PodSpec) bool {
	evaluator, err := pspolicy.NewEvaluator([]pspolicy.Check{check}, nil)
	if err != nil {
		// Only a check that the library itself declares wrongly can get here.
		panic(err)
	}
	return func(spec *corev1.PodSpec) bool {
		for _, verdict := range evaluator.EvaluatePod(podSecurityVersion, &metav1.ObjectMeta{}, spec) {
			if !verdict.Allowed {
				return false
			}
		}
		return true
	}
}

// judgeFields returns a check of a rule over the given fields, in every pod of a resource.
func judgeFields(fields ...securityField) func(rule.Resource, rule.Env) rule.Result {
	return func(r rule.Resource, _ rule.Env) rule.Result {
		return workload.Judge(r, func(pod workload.Pod, result *rule.Result) { checkFields(pod, fields, result) })
	}
}

// checkFields asks about the pod alone and then about each container in it, so that a
// violation names the place to change. When the pod itself is at fault, its containers
// are judged as if it were not: one fault, one finding.
func checkFields(pod workload.Pod, fields []securityField, result *rule.Result) {
	innocent := make([]bool, len(fields))
	onContainers := false
	for i, field := range fields {
		q := question{securityField: field, pod: pod}
		innocent[i] = field.onPod == "" || q.judge(below(pod.Spec, field.onPod), field.podWrong, result)
		onContainers = onContainers || field.onContainer != ""
	}
	if !onContainers {
		return
	}
	pod.EachContainer(result, func(container rule.Value) {
		for i, field := range fields {
			if field.onContainer == "" {
				continue
			}
			q := question{securityField: field, pod: pod, container: &container, podIsAtFault: !innocent[i]}
			q.judge(below(container, field.onContainer), field.containerWrong, result)
		}
	}, workload.InitContainers, workload.Containers, workload.EphemeralContainers)
}

func below(v rule.Value, path string) rule.Value { return v.Get(strings.Split(path, ".")...) }

// question is a field in a pod that is reduced to it, with at most one container.
type question struct {
	securityField
	pod          workload.Pod
	container    *rule.Value
	podIsAtFault bool
}

// judge records what is to be said about the field at the given place, and returns whether
// nothing is wrong.
func (q question) judge(at rule.Value, wrong string, result *rule.Result) bool {
	_, state := q.read(at, q.good)
	switch {
	case state == rule.Malformed:
		result.Fail(at, "is not %s", q.want)
	case !q.allows(q.spec(q.good)):
		result.Fail(at, "%s", wrong)
	case q.allows(q.spec(q.bad)):
		return true
	case state == rule.Missing:
		result.Unpatched(at)
	default:
		result.Undetermined(at, "is known only after deployment")
	}
	return false
}

// spec is the pod with a guess for each value that is unknown, or that a patch leaves to
// the cluster. What fails while every unknown is taken for the best fails for certain;
// what passes only then is undetermined.
func (q question) spec(guess any) *corev1.PodSpec {
	pod := map[string]any{}
	if hostUsers, state := q.pod.Spec.Get("hostUsers").Bool(); state == rule.Known {
		pod["hostUsers"] = hostUsers
	}
	if q.onPod != "" {
		if q.podIsAtFault {
			put(pod, q.onPod, q.whole(q.good))
		} else {
			q.copy(below(q.pod.Spec, q.onPod), pod, q.onPod, guess)
		}
	}
	if q.container != nil {
		container := map[string]any{}
		for path, value := range q.beside {
			put(container, path, value)
		}
		q.copy(below(*q.container, q.onContainer), container, q.onContainer, guess)
		pod["containers"] = []any{container}
	}
	return decodePod(pod)
}

func (q question) copy(from rule.Value, to map[string]any, path string, guess any) {
	value, state := q.read(from, guess)
	if state == rule.Unknown || q.pod.Patch && state == rule.Missing {
		value, state = q.whole(guess), rule.Known
	}
	if state == rule.Known {
		put(to, path, value)
	}
}

// whole is the value of a field all of which is guessed.
func (q question) whole(guess any) any {
	if q.list {
		return []any{guess}
	}
	return guess
}

// put sets the value at a path of nested objects.
func put(object map[string]any, path string, value any) {
	keys := strings.Split(path, ".")
	for _, key := range keys[:len(keys)-1] {
		next, ok := object[key].(map[string]any)
		if !ok {
			next = map[string]any{}
			object[key] = next
		}
		object = next
	}
	object[keys[len(keys)-1]] = value
}

// decodePod reads a pod's spec whose fields have the types of the API.
func decodePod(pod map[string]any) *corev1.PodSpec {
	spec := &corev1.PodSpec{}
	data, err := json.Marshal(pod)
	if err == nil {
		err = json.Unmarshal(data, spec)
	}
	if err != nil {
		// Only a field that is declared with the wrong reader can get here.
		panic(err)
	}
	return spec
}
