//go:build linux

package gate_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"coffee-platform/components/apps/render/gate"
)

// renderer stands in for the render service: a render lasts until the test lets it end.
type renderer struct {
	port int
	// renders gets every render that begins.
	renders chan *job
	// running are renders in progress now, most the highest number there ever was.
	running, most atomic.Int32
	// health is the status of the answers about its health.
	health atomic.Int32
}

// job is a render in progress.
type job struct {
	header http.Header
	body   string
	// finish ends the render with a video of what it gets, fail with a status.
	finish chan string
	fail   chan int
	// trickle makes the render send the beginning of its answer and never the end of it.
	trickle chan struct{}
	// cancelled is closed when the caller's connection is.
	cancelled <-chan struct{}
}

func startRenderer(t *testing.T) *renderer {
	t.Helper()
	r := &renderer{renders: make(chan *job, 100)}
	r.health.Store(http.StatusOK)
	server := httptest.NewServer(r)
	t.Cleanup(server.CloseClientConnections)
	t.Cleanup(server.Close)
	r.port = server.Listener.Addr().(*net.TCPAddr).Port
	return r
}

func (r *renderer) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return // the caller is gone
	}
	if request.Method != http.MethodPost {
		w.WriteHeader(int(r.health.Load()))
		_, _ = io.WriteString(w, request.URL.Path)
		return
	}
	running := r.running.Add(1)
	defer r.running.Add(-1)
	for most := r.most.Load(); running > most && !r.most.CompareAndSwap(most, running); most = r.most.Load() {
	}
	j := &job{
		header: request.Header, body: string(body),
		finish: make(chan string), fail: make(chan int), trickle: make(chan struct{}), cancelled: request.Context().Done(),
	}
	r.renders <- j
	for {
		select {
		case video := <-j.finish:
			_, _ = io.WriteString(w, video)
			return
		case status := <-j.fail:
			w.WriteHeader(status)
			return
		case <-j.trickle:
			_, _ = io.WriteString(w, strings.Repeat(".", 1024))
			w.(http.Flusher).Flush()
		case <-j.cancelled:
			return
		}
	}
}

// begun waits for the next render.
func (r *renderer) begun(t *testing.T) *job {
	t.Helper()
	return wait(t, r.renders, "a render")
}

// answer is what a caller gets.
type answer struct {
	status int
	header http.Header
	body   string
	err    error
}

// caller has a connection for every request, as consumers must.
var caller = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

// call asks and waits for the answer.
func (p *proxy) call(method, path, body string, header http.Header) answer {
	request, err := http.NewRequest(method, "http://"+p.address+path, strings.NewReader(body))
	if err != nil {
		return answer{err: err}
	}
	if header != nil {
		request.Header = header
	}
	response, err := caller.Do(request)
	if err != nil {
		return answer{err: err}
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	return answer{status: response.StatusCode, header: response.Header, body: string(text), err: err}
}

// render asks for a render; the answer comes by the channel.
func (p *proxy) render() <-chan answer {
	answers := make(chan answer, 1)
	go func() { answers <- p.call(http.MethodPost, "/render", "{}", nil) }()
	return answers
}

// startGate runs a gate in front of a renderer.
func startGate(t *testing.T, r *renderer, longestRenderSeconds int) *proxy {
	t.Helper()
	g := gate.Gate{Port: freePort(t), UpstreamPort: r.port, LongestRenderSeconds: longestRenderSeconds}
	require.NoError(t, g.Validate().Err())
	return start(t, g.Config(), local(g.Port))
}
