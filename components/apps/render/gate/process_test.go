//go:build linux

package gate_test

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
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
	// address is where it listens.
	address string
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

// start runs HAProxy as a container would: not root, in a directory it cannot write to, and, where the test may
// ask for that, the first process of a world of its own.
func start(t *testing.T, config, address string) *proxy {
	t.Helper()
	arguments := gate.Command()[1:]
	arguments[len(arguments)-1] = writeConfig(t, config)
	p := &proxy{command: exec.Command(binary(t), arguments...), address: address, output: &output{}, ended: make(chan struct{})}
	p.command.Dir = "/"
	p.command.Env = []string{}
	p.command.Stdout, p.command.Stderr = p.output, p.output
	p.command.SysProcAttr = confinement()
	require.NoError(t, p.command.Start())
	go func() {
		defer close(p.ended)
		_ = p.command.Wait() // what it ended with is in ProcessState
	}()
	t.Cleanup(func() {
		p.kill()
		<-p.ended
		if t.Failed() {
			t.Logf("haproxy wrote:\n%s", p.output)
		}
	})
	require.Eventually(t, func() bool { return p.listens() }, deadline, 5*time.Millisecond, "haproxy does not listen:\n%s", p.output)
	return p
}

// confinement makes the process a group with its children, so that all can be killed, and for root what a
// container makes of it.
func confinement() *syscall.SysProcAttr {
	attributes := &syscall.SysProcAttr{Setpgid: true}
	if os.Geteuid() != 0 {
		return attributes
	}
	attributes.Credential = &syscall.Credential{Uid: 65534, Gid: 65534}
	if firstProcess() {
		attributes.Cloneflags = syscall.CLONE_NEWPID
	}
	return attributes
}

// firstProcess tells whether a test may make a process the first of a namespace of process ids. In many
// containers not even root may.
var firstProcess = sync.OnceValue(func() bool {
	attempt := exec.Command("true")
	attempt.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID}
	return attempt.Run() == nil
})

func (p *proxy) listens() bool {
	connection, err := net.Dial("tcp", p.address)
	if err != nil {
		return false
	}
	return connection.Close() == nil
}

// softStop tells HAProxy to stop when it has nothing to do. Its worker listens before its master minds signals,
// and what the first process of a namespace does not mind is lost: one that is not heard is told again.
func (p *proxy) softStop(t *testing.T) {
	t.Helper()
	const lost = 2 * time.Second
	var told time.Time
	require.Eventually(t, func() bool {
		if strings.Contains(p.output.String(), "Exiting Master process") {
			return true
		}
		if time.Since(told) > lost {
			told = time.Now()
			require.NoError(t, p.command.Process.Signal(syscall.SIGUSR1))
		}
		return false
	}, deadline, 5*time.Millisecond)
}

// kill is the end of a container: all of its processes, at once.
func (p *proxy) kill() {
	_ = syscall.Kill(-p.command.Process.Pid, syscall.SIGKILL) // they may have ended
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

// local is a port of this machine.
func local(port int) string { return "127.0.0.1:" + strconv.Itoa(port) }

// freePort is a port nobody listens on now.
func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, listener.Close()) }()
	return listener.Addr().(*net.TCPAddr).Port
}
