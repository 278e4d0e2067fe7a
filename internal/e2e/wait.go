package e2e

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// pollInterval is how often a condition that cannot be watched is looked at.
const pollInterval = 100 * time.Millisecond

// sayInterval is how often a wait says what it waits for.
const sayInterval = 10 * time.Second

// waitFor looks at a condition until it holds, and returns how long that took. The condition says what it sees,
// which is said now and then, and becomes part of the error when the time is up. An error of the condition ends
// the wait.
func (c *controlPlane) waitFor(ctx context.Context, limit time.Duration, what string, condition func(context.Context) (holds bool, seen string, err error)) (time.Duration, error) {
	start := time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errTimeIsUp)
	defer cancel()
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	last, said := "nothing yet", start
	for {
		holds, seen, err := condition(ctx)
		switch {
		case err == nil && holds:
			return time.Since(start), nil
		case err != nil && ctx.Err() == nil:
			return time.Since(start), fmt.Errorf("waiting for %s: %w", what, err)
		case err == nil:
			last = seen
		}
		if time.Since(said) > sayInterval {
			said = time.Now()
			c.say("waiting for %s: %s", what, last)
		}
		select {
		case <-ctx.Done():
			if errors.Is(context.Cause(ctx), errTimeIsUp) {
				return time.Since(start), fmt.Errorf("waited %s for %s: %s", limit, what, last)
			}
			return time.Since(start), context.Cause(ctx)
		case <-ticker.C:
		}
	}
}

var errTimeIsUp = errors.New("the time is up")
