package faults_test

import (
	"context"
	"errors"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil/rpcerror"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/structpb"

	"coffee-platform/internal/sandbox/faults"
)

const (
	vpc    = "urn:pulumi:dev::coffee-platform::aws:ec2/vpc:Vpc::network"
	subnet = "urn:pulumi:dev::coffee-platform::aws:ec2/subnet:Subnet::network"
)

// provider is a cloud behind a plan of faults.
type provider struct {
	plan *faults.Plan
	// reached are the calls that got through; killed counts the engine's deaths.
	reached []any
	killed  int
	// fails is what the cloud answers.
	fails error
	// gone is when the dead engine's connection goes.
	gone context.Context
}

func behind(t *testing.T, texts ...string) *provider {
	t.Helper()
	var list []faults.Fault
	for _, text := range texts {
		f, err := faults.Parse(text)
		require.NoError(t, err)
		list = append(list, f)
	}
	ctx, cancel := context.WithCancel(context.Background())
	p := &provider{gone: ctx}
	p.plan = faults.NewPlan(list, func() error {
		p.killed++
		cancel()
		return nil
	})
	return p
}

func (p *provider) call(request any) (any, error) {
	return p.plan.Interceptor()(p.gone, request, nil, func(_ context.Context, request any) (any, error) {
		p.reached = append(p.reached, request)
		if p.fails != nil {
			return nil, p.fails
		}
		return &pulumirpc.CreateResponse{Id: "id-1"}, nil
	})
}

func create(urn string) *pulumirpc.CreateRequest { return &pulumirpc.CreateRequest{Urn: urn} }

func TestTheNthCallFailsAndNoOther(t *testing.T) {
	p := behind(t, "create aws:ec2/vpc:Vpc#2 refuse", "any any#6 throttle")
	for i, want := range []string{"", "", "", "AccessDenied: refused on purpose, by the fault \"create aws:ec2/vpc:Vpc#2 refuse\"", "", "ThrottlingException: Rate exceeded", ""} {
		request := any(create(vpc))
		switch i {
		case 1, 2:
			request = create(subnet)
		case 4:
			request = &pulumirpc.DeleteRequest{Urn: vpc}
		}
		_, err := p.call(request)
		if want == "" {
			require.NoError(t, err, i)
		} else {
			require.ErrorContains(t, err, want, i)
			require.ErrorContains(t, err, "create aws:ec2/vpc:Vpc: ")
		}
	}
	assert.Len(t, p.reached, 5, "what was refused or throttled never reached the cloud")
	assert.Empty(t, p.plan.Unmet())
	assert.Zero(t, p.killed)
}

func TestPreviewsDoNotCount(t *testing.T) {
	p := behind(t, "create any#1 refuse")
	_, err := p.call(&pulumirpc.CreateRequest{Urn: vpc, Preview: true})
	require.NoError(t, err)
	assert.Len(t, p.plan.Unmet(), 1)
	_, err = p.call(create(vpc))
	require.Error(t, err)
	assert.Empty(t, p.plan.Unmet())
}

// An interrupted creation is reported with the id and the inputs, as one that failed half way.
func TestInterrupt(t *testing.T) {
	p := behind(t, "create any#1 interrupt")
	inputs, err := structpb.NewStruct(map[string]any{"cidrBlock": "10.0.0.0/16"})
	require.NoError(t, err)
	_, err = p.call(&pulumirpc.CreateRequest{Urn: vpc, Properties: inputs})
	require.ErrorContains(t, err, "create aws:ec2/vpc:Vpc: waiting for id-1 to be ready: timeout while waiting for state")
	assert.Len(t, p.reached, 1)
	assert.Len(t, inputs.Fields, 1, "the request was changed")
	failed, ok := status.FromError(err)
	require.True(t, ok)
	assert.Equal(t, codes.Unknown, failed.Code())
	details := rpcerror.Convert(err).Details()
	require.Len(t, details, 1)
	partial := details[0].(*pulumirpc.ErrorResourceInitFailed)
	assert.Equal(t, "id-1", partial.GetId())
	assert.Equal(t, map[string]any{"cidrBlock": "10.0.0.0/16", "id": "id-1"}, partial.GetProperties().AsMap())
	assert.Len(t, partial.GetReasons(), 1)
}

func TestKilling(t *testing.T) {
	for kind, reached := range map[string]int{"kill-before": 0, "kill-after": 1} {
		p := behind(t, "create any#1 "+kind)
		_, err := p.call(create(vpc))
		require.ErrorIs(t, err, context.Canceled, "it answered a dead engine")
		assert.Equal(t, 1, p.killed)
		assert.Len(t, p.reached, reached, kind)
	}
}

func TestAFaultThatMeetsAnother(t *testing.T) {
	for _, kind := range []string{"kill-after", "interrupt"} {
		p := behind(t, "create any#1 "+kind)
		p.fails = errors.New("no room")
		_, err := p.call(create(vpc))
		require.ErrorIs(t, err, p.fails, kind)
		assert.Zero(t, p.killed)
	}
}

func TestAnEngineThatIsNotThere(t *testing.T) {
	missing := errors.New("no such process")
	f, err := faults.Parse("any any#1 kill-before")
	require.NoError(t, err)
	p := &provider{gone: context.Background(), plan: faults.NewPlan([]faults.Fault{f}, func() error { return missing })}
	_, err = p.call(create(vpc))
	assert.ErrorIs(t, err, missing)
}
