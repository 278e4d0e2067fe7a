package privatebucket

import (
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// abortUploadDays is how long the parts of an upload that was never completed are kept: a week, in
	// which a browser may still come back for it.
	abortUploadDays = 7
	// expiredVersionDays is how long what expired can be brought back: nobody will miss it.
	expiredVersionDays = 1
)

// LogLifecycle removes logs under a prefix once they are as old as given, in days.
func LogLifecycle(prefix string, days int) s3.BucketLifecycleConfigurationRuleArray {
	return s3.BucketLifecycleConfigurationRuleArray{
		AbortUploads(),
		Expire("expire-access-logs", prefix, days),
		ExpireVersions(expiredVersionDays),
	}
}

func rule(id, prefix string) *s3.BucketLifecycleConfigurationRuleArgs {
	return &s3.BucketLifecycleConfigurationRuleArgs{
		Id:     pulumi.String(id),
		Status: pulumi.String("Enabled"),
		Filter: &s3.BucketLifecycleConfigurationRuleFilterArgs{Prefix: pulumi.String(prefix)},
	}
}

// AbortUploads removes the parts of uploads that were never completed: they are paid for and not listed.
func AbortUploads() *s3.BucketLifecycleConfigurationRuleArgs {
	r := rule("abort-incomplete-uploads", "")
	r.AbortIncompleteMultipartUpload = &s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs{
		DaysAfterInitiation: pulumi.Int(abortUploadDays),
	}
	return r
}

// Expire deletes objects under a prefix, and soon after their old versions too: of two rules for the same
// version S3 follows the one that removes it earlier
// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-conflicts.html).
func Expire(id, prefix string, days int) *s3.BucketLifecycleConfigurationRuleArgs {
	r := rule(id, prefix)
	r.Expiration = &s3.BucketLifecycleConfigurationRuleExpirationArgs{Days: pulumi.Int(days)}
	r.NoncurrentVersionExpiration = &s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs{
		NoncurrentDays: pulumi.Int(expiredVersionDays),
	}
	return r
}

// ExpireVersions removes old versions, and the markers of deleted objects of which nothing is left.
func ExpireVersions(days int) *s3.BucketLifecycleConfigurationRuleArgs {
	r := rule("expire-old-versions", "")
	r.NoncurrentVersionExpiration = &s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs{
		NoncurrentDays: pulumi.Int(days),
	}
	r.Expiration = &s3.BucketLifecycleConfigurationRuleExpirationArgs{ExpiredObjectDeleteMarker: pulumi.Bool(true)}
	return r
}
