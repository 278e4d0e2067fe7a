package redis

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/elasticache"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/kms"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/components/encryption"
)

const (
	// timeout covers a group of several nodes, each of which takes 5 to 10 minutes, and the last snapshot
	// before deletion.
	timeout = "60m"

	// ROTATE adds a token to the one there is, SET leaves only the last one given
	// (https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth.html). Neither matters to a new group.
	keepPreviousToken = "ROTATE"
	endPreviousToken  = "SET"
)

// Redis is a replication group.
type Redis struct {
	pulumi.ResourceState

	// Address is the host name of the primary, which clients connect to by TLS, on Port. It stays the
	// same when another node becomes the primary.
	Address pulumi.StringOutput `pulumi:"address"`
	// AuthTokenSecretARN is the Secrets Manager secret that holds the AUTH token, in JSON, as "password".
	AuthTokenSecretARN pulumi.StringOutput `pulumi:"authTokenSecretArn"`
	// AuthTokenVersion changes with the token, and not before the group accepts the new one.
	AuthTokenVersion pulumi.StringOutput `pulumi:"authTokenVersion"`
	// KeyARN is the key the secret is encrypted with: who reads the one has to decrypt with the other.
	KeyARN pulumi.StringOutput `pulumi:"keyArn"`
	// SecurityGroupID is the group the nodes are in.
	SecurityGroupID pulumi.StringOutput `pulumi:"securityGroupId"`
}

// New creates a replication group. It fails before the first resource if args do not validate.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Redis, error) {
	if err := args.Validate().Err(); err != nil {
		return nil, fmt.Errorf("redis %q: %w", name, err)
	}
	r := &Redis{}
	if err := ctx.RegisterComponentResource("coffee:redis:Redis", name, r, opts...); err != nil {
		return nil, fmt.Errorf("registering redis %q: %w", name, err)
	}
	b := &builder{ctx: ctx, name: name, args: args, parent: pulumi.Parent(r)}
	if err := b.build(r); err != nil {
		return nil, err
	}
	return r, ctx.RegisterResourceOutputs(r, pulumi.Map{
		"address":            r.Address,
		"authTokenSecretArn": r.AuthTokenSecretARN,
		"authTokenVersion":   r.AuthTokenVersion,
		"keyArn":             r.KeyARN,
		"securityGroupId":    r.SecurityGroupID,
	})
}

// builder holds what every step of New needs.
type builder struct {
	ctx    *pulumi.Context
	name   string
	args   *Args
	parent pulumi.ResourceOption
}

func (b *builder) build(r *Redis) error {
	key, err := encryption.NewKey(b.ctx, b.name, &encryption.Args{
		Description: fmt.Sprintf("Data, snapshots, AUTH token and logs of %s", b.name),
		Protect:     b.args.Protect,
		Retain:      b.args.FinalSnapshot,
		LogsOf:      &encryption.LogsOf{Region: b.args.Region, AccountID: b.args.AccountID},
	}, b.parent)
	if err != nil {
		return err
	}
	security, err := b.createSecurityGroup()
	if err != nil {
		return err
	}
	token, err := b.generateToken()
	if err != nil {
		return err
	}
	group, err := b.createGroup(key, security, token)
	if err != nil {
		return err
	}
	version, err := b.storeToken(key, token, group)
	if err != nil {
		return err
	}

	r.Address = group.PrimaryEndpointAddress
	r.AuthTokenSecretARN = version.SecretArn
	r.AuthTokenVersion = version.VersionId
	r.KeyARN = key.Arn
	r.SecurityGroupID = security.ID().ToStringOutput()
	return nil
}

// createSecurityGroup makes the nodes' group: in from each client on Port, out to nowhere.
func (b *builder) createSecurityGroup() (*ec2.SecurityGroup, error) {
	group, err := ec2.NewSecurityGroup(b.ctx, b.name, &ec2.SecurityGroupArgs{
		Description: pulumi.Sprintf("Redis %s", b.name),
		VpcId:       b.args.VPCID,
		Tags:        pulumi.StringMap{"Name": pulumi.String(b.name)},
	}, b.parent)
	if err != nil {
		return nil, fmt.Errorf("creating security group %q: %w", b.name, err)
	}
	for _, client := range slices.Sorted(maps.Keys(b.args.Clients)) {
		rule := b.name + "-from-" + client
		_, err := vpc.NewSecurityGroupIngressRule(b.ctx, rule, &vpc.SecurityGroupIngressRuleArgs{
			SecurityGroupId:           group.ID(),
			ReferencedSecurityGroupId: b.args.Clients[client],
			IpProtocol:                pulumi.String("tcp"),
			FromPort:                  pulumi.Int(Port),
			ToPort:                    pulumi.Int(Port),
			Description:               pulumi.Sprintf("Redis from %s", client),
		}, b.parent)
		if err != nil {
			return nil, fmt.Errorf("creating ingress rule %q: %w", rule, err)
		}
	}
	return group, nil
}

func (b *builder) createGroup(key *kms.Key, security *ec2.SecurityGroup, token pulumi.StringOutput) (*elasticache.ReplicationGroup, error) {
	subnets, err := elasticache.NewSubnetGroup(b.ctx, b.name, &elasticache.SubnetGroupArgs{
		Description: pulumi.Sprintf("Data subnets of %s", b.name),
		SubnetIds:   b.args.SubnetIDs,
	}, b.parent)
	if err != nil {
		return nil, fmt.Errorf("creating subnet group %q: %w", b.name, err)
	}
	parameters, err := elasticache.NewParameterGroup(b.ctx, b.name, &elasticache.ParameterGroupArgs{
		Description: pulumi.Sprintf("Settings of %s", b.name),
		Family:      pulumi.String(Families[b.args.Engine][b.args.Version]),
		Parameters: elasticache.ParameterGroupParameterArray{
			// A full broker refuses new messages, which their sender notices. The default, volatile-lru,
			// would drop some of those it has already taken.
			&elasticache.ParameterGroupParameterArgs{Name: pulumi.String("maxmemory-policy"), Value: pulumi.String("noeviction")},
		},
	}, b.parent)
	if err != nil {
		return nil, fmt.Errorf("creating parameter group %q: %w", b.name, err)
	}
	logs, err := b.createLogs(key)
	if err != nil {
		return nil, err
	}

	groupArgs := &elasticache.ReplicationGroupArgs{
		Description:             pulumi.Sprintf("Redis %s", b.name),
		Engine:                  pulumi.String(b.args.Engine),
		EngineVersion:           pulumi.String(b.args.Version),
		AutoMinorVersionUpgrade: pulumi.Bool(true),
		ParameterGroupName:      parameters.Name,
		Port:                    pulumi.Int(Port),

		ClusterMode:              pulumi.String("disabled"),
		NodeType:                 pulumi.String(b.args.NodeType),
		NumCacheClusters:         pulumi.Int(b.args.Nodes),
		AutomaticFailoverEnabled: pulumi.Bool(b.args.MultiAZ),
		MultiAzEnabled:           pulumi.Bool(b.args.MultiAZ),

		SubnetGroupName:  subnets.Name,
		SecurityGroupIds: pulumi.StringArray{security.ID()},

		AtRestEncryptionEnabled:  pulumi.Bool(true),
		KmsKeyId:                 key.Arn,
		TransitEncryptionEnabled: pulumi.Bool(true),
		TransitEncryptionMode:    pulumi.String("required"),
		AuthToken:                token,
		AuthTokenUpdateStrategy:  pulumi.String(b.tokenStrategy()),

		SnapshotRetentionLimit:    pulumi.Int(b.args.SnapshotRetentionDays),
		SnapshotWindow:            pulumi.String(b.args.SnapshotWindow),
		MaintenanceWindow:         pulumi.String(b.args.MaintenanceWindow),
		ApplyImmediately:          pulumi.Bool(b.args.ApplyImmediately),
		LogDeliveryConfigurations: logs,
		Tags:                      pulumi.StringMap{"Name": pulumi.String(b.name)},
	}
	if b.args.FinalSnapshot {
		groupArgs.FinalSnapshotIdentifier = encryption.SnapshotName(b.name, key)
	}
	group, err := elasticache.NewReplicationGroup(b.ctx, b.name, groupArgs, b.parent,
		pulumi.Protect(b.args.Protect),
		pulumi.Timeouts(&pulumi.CustomTimeouts{Create: timeout, Update: timeout, Delete: timeout}))
	if err != nil {
		return nil, fmt.Errorf("creating replication group %q: %w", b.name, err)
	}
	return group, nil
}

// createLogs makes a log group for each kind of log a node writes.
func (b *builder) createLogs(key *kms.Key) (elasticache.ReplicationGroupLogDeliveryConfigurationArray, error) {
	var deliveries elasticache.ReplicationGroupLogDeliveryConfigurationArray
	for _, kind := range []string{"slow-log", "engine-log"} {
		name := b.name + "-" + kind
		group, err := cloudwatch.NewLogGroup(b.ctx, name, &cloudwatch.LogGroupArgs{
			RetentionInDays: pulumi.Int(b.args.LogRetentionDays),
			KmsKeyId:        key.Arn,
			Tags:            pulumi.StringMap{"Name": pulumi.String(name)},
		}, b.parent)
		if err != nil {
			return nil, fmt.Errorf("creating log group %q: %w", name, err)
		}
		deliveries = append(deliveries, &elasticache.ReplicationGroupLogDeliveryConfigurationArgs{
			Destination:     group.Name,
			DestinationType: pulumi.String("cloudwatch-logs"),
			LogFormat:       pulumi.String("json"),
			LogType:         pulumi.String(kind),
		})
	}
	return deliveries, nil
}
