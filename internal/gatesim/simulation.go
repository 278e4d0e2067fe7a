package gatesim

import (
	"container/heap"
	"math"
	"math/rand/v2"
)

// simulation is a scenario while it runs.
type simulation struct {
	Scenario
	random *rand.Rand
	now    float64
	events events
	// order breaks ties between events of the same moment by who was first.
	order int

	gates     []gate
	consumers []consumer
	proxies   []proxy
	// waiting are tasks that nobody has taken yet, idle the consumers without one.
	waiting int
	idle    []int

	result Result
	// warmUp are tasks still to begin before measuring does.
	warmUp int
	// ready are the gates that are known to be, free how many of them have no render; since is when they were
	// counted last.
	ready []int
	free  int
	since float64
	// searching are consumers that have a task and no gate.
	searching int
}

type gate struct {
	busy  bool
	ready bool
	// freeSince is when it became free, for gates of a cold start that have not had a render.
	freeSince float64
	used      bool
}

type consumer struct {
	// began is when it took its task, tries how often it has asked since, failures how often it was sent away.
	began    float64
	tries    int
	failures int
	// proxy is the one it asks, untried how many gates that may yet try for it.
	proxy   int
	untried int
}

// proxy knows the gates its own requests are in, and where it is on its way round all of them.
type proxy struct {
	in     []bool
	cursor int
	queue  []int
}

// event is something that happens at a moment.
type event struct {
	at    float64
	order int
	do    func()
}

type events []event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	return e[i].at < e[j].at || e[i].at == e[j].at && e[i].order < e[j].order
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)   { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}

// warmUpRenders of every consumer are not measured: at the beginning all begin at the same moment.
const warmUpRenders = 5

// Run plays a scenario.
func Run(scenario Scenario) Result {
	s := &simulation{
		Scenario:  scenario,
		random:    rand.New(rand.NewPCG(scenario.Seed, uint64(scenario.Slots))),
		gates:     make([]gate, scenario.Slots),
		consumers: make([]consumer, scenario.Slots),
		proxies:   make([]proxy, scenario.Finder.Proxies),
	}
	for i := range s.proxies {
		s.proxies[i].in = make([]bool, scenario.Slots)
		s.proxies[i].cursor = s.random.IntN(scenario.Slots)
	}
	if s.ReadyAt == nil {
		s.warmUp = warmUpRenders * s.Slots
		for i := range s.gates {
			s.becomesReady(i)
		}
	}
	for i, at := range s.ReadyAt {
		s.at(at+s.Finder.learnsSeconds(), func() {
			s.gates[i].freeSince = at
			s.becomesReady(i)
		})
	}
	for i := range s.consumers {
		s.idle = append(s.idle, i)
	}
	if s.Load >= 1 {
		s.waiting = math.MaxInt
		s.takeTasks()
	} else {
		s.arrivals()
	}
	for len(s.result.waits) < s.Tasks {
		next := heap.Pop(&s.events).(event)
		s.count(next.at)
		s.now = next.at
		next.do()
	}
	return s.result
}

func (s *simulation) at(moment float64, do func()) {
	s.order++
	heap.Push(&s.events, event{at: moment, order: s.order, do: do})
}

// count adds up, until a moment, the gates there are and those that are free although somebody looks for one.
func (s *simulation) count(until float64) {
	if s.warmUp == 0 {
		s.result.gateSeconds += (until - s.since) * float64(len(s.ready))
		s.result.lostSeconds += (until - s.since) * float64(min(s.free, s.searching))
	}
	s.since = until
}

// arrivals makes tasks come at random moments, so many on average as the load says.
func (s *simulation) arrivals() {
	const meanRender = (shortestRender + longestRender) / 2
	s.at(s.now+s.random.ExpFloat64()*meanRender/(s.Load*float64(s.Slots)), func() {
		s.waiting++
		s.takeTasks()
		s.arrivals()
	})
}

func (s *simulation) takeTasks() {
	for s.waiting > 0 && len(s.idle) > 0 {
		s.waiting--
		c := s.idle[0]
		s.idle = s.idle[1:]
		s.consumers[c] = consumer{began: s.now}
		s.searching++
		s.ask(c)
	}
}

// ask is the beginning of a try that a consumer knows of.
func (s *simulation) ask(c int) {
	if s.Finder.Proxies == 0 {
		s.at(s.now+trySeconds, func() { s.tryAny(c) })
		return
	}
	one := &s.consumers[c]
	one.proxy = c % s.Finder.Proxies
	if s.Finder.Shared {
		one.proxy = s.random.IntN(s.Finder.Proxies)
	}
	one.untried = s.Slots
	s.tryNext(c)
}

// tryAny is a try through the Service.
func (s *simulation) tryAny(c int) {
	s.consumers[c].tries++
	if len(s.ready) > 0 {
		if g := s.ready[s.random.IntN(len(s.ready))]; !s.gates[g].busy {
			s.begin(c, g)
			return
		}
	}
	s.sentAway(c)
}

// tryNext lets a proxy try the next gate that no request of its own is in.
func (s *simulation) tryNext(c int) {
	one := &s.consumers[c]
	p := &s.proxies[one.proxy]
	if len(s.ready) == 0 {
		one.tries++
		s.at(s.now+trySeconds, func() { s.sentAway(c) })
		return
	}
	outside := false
	for range s.Slots {
		g := p.cursor
		p.cursor = (p.cursor + 1) % s.Slots
		if !s.gates[g].ready || p.in[g] {
			continue
		}
		outside = true
		if one.untried == 0 {
			break
		}
		one.untried--
		one.tries++
		p.in[g] = true // until it is answered
		s.at(s.now+trySeconds, func() {
			if !s.gates[g].busy {
				s.begin(c, g)
				return
			}
			s.leaves(p, g)
			s.tryNext(c)
		})
		return
	}
	if outside {
		s.sentAway(c)
		return
	}
	p.queue = append(p.queue, c)
}

// leaves takes a request out of a gate, as its proxy sees it, and lets the first that waits try that one.
func (s *simulation) leaves(p *proxy, g int) {
	p.in[g] = false
	s.wake(p)
}

func (s *simulation) wake(p *proxy) {
	if len(p.queue) == 0 {
		return
	}
	c := p.queue[0]
	p.queue = p.queue[1:]
	s.tryNext(c)
}

func (s *simulation) sentAway(c int) {
	one := &s.consumers[c]
	delay := min(s.Backoff.Max, s.Backoff.First*math.Pow(s.Backoff.Factor, float64(one.failures)))
	one.failures++
	s.at(s.now+delay*(0.5+s.random.Float64()), func() { s.ask(c) })
}

func (s *simulation) becomesReady(g int) {
	s.gates[g].ready = true
	s.ready = append(s.ready, g)
	s.free++
	for i := range s.proxies {
		s.wake(&s.proxies[i])
	}
}

// begin is a render: the consumer has found a gate.
func (s *simulation) begin(c, g int) {
	one := &s.consumers[c]
	s.searching--
	s.free--
	s.gates[g].busy = true
	if s.warmUp > 0 {
		s.warmUp--
	} else {
		s.result.waits = append(s.result.waits, s.now-one.began)
		s.result.tries = append(s.result.tries, float64(one.tries))
		if s.ReadyAt != nil && !s.gates[g].used {
			s.result.idles = append(s.result.idles, s.now-s.gates[g].freeSince)
		}
	}
	s.gates[g].used = true
	through := one.proxy
	s.at(s.now+shortestRender+s.random.Float64()*(longestRender-shortestRender), func() {
		s.gates[g].busy = false
		s.free++
		if s.Finder.Proxies > 0 {
			s.leaves(&s.proxies[through], g)
		}
		s.idle = append(s.idle, c)
		s.takeTasks()
	})
}
