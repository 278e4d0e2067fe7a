package sandbox

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// engineCommand is the name of the engine's process.
const engineCommand = "pulumi"

// killEngine kills the engine that is at work on this stack, as kill -9 does: it has no chance to clean up.
func (s *Sandbox) killEngine() error {
	statuses, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || len(statuses) == 0 {
		return errors.Join(errors.New("this system shows no processes in /proc, where the engine is looked for"), err)
	}
	for _, path := range statuses {
		status, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended meanwhile
		}
		process, err := parseProcess(status)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		// Other sandboxes of this process may be at work too, each in a directory of its own.
		dir, err := os.Readlink(filepath.Join(filepath.Dir(path), "cwd"))
		if process.command == engineCommand && process.parent == os.Getpid() && err == nil && dir == s.dir {
			return syscall.Kill(process.id, syscall.SIGKILL)
		}
	}
	return fmt.Errorf("no process %s of this sandbox is running", engineCommand)
}

// process is what /proc/<id>/stat says of a process.
type process struct {
	id, parent int
	command    string
}

// parseProcess reads a line of the form "id (command) state parent …"; a command may hold blanks and brackets.
func parseProcess(line []byte) (process, error) {
	opens, closes := bytes.IndexByte(line, '('), bytes.LastIndexByte(line, ')')
	if opens < 0 || closes < opens {
		return process{}, fmt.Errorf("no status of a process: %q", line)
	}
	id, err := strconv.Atoi(string(bytes.TrimSpace(line[:opens])))
	if err != nil {
		return process{}, fmt.Errorf("no status of a process: %q: %w", line, err)
	}
	rest := bytes.Fields(line[closes+1:])
	if len(rest) < 2 {
		return process{}, fmt.Errorf("no status of a process: %q", line)
	}
	parent, err := strconv.Atoi(string(rest[1]))
	if err != nil {
		return process{}, fmt.Errorf("no status of a process: %q: %w", line, err)
	}
	return process{id: id, parent: parent, command: string(line[opens+1 : closes])}, nil
}
