package workload

import "coffee-platform/policy/rule"

// Lists of containers in a pod.
const (
	Containers          = "containers"
	InitContainers      = "initContainers"
	EphemeralContainers = "ephemeralContainers"
)

// EachContainer visits the containers of the named lists. A list that cannot be read
// is recorded in the result: its containers would otherwise pass unseen.
func (p Pod) EachContainer(result *rule.Result, visit func(rule.Value), lists ...string) {
	for _, list := range lists {
		value := p.Spec.Get(list)
		containers, state := value.List()
		result.Unreadable(value, state, "a list of containers")
		if list == Containers && len(containers) == 0 && state != rule.Unknown && state != rule.Malformed && !p.Patch {
			result.Undetermined(value, "names no container to judge")
		}
		for _, container := range containers {
			if !result.Unreadable(container, container.State(), "a container") {
				visit(container)
			}
		}
	}
}
