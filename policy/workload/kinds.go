package workload

import (
	"strings"

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

// helmRelease renders its objects inside the provider, so they are never resources.
const helmRelease = "kubernetes:helm.sh/v3:Release"

// shape is how the pods of a resource are to be found.
type shape struct {
	template []string
	// patch: fields that are absent keep the value they have in the cluster.
	patch bool
	// list: the resource holds many objects of the kind under items.
	list bool
}

// shapeOf reads a type token such as kubernetes:apps/v1:DeploymentPatch.
func shapeOf(r rule.Resource) (shape, bool) {
	parts := strings.Split(r.Type, ":")
	if len(parts) != 3 || parts[0] != "kubernetes" {
		return shape{}, false
	}
	group, _, _ := strings.Cut(parts[1], "/")
	kind := group + "/" + parts[2]

	if template, ok := templates[kind]; ok {
		return shape{template: template}, true
	}
	if bare, ok := strings.CutSuffix(kind, "Patch"); ok && templates[bare] != nil {
		return shape{template: templates[bare], patch: true}, true
	}
	if bare, ok := strings.CutSuffix(kind, "List"); ok && templates[bare] != nil {
		return shape{template: templates[bare], list: true}, true
	}
	usual := r.Inputs.Get(usualTemplate...).Get("spec", "containers")
	if _, state := usual.List(); state == rule.Known {
		return shape{template: usualTemplate}, true
	}
	return shape{}, false
}
