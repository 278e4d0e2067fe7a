package backup

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/backup"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// schedule is once a day at 23:00 UTC; a job begins within the hour. AWS Backup refuses to begin with a
	// database inside or shortly before the hours in which RDS itself backs it up or maintains it, which are
	// 04:00 to 06:30 (components/postgres).
	schedule           = "cron(0 23 * * ? *)"
	startWindowMinutes = 60

	// completionWindowMinutes is a week: the first backup of a bucket reads all of it. The provider would have
	// AWS Backup give up after three hours.
	completionWindowMinutes = 7 * 24 * 60
)

// createPlans makes a plan for each kind of what is backed up.
//
// Databases get snapshots only. With a continuous backup AWS Backup takes the automated backups of an RDS
// instance over, their retention and their hour, and every deployment would set both back
// (https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/2167); and it would add nothing
// to what RDS does by itself, which is restore to any second.
//
// Buckets get a continuous backup. Each day's copy of it is a snapshot
// (https://docs.aws.amazon.com/aws-backup/latest/devguide/point-in-time-recovery-copying.html).
func (b *builder) createPlans() error {
	databases := map[string]pulumi.StringInput{}
	for name, database := range b.args.Databases {
		databases[name] = database.ARN
	}
	if err := b.createPlan("databases", databases, false); err != nil {
		return err
	}
	return b.createPlan("buckets", b.args.Buckets, true)
}

func (b *builder) createPlan(kind string, arns map[string]pulumi.StringInput, continuous bool) error {
	if len(arns) == 0 {
		return nil
	}
	name := b.name + "-" + kind
	rule := &backup.PlanRuleArgs{
		RuleName:               pulumi.String("daily"),
		TargetVaultName:        b.vault.Name,
		Schedule:               pulumi.String(schedule),
		StartWindow:            pulumi.Int(startWindowMinutes),
		CompletionWindow:       pulumi.Int(completionWindowMinutes),
		EnableContinuousBackup: pulumi.Bool(continuous),
		Lifecycle:              &backup.PlanRuleLifecycleArgs{DeleteAfter: pulumi.Int(b.args.RetentionDays)},
	}
	if b.copies != nil {
		rule.CopyActions = backup.PlanRuleCopyActionArray{&backup.PlanRuleCopyActionArgs{
			DestinationVaultArn: b.copies.Arn,
			Lifecycle:           &backup.PlanRuleCopyActionLifecycleArgs{DeleteAfter: pulumi.Int(b.args.CopyRetentionDays)},
		}}
	}
	plan, err := backup.NewPlan(b.ctx, name, &backup.PlanArgs{
		Rules: backup.PlanRuleArray{rule},
		Tags:  pulumi.StringMap{"Name": pulumi.String(name)},
	}, b.parent)
	if err != nil {
		return fmt.Errorf("creating plan %q: %w", name, err)
	}
	// By ARN, which counts also where the account has not opted in to backups of a service
	// (https://docs.aws.amazon.com/aws-backup/latest/devguide/API_UpdateRegionSettings.html).
	_, err = backup.NewSelection(b.ctx, name, &backup.SelectionArgs{
		PlanId:     plan.ID(),
		IamRoleArn: b.backups.role.Arn,
		Resources:  inOrder(arns),
	}, b.parent, pulumi.DependsOn(b.backups.grants))
	if err != nil {
		return fmt.Errorf("selecting the %s of %q: %w", kind, b.name, err)
	}
	return nil
}

// inOrder are inputs in the order of their names.
func inOrder(inputs map[string]pulumi.StringInput) pulumi.StringArray {
	var list pulumi.StringArray
	for _, name := range slices.Sorted(maps.Keys(inputs)) {
		list = append(list, inputs[name])
	}
	return list
}
