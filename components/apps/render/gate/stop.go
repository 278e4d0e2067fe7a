package gate

const (
	// PreStopSeconds is how long the pod goes on taking renders after it was told to stop, while everybody
	// learns that it is leaving.
	PreStopSeconds = 5
	// answerSeconds is what the answer to a render that took its whole time has to reach its caller.
	answerSeconds = 5
	// renderServiceSeconds is what the render service has to end, once the gate has and nothing is running.
	renderServiceSeconds = 10
)

// StopSeconds is how long the gate waits, once it has its stop signal, for the render in progress.
func (g Gate) StopSeconds() int { return g.LongestRenderSeconds + answerSeconds }

// GracePeriodSeconds is the pod's: all that happens between being told to stop and being killed. It has to be
// below the termination grace of the node.
func (g Gate) GracePeriodSeconds() int {
	return PreStopSeconds + g.StopSeconds() + renderServiceSeconds
}
