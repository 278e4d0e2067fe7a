package rules

import (
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"coffee-platform/policy/object"
	"coffee-platform/policy/rule"
)

const (
	helmChart = "kubernetes:helm.sh/v4:Chart"
	eksAddOn  = "aws:eks/addon:Addon"
)

var pinCharts = rule.Rule{
	ID:       "g7",
	Name:     "pin-charts",
	Title:    "Helm charts come from repositories that were chosen, and charts and EKS add-ons have one exact version",
	Why:      "an open version is whatever its publisher released last, installed by the next deployment that was about something else",
	Fix:      "set version to one version such as 2.18.1 (addonVersion of an add-on) and repositoryOpts.repo to a repository of the setting repositories; of a Chart nothing is seen here, of a Release all",
	Severity: apitype.PolicySeverityMedium,
	Level:    apitype.Mandatory,
	Settings: []rule.Setting{{
		Name:        "repositories",
		Description: "Repositories of Helm charts: their addresses, or the beginning of an oci:// address.",
		// KEDA, External Secrets, Prometheus, Grafana with Loki and Tempo, Argo.
		Default: []string{
			"https://kedacore.github.io/charts", "https://charts.external-secrets.io",
			"https://prometheus-community.github.io/helm-charts", "https://grafana.github.io/helm-charts",
			"https://argoproj.github.io/argo-helm",
		},
	}},
	AppliesTo: rule.OfType(object.HelmRelease, helmChart, eksAddOn),
	Check: func(r rule.Resource, env rule.Env) rule.Result {
		var result rule.Result
		switch recorded, _ := r.Inputs.Keys(); {
		case r.Type == eksAddOn:
			requireVersion(r.Inputs.Get("addonVersion"), &result)
		case r.Type == helmChart && len(recorded) == 0:
			// The provider registers a Chart without its arguments
			// (https://github.com/pulumi/pulumi-kubernetes/blob/v4.32.0/provider/pkg/provider/helm/v4/chart.go).
			result.Undetermined(r.Inputs, "is a Chart, and nothing of it is recorded: neither version nor repository")
		default:
			checkChart(r, env.Settings.Texts("repositories"), &result)
		}
		return result
	},
}

func checkChart(r rule.Resource, allowed []string, result *rule.Result) {
	at := r.Inputs.Get("chart")
	chart, state := at.Text()
	if result.Unreadable(at, state, "a text") {
		return
	}
	if strings.HasPrefix(chart, ".") || strings.HasPrefix(chart, "/") {
		// A directory beside the program has the program's version.
		return
	}
	requireVersion(r.Inputs.Get("version"), result)
	if strings.HasPrefix(chart, "oci://") {
		if !slices.ContainsFunc(allowed, func(one string) bool { return within(chart, one) }) {
			result.Fail(at, "is %s, which is not in an allowed repository", at.Show())
		}
		return
	}
	at = r.Inputs.Get("repositoryOpts", "repo")
	repository, state := at.Text()
	switch {
	case result.Unreadable(at, state, "a text"):
	case state == rule.Missing:
		result.Fail(at, "is not set, so that the machine that deploys decides")
	case !slices.Contains(allowed, strings.TrimSuffix(repository, "/")):
		result.Fail(at, "is %s, which is not an allowed repository", at.Show())
	}
}

// within tells whether a chart is the given one or lies below it.
func within(chart, repository string) bool {
	return chart == repository || strings.HasPrefix(chart, strings.TrimSuffix(repository, "/")+"/")
}

// exactVersion is one version, not a range such as ^2.18 or >=2.
var exactVersion = regexp.MustCompile(`^v?\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?$`)

func requireVersion(at rule.Value, result *rule.Result) {
	version, state := at.Text()
	switch {
	case result.Unreadable(at, state, "a text"):
	case state == rule.Missing:
		result.Fail(at, "is not set")
	case !exactVersion.MatchString(version):
		result.Fail(at, "is %s, which is not one exact version", at.Show())
	}
}
