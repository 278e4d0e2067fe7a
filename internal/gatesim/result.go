package gatesim

import "slices"

// Result is what came out of a scenario.
type Result struct {
	// waits and tries are of every task that was measured, idles of every gate of a cold start until its
	// first render.
	waits, tries, idles []float64
	// gateSeconds are of all gates together, lostSeconds those during which one was free and somebody
	// looked for it.
	gateSeconds, lostSeconds float64
}

// Summary is of many figures.
type Summary struct {
	Mean, P50, P99, Max float64
}

// Tries is how often a task had to be offered to a gate.
func (r Result) Tries() Summary { return summarise(r.tries) }

// Wait is how long a task waited for a gate once a consumer had it, in seconds.
func (r Result) Wait() Summary { return summarise(r.waits) }

// Idle is how long a gate of a cold start was ready and had no render, in seconds.
func (r Result) Idle() Summary { return summarise(r.idles) }

// Lost is the part of the gates' time during which one was free and somebody looked for it.
func (r Result) Lost() float64 { return r.lostSeconds / r.gateSeconds }

func summarise(figures []float64) Summary {
	if len(figures) == 0 {
		return Summary{}
	}
	sorted := slices.Sorted(slices.Values(figures))
	sum := 0.0
	for _, figure := range sorted {
		sum += figure
	}
	return Summary{
		Mean: sum / float64(len(sorted)),
		P50:  quantile(sorted, 0.50),
		P99:  quantile(sorted, 0.99),
		Max:  sorted[len(sorted)-1],
	}
}

// quantile is the smallest figure that a part of all do not exceed.
func quantile(sorted []float64, part float64) float64 {
	index := int(part*float64(len(sorted)) + 0.999999) // rounded up, whatever the last digit of the product
	return sorted[max(index, 1)-1]
}
