package postgres_test

import (
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/components/postgres"
	"coffee-platform/internal/testkit"
)

const (
	instanceType = "aws:rds/instance:Instance"
	ruleType     = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
)

func validArgs() *postgres.Args {
	return &postgres.Args{
		Version:             "16",
		InstanceClass:       "db.t4g.medium",
		DatabaseName:        "coffee",
		StorageGiB:          50,
		MaxStorageGiB:       200,
		MultiAZ:             true,
		BackupRetentionDays: 14,
		DeletionProtection:  true,
	}
}

// program gives the database a network to be in, as its user does.
func program(args *postgres.Args) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		vpc, err := ec2.NewVpc(ctx, "vpc", &ec2.VpcArgs{CidrBlock: pulumi.String("10.0.0.0/16")})
		if err != nil {
			return err
		}
		subnets := pulumi.StringArray{}
		for zone, block := range map[string]string{"us-east-1a": "10.0.0.0/24", "us-east-1b": "10.0.1.0/24"} {
			subnet, err := ec2.NewSubnet(ctx, zone, &ec2.SubnetArgs{
				VpcId: vpc.ID(), CidrBlock: pulumi.String(block), AvailabilityZone: pulumi.String(zone),
			})
			if err != nil {
				return err
			}
			subnets = append(subnets, subnet.ID())
		}
		client, err := ec2.NewSecurityGroup(ctx, "client", &ec2.SecurityGroupArgs{VpcId: vpc.ID()})
		if err != nil {
			return err
		}
		args.VPCID = vpc.ID()
		args.SubnetIDs = subnets
		args.Clients = map[string]pulumi.StringInput{"pods": client.ID()}
		_, err = postgres.New(ctx, "postgres", args)
		return err
	}
}

func TestEveryResourceBelongsToTheComponent(t *testing.T) {
	for _, mode := range testkit.Modes {
		t.Run(string(mode), func(t *testing.T) {
			r := testkit.MustRun(t, mode, program(validArgs()))
			var own int
			for _, x := range r.All() {
				if r.Descends(x, "coffee:postgres:Postgres") {
					own++
				}
			}
			assert.Equal(t, 7, own, "%v", r.Names())
			assert.Len(t, r.All(), own+4, "the network's four are not the component's: %v", r.Names())
		})
	}
}

func TestInstanceIsPrivateAndEncrypted(t *testing.T) {
	for _, mode := range testkit.Modes {
		t.Run(string(mode), func(t *testing.T) {
			i := testkit.MustRun(t, mode, program(validArgs())).One(t, instanceType, "postgres")
			assert.Equal(t, false, i.Get(t, "publiclyAccessible"))
			assert.Equal(t, true, i.Get(t, "storageEncrypted"))
			assert.Equal(t, true, i.Get(t, "manageMasterUserPassword"), "no password passes through Pulumi")
			assert.NotContains(t, i.Inputs, "password")
		})
	}
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	i := r.One(t, instanceType, "postgres")
	assert.Contains(t, i.Get(t, "kmsKeyId"), ":key/")
	assert.Equal(t, i.Get(t, "kmsKeyId"), i.Get(t, "masterUserSecretKmsKeyId"))
}

func TestTLSIsForced(t *testing.T) {
	group := testkit.MustRun(t, testkit.Update, program(validArgs())).One(t, "aws:rds/parameterGroup:ParameterGroup", "postgres")
	assert.Equal(t, "postgres16", group.Get(t, "family"))
	assert.Contains(t, group.Get(t, "parameters"), map[string]any{"name": "rds.force_ssl", "value": "1"})
}

// Nobody but the named clients, on one port; and nothing out.
func TestOnlyClientsReachTheDatabase(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	require.Len(t, r.OfType(ruleType), 1)
	rule := r.One(t, ruleType, "postgres-from-pods")
	assert.EqualValues(t, postgres.Port, rule.Get(t, "fromPort"))
	assert.EqualValues(t, postgres.Port, rule.Get(t, "toPort"))
	assert.Equal(t, "tcp", rule.Get(t, "ipProtocol"))
	assert.Contains(t, rule.Get(t, "referencedSecurityGroupId"), "sg-")
	assert.NotContains(t, rule.Inputs, "cidrIpv4")
	group := r.One(t, "aws:ec2/securityGroup:SecurityGroup", "postgres")
	assert.NotContains(t, group.Inputs, "ingress")
	assert.NotContains(t, group.Inputs, "egress")
}

func TestSizesReachTheInstance(t *testing.T) {
	i := testkit.MustRun(t, testkit.Update, program(validArgs())).One(t, instanceType, "postgres")
	for input, want := range map[string]any{
		"instanceClass": "db.t4g.medium", "engineVersion": "16", "dbName": "coffee", "multiAz": true,
		"allocatedStorage": 50., "maxAllocatedStorage": 200., "backupRetentionPeriod": 14.,
	} {
		assert.Equal(t, want, i.Get(t, input), input)
	}
}

func TestDeletionProtection(t *testing.T) {
	for _, protected := range []bool{true, false} {
		args := validArgs()
		args.DeletionProtection = protected
		r := testkit.MustRun(t, testkit.Update, program(args))
		i := r.One(t, instanceType, "postgres")
		assert.Equal(t, protected, i.Protect, "Pulumi")
		assert.Equal(t, protected, i.Get(t, "deletionProtection"), "AWS")
		assert.Equal(t, !protected, i.Get(t, "skipFinalSnapshot"))
		assert.Equal(t, protected, r.One(t, "aws:kms/key:Key", "postgres").Protect, "without its key the last snapshot is nothing")
	}
}

func TestRefusedArguments(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*postgres.Args)
		want   string
	}{
		{"version", func(a *postgres.Args) { a.Version = "12" }, `version: "12" is not a supported major version`},
		{"minor version", func(a *postgres.Args) { a.Version = "16.3" }, "version: "},
		{"class", func(a *postgres.Args) { a.InstanceClass = "t4g.medium" }, `instanceClass: "t4g.medium" is not an RDS instance class: write one like db.t4g.medium`},
		{"database name", func(a *postgres.Args) { a.DatabaseName = "Coffee" }, "databaseName: "},
		{"too little storage", func(a *postgres.Args) { a.StorageGiB = 19 }, "storageGiB: 19 is outside 20 to 65536 GiB"},
		{"no room to grow", func(a *postgres.Args) { a.MaxStorageGiB = 54 }, "maxStorageGiB: 54 leaves 50 GiB no room to grow: use at least 55"},
		{"too many backups", func(a *postgres.Args) { a.BackupRetentionDays = 36 }, "backupRetentionDays: 36 is outside 0 to 35 days"},
		{"negative backups", func(a *postgres.Args) { a.BackupRetentionDays = -1 }, "backupRetentionDays: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := validArgs()
			c.change(args)
			_, err := testkit.Run(t, testkit.Update, func(ctx *pulumi.Context) error {
				_, err := postgres.New(ctx, "postgres", args)
				return err
			})
			assert.ErrorContains(t, err, c.want)
		})
	}
}

func TestRoomToGrowIsExact(t *testing.T) {
	args := validArgs()
	args.MaxStorageGiB = 55
	assert.Empty(t, args.Validate(), "ten percent above is enough")
}
