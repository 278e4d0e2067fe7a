package rules

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"coffee-platform/policy/rule"
)

const (
	kmsKey         = "aws:kms/key:Key"
	kmsReplicaKey  = "aws:kms/replicaKey:ReplicaKey"
	kmsExternalKey = "aws:kms/externalKey:ExternalKey"
	ecrRepository  = "aws:ecr/repository:Repository"
	ecrTemplate    = "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate"
	smSecret       = "aws:secretsmanager/secret:Secret"
	logGroup       = "aws:cloudwatch/logGroup:LogGroup"
)

var insightsKey = rule.Rule{
	ID:        "d3",
	Name:      "insights-key",
	Title:     "What Performance Insights collects is encrypted with a customer key",
	Why:       "it keeps the text of queries, and with it data",
	Fix:       "set performanceInsightsKmsKeyId",
	Severity:  apitype.PolicySeverityLow,
	Level:     apitype.Mandatory,
	Controls:  []rule.Control{rule.Checkov("CKV_AWS_354"), rule.Trivy("AWS-0078")},
	AppliesTo: rule.OfType(rdsInstance, rdsCluster, rdsClusterInstance),
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		var result rule.Result
		at := r.Inputs.Get("performanceInsightsEnabled")
		on, state := at.Bool()
		switch {
		case result.Unreadable(at, state, "a boolean"):
		case on:
			checkCustomerKey(r.Inputs.Get("performanceInsightsKmsKeyId"), rule.Value{}, &result)
		default:
			return rule.Skip("Performance Insights are off")
		}
		return result
	},
}

var encryptImages = rule.Rule{
	ID:        "d9",
	Name:      "encrypt-images",
	Title:     "Image repositories are encrypted with a customer key",
	Why:       "images hold code and sometimes more, and a key of yours makes reading them a permission that can be revoked",
	Fix:       "set encryptionConfigurations: [{encryptionType: KMS, kmsKey: …}]",
	Severity:  apitype.PolicySeverityLow,
	Level:     apitype.Mandatory,
	Controls:  []rule.Control{rule.Checkov("CKV_AWS_136"), rule.Trivy("AWS-0033"), rule.FSBP("ECR.5")},
	AppliesTo: rule.OfType(ecrRepository, ecrTemplate),
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		var result rule.Result
		config := r.Inputs.Get("encryptionConfigurations").Only()
		demandText(config.Get("encryptionType"), "which is AES256", &result, "KMS", "KMS_DSSE")
		checkCustomerKey(config.Get("kmsKey"), rule.Value{}, &result)
		return result
	},
}

var encryptSecrets = rule.Rule{
	ID:        "d10",
	Name:      "encrypt-secrets",
	Title:     "Secrets are encrypted with a customer key, their replicas and the database's own included",
	Why:       "with the account's default key whoever may read one secret may decrypt them all",
	Fix:       "set kmsKeyId of the secret and of each replica, and masterUserSecretKmsKeyId of a database that manages its password",
	Severity:  apitype.PolicySeverityMedium,
	Level:     apitype.Mandatory,
	Controls:  []rule.Control{rule.Checkov("CKV_AWS_149"), rule.Trivy("AWS-0098")},
	AppliesTo: rule.OfType(smSecret, rdsInstance, rdsCluster),
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		var result rule.Result
		if r.Type == smSecret {
			checkCustomerKey(r.Inputs.Get("kmsKeyId"), rule.Value{}, &result)
			for _, replica := range listed(r.Inputs.Get("replicas"), "a list of replicas", &result) {
				if !result.Unreadable(replica, replica.State(), "an object") {
					checkCustomerKey(replica.Get("kmsKeyId"), rule.Value{}, &result)
				}
			}
			return result
		}
		at := r.Inputs.Get("manageMasterUserPassword")
		managed, state := at.Bool()
		switch {
		case result.Unreadable(at, state, "a boolean"):
		case managed:
			checkCustomerKey(r.Inputs.Get("masterUserSecretKmsKeyId"), rule.Value{}, &result)
		default:
			return rule.Skip("the database keeps no secret")
		}
		return result
	},
}

var durableKeys = rule.Rule{
	ID:       "d11",
	Name:     "durable-keys",
	Title:    "Keys rotate, and wait 30 days before they are gone",
	Why:      "an old key protects more data every year, and a key deleted by mistake takes everything it encrypted along, for good once the wait is over",
	Fix:      "set enableKeyRotation: true, and deletionWindowInDays: 30 or nothing",
	Severity: apitype.PolicySeverityHigh,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.FSBP("KMS.3"), rule.FSBP("KMS.4"), rule.CISAWS("4.6"),
		rule.Checkov("CKV_AWS_7"), rule.Checkov("CKV_AWS_227"), rule.Trivy("AWS-0065"),
	},
	AppliesTo: rule.OfType(kmsKey, kmsReplicaKey, kmsExternalKey),
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		var result rule.Result
		// The longest wait AWS has, and its default
		// (https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html).
		demandAtLeast(r.Inputs.Get("deletionWindowInDays"), 30, "", &result)
		enabled := r.Inputs.Get("enabled")
		if r.Type == kmsKey {
			enabled = r.Inputs.Get("isEnabled")
		}
		demandTrue(enabled, "", &result)
		// A replica rotates with its primary, and imported material not by itself.
		if r.Type == kmsKey {
			checkRotation(r, &result)
		}
		return result
	},
}

// checkRotation demands rotation of the keys AWS rotates: symmetric ones for encryption,
// kept by KMS itself (https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html).
func checkRotation(r rule.Resource, result *rule.Result) {
	var undecided []rule.Value
	for _, of := range []struct{ name, only string }{
		{"customerMasterKeySpec", "SYMMETRIC_DEFAULT"}, {"keyUsage", "ENCRYPT_DECRYPT"}, {"customKeyStoreId", ""},
	} {
		at := r.Inputs.Get(of.name)
		text, state := at.Text()
		switch {
		case state == rule.Unknown:
			undecided = append(undecided, at)
		case state == rule.Known && text != of.only:
			return
		}
	}
	if len(undecided) > 0 {
		result.Undetermined(undecided[0], "decides whether the key rotates, and is known only after deployment")
		return
	}
	demandTrue(r.Inputs.Get("enableKeyRotation"), "which is false", result)
}

var endLogs = rule.Rule{
	ID:       "d12",
	Name:     "end-logs",
	Title:    "Log groups say how long they keep logs, and encrypt them with a customer key",
	Why:      "logs without an end cost more every month and keep for ever what somebody should not have logged",
	Fix:      "set retentionInDays, and kmsKeyId",
	Severity: apitype.PolicySeverityLow,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.Checkov("CKV_AWS_66"), rule.Checkov("CKV_AWS_158"), rule.Trivy("AWS-0017"),
	},
	Settings: []rule.Setting{{
		Name:        "requireLogGroupKey",
		Description: "Whether log groups need a customer key.",
		Default:     true,
	}},
	AppliesTo: rule.OfType(logGroup),
	Check: func(r rule.Resource, env rule.Env) rule.Result {
		var result rule.Result
		// 0 is for ever.
		demandAtLeast(r.Inputs.Get("retentionInDays"), 1, "which is for ever", &result)
		if env.Settings.Flag("requireLogGroupKey") {
			checkCustomerKey(r.Inputs.Get("kmsKeyId"), rule.Value{}, &result)
		}
		return result
	},
}
