package media

import (
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/s3"

	"coffee-platform/components/privatebucket"
)

// mediaLifecycle removes what nobody needs any longer.
func mediaLifecycle(args *Args) s3.BucketLifecycleConfigurationRuleArray {
	return s3.BucketLifecycleConfigurationRuleArray{
		privatebucket.AbortUploads(),
		privatebucket.Expire("expire-intermediate-renders", args.IntermediatePrefix, args.IntermediateRetentionDays),
		privatebucket.ExpireVersions(args.OldVersionRetentionDays),
	}
}
