package timing_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"

	"coffee-platform/internal/sandbox/durations"
	"coffee-platform/internal/sandbox/mutation"
	"coffee-platform/internal/sandbox/timing"
)

const (
	instanceType = "aws:rds/instance:Instance"
	unheardOf    = "aws:sns/topic:Topic"
)

func urn(typ string) string { return "urn:pulumi:dev::coffee-platform::" + typ + "::it" }

// call makes a call of a provider that answers at once, and says how long it took.
func call(ctx context.Context, r *timing.Recorder, request any, fails error) (time.Duration, error) {
	start := time.Now()
	_, err := r.Interceptor()(ctx, request, nil, func(context.Context, any) (any, error) { return nil, fails })
	return time.Since(start), err
}

func observed(t *testing.T, of func(string) (time.Duration, bool), typ string) time.Duration {
	t.Helper()
	d, ok := of(typ)
	require.True(t, ok, typ)
	require.Greater(t, d, time.Second, typ)
	return d
}

func TestOperationsTakeTheirTime(t *testing.T) {
	multiAZ, err := structpb.NewStruct(map[string]any{"multiAz": true})
	require.NoError(t, err)
	assumed, ok := durations.Creation(unheardOf)
	require.False(t, ok)
	for name, test := range map[string]struct {
		request any
		want    time.Duration
		assumed bool
	}{
		"create":           {&pulumirpc.CreateRequest{Urn: urn(instanceType)}, observed(t, durations.Creation, instanceType) / 60, false},
		"create a standby": {&pulumirpc.CreateRequest{Urn: urn(instanceType), Properties: multiAZ}, observed(t, durations.Creation, instanceType+durations.MultiAZ) / 60, false},
		"delete":           {&pulumirpc.DeleteRequest{Urn: urn(instanceType)}, observed(t, durations.Deletion, instanceType) / 60, false},
		"update":           {&pulumirpc.UpdateRequest{Urn: urn(instanceType)}, 0, false},
		"assumed":          {&pulumirpc.CreateRequest{Urn: urn(unheardOf)}, assumed / 60, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := timing.NewRecorder(60)
				took, err := call(t.Context(), r, test.request, nil)
				require.NoError(t, err)
				assert.Equal(t, test.want, took)
				m, _ := mutation.Of(test.request)
				now := time.Now()
				assert.Equal(t, []timing.Operation{{Kind: m.Kind, URN: m.URN, Start: now.Add(-took), End: now, Assumed: test.assumed}}, r.Operations())
			})
		})
	}
}

func TestWhatTakesNoTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		request := &pulumirpc.CreateRequest{Urn: urn(instanceType)}
		refused := errors.New("refused")
		for name, r := range map[string]*timing.Recorder{"without a scale": timing.NewRecorder(0), "refused": timing.NewRecorder(60)} {
			var fails error
			if name == "refused" {
				fails = refused
			}
			took, err := call(t.Context(), r, request, fails)
			require.ErrorIs(t, err, fails)
			assert.Zero(t, took, name)
			require.Len(t, r.Operations(), 1)
			assert.Equal(t, fails, r.Operations()[0].Err)
		}
		r := timing.NewRecorder(60)
		took, err := call(t.Context(), r, &pulumirpc.CreateRequest{Urn: urn(instanceType), Preview: true}, nil)
		require.NoError(t, err)
		assert.Zero(t, took)
		assert.Empty(t, r.Operations(), "a preview does nothing")
	})
}

// An engine that is gone waits for nothing more; the object is there all the same.
func TestNobodyWaitsForAnEngineThatIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		r := timing.NewRecorder(1)
		took, err := call(ctx, r, &pulumirpc.CreateRequest{Urn: urn(instanceType)}, nil)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, time.Second, took)
		require.Len(t, r.Operations(), 1)
		assert.NoError(t, r.Operations()[0].Err)
	})
}
