package rules

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"coffee-platform/policy/object"
	"coffee-platform/policy/rule"
	"coffee-platform/policy/workload"
)

var labelPods = rule.Rule{
	ID:    "j2",
	Name:  "label-pods",
	Title: "Pods say what they run, what part it plays and what it belongs to, except those of charts",
	Why: "network policies, dashboards and bills tell pods apart by their labels, and a pod that says nothing about itself " +
		"is in none of them",
	Fix:      "label the pod, or the template of it, with app.kubernetes.io/name, app.kubernetes.io/component and app.kubernetes.io/part-of",
	Severity: apitype.PolicySeverityLow,
	Level:    apitype.Mandatory,
	Settings: []rule.Setting{{
		Name:        "labels",
		Description: "Labels that every pod needs.",
		// https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/
		Default: []string{"app.kubernetes.io/name", componentLabel, "app.kubernetes.io/part-of"},
	}},
	AppliesTo: func(r rule.Resource) bool { return workload.Selects(r) && !ofChart(r) },
	Check: func(r rule.Resource, env rule.Env) rule.Result {
		return workload.Judge(r, func(pod workload.Pod, result *rule.Result) {
			for _, label := range env.Settings.Texts("labels") {
				checkLabel(pod.Metadata.Get("labels", label), pod.Patch, result)
			}
		})
	},
}

// ofChart tells whether a resource is a chart's, whose publisher chose its labels: a release, or inside a Chart by
// the types in its URN.
func ofChart(r rule.Resource) bool {
	return r.Type == object.HelmRelease || strings.Contains(r.URN, "kubernetes:helm.sh/")
}

func checkLabel(at rule.Value, patch bool, result *rule.Result) {
	text, state := at.Text()
	switch {
	case result.Unreadable(at, state, "a text"):
	case state == rule.Missing && patch:
		result.Unpatched(at)
	case text == "":
		result.Fail(at, "is not set")
	}
}
