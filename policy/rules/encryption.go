package rules

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"coffee-platform/policy/rule"
)

const (
	rdsInstance        = "aws:rds/instance:Instance"
	rdsClusterInstance = "aws:rds/clusterInstance:ClusterInstance"
	rdsCluster         = "aws:rds/cluster:Cluster"
	rdsGlobalCluster   = "aws:rds/globalCluster:GlobalCluster"
	rdsShardGroup      = "aws:rds/shardGroup:ShardGroup"
	rdsProxy           = "aws:rds/proxy:Proxy"
)

var encryptDatabases = rule.Rule{
	ID:       "d1",
	Name:     "encrypt-databases",
	Title:    "Databases are encrypted at rest with a customer key",
	Why:      "with the key AWS manages nobody can narrow who decrypts a copy, share it with the recovery account or revoke it",
	Fix:      "set storageEncrypted: true and kmsKeyId to the ARN of a key of yours",
	Severity: apitype.PolicySeverityCritical,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.FSBP("RDS.3"), rule.FSBP("RDS.27"), rule.CISAWS("3.2.1"),
		rule.Checkov("CKV_AWS_16"), rule.Checkov("CKV_AWS_327"), rule.Trivy("AWS-0079"), rule.Trivy("AWS-0080"),
	},
	// Instances of an Aurora cluster take their storage from the cluster.
	AppliesTo: rule.OfType(rdsInstance, rdsCluster, rdsGlobalCluster),
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		var result rule.Result
		copies := r.Inputs.Get(copySource[r.Type])
		checkStorageEncrypted(r.Inputs.Get("storageEncrypted"), copies, &result)
		// A global cluster names no key: each of its clusters has one of its own region.
		if r.Type != rdsGlobalCluster {
			checkCustomerKey(r.Inputs.Get("kmsKeyId"), copies, &result)
		}
		return result
	},
}

// copySource is the property that makes a database the copy of another, whose encryption
// and key it then takes over. AWS refuses a key for a replica in its source's region
// (CreateDBInstanceReadReplica, KmsKeyId), so its absence says nothing there.
var copySource = map[string]string{
	rdsInstance:      "replicateSourceDb",
	rdsCluster:       "replicationSourceIdentifier",
	rdsGlobalCluster: "sourceDbClusterIdentifier",
}

func checkStorageEncrypted(at, copies rule.Value, result *rule.Result) {
	encrypted, state := at.Bool()
	switch {
	case result.Unreadable(at, state, "a boolean"):
	case state == rule.Missing && copies.State() != rule.Missing:
		result.Undetermined(at, "is taken over from the database named by %s", copies.Path())
	case state == rule.Missing:
		result.Fail(at, "is not set, and databases are not encrypted by default")
	case !encrypted:
		result.Fail(at, "is false")
	}
}

// checkCustomerKey takes a key that is known only after deployment for a customer's: the
// program refers there to a resource that does not exist yet, and a key AWS manages is
// never created by a program. A key AWS manages is recognised by its alias; behind a
// plain key ARN nobody can tell the two apart.
func checkCustomerKey(at, copies rule.Value, result *rule.Result) {
	key, state := at.Text()
	switch {
	case state == rule.Unknown:
	case result.Unreadable(at, state, "a string"):
	case key == "" && copies.State() != rule.Missing:
		result.Undetermined(at, "is taken over from the database named by %s", copies.Path())
	case key == "":
		result.Fail(at, "is not set, so AWS uses the key it manages itself")
	case strings.Contains(key, "alias/aws/"):
		result.Fail(at, "is %s, a key that AWS manages", at.Show())
	}
}
