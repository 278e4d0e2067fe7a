// Coffee platform: everything a video-captioning product needs on AWS, one stack per environment.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/stacks"
)

func main() {
	pulumi.Run(stacks.Deploy)
}
