package media

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// bucketSpec is what one private bucket has that another has not.
type bucketSpec struct {
	policy     func(*s3.Bucket) pulumi.StringOutput
	encryption *s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs
	lifecycle  s3.BucketLifecycleConfigurationRuleArray
}

// privateBucket is a bucket nobody reaches but by its account's own permissions.
type privateBucket struct {
	bucket *s3.Bucket
	policy *s3.BucketPolicy
}

// createBucket makes a private bucket: no public access, no ACLs, versioned, encrypted.
func (b *builder) createBucket(name string, spec bucketSpec) (*privateBucket, error) {
	bucket, err := s3.NewBucket(b.ctx, name, &s3.BucketArgs{
		ForceDestroy: pulumi.Bool(b.args.ForceDestroy),
		Tags:         pulumi.StringMap{"Name": pulumi.String(name)},
	}, b.parent, pulumi.Protect(b.args.Protect))
	if err != nil {
		return nil, fmt.Errorf("creating bucket %q: %w", name, err)
	}
	policy, err := b.closeBucket(name, bucket, spec)
	if err != nil {
		return nil, err
	}

	_, err = s3.NewBucketServerSideEncryptionConfiguration(b.ctx, name, &s3.BucketServerSideEncryptionConfigurationArgs{
		Bucket: bucket.Bucket,
		Rules: s3.BucketServerSideEncryptionConfigurationRuleArray{&s3.BucketServerSideEncryptionConfigurationRuleArgs{
			ApplyServerSideEncryptionByDefault: spec.encryption,
			// One call of KMS for many objects instead of one for each.
			BucketKeyEnabled: pulumi.Bool(spec.encryption.KmsMasterKeyId != nil),
			// Keys that come with a request are keys nobody else has.
			BlockedEncryptionTypes: pulumi.ToStringArray([]string{"SSE-C"}),
		}},
	}, b.parent)
	if err != nil {
		return nil, fmt.Errorf("encrypting bucket %q: %w", name, err)
	}
	versioning, err := s3.NewBucketVersioning(b.ctx, name, &s3.BucketVersioningArgs{
		Bucket:                  bucket.Bucket,
		VersioningConfiguration: &s3.BucketVersioningVersioningConfigurationArgs{Status: pulumi.String("Enabled")},
	}, b.parent)
	if err != nil {
		return nil, fmt.Errorf("versioning bucket %q: %w", name, err)
	}
	_, err = s3.NewBucketLifecycleConfiguration(b.ctx, name, &s3.BucketLifecycleConfigurationArgs{
		Bucket: bucket.Bucket,
		Rules:  spec.lifecycle,
	}, b.parent, pulumi.DependsOn([]pulumi.Resource{versioning}))
	if err != nil {
		return nil, fmt.Errorf("creating the lifecycle of bucket %q: %w", name, err)
	}
	return &privateBucket{bucket: bucket, policy: policy}, nil
}

// closeBucket decides who reaches a bucket. One thing after the other: of two such changes at once S3
// refuses one (409 OperationAborted).
func (b *builder) closeBucket(name string, bucket *s3.Bucket, spec bucketSpec) (*s3.BucketPolicy, error) {
	block, err := s3.NewBucketPublicAccessBlock(b.ctx, name, &s3.BucketPublicAccessBlockArgs{
		Bucket:                bucket.Bucket,
		BlockPublicAcls:       pulumi.Bool(true),
		BlockPublicPolicy:     pulumi.Bool(true),
		IgnorePublicAcls:      pulumi.Bool(true),
		RestrictPublicBuckets: pulumi.Bool(true),
		// The block stays until the bucket is gone, not until just before.
		SkipDestroy: pulumi.Bool(true),
	}, b.parent)
	if err != nil {
		return nil, fmt.Errorf("blocking public access to bucket %q: %w", name, err)
	}
	policy, err := s3.NewBucketPolicy(b.ctx, name, &s3.BucketPolicyArgs{
		Bucket: bucket.Bucket,
		Policy: spec.policy(bucket),
	}, b.parent, pulumi.DependsOn([]pulumi.Resource{block}))
	if err != nil {
		return nil, fmt.Errorf("creating the policy of bucket %q: %w", name, err)
	}
	_, err = s3.NewBucketOwnershipControls(b.ctx, name, &s3.BucketOwnershipControlsArgs{
		Bucket: bucket.Bucket,
		Rule:   &s3.BucketOwnershipControlsRuleArgs{ObjectOwnership: pulumi.String("BucketOwnerEnforced")},
	}, b.parent, pulumi.DependsOn([]pulumi.Resource{policy}))
	if err != nil {
		return nil, fmt.Errorf("disabling ACLs of bucket %q: %w", name, err)
	}
	return policy, nil
}
