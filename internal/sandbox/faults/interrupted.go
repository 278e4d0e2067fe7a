package faults

import (
	"fmt"
	"maps"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil/rpcerror"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/structpb"

	"coffee-platform/internal/sandbox/mutation"
)

// interrupted is what a Terraform-based provider answers when an object was made and waiting for it timed
// out: the id and the inputs, and nothing yet of what the cloud computes.
func interrupted(f Fault, mutated mutation.Mutation, reply any) error {
	created, ok := reply.(*pulumirpc.CreateResponse)
	if !ok {
		return fmt.Errorf("the fault %q met an answer that is none to a creation: %T", f, reply)
	}
	properties := &structpb.Struct{Fields: map[string]*structpb.Value{}}
	maps.Copy(properties.Fields, mutated.Inputs.GetFields())
	properties.Fields["id"] = structpb.NewStringValue(created.GetId())
	reason := fmt.Sprintf("create %s: waiting for %s to be ready: timeout while waiting for state (on purpose, by the fault %q)",
		mutated.Type(), created.GetId(), f)
	return rpcerror.WithDetails(rpcerror.New(codes.Unknown, reason), &pulumirpc.ErrorResourceInitFailed{
		Id: created.GetId(), Properties: properties, Reasons: []string{reason},
	})
}
