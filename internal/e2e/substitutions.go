package e2e

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// timeScale is how much faster than in an environment the harness plays what takes an environment minutes:
// tasks, and the waits before something is taken away. What comes up, comes up at its real speed.
const timeScale = 60

// substitution is one way in which an object is made fit for this control plane.
type substitution struct {
	what, from, to, why string
	// apply changes an object, and is whether it did.
	apply func(object *unstructured.Unstructured, redisAddress string) (bool, error)
}

// eksLabels are KWOK's labels for those of Auto Mode. A label that is not here fails the run: what it selects
// would go unproved.
var eksLabels = map[string]string{
	"eks.amazonaws.com/instance-family": "karpenter.kwok.sh/instance-family",
	"eks.amazonaws.com/instance-size":   "karpenter.kwok.sh/instance-size",
	"eks.amazonaws.com/instance-cpu":    "karpenter.kwok.sh/instance-cpu",
	// Stays: it asks the load balancer's controller, which nobody plays, to hold pods back until they are targets.
	"eks.amazonaws.com/pod-readiness-gate-inject": "eks.amazonaws.com/pod-readiness-gate-inject",
}

// substitutions are all there are.
var substitutions = []substitution{
	{
		what: "NodePool, spec.template.spec.nodeClassRef", from: "eks.amazonaws.com NodeClass", to: "karpenter.kwok.sh KWOKNodeClass of the same name",
		why: "Karpenter's cloud here is KWOK's", apply: substituteNodeClass,
	},
	{
		what: "labels", from: "eks.amazonaws.com/…", to: "karpenter.kwok.sh/…: " + strings.Join(labelSuffixes(), ", "),
		why: "the same facts of an instance type, by the names of KWOK's cloud; any other label fails", apply: substituteLabels,
	},
	{
		what: "NodePool, consolidateAfter", from: "a time", to: fmt.Sprintf("a %dth of it", timeScale),
		why: "to see nodes go within seconds", apply: hastenConsolidation,
	},
	{
		what: "ScaledObject, a Redis trigger's address", from: "ElastiCache's", to: "this run's Redis",
		why: "password and TLS stay on; the authority is given to KEDA as trusted", apply: substituteRedis,
	},
	{
		what: "ScaledObject, triggers of type aws-cloudwatch", from: "a trigger", to: "none",
		why: "nothing here answers for AWS; the others stay", apply: withoutCloudWatch,
	},
	{
		what: "ScaledObject, cooldownPeriod and scaleDown's windows and periods", from: "a time", to: fmt.Sprintf("a %dth of it, at least 1 s", timeScale),
		why: "to see pods go within seconds, in the same proportion to the tasks", apply: hastenScaleDown,
	},
}

// substitute makes an object fit for this control plane, and returns which substitutions it took.
func substitute(object *unstructured.Unstructured, redisAddress string) ([]int, error) {
	var taken []int
	for i, s := range substitutions {
		changed, err := s.apply(object, redisAddress)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", object.GetKind(), object.GetName(), err)
		}
		if changed {
			taken = append(taken, i)
		}
	}
	return taken, nil
}

func labelSuffixes() []string {
	var suffixes []string
	for _, label := range slices.Sorted(maps.Keys(eksLabels)) {
		if eksLabels[label] != label {
			suffixes = append(suffixes, label[strings.Index(label, "/")+1:])
		}
	}
	return suffixes
}

func substituteNodeClass(object *unstructured.Unstructured, _ string) (bool, error) {
	if object.GetKind() != "NodePool" {
		return false, nil
	}
	path := []string{"spec", "template", "spec", "nodeClassRef"}
	reference, found, err := unstructured.NestedStringMap(object.Object, path...)
	if err != nil {
		return false, fmt.Errorf("reading its nodeClassRef: %w", err)
	}
	if !found {
		return false, errors.New("has no nodeClassRef")
	}
	if reference["group"] != "eks.amazonaws.com" || reference["kind"] != "NodeClass" {
		return false, fmt.Errorf("refers to a node class %v that has no substitute", reference)
	}
	reference["group"], reference["kind"] = "karpenter.kwok.sh", "KWOKNodeClass"
	return true, unstructured.SetNestedStringMap(object.Object, reference, path...)
}

// substituteLabels replaces labels of Auto Mode wherever an object has or selects them.
func substituteLabels(object *unstructured.Unstructured, _ string) (bool, error) {
	changed := false
	var unknown []string
	replace := func(text string) string {
		if !strings.HasPrefix(text, "eks.amazonaws.com/") {
			return text
		}
		label, ok := eksLabels[text]
		if !ok {
			unknown = append(unknown, text)
			return text
		}
		changed = changed || label != text
		return label
	}
	var walk func(value any) any
	walk = func(value any) any {
		switch v := value.(type) {
		case map[string]any:
			fields := map[string]any{}
			for name, field := range v {
				fields[replace(name)] = walk(field)
			}
			return fields
		case []any:
			for i := range v {
				v[i] = walk(v[i])
			}
			return v
		case string:
			return replace(v)
		default:
			return value
		}
	}
	for field, value := range object.Object {
		if field != "apiVersion" && field != "kind" {
			object.Object[field] = walk(value)
		}
	}
	if len(unknown) > 0 {
		slices.Sort(unknown)
		return false, fmt.Errorf("uses labels that have no substitute: %s", strings.Join(slices.Compact(unknown), ", "))
	}
	return changed, nil
}

func hastenConsolidation(object *unstructured.Unstructured, _ string) (bool, error) {
	if object.GetKind() != "NodePool" {
		return false, nil
	}
	path := []string{"spec", "disruption", "consolidateAfter"}
	text, found, err := unstructured.NestedString(object.Object, path...)
	if err != nil || !found || text == "Never" {
		return false, err
	}
	after, err := time.ParseDuration(text)
	if err != nil {
		return false, fmt.Errorf("reading consolidateAfter: %w", err)
	}
	return true, unstructured.SetNestedField(object.Object, max(after/timeScale, time.Second).Round(time.Second).String(), path...)
}

func substituteRedis(object *unstructured.Unstructured, redisAddress string) (bool, error) {
	if object.GetKind() != "ScaledObject" {
		return false, nil
	}
	triggers, _, err := unstructured.NestedSlice(object.Object, "spec", "triggers")
	if err != nil {
		return false, err
	}
	changed := false
	for _, t := range triggers {
		trigger, _ := t.(map[string]any)
		if trigger["type"] != "redis" {
			continue
		}
		metadata, _ := trigger["metadata"].(map[string]any)
		if _, ok := metadata["address"]; !ok {
			return false, fmt.Errorf("a Redis trigger has no address but %v", slices.Sorted(maps.Keys(metadata)))
		}
		metadata["address"] = redisAddress
		changed = true
	}
	return changed, unstructured.SetNestedSlice(object.Object, triggers, "spec", "triggers")
}

func withoutCloudWatch(object *unstructured.Unstructured, _ string) (bool, error) {
	if object.GetKind() != "ScaledObject" {
		return false, nil
	}
	triggers, _, err := unstructured.NestedSlice(object.Object, "spec", "triggers")
	if err != nil {
		return false, err
	}
	kept := slices.DeleteFunc(slices.Clone(triggers), func(trigger any) bool { return field(trigger, "type") == "aws-cloudwatch" })
	if len(kept) == len(triggers) {
		return false, nil
	}
	return true, unstructured.SetNestedSlice(object.Object, kept, "spec", "triggers")
}

func hastenScaleDown(object *unstructured.Unstructured, _ string) (bool, error) {
	if object.GetKind() != "ScaledObject" {
		return false, nil
	}
	changed := false
	hasten := func(fields map[string]any, name string) {
		switch seconds := fields[name].(type) {
		case int64:
			fields[name], changed = max(seconds/timeScale, 1), true
		case float64:
			fields[name], changed = max(int64(seconds)/timeScale, 1), true
		}
	}
	spec, _ := object.Object["spec"].(map[string]any)
	hasten(spec, "cooldownPeriod")
	if scaleDown, ok := field(spec, "advanced", "horizontalPodAutoscalerConfig", "behavior", "scaleDown").(map[string]any); ok {
		hasten(scaleDown, "stabilizationWindowSeconds")
		policies, _ := scaleDown["policies"].([]any)
		for _, p := range policies {
			if policy, ok := p.(map[string]any); ok {
				hasten(policy, "periodSeconds")
			}
		}
	}
	return changed, nil
}

// field is what is at a path below a map, or nil.
func field(value any, path ...string) any {
	for _, name := range path {
		fields, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		value = fields[name]
	}
	return value
}
