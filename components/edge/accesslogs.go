package edge

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/components/privatebucket"
	"coffee-platform/internal/iampolicy"
)

// accessLogPrefix is what the keys of access logs start with.
const accessLogPrefix = "alb"

// logDelivery is the service that writes the access logs of application load balancers, in every region
// (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html).
const logDelivery = "logdelivery.elasticloadbalancing.amazonaws.com"

// createAccessLogs makes the bucket for the record of requests. It has no key: S3's own are the only ones with
// which a load balancer delivers its logs (the page above).
func (b *builder) createAccessLogs() (*privatebucket.Bucket, error) {
	return privatebucket.New(b.ctx, b.name+"-access-logs", &privatebucket.Args{
		Policy: func(bucket *s3.Bucket) pulumi.StringOutput {
			return bucket.Arn.ApplyT(b.accessLogPolicy).(pulumi.StringOutput)
		},
		Lifecycle:    privatebucket.LogLifecycle(accessLogPrefix+"/", b.args.AccessLogRetentionDays),
		ForceDestroy: b.args.ForceDestroy,
		Protect:      b.args.Protect,
	}, b.parent)
}

// accessLogPolicy lets load balancers write their logs, and nobody else anything. Which ones says the path: they
// write under the id of their own account only (the page above).
func (b *builder) accessLogPolicy(bucket string) string {
	return iampolicy.Document(append(privatebucket.DenyOpenConnections(bucket), iampolicy.Statement{
		Sid:       "AllowAccessLogs",
		Effect:    iampolicy.Allow,
		Principal: map[string]any{"Service": logDelivery},
		Action:    []string{"s3:PutObject"},
		Resource:  []string{fmt.Sprintf("%s/%s/AWSLogs/%s/*", bucket, accessLogPrefix, b.args.AccountID)},
	})...)
}
