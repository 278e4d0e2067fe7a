package aws_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/internal/iampolicy"
	"coffee-platform/internal/sandbox/aws"
	"coffee-platform/internal/sandbox/cloud"
)

func TestPreviewLeavesEverythingComputedUnknown(t *testing.T) {
	p := newProvider(t)
	inputs := resource.NewPropertyMapFromMap(values{"cidrBlock": "10.0.0.0/16"})
	preview, err := p.Create(p.ctx, plugin.CreateRequest{URN: urn(vpcType, "vpc"), Properties: inputs, Preview: true})
	require.NoError(t, err)
	assert.Equal(t, resource.NewProperty("10.0.0.0/16"), preview.Properties["cidrBlock"])
	for _, output := range aws.EntryOf(vpcType).Schema.Outputs() {
		if output != "cidrBlock" {
			assert.Truef(t, preview.Properties[resource.PropertyKey(output)].IsComputed(), "%s is known in a preview", output)
		}
	}

	made := p.make(t, vpcType, "vpc", values{"cidrBlock": "10.0.0.0/16"})
	read, err := p.Read(p.ctx, plugin.ReadRequest{URN: made.urn, ID: resource.ID(made.id)})
	require.NoError(t, err)
	assert.Equal(t, made.id, string(read.ID), "the preview has made something that is in the way")
}

func TestFixedInputsReplace(t *testing.T) {
	p := newProvider(t)
	for _, typ := range aws.Types() {
		for _, input := range append(aws.EntryOf(typ).Replace, "region") {
			if strings.Contains(input, ".") {
				continue // below
			}
			t.Run(typ+" "+input, func(t *testing.T) {
				result := p.diff(t, typ, "x", values{input: "before"}, values{input: "after"})
				assert.Equal(t, plugin.DiffSome, result.Changes)
				assert.Equal(t, []resource.PropertyKey{resource.PropertyKey(input)}, result.ReplaceKeys)
				assert.Equal(t, plugin.DiffUpdateReplace, result.DetailedDiff[input].Kind)
			})
		}
	}
}

func TestDiff(t *testing.T) {
	encrypted := values{"encryptionConfig": values{"provider": values{"keyArn": "a"}, "resources": []any{"secrets"}}}
	network := func(fields values) values { return values{"kubernetesNetworkConfig": fields} }
	for _, c := range []struct {
		name          string
		typ           string
		before, after values
		// replaced are the inputs that replace the resource.
		replaced []resource.PropertyKey
	}{
		{"tags", vpcType, values{"tags": values{"a": "1"}}, values{"tags": values{"a": "2"}}, nil},
		{"a setting", vpcType, values{"enableDnsSupport": true}, values{"enableDnsSupport": false}, nil},
		{"the size of a database", databaseType, values{"instanceClass": "db.t4g.micro"}, values{"instanceClass": "db.t4g.small"}, nil},
		{"a cluster's version", clusterType, values{"version": "1.34"}, values{"version": "1.35"}, nil},
		{"a cluster's endpoint", clusterType,
			values{"vpcConfig": values{"endpointPublicAccess": true}}, values{"vpcConfig": values{"endpointPublicAccess": false}}, nil},
		{"a cluster's IP family", clusterType, network(values{"ipFamily": "ipv4"}), network(values{"ipFamily": "ipv6"}),
			[]resource.PropertyKey{"kubernetesNetworkConfig"}},
		{"a cluster's load balancing", clusterType,
			network(values{"ipFamily": "ipv4", "elasticLoadBalancing": values{"enabled": false}}),
			network(values{"ipFamily": "ipv4", "elasticLoadBalancing": values{"enabled": true}}), nil},
		{"load balancing of a cluster without any network settings", clusterType,
			values{}, network(values{"elasticLoadBalancing": values{"enabled": true}}), nil},
		{"encrypting a cluster's secrets", clusterType, values{}, encrypted, nil},
		{"no longer encrypting them", clusterType, encrypted, values{}, []resource.PropertyKey{"encryptionConfig"}},
		{"another key for them", clusterType, encrypted,
			values{"encryptionConfig": values{"provider": values{"keyArn": "b"}, "resources": []any{"secrets"}}}, nil},
		{"a first node role", clusterType, values{"computeConfig": values{"enabled": true}},
			values{"computeConfig": values{"enabled": true, "nodeRoleArn": "a"}}, nil},
		{"another node role", clusterType, values{"computeConfig": values{"nodeRoleArn": "a"}},
			values{"computeConfig": values{"nodeRoleArn": "b"}}, []resource.PropertyKey{"computeConfig"}},
		{"a repository's key", repositoryType, values{"encryptionConfigurations": []any{values{"kmsKey": "a"}}},
			values{"encryptionConfigurations": []any{values{"kmsKey": "b"}}}, []resource.PropertyKey{"encryptionConfigurations"}},
		{"a rule's address", ruleType, values{"cidrIpv4": "10.0.0.0/16"}, values{"cidrIpv4": "10.1.0.0/16"}, nil},
		{"a rule's kind of source", ruleType, values{"cidrIpv4": "10.0.0.0/16"}, values{"referencedSecurityGroupId": "sg-1"},
			[]resource.PropertyKey{"cidrIpv4", "referencedSecurityGroupId"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			result := newProvider(t).diff(t, c.typ, "x", c.before, c.after)
			assert.Equal(t, plugin.DiffSome, result.Changes)
			assert.Equal(t, c.replaced, result.ReplaceKeys)
		})
	}
}

func TestNoDiff(t *testing.T) {
	result := newProvider(t).diff(t, vpcType, "x",
		values{"cidrBlock": "10.0.0.0/16", "__defaults": []any{}}, values{"cidrBlock": "10.0.0.0/16"})
	assert.Equal(t, plugin.DiffNone, result.Changes)
}

// Two things with one name cannot be there at once.
func TestDeleteBeforeReplace(t *testing.T) {
	for _, c := range []struct {
		name          string
		typ           string
		before, after values
		want          bool
	}{
		{"a name that stays", roleType, values{"name": "api", "path": "/"}, values{"name": "api", "path": "/a/"}, true},
		{"a name that changes", roleType, values{"name": "api", "path": "/"}, values{"name": "web", "path": "/a/"}, false},
		{"a name that was made, and will be again", roleType,
			values{"name": "x-0123abc", "path": "/"}, values{"name": "x-0123abc", "path": "/a/"}, false},
		{"a prefix", roleType, values{"namePrefix": "api-", "path": "/"}, values{"namePrefix": "api-", "path": "/a/"}, false},
		{"a name that is unique in its VPC", groupType, values{"name": "api", "vpcId": "a"}, values{"name": "api", "vpcId": "b"}, true},
		{"a thing without a name", subnetType, values{"cidrBlock": "10.0.0.0/24"}, values{"cidrBlock": "10.0.1.0/24"}, false},
		{"what the provider always deletes first", attachmentType, values{"role": "a"}, values{"role": "b"}, true},
		{"the one policy of a repository", lifecycleType,
			values{"repository": "api", "policy": "{}"}, values{"repository": "api", "policy": "{ }"}, true},
		{"an update", roleType, values{"name": "api", "description": "a"}, values{"name": "api", "description": "b"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.want, newProvider(t).diff(t, c.typ, "x", c.before, c.after).DeleteBeforeReplace)
		})
	}
}

func TestAutomaticNames(t *testing.T) {
	p := newProvider(t)
	trust := values{"assumeRolePolicy": iampolicy.ServiceTrust("eks.amazonaws.com")}
	first, _ := p.check(t, roleType, "node", nil, trust)
	name := first["name"].StringValue()
	assert.Regexp(t, `^node-[0-9a-f]{7}$`, name)

	t.Run("stay", func(t *testing.T) {
		again, err := p.Check(p.ctx, plugin.CheckRequest{
			URN: urn(roleType, "node"), Olds: first, News: resource.NewPropertyMapFromMap(trust), RandomSeed: []byte("another"),
		})
		require.NoError(t, err)
		assert.Equal(t, name, again.Properties["name"].StringValue())
	})
	t.Run("give way to a name", func(t *testing.T) {
		named, _ := p.check(t, roleType, "node", first, with(trust, values{"name": "nodes"}))
		assert.Equal(t, "nodes", named["name"].StringValue())
	})
	t.Run("replace a name that is taken away", func(t *testing.T) {
		olds := resource.NewPropertyMapFromMap(with(trust, values{"name": "nodes"}))
		renamed, _ := p.check(t, roleType, "node", olds, trust)
		assert.Regexp(t, `^node-[0-9a-f]{7}$`, renamed["name"].StringValue())
	})
	t.Run("give way to a prefix", func(t *testing.T) {
		inputs := with(trust, values{"namePrefix": "coffee-"})
		one, two := p.make(t, roleType, "one", inputs), p.make(t, roleType, "two", inputs)
		assert.Regexp(t, `^coffee-[0-9a-f]{26}$`, one.outputs["name"])
		assert.Equal(t, one.outputs["name"], one.id)
		assert.NotEqual(t, one.id, two.id)
	})
	t.Run("are left alone while unknown", func(t *testing.T) {
		unknown := resource.NewPropertyMapFromMap(trust)
		unknown["name"] = resource.MakeComputed(resource.NewProperty(""))
		checked, err := p.Check(p.ctx, plugin.CheckRequest{URN: urn(roleType, "node"), News: unknown, RandomSeed: []byte("x")})
		require.NoError(t, err)
		assert.True(t, checked.Properties["name"].IsComputed())
	})
}

func TestDefaultTags(t *testing.T) {
	p := newProvider(t)
	defaults, err := json.Marshal(values{"tags": values{"environment": "dev", "owner": "platform"}})
	require.NoError(t, err)
	p.configure(t, values{ // as the engine hands it over: JSON text
		"region": region, "allowedAccountIds": `["` + account + `"]`, "defaultTags": string(defaults),
	})
	made := p.make(t, vpcType, "vpc", values{"cidrBlock": "10.0.0.0/16", "tags": values{"owner": "network"}})
	assert.Equal(t, values{"environment": "dev", "owner": "network"}, made.outputs["tagsAll"], "its own tags win")

	untagged, failures := p.check(t, routeType, "route", nil, values{"routeTableId": "rtb-1"})
	assert.Empty(t, failures)
	assert.NotContains(t, untagged, resource.PropertyKey("tags"), "a type that takes no tags gets none")
}

func TestReferencesToNothingAreRefused(t *testing.T) {
	for typ, inputs := range map[string]values{
		subnetType:     {"vpcId": "vpc-0", "cidrBlock": "10.0.0.0/24"},
		routeType:      {"routeTableId": "rtb-0", "destinationCidrBlock": "0.0.0.0/0"},
		natType:        {"subnetId": "subnet-0", "allocationId": "eipalloc-0"},
		attachmentType: {"role": "nobody", "policyArn": clusterPolicyARN},
		clusterType:    {"roleArn": "arn:aws:iam::1:role/nobody", "vpcConfig": values{"subnetIds": []any{"subnet-0"}}},
		logGroupType:   {"kmsKeyId": "arn:aws:kms:us-east-1:1:key/none"},
		repositoryType: {"encryptionConfigurations": []any{values{"encryptionType": "KMS", "kmsKey": "arn:aws:kms:us-east-1:1:key/none"}}},
	} {
		t.Run(typ, func(t *testing.T) {
			_, err := newProvider(t).try(t, typ, "x", inputs)
			require.ErrorContains(t, err, "NotFound: ")
			assert.ErrorContains(t, err, typ)
		})
	}
}

func TestNamesAreTakenOnce(t *testing.T) {
	v := func(t *testing.T, p provider) values { return values{"vpcId": vpc(t, p, "vpc").id, "name": "api"} }
	for _, c := range []struct {
		typ, code string
		inputs    func(*testing.T, provider) values
	}{
		{roleType, "AlreadyExists", func(*testing.T, provider) values {
			return values{"name": "api", "assumeRolePolicy": iampolicy.ServiceTrust("eks.amazonaws.com")}
		}},
		{logGroupType, "AlreadyExists", func(*testing.T, provider) values { return values{"name": "/coffee/api"} }},
		{repositoryType, "AlreadyExists", func(*testing.T, provider) values { return values{"name": "api"} }},
		{parameterType, "AlreadyExists", func(*testing.T, provider) values { return values{"name": "api", "family": "postgres16"} }},
		{groupType, "InvalidGroup.Duplicate", v},
		{routeType, "AlreadyExists", func(t *testing.T, p provider) values {
			v := vpc(t, p, "vpc")
			return values{
				"routeTableId":         p.make(t, routeTableType, "table", values{"vpcId": v.id}).id,
				"destinationCidrBlock": "0.0.0.0/0", "gatewayId": gateway(t, p, v).id,
			}
		}},
		{associationType, "AlreadyExists", func(t *testing.T, p provider) values {
			v := vpc(t, p, "vpc")
			return values{
				"routeTableId": p.make(t, routeTableType, "table", values{"vpcId": v.id}).id,
				"subnetId":     subnet(t, p, v, "subnet", "10.0.0.0/24", "us-east-1a").id,
			}
		}},
		{natType, "Resource.AlreadyAssociated", func(t *testing.T, p provider) values {
			v := vpc(t, p, "vpc")
			gateway(t, p, v)
			return values{
				"allocationId": p.make(t, eipType, "eip", values{}).id,
				"subnetId":     subnet(t, p, v, "subnet", "10.0.0.0/24", "us-east-1a").id,
			}
		}},
	} {
		t.Run(c.typ, func(t *testing.T) {
			p := newProvider(t)
			inputs := c.inputs(t, p)
			p.make(t, c.typ, "one", inputs)
			_, err := p.try(t, c.typ, "two", inputs)
			assert.ErrorContains(t, err, c.code)
		})
	}
}

func TestASecondCreationIsASecondThing(t *testing.T) {
	p := newProvider(t)
	one, two := vpc(t, p, "vpc"), vpc(t, p, "vpc")
	assert.NotEqual(t, one.id, two.id)
	assert.NotEqual(t, one.outputs["defaultSecurityGroupId"], two.outputs["defaultSecurityGroupId"])
	subnet(t, p, one, "a", "10.0.0.0/24", "us-east-1a")
	subnet(t, p, two, "a", "10.0.0.0/24", "us-east-1a") // another VPC has room of its own
}

// A route table is for a subnet or for a gateway: one input is always missing, and that is no name.
func TestWhatIsNotGivenIsNotTaken(t *testing.T) {
	p := newProvider(t)
	for _, name := range []string{"one", "two"} {
		v := vpc(t, p, name)
		p.make(t, associationType, name, values{
			"routeTableId": p.make(t, routeTableType, name, values{"vpcId": v.id}).id, "gatewayId": gateway(t, p, v).id,
		})
	}
}

func TestAddressesAreNotSharedEvenAfterOneIsGone(t *testing.T) {
	p := newProvider(t)
	first := p.make(t, eipType, "a", values{})
	second := p.make(t, eipType, "b", values{})
	require.NoError(t, p.remove(first))
	third := p.make(t, eipType, "c", values{})
	assert.NotEqual(t, second.outputs["publicIp"], third.outputs["publicIp"])
}

func TestWhatIsInUseIsNotDeleted(t *testing.T) {
	for _, c := range []struct {
		name string
		// build makes something that is held, and what holds it.
		build func(*testing.T, provider) (held, holder object)
		code  string
	}{
		{"a VPC with a subnet", func(t *testing.T, p provider) (object, object) {
			v := vpc(t, p, "vpc")
			return v, subnet(t, p, v, "subnet", "10.0.0.0/24", "us-east-1a")
		}, "DependencyViolation"},
		{"a security group that a rule of another names", func(t *testing.T, p provider) (object, object) {
			v := vpc(t, p, "vpc")
			group, other := p.make(t, groupType, "group", values{"vpcId": v.id}), p.make(t, groupType, "other", values{"vpcId": v.id})
			return group, p.make(t, ruleType, "rule", values{
				"securityGroupId": other.id, "referencedSecurityGroupId": group.id, "ipProtocol": "-1",
			})
		}, "DependencyViolation"},
		{"a route table with an association", func(t *testing.T, p provider) (object, object) {
			v := vpc(t, p, "vpc")
			table := p.make(t, routeTableType, "table", values{"vpcId": v.id})
			return table, p.make(t, associationType, "association", values{
				"routeTableId": table.id, "subnetId": subnet(t, p, v, "subnet", "10.0.0.0/24", "us-east-1a").id,
			})
		}, "DependencyViolation"},
		{"a subnet group with a database", func(t *testing.T, p provider) (object, object) {
			group := subnetGroup(t, p)
			return group, p.make(t, databaseType, "database", databaseInputs(group))
		}, "InvalidDBSubnetGroupStateFault"},
		{"a parameter group with a database", func(t *testing.T, p provider) (object, object) {
			parameters := p.make(t, parameterType, "parameters", values{"family": "postgres16"})
			return parameters, p.make(t, databaseType, "database",
				with(databaseInputs(subnetGroup(t, p)), values{"parameterGroupName": parameters.id}))
		}, "InvalidDBParameterGroupState"},
		{"an address of a NAT gateway", func(t *testing.T, p provider) (object, object) {
			v := vpc(t, p, "vpc")
			gateway(t, p, v)
			address := p.make(t, eipType, "eip", values{})
			return address, p.make(t, natType, "nat", values{
				"allocationId": address.id, "subnetId": subnet(t, p, v, "subnet", "10.0.0.0/24", "us-east-1a").id,
			})
		}, "InvalidIPAddress.InUse"},
		{"an internet gateway with a NAT gateway behind it", func(t *testing.T, p provider) (object, object) {
			v := vpc(t, p, "vpc")
			return gateway(t, p, v), p.make(t, natType, "nat", values{
				"allocationId": p.make(t, eipType, "eip", values{}).id,
				"subnetId":     subnet(t, p, v, "subnet", "10.0.0.0/24", "us-east-1a").id,
			})
		}, "DependencyViolation"},
		{"a role with a policy attached", func(t *testing.T, p provider) (object, object) {
			r := role(t, p, "role")
			return r, p.make(t, attachmentType, "attachment", values{"role": r.id, "policyArn": clusterPolicyARN})
		}, "DeleteConflict"},
		{"a subnet with a cluster in it", func(t *testing.T, p provider) (object, object) {
			in := subnets(t, p, vpc(t, p, "vpc"))
			return in[1], p.make(t, clusterType, "cluster", clusterInputs(role(t, p, "role"), in))
		}, "DependencyViolation"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newProvider(t)
			held, holder := c.build(t, p)
			err := p.remove(held)
			require.ErrorContains(t, err, c.code)
			assert.ErrorContains(t, err, holder.id, "it says what is in the way")
			read, err := p.Read(p.ctx, plugin.ReadRequest{URN: held.urn, ID: resource.ID(held.id)})
			require.NoError(t, err)
			assert.NotEmpty(t, read.ID, "it is still there")

			require.NoError(t, p.remove(holder))
			assert.NoError(t, p.remove(held))
		})
	}
}

func TestWhatOnlyRefersDoesNotHold(t *testing.T) {
	p := newProvider(t)
	v := vpc(t, p, "vpc")
	table := p.make(t, routeTableType, "table", values{"vpcId": v.id})
	g := gateway(t, p, v)
	p.make(t, routeType, "route", values{"routeTableId": table.id, "destinationCidrBlock": "0.0.0.0/0", "gatewayId": g.id})
	p.make(t, flowLogType, "log", values{"vpcId": v.id, "trafficType": "ALL"})
	for _, o := range []object{table, g, v} {
		assert.NoErrorf(t, p.remove(o), "%s", o.typ)
	}
}

func TestProtectedThingsAreDeletedOnlyOnceUnprotected(t *testing.T) {
	for _, c := range []struct {
		typ, code string
		inputs    func(*testing.T, provider) values
	}{
		{databaseType, "InvalidParameterCombination", func(t *testing.T, p provider) values { return databaseInputs(subnetGroup(t, p)) }},
		{clusterType, "InvalidRequestException", func(t *testing.T, p provider) values {
			return clusterInputs(role(t, p, "role"), subnets(t, p, vpc(t, p, "vpc")))
		}},
	} {
		t.Run(c.typ, func(t *testing.T) {
			p := newProvider(t)
			inputs := c.inputs(t, p)
			o := p.make(t, c.typ, "x", with(inputs, values{"deletionProtection": true}))
			require.ErrorContains(t, p.remove(o), c.code)
			p.update(t, o, with(inputs, values{"deletionProtection": false}))
			assert.NoError(t, p.remove(o))
		})
	}
}

// update changes an object and returns its outputs.
func (p provider) update(t *testing.T, o object, inputs values) values {
	t.Helper()
	checked, failures := p.check(t, o.typ, o.urn.Name(), o.inputs, inputs)
	require.Empty(t, failures)
	updated, err := p.Update(p.ctx, plugin.UpdateRequest{
		URN: o.urn, ID: resource.ID(o.id), OldInputs: o.inputs, NewInputs: checked,
		OldOutputs: resource.NewPropertyMapFromMap(o.outputs),
	})
	require.NoError(t, err)
	return updated.Properties.Mappable()
}

func TestWhatIsGone(t *testing.T) {
	p := newProvider(t)
	o := vpc(t, p, "vpc")
	require.NoError(t, p.remove(o))
	assert.NoError(t, p.remove(o), "gone is all that was asked for")

	read, err := p.Read(p.ctx, plugin.ReadRequest{URN: o.urn, ID: resource.ID(o.id)})
	require.NoError(t, err)
	assert.Empty(t, read.ID)

	_, err = p.Update(p.ctx, plugin.UpdateRequest{URN: o.urn, ID: resource.ID(o.id), NewInputs: o.inputs})
	assert.ErrorContains(t, err, "NotFound")
}

func TestReadGivesBackWhatIsThere(t *testing.T) {
	p := newProvider(t)
	o := vpc(t, p, "vpc")
	read, err := p.Read(p.ctx, plugin.ReadRequest{URN: o.urn, ID: resource.ID(o.id)})
	require.NoError(t, err)
	assert.Equal(t, o.inputs, read.Inputs)
	assert.Equal(t, o.outputs, read.Outputs.Mappable())
}

func TestUpdateKeepsWhatWasComputed(t *testing.T) {
	p := newProvider(t)
	v := vpc(t, p, "vpc")
	zones := subnets(t, p, v)
	inputs := clusterInputs(role(t, p, "role"), zones)
	o := p.make(t, clusterType, "cluster", with(inputs, values{"enabledClusterLogTypes": []any{"audit"}, "tags": values{"a": "1", "b": "2"}}))
	before := o.outputs["vpcConfig"].(values)
	require.NotEmpty(t, before["clusterSecurityGroupId"])

	after := p.update(t, o, with(inputs, values{
		"vpcConfig": values{"subnetIds": ids(zones), "endpointPublicAccess": false}, "tags": values{"b": "3"},
	}))
	config := after["vpcConfig"].(values)
	assert.Equal(t, before["clusterSecurityGroupId"], config["clusterSecurityGroupId"])
	assert.Equal(t, v.id, config["vpcId"])
	assert.Equal(t, false, config["endpointPublicAccess"])
	assert.Equal(t, o.outputs["endpoint"], after["endpoint"])
	assert.Equal(t, values{"b": "3"}, after["tags"], "tags that are gone are gone")
	assert.Equal(t, values{"b": "3"}, after["tagsAll"])
	assert.NotContains(t, after, "enabledClusterLogTypes", "an input that is gone is gone")

	read, err := p.Read(p.ctx, plugin.ReadRequest{URN: o.urn, ID: resource.ID(o.id)})
	require.NoError(t, err)
	assert.Equal(t, after, read.Outputs.Mappable())
}

func TestUpdateHoldsReferencesToWhatIsThere(t *testing.T) {
	p := newProvider(t)
	o := p.make(t, logGroupType, "log", values{})
	checked, _ := p.check(t, logGroupType, "log", o.inputs, values{"kmsKeyId": "arn:aws:kms:us-east-1:1:key/none"})
	_, err := p.Update(p.ctx, plugin.UpdateRequest{URN: o.urn, ID: resource.ID(o.id), NewInputs: checked})
	assert.ErrorContains(t, err, "NotFound: kmsKeyId")
}

func TestPreviewedUpdateChangesNothing(t *testing.T) {
	p := newProvider(t)
	o := p.make(t, logGroupType, "log", values{"retentionInDays": 7})
	preview, err := p.Update(p.ctx, plugin.UpdateRequest{
		URN: o.urn, ID: resource.ID(o.id), OldOutputs: resource.NewPropertyMapFromMap(o.outputs), Preview: true,
		NewInputs: resource.NewPropertyMapFromMap(values{"retentionInDays": 30}),
	})
	require.NoError(t, err)
	assert.Equal(t, 30., preview.Properties["retentionInDays"].NumberValue())
	assert.Equal(t, o.outputs["arn"], preview.Properties["arn"].StringValue())

	read, err := p.Read(p.ctx, plugin.ReadRequest{URN: o.urn, ID: resource.ID(o.id)})
	require.NoError(t, err)
	assert.Equal(t, 7., read.Outputs["retentionInDays"].NumberValue())
}

// A previewed update knows what was computed before it, also inside what is changed.
func TestPreviewedUpdateKeepsWhatWasComputed(t *testing.T) {
	p := newProvider(t)
	zones := subnets(t, p, vpc(t, p, "vpc"))
	inputs := clusterInputs(role(t, p, "role"), zones)
	o := p.make(t, clusterType, "cluster", inputs)
	changed := resource.NewPropertyMapFromMap(with(inputs, values{"vpcConfig": values{"subnetIds": ids(zones), "endpointPublicAccess": false}}))
	for name, config := range map[string]resource.PropertyValue{
		"bare": changed["vpcConfig"], "with its source": resource.NewProperty(resource.Output{Element: changed["vpcConfig"], Known: true}),
	} {
		changed["vpcConfig"] = config
		preview, err := p.Update(p.ctx, plugin.UpdateRequest{
			URN: o.urn, ID: resource.ID(o.id), OldOutputs: resource.NewPropertyMapFromMap(o.outputs), Preview: true, NewInputs: changed,
		})
		require.NoError(t, err)
		after := preview.Properties["vpcConfig"].Mappable().(values)
		assert.Equal(t, o.outputs["vpcConfig"].(values)["clusterSecurityGroupId"], after["clusterSecurityGroupId"], name)
		assert.Equal(t, false, after["endpointPublicAccess"], name)
	}
}

// Routes go with their table, rules with their group, what is in a cluster with the cluster.
func TestPartsGoWithTheWhole(t *testing.T) {
	for _, c := range []struct {
		part, whole string
	}{
		{routeType, routeTableType},
		{ruleType, groupType},
		{accessPolicyType, clusterType},
		{accessPolicyType, accessEntryType},
		{podIdentityType, clusterType},
		{lifecycleType, repositoryType},
		{"aws:secretsmanager/secretVersion:SecretVersion", "aws:secretsmanager/secret:Secret"},
		{"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", bucketType},
	} {
		t.Run(c.part, func(t *testing.T) {
			p := newProvider(t)
			minimal[c.part](t, p)
			require.Len(t, p.objects.OfType(c.part), 1)
			whole := p.objects.OfType(c.whole)
			require.Len(t, whole, 1)
			require.NoError(t, p.remove(object{urn: urn(c.whole, "whole"), id: whole[0].ID}))
			assert.Empty(t, p.objects.OfType(c.part))
			assert.Empty(t, p.objects.OfType(c.whole))
		})
	}
}

func TestOneIdentityPerServiceAccount(t *testing.T) {
	p := newProvider(t)
	first := minimal[podIdentityType](t, p)
	_, err := p.try(t, podIdentityType, "second", first.inputs.Mappable())
	assert.ErrorContains(t, err, "ResourceInUseException: association already exists")
}

func TestSubnetsFitTheirVPC(t *testing.T) {
	for _, c := range []struct{ name, block, code string }{
		{"outside", "10.1.0.0/24", "InvalidSubnet.Range"},
		{"larger", "10.0.0.0/16", "InvalidSubnet.Range"},
		{"overlapping", "10.0.0.128/25", "InvalidSubnet.Conflict"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newProvider(t)
			v := p.make(t, vpcType, "vpc", values{"cidrBlock": "10.0.0.0/20"})
			subnet(t, p, v, "a", "10.0.0.0/24", "us-east-1a")
			_, err := p.try(t, subnetType, "b", values{"vpcId": v.id, "cidrBlock": c.block})
			assert.ErrorContains(t, err, c.code)
		})
	}
}

func TestNATNeedsAnInternetGateway(t *testing.T) {
	p := newProvider(t)
	_, err := p.try(t, natType, "nat", values{
		"allocationId": p.make(t, eipType, "eip", values{}).id,
		"subnetId":     subnet(t, p, vpc(t, p, "vpc"), "subnet", "10.0.0.0/24", "us-east-1a").id,
	})
	assert.ErrorContains(t, err, "Gateway.NotAttached")
}

func TestADatabaseCoversTwoZones(t *testing.T) {
	p := newProvider(t)
	v := vpc(t, p, "vpc")
	one, two := subnet(t, p, v, "a", "10.0.0.0/24", "us-east-1a"), subnet(t, p, v, "b", "10.0.1.0/24", "us-east-1a")
	_, err := p.try(t, subnetGroupType, "group", values{"subnetIds": ids([]object{one, two})})
	assert.ErrorContains(t, err, "DBSubnetGroupDoesNotCoverEnoughAZs")
}

func TestAParameterGroupFitsItsDatabase(t *testing.T) {
	p := newProvider(t)
	parameters := p.make(t, parameterType, "parameters", values{"family": "postgres15"})
	_, err := p.try(t, databaseType, "database",
		with(databaseInputs(subnetGroup(t, p)), values{"parameterGroupName": parameters.id}))
	assert.ErrorContains(t, err, "InvalidParameterCombination")
}

// An empty text for an output would let a test pass that should not.
func TestAPromiseThatCannotBeKeptIsAnError(t *testing.T) {
	p := newProvider(t)
	_, err := p.try(t, databaseType, "database", with(databaseInputs(subnetGroup(t, p)), values{"engineVersion": nil}))
	assert.ErrorContains(t, err, "breaks a promise of the provider: output engineVersion is missing")
}

func TestAClusterBringsItsSecurityGroupAndTakesItAlong(t *testing.T) {
	p := newProvider(t)
	o := cluster(t, p)
	group := resource.ID(o.outputs["vpcConfig"].(values)["clusterSecurityGroupId"].(string))
	read, err := p.Read(p.ctx, plugin.ReadRequest{URN: urn(groupType, "x"), ID: group})
	require.NoError(t, err)
	assert.Equal(t, group, read.ID)

	require.NoError(t, p.remove(o))
	read, err = p.Read(p.ctx, plugin.ReadRequest{URN: urn(groupType, "x"), ID: group})
	require.NoError(t, err)
	assert.Empty(t, read.ID)
}

func TestCheckRefuses(t *testing.T) {
	auto := values{
		"roleArn": "a", "vpcConfig": values{"subnetIds": []any{"subnet-1"}},
		"computeConfig":           values{"enabled": true},
		"storageConfig":           values{"blockStorage": values{"enabled": true}},
		"kubernetesNetworkConfig": values{"elasticLoadBalancing": values{"enabled": true}},
	}
	database := databaseInputs(object{id: "group"})
	rule := values{"securityGroupId": "sg-1", "ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "cidrIpv4": "10.0.0.0/16"}
	for _, c := range []struct {
		name, typ string
		// valid are inputs that pass, and no longer do with wrong put in; failing is the input at fault.
		valid, wrong values
		failing      string
	}{
		{"a VPC too small", vpcType, values{"cidrBlock": "10.0.0.0/28"}, values{"cidrBlock": "10.0.0.0/29"}, "cidrBlock"},
		{"a VPC too large", vpcType, values{"cidrBlock": "10.0.0.0/16"}, values{"cidrBlock": "10.0.0.0/15"}, "cidrBlock"},
		{"a block with an address", vpcType, values{"cidrBlock": "10.0.0.0/16"}, values{"cidrBlock": "10.0.0.1/16"}, "cidrBlock"},
		{"an IPv6 block", vpcType, values{"cidrBlock": "10.0.0.0/16"}, values{"cidrBlock": "fd00::/20"}, "cidrBlock"},
		{"a kind of endpoint", endpointType, values{"vpcId": "v", "vpcEndpointType": "Gateway"}, values{"vpcEndpointType": "gateway"}, "vpcEndpointType"},
		{"a kind of traffic", flowLogType, values{"trafficType": "ALL"}, values{"trafficType": "all"}, "trafficType"},
		{"an interval", flowLogType, values{"maxAggregationInterval": 60}, values{"maxAggregationInterval": 61}, "maxAggregationInterval"},
		{"a group's description", groupType, values{"description": "API, to all"}, values{"description": "API → all"}, "description"},
		{"a group's name", groupType, values{"name": "api"}, values{"name": "sg-api"}, "name"},
		{"a port", ruleType, rule, values{"toPort": 65536}, "toPort"},
		{"ports the wrong way round", ruleType, rule, values{"toPort": 80}, "toPort"},
		{"no source", ruleType, rule, values{"cidrIpv4": nil}, "cidrIpv4"},
		{"two sources", ruleType, rule, values{"cidrIpv6": "::/0"}, "cidrIpv4"},
		{"a version no longer supported", clusterType, with(auto, values{"version": "1.34"}), values{"version": "1.31"}, "version"},
		{"a cluster's name", clusterType, with(auto, values{"name": "coffee"}), values{"name": "coffee cluster"}, "name"},
		{"half of Auto Mode", clusterType, auto, values{"storageConfig": nil}, "computeConfig"},
		{"add-ons with Auto Mode", clusterType, auto, values{"bootstrapSelfManagedAddons": true}, "bootstrapSelfManagedAddons"},
		{"a kind of access", accessEntryType, values{"clusterName": "c", "principalArn": "a", "type": "EC2"}, values{"type": "NODE"}, "type"},
		{"an access policy", accessPolicyType,
			values{"clusterName": "c", "principalArn": "a", "accessScope": values{"type": "cluster"}, "policyArn": autoNodePolicyARN},
			values{"policyArn": autoNodePolicyARN + "s"}, "policyArn"},
		{"a managed policy", attachmentType, values{"role": "r", "policyArn": clusterPolicyARN}, values{"policyArn": clusterPolicyARN + "s"}, "policyArn"},
		{"a role's name", roleType, values{"name": "api", "assumeRolePolicy": iampolicy.ServiceTrust("a")}, values{"name": "a b"}, "name"},
		{"a session", roleType, values{"maxSessionDuration": 3600, "assumeRolePolicy": iampolicy.ServiceTrust("a")},
			values{"maxSessionDuration": 60}, "maxSessionDuration"},
		{"a trust policy too long", roleType, values{"assumeRolePolicy": iampolicy.ServiceTrust("a")},
			values{"assumeRolePolicy": iampolicy.ServiceTrust(strings.Repeat("a", 2048))}, "assumeRolePolicy"},
		{"a policy that is no JSON", roleType, values{"assumeRolePolicy": iampolicy.ServiceTrust("a")},
			values{"assumeRolePolicy": "Allow"}, "assumeRolePolicy"},
		{"a policy without a version", roleType, values{"assumeRolePolicy": iampolicy.ServiceTrust("a")},
			values{"assumeRolePolicy": `{"Statement":[{}]}`}, "assumeRolePolicy"},
		{"a policy without statements", roleType, values{"assumeRolePolicy": iampolicy.ServiceTrust("a")},
			values{"assumeRolePolicy": `{"Version":"2012-10-17","Statement":[]}`}, "assumeRolePolicy"},
		{"a policy with null for statements", roleType, values{"assumeRolePolicy": iampolicy.ServiceTrust("a")},
			values{"assumeRolePolicy": `{"Version":"2012-10-17","Statement":null}`}, "assumeRolePolicy"},
		{"a key's waiting time", keyType, values{"deletionWindowInDays": 7}, values{"deletionWindowInDays": 6}, "deletionWindowInDays"},
		{"a log's name", logGroupType, values{"name": "/aws/eks"}, values{"name": "/aws/eks logs"}, "name"},
		{"a log's retention", logGroupType, values{"retentionInDays": 30}, values{"retentionInDays": 31}, "retentionInDays"},
		{"a repository's name", repositoryType, values{"name": "coffee/api"}, values{"name": "coffee/API"}, "name"},
		{"a repository's tags", repositoryType, values{"imageTagMutability": "IMMUTABLE"}, values{"imageTagMutability": "immutable"}, "imageTagMutability"},
		{"a lifecycle too long", lifecycleType, values{"repository": "r", "policy": "{}"},
			values{"policy": strings.Repeat(" ", 30721)}, "policy"},
		{"a subnet group of one", subnetGroupType, values{"subnetIds": []any{"a", "b"}}, values{"subnetIds": []any{"a"}}, "subnetIds"},
		{"a subnet group's name", subnetGroupType, values{"name": "a", "subnetIds": []any{"a", "b"}}, values{"name": "A"}, "name"},
		{"a family", parameterType, values{"family": "postgres16"}, values{"family": "postgres9"}, "family"},
		{"an identifier", databaseType, with(database, values{"identifier": "coffee-db"}), values{"identifier": "coffee--db"}, "identifier"},
		{"an instance class", databaseType, database, values{"instanceClass": "t4g.micro"}, "instanceClass"},
		{"an engine", databaseType, database, values{"engine": "postgresql"}, "engine"},
		{"a kind of storage", databaseType, with(database, values{"storageType": "gp3"}), values{"storageType": "ssd"}, "storageType"},
		{"too little storage", databaseType, database, values{"allocatedStorage": 19}, "allocatedStorage"},
		{"too long a retention", databaseType, with(database, values{"backupRetentionPeriod": 35}), values{"backupRetentionPeriod": 36}, "backupRetentionPeriod"},
		{"a port below", databaseType, with(database, values{"port": 5432}), values{"port": 80}, "port"},
		{"two passwords", databaseType, database, values{"password": "not a real one"}, "password"},
		{"no last snapshot", databaseType, database, values{"skipFinalSnapshot": nil}, "finalSnapshotIdentifier"},
		{"no room to grow", databaseType, with(database, values{"maxAllocatedStorage": 22}), values{"maxAllocatedStorage": 21}, "maxAllocatedStorage"},
		{"an input there is not", vpcType, values{"cidrBlock": "10.0.0.0/16"}, values{"cidr": "10.0.0.0/16"}, "cidr"},
		{"an input of another type", vpcType, values{"cidrBlock": "10.0.0.0/16"}, values{"enableDnsSupport": "yes"}, "enableDnsSupport"},
	} {
		t.Run(c.typ+" "+c.name, func(t *testing.T) {
			p := newProvider(t)
			_, failures := p.check(t, c.typ, "x", nil, c.valid)
			require.Empty(t, failures, "without what is wrong")
			_, failures = p.check(t, c.typ, "x", nil, with(c.valid, c.wrong))
			assert.Contains(t, failures, c.failing)
			assert.Len(t, failures, 1)
		})
	}
}

// What is not known in a preview is looked at when it is.
func TestCheckPassesWhatIsNotKnown(t *testing.T) {
	p := newProvider(t)
	unknown := resource.MakeComputed(resource.NewProperty(""))
	for typ, inputs := range map[string]resource.PropertyMap{
		vpcType:      {"cidrBlock": unknown},
		roleType:     {"name": unknown, "assumeRolePolicy": unknown, "tags": unknown},
		databaseType: {"instanceClass": unknown, "allocatedStorage": unknown, "skipFinalSnapshot": unknown, "finalSnapshotIdentifier": unknown},
		clusterType:  {"roleArn": unknown, "vpcConfig": unknown, "computeConfig": unknown},
	} {
		checked, err := p.Check(p.ctx, plugin.CheckRequest{URN: urn(typ, "x"), News: inputs, RandomSeed: []byte("x")})
		require.NoError(t, err)
		assert.Emptyf(t, checked.Failures, "%s", typ)
	}
}

func TestWhatIsNotInTheCatalogueIsRefusedByName(t *testing.T) {
	p, u := newProvider(t), urn("aws:ec2/carrierPigeon:CarrierPigeon", "x")
	_, checkErr := p.Check(p.ctx, plugin.CheckRequest{URN: u})
	_, diffErr := p.Diff(p.ctx, plugin.DiffRequest{URN: u})
	_, createErr := p.Create(p.ctx, plugin.CreateRequest{URN: u})
	_, readErr := p.Read(p.ctx, plugin.ReadRequest{URN: u})
	_, updateErr := p.Update(p.ctx, plugin.UpdateRequest{URN: u})
	_, deleteErr := p.Delete(p.ctx, plugin.DeleteRequest{URN: u})
	for i, err := range []error{checkErr, diffErr, createErr, readErr, updateErr, deleteErr} {
		assert.ErrorContains(t, err, "aws:ec2/carrierPigeon:CarrierPigeon", fmt.Sprint("call ", i))
	}
	_, err := p.Invoke(p.ctx, plugin.InvokeRequest{Tok: tokens.ModuleMember("aws:ec2/getPigeon:getPigeon")})
	assert.ErrorContains(t, err, "aws:ec2/getPigeon:getPigeon")
}

func TestPartition(t *testing.T) {
	p := newProvider(t)
	answer, err := p.Invoke(p.ctx, plugin.InvokeRequest{Tok: "aws:index/getPartition:getPartition"})
	require.NoError(t, err)
	assert.Equal(t, "aws", answer.Properties["partition"].StringValue())
}

// The engine opens a connection for each provider resource, and tells them apart by nothing else.
func TestEachConnectionHasItsOwnAccount(t *testing.T) {
	p := newProvider(t)
	one, two := p.over(40001), p.over(40002)
	one.configure(t, values{"region": "us-east-1", "allowedAccountIds": []any{"111111111111"}})
	two.configure(t, values{"region": "eu-west-1", "allowedAccountIds": []any{"222222222222"}})
	first, second := role(t, one, "one"), vpc(t, two, "two")
	assert.Equal(t, "arn:aws:iam::111111111111:role/"+first.id, first.outputs["arn"])
	assert.Equal(t, "arn:aws:ec2:eu-west-1:222222222222:vpc/"+second.id, second.outputs["arn"])

	_, err := p.over(40003).Create(p.over(40003).ctx, plugin.CreateRequest{URN: urn(keyType, "x")})
	assert.ErrorContains(t, err, "not configured", "an ARN without an account is no ARN")
}

func TestAProviderWithoutRegionOrAccountIsRefused(t *testing.T) {
	name := "production"
	for what, config := range map[string]values{
		"nothing":              {},
		"no account":           {"region": region},
		"an empty list":        {"region": region, "allowedAccountIds": []any{}},
		"no region":            {"allowedAccountIds": []any{account}},
		"accounts in disguise": {"region": region, "allowedAccountIds": "none"},
	} {
		t.Run(what, func(t *testing.T) {
			p := newProvider(t).over(40001)
			_, err := p.Configure(p.ctx, plugin.ConfigureRequest{Name: &name, Inputs: resource.NewPropertyMapFromMap(config)})
			assert.ErrorContains(t, err, "production has no region or no account")
		})
	}
}

func TestAnotherAccountOrRegionReplacesTheProvider(t *testing.T) {
	config := values{"region": region, "allowedAccountIds": `["1"]`, "defaultTags": `{}`}
	for input, replaces := range map[string]bool{"region": true, "allowedAccountIds": true, "defaultTags": false} {
		result, err := newProvider(t).DiffConfig(context.Background(), plugin.DiffConfigRequest{
			OldInputs: resource.NewPropertyMapFromMap(config),
			NewInputs: resource.NewPropertyMapFromMap(with(config, values{input: "another"})),
		})
		require.NoError(t, err)
		assert.Equalf(t, replaces, result.Replace(), "%s", input)
	}
}

// A run that is killed leaves behind what it has made, and another goes on from there.
func TestObjectsOutliveTheProvider(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cloud.jsonl")
	open := func() (provider, *cloud.Cloud) {
		c, err := cloud.Open(path)
		require.NoError(t, err)
		p := provider{aws.New(c), context.Background(), c}
		p.configure(t, values{"region": region, "allowedAccountIds": []any{account}})
		return p, c
	}
	p, c := open()
	v := vpc(t, p, "vpc")
	require.NoError(t, c.Close())

	p, c = open()
	defer func() { assert.NoError(t, c.Close()) }()
	held := subnet(t, p, v, "subnet", "10.0.0.0/24", "us-east-1a")
	require.ErrorContains(t, p.remove(v), "DependencyViolation")
	require.NoError(t, p.remove(held))
	assert.NoError(t, p.remove(v))
}

// RDS upgrades a major version only for who says so, and takes none back.
func TestMajorVersionsOfADatabase(t *testing.T) {
	p := newProvider(t)
	inputs := with(databaseInputs(subnetGroup(t, p)), values{"engineVersion": "16"})
	database := p.make(t, databaseType, "database", inputs)
	assert.ErrorContains(t, p.change(t, database, with(inputs, values{"engineVersion": "17"})), "AllowMajorVersionUpgrade flag")
	willing := with(inputs, values{"allowMajorVersionUpgrade": true})
	assert.ErrorContains(t, p.change(t, database, with(willing, values{"engineVersion": "15.9"})), "cannot upgrade postgres from 16 to 15")
	require.NoError(t, p.change(t, database, with(inputs, values{"engineVersion": "16.4"})))
	require.NoError(t, p.change(t, database, with(willing, values{"engineVersion": "17"})))
}

// EKS goes to the next minor version, to none after that, and not back.
func TestMinorVersionsOfACluster(t *testing.T) {
	p := newProvider(t)
	inputs := with(clusterInputs(role(t, p, "role"), subnets(t, p, vpc(t, p, "vpc"))), values{"version": "1.34"})
	o := p.make(t, clusterType, "cluster", inputs)
	assert.ErrorContains(t, p.change(t, o, with(inputs, values{"version": "1.36"})), "Unsupported Kubernetes minor version update from 1.34 to 1.36")
	require.NoError(t, p.change(t, o, with(inputs, values{"version": "1.35"})))
	require.NoError(t, p.change(t, o, with(inputs, values{"version": nil})), "none is given, and the version stays")
	assert.Equal(t, "1.35", p.stored(o).Outputs["version"])
	assert.ErrorContains(t, p.change(t, o, inputs), "Unsupported Kubernetes minor version update from 1.35 to 1.34")
	require.NoError(t, p.change(t, o, with(inputs, values{"version": "1.36"})))
}
