package backup_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/components/backup"
	"coffee-platform/internal/testkit"
)

const (
	vaultType         = "aws:backup/vault:Vault"
	lockType          = "aws:backup/vaultLockConfiguration:VaultLockConfiguration"
	planType          = "aws:backup/plan:Plan"
	selectionType     = "aws:backup/selection:Selection"
	testType          = "aws:backup/restoreTestingPlan:RestoreTestingPlan"
	testSelectionType = "aws:backup/restoreTestingSelection:RestoreTestingSelection"
	keyType           = "aws:kms/key:Key"
	roleType          = "aws:iam/role:Role"
	attachmentType    = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"

	databaseARN = "arn:aws:rds:us-east-1:111122223333:db:coffee"
	bucketARN   = "arn:aws:s3:::coffee-media"
)

func validArgs() *backup.Args {
	return &backup.Args{
		RetentionDays:     35,
		Region:            testkit.Region,
		CopyRegion:        "us-west-2",
		CopyRetentionDays: 90,
		LockDays:          7,
		RestoreTest:       true,
		Protect:           true,
		Databases: map[string]backup.Database{"postgres": {
			ARN:             pulumi.String(databaseARN),
			SubnetGroupName: pulumi.String("postgres-subnets"),
			SecurityGroupID: pulumi.String("sg-1"),
		}},
		Buckets: map[string]pulumi.StringInput{"media": pulumi.String(bucketARN)},
	}
}

func withoutCopies(args *backup.Args) *backup.Args {
	args.CopyRegion, args.CopyRetentionDays = "", 0
	return args
}

// program gives the backup a way into the other region, as its user does.
func program(args *backup.Args) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := create(ctx, args)
		return err
	}
}

func create(ctx *pulumi.Context, args *backup.Args) (*backup.Backup, error) {
	if args.CopyRegion != "" {
		provider, err := aws.NewProvider(ctx, "elsewhere", &aws.ProviderArgs{
			Region: pulumi.String(args.CopyRegion), AllowedAccountIds: pulumi.ToStringArray([]string{testkit.Account}),
		})
		if err != nil {
			return nil, err
		}
		args.CopyProvider = provider
	}
	return backup.New(ctx, "backup", args)
}

func TestEveryResourceBelongsToTheComponent(t *testing.T) {
	for _, mode := range testkit.Modes {
		t.Run(string(mode), func(t *testing.T) {
			r := testkit.MustRun(t, mode, program(validArgs()))
			var own int
			for _, x := range r.All() {
				if r.Descends(x, "coffee:backup:Backup") {
					own++
				}
			}
			assert.Equal(t, 19, own, "%v", r.Names())
			assert.Len(t, r.All(), own+1, "the provider is not the component's: %v", r.Names())
		})
	}
}

// What is in the other region is there by the other provider, and nothing else is.
func TestCopiesAreInTheOtherRegion(t *testing.T) {
	for _, mode := range testkit.Modes {
		t.Run(string(mode), func(t *testing.T) {
			r := testkit.MustRun(t, mode, program(validArgs()))
			var elsewhere []string
			for _, x := range r.All() {
				if strings.Contains(x.Provider, "::elsewhere::") {
					elsewhere = append(elsewhere, x.Type+" "+x.Name)
				}
			}
			assert.Equal(t, []string{vaultType + " backup-copies", lockType + " backup-copies", keyType + " backup-copies"}, elsewhere)
		})
	}
}

func TestNoCopiesWithoutARegion(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(withoutCopies(validArgs())))
	assert.Len(t, r.OfType(vaultType), 1)
	assert.Len(t, r.OfType(keyType), 1)
	for _, plan := range r.OfType(planType) {
		assert.NotContains(t, plan.Get(t, "rules", 0), "copyActions")
	}
}

// Each vault has a key of its own, in its region.
func TestVaultsAreEncrypted(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	keys := map[any]bool{}
	for _, name := range []string{"backup", "backup-copies"} {
		key := r.One(t, vaultType, name).Get(t, "kmsKeyArn")
		assert.Contains(t, key, ":key/")
		keys[key] = true
		assert.Equal(t, true, r.One(t, keyType, name).Get(t, "enableKeyRotation"))
	}
	assert.Len(t, keys, 2)
}

// Databases: one recovery point a day. Continuous backups would take RDS's own backups over.
func TestDatabasesAreSnapshot(t *testing.T) {
	for _, mode := range testkit.Modes {
		t.Run(string(mode), func(t *testing.T) {
			r := testkit.MustRun(t, mode, program(validArgs()))
			rule := r.One(t, planType, "backup-databases").Get(t, "rules", 0).(map[string]any)
			assert.Equal(t, false, rule["enableContinuousBackup"])
			assert.Equal(t, map[string]any{"deleteAfter": 35.}, rule["lifecycle"])
			assert.Equal(t, []any{databaseARN}, r.One(t, selectionType, "backup-databases").Get(t, "resources"))
		})
	}
}

// Buckets: back to any moment.
func TestBucketsAreBackedUpContinuously(t *testing.T) {
	for _, mode := range testkit.Modes {
		t.Run(string(mode), func(t *testing.T) {
			r := testkit.MustRun(t, mode, program(validArgs()))
			rule := r.One(t, planType, "backup-buckets").Get(t, "rules", 0).(map[string]any)
			assert.Equal(t, true, rule["enableContinuousBackup"])
			assert.Equal(t, map[string]any{"deleteAfter": 35.}, rule["lifecycle"])
			assert.Equal(t, []any{bucketARN}, r.One(t, selectionType, "backup-buckets").Get(t, "resources"))
		})
	}
}

func TestBackupsAreDailyAndCopied(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	plans := r.OfType(planType)
	require.Len(t, plans, 2)
	for _, plan := range plans {
		require.Len(t, plan.Get(t, "rules"), 1)
		rule := plan.Get(t, "rules", 0).(map[string]any)
		// At least an hour from 04:00 to 06:30, when RDS is busy with the database itself.
		assert.Equal(t, "cron(0 23 * * ? *)", rule["schedule"])
		assert.Equal(t, 60., rule["startWindow"])
		assert.Equal(t, 10080., rule["completionWindow"], "the provider's three hours are too few for the first backup of a bucket")
		assert.Contains(t, rule["targetVaultName"], "backup-")
		assert.NotContains(t, rule["targetVaultName"], "copies")
		copies := plan.Get(t, "rules", 0, "copyActions").([]any)
		require.Len(t, copies, 1)
		assert.Contains(t, plan.Get(t, "rules", 0, "copyActions", 0, "destinationVaultArn"), ":backup-vault:backup-copies-")
		assert.Equal(t, map[string]any{"deleteAfter": 90.}, plan.Get(t, "rules", 0, "copyActions", 0, "lifecycle"))
	}
}

// Only what is there is planned for.
func TestOneKindOnly(t *testing.T) {
	args := validArgs()
	args.Databases = nil
	r := testkit.MustRun(t, testkit.Update, program(args))
	require.Len(t, r.OfType(planType), 1)
	assert.Equal(t, "backup-buckets", r.OfType(planType)[0].Name)
	assert.Empty(t, r.OfType(testType), "buckets are not restored to test them")

	args = validArgs()
	args.Buckets = nil
	r = testkit.MustRun(t, testkit.Update, program(args))
	require.Len(t, r.OfType(selectionType), 1)
	assert.Equal(t, "backup-databases", r.OfType(selectionType)[0].Name)
}

// What takes backups cannot restore, and so overwrite, and the other way round; each can before it has to.
func TestRoles(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	policies := map[string][]string{}
	for _, a := range r.OfType(attachmentType) {
		role := a.Get(t, "role").(string)
		role = role[:strings.LastIndex(role, "-")]
		policies[role] = append(policies[role], strings.TrimPrefix(a.Get(t, "policyArn").(string), "arn:aws:iam::aws:policy/"))
	}
	assert.Equal(t, map[string][]string{
		"backup":         {"service-role/AWSBackupServiceRolePolicyForBackup", "AWSBackupServiceRolePolicyForS3Backup"},
		"backup-restore": {"service-role/AWSBackupServiceRolePolicyForRestores", "AWSBackupServiceRolePolicyForS3Restore"},
	}, policies)
	for _, role := range r.OfType(roleType) {
		assert.Contains(t, role.Get(t, "assumeRolePolicy"), `"Service":"backup.amazonaws.com"`)
	}
	for _, name := range []string{"backup-databases", "backup-buckets"} {
		selection := r.One(t, selectionType, name)
		assert.Regexp(t, `:role/backup-[0-9a-f]{7}$`, selection.Get(t, "iamRoleArn"))
		for _, policy := range []string{"backup-AWSBackupServiceRolePolicyForBackup", "backup-AWSBackupServiceRolePolicyForS3Backup"} {
			assert.Contains(t, selection.Dependencies, r.One(t, attachmentType, policy).URN)
		}
	}
	test := r.One(t, testSelectionType, "backup-postgres")
	assert.Regexp(t, `:role/backup-restore-[0-9a-f]{7}$`, test.Get(t, "iamRoleArn"))
	assert.Contains(t, test.Dependencies, r.One(t, attachmentType, "backup-restore-AWSBackupServiceRolePolicyForRestores").URN)
}

// Once a week, the newest recovery point, where the database is and nobody else gets to.
func TestRestoresAreTried(t *testing.T) {
	for _, mode := range testkit.Modes {
		t.Run(string(mode), func(t *testing.T) {
			r := testkit.MustRun(t, mode, program(validArgs()))
			plan := r.One(t, testType, "backup")
			assert.Equal(t, "test_backup", plan.Get(t, "name"))
			assert.Equal(t, "cron(0 10 ? * SUN *)", plan.Get(t, "scheduleExpression"))
			assert.Equal(t, "LATEST_WITHIN_WINDOW", plan.Get(t, "recoveryPointSelection", "algorithm"))
			assert.Equal(t, []any{"SNAPSHOT"}, plan.Get(t, "recoveryPointSelection", "recoveryPointTypes"))
			assert.Equal(t, 7., plan.Get(t, "recoveryPointSelection", "selectionWindowDays"))
			selection := r.One(t, testSelectionType, "backup-postgres")
			assert.Equal(t, "RDS", selection.Get(t, "protectedResourceType"))
			assert.Equal(t, []any{databaseARN}, selection.Get(t, "protectedResourceArns"))
			assert.Equal(t, map[string]any{
				"dbSubnetGroupName": "postgres-subnets", "vpcSecurityGroupIds": `["sg-1"]`,
			}, selection.Get(t, "restoreMetadataOverrides"))
			assert.Equal(t, 1., selection.Get(t, "validationWindowHours"))
		})
	}
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	vaults := r.One(t, testType, "backup").Get(t, "recoveryPointSelection", "includeVaults").([]any)
	require.Len(t, vaults, 1)
	assert.Contains(t, vaults[0], ":backup-vault:backup-")

	args := validArgs()
	args.RestoreTest = false
	r = testkit.MustRun(t, testkit.Update, program(args))
	assert.Empty(t, r.OfType(testType))
	assert.Empty(t, r.OfType(testSelectionType))
}

// Whoever has the right to can take the lock away: a lock nobody can take away is never made.
func TestLock(t *testing.T) {
	for _, mode := range testkit.Modes {
		t.Run(string(mode), func(t *testing.T) {
			locks := testkit.MustRun(t, mode, program(validArgs())).OfType(lockType)
			require.Len(t, locks, 2)
			for _, lock := range locks {
				assert.Equal(t, 7., lock.Get(t, "minRetentionDays"))
				assert.NotContains(t, lock.Inputs, "changeableForDays")
				assert.True(t, lock.DeleteBeforeReplace, "deleting the old lock last would take away the new one")
			}
		})
	}
	args := validArgs()
	args.LockDays = 0
	assert.Empty(t, testkit.MustRun(t, testkit.Update, program(args)).OfType(lockType))
}

func TestProtection(t *testing.T) {
	for _, protected := range []bool{true, false} {
		args := validArgs()
		args.Protect = protected
		r := testkit.MustRun(t, testkit.Update, program(args))
		for _, typ := range []string{vaultType, keyType} {
			require.Len(t, r.OfType(typ), 2)
			for _, x := range r.OfType(typ) {
				assert.Equal(t, protected, x.Protect, "%s: without its key a recovery point is nothing", x.URN)
			}
		}
	}
}

func TestForceDestroy(t *testing.T) {
	for _, force := range []bool{true, false} {
		args := validArgs()
		args.ForceDestroy, args.LockDays = force, 0
		for _, x := range testkit.MustRun(t, testkit.Update, program(args)).OfType(vaultType) {
			assert.Equal(t, force, x.Get(t, "forceDestroy"))
		}
	}
}

func TestOutputs(t *testing.T) {
	outputs := func(args *backup.Args) map[string]any {
		r := testkit.MustRun(t, testkit.Update, func(ctx *pulumi.Context) error {
			b, err := create(ctx, args)
			if err != nil {
				return err
			}
			_, err = cloudwatch.NewLogGroup(ctx, "user", &cloudwatch.LogGroupArgs{Tags: pulumi.StringMap{
				"vault": b.VaultName, "copies": b.CopyVaultName, "role": b.RestoreRoleARN,
			}})
			return err
		})
		return r.One(t, "aws:cloudwatch/logGroup:LogGroup", "user").Get(t, "tags").(map[string]any)
	}
	with := outputs(validArgs())
	assert.Regexp(t, `^backup-[0-9a-f]{7}$`, with["vault"])
	assert.Regexp(t, `^backup-copies-[0-9a-f]{7}$`, with["copies"])
	assert.Regexp(t, `^arn:aws:iam::111122223333:role/backup-restore-[0-9a-f]{7}$`, with["role"])
	assert.Empty(t, outputs(withoutCopies(validArgs()))["copies"])
}

func TestRefusedArguments(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*backup.Args)
		want   string
	}{
		{"kept for no day", func(a *backup.Args) { a.RetentionDays, a.LockDays = 0, 0 }, "retentionDays: 0 is outside 1 to 35 days"},
		{"kept too long", func(a *backup.Args) { a.RetentionDays = 36 }, "retentionDays: 36 is outside 1 to 35 days"},
		{"no such region", func(a *backup.Args) { a.CopyRegion = "oregon" }, `copyRegion: "oregon" is not an AWS region: write one like us-west-2`},
		{"the same region", func(a *backup.Args) { a.CopyRegion = testkit.Region }, "copyRegion: us-east-1 is where everything is already"},
		{"copies kept for no day", func(a *backup.Args) { a.CopyRetentionDays, a.LockDays = 0, 0 }, "copyRetentionDays: 0 is outside 1 to 3653 days"},
		{"copies kept too long", func(a *backup.Args) { a.CopyRetentionDays = 3654 }, "copyRetentionDays: 3654 is outside 1 to 3653 days"},
		{"copies nobody makes", func(a *backup.Args) { a.CopyRegion = "" }, "copyRetentionDays: 90 days of copies nobody makes"},
		{"less than no lock", func(a *backup.Args) { a.LockDays = -1 }, "lockDays: -1 is outside 0 to 35"},
		{"locked longer than kept", func(a *backup.Args) { a.LockDays = 36 }, "lockDays: 36 is outside 0 to 35"},
		{"locked longer than copies are kept", func(a *backup.Args) { a.CopyRetentionDays, a.LockDays = 5, 6 }, "lockDays: 6 is outside 0 to 5"},
		{"locked and emptied", func(a *backup.Args) { a.ForceDestroy = true }, "lockDays: 7 keeps forceDestroy from emptying"},
		{"nothing", func(a *backup.Args) { withoutCopies(a); a.Databases, a.Buckets = nil, nil }, "there is nothing to back up"},
		{"no way into the region", func(*backup.Args) {}, `there is region "us-west-2", and provider`},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := validArgs()
			c.change(args)
			err := testkit.Refused(t, func(ctx *pulumi.Context) error {
				_, err := backup.New(ctx, "backup", args)
				return err
			})
			assert.ErrorContains(t, err, c.want)
		})
	}
}

// Every problem at once.
func TestAllProblemsAreReported(t *testing.T) {
	args := validArgs()
	args.RetentionDays, args.CopyRegion, args.CopyRetentionDays, args.LockDays = 99, "oregon", -1, 50
	paths := map[string]bool{}
	for _, p := range args.Validate() {
		paths[p.Path] = true
	}
	assert.Equal(t, []string{"copyRegion", "copyRetentionDays", "lockDays", "retentionDays"}, slices.Sorted(maps.Keys(paths)))
}
