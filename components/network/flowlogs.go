package network

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/components/encryption"
	"coffee-platform/internal/iampolicy"
)

// flowLogAggregationSeconds is the longer of the two intervals AWS offers (60 and 600): a tenth of the
// records, and who spoke to whom within ten minutes answers the questions one asks of a flow log.
const flowLogAggregationSeconds = 600

// recordFlows keeps a record of the traffic in the VPC, accepted and rejected.
func (b *builder) recordFlows() error {
	name := b.name + "-flow-logs"
	key, err := encryption.NewKey(b.ctx, name, &encryption.Args{
		Description: fmt.Sprintf("Flow logs of %s", b.name),
		Protect:     b.args.Protect,
		LogsOf:      &encryption.LogsOf{Region: b.args.Region, AccountID: b.args.AccountID},
	}, b.parent)
	if err != nil {
		return err
	}
	group, err := cloudwatch.NewLogGroup(b.ctx, name, &cloudwatch.LogGroupArgs{
		RetentionInDays: pulumi.Int(b.args.FlowLogRetentionDays),
		KmsKeyId:        key.Arn,
		Tags:            b.nameTag(name),
	}, b.parent)
	if err != nil {
		return fmt.Errorf("creating log group %q: %w", name, err)
	}
	role, err := iam.NewRole(b.ctx, name, &iam.RoleArgs{
		Description:      pulumi.String("Lets VPC flow logs write to their log group"),
		AssumeRolePolicy: pulumi.String(iampolicy.ServiceTrust("vpc-flow-logs.amazonaws.com")),
	}, b.parent)
	if err != nil {
		return fmt.Errorf("creating role %q: %w", name, err)
	}
	// The log group exists already, so the role need not create one as AWS's own example lets it
	// (https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html).
	permissions, err := iam.NewRolePolicy(b.ctx, name, &iam.RolePolicyArgs{
		Role: role.ID(),
		Policy: group.Arn.ApplyT(func(arn string) string {
			return iampolicy.Document(iampolicy.Statement{
				Effect:   iampolicy.Allow,
				Action:   []string{"logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"},
				Resource: []string{arn, arn + ":*"},
			})
		}).(pulumi.StringOutput),
	}, b.parent)
	if err != nil {
		return fmt.Errorf("granting role %q: %w", name, err)
	}
	_, err = ec2.NewFlowLog(b.ctx, b.name, &ec2.FlowLogArgs{
		VpcId:                  b.vpc.ID(),
		TrafficType:            pulumi.String("ALL"),
		LogDestinationType:     pulumi.String("cloud-watch-logs"),
		LogDestination:         group.Arn,
		IamRoleArn:             role.Arn,
		MaxAggregationInterval: pulumi.Int(flowLogAggregationSeconds),
		Tags:                   b.nameTag(b.name),
	}, b.parent, pulumi.DependsOn([]pulumi.Resource{permissions}))
	if err != nil {
		return fmt.Errorf("creating flow log %q: %w", b.name, err)
	}
	return nil
}
