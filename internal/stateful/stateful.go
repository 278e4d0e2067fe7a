// Package stateful names the resource types whose objects cannot be made again: what they keep, or what else
// depends on them, is lost with them.
package stateful

import "slices"

// types are the type tokens.
var types = []string{
	"aws:backup/vault:Vault",
	"aws:ec2/subnet:Subnet",
	"aws:ec2/vpc:Vpc",
	"aws:ecr/repository:Repository",
	"aws:eks/cluster:Cluster",
	"aws:elasticache/replicationGroup:ReplicationGroup",
	"aws:kms/key:Key",
	"aws:rds/instance:Instance",
	"aws:s3/bucket:Bucket",
	"aws:secretsmanager/secret:Secret",
}

// Is tells whether a type is one of them.
func Is(typ string) bool { return slices.Contains(types, typ) }
