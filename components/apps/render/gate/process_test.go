//go:build unix

package gate_test

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"coffee-platform/components/apps/render/gate"
)

// The tests of this package's processes run the real HAProxy with the configuration a pod gets.

// deadline is when a test gives up waiting for what should happen at once.
const deadline = 20 * time.Second

// binary finds HAProxy. Continuous integration has it, or fails.
func binary(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"haproxy", "/usr/sbin/haproxy"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") != "" {
		t.Fatal("no haproxy here: make haproxy installs it")
	}
	t.Skip("not run: no haproxy here. make haproxy installs it on Debian and Ubuntu")
	return ""
}

// proxy is a running HAProxy.
type proxy struct {
	command *exec.Cmd
	port    int
	output  *output
	// ended is closed when the process has.
	ended chan struct{}
}

// output keeps what a process writes while it writes.
type output struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (o *output) Write(text []byte) (int, error) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.text.Write(text)
}

func (o *output) String() string {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.text.String()
}

// writeConfig puts a configuration where anybody can read it and only its owner could write.
func writeConfig(t *testing.T, config string) string {
	t.Helper()
	directory, err := os.MkdirTemp("", "gate")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(directory)) })
	require.NoError(t, os.Chmod(directory, 0o755))
	path := filepath.Join(directory, gate.ConfigFile)
	require.NoError(t, os.WriteFile(path, []byte(config), 0o444))
	return path
}

// start runs HAProxy as a container would: one process, not root, in a directory it cannot write to.
func start(t *testing.T, config string, port int) *proxy {
	t.Helper()
	arguments := gate.Command()[1:]
	arguments[len(arguments)-1] = writeConfig(t, config)
	p := &proxy{command: exec.Command(binary(t), arguments...), port: port, output: &output{}, ended: make(chan struct{})}
	p.command.Dir = "/"
	p.command.Env = []string{}
	p.command.Stdout, p.command.Stderr = p.output, p.output
	p.command.SysProcAttr = asNobody()
	require.NoError(t, p.command.Start())
	go func() {
		defer close(p.ended)
		_ = p.command.Wait() // what it ended with is in ProcessState
	}()
	t.Cleanup(func() {
		_ = p.command.Process.Kill() // it may have ended
		<-p.ended
		if t.Failed() {
			t.Logf("haproxy wrote:\n%s", p.output)
		}
	})
	require.Eventually(t, func() bool { return p.listens() }, deadline, 5*time.Millisecond, "haproxy does not listen:\n%s", p.output)
	return p
}

// asNobody lets a process of root's be another's, as in a container.
func asNobody() *syscall.SysProcAttr {
	if os.Geteuid() != 0 {
		return nil
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
}

func (p *proxy) address() string { return "127.0.0.1:" + strconv.Itoa(p.port) }

func (p *proxy) listens() bool {
	connection, err := net.Dial("tcp", p.address())
	if err != nil {
		return false
	}
	return connection.Close() == nil
}

func (p *proxy) signal(t *testing.T, signal syscall.Signal) {
	t.Helper()
	require.NoError(t, p.command.Process.Signal(signal))
}

func (p *proxy) running() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// exitCode waits for the end.
func (p *proxy) exitCode(t *testing.T) int {
	t.Helper()
	wait(t, p.ended, "the end of haproxy")
	return p.command.ProcessState.ExitCode()
}

// wait takes a value from a channel, or the nothing of a closed one.
func wait[T any](t *testing.T, from <-chan T, what string) T {
	t.Helper()
	select {
	case value := <-from:
		return value
	case <-time.After(deadline):
		t.Fatalf("waited %s for %s", deadline, what)
		panic("unreachable")
	}
}

// freePort is a port nobody listens on now.
func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, listener.Close()) }()
	return listener.Addr().(*net.TCPAddr).Port
}
