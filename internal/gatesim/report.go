package gatesim

import (
	"fmt"
	"strings"
	"sync"
)

// What the report compares.
const (
	// reportTasks are enough for the hundredth that waits longest to be fifty tasks.
	reportTasks = 5000
	reportSeed  = 2026

	// prodSlots are the renders of prod's pool: 64 vCPUs are four nodes of eight
	// (docs/decisions/0003-render-node-pool.md).
	prodSlots = 32
	// startSeconds is what a gate takes from being asked for to being ready, most of it the node.
	startSeconds = 60
)

var (
	reportSlots = []int{2, 4, 8, 16, 32, 64}
	reportLoads = []float64{0.5, 0.8, 0.95, 1}

	doubling = Backoff{First: 1, Max: 30, Factor: 2}
)

// way is a way to find gates, as the report names it.
type way struct {
	name    string
	finder  Finder
	backoff Backoff
}

var ways = []way{
	{"Service, again every second", Finder{}, Every(1)},
	{"Service, again after 1, 2, 4 … 30 s", Finder{}, doubling},
	{"Service, again every 0.1 s", Finder{}, Every(0.1)},
	{"balancer beside the consumers, in one pod", Finder{Proxies: 1}, Every(1)},
	{"**balancer beside the consumers, in two pods**", Finder{Proxies: 2}, Every(1)},
	{"the same, again after 1, 2, 4 … 30 s", Finder{Proxies: 2}, doubling},
	{"a Deployment of two balancers", Finder{Proxies: 2, Shared: true}, Every(1)},
}

func (w way) scenario(slots int) Scenario {
	return Scenario{Slots: slots, Load: 1, Finder: w.finder, Backoff: w.backoff, Tasks: reportTasks, Seed: reportSeed}
}

// Report is the tables of docs/decisions/0004-render-gate.md.
func Report() string {
	var text strings.Builder
	fmt.Fprintf(&text, "A task is always waiting. Each cell: tries of a task on average · seconds it waits, on average / 99 of 100 wait less.\n\n")
	header := []string{"gates and consumers"}
	for _, slots := range reportSlots {
		header = append(header, fmt.Sprint(slots))
	}
	table(&text, append(header, fmt.Sprintf("lost at %d", prodSlots)), func(w way) []cell {
		var cells []cell
		for _, slots := range reportSlots {
			cells = append(cells, cell{w.scenario(slots), func(r Result) string {
				return fmt.Sprintf("%.1f · %s / %s", r.Tries().Mean, seconds(r.Wait().Mean), seconds(r.Wait().P99))
			}})
		}
		return append(cells, cell{w.scenario(prodSlots), lost})
	})

	fmt.Fprintf(&text, "\nThe same with %d gates and less to do. Each cell: seconds a task waits, on average / 99 of 100 / longest.\n\n", prodSlots)
	header = []string{"work that arrives"}
	for _, load := range reportLoads {
		name := fmt.Sprintf("%.0f %%", load*100)
		if load == 1 {
			name = "always some waiting"
		}
		header = append(header, name)
	}
	table(&text, header, func(w way) []cell {
		var cells []cell
		for _, load := range reportLoads {
			scenario := w.scenario(prodSlots)
			scenario.Load = load
			cells = append(cells, cell{scenario, func(r Result) string {
				return fmt.Sprintf("%s / %s / %s", seconds(r.Wait().Mean), seconds(r.Wait().P99), seconds(r.Wait().Max))
			}})
		}
		return cells
	})

	fmt.Fprintf(&text, "\nA cold start: %[1]d tasks wait, no gate is there, and %[1]d come as fast as the autoscaler asks for them.\n\n", prodSlots)
	table(&text, []string{"cold start", "tries of a task", "seconds a gate is ready before its first render: average / longest", "lost"}, func(w way) []cell {
		scenario := w.scenario(prodSlots)
		scenario.ReadyAt, scenario.Tasks = HPAStart(prodSlots, startSeconds), prodSlots
		return []cell{
			{scenario, func(r Result) string { return fmt.Sprintf("%.0f", r.Tries().Mean) }},
			{scenario, func(r Result) string {
				return fmt.Sprintf("%s / %s", seconds(r.Idle().Mean), seconds(r.Idle().Max))
			}},
			{scenario, lost},
		}
	})
	return text.String()
}

// cell is a scenario and what is said of its result.
type cell struct {
	scenario Scenario
	say      func(Result) string
}

// table writes a row for each way.
func table(text *strings.Builder, header []string, row func(way) []cell) {
	fmt.Fprintf(text, "| %s |\n|%s\n", strings.Join(header, " | "), strings.Repeat("---|", len(header)))
	rows := make([]string, len(ways))
	var group sync.WaitGroup
	for i, w := range ways {
		group.Go(func() {
			said := []string{w.name}
			for _, c := range row(w) {
				said = append(said, c.say(Run(c.scenario)))
			}
			rows[i] = "| " + strings.Join(said, " | ") + " |\n"
		})
	}
	group.Wait()
	text.WriteString(strings.Join(rows, ""))
}

func lost(r Result) string { return fmt.Sprintf("%.2f %%", r.Lost()*100) }

// seconds to two digits that matter, or so.
func seconds(s float64) string {
	switch {
	case s < 0.995:
		return fmt.Sprintf("%.2f", s)
	case s < 9.95:
		return fmt.Sprintf("%.1f", s)
	default:
		return fmt.Sprintf("%.0f", s)
	}
}
