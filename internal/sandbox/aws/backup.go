package aws

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/backup"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"coffee-platform/internal/sandbox/sdkschema"
)

const (
	tokenVault              = "aws:backup/vault:Vault"
	tokenBackupPlan         = "aws:backup/plan:Plan"
	tokenRestoreTestingPlan = "aws:backup/restoreTestingPlan:RestoreTestingPlan"

	backupService = "backup.amazonaws.com"
)

// Names, by page of https://docs.aws.amazon.com/aws-backup/latest/devguide/.
var (
	vaultName       = regexp.MustCompile(`^[a-zA-Z0-9_-]{2,50}$`)                                    // API_CreateBackupVault.html
	backupName      = regexp.MustCompile(`^[a-zA-Z0-9_.-]{1,50}$`)                                   // API_BackupPlanInput.html, API_BackupSelection.html
	restoreTestName = regexp.MustCompile(`^[a-zA-Z0-9_]{1,50}$`)                                     // API_RestoreTestingPlanForCreate.html
	backupSchedule  = regexp.MustCompile(`^(cron\(\S+( \S+){5}\)|rate\(\d+ (minute|hour|day)s?\))$`) // plan-options-and-configuration.html
)

// Bounds, by page as well.
const (
	maxRetentionDays    = 36500 // API_Lifecycle.html, API_PutBackupVaultLockConfiguration.html
	maxContinuousDays   = 35    // point-in-time-recovery-retention-period.html
	minColdStorageDays  = 90    // API_Lifecycle.html
	minStartMinutes     = 60    // API_BackupRuleInput.html
	minChangeableDays   = 3     // API_PutBackupVaultLockConfiguration.html
	maxRestoreTestHours = 168   // API_RestoreTestingPlanForCreate.html, API_RestoreTestingSelectionForCreate.html
	maxSelectionDays    = 365   // API_RestoreTestingRecoveryPointSelection.html
)

var backupTypes = map[string]entry{
	tokenVault: {
		schema:     sdkschema.Of(backup.VaultArgs{}, backup.Vault{}),
		autoName:   "name",
		replace:    []string{"name", "kmsKeyArn"},
		unique:     []string{"name"},
		references: []reference{{input: "kmsKeyArn", typ: tokenKey, property: "arn"}},
		check:      func(c *checker) { c.matches("name", vaultName, "a vault name: 2 to 50 letters, digits and _-") },
		compute: func(c *creation) {
			c.set("arn", c.arn("backup", "backup-vault:%s", c.id))
			// There are never any: nothing runs in the sandbox, backups neither.
			c.set("recoveryPoints", 0)
			c.setDefault("forceDestroy", false)
			c.setDefault("kmsKeyArn", c.arn("kms", "key/%s", c.token("aws/backup", 32)))
		},
		refusals: []refusal{{[]string{"kmsKeyArn"}, func(c *creation) error {
			if key := c.text("kmsKeyArn"); regionOf(key) != c.instance.region {
				return fmt.Errorf("InvalidParameterValueException: %s is a key of another region than %s", key, c.instance.region)
			}
			return nil
		}}},
	},
	"aws:backup/vaultLockConfiguration:VaultLockConfiguration": {
		schema:     sdkschema.Of(backup.VaultLockConfigurationArgs{}, backup.VaultLockConfiguration{}),
		replace:    []string{"backupVaultName", "changeableForDays", "maxRetentionDays", "minRetentionDays"},
		references: []reference{{input: "backupVaultName", typ: tokenVault, property: "name", part: true}},
		check: func(c *checker) {
			c.between("minRetentionDays", 1, maxRetentionDays)
			c.between("maxRetentionDays", 1, maxRetentionDays)
			c.between("changeableForDays", minChangeableDays, maxRetentionDays)
			least, _ := c.number("minRetentionDays")
			if most, ok := c.number("maxRetentionDays"); ok && most < least {
				c.fail("maxRetentionDays", "InvalidParameterValueException: %d is less than the %d days that is the least", most, least)
			}
		},
		id: idFromInput("backupVaultName"),
		compute: func(c *creation) {
			c.set("backupVaultArn", c.cloud.Find(tokenVault, "name", c.text("backupVaultName")).Outputs["arn"])
		},
	},
	tokenBackupPlan: {
		schema:   sdkschema.Of(backup.PlanArgs{}, backup.Plan{}),
		autoName: "name",
		replace:  []string{"name"},
		references: []reference{
			{input: "rules.targetVaultName", typ: tokenVault, property: "name"},
			{input: "rules.copyActions.destinationVaultArn", typ: tokenVault, property: "arn"},
		},
		check:   (*checker).checkBackupPlan,
		id:      (*creation).uuid,
		compute: func(c *creation) { c.set("arn", c.arn("backup", "backup-plan:%s", c.id)) },
		// API_UpdateBackupPlan.html
		derive: func(c *creation) { c.set("version", c.token("version", 48)) },
		refusals: []refusal{{[]string{"rules"}, func(c *creation) error {
			for _, name := range lookup(c.inputs, "rules.targetVaultName") {
				if vault := c.cloud.Find(tokenVault, "name", name); vault.Outputs["region"] != c.instance.region {
					return fmt.Errorf("InvalidParameterValueException: there is no vault %v in %s: it is in %v", name, c.instance.region, vault.Outputs["region"])
				}
			}
			return nil
		}}},
		inUse: "InvalidRequestException: related backup plan selections must be deleted prior to backup plan deletion",
	},
	"aws:backup/selection:Selection": {
		schema:   sdkschema.Of(backup.SelectionArgs{}, backup.Selection{}),
		autoName: "name",
		replace:  []string{"conditions", "iamRoleArn", "name", "notResources", "planId", "resources", "selectionTags"},
		references: []reference{
			{input: "planId", typ: tokenBackupPlan, property: "id", holds: true},
			{input: "iamRoleArn", typ: tokenRole, property: "arn"},
		},
		check: func(c *checker) {
			c.matches("name", backupName, "a selection name: 1 to 50 letters, digits and _.-")
			c.arns("resources")
			c.arns("notResources")
			// API_BackupSelection.html
			if c.isMissing("resources") && c.isMissing("notResources") && c.isMissing("selectionTags") {
				c.fail("resources", "InvalidParameterValueException: a selection is of resources, or of tags")
			}
		},
		id:       (*creation).uuid,
		refusals: []refusal{{[]string{"iamRoleArn"}, (*creation).uselessBackupRole}},
	},
	tokenRestoreTestingPlan: {
		schema:   sdkschema.Of(backup.RestoreTestingPlanArgs{}, backup.RestoreTestingPlan{}),
		autoName: "name",
		replace:  []string{"name"},
		unique:   []string{"name"},
		check: func(c *checker) {
			c.matches("name", restoreTestName, "a restore testing plan name: 1 to 50 letters, digits and underscores")
			c.matches("scheduleExpression", backupSchedule, "a schedule of AWS Backup")
			c.between("startWindowHours", 1, maxRestoreTestHours)
			c.eachOneOf("recoveryPointSelection", "algorithm", "LATEST_WITHIN_WINDOW", "RANDOM_WITHIN_WINDOW")
			c.eachOneOf("recoveryPointSelection", "recoveryPointTypes", "CONTINUOUS", "SNAPSHOT")
			for _, selection := range c.list("recoveryPointSelection") {
				if days, ok := selection["selectionWindowDays"].(float64); ok && (days < 1 || days > maxSelectionDays) {
					c.fail("recoveryPointSelection", "selectionWindowDays %v is outside 1 to %d", days, maxSelectionDays)
				}
			}
		},
		compute: func(c *creation) {
			c.set("arn", c.arn("backup", "restore-testing-plan:%s-%s", c.id, c.uuid()))
			c.setDefault("scheduleExpressionTimezone", "Etc/UTC")
			c.setDefault("startWindowHours", 24) // API_RestoreTestingPlanForCreate.html
		},
		inUse: "InvalidRequestException",
	},
	"aws:backup/restoreTestingSelection:RestoreTestingSelection": {
		schema:   sdkschema.Of(backup.RestoreTestingSelectionArgs{}, backup.RestoreTestingSelection{}),
		autoName: "name",
		// As the provider's code has it: the facts of v5.32 know nothing of the type.
		replace: []string{"name", "protectedResourceType", "restoreTestingPlanName"},
		references: []reference{
			{input: "restoreTestingPlanName", typ: tokenRestoreTestingPlan, property: "name", holds: true},
			{input: "iamRoleArn", typ: tokenRole, property: "arn"},
		},
		check: (*checker).checkRestoreTestingSelection,
		// What the provider imports one by.
		id:       func(c *creation) string { return c.text("name") + ":" + c.text("restoreTestingPlanName") },
		compute:  func(c *creation) { c.setDefault("validationWindowHours", 1) },
		refusals: []refusal{{[]string{"iamRoleArn"}, (*creation).uselessBackupRole}},
	},
}

// checkBackupPlan follows API_BackupRuleInput.html and the types it names.
func (c *checker) checkBackupPlan() {
	c.matches("name", backupName, "a plan name: 1 to 50 letters, digits and _.-")
	rules := c.list("rules")
	if _, known := c.value("rules"); known && len(rules) == 0 {
		c.fail("rules", "InvalidParameterValueException: a plan has at least one rule")
	}
	seen := map[any]bool{}
	for _, rule := range rules {
		name := rule["ruleName"]
		if text, _ := name.(string); !backupName.MatchString(text) || seen[name] {
			c.fail("rules", "InvalidParameterValueException: rule names are of 1 to 50 letters, digits and _.-, each once: %v", name)
		}
		seen[name] = true
		c.checkBackupRule(name, rule)
	}
}

func (c *checker) checkBackupRule(name any, rule map[string]any) {
	if schedule, ok := rule["schedule"].(string); ok && !backupSchedule.MatchString(schedule) {
		c.fail("rules", "InvalidParameterValueException: %q of rule %v is not a schedule of AWS Backup", schedule, name)
	}
	start, hasStart := rule["startWindow"].(float64)
	if hasStart && start < minStartMinutes {
		c.fail("rules", "InvalidParameterValueException: startWindow %v of rule %v is less than %d minutes", start, name, minStartMinutes)
	}
	if completion, ok := rule["completionWindow"].(float64); ok && hasStart && completion < start+minStartMinutes {
		c.fail("rules", "InvalidParameterValueException: completionWindow %v of rule %v is not %d minutes longer than its startWindow", completion, name, minStartMinutes)
	}
	c.checkRecoveryPointLifecycle(name, copyOf(rule["lifecycle"]))
	for _, action := range lookup(rule, "copyActions.lifecycle") {
		c.checkRecoveryPointLifecycle(name, copyOf(action))
	}
	days, expires := copyOf(rule["lifecycle"])["deleteAfter"].(float64)
	if rule["enableContinuousBackup"] == true && (!expires || days > maxContinuousDays) {
		c.fail("rules", "InvalidParameterValueException: continuous backups of rule %v are kept for 1 to %d days", name, maxContinuousDays)
	}
}

func (c *checker) checkRecoveryPointLifecycle(rule any, lifecycle map[string]any) {
	days, expires := lifecycle["deleteAfter"].(float64)
	if expires && (days < 1 || days > maxRetentionDays) {
		c.fail("rules", "InvalidParameterValueException: deleteAfter %v of rule %v is outside 1 to %d", days, rule, maxRetentionDays)
	}
	if cold, ok := lifecycle["coldStorageAfter"].(float64); ok && expires && days < cold+minColdStorageDays {
		c.fail("rules", "InvalidParameterValueException: deleteAfter %v of rule %v is not %d days after coldStorageAfter", days, rule, minColdStorageDays)
	}
}

// checkRestoreTestingSelection follows API_RestoreTestingSelectionForCreate.html.
func (c *checker) checkRestoreTestingSelection() {
	c.matches("name", restoreTestName, "a restore testing selection name: 1 to 50 letters, digits and underscores")
	c.oneOf("protectedResourceType", "Aurora", "DocumentDB", "DynamoDB", "EBS", "EC2", "EFS", "FSx", "Neptune", "RDS", "S3")
	c.between("validationWindowHours", 1, maxRestoreTestHours)
	c.arns("protectedResourceArns")
	if c.isMissing("protectedResourceArns") == c.isMissing("protectedResourceConditions") {
		c.fail("protectedResourceArns", "exactly one of protectedResourceArns and protectedResourceConditions is to be given")
	}
	// Lists among the overrides are texts of JSON
	// (https://docs.aws.amazon.com/aws-backup/latest/devguide/restore-testing-inferred-metadata.html).
	for _, override := range c.list("restoreMetadataOverrides") {
		for _, name := range []string{"availabilityZones", "enableCloudwatchLogsExports", "securityGroupIds", "subnetIds", "vpcSecurityGroupIds"} {
			text, given := override[name].(string)
			if given && json.Unmarshal([]byte(text), &[]string{}) != nil {
				c.fail("restoreMetadataOverrides", "InvalidParameterValueException: %s %q is not a JSON list", name, text)
			}
		}
	}
}

// arns holds the elements of a list to ARNs, or patterns of them.
func (c *checker) arns(input string) {
	value, ok := c.value(input)
	if !ok {
		return
	}
	for _, element := range lookup(value.Mappable(), "") {
		if text, _ := element.(string); text != "*" && !strings.HasPrefix(text, "arn:aws:") {
			c.fail(input, "InvalidParameterValueException: %q is not an ARN", text)
		}
	}
}

// isMissing tells whether an input is not there, or an empty list.
func (c *checker) isMissing(input string) bool {
	if _, given := c.inputs[resource.PropertyKey(input)]; !given {
		return true
	}
	value, known := c.value(input)
	return known && value.IsArray() && len(value.ArrayValue()) == 0
}

// uselessBackupRole holds the role of a selection to one that AWS Backup can assume.
func (c *creation) uselessBackupRole() error {
	arn := c.text("iamRoleArn")
	trust, _ := c.cloud.Find(tokenRole, "arn", arn).Outputs["assumeRolePolicy"].(string)
	if !strings.Contains(trust, `"`+backupService+`"`) {
		return fmt.Errorf("InvalidParameterValueException: IAM role %s cannot be assumed by AWS Backup", arn)
	}
	return nil
}

// regionOf is the region of an ARN.
func regionOf(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return ""
	}
	return parts[3]
}
