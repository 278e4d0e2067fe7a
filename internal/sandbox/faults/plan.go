package faults

import (
	"context"
	"fmt"
	"sync"

	"google.golang.org/grpc"

	"coffee-platform/internal/sandbox/mutation"
)

// Plan is a set of faults that are still to come, safe for concurrent use.
type Plan struct {
	// kill kills the engine.
	kill func() error

	mu     sync.Mutex
	faults []Fault
	// seen counts, for each fault, the calls that match it.
	seen []int
}

// NewPlan makes a plan of faults; kill kills the engine, for faults that do.
func NewPlan(faults []Fault, kill func() error) *Plan {
	return &Plan{kill: kill, faults: faults, seen: make([]int, len(faults))}
}

// Unmet are the faults whose call has not come.
func (p *Plan) Unmet() []Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	var unmet []Fault
	for i, f := range p.faults {
		if p.seen[i] < f.Nth {
			unmet = append(unmet, f)
		}
	}
	return unmet
}

// next counts a call, and is the fault it meets: the first in the plan, should there be several.
func (p *Plan) next(m mutation.Mutation) (met Fault, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, f := range p.faults {
		if !f.matches(m) {
			continue
		}
		p.seen[i]++
		if p.seen[i] == f.Nth && !ok {
			met, ok = f, true
		}
	}
	return met, ok
}

// Interceptor is the plan at work in a provider's server.
func (p *Plan) Interceptor() grpc.UnaryServerInterceptor {
	return mutation.Interceptor(func(ctx context.Context, m mutation.Mutation, request any, handle grpc.UnaryHandler) (any, error) {
		f, met := p.next(m)
		if !met {
			return handle(ctx, request)
		}
		switch f.Kind {
		case Refuse:
			return nil, fmt.Errorf("%s %s: AccessDenied: refused on purpose, by the fault %q", m.Kind, m.Type(), f)
		case Throttle:
			// 25 is the provider's own default, maxRetries
			// (https://www.pulumi.com/registry/packages/aws/installation-configuration/).
			return nil, fmt.Errorf("%s %s: exceeded maximum number of attempts, 25: ThrottlingException: Rate exceeded (on purpose, by the fault %q)", m.Kind, m.Type(), f)
		case Interrupt:
			reply, err := handle(ctx, request)
			if err != nil {
				return nil, err
			}
			return nil, interrupted(f, m, reply)
		case KillAfter:
			if reply, err := handle(ctx, request); err != nil {
				return reply, fmt.Errorf("the fault %q met a call that failed by itself: %w", f, err)
			}
		}
		if err := p.kill(); err != nil {
			return nil, fmt.Errorf("the fault %q: killing the engine: %w", f, err)
		}
		<-ctx.Done() // when the dead engine's connection goes: nobody is left to answer
		return nil, fmt.Errorf("the fault %q killed the engine: %w", f, context.Cause(ctx))
	})
}
