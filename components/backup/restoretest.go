package backup

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/backup"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// testSchedule is Sunday at 10:00 UTC: after the night's work on the database, and before the week in
	// which somebody reads that it failed. A test begins within the next hours.
	testSchedule         = "cron(0 10 ? * SUN *)"
	testStartWindowHours = 8
	// testWindowDays is how old the recovery point that is tried may be.
	testWindowDays = 7
	// validationHours is how long what was restored stays, the shortest there is: that RDS could start it is
	// the test.
	validationHours = 1
)

// testRestores has AWS Backup restore the newest recovery point of each database, into the network it is in,
// without a way in from the internet, as one instance (https://docs.aws.amazon.com/aws-backup/latest/devguide/restore-testing.html).
// Buckets are not restored: a test would write, and pay for, every object there is; docs/runbooks/restore.md
// has how to try some.
func (b *builder) testRestores() error {
	if len(b.args.Databases) == 0 {
		return nil
	}
	plan, err := backup.NewRestoreTestingPlan(b.ctx, b.name, &backup.RestoreTestingPlanArgs{
		Name:               pulumi.String(testName(b.ctx.Stack(), b.name)),
		ScheduleExpression: pulumi.String(testSchedule),
		StartWindowHours:   pulumi.Int(testStartWindowHours),
		RecoveryPointSelection: &backup.RestoreTestingPlanRecoveryPointSelectionArgs{
			Algorithm:           pulumi.String("LATEST_WITHIN_WINDOW"),
			IncludeVaults:       pulumi.StringArray{b.vault.Arn},
			RecoveryPointTypes:  pulumi.ToStringArray([]string{"SNAPSHOT"}),
			SelectionWindowDays: pulumi.Int(testWindowDays),
		},
		Tags: pulumi.StringMap{"Name": pulumi.String(b.name)},
	}, b.parent)
	if err != nil {
		return fmt.Errorf("creating restore testing plan %q: %w", b.name, err)
	}
	for _, database := range slices.Sorted(maps.Keys(b.args.Databases)) {
		if err := b.testDatabase(plan, database); err != nil {
			return err
		}
	}
	return nil
}

// testDatabase adds a database to the plan: each is restored into a network of its own.
func (b *builder) testDatabase(plan *backup.RestoreTestingPlan, database string) error {
	name, of := b.name+"-"+database, b.args.Databases[database]
	_, err := backup.NewRestoreTestingSelection(b.ctx, name, &backup.RestoreTestingSelectionArgs{
		Name:                   pulumi.String(testName(database)),
		RestoreTestingPlanName: plan.Name,
		IamRoleArn:             b.restores.role.Arn,
		ProtectedResourceType:  pulumi.String("RDS"),
		ProtectedResourceArns:  pulumi.StringArray{of.ARN},
		ValidationWindowHours:  pulumi.Int(validationHours),
		RestoreMetadataOverrides: pulumi.StringMap{
			"dbSubnetGroupName":   of.SubnetGroupName,
			"vpcSecurityGroupIds": of.SecurityGroupID.ToStringOutput().ApplyT(jsonList).(pulumi.StringOutput),
		},
	}, b.parent, pulumi.DependsOn(b.restores.grants))
	if err != nil {
		return fmt.Errorf("selecting %q for restore tests: %w", name, err)
	}
	return nil
}

var notInNames = regexp.MustCompile(`[^0-9A-Za-z]+`)

// testName makes a name of its parts. AWS takes letters, digits and underscores here, where the provider would
// put hyphens into the names it makes.
func testName(parts ...string) string {
	var name string
	for i, part := range parts {
		if i > 0 {
			name += "_"
		}
		name += notInNames.ReplaceAllString(part, "_")
	}
	return name
}

// jsonList is a list of one element in the form AWS Backup takes lists in: as JSON.
func jsonList(element string) string {
	text, err := json.Marshal([]string{element})
	if err != nil {
		panic("backup: " + err.Error()) // strings always marshal
	}
	return string(text)
}
