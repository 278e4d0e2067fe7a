// Package mutation tells the calls that change a cloud from all others that an engine makes of a provider.
package mutation

import (
	"context"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/structpb"
)

// Kind is what a call does to an object.
type Kind string

// What calls do to objects.
const (
	Create Kind = "create"
	Update Kind = "update"
	Delete Kind = "delete"
)

// Mutation is a call that makes, changes or removes an object.
type Mutation struct {
	Kind Kind
	URN  resource.URN
	// Inputs are the inputs the object is to have, or had when it is removed; secrets are marked as the
	// protocol marks them.
	Inputs *structpb.Struct
}

// Type is the type token of the object.
func (m Mutation) Type() string { return string(m.URN.Type()) }

// Of is what a request of the provider protocol would change; false if it changes nothing, as in a preview.
func Of(request any) (Mutation, bool) {
	switch r := request.(type) {
	case *pulumirpc.CreateRequest:
		return Mutation{Create, resource.URN(r.GetUrn()), r.GetProperties()}, !r.GetPreview()
	case *pulumirpc.UpdateRequest:
		return Mutation{Update, resource.URN(r.GetUrn()), r.GetNews()}, !r.GetPreview()
	case *pulumirpc.DeleteRequest:
		return Mutation{Delete, resource.URN(r.GetUrn()), r.GetOldInputs()}, true
	default:
		return Mutation{}, false
	}
}

// Interceptor makes a server's interceptor of a function that is asked about every mutation; all other calls
// pass by it.
func Interceptor(around func(ctx context.Context, m Mutation, request any, handle grpc.UnaryHandler) (any, error)) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, request any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
		m, ok := Of(request)
		if !ok {
			return handle(ctx, request)
		}
		return around(ctx, m, request, handle)
	}
}
