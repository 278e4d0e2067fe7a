package postgres

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/kms"
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
	// InstanceARN is the instance's.
	InstanceARN pulumi.StringOutput `pulumi:"instanceArn"`
	// DatabaseName is the database made with the instance.
	DatabaseName pulumi.StringOutput `pulumi:"databaseName"`
	// MasterSecretARN is the Secrets Manager secret that holds the master user's credentials. They
	// rotate by themselves: read them when needed, keep them nowhere.
	MasterSecretARN pulumi.StringOutput `pulumi:"masterSecretArn"`
	// SubnetGroupName is the subnet group the instance is in.
	SubnetGroupName pulumi.StringOutput `pulumi:"subnetGroupName"`
	// KeyARN is the key the master user's secret is encrypted with: who reads the one has to decrypt with the
	// other.
	KeyARN pulumi.StringOutput `pulumi:"keyArn"`
	// SecurityGroupID is the group the instance is in.
	SecurityGroupID pulumi.StringOutput `pulumi:"securityGroupId"`
	// Reachable are the resources after which clients can connect.
	Reachable []pulumi.Resource
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
	b := &builder{ctx: ctx, name: name, args: args, parent: pulumi.Parent(p)}
	if err := b.build(p); err != nil {
		return nil, err
	}
	return p, ctx.RegisterResourceOutputs(p, pulumi.Map{
		"address":         p.Address,
		"instanceArn":     p.InstanceARN,
		"databaseName":    p.DatabaseName,
		"masterSecretArn": p.MasterSecretARN,
		"subnetGroupName": p.SubnetGroupName,
		"keyArn":          p.KeyARN,
		"securityGroupId": p.SecurityGroupID,
	})
}

// builder holds what every step of New needs.
type builder struct {
	ctx    *pulumi.Context
	name   string
	args   *Args
	parent pulumi.ResourceOption
	// key encrypts the data, its backups, the master password and the logs.
	key *kms.Key
}

func (b *builder) build(p *Postgres) error {
	var err error
	b.key, err = encryption.NewKey(b.ctx, b.name, &encryption.Args{
		Description: fmt.Sprintf("Data, backups, master password and logs of database %s", b.args.Identifier),
		Protect:     b.args.Protect,
		Retain:      b.args.FinalSnapshot,
		LogsOf:      &encryption.LogsOf{Region: b.args.Region, AccountID: b.args.AccountID},
	}, b.parent)
	if err != nil {
		return err
	}
	group, rules, err := b.createSecurityGroup()
	if err != nil {
		return err
	}
	instance, err := b.createInstance(group)
	if err != nil {
		return err
	}

	p.Address = instance.Address
	p.InstanceARN = instance.Arn
	p.DatabaseName = instance.DbName
	p.MasterSecretARN = instance.MasterUserSecrets.Index(pulumi.Int(0)).SecretArn().Elem()
	p.SubnetGroupName = instance.DbSubnetGroupName
	p.KeyARN = b.key.Arn
	p.SecurityGroupID = group.ID().ToStringOutput()
	p.Reachable = append(rules, instance)
	return nil
}

// createSecurityGroup makes the instance's group: in from each client on Port, by one rule for each, out to
// nowhere.
func (b *builder) createSecurityGroup() (*ec2.SecurityGroup, []pulumi.Resource, error) {
	group, err := ec2.NewSecurityGroup(b.ctx, b.name, &ec2.SecurityGroupArgs{
		Description: pulumi.Sprintf("Database %s", b.name),
		VpcId:       b.args.VPCID,
		Tags:        pulumi.StringMap{"Name": pulumi.String(b.name)},
	}, b.parent)
	if err != nil {
		return nil, nil, fmt.Errorf("creating security group %q: %w", b.name, err)
	}
	var rules []pulumi.Resource
	for _, client := range slices.Sorted(maps.Keys(b.args.Clients)) {
		rule := b.name + "-from-" + client
		created, err := vpc.NewSecurityGroupIngressRule(b.ctx, rule, &vpc.SecurityGroupIngressRuleArgs{
			SecurityGroupId:           group.ID(),
			ReferencedSecurityGroupId: b.args.Clients[client],
			IpProtocol:                pulumi.String("tcp"),
			FromPort:                  pulumi.Int(Port),
			ToPort:                    pulumi.Int(Port),
			Description:               pulumi.Sprintf("PostgreSQL from %s", client),
		}, b.parent)
		if err != nil {
			return nil, nil, fmt.Errorf("creating ingress rule %q: %w", rule, err)
		}
		rules = append(rules, created)
	}
	return group, rules, nil
}
