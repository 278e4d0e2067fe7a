package mutation_test

import (
	"context"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/structpb"

	"coffee-platform/internal/sandbox/mutation"
)

const urn = "urn:pulumi:dev::coffee-platform::coffee:network:Network$aws:ec2/vpc:Vpc::network"

func TestWhatChangesACloud(t *testing.T) {
	inputs, err := structpb.NewStruct(map[string]any{"cidrBlock": "10.0.0.0/16"})
	require.NoError(t, err)
	for request, kind := range map[any]mutation.Kind{
		&pulumirpc.CreateRequest{Urn: urn, Properties: inputs}: mutation.Create,
		&pulumirpc.UpdateRequest{Urn: urn, News: inputs}:       mutation.Update,
		&pulumirpc.DeleteRequest{Urn: urn, OldInputs: inputs}:  mutation.Delete,
	} {
		m, ok := mutation.Of(request)
		require.True(t, ok, kind)
		assert.Equal(t, mutation.Mutation{Kind: kind, URN: urn, Inputs: inputs}, m)
		assert.Equal(t, "aws:ec2/vpc:Vpc", m.Type())
	}
	for _, request := range []any{
		&pulumirpc.CreateRequest{Urn: urn, Preview: true},
		&pulumirpc.UpdateRequest{Urn: urn, Preview: true},
		&pulumirpc.ReadRequest{Urn: urn},
		&pulumirpc.CheckRequest{Urn: urn},
	} {
		_, ok := mutation.Of(request)
		assert.False(t, ok, "%T", request)
	}
}

func TestOtherCallsPassBy(t *testing.T) {
	asked := 0
	intercept := mutation.Interceptor(func(ctx context.Context, _ mutation.Mutation, request any, handle grpc.UnaryHandler) (any, error) {
		asked++
		return handle(ctx, request)
	})
	handle := func(context.Context, any) (any, error) { return "reply", nil }
	for _, request := range []any{&pulumirpc.ReadRequest{Urn: urn}, &pulumirpc.CreateRequest{Urn: urn, Preview: true}, &pulumirpc.CreateRequest{Urn: urn}} {
		reply, err := intercept(context.Background(), request, nil, handle)
		require.NoError(t, err)
		assert.Equal(t, "reply", reply)
	}
	assert.Equal(t, 1, asked)
}
