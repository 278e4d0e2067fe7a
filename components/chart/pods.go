package chart

import "coffee-platform/components/workload"

// userID is whom the pods of charts run as. Their images are distroless and run as whoever they are told to;
// above 10000, so that it is nobody's on the node (distroless's own is 65532:
// https://github.com/GoogleContainerTools/distroless/blob/main/common/variables.bzl).
const userID = 65532

// The values below are Kubernetes' own fields, written out although charts may have the same defaults: a
// default can change with the next version.

// PodSecurity is the security context of a chart's pods.
func PodSecurity() map[string]any {
	return map[string]any{
		"runAsNonRoot":   true,
		"runAsUser":      userID,
		"runAsGroup":     userID,
		"fsGroup":        userID,
		"seccompProfile": map[string]any{"type": "RuntimeDefault"},
	}
}

// ContainerSecurity is the security context of a chart's containers.
func ContainerSecurity() map[string]any {
	return map[string]any{
		"runAsNonRoot":             true,
		"runAsUser":                userID,
		"runAsGroup":               userID,
		"allowPrivilegeEscalation": false,
		"readOnlyRootFilesystem":   true,
		"capabilities":             map[string]any{"drop": []any{"ALL"}},
		"seccompProfile":           map[string]any{"type": "RuntimeDefault"},
	}
}

// Resources are what each of a chart's pods gets: memory has a limit, CPU none but
// one that the chart may have, as for everything burstable here.
func Resources(r workload.Resources) map[string]any {
	return map[string]any{
		"requests": map[string]any{"cpu": r.CPU, "memory": r.Memory},
		"limits":   map[string]any{"memory": r.MemoryLimit},
	}
}

// Spread asks for the pods that have the labels to be spread over zones and nodes, but rather runs them
// together than not at all.
func Spread(labels map[string]any) []any {
	constraints := make([]any, 0, 2)
	for _, over := range []string{"topology.kubernetes.io/zone", "kubernetes.io/hostname"} {
		constraints = append(constraints, map[string]any{
			"maxSkew":           1,
			"topologyKey":       over,
			"whenUnsatisfiable": "ScheduleAnyway",
			"labelSelector":     map[string]any{"matchLabels": labels},
		})
	}
	return constraints
}

// KeepDefinitions are annotations that make Helm leave a chart's CustomResourceDefinitions where they are when
// the chart is uninstalled. With a definition, Kubernetes deletes every object of its kind, and with those
// whatever they own.
func KeepDefinitions() map[string]any {
	return map[string]any{"helm.sh/resource-policy": "keep"}
}
