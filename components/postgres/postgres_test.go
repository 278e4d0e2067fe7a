package postgres_test

import (
	"testing"

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
		Identifier:          "coffee-test",
		Version:             "16",
		InstanceClass:       "db.t4g.medium",
		DatabaseName:        "coffee",
		StorageGiB:          50,
		MaxStorageGiB:       200,
		MultiAZ:             true,
		BackupRetentionDays: 14,
		LogRetentionDays:    30,
		EnhancedMonitoring:  true,
		DeletionProtection:  true,
		FinalSnapshot:       true,
		Protect:             true,
		Region:              testkit.Region,
		AccountID:           testkit.Account,
	}
}

// program gives the database a network to be in, as its user does.
func program(args *postgres.Args) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		network, err := testkit.NewNetwork(ctx)
		if err != nil {
			return err
		}
		args.VPCID = network.VPCID
		args.SubnetIDs = network.SubnetIDs
		args.Clients = map[string]pulumi.StringInput{"pods": network.ClientGroupID}
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
			assert.Equal(t, 11, own, "%v", r.Names())
			assert.Len(t, r.All(), own+testkit.NetworkResources, "the network's are not the component's: %v", r.Names())
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
		"instanceClass": "db.t4g.medium", "engineVersion": "16", "allowMajorVersionUpgrade": true, "dbName": "coffee", "multiAz": true,
		"identifier": "coffee-test", "iamDatabaseAuthenticationEnabled": true, "autoMinorVersionUpgrade": true,
		"allocatedStorage": 50., "maxAllocatedStorage": 200., "backupRetentionPeriod": 14.,
	} {
		assert.Equal(t, want, i.Get(t, input), input)
	}
}

func TestDeletionProtection(t *testing.T) {
	for _, protected := range []bool{true, false} {
		args := validArgs()
		args.DeletionProtection, args.FinalSnapshot = protected, true
		i := testkit.MustRun(t, testkit.Update, program(args)).One(t, instanceType, "postgres")
		assert.Equal(t, protected, i.Get(t, "deletionProtection"))
		assert.Equal(t, false, i.Get(t, "skipFinalSnapshot"), "lifting the protection is no wish to lose the data")
	}
}

func TestFinalSnapshot(t *testing.T) {
	for _, kept := range []bool{true, false} {
		args := validArgs()
		args.FinalSnapshot = kept
		r := testkit.MustRun(t, testkit.Update, program(args))
		i := r.One(t, instanceType, "postgres")
		assert.Equal(t, !kept, i.Get(t, "skipFinalSnapshot"))
		assert.Equal(t, kept, r.One(t, "aws:kms/key:Key", "postgres").RetainOnDelete, "nobody could read the snapshot")
		assert.Equal(t, !kept, i.Get(t, "deleteAutomatedBackups"))
		if kept {
			assert.Regexp(t, `^coffee-test-final-[0-9a-f]{8}$`, i.Get(t, "finalSnapshotIdentifier"))
		} else {
			assert.NotContains(t, i.Inputs, "finalSnapshotIdentifier")
		}
	}
}

func TestProtect(t *testing.T) {
	for _, protected := range []bool{true, false} {
		args := validArgs()
		args.Protect = protected
		r := testkit.MustRun(t, testkit.Update, program(args))
		assert.Equal(t, protected, r.One(t, instanceType, "postgres").Protect)
		assert.Equal(t, protected, r.One(t, "aws:kms/key:Key", "postgres").Protect, "without its key the last snapshot is nothing")
	}
}

// The log groups are there before RDS makes them itself, with the key and an end to their logs.
func TestLogsAreEncryptedAndEnd(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	i := r.One(t, instanceType, "postgres")
	assert.Equal(t, []any{"postgresql", "upgrade"}, i.Get(t, "enabledCloudwatchLogsExports"))
	for _, log := range []string{"postgresql", "upgrade"} {
		group := r.One(t, "aws:cloudwatch/logGroup:LogGroup", "postgres-"+log)
		assert.Equal(t, "/aws/rds/instance/coffee-test/"+log, group.Get(t, "name"))
		assert.EqualValues(t, 30, group.Get(t, "retentionInDays"))
		assert.Equal(t, i.Get(t, "kmsKeyId"), group.Get(t, "kmsKeyId"))
		assert.Contains(t, i.Dependencies, group.URN)
	}
	assert.Contains(t, r.One(t, "aws:kms/key:Key", "postgres").Get(t, "policy"), "logs.us-east-1.amazonaws.com")
}

func TestMonitoring(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	i := r.One(t, instanceType, "postgres")
	assert.EqualValues(t, 60, i.Get(t, "monitoringInterval"))
	assert.Contains(t, i.Get(t, "monitoringRoleArn"), ":role/postgres-monitoring")
	grant := r.One(t, "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "postgres-monitoring")
	assert.Contains(t, i.Dependencies, grant.URN, "the instance waits until RDS may write")
	assert.Equal(t, true, i.Get(t, "performanceInsightsEnabled"))
	assert.Equal(t, i.Get(t, "kmsKeyId"), i.Get(t, "performanceInsightsKmsKeyId"))

	args := validArgs()
	args.EnhancedMonitoring = false
	r = testkit.MustRun(t, testkit.Update, program(args))
	assert.NotContains(t, r.One(t, instanceType, "postgres").Inputs, "monitoringInterval")
	assert.Empty(t, r.OfType("aws:iam/role:Role"))
}

func TestChangesWaitForTheWindow(t *testing.T) {
	for _, immediately := range []bool{true, false} {
		args := validArgs()
		args.ApplyImmediately = immediately
		i := testkit.MustRun(t, testkit.Update, program(args)).One(t, instanceType, "postgres")
		assert.Equal(t, immediately, i.Get(t, "applyImmediately"))
	}
}

func TestRefusedArguments(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*postgres.Args)
		want   string
	}{
		{"identifier", func(a *postgres.Args) { a.Identifier = "coffee--test" }, `identifier: "coffee--test" is not the name of an instance`},
		{"no retention", func(a *postgres.Args) { a.LogRetentionDays = 0 }, "logRetentionDays: CloudWatch Logs cannot keep logs for 0 days"},
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
