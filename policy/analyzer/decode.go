package analyzer

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/structpb"

	"coffee-platform/policy/rule"
)

// decode reads the properties of a resource. Properties that cannot be read are an
// error, which stops the deployment: what nobody can read, nobody can pass.
func decode(urn string, properties *structpb.Struct) (root rule.Value, err error) {
	defer func() {
		// The SDK asserts what it expects of its input and panics when it is wrong.
		if recovered := recover(); recovered != nil {
			err = unreadable(urn, "unexpected form")
		}
	}()
	if properties == nil {
		properties = &structpb.Struct{}
	}
	decoded, err := plugin.UnmarshalProperties(properties, plugin.MarshalOptions{
		KeepUnknowns:     true,
		KeepSecrets:      true,
		KeepOutputValues: true,
		SkipInternalKeys: true,
	})
	if err != nil {
		return rule.Value{}, unreadable(urn, err.Error())
	}
	return rule.NewValue(urn, decoded), nil
}

func unreadable(urn, reason string) error {
	return status.Error(codes.InvalidArgument, fmt.Sprintf("cannot read the properties of %s: %s", urn, reason))
}
