// Package privatebucket makes the buckets that nobody reaches but by their account's own permissions. It is a
// foundation other components build on, not a component of its own: a bucket belongs to what it keeps.
package privatebucket

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Args are what one private bucket has that another has not.
type Args struct {
	// Policy makes the bucket's policy; DenyOpenConnections are statements that every one has.
	Policy func(*s3.Bucket) pulumi.StringOutput
	// KeyARN is the KMS key that objects are encrypted with; nil leaves it to S3's own keys, the only ones AWS
	// delivers logs with.
	KeyARN pulumi.StringPtrInput
	// Lifecycle removes what nobody needs any longer.
	Lifecycle s3.BucketLifecycleConfigurationRuleArray
	// ForceDestroy has Pulumi empty the bucket when it deletes it; otherwise S3 refuses to delete what is not
	// empty.
	ForceDestroy bool
	// Protect makes Pulumi refuse to delete or replace the bucket.
	Protect bool
}

// Bucket is a private bucket.
type Bucket struct {
	Bucket *s3.Bucket
	// Policy is who may do what with it; what delivers into the bucket waits for it.
	Policy *s3.BucketPolicy
}

// New makes a private bucket: no public access, no ACLs, versioned, encrypted.
func New(ctx *pulumi.Context, name string, args *Args, parent pulumi.ResourceOption) (*Bucket, error) {
	bucket, err := s3.NewBucket(ctx, name, &s3.BucketArgs{
		ForceDestroy: pulumi.Bool(args.ForceDestroy),
		Tags:         pulumi.StringMap{"Name": pulumi.String(name)},
	}, parent, pulumi.Protect(args.Protect))
	if err != nil {
		return nil, fmt.Errorf("creating bucket %q: %w", name, err)
	}
	policy, err := closeBucket(ctx, name, bucket, args, parent)
	if err != nil {
		return nil, err
	}

	_, err = s3.NewBucketServerSideEncryptionConfiguration(ctx, name, &s3.BucketServerSideEncryptionConfigurationArgs{
		Bucket: bucket.Bucket,
		Rules: s3.BucketServerSideEncryptionConfigurationRuleArray{&s3.BucketServerSideEncryptionConfigurationRuleArgs{
			ApplyServerSideEncryptionByDefault: encryption(args),
			// One call of KMS for many objects instead of one for each.
			BucketKeyEnabled: pulumi.Bool(args.KeyARN != nil),
			// Keys that come with a request are keys nobody else has.
			BlockedEncryptionTypes: pulumi.ToStringArray([]string{"SSE-C"}),
		}},
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("encrypting bucket %q: %w", name, err)
	}
	versioning, err := s3.NewBucketVersioning(ctx, name, &s3.BucketVersioningArgs{
		Bucket:                  bucket.Bucket,
		VersioningConfiguration: &s3.BucketVersioningVersioningConfigurationArgs{Status: pulumi.String("Enabled")},
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("versioning bucket %q: %w", name, err)
	}
	_, err = s3.NewBucketLifecycleConfiguration(ctx, name, &s3.BucketLifecycleConfigurationArgs{
		Bucket: bucket.Bucket,
		Rules:  args.Lifecycle,
	}, parent, pulumi.DependsOn([]pulumi.Resource{versioning}))
	if err != nil {
		return nil, fmt.Errorf("creating the lifecycle of bucket %q: %w", name, err)
	}
	return &Bucket{Bucket: bucket, Policy: policy}, nil
}

func encryption(args *Args) *s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs {
	if args.KeyARN == nil {
		return &s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs{
			SseAlgorithm: pulumi.String("AES256"),
		}
	}
	return &s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs{
		SseAlgorithm:   pulumi.String("aws:kms"),
		KmsMasterKeyId: args.KeyARN,
	}
}

// closeBucket decides who reaches a bucket. One thing after the other: of two such changes at once S3
// refuses one (409 OperationAborted).
func closeBucket(ctx *pulumi.Context, name string, bucket *s3.Bucket, args *Args, parent pulumi.ResourceOption) (*s3.BucketPolicy, error) {
	block, err := s3.NewBucketPublicAccessBlock(ctx, name, &s3.BucketPublicAccessBlockArgs{
		Bucket:                bucket.Bucket,
		BlockPublicAcls:       pulumi.Bool(true),
		BlockPublicPolicy:     pulumi.Bool(true),
		IgnorePublicAcls:      pulumi.Bool(true),
		RestrictPublicBuckets: pulumi.Bool(true),
		// The block stays until the bucket is gone, not until just before.
		SkipDestroy: pulumi.Bool(true),
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("blocking public access to bucket %q: %w", name, err)
	}
	policy, err := s3.NewBucketPolicy(ctx, name, &s3.BucketPolicyArgs{
		Bucket: bucket.Bucket,
		Policy: args.Policy(bucket),
	}, parent, pulumi.DependsOn([]pulumi.Resource{block}))
	if err != nil {
		return nil, fmt.Errorf("creating the policy of bucket %q: %w", name, err)
	}
	_, err = s3.NewBucketOwnershipControls(ctx, name, &s3.BucketOwnershipControlsArgs{
		Bucket: bucket.Bucket,
		Rule:   &s3.BucketOwnershipControlsRuleArgs{ObjectOwnership: pulumi.String("BucketOwnerEnforced")},
	}, parent, pulumi.DependsOn([]pulumi.Resource{policy}))
	if err != nil {
		return nil, fmt.Errorf("disabling ACLs of bucket %q: %w", name, err)
	}
	return policy, nil
}
