package aws_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	cacheSubnetsType    = "aws:elasticache/subnetGroup:SubnetGroup"
	cacheParametersType = "aws:elasticache/parameterGroup:ParameterGroup"
	cacheType           = "aws:elasticache/replicationGroup:ReplicationGroup"
)

// cache are inputs of a group with a token; others are put in.
func cache(others values) values {
	return with(values{
		"description": "redis", "nodeType": "cache.t4g.micro", "engine": "redis", "engineVersion": "7.1", "port": 6379,
		"numCacheClusters": 2, "automaticFailoverEnabled": true, "multiAzEnabled": true,
		"transitEncryptionEnabled": true, "transitEncryptionMode": "required",
		"atRestEncryptionEnabled": true, "authToken": "not-a-real-token-1", "authTokenUpdateStrategy": "SET",
	}, others)
}

func delivery(others values) values {
	return with(values{"destination": "log", "destinationType": "cloudwatch-logs", "logFormat": "json", "logType": "slow-log"}, others)
}

func TestCachesRefused(t *testing.T) {
	checkRefuses(t, cacheSubnetsType, []refusal{
		{"a name", values{"subnetIds": []any{"a"}}, values{"name": "my_group"}, "name"},
		{"no subnet", values{"subnetIds": []any{"a"}}, values{"subnetIds": []any{}}, "subnetIds"},
		{"no subnets", values{"subnetIds": []any{"a"}}, values{"subnetIds": nil}, "subnetIds"},
	})
	checkRefuses(t, cacheParametersType, []refusal{
		{"a name", values{"family": "redis7"}, values{"name": "a--b"}, "name"},
		{"a family", values{"family": "redis7"}, values{"family": "redis7.1"}, "family"},
		{"an eviction", values{"family": "redis7"},
			values{"parameters": []any{values{"name": "maxmemory-policy", "value": "never"}}}, "parameters"},
	})
	checkRefuses(t, cacheType, []refusal{
		{"an id", cache(nil), values{"replicationGroupId": "a--b"}, "replicationGroupId"},
		{"too long an id", cache(values{"replicationGroupId": "a234567890123456789012345678901234567890"}),
			values{"replicationGroupId": "a2345678901234567890123456789012345678901"}, "replicationGroupId"},
		{"a node type", cache(nil), values{"nodeType": "db.t4g.micro"}, "nodeType"},
		{"no node type", cache(nil), values{"nodeType": nil}, "nodeType"},
		{"an engine", cache(nil), values{"engine": "memcached"}, "engine"},
		{"a version of no engine", cache(nil), values{"engineVersion": "7.1.0"}, "engineVersion"},
		{"a version of another engine", cache(nil), values{"engineVersion": "8.1"}, "engineVersion"},
		{"a version of the default engine", cache(values{"engine": nil}), values{"engineVersion": "8.1"}, "engineVersion"},
		{"no such port", cache(nil), values{"port": 65536}, "port"},
		{"too many nodes", cache(nil), values{"numCacheClusters": 7}, "numCacheClusters"},
		{"nodes and shards", cache(nil), values{"numNodeGroups": 2}, "numNodeGroups"},
		{"nothing to fail over to", cache(nil), values{"numCacheClusters": 1}, "automaticFailoverEnabled"},
		{"one node by default", cache(nil), values{"numCacheClusters": nil}, "automaticFailoverEnabled"},
		{"zones without failover", cache(nil), values{"automaticFailoverEnabled": false}, "multiAzEnabled"},
		{"too long a retention", cache(nil), values{"snapshotRetentionLimit": 36}, "snapshotRetentionLimit"},
		{"a snapshot window", cache(nil), values{"snapshotWindow": "3:00-4:00"}, "snapshotWindow"},
		{"a maintenance window", cache(nil), values{"maintenanceWindow": "05:00-06:00"}, "maintenanceWindow"},
		{"a strategy", cache(nil), values{"authTokenUpdateStrategy": "REPLACE"}, "authTokenUpdateStrategy"},
		{"no strategy", cache(nil), values{"authTokenUpdateStrategy": nil}, "authTokenUpdateStrategy"},
		{"a strategy for nothing", cache(nil), values{"authToken": nil}, "authTokenUpdateStrategy"},
		{"a short token", cache(nil), values{"authToken": "fifteen-letters"}, "authToken"},
		{"a token with an @", cache(nil), values{"authToken": "not@a-real-token-1"}, "authToken"},
		{"a token in the open", cache(values{"transitEncryptionMode": nil}), values{"transitEncryptionEnabled": false}, "authToken"},
		{"a mode of nothing", cache(values{"authToken": nil, "authTokenUpdateStrategy": nil}), values{"transitEncryptionEnabled": nil}, "transitEncryptionMode"},
		{"a mode", cache(nil), values{"transitEncryptionMode": "optional"}, "transitEncryptionMode"},
		{"a token and users", cache(nil), values{"userGroupIds": []any{"users"}}, "userGroupIds"},
		{"a key for nothing", cache(values{"kmsKeyId": "arn"}), values{"atRestEncryptionEnabled": nil}, "kmsKeyId"},
		{"a kind of log", cache(nil), values{"logDeliveryConfigurations": []any{delivery(values{"logType": "fast-log"})}}, "logDeliveryConfigurations"},
		{"a log twice", cache(nil), values{"logDeliveryConfigurations": []any{delivery(nil), delivery(nil)}}, "logDeliveryConfigurations"},
		{"a format", cache(nil), values{"logDeliveryConfigurations": []any{delivery(values{"logFormat": "xml"})}}, "logDeliveryConfigurations"},
		{"a destination", cache(nil), values{"logDeliveryConfigurations": []any{delivery(values{"destinationType": "kinesis-firehose"})}}, "logDeliveryConfigurations"},
	})
}

// A refusal is read by everybody, a token by nobody.
func TestATokenIsNotRepeated(t *testing.T) {
	_, failures := newProvider(t).check(t, cacheType, "redis", nil, cache(values{"authToken": "not@a-real-token-1"}))
	assert.NotContains(t, failures["authToken"], "real-token")
}

func TestATokenIsRotatedBeforeItIsSet(t *testing.T) {
	p := newProvider(t)
	group := p.make(t, cacheType, "redis", cache(values{"multiAzEnabled": false}))
	other := cache(values{"multiAzEnabled": false, "authToken": "not-a-real-token-2"})
	assert.ErrorContains(t, p.change(t, group, other), "ROTATE to the new one first")
	require.NoError(t, p.change(t, group, with(other, values{"authTokenUpdateStrategy": "ROTATE"})))
	require.NoError(t, p.change(t, group, other), "the last one given")
	assert.ErrorContains(t, p.change(t, group, cache(values{"multiAzEnabled": false})), "ROTATE to the new one first", "the one before is gone")
}

func TestTLSIsRequiredByWayOfPreferred(t *testing.T) {
	p := newProvider(t)
	open := cache(values{"multiAzEnabled": false, "authToken": nil, "authTokenUpdateStrategy": nil, "transitEncryptionEnabled": false, "transitEncryptionMode": nil})
	group := p.make(t, cacheType, "redis", open)
	assert.ErrorContains(t, p.change(t, group, with(open, values{"transitEncryptionEnabled": true, "transitEncryptionMode": "required"})), "preferred first")
	require.NoError(t, p.change(t, group, with(open, values{"transitEncryptionEnabled": true, "transitEncryptionMode": "preferred"})))
	require.NoError(t, p.change(t, group, with(open, values{"transitEncryptionEnabled": true, "transitEncryptionMode": "required"})))
}

func TestWhatReplacesACache(t *testing.T) {
	p := newProvider(t)
	for name, c := range map[string]struct {
		from, to values
		replaced []resource.PropertyKey
	}{
		"redis to valkey":        {nil, values{"engine": "valkey", "engineVersion": "8.1"}, nil},
		"valkey to redis":        {values{"engine": "valkey", "engineVersion": "8.1"}, values{"engine": "redis", "engineVersion": "7.1"}, []resource.PropertyKey{"engine"}},
		"a later version":        {values{"engineVersion": "7.0"}, values{"engineVersion": "7.1"}, nil},
		"an earlier version":     {nil, values{"engineVersion": "7.0"}, []resource.PropertyKey{"engineVersion"}},
		"TLS":                    {nil, values{"transitEncryptionEnabled": false}, nil},
		"TLS of an old version":  {values{"engineVersion": "6.2"}, values{"engineVersion": "6.2", "transitEncryptionEnabled": false}, []resource.PropertyKey{"transitEncryptionEnabled"}},
		"a node type":            {nil, values{"nodeType": "cache.t4g.small"}, nil},
		"a key":                  {values{"kmsKeyId": "a"}, values{"kmsKeyId": "b"}, []resource.PropertyKey{"kmsKeyId"}},
		"the subnets":            {values{"subnetGroupName": "a"}, values{"subnetGroupName": "b"}, []resource.PropertyKey{"subnetGroupName"}},
		"a token and a strategy": {nil, values{"authToken": "not-a-real-token-2", "authTokenUpdateStrategy": "ROTATE"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.replaced, p.diff(t, cacheType, "redis", cache(c.from), cache(c.to)).ReplaceKeys)
		})
	}
}

func TestACacheFitsItsGroups(t *testing.T) {
	p := newProvider(t)
	v := vpc(t, p, "vpc")
	one := p.make(t, cacheSubnetsType, "one", values{"subnetIds": []any{subnet(t, p, v, "subnet", "10.0.0.0/24", "us-east-1a").id}})
	_, err := p.try(t, cacheType, "redis", cache(values{"subnetGroupName": one.id}))
	assert.ErrorContains(t, err, "Multi-AZ needs subnets in at least two zones")
	parameters := p.make(t, cacheParametersType, "parameters", values{"family": "valkey8"})
	_, err = p.try(t, cacheType, "redis", cache(values{"parameterGroupName": parameters.id}))
	assert.ErrorContains(t, err, "expected a parameter group of family redis7 but found one of family valkey8")

	p.make(t, cacheType, "redis", cache(values{"subnetGroupName": one.id, "multiAzEnabled": false}))
	assert.ErrorContains(t, p.remove(one), "CacheSubnetGroupInUse")
	other := vpc(t, p, "other")
	_, err = p.try(t, cacheSubnetsType, "two", values{"subnetIds": []any{
		subnet(t, p, v, "here", "10.0.2.0/24", "us-east-1a").id, subnet(t, p, other, "there", "10.0.2.0/24", "us-east-1b").id,
	}})
	assert.ErrorContains(t, err, "all are of one VPC")
}

func TestCacheEndpoints(t *testing.T) {
	p := newProvider(t)
	private := p.make(t, cacheType, "redis", cache(nil))
	assert.Regexp(t, `^master\.redis-[0-9a-f]{7}\.[0-9a-f]{6}\.use1\.cache\.amazonaws\.com$`, private.text(t, "primaryEndpointAddress"))
	assert.Regexp(t, `^replica\.redis-`, private.text(t, "readerEndpointAddress"))
	assert.Equal(t, []any{private.id + "-001", private.id + "-002"}, private.outputs["memberClusters"])
	open := p.make(t, cacheType, "open", values{"description": "open", "nodeType": "cache.t4g.micro"})
	assert.Regexp(t, `^open-[0-9a-f]{7}\.[0-9a-f]{6}\.ng\.0001\.use1\.cache\.amazonaws\.com$`, open.text(t, "primaryEndpointAddress"))
}

// What a preview does not know yet is no reason to refuse.
func TestCachePassesWhatIsNotKnown(t *testing.T) {
	inputs := resource.NewPropertyMapFromMap(cache(nil))
	unknown := resource.MakeComputed(resource.NewProperty(""))
	for _, input := range []resource.PropertyKey{
		"authToken", "engine", "engineVersion", "numCacheClusters", "automaticFailoverEnabled", "transitEncryptionEnabled", "atRestEncryptionEnabled", "logDeliveryConfigurations",
	} {
		inputs[input] = unknown
	}
	assertPasses(t, cacheType, inputs)
	assertPasses(t, cacheSubnetsType, resource.PropertyMap{"subnetIds": unknown})
	assertPasses(t, cacheParametersType, resource.PropertyMap{"family": unknown, "parameters": unknown})
}
