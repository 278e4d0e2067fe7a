// Package timing makes stand-in providers take as long as the cloud does, at a scale, and remembers when each
// operation was at work.
package timing

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"google.golang.org/grpc"

	"coffee-platform/internal/sandbox/durations"
	"coffee-platform/internal/sandbox/mutation"
)

// Operation is something an engine had a provider do.
type Operation struct {
	Kind mutation.Kind
	URN  resource.URN
	// Start is when the provider got the call, End when it answered.
	Start, End time.Time
	// Err is why the cloud did not do it, nil if it did, even when nobody waited until it was ready.
	Err error
	// Assumed is whether nobody has observed how long the cloud takes for it.
	Assumed bool
}

// Recorder remembers operations and lets them take their time. It is safe for concurrent use.
type Recorder struct {
	scale float64

	mu         sync.Mutex
	operations []Operation
}

// NewRecorder makes a recorder. Scale is how many times faster than the cloud everything is; with 0, all is
// done at once.
func NewRecorder(scale float64) *Recorder { return &Recorder{scale: scale} }

// Operations are those that have ended, in the order in which they did.
func (r *Recorder) Operations() []Operation {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.operations)
}

// Interceptor is the recorder at work in a provider's server. The object is there, or gone, at once; as a
// provider does, the call waits until the cloud says that it is ready. An engine that is gone ends the wait.
func (r *Recorder) Interceptor() grpc.UnaryServerInterceptor {
	return mutation.Interceptor(func(ctx context.Context, m mutation.Mutation, request any, handle grpc.UnaryHandler) (any, error) {
		takes, observed := duration(m)
		done := Operation{Kind: m.Kind, URN: m.URN, Start: time.Now(), Assumed: !observed}
		reply, err := handle(ctx, request)
		done.Err = err
		if err == nil && r.scale > 0 {
			err = wait(ctx, time.Duration(float64(takes)/r.scale))
		}
		done.End = time.Now()
		r.mu.Lock()
		defer r.mu.Unlock()
		r.operations = append(r.operations, done)
		return reply, err
	})
}

// wait waits, unless the one who asked for it is gone before.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// duration is how long the cloud takes for an operation; false if nobody has been seen to wait for it.
func duration(m mutation.Mutation) (time.Duration, bool) {
	switch m.Kind {
	case mutation.Create:
		if m.Inputs.GetFields()["multiAz"].GetBoolValue() {
			return durations.Creation(m.Type() + durations.MultiAZ)
		}
		return durations.Creation(m.Type())
	case mutation.Delete:
		return durations.Deletion(m.Type())
	default:
		return 0, true // in-place changes are not waited for: nobody measured them
	}
}
