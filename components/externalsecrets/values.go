package externalsecrets

import (
	"coffee-platform/components/chart"
	"coffee-platform/components/workload"
)

// serviceAccount is the controller's, which its identity is for.
const serviceAccount = "external-secrets"

// Resources are what each pod of the controller gets, which caches the Secrets and its own objects of one
// namespace. Where its project puts it in the comments of its values, 10m and 32Mi, is the least it runs with; these
// are to start from, and what it uses is seen by kubectl top.
var Resources = workload.Resources{CPU: "20m", Memory: "128Mi", MemoryLimit: "256Mi"}

// values are what the chart is given.
func (a *Args) values() map[string]any {
	values := map[string]any{
		"replicaCount": a.Replicas,
		"leaderElect":  true,

		// The product's namespace, by Roles in it rather than ClusterRoles, and none of what reaches further.
		"scopedNamespace":              a.StoreNamespace,
		"scopedRBAC":                   true,
		"processClusterExternalSecret": false,
		"processClusterStore":          false,
		"processClusterGenerator":      false,
		"processClusterPushSecret":     false,
		"processPushSecret":            false,
		"crds": map[string]any{
			"annotations":                 chart.KeepDefinitions(),
			"createClusterExternalSecret": false,
			"createClusterSecretStore":    false,
			"createClusterGenerator":      false,
			"createClusterPushSecret":     false,
			"createPushSecret":            false,
		},
		"rbac": map[string]any{
			// Without it the controller could act as every service account of the namespace. It is for stores
			// that name one; this one uses the controller's own identity.
			"serviceAccountTokenCreate": false,
			// A ClusterRole for who implements servicebinding.io.
			"servicebindings": map[string]any{"create": false},
		},
		"webhook":        map[string]any{"create": false},
		"certController": map[string]any{"create": false},

		"serviceAccount":     map[string]any{"name": serviceAccount},
		"podSecurityContext": chart.PodSecurity(),
		"securityContext":    chart.ContainerSecurity(),
		"resources":          chart.Resources(Resources),
		"livenessProbe":      map[string]any{"enabled": true},
		"readinessProbe":     map[string]any{"enabled": true},
		"topologySpreadConstraints": chart.Spread(map[string]any{
			"app.kubernetes.io/name": chartName, "app.kubernetes.io/instance": chartName,
		}),
	}
	if a.Replicas > 1 {
		values["podDisruptionBudget"] = map[string]any{"enabled": true, "minAvailable": 1}
	}
	return values
}
