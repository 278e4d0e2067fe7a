package aws_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/internal/iampolicy"
)

const (
	vaultType                = "aws:backup/vault:Vault"
	vaultLockType            = "aws:backup/vaultLockConfiguration:VaultLockConfiguration"
	backupPlanType           = "aws:backup/plan:Plan"
	backupSelectionType      = "aws:backup/selection:Selection"
	restoreTestType          = "aws:backup/restoreTestingPlan:RestoreTestingPlan"
	restoreTestSelectionType = "aws:backup/restoreTestingSelection:RestoreTestingSelection"

	databaseARN = "arn:aws:rds:us-east-1:111122223333:db:coffee"
)

func vault(t *testing.T, p provider) object { return p.make(t, vaultType, "vault", values{}) }

func vaultLock(t *testing.T, p provider) object {
	return p.make(t, vaultLockType, "lock", values{"backupVaultName": vault(t, p).id, "minRetentionDays": 7})
}

func planInputs(vault string) values {
	return values{"rules": []any{values{"ruleName": "daily", "targetVaultName": vault}}}
}

func backupPlan(t *testing.T, p provider, vault object) object {
	return p.make(t, backupPlanType, "plan", planInputs(vault.id))
}

func backupRole(t *testing.T, p provider) object {
	return p.make(t, roleType, "backup", values{"assumeRolePolicy": iampolicy.ServiceTrust("backup.amazonaws.com")})
}

func selectionInputs(plan, role object) values {
	return values{"planId": plan.id, "iamRoleArn": role.outputs["arn"], "resources": []any{databaseARN}}
}

func backupSelection(t *testing.T, p provider) object {
	return p.make(t, backupSelectionType, "selection", selectionInputs(backupPlan(t, p, vault(t, p)), backupRole(t, p)))
}

var restoreTestInputs = values{
	"name": "weekly", "scheduleExpression": "cron(0 10 ? * SUN *)",
	"recoveryPointSelection": values{
		"algorithm": "LATEST_WITHIN_WINDOW", "includeVaults": []any{"*"}, "recoveryPointTypes": []any{"SNAPSHOT"},
	},
}

func restoreTest(t *testing.T, p provider) object {
	return p.make(t, restoreTestType, "test", restoreTestInputs)
}

func restoreTestSelectionInputs(plan, role string) values {
	return values{
		"name": "database", "restoreTestingPlanName": plan, "iamRoleArn": role,
		"protectedResourceType": "RDS", "protectedResourceArns": []any{databaseARN},
	}
}

func restoreTestSelection(t *testing.T, p provider) object {
	return p.make(t, restoreTestSelectionType, "selection", restoreTestSelectionInputs(restoreTest(t, p).id, backupRole(t, p).text(t, "arn")))
}

// rule is a plan's inputs with something else in its rule.
func rule(others values) values {
	inputs := planInputs("vault")
	return values{"rules": []any{with(inputs["rules"].([]any)[0].(values), others)}}
}

func TestVaultsRefused(t *testing.T) {
	checkRefuses(t, vaultType, []refusal{
		{"a name", values{"name": "coffee"}, values{"name": "coffee.backup"}, "name"},
		{"too long a name", values{"name": strings.Repeat("a", 50)}, values{"name": strings.Repeat("a", 51)}, "name"},
	})
	lock := values{"backupVaultName": "vault", "minRetentionDays": 7, "maxRetentionDays": 30}
	checkRefuses(t, vaultLockType, []refusal{
		{"no days", lock, values{"minRetentionDays": 0}, "minRetentionDays"},
		{"centuries", lock, values{"minRetentionDays": 36501, "maxRetentionDays": nil}, "minRetentionDays"},
		{"most before least", lock, values{"maxRetentionDays": 6}, "maxRetentionDays"},
		{"in force at once", lock, values{"changeableForDays": 2}, "changeableForDays"},
	})
}

func TestBackupPlansRefused(t *testing.T) {
	valid := rule(values{
		"schedule": "cron(0 23 * * ? *)", "startWindow": 60, "completionWindow": 120, "enableContinuousBackup": true,
		"lifecycle":   values{"deleteAfter": 35},
		"copyActions": []any{values{"destinationVaultArn": "arn", "lifecycle": values{"coldStorageAfter": 10, "deleteAfter": 100}}},
	})
	inValid := func(others values) values {
		return values{"rules": []any{with(valid["rules"].([]any)[0].(values), others)}}
	}
	checkRefuses(t, backupPlanType, []refusal{
		{"a name", valid, values{"name": "coffee backup"}, "name"},
		{"no rules", valid, values{"rules": []any{}}, "rules"},
		{"a rule's name", valid, inValid(values{"ruleName": "every day"}), "rules"},
		{"two rules of a name", valid, values{"rules": []any{valid["rules"].([]any)[0], valid["rules"].([]any)[0]}}, "rules"},
		{"a schedule of five fields", valid, inValid(values{"schedule": "cron(0 23 * * ?)"}), "rules"},
		{"a crontab", valid, inValid(values{"schedule": "0 23 * * *"}), "rules"},
		{"little time to begin", valid, inValid(values{"startWindow": 59, "completionWindow": nil}), "rules"},
		{"little time to complete", valid, inValid(values{"completionWindow": 119}), "rules"},
		{"deleted at once", rule(values{"lifecycle": values{"deleteAfter": 1}}), rule(values{"lifecycle": values{"deleteAfter": 0}}), "rules"},
		{"a continuous backup kept too long", valid, inValid(values{"lifecycle": values{"deleteAfter": 36}}), "rules"},
		{"a continuous backup kept for ever", valid, inValid(values{"lifecycle": nil}), "rules"},
		{"a copy deleted while it gets cold", valid, inValid(values{"copyActions": []any{values{
			"destinationVaultArn": "arn", "lifecycle": values{"coldStorageAfter": 10, "deleteAfter": 99},
		}}}), "rules"},
	})
}

func TestBackupSelectionsRefused(t *testing.T) {
	valid := values{"planId": "plan", "iamRoleArn": "arn", "resources": []any{databaseARN}}
	checkRefuses(t, backupSelectionType, []refusal{
		{"a name", valid, values{"name": "the database"}, "name"},
		{"of nothing", valid, values{"resources": nil}, "resources"},
		{"of an empty list", valid, values{"resources": []any{}}, "resources"},
		{"of a name", valid, values{"resources": []any{"coffee"}}, "resources"},
		{"but a name", valid, values{"notResources": []any{"coffee"}}, "notResources"},
	})
}

func TestRestoreTestsRefused(t *testing.T) {
	points := restoreTestInputs["recoveryPointSelection"].(values)
	checkRefuses(t, restoreTestType, []refusal{
		{"the name that the provider would make", restoreTestInputs, values{"name": nil}, "name"},
		{"a schedule", restoreTestInputs, values{"scheduleExpression": "weekly"}, "scheduleExpression"},
		{"hours to begin", restoreTestInputs, values{"startWindowHours": 169}, "startWindowHours"},
		{"an algorithm", restoreTestInputs, values{"recoveryPointSelection": with(points, values{"algorithm": "LATEST"})}, "recoveryPointSelection"},
		{"a kind", restoreTestInputs, values{"recoveryPointSelection": with(points, values{"recoveryPointTypes": []any{"snapshot"}})}, "recoveryPointSelection"},
		{"days", restoreTestInputs, values{"recoveryPointSelection": with(points, values{"selectionWindowDays": 366})}, "recoveryPointSelection"},
	})
	valid := with(restoreTestSelectionInputs("weekly", "arn"), values{"restoreMetadataOverrides": values{"vpcSecurityGroupIds": `["sg-1"]`}})
	checkRefuses(t, restoreTestSelectionType, []refusal{
		{"a name", valid, values{"name": "the-database"}, "name"},
		{"a type", valid, values{"protectedResourceType": "Postgres"}, "protectedResourceType"},
		{"hours to look at it", valid, values{"validationWindowHours": 0}, "validationWindowHours"},
		{"of a name", valid, values{"protectedResourceArns": []any{"coffee"}}, "protectedResourceArns"},
		{"of nothing", valid, values{"protectedResourceArns": nil}, "protectedResourceArns"},
		{"of both", valid, values{"protectedResourceConditions": values{"stringEquals": []any{values{"key": "aws:ResourceTag/a", "value": "b"}}}}, "protectedResourceArns"},
		{"a list that is no JSON", valid, values{"restoreMetadataOverrides": values{"vpcSecurityGroupIds": "sg-1"}}, "restoreMetadataOverrides"},
	})
}

// What a plan, a copy, a lock and a vault name must be there.
func TestBackupsOfNothing(t *testing.T) {
	p := newProvider(t)
	_, err := p.try(t, backupPlanType, "plan", planInputs("nowhere"))
	assert.ErrorContains(t, err, "NotFound: rules.targetVaultName")
	_, err = p.try(t, backupPlanType, "plan", rule(values{
		"targetVaultName": vault(t, p).id, "copyActions": []any{values{"destinationVaultArn": "arn:aws:backup:us-west-2:111122223333:backup-vault:nowhere"}},
	}))
	assert.ErrorContains(t, err, "NotFound: rules.copyActions.destinationVaultArn")
	_, err = p.try(t, vaultLockType, "lock", values{"backupVaultName": "nowhere", "minRetentionDays": 7})
	assert.ErrorContains(t, err, "NotFound: backupVaultName")
	_, err = p.try(t, vaultType, "other", values{"kmsKeyArn": "arn:aws:kms:us-east-1:111122223333:key/none"})
	assert.ErrorContains(t, err, "NotFound: kmsKeyArn")
}

// A vault has a key of its region, and takes what is backed up there; copies may go anywhere.
func TestBackupsKeepToTheirRegion(t *testing.T) {
	p := newProvider(t)
	p.over(1).configure(t, values{"region": region, "allowedAccountIds": []any{account}})
	elsewhere := p.over(2)
	elsewhere.configure(t, values{"region": "us-west-2", "allowedAccountIds": []any{account}})

	key := p.over(1).make(t, keyType, "key", values{})
	_, err := elsewhere.try(t, vaultType, "copies", values{"kmsKeyArn": key.outputs["arn"]})
	assert.ErrorContains(t, err, "is a key of another region than us-west-2")

	here, there := vault(t, p.over(1)), elsewhere.make(t, vaultType, "copies", values{})
	assert.Equal(t, "us-west-2", there.outputs["region"])
	_, err = p.over(1).try(t, backupPlanType, "plan", planInputs(there.id))
	assert.ErrorContains(t, err, "in us-east-1: it is in us-west-2")
	_, err = p.over(1).try(t, backupPlanType, "plan", rule(values{
		"targetVaultName": here.id, "copyActions": []any{values{"destinationVaultArn": there.outputs["arn"]}},
	}))
	assert.NoError(t, err)
}

func TestBackupsAreTakenByARoleOfAWSBackup(t *testing.T) {
	p := newProvider(t)
	inputs := selectionInputs(backupPlan(t, p, vault(t, p)), role(t, p, "cluster"))
	_, err := p.try(t, backupSelectionType, "selection", inputs)
	assert.ErrorContains(t, err, "cannot be assumed by AWS Backup")
	_, err = p.try(t, restoreTestSelectionType, "selection", restoreTestSelectionInputs(restoreTest(t, p).id, inputs["iamRoleArn"].(string)))
	assert.ErrorContains(t, err, "cannot be assumed by AWS Backup")
}

func TestPlansOutliveTheirSelections(t *testing.T) {
	p := newProvider(t)
	plan, test := backupPlan(t, p, vault(t, p)), restoreTest(t, p)
	role := backupRole(t, p)
	selection := p.make(t, backupSelectionType, "selection", selectionInputs(plan, role))
	tested := p.make(t, restoreTestSelectionType, "selection", restoreTestSelectionInputs(test.id, role.text(t, "arn")))
	assert.ErrorContains(t, p.remove(plan), "selections must be deleted prior")
	assert.ErrorContains(t, p.remove(test), "InvalidRequestException")
	require.NoError(t, p.remove(selection))
	require.NoError(t, p.remove(tested))
	assert.NoError(t, p.remove(plan))
	assert.NoError(t, p.remove(test))
}

// A lock goes with its vault.
func TestVaultTakesItsLockAlong(t *testing.T) {
	p := newProvider(t)
	inputs := values{"backupVaultName": vault(t, p).id, "minRetentionDays": 7}
	lock := p.make(t, vaultLockType, "lock", inputs)
	assert.Contains(t, lock.outputs["backupVaultArn"], ":backup-vault:vault-")
	require.NoError(t, p.remove(object{typ: vaultType, id: lock.id, urn: urn(vaultType, "vault")}))
	read, err := p.Read(p.ctx, plugin.ReadRequest{URN: lock.urn, ID: resource.ID(lock.id)})
	require.NoError(t, err)
	assert.Empty(t, read.ID)
}

func TestBackupReplacements(t *testing.T) {
	p := newProvider(t)
	for _, c := range []struct {
		typ           string
		before, after values
		replaced      bool
	}{
		{vaultType, values{"kmsKeyArn": "a"}, values{"kmsKeyArn": "b"}, true},
		{vaultType, values{"forceDestroy": false}, values{"forceDestroy": true}, false},
		{vaultLockType, values{"minRetentionDays": 7}, values{"minRetentionDays": 8}, true},
		{backupPlanType, values{"name": "a"}, values{"name": "b"}, true},
		{backupPlanType, planInputs("a"), planInputs("b"), false},
		{backupSelectionType, values{"resources": []any{"a"}}, values{"resources": []any{"a", "b"}}, true},
		{restoreTestType, restoreTestInputs, with(restoreTestInputs, values{"scheduleExpression": "rate(1 day)"}), false},
		{restoreTestSelectionType, values{"protectedResourceArns": []any{"a"}}, values{"protectedResourceArns": []any{"b"}}, false},
	} {
		keys := p.diff(t, c.typ, "x", c.before, c.after).ReplaceKeys
		assert.Equal(t, c.replaced, len(keys) > 0, "%s %v", c.typ, keys)
	}
}
