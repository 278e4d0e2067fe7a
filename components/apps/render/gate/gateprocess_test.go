//go:build linux

package gate_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/components/apps/render/gate"
)

// longest is long enough for the renders of tests never to run into it.
const longest = 600

// HAProxy takes the configurations, and has nothing to say about them.
func TestConfigurationsAreClean(t *testing.T) {
	withNameservers := validBalancer()
	withNameservers.Nameservers = []string{"10.100.0.10:53", "[fd00::a]:53"}
	for name, config := range map[string]string{
		"gate": validGate().Config(), "balancer": validBalancer().Config(), "balancer with nameservers": withNameservers.Config(),
	} {
		said, err := exec.Command(binary(t), "-c", "-dW", "-f", writeConfig(t, config)).CombinedOutput()
		require.NoError(t, err, "%s: %s", name, said)
		assert.Empty(t, strings.TrimSpace(strings.ReplaceAll(string(said), "Configuration file is valid", "")), name)
	}
}

// assertBusy checks the answer to who comes second.
func assertBusy(t *testing.T, a answer) {
	t.Helper()
	if assert.NoError(t, a.err) {
		assert.Equal(t, http.StatusServiceUnavailable, a.status)
		assert.Equal(t, strconv.Itoa(gate.RetryAfterSeconds), a.header.Get("Retry-After"))
		assert.Equal(t, "no free slot\n", a.body)
	}
}

func assertVideo(t *testing.T, a answer, video string) {
	t.Helper()
	if assert.NoError(t, a.err) {
		assert.Equal(t, http.StatusOK, a.status)
		assert.Equal(t, video, a.body)
	}
}

// Of fifty who ask at the same moment one is served, again and again.
func TestOneRenderAtATime(t *testing.T) {
	t.Parallel()
	r := startRenderer(t)
	p := startGate(t, r, longest)
	const callers, rounds = 50, 5
	for round := range rounds {
		begin := make(chan struct{})
		answers := make(chan answer, callers)
		for range callers {
			go func() {
				<-begin
				answers <- p.call(http.MethodPost, "/render", "{}", nil)
			}()
		}
		close(begin)
		j := r.begun(t)
		for range callers - 1 {
			assertBusy(t, wait(t, answers, "the answers to the others"))
		}
		assertBusy(t, wait(t, p.render(), "the answer to one who comes later"))
		video := fmt.Sprint("video ", round)
		j.finish <- video
		assertVideo(t, wait(t, answers, "the video"), video)
	}
	assert.Empty(t, r.renders, "a second render got through")
	assert.EqualValues(t, 1, r.most.Load())
}

// Whoever is refused has to come back on a new connection, which may lead to another gate.
func TestConnectionsAreClosed(t *testing.T) {
	t.Parallel()
	r := startRenderer(t)
	p := startGate(t, r, longest)
	video := p.render()
	j := r.begun(t)
	for _, request := range []string{
		"POST /render HTTP/1.1\r\nHost: render\r\nContent-Length: 2\r\n\r\n{}",
		"GET /health HTTP/1.1\r\nHost: render\r\n\r\n",
	} {
		connection, err := net.Dial("tcp", p.address)
		require.NoError(t, err)
		require.NoError(t, connection.SetDeadline(time.Now().Add(deadline)))
		_, err = io.WriteString(connection, request)
		require.NoError(t, err)
		text, err := io.ReadAll(connection) // ends when the gate closes
		require.NoError(t, err)
		assert.Contains(t, strings.ToLower(string(text)), "\r\nconnection: close\r\n")
		require.NoError(t, connection.Close())
	}
	j.finish <- "video"
	assertVideo(t, wait(t, video, "the video"), "video")
}

// openRender asks for a render on a connection that can be closed.
func openRender(t *testing.T, p *proxy) net.Conn {
	t.Helper()
	connection, err := net.Dial("tcp", p.address)
	require.NoError(t, err)
	_, err = io.WriteString(connection, "POST /render HTTP/1.1\r\nHost: render\r\nContent-Length: 2\r\n\r\n{}")
	require.NoError(t, err)
	return connection
}

func TestCallerThatGoesAwayFreesTheSlot(t *testing.T) {
	t.Parallel()
	r := startRenderer(t)
	p := startGate(t, r, longest)
	connection := openRender(t, p)
	j := r.begun(t)
	assertBusy(t, wait(t, p.render(), "the answer to another"))
	require.NoError(t, connection.Close())
	wait(t, j.cancelled, "the cancellation of the render")
	video := p.render()
	r.begun(t).finish <- "video"
	assertVideo(t, wait(t, video, "the video"), "video")
}

// What is asked about the pod is answered during a render, and does not keep a render away.
func TestHealthPassesBesideTheSlot(t *testing.T) {
	t.Parallel()
	r := startRenderer(t)
	p := startGate(t, r, longest)
	watched := []string{gate.HealthPath, gate.LivenessPath, gate.MetricsPath}
	for _, path := range watched {
		assertVideo(t, p.call(http.MethodGet, path, "", nil), path)
	}
	video := p.render()
	j := r.begun(t)
	for _, path := range watched {
		assertVideo(t, p.call(http.MethodGet, path+"?verbose=1", "", nil), path)
		assertVideo(t, p.call(http.MethodHead, path, "", nil), "")
	}
	// What only looks like it is a render.
	for _, path := range []string{"/", "/health/", "//health", "/health/../render", "/HEALTH", "/healthz"} {
		assertBusy(t, p.call(http.MethodGet, path, "", nil))
	}
	assertBusy(t, p.call(http.MethodPost, gate.HealthPath, "{}", nil))
	j.finish <- "video"
	assertVideo(t, wait(t, video, "the video"), "video")
}

// Readiness is what the render service says of itself.
func TestHealthIsTheServices(t *testing.T) {
	t.Parallel()
	r := startRenderer(t)
	p := startGate(t, r, longest)
	r.health.Store(http.StatusServiceUnavailable)
	a := p.call(http.MethodGet, gate.HealthPath, "", nil)
	require.NoError(t, a.err)
	assert.Equal(t, http.StatusServiceUnavailable, a.status)
	assert.Equal(t, gate.HealthPath, a.body)
	r.health.Store(http.StatusOK)
	assertVideo(t, p.call(http.MethodGet, gate.HealthPath, "", nil), gate.HealthPath)
}

// A service that is not there is told of at once, so that the caller can go elsewhere.
func TestServiceThatIsDown(t *testing.T) {
	t.Parallel()
	p := startGate(t, &renderer{port: freePort(t)}, longest)
	assertBusy(t, wait(t, p.render(), "the answer to a render"))
	a := p.call(http.MethodGet, gate.HealthPath, "", nil)
	require.NoError(t, a.err)
	assert.Equal(t, http.StatusServiceUnavailable, a.status)
}

// A render that is never answered ends, and the next one begins.
func TestRenderThatTakesTooLong(t *testing.T) {
	t.Parallel()
	r := startRenderer(t)
	p := startGate(t, r, 1)
	video := p.render()
	j := r.begun(t)
	a := wait(t, video, "the answer")
	require.NoError(t, a.err)
	assert.Equal(t, http.StatusGatewayTimeout, a.status)
	wait(t, j.cancelled, "the cancellation of the render")
	video = p.render()
	r.begun(t).finish <- "video"
	assertVideo(t, wait(t, video, "the video"), "video")
}

// 503 means that nothing has begun. A service that says it about a render it has begun does not.
func TestRenderThatFails(t *testing.T) {
	t.Parallel()
	r := startRenderer(t)
	p := startGate(t, r, longest)
	for said, heard := range map[int]int{
		http.StatusServiceUnavailable: http.StatusBadGateway, http.StatusInternalServerError: http.StatusInternalServerError,
	} {
		video := p.render()
		r.begun(t).fail <- said
		a := wait(t, video, "the answer")
		require.NoError(t, a.err)
		assert.Equal(t, heard, a.status)
		assert.Empty(t, a.header.Get("Retry-After"))
	}
}

// A request takes the slot when all of it is there, not when somebody has begun to write it.
func TestSlowRequestDoesNotTakeTheSlot(t *testing.T) {
	t.Parallel()
	r := startRenderer(t)
	p := startGate(t, r, longest)
	slow, err := net.Dial("tcp", p.address)
	require.NoError(t, err)
	defer func() { require.NoError(t, slow.Close()) }()
	require.NoError(t, slow.SetDeadline(time.Now().Add(deadline)))
	_, err = io.WriteString(slow, "POST /render HTTP/1.1\r\nHost: render\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
	require.NoError(t, err)
	reader := bufio.NewReader(slow)
	line, err := reader.ReadString('\n') // the gate has read the head
	require.NoError(t, err)
	require.Equal(t, "HTTP/1.1 100 Continue\r\n", line)

	video := p.render()
	j := r.begun(t)
	_, err = io.WriteString(slow, "{}")
	require.NoError(t, err)
	text, err := io.ReadAll(reader)
	require.NoError(t, err)
	assert.Contains(t, string(text), "HTTP/1.1 503 ")
	j.finish <- "video"
	assertVideo(t, wait(t, video, "the video"), "video")
}

// Requests of the size that is promised are refused cleanly; larger ones and large answers pass when it is free.
func TestLargeRequestsAndAnswers(t *testing.T) {
	t.Parallel()
	r := startRenderer(t)
	p := startGate(t, r, longest)
	video := p.render()
	j := r.begun(t)
	promised := strings.Repeat("x", gate.RequestBytes-1024) // the head takes the rest
	for range 20 {
		assertBusy(t, p.call(http.MethodPost, "/render", promised, nil))
	}
	j.finish <- "video"
	assertVideo(t, wait(t, video, "the video"), "video")

	large := strings.Repeat("x", 8<<20)
	answers := make(chan answer, 1)
	go func() { answers <- p.call(http.MethodPost, "/render", large, nil) }()
	j = r.begun(t)
	assert.Len(t, j.body, len(large))
	j.finish <- large
	assertVideo(t, wait(t, answers, "the large video"), large)
}

func TestHeadersOfTheCaller(t *testing.T) {
	t.Parallel()
	r := startRenderer(t)
	p := startGate(t, r, longest)
	const trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	answers := make(chan answer, 1)
	go func() {
		answers <- p.call(http.MethodPost, "/render", "{}", http.Header{
			"Traceparent": {trace}, "X-Forwarded-For": {"198.51.100.1"}, "X-Forwarded-Proto": {"https"}, "Forwarded": {"for=198.51.100.1"},
		})
	}()
	j := r.begun(t)
	j.finish <- "video"
	assertVideo(t, wait(t, answers, "the video"), "video")
	assert.Equal(t, trace, j.header.Get("Traceparent"))
	for name := range j.header {
		assert.NotContains(t, strings.ToLower(name), "forwarded")
	}

	line := p.logged(t, `"status":200`)
	assert.Equal(t, "4bf92f3577b34da6a3ce929d0e0e4736", line["trace_id"])
}

// logged waits for a line of the log with a text in it.
func (p *proxy) logged(t *testing.T, text string) map[string]any {
	t.Helper()
	var found map[string]any
	require.Eventually(t, func() bool {
		for line := range strings.Lines(p.output.String()) {
			if strings.Contains(line, text) && strings.HasSuffix(line, "\n") {
				found = map[string]any{}
				return assert.NoError(t, json.Unmarshal([]byte(line), &found), line)
			}
		}
		return false
	}, deadline, 5*time.Millisecond, "nothing with %s is logged", text)
	return found
}

// Every request is a line of JSON, whatever is in it, but those about health that find it well.
func TestLog(t *testing.T) {
	t.Parallel()
	r := startRenderer(t)
	p := startGate(t, r, longest)
	assertVideo(t, p.call(http.MethodGet, gate.HealthPath, "", nil), gate.HealthPath)
	video := p.render()
	j := r.begun(t)
	assertBusy(t, p.call(http.MethodPost, `/"}\u0022%22{`, "{}", http.Header{"Traceparent": {`00-"-0`}}))
	line := p.logged(t, `"status":503`)
	assert.Equal(t, "POST /%22%7D%5Cu0022%22%7B", line["message"])
	assert.Equal(t, `"`, line["trace_id"])
	assert.Equal(t, "info", line["level"])
	assert.Equal(t, "render-gate", line["service"])
	when, err := time.Parse(time.RFC3339, line["timestamp"].(string))
	require.NoError(t, err)
	assert.WithinDuration(t, time.Now(), when, deadline)
	j.finish <- "video"
	assertVideo(t, wait(t, video, "the video"), "video")
	line = p.logged(t, `"status":200`)
	assert.Equal(t, "POST /render", line["message"], "what is well has been logged")
	r.health.Store(http.StatusServiceUnavailable)
	p.call(http.MethodGet, gate.HealthPath, "", nil)
	line = p.logged(t, `"backend":"watch"`)
	assert.EqualValues(t, http.StatusServiceUnavailable, line["status"], "what is well has been logged")
}

// A stop in the middle of a render lets it end, takes no other, and is over when it is.
func TestSoftStop(t *testing.T) {
	t.Parallel()
	r := startRenderer(t)
	p := startGate(t, r, longest)
	video := p.render()
	j := r.begun(t)
	p.softStop(t)
	require.Eventually(t, func() bool { return !p.listens() }, deadline, 5*time.Millisecond)
	assert.ErrorIs(t, wait(t, p.render(), "the refusal").err, syscall.ECONNREFUSED)
	assert.True(t, p.running())
	j.finish <- "video"
	assertVideo(t, wait(t, video, "the video"), "video")
	assert.Zero(t, p.exitCode(t))
}

// A gate without a render stops at once.
func TestSoftStopOfAnIdleGate(t *testing.T) {
	t.Parallel()
	p := startGate(t, startRenderer(t), longest)
	p.softStop(t)
	assert.Zero(t, p.exitCode(t))
}

// A second stop that means it ends the render and the gate, and the service hears of it.
func TestSecondStop(t *testing.T) {
	t.Parallel()
	r := startRenderer(t)
	p := startGate(t, r, longest)
	video := p.render()
	j := r.begun(t)
	p.softStop(t)
	require.Eventually(t, func() bool { return !p.listens() }, deadline, 5*time.Millisecond)
	assert.True(t, p.running())
	require.NoError(t, p.command.Process.Signal(syscall.SIGTERM))
	assert.Zero(t, p.exitCode(t))
	wait(t, j.cancelled, "the cancellation of the render")
	assert.Error(t, wait(t, video, "the end of the answer").err)
}

// A render that is answered in drops, which no timeout ends, is ended by the stop's own.
func TestStopEndsInTime(t *testing.T) {
	t.Parallel()
	r := startRenderer(t)
	g := gate.Gate{Port: freePort(t), UpstreamPort: r.port, LongestRenderSeconds: 1}
	p := start(t, g.Config(), local(g.Port))
	video := p.render()
	j := r.begun(t)
	go func() {
		drops := time.NewTicker(100 * time.Millisecond)
		defer drops.Stop()
		for range drops.C {
			select {
			case j.trickle <- struct{}{}:
			case <-j.cancelled:
				return
			}
		}
	}()
	begun := time.Now()
	p.softStop(t)
	assert.Zero(t, p.exitCode(t))
	stop := time.Duration(g.StopSeconds()) * time.Second
	assert.GreaterOrEqual(t, time.Since(begun), stop)
	assert.Less(t, time.Since(begun), 2*stop)
	wait(t, j.cancelled, "the cancellation of the render")
	assert.Error(t, wait(t, video, "the end of the answer").err)
}

// A container has nothing to write to, and needs nothing.
func TestNothingIsWritten(t *testing.T) {
	t.Parallel()
	r := startRenderer(t)
	p := startGate(t, r, longest)
	video := p.render()
	j := r.begun(t)
	for _, process := range p.processes(t) {
		files, err := os.ReadDir(filepath.Join("/proc", process, "fd"))
		require.NoError(t, err)
		for _, file := range files {
			target, err := os.Readlink(filepath.Join("/proc", process, "fd", file.Name()))
			if err != nil {
				continue // it is closed again
			}
			information, err := os.ReadFile(filepath.Join("/proc", process, "fdinfo", file.Name()))
			if err != nil {
				continue
			}
			flags, err := strconv.ParseInt(string(regexp.MustCompile(`flags:\s+(\d+)`).FindSubmatch(information)[1]), 8, 64)
			require.NoError(t, err)
			if strings.HasPrefix(target, "/") && target != "/dev/null" {
				assert.Equal(t, os.O_RDONLY, int(flags)&syscall.O_ACCMODE, "%s is open for writing", target)
			}
		}
	}
	j.finish <- "video"
	assertVideo(t, wait(t, video, "the video"), "video")
}

// processes are the ids of the master and its worker.
func (p *proxy) processes(t *testing.T) []string {
	t.Helper()
	master := strconv.Itoa(p.command.Process.Pid)
	children, err := os.ReadFile(filepath.Join("/proc", master, "task", master, "children"))
	require.NoError(t, err)
	processes := append(strings.Fields(string(children)), master)
	require.Len(t, processes, 2)
	return processes
}
