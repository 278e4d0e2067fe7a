package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
)

// supervisor starts processes and stops them, and tells when one ends that should not.
type supervisor struct {
	dir     string
	fail    context.CancelCauseFunc
	mu      sync.Mutex
	stopped bool
	running []*child
}

type child struct {
	name string
	cmd  *exec.Cmd
	done chan struct{}
}

// start starts a process whose output goes to <name>.log. When the process ends before stop, the run fails
// with the end of that log.
func (s *supervisor) start(name, binary string, args, env []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return errors.New("the run is over")
	}
	log, err := os.Create(filepath.Join(s.dir, name+".log"))
	if err != nil {
		return fmt.Errorf("making the log of %s: %w", name, err)
	}
	cmd := exec.Command(binary, args...)
	cmd.Env = append([]string{"HOME=" + s.dir, "PATH=" + os.Getenv("PATH")}, env...)
	cmd.Dir = s.dir
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = ownGroup()
	if err := cmd.Start(); err != nil {
		return errors.Join(fmt.Errorf("starting %s: %w", name, err), log.Close())
	}
	c := &child{name: name, cmd: cmd, done: make(chan struct{})}
	s.running = append(s.running, c)
	go func() {
		_ = cmd.Wait() // how it ended is in its state
		close(c.done)
		s.mu.Lock()
		stopped := s.stopped
		s.mu.Unlock()
		if !stopped {
			s.fail(fmt.Errorf("%s ended by itself (%s):\n%s", name, cmd.ProcessState, tail(log.Name())))
		}
		_ = log.Close() // all is written: the process is gone
	}()
	return nil
}

// onLoopback fails if a process listens where other machines could reach it.
func (s *supervisor) onLoopback() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	names := map[int]string{}
	for _, c := range s.running {
		names[c.cmd.Process.Pid] = c.name
	}
	return beyondLoopback("/proc", names)
}

// stop ends all processes, and their children with them. They are not asked to end well, as everything a run has
// made is thrown away. It can be called twice.
func (s *supervisor) stop() {
	s.mu.Lock()
	s.stopped = true
	running := s.running
	s.running = nil
	s.mu.Unlock()
	for _, c := range running {
		_ = syscall.Kill(-c.cmd.Process.Pid, syscall.SIGKILL) // an error says that the group is gone already
		<-c.done
	}
}

// tail is the end of a log.
func tail(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	return string(bytes.Join(lines[max(0, len(lines)-15):], []byte("\n")))
}
