package rules

import (
	"strings"

	"coffee-platform/policy/rule"
	"coffee-platform/policy/workload"
)

// kubernetesAudience is in the names that Kubernetes answers to as whom a token is for
// (https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#serviceaccount-token-volume-projection).
const kubernetesAudience = "kubernetes.default.svc"

// checkProjected refuses tokens for Kubernetes that a pod mounts by itself, as one of the sources of a volume. One for
// somebody else, AWS or a vault, opens nothing in the cluster.
func checkProjected(pod workload.Pod, result *rule.Result) {
	for _, volume := range listed(pod.Spec.Get("volumes"), "a list of volumes", result) {
		for _, source := range listed(volume.Get("projected", "sources"), "a list of sources", result) {
			token := source.Get("serviceAccountToken")
			if token.State() == rule.Missing {
				continue
			}
			at := token.Get("audience")
			audience, state := at.Text()
			switch {
			case result.Unreadable(at, state, "a text"):
			case audience == "":
				result.Fail(at, "is not set, so that the token is for Kubernetes")
			case strings.Contains(audience, kubernetesAudience):
				result.Fail(at, "is Kubernetes")
			}
		}
	}
}
