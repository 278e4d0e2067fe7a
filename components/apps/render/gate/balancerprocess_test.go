//go:build linux

package gate_test

import (
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/components/apps/render/gate"
)

// The tests of this file run balancers and gates together. Every gate has an address of its own, as pods have:
// on Linux all of 127.0.0.0/8 is this machine.

// fleet is render pods, and the DNS that knows them.
type fleet struct {
	dns       *nameserver
	port      int
	renderers []*renderer
	gates     []*proxy
	addresses []netip.Addr
	// begun gets the renders of all of them.
	begun chan *job
}

func startFleet(t *testing.T, size int) *fleet {
	t.Helper()
	binary(t) // skips before anything is started
	f := &fleet{dns: startNameserver(t), port: freePort(t), begun: make(chan *job, 100)}
	for range size {
		f.add(t)
	}
	f.dns.set(f.addresses...)
	return f
}

// add starts a pod that DNS does not know yet.
func (f *fleet) add(t *testing.T) {
	t.Helper()
	r := startRenderer(t)
	r.renders = f.begun
	g := gate.Gate{Port: f.port, UpstreamPort: r.port, LongestRenderSeconds: longest}
	address := netip.AddrFrom4([4]byte{127, 0, 1, byte(len(f.gates) + 1)})
	everywhere, here := "bind :"+strconv.Itoa(f.port), "bind "+netip.AddrPortFrom(address, uint16(f.port)).String()
	config := g.Config()
	require.Contains(t, config, everywhere)
	f.renderers = append(f.renderers, r)
	f.gates = append(f.gates, start(t, strings.Replace(config, everywhere, here, 1), strings.TrimPrefix(here, "bind ")))
	f.addresses = append(f.addresses, address)
}

// startBalancer runs the proxy of a pod of consumers.
func (f *fleet) startBalancer(t *testing.T, gates int) *proxy {
	t.Helper()
	b := gate.Balancer{
		Port: freePort(t), Service: serviceName, GatePort: f.port, Gates: gates,
		LongestRenderSeconds: longest, Nameservers: []string{f.dns.address()},
	}
	require.NoError(t, b.Validate().Err())
	return start(t, b.Config(), local(b.Port))
}

// knows waits until a balancer has as many gates as DNS tells of.
func (f *fleet) knows(t *testing.T, p *proxy, gates int) {
	t.Helper()
	require.Eventually(t, func() bool {
		log := p.output.String()
		return strings.Count(log, "is UP/READY (resolves again)")-strings.Count(log, "is going DOWN for maintenance") == gates
	}, deadline, 5*time.Millisecond)
}

// next waits for a render to begin anywhere.
func (f *fleet) next(t *testing.T) *job {
	t.Helper()
	return wait(t, f.begun, "a render")
}

// Every gate has a render, whichever finishes is found again within one request, and nobody is ever sent away,
// although no balancer knows what the other does.
func TestBalancersFindTheFreeGate(t *testing.T) {
	t.Parallel()
	const gates, pods, rounds = 8, 2, 40
	f := startFleet(t, gates)
	var balancers []*proxy
	for range pods {
		balancers = append(balancers, f.startBalancer(t, gates))
	}
	for _, p := range balancers {
		f.knows(t, p, gates)
	}
	type finished struct {
		answer
		balancer *proxy
	}
	answers := make(chan finished, gates)
	ask := func(p *proxy) {
		go func() { answers <- finished{<-p.render(), p} }()
	}
	var running []*job
	for i := range gates {
		ask(balancers[i%pods])
		running = append(running, f.next(t))
	}
	for round := range rounds {
		running[0].finish <- "video"
		done := wait(t, answers, "the video")
		assertVideo(t, done.answer, "video")
		ask(balancers[round%3%pods]) // not always the one whose render has ended
		running = append(running[1:], f.next(t))
	}
	for _, j := range running {
		j.finish <- "video"
		assertVideo(t, wait(t, answers, "the video").answer, "video")
	}
	for _, r := range f.renderers {
		assert.EqualValues(t, 1, r.most.Load())
	}
}

// Whoever comes when requests of the same balancer are in all gates waits for the first that is free.
func TestBalancerLetsRequestsWait(t *testing.T) {
	t.Parallel()
	f := startFleet(t, 2)
	p := f.startBalancer(t, 4)
	f.knows(t, p, 2)
	videos := []<-chan answer{p.render(), p.render()}
	jobs := []*job{f.next(t), f.next(t)}
	// Two that wait, of which one goes away.
	gone := openRender(t, p)
	videos = append(videos, p.render())
	require.NoError(t, gone.Close())
	p.logged(t, `"termination":"C`)
	jobs[1].finish <- "video"
	jobs = append(jobs, f.next(t))
	assert.Empty(t, f.begun, "somebody who is gone has a render")
	jobs[0].finish <- "video"
	jobs[2].finish <- "video"
	for _, video := range videos {
		assertVideo(t, wait(t, video, "the video"), "video")
	}
	assert.Empty(t, f.begun)
}

// Whoever waits is served by a gate that comes, too.
func TestWaitingRequestGetsANewGate(t *testing.T) {
	t.Parallel()
	f := startFleet(t, 1)
	p := f.startBalancer(t, 2)
	f.knows(t, p, 1)
	videos := []<-chan answer{p.render(), p.render()}
	first := f.next(t)
	f.add(t)
	f.dns.set(f.addresses...)
	f.next(t).finish <- "video"
	first.finish <- "video"
	for _, video := range videos {
		assertVideo(t, wait(t, video, "the video"), "video")
	}
}

// Before the first pod is ready consumers are told to come again, and then it is found.
func TestBalancerOfASleepingFleet(t *testing.T) {
	t.Parallel()
	f := startFleet(t, 0)
	p := f.startBalancer(t, 2)
	a := wait(t, p.render(), "the answer")
	require.NoError(t, a.err)
	assert.Equal(t, http.StatusServiceUnavailable, a.status)
	assert.Equal(t, strconv.Itoa(gate.RetryAfterSeconds), a.header.Get("Retry-After"))
	assert.Equal(t, "no gate is ready\n", a.body)

	f.add(t)
	f.dns.set(f.addresses...)
	f.knows(t, p, 1)
	video := p.render()
	f.next(t).finish <- "video"
	assertVideo(t, wait(t, video, "the video"), "video")
}

// A rollout: the pods leave DNS and others come. Renders of those that leave are finished by them, and keep
// nobody from those that have come.
func TestRolloutUnderABalancer(t *testing.T) {
	t.Parallel()
	const gates, busy = 4, 2
	f := startFleet(t, gates)
	p := f.startBalancer(t, 2*gates)
	f.knows(t, p, gates)
	var videos []<-chan answer
	var old []*job
	for range busy {
		videos = append(videos, p.render())
		old = append(old, f.next(t))
	}

	for range gates {
		f.add(t)
	}
	f.dns.set(f.addresses[gates:]...)
	for _, g := range f.gates[:gates] {
		g.softStop(t)
	}
	for _, address := range f.addresses[gates:] {
		require.Eventually(t, func() bool { return strings.Contains(p.output.String(), address.String()) }, deadline, 5*time.Millisecond)
	}
	f.knows(t, p, gates)
	for range gates - busy {
		videos = append(videos, p.render())
		defer func(j *job) { j.finish <- "video" }(f.next(t))
	}
	for _, j := range old {
		j.finish <- "video"
	}
	for _, video := range videos[:busy] {
		assertVideo(t, wait(t, video, "the video"), "video")
	}
	for _, g := range f.gates[:gates] {
		assert.Zero(t, g.exitCode(t))
	}
}

// A pod that DNS still tells of refuses, and the next is tried.
func TestBalancerPassesAGateThatIsGone(t *testing.T) {
	t.Parallel()
	f := startFleet(t, 3)
	p := f.startBalancer(t, 3)
	f.knows(t, p, 3)
	for _, g := range f.gates[:2] {
		g.softStop(t)
		assert.Zero(t, g.exitCode(t))
	}
	for range 4 {
		video := p.render()
		f.next(t).finish <- "video"
		assertVideo(t, wait(t, video, "the video"), "video")
	}
}

// A render that has begun is never begun again by a balancer, whatever becomes of it.
func TestBalancerRepeatsNoRender(t *testing.T) {
	t.Parallel()
	f := startFleet(t, 2)
	p := f.startBalancer(t, 2)
	f.knows(t, p, 2)
	for _, c := range []struct {
		name string
		end  func(*job)
	}{
		{"the service says it cannot", func(j *job) { j.fail <- http.StatusServiceUnavailable }},
		{"the gates die", func(*job) {
			for _, g := range f.gates {
				g.kill()
			}
		}},
	} {
		video := p.render()
		c.end(f.next(t))
		a := wait(t, video, "the answer")
		if assert.NoError(t, a.err, c.name) {
			assert.Equal(t, http.StatusBadGateway, a.status, c.name)
		}
		assert.Empty(t, f.begun, c.name)
	}
}

// A consumer that goes away cancels its render, through both proxies, and its gate is free.
func TestConsumerThatGoesAwayCancelsItsRender(t *testing.T) {
	t.Parallel()
	f := startFleet(t, 1)
	p := f.startBalancer(t, 1)
	f.knows(t, p, 1)
	gone := openRender(t, p)
	j := f.next(t)
	require.NoError(t, gone.Close())
	wait(t, j.cancelled, "the cancellation of the render")
	video := p.render()
	f.next(t).finish <- "video"
	assertVideo(t, wait(t, video, "the video"), "video")
}

// A request of the size that is promised comes whole to the gate that is free, past those that are not.
func TestBalancerSendsLargeRequestsAgain(t *testing.T) {
	t.Parallel()
	const gates = 4
	f := startFleet(t, gates)
	others, p := f.startBalancer(t, gates), f.startBalancer(t, gates)
	f.knows(t, others, gates)
	f.knows(t, p, gates)
	var videos []<-chan answer
	var jobs []*job
	for range gates - 1 {
		videos = append(videos, others.render())
		jobs = append(jobs, f.next(t))
	}
	promised := strings.Repeat("x", gate.RequestBytes-1024) // the head takes the rest
	for range gates {                                       // from wherever it begins
		answers := make(chan answer, 1)
		go func() { answers <- p.call(http.MethodPost, "/render", promised, nil) }()
		j := f.next(t)
		assert.Equal(t, len(promised), len(j.body))
		j.finish <- "video"
		assertVideo(t, wait(t, answers, "the video"), "video")
	}
	p.logged(t, `"tries_again":"+3"`) // the + is for another gate
	for i, j := range jobs {
		j.finish <- "video"
		assertVideo(t, wait(t, videos[i], "the video"), "video")
	}
}
