package e2e

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// section is what one scenario showed in one environment.
type section struct {
	stack, name, title string
	took               time.Duration
	lines              []line
	// err is why the scenario could not go on.
	err error
}

// line is one thing a scenario showed: a figure, or a check that held or not.
type line struct {
	mark, text string
}

const (
	held   = "ok"
	broken = "FAILED"
	figure = ""
)

// check records whether something holds; detail says what was seen.
func (s *section) check(holds bool, claim, detail string, args ...any) bool {
	mark := held
	if !holds {
		mark = broken
	}
	text := claim
	if seen := strings.Trim(fmt.Sprintf(detail, args...), " ;"); seen != "" {
		text += ": " + seen
	}
	s.lines = append(s.lines, line{mark, text})
	return holds
}

// figure records what was measured or counted.
func (s *section) figure(what, value string, args ...any) {
	s.lines = append(s.lines, line{figure, what + ": " + fmt.Sprintf(value, args...)})
}

// failed is whether anything did not hold.
func (s *section) failed() bool {
	for _, l := range s.lines {
		if l.mark == broken {
			return true
		}
	}
	return s.err != nil
}

func (s *section) write(out io.Writer) {
	verdict := held
	if s.failed() {
		verdict = broken
	}
	_, _ = fmt.Fprintf(out, "\n%s  %s: %s  %s (%.1f s)\n", s.stack, s.name, s.title, verdict, s.took.Seconds()) // nobody reads on if this fails
	for _, l := range s.lines {
		_, _ = fmt.Fprintf(out, "  %-7s %s\n", l.mark, l.text)
	}
	if s.err != nil {
		_, _ = fmt.Fprintf(out, "  %-7s could not go on: %s\n", broken, strings.ReplaceAll(s.err.Error(), "\n", "\n          "))
	}
}
