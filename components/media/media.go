package media

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/kms"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/components/encryption"
	"coffee-platform/components/privatebucket"
)

const (
	// accessLogPrefix is what the keys of access logs start with.
	accessLogPrefix = "s3/"

	// preflightSeconds is how long a browser need not ask again whether it may upload.
	preflightSeconds = 3600
)

// Media is a bucket with its key and its access logs.
type Media struct {
	pulumi.ResourceState

	// BucketName and BucketARN are the bucket's.
	BucketName pulumi.StringOutput `pulumi:"bucketName"`
	BucketARN  pulumi.StringOutput `pulumi:"bucketArn"`
	// RegionalDomainName is the host that presigned URLs are for.
	RegionalDomainName pulumi.StringOutput `pulumi:"regionalDomainName"`
	// KeyARN is the key that objects are encrypted with: who reads or writes them has to use it.
	KeyARN pulumi.StringOutput `pulumi:"keyArn"`
}

// New creates a bucket. It fails before the first resource if args do not validate.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Media, error) {
	if err := args.Validate().Err(); err != nil {
		return nil, fmt.Errorf("media %q: %w", name, err)
	}
	m := &Media{}
	if err := ctx.RegisterComponentResource("coffee:media:Media", name, m, opts...); err != nil {
		return nil, fmt.Errorf("registering media %q: %w", name, err)
	}
	b := &builder{ctx: ctx, name: name, args: args, parent: pulumi.Parent(m)}
	if err := b.build(m); err != nil {
		return nil, err
	}
	return m, ctx.RegisterResourceOutputs(m, pulumi.Map{
		"bucketName":         m.BucketName,
		"bucketArn":          m.BucketARN,
		"regionalDomainName": m.RegionalDomainName,
		"keyArn":             m.KeyARN,
	})
}

// builder holds what every step of New needs.
type builder struct {
	ctx    *pulumi.Context
	name   string
	args   *Args
	parent pulumi.ResourceOption
}

func (b *builder) build(m *Media) error {
	key, err := encryption.NewKey(b.ctx, b.name, &encryption.Args{
		Description: fmt.Sprintf("Objects of bucket %s", b.name),
		Protect:     b.args.Protect,
	}, b.parent)
	if err != nil {
		return err
	}
	bucket, err := b.createMediaBucket(key)
	if err != nil {
		return err
	}
	if err := b.allowOrigins(bucket); err != nil {
		return err
	}
	if err := b.logAccess(bucket); err != nil {
		return err
	}
	m.BucketName = bucket.Bucket
	m.BucketARN = bucket.Arn
	m.RegionalDomainName = bucket.BucketRegionalDomainName
	m.KeyARN = key.Arn
	return nil
}

func (b *builder) createMediaBucket(key *kms.Key) (*s3.Bucket, error) {
	made, err := privatebucket.New(b.ctx, b.name, &privatebucket.Args{
		Policy: func(bucket *s3.Bucket) pulumi.StringOutput {
			return pulumi.All(bucket.Arn, key.Arn).ApplyT(func(arns []any) string {
				return mediaPolicy(arns[0].(string), arns[1].(string))
			}).(pulumi.StringOutput)
		},
		KeyARN:       key.Arn,
		Lifecycle:    mediaLifecycle(b.args),
		ForceDestroy: b.args.ForceDestroy,
		Protect:      b.args.Protect,
	}, b.parent)
	if err != nil {
		return nil, err
	}
	return made.Bucket, nil
}

// allowOrigins lets pages of the product's origins, and no others, use presigned URLs.
func (b *builder) allowOrigins(bucket *s3.Bucket) error {
	_, err := s3.NewBucketCorsConfiguration(b.ctx, b.name, &s3.BucketCorsConfigurationArgs{
		Bucket: bucket.Bucket,
		CorsRules: s3.BucketCorsConfigurationCorsRuleArray{&s3.BucketCorsConfigurationCorsRuleArgs{
			Id:             pulumi.String("product"),
			AllowedOrigins: pulumi.ToStringArray(b.args.Origins),
			AllowedMethods: pulumi.ToStringArray([]string{"GET", "HEAD", "PUT"}),
			// What an upload says of itself, its checksum, and which part of a video a player wants.
			AllowedHeaders: pulumi.ToStringArray([]string{"content-type", "content-md5", "content-disposition", "range", "x-amz-*"}),
			// To complete an upload in parts one has to name the ETag of each.
			ExposeHeaders: pulumi.ToStringArray([]string{"ETag"}),
			MaxAgeSeconds: pulumi.Int(preflightSeconds),
		}},
	}, b.parent)
	if err != nil {
		return fmt.Errorf("allowing the origins of %q: %w", b.name, err)
	}
	return nil
}

// logAccess keeps a record of the requests to a bucket in a bucket of its own.
func (b *builder) logAccess(bucket *s3.Bucket) error {
	name := b.name + "-access-logs"
	logs, err := privatebucket.New(b.ctx, name, &privatebucket.Args{
		Policy: func(logs *s3.Bucket) pulumi.StringOutput {
			return pulumi.All(logs.Arn, bucket.Arn).ApplyT(func(arns []any) string {
				return accessLogPolicy(arns[0].(string), arns[1].(string), b.args.AccountID)
			}).(pulumi.StringOutput)
		},
		// No key: S3 delivers access logs to buckets with keys of its own only
		// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html).
		Lifecycle:    privatebucket.LogLifecycle(accessLogPrefix, b.args.AccessLogRetentionDays),
		ForceDestroy: b.args.ForceDestroy,
		Protect:      b.args.Protect,
	}, b.parent)
	if err != nil {
		return err
	}
	_, err = s3.NewBucketLogging(b.ctx, b.name, &s3.BucketLoggingArgs{
		Bucket:       bucket.Bucket,
		TargetBucket: logs.Bucket.Bucket,
		TargetPrefix: pulumi.String(accessLogPrefix),
		// By day, so that a question about a day reads the logs of that day only.
		TargetObjectKeyFormat: &s3.BucketLoggingTargetObjectKeyFormatArgs{
			PartitionedPrefix: &s3.BucketLoggingTargetObjectKeyFormatPartitionedPrefixArgs{
				PartitionDateSource: pulumi.String("EventTime"),
			},
		},
	}, b.parent, pulumi.DependsOn([]pulumi.Resource{logs.Policy}))
	if err != nil {
		return fmt.Errorf("logging access to %q: %w", b.name, err)
	}
	return nil
}
