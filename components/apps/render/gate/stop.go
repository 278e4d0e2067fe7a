package gate

// answerSeconds is what the answer to a render that took its whole time has to reach its caller.
const answerSeconds = 5

// StopSeconds is how long the gate waits, once it has its stop signal, for the render in progress.
func (g Gate) StopSeconds() int { return g.LongestRenderSeconds + answerSeconds }
