package workload

import (
	"strings"

	"coffee-platform/policy/object"
	"coffee-platform/policy/rule"
)

// templates says where each kind keeps the pod it makes, by API group and kind. The
// version does not matter: it never moved the template.
var templates = map[string][]string{
	"core/Pod":                   {},
	"core/PodTemplate":           {"template"},
	"core/ReplicationController": {"spec", "template"},
	"apps/Deployment":            {"spec", "template"},
	"apps/StatefulSet":           {"spec", "template"},
	"apps/DaemonSet":             {"spec", "template"},
	"apps/ReplicaSet":            {"spec", "template"},
	"extensions/Deployment":      {"spec", "template"},
	"extensions/DaemonSet":       {"spec", "template"},
	"extensions/ReplicaSet":      {"spec", "template"},
	"batch/Job":                  {"spec", "template"},
	"batch/CronJob":              {"spec", "jobTemplate", "spec", "template"},
	"argoproj.io/Rollout":        {"spec", "template"},
	"keda.sh/ScaledJob":          {"spec", "jobTargetRef", "template"},
}

// usualTemplate is where custom resources that make pods keep them by convention.
var usualTemplate = []string{"spec", "template"}

// shape is how the pods of a resource are to be found.
type shape struct {
	kind     string
	form     object.Form
	template []string
}

func shapeOf(r rule.Resource) (shape, bool) {
	kind, form, ok := object.Match(r.Type, func(kind string) bool { return templates[kind] != nil })
	if ok {
		return shape{kind: kind, form: form, template: templates[kind]}, true
	}
	usual := r.Inputs.Get(usualTemplate...).Get("spec", "containers")
	if _, state := usual.List(); state == rule.Known && strings.HasPrefix(r.Type, "kubernetes:") {
		return shape{template: usualTemplate}, true
	}
	return shape{}, false
}
