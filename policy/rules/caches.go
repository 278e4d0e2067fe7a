package rules

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"coffee-platform/policy/rule"
)

const cacheUser = "aws:elasticache/user:User"

var encryptCaches = rule.Rule{
	ID:       "d4",
	Name:     "encrypt-caches",
	Title:    "Caches are encrypted at rest with a customer key and in transit, and ask who connects",
	Why:      "a cache holds sessions and messages; without TLS they can be read on the way, and without a password by anyone in the VPC",
	Fix:      "set atRestEncryptionEnabled, kmsKeyId, transitEncryptionEnabled, transitEncryptionMode: required, and authToken or userGroupIds",
	Severity: apitype.PolicySeverityCritical,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.FSBP("ElastiCache.4"), rule.FSBP("ElastiCache.5"), rule.FSBP("ElastiCache.6"),
		rule.Checkov("CKV_AWS_29"), rule.Checkov("CKV_AWS_30"), rule.Checkov("CKV_AWS_31"), rule.Checkov("CKV_AWS_191"),
		rule.Trivy("AWS-0045"), rule.Trivy("AWS-0051"),
	},
	AppliesTo: rule.OfType(replicationGroup, cacheCluster, serverlessCache, cacheUser),
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		var result rule.Result
		switch r.Type {
		case replicationGroup:
			checkReplicationGroup(r, &result)
		case cacheCluster:
			return checkLoneCache(r)
		case serverlessCache:
			checkCustomerKey(r.Inputs.Get("kmsKeyId"), rule.Value{}, &result)
			demandOne(r.Inputs.Get("userGroupId"), rule.Value{}, &result)
		case cacheUser:
			demandFalse(r.Inputs.Get("noPasswordRequired"), &result)
			demandText(r.Inputs.Get("authenticationMode").Only().Get("type"), "", &result, "password", "iam")
		}
		return result
	},
}

func checkReplicationGroup(r rule.Resource, result *rule.Result) {
	if global := r.Inputs.Get("globalReplicationGroupId"); global.State() != rule.Missing {
		result.Undetermined(global, "decides the encryption")
		return
	}
	demandTrue(r.Inputs.Get("atRestEncryptionEnabled"), "which is false", result)
	demandTrue(r.Inputs.Get("transitEncryptionEnabled"), "which is false", result)
	// The other one, preferred, lets clients without TLS in; AWS's default is required.
	demandText(r.Inputs.Get("transitEncryptionMode"), "", result, "required")
	checkCustomerKey(r.Inputs.Get("kmsKeyId"), rule.Value{}, result)
	demandOne(r.Inputs.Get("authToken"), r.Inputs.Get("userGroupIds"), result)
}

// checkLoneCache judges a cluster that is in no replication group: Redis and Valkey can
// then have neither encryption at rest nor a password, and Memcached has none ever
// (https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/at-rest-encryption.html).
func checkLoneCache(r rule.Resource) rule.Result {
	var result rule.Result
	at := r.Inputs.Get("engine")
	engine, state := at.Text()
	switch group := r.Inputs.Get("replicationGroupId"); {
	case group.State() == rule.Known:
		return rule.Skip("is as its replication group says")
	case group.State() == rule.Unknown:
		result.Undetermined(group, "is known only after deployment")
	case result.Unreadable(at, state, "a string"):
	case engine == "memcached":
		demandTrue(r.Inputs.Get("transitEncryptionEnabled"), "which is false", &result)
	default:
		result.Fail(at, "is %s, outside a replication group, and so has neither encryption at rest nor a password", at.Show())
	}
	return result
}

// demandOne records that neither of two ways to ask who connects is taken.
func demandOne(one, other rule.Value, result *rule.Result) {
	given := rule.No
	for _, at := range []rule.Value{one, other} {
		text, isText := at.Text()
		items, isList := at.List()
		switch {
		case at.State() == rule.Unknown:
			given = given.Or(rule.Maybe)
		case isText == rule.Known:
			given = given.Or(rule.Is(text != ""))
		case isList == rule.Known:
			given = given.Or(rule.Is(len(items) > 0))
		}
	}
	switch given {
	case rule.No:
		result.Fail(one, "is not set, and so nobody is asked for a password")
	case rule.Maybe:
		result.Undetermined(one, "may be set: that is known only after deployment")
	}
}
