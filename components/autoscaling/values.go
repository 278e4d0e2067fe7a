package autoscaling

import (
	"coffee-platform/components/chart"
	"coffee-platform/components/workload"
)

// serviceAccount is the operator's, which its identity is for.
const serviceAccount = "keda-operator"

// Resources are what each of its pods gets. The chart asks for 100m and 100Mi, and 1000Mi at most
// (https://keda.sh/docs/2.20/operate/cluster/#cluster-capacity). It is made for any number of objects in any
// number of namespaces; these are to start from for a handful, and what it uses is seen by kubectl top.
var Resources = workload.Resources{CPU: "100m", Memory: "256Mi", MemoryLimit: "512Mi"}

// MetricsPort is where the API server asks for metrics.
const MetricsPort = 6443

// values are what the chart is given. Its pods keep the chart's own limit of one CPU, which Helm merges in.
func (a *Args) values() map[string]any {
	// The operator and the metrics server are set alike, the one under operator, the other under metricServer.
	both := func(value map[string]any) map[string]any {
		return map[string]any{"operator": value, "metricServer": value}
	}
	values := map[string]any{
		"watchNamespace": a.WatchNamespace,
		"operator":       map[string]any{"replicaCount": a.Replicas},
		"metricsServer":  map[string]any{"replicaCount": a.Replicas},
		"webhooks":       map[string]any{"enabled": false},
		"crds":           map[string]any{"additionalAnnotations": chart.KeepDefinitions()},
		// Without it the operator may scale, and so read, objects of every kind there is; Deployments it may anyway.
		"rbac": map[string]any{"enabledCustomScaledRefKinds": false},
		"serviceAccount": map[string]any{
			"operator": map[string]any{"name": serviceAccount},
			"webhooks": map[string]any{"create": false},
		},
		// The Service's port is the container's: network policies in Auto Mode want them equal.
		"service":            map[string]any{"portHttps": MetricsPort, "portHttpsTarget": MetricsPort},
		"enableServiceLinks": false,
		"podSecurityContext": both(chart.PodSecurity()),
		"securityContext":    both(chart.ContainerSecurity()),
		"resources":          both(chart.Resources(Resources)),
		"topologySpreadConstraints": map[string]any{
			"operator":      chart.Spread(map[string]any{"app": "keda-operator"}),
			"metricsServer": chart.Spread(map[string]any{"app": "keda-operator-metrics-apiserver"}),
		},
		"logging": map[string]any{
			"operator":     map[string]any{"format": "json"},
			"metricServer": map[string]any{"zapEncoder": "json"},
		},
	}
	if a.Replicas > 1 {
		values["podDisruptionBudget"] = both(map[string]any{"minAvailable": 1})
	}
	return values
}
