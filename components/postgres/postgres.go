package postgres

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/kms"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/rds"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/components/encryption"
)

const (
	// masterUser is the user RDS makes with the instance. "postgres" and "admin" are what an intruder
	// tries first.
	masterUser = "coffee_master"

	// createTimeout covers a Multi-AZ instance with its first backup, which takes 15 to 25 minutes;
	// deleting one takes its last snapshot first.
	createTimeout = "60m"
)

// Postgres is a database instance.
type Postgres struct {
	pulumi.ResourceState

	// Address is the host name clients connect to, on Port.
	Address pulumi.StringOutput `pulumi:"address"`
	// DatabaseName is the database made with the instance.
	DatabaseName pulumi.StringOutput `pulumi:"databaseName"`
	// MasterSecretARN is the Secrets Manager secret that holds the master user's credentials. They
	// rotate by themselves: read them when needed, keep them nowhere.
	MasterSecretARN pulumi.StringOutput `pulumi:"masterSecretArn"`
	// SecurityGroupID is the group the instance is in.
	SecurityGroupID pulumi.StringOutput `pulumi:"securityGroupId"`
}

// New creates a database instance. It fails before the first resource if args do not validate.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Postgres, error) {
	if err := args.Validate().Err(); err != nil {
		return nil, fmt.Errorf("postgres %q: %w", name, err)
	}
	p := &Postgres{}
	if err := ctx.RegisterComponentResource("coffee:postgres:Postgres", name, p, opts...); err != nil {
		return nil, fmt.Errorf("registering postgres %q: %w", name, err)
	}
	parent := pulumi.Parent(p)

	key, err := encryption.NewKey(ctx, name, fmt.Sprintf("Data, backups and master password of database %s", name),
		args.DeletionProtection, parent)
	if err != nil {
		return nil, err
	}
	group, err := createSecurityGroup(ctx, name, args, parent)
	if err != nil {
		return nil, err
	}
	instance, err := createInstance(ctx, name, args, key, group, parent)
	if err != nil {
		return nil, err
	}

	p.Address = instance.Address
	p.DatabaseName = instance.DbName
	p.MasterSecretARN = instance.MasterUserSecrets.Index(pulumi.Int(0)).SecretArn().Elem()
	p.SecurityGroupID = group.ID().ToStringOutput()
	return p, ctx.RegisterResourceOutputs(p, pulumi.Map{
		"address":         p.Address,
		"databaseName":    p.DatabaseName,
		"masterSecretArn": p.MasterSecretARN,
		"securityGroupId": p.SecurityGroupID,
	})
}

// createSecurityGroup makes the instance's group: in from each client on Port, out to nowhere.
func createSecurityGroup(ctx *pulumi.Context, name string, args *Args, parent pulumi.ResourceOption) (*ec2.SecurityGroup, error) {
	group, err := ec2.NewSecurityGroup(ctx, name, &ec2.SecurityGroupArgs{
		Description: pulumi.Sprintf("Database %s", name),
		VpcId:       args.VPCID,
		Tags:        pulumi.StringMap{"Name": pulumi.String(name)},
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("creating security group %q: %w", name, err)
	}
	for _, client := range slices.Sorted(maps.Keys(args.Clients)) {
		rule := name + "-from-" + client
		_, err := vpc.NewSecurityGroupIngressRule(ctx, rule, &vpc.SecurityGroupIngressRuleArgs{
			SecurityGroupId:           group.ID(),
			ReferencedSecurityGroupId: args.Clients[client],
			IpProtocol:                pulumi.String("tcp"),
			FromPort:                  pulumi.Int(Port),
			ToPort:                    pulumi.Int(Port),
			Description:               pulumi.Sprintf("PostgreSQL from %s", client),
		}, parent)
		if err != nil {
			return nil, fmt.Errorf("creating ingress rule %q: %w", rule, err)
		}
	}
	return group, nil
}

func createInstance(ctx *pulumi.Context, name string, args *Args, key *kms.Key, group *ec2.SecurityGroup, parent pulumi.ResourceOption) (*rds.Instance, error) {
	subnets, err := rds.NewSubnetGroup(ctx, name, &rds.SubnetGroupArgs{
		Description: pulumi.Sprintf("Data subnets of database %s", name),
		SubnetIds:   args.SubnetIDs,
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("creating subnet group %q: %w", name, err)
	}
	parameters, err := rds.NewParameterGroup(ctx, name, &rds.ParameterGroupArgs{
		Description: pulumi.Sprintf("Settings of database %s", name),
		Family:      pulumi.String("postgres" + args.Version),
		Parameters: rds.ParameterGroupParameterArray{
			// The default from version 15 on, but a default can be changed by whoever makes the group.
			&rds.ParameterGroupParameterArgs{Name: pulumi.String("rds.force_ssl"), Value: pulumi.String("1")},
		},
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("creating parameter group %q: %w", name, err)
	}

	instanceArgs := &rds.InstanceArgs{
		Engine:                  pulumi.String("postgres"),
		EngineVersion:           pulumi.String(args.Version),
		AutoMinorVersionUpgrade: pulumi.Bool(true),
		InstanceClass:           pulumi.String(args.InstanceClass),
		DbName:                  pulumi.String(args.DatabaseName),
		Port:                    pulumi.Int(Port),

		StorageType:         pulumi.String("gp3"),
		AllocatedStorage:    pulumi.Int(args.StorageGiB),
		MaxAllocatedStorage: pulumi.Int(args.MaxStorageGiB),
		StorageEncrypted:    pulumi.Bool(true),
		KmsKeyId:            key.Arn,

		Username:                 pulumi.String(masterUser),
		ManageMasterUserPassword: pulumi.Bool(true),
		MasterUserSecretKmsKeyId: key.Arn,

		MultiAz:             pulumi.Bool(args.MultiAZ),
		PubliclyAccessible:  pulumi.Bool(false),
		DbSubnetGroupName:   subnets.Name,
		VpcSecurityGroupIds: pulumi.StringArray{group.ID()},
		ParameterGroupName:  parameters.Name,

		BackupRetentionPeriod:        pulumi.Int(args.BackupRetentionDays),
		CopyTagsToSnapshot:           pulumi.Bool(true),
		DeleteAutomatedBackups:       pulumi.Bool(!args.DeletionProtection),
		DeletionProtection:           pulumi.Bool(args.DeletionProtection),
		SkipFinalSnapshot:            pulumi.Bool(!args.DeletionProtection),
		EnabledCloudwatchLogsExports: pulumi.ToStringArray([]string{"postgresql", "upgrade"}),
	}
	if args.DeletionProtection {
		instanceArgs.FinalSnapshotIdentifier = pulumi.String(name + "-final")
	}
	instance, err := rds.NewInstance(ctx, name, instanceArgs, parent,
		pulumi.Protect(args.DeletionProtection),
		pulumi.Timeouts(&pulumi.CustomTimeouts{Create: createTimeout, Update: createTimeout, Delete: createTimeout}))
	if err != nil {
		return nil, fmt.Errorf("creating RDS instance %q: %w", name, err)
	}
	return instance, nil
}
