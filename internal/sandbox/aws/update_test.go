package aws_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/internal/iampolicy"
	"coffee-platform/internal/sandbox/aws"
	"coffee-platform/internal/sandbox/cloud"
)

// change is an object, and inputs to put into its own.
type change struct {
	object object
	wrong  values
}

// stored is what the cloud keeps of an object.
func (p provider) stored(o object) *cloud.Object {
	return p.objects.Get(cloud.Key{Type: o.typ, ID: o.id})
}

// AWS refuses of a change what it refuses of a new object, and leaves what was there.
func TestWhatIsRefusedOfAChange(t *testing.T) {
	for _, c := range []struct {
		name, code string
		build      func(*testing.T, provider) change
	}{
		{"a bucket policy for everyone", "AccessDenied: public policies", func(t *testing.T, p provider) change {
			policy := minimal[bucketPolicyType](t, p)
			bucket := policy.text(t, "bucket")
			p.make(t, bucketBlockType, "block", values{"bucket": bucket, "blockPublicPolicy": true})
			return change{policy, values{"policy": iampolicy.Document(iampolicy.Statement{
				Effect: iampolicy.Allow, Principal: values{"AWS": "*"}, Action: []string{"s3:GetObject"}, Resource: []string{"arn:aws:s3:::" + bucket + "/*"},
			})}}
		}},
		{"a bucket policy of another bucket", "MalformedPolicy", func(t *testing.T, p provider) change {
			return change{minimal[bucketPolicyType](t, p), values{"policy": iampolicy.Document(iampolicy.Statement{
				Effect: iampolicy.Deny, Principal: values{"AWS": "*"}, Action: []string{"s3:*"}, Resource: []string{"arn:aws:s3:::another/*"},
			})}}
		}},
		{"logs of a bucket to another region", "CrossLocationLoggingProhibited", func(t *testing.T, p provider) change {
			elsewhere := p.over(2)
			elsewhere.configure(t, values{"region": "eu-central-1", "allowedAccountIds": []any{account}})
			return change{minimal[bucketLoggingType](t, p), values{"targetBucket": elsewhere.make(t, bucketType, "logs", values{}).id}}
		}},
		{"an engine version that the parameters are not for", "InvalidParameterCombination: the parameter group", func(t *testing.T, p provider) change {
			return change{database(t, p, "postgres16"), values{"engineVersion": "17.5", "allowMajorVersionUpgrade": true}}
		}},
		{"parameters of another engine version", "InvalidParameterCombination: the parameter group", func(t *testing.T, p provider) change {
			other := p.make(t, parameterType, "other", values{"family": "postgres17"})
			return change{database(t, p, "postgres16"), values{"parameterGroupName": other.id}}
		}},
		{"the identifier of another database", "AlreadyExists", func(t *testing.T, p provider) change {
			first := database(t, p, "postgres16")
			second := p.make(t, databaseType, "second", databaseInputs(object{id: first.text(t, "dbSubnetGroupName")}))
			return change{second, values{"identifier": first.text(t, "identifier")}}
		}},
		{"database subnets in one zone", "DBSubnetGroupDoesNotCoverEnoughAZs", func(t *testing.T, p provider) change {
			v := vpc(t, p, "vpc")
			both := subnets(t, p, v)
			again := subnet(t, p, v, "again", "10.0.2.0/24", "us-east-1a")
			group := p.make(t, subnetGroupType, "group", values{"subnetIds": ids(both)})
			return change{group, values{"subnetIds": ids([]object{both[0], again})}}
		}},
		{"database subnets in another VPC", "InvalidSubnet", func(t *testing.T, p provider) change {
			return change{subnetGroup(t, p), values{"subnetIds": ids(subnets(t, p, vpc(t, p, "other")))}}
		}},
		{"cache subnets in another VPC", "InvalidSubnet", func(t *testing.T, p provider) change {
			return change{minimal[cacheSubnetsType](t, p), values{"subnetIds": ids(subnets(t, p, vpc(t, p, "other")))}}
		}},
		{"a cache's version that the parameters are not for", "expected a parameter group of family redis7", func(t *testing.T, p provider) change {
			old := p.make(t, cacheParametersType, "old", values{"family": "redis6.x"})
			return change{
				p.make(t, cacheType, "redis", cache(values{"engineVersion": "6.2", "parameterGroupName": old.id})), values{"engineVersion": "7.1"},
			}
		}},
		{"a cache's parameters of another family", "expected a parameter group of family redis7", func(t *testing.T, p provider) change {
			other := p.make(t, cacheParametersType, "valkey", values{"family": "valkey8"})
			return change{p.make(t, cacheType, "redis", cache(nil)), values{"parameterGroupName": other.id}}
		}},
		{"several zones for a cache that is in one", "Multi-AZ needs subnets", func(t *testing.T, p provider) change {
			one := subnet(t, p, vpc(t, p, "vpc"), "subnet", "10.0.0.0/24", "us-east-1a")
			group := p.make(t, cacheSubnetsType, "one", values{"subnetIds": []any{one.id}})
			return change{
				p.make(t, cacheType, "redis", cache(values{"subnetGroupName": group.id, "multiAzEnabled": false})), values{"multiAzEnabled": true},
			}
		}},
		{"access logs to a bucket that does not admit them", "Access Denied for bucket", func(t *testing.T, p provider) change {
			return change{balancer(t, p, nil), values{"accessLogs": values{"bucket": bucket(t, p).id, "enabled": true}}}
		}},
		{"a load balancer in one zone", "two different Availability Zones", func(t *testing.T, p provider) change {
			b := balancer(t, p, nil)
			return change{b, values{"subnets": b.outputs["subnets"].([]any)[:1]}}
		}},
		{"a load balancer in another VPC", "same VPC", func(t *testing.T, p provider) change {
			b, other := balancer(t, p, nil), vpc(t, p, "other")
			gateway(t, p, other)
			return change{b, values{"subnets": ids(subnets(t, p, other))}}
		}},
		{"a port that another listener has", "DuplicateListener", func(t *testing.T, p provider) change {
			l := listener(t, p)
			return change{p.make(t, listenerType, "other", with(l.inputs.Mappable(), values{"port": 81})), values{"port": 80}}
		}},
		{"a certificate that has not been issued", "UnsupportedCertificate", func(t *testing.T, p provider) change {
			return change{listener(t, p), values{"protocol": "HTTPS", "certificateArn": certificate(t, p).id}}
		}},
		{"a priority that another rule has", "PriorityInUse", func(t *testing.T, p provider) change {
			rule, _ := listenerRule(t, p)
			return change{p.make(t, listenerRuleType, "other", with(rule.inputs.Mappable(), values{"priority": 11})), values{"priority": 10}}
		}},
		{"a managed rule group that there is not", "WAFNonexistentItemException", func(t *testing.T, p provider) change {
			return change{webACL(t, p), values{"rules": []any{groupRule(values{
				"statement": values{"managedRuleGroupStatement": values{"vendorName": "AWS", "name": "AWSManagedRulesEverything"}},
			})}}}
		}},
		{"backups to a vault elsewhere", "there is no vault", func(t *testing.T, p provider) change {
			elsewhere := p.over(2)
			elsewhere.configure(t, values{"region": "us-west-2", "allowedAccountIds": []any{account}})
			return change{backupPlan(t, p, vault(t, p)), planInputs(elsewhere.make(t, vaultType, "copies", values{}).id)}
		}},
		{"restores by a role of something else", "cannot be assumed by AWS Backup", func(t *testing.T, p provider) change {
			return change{restoreTestSelection(t, p), values{"iamRoleArn": role(t, p, "cluster").outputs["arn"]}}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newProvider(t)
			changed := c.build(t, p)
			before := p.stored(changed.object)
			require.ErrorContains(t, p.change(t, changed.object, with(changed.object.inputs.Mappable(), changed.wrong)), c.code)
			assert.Equal(t, before, p.stored(changed.object))
		})
	}
}

// database is one with parameters of a family.
func database(t *testing.T, p provider, family string) object {
	t.Helper()
	parameters := p.make(t, parameterType, "parameters", values{"family": family})
	return p.make(t, databaseType, "database", with(databaseInputs(subnetGroup(t, p)), values{"parameterGroupName": parameters.id}))
}

// An object is not in its own way, nor has it less to say, when everything of it is given anew.
func TestNothingIsInItsOwnWay(t *testing.T) {
	for _, typ := range aws.Types() {
		t.Run(typ, func(t *testing.T) {
			p := newProvider(t)
			o := minimal[typ](t, p)
			blank := *p.stored(o)
			blank.Inputs = values{}
			require.NoError(t, p.objects.Put(&blank))
			require.NoError(t, p.change(t, o, o.inputs.Mappable()))
			assert.Empty(t, aws.EntryOf(typ).Schema.CheckOutputs(resource.NewPropertyMapFromMap(p.stored(o).Outputs)))
		})
	}
}

// AWS looks at what it is given. What somebody has done elsewhere does not make it refuse something else.
func TestOnlyWhatChangesIsLookedAt(t *testing.T) {
	p := newProvider(t)
	b := bucket(t, p)
	policy := p.make(t, bucketPolicyType, "policy", values{"bucket": b.id, "policy": iampolicy.Document(iampolicy.Statement{
		Effect: iampolicy.Allow, Principal: values{"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
		Action: []string{"s3:PutObject"}, Resource: []string{b.text(t, "arn") + "/*"},
	})})
	edge := balancer(t, p, values{"accessLogs": values{"bucket": b.id, "enabled": true}})
	require.NoError(t, p.remove(policy))
	inputs := edge.inputs.Mappable()
	require.NoError(t, p.change(t, edge, with(inputs, values{"idleTimeout": 30})))
	assert.ErrorContains(t, p.change(t, edge, with(inputs, values{"accessLogs": values{"bucket": b.id, "enabled": true, "prefix": "edge"}})), "Access Denied")
}

// What follows from inputs is as new as they are.
func TestWhatFollowsFromInputs(t *testing.T) {
	t.Run("of a database", func(t *testing.T) {
		p := newProvider(t)
		inputs := with(databaseInputs(subnetGroup(t, p)), values{"manageMasterUserPassword": nil, "password": "not a real one", "identifier": "coffee"})
		o := p.make(t, databaseType, "database", inputs)
		require.Equal(t, "default.postgres16", o.outputs["parameterGroupName"])
		_, domain, _ := strings.Cut(o.text(t, "address"), ".")

		willing := with(inputs, values{"port": 5433, "engineVersion": "17.5", "allowMajorVersionUpgrade": true, "identifier": "tea"})
		after := p.update(t, o, willing)
		assert.Equal(t, "tea."+domain, after["address"])
		assert.Equal(t, "tea."+domain+":5433", after["endpoint"])
		assert.Equal(t, "arn:aws:rds:us-east-1:111122223333:db:tea", after["arn"])
		assert.Equal(t, "17.5", after["engineVersionActual"])
		assert.Equal(t, "default.postgres17", after["parameterGroupName"])
		assert.Equal(t, o.outputs["resourceId"], after["resourceId"])
		assert.Empty(t, after["masterUserSecrets"])

		managed := with(willing, values{"manageMasterUserPassword": true, "password": nil})
		secrets := p.update(t, o, managed)["masterUserSecrets"]
		assert.Len(t, secrets, 1)
		assert.Equal(t, secrets, p.update(t, o, with(managed, values{"port": 5434}))["masterUserSecrets"], "the same as before")
		assert.Empty(t, p.update(t, o, willing)["masterUserSecrets"])
	})
	t.Run("of a cache", func(t *testing.T) {
		p := newProvider(t)
		open := cache(values{
			"multiAzEnabled": false, "authToken": nil, "authTokenUpdateStrategy": nil, "transitEncryptionEnabled": false, "transitEncryptionMode": nil,
			"engineVersion": "7.0",
		})
		o := p.make(t, cacheType, "redis", open)
		after := p.update(t, o, with(open, values{
			"engineVersion": "7.1", "numCacheClusters": 3, "transitEncryptionEnabled": true, "transitEncryptionMode": "preferred",
		}))
		assert.Equal(t, "7.1.0", after["engineVersionActual"])
		assert.Equal(t, []any{o.id + "-001", o.id + "-002", o.id + "-003"}, after["memberClusters"])
		assert.EqualValues(t, 2, after["replicasPerNodeGroup"])
		_, domain, _ := strings.Cut(o.text(t, "primaryEndpointAddress"), ".")
		token, _, _ := strings.Cut(domain, ".")
		assert.Equal(t, "master."+o.id+"."+token+".use1.cache.amazonaws.com", after["primaryEndpointAddress"])
		assert.Equal(t, "replica."+o.id+"."+token+".use1.cache.amazonaws.com", after["readerEndpointAddress"])
		valkey := p.update(t, o, with(open, values{"engine": "valkey", "engineVersion": "8.1"}))
		assert.Equal(t, "default.valkey8", valkey["parameterGroupName"])
		assert.Equal(t, o.outputs["primaryEndpointAddress"], valkey["primaryEndpointAddress"])
	})
	t.Run("of a web ACL", func(t *testing.T) {
		p := newProvider(t)
		o := webACL(t, p)
		after := p.update(t, o, webACLInputs(rateRule(nil)))
		assert.EqualValues(t, 0, after["capacity"])
		assert.NotEqual(t, o.outputs["lockToken"], after["lockToken"])
		assert.Equal(t, o.outputs["arn"], after["arn"])
	})
	t.Run("of a listener", func(t *testing.T) {
		p := newProvider(t)
		o := listener(t, p)
		require.Empty(t, o.outputs["sslPolicy"])
		issued := certificateValidation(t, p)
		after := p.update(t, o, with(o.inputs.Mappable(), values{"protocol": "HTTPS", "certificateArn": issued.outputs["certificateArn"]}))
		assert.Equal(t, "ELBSecurityPolicy-2016-08", after["sslPolicy"])
	})
	t.Run("of an identity provider", func(t *testing.T) {
		p := newProvider(t)
		o := p.make(t, oidcProviderType, "github", oidcInputs)
		after := p.update(t, o, with(oidcInputs, values{"clientIdLists": []any{"another"}}))
		assert.Equal(t, o.outputs["url"], after["url"])
	})
	t.Run("of a backup plan", func(t *testing.T) {
		p := newProvider(t)
		v := vault(t, p)
		o := backupPlan(t, p, v)
		after := p.update(t, o, rule(values{"targetVaultName": v.id, "schedule": "cron(0 23 * * ? *)"}))
		assert.NotEqual(t, o.outputs["version"], after["version"])
	})
}

// What the provider always says of an object stays as it was when nobody gives it any more: such an input is
// optional and computed.
func TestWhatIsNoLongerGivenStays(t *testing.T) {
	p := newProvider(t)
	inputs := databaseInputs(subnetGroup(t, p))
	o := p.make(t, databaseType, "database", with(inputs, values{"multiAz": true, "deletionProtection": true}))
	after := p.update(t, o, with(inputs, values{"engineVersion": nil}))
	assert.Equal(t, "16.9", after["engineVersion"])
	assert.Equal(t, "16.9", after["engineVersionActual"])
	assert.Equal(t, true, after["multiAz"])
	assert.NotContains(t, after, "deletionProtection", "which the provider does not always say")
}

// A preview asks AWS nothing.
func TestAPreviewedChangeIsNotRefused(t *testing.T) {
	p := newProvider(t)
	l := listener(t, p)
	other := p.make(t, listenerType, "other", with(l.inputs.Mappable(), values{"port": 81}))
	changed := maps.Clone(other.inputs)
	changed["port"] = resource.NewProperty(80.)
	_, err := p.Update(p.ctx, plugin.UpdateRequest{
		URN: other.urn, ID: resource.ID(other.id), OldOutputs: resource.NewPropertyMapFromMap(other.outputs), NewInputs: changed, Preview: true,
	})
	assert.NoError(t, err)
}
