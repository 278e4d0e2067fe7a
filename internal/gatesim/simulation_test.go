package gatesim_test

import (
	"math"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/internal/gatesim"
)

// busy is a fleet with always a task waiting.
func busy(slots int, finder gatesim.Finder) gatesim.Scenario {
	return gatesim.Scenario{Slots: slots, Load: 1, Finder: finder, Backoff: gatesim.Every(1), Tasks: 4000, Seed: 1}
}

func TestSameSeedSameFigures(t *testing.T) {
	for _, finder := range []gatesim.Finder{{}, {Proxies: 2}, {Proxies: 2, Shared: true}} {
		scenario := busy(8, finder)
		again := gatesim.Run(scenario)
		assert.Equal(t, gatesim.Run(scenario), again)
		scenario.Seed = 2
		assert.NotEqual(t, gatesim.Run(scenario), again)
	}
}

// With one gate and one consumer nobody is ever in the way.
func TestAlone(t *testing.T) {
	for _, finder := range []gatesim.Finder{{}, {Proxies: 1}} {
		r := gatesim.Run(busy(1, finder))
		assert.Equal(t, gatesim.Summary{Mean: 1, P50: 1, P99: 1, Max: 1}, r.Tries())
		assert.InDelta(t, 0.005, r.Wait().Max, 1e-6)
	}
}

// While one of N gates is free, and one consumer looks for it, a try through the Service finds it once in N: with
// backoffs short enough for nobody else to look meanwhile the simulation has to agree with arithmetic.
func TestTriesAreGeometric(t *testing.T) {
	const slots = 8
	scenario := busy(slots, gatesim.Finder{})
	scenario.Backoff = gatesim.Every(0.001)
	r := gatesim.Run(scenario)
	assert.InDelta(t, slots, r.Tries().Mean, 0.05*slots)
	// The median and the 99th of a hundred of a geometric distribution.
	tries := func(part float64) float64 { return math.Ceil(math.Log(1-part) / math.Log(1-1.0/slots)) }
	assert.InDelta(t, tries(0.50), r.Tries().P50, 1)
	assert.InDelta(t, tries(0.99), r.Tries().P99, 0.1*tries(0.99))
	// A try takes 5 ms and a backoff 1 ms; the last has no backoff.
	assert.InDelta(t, 0.005*r.Tries().Mean+0.001*(r.Tries().Mean-1), r.Wait().Mean, 0.001)
	// Of a render and the search for its gate, the search is what is lost.
	assert.InDelta(t, r.Wait().Mean/(600+r.Wait().Mean), r.Lost(), 0.00002)
}

// One proxy for all knows every gate and tries none in vain; more try those the others are in, each once.
func TestProxies(t *testing.T) {
	const slots = 16
	r := gatesim.Run(busy(slots, gatesim.Finder{Proxies: 1}))
	assert.EqualValues(t, 1, r.Tries().Max)
	for _, finder := range []gatesim.Finder{{Proxies: 2}, {Proxies: 4}, {Proxies: 2, Shared: true}} {
		r = gatesim.Run(busy(slots, finder))
		assert.Greater(t, r.Tries().Mean, 1.5)
		assert.LessOrEqual(t, r.Tries().P99, float64(slots))
		assert.Less(t, r.Wait().P99, 1.0, "a round of all gates finds the free one")
	}
	two, four := gatesim.Run(busy(slots, gatesim.Finder{Proxies: 2})), gatesim.Run(busy(slots, gatesim.Finder{Proxies: 4}))
	assert.Greater(t, four.Tries().Mean, two.Tries().Mean, "each knows less")
}

// Less work finds a gate sooner.
func TestLoad(t *testing.T) {
	before := 0.0
	for _, load := range []float64{0.3, 0.6, 0.9, 1} {
		scenario := busy(16, gatesim.Finder{})
		scenario.Load = load
		wait := gatesim.Run(scenario).Wait().Mean
		assert.Greater(t, wait, before, "load %v", load)
		before = wait
	}
}

// Backoffs that grow sleep through free gates.
func TestBackoff(t *testing.T) {
	growing := busy(16, gatesim.Finder{})
	growing.Backoff = gatesim.Backoff{First: 1, Max: 30, Factor: 2}
	assert.Greater(t, gatesim.Run(growing).Lost(), 3*gatesim.Run(busy(16, gatesim.Finder{})).Lost())
}

func TestHPAStart(t *testing.T) {
	count := map[float64]int{}
	for _, at := range gatesim.HPAStart(32, 60) {
		count[at]++
	}
	assert.Equal(t, map[float64]int{60: 1, 75: 31}, count)
	assert.Equal(t, []float64{60}, gatesim.HPAStart(1, 60))
}

// In a cold start no render begins before its gate is ready, and with one proxy every gate is used once it is known.
func TestColdStart(t *testing.T) {
	scenario := busy(8, gatesim.Finder{Proxies: 1})
	scenario.ReadyAt, scenario.Tasks = gatesim.HPAStart(8, 60), 8
	r := gatesim.Run(scenario)
	assert.GreaterOrEqual(t, r.Wait().P50, 60.0)
	const known, try, backoff = 6, 0.005, 1.5
	assert.LessOrEqual(t, r.Idle().Max, known+try+backoff)
	scenario.Finder = gatesim.Finder{}
	assert.Greater(t, gatesim.Run(scenario).Tries().Mean, 60.0, "a try a second, for a minute")
}

// The figures of the page are those of the code.
func TestPageIsCurrent(t *testing.T) {
	page, err := os.ReadFile("../../" + gatesim.Page)
	require.NoError(t, err)
	want, err := gatesim.Insert(string(page), gatesim.Report())
	require.NoError(t, err)
	assert.Equal(t, want, string(page), "run make gate-simulation")
}

func TestPageWithoutAPlace(t *testing.T) {
	_, err := gatesim.Insert("a page", "a report")
	assert.ErrorContains(t, err, "no place for the report")
}
