// Package awaitready makes Pulumi wait for custom resources.
package awaitready

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// Annotations make Pulumi wait until the condition Ready of an object is true, and fail if it does not become
// so in time; of custom resources it waits for none by itself
// (https://github.com/pulumi/pulumi-kubernetes/issues/1260, since version 4.18 of the provider).
func Annotations() pulumi.StringMap {
	return pulumi.StringMap{"pulumi.com/waitFor": pulumi.String("condition=Ready")}
}
