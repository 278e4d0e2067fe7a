package aws_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/internal/iampolicy"
	"coffee-platform/internal/sandbox/aws"
	"coffee-platform/internal/sandbox/sdkschema"
)

// minimal makes of each type of the catalogue the smallest object that AWS would take, and what it needs.
var minimal = map[string]func(*testing.T, provider) object{
	vpcType: func(t *testing.T, p provider) object { return vpc(t, p, "vpc") },
	subnetType: func(t *testing.T, p provider) object {
		return p.make(t, subnetType, "subnet", values{"vpcId": vpc(t, p, "vpc").id, "cidrBlock": "10.0.0.0/24"})
	},
	gatewayType: func(t *testing.T, p provider) object { return gateway(t, p, vpc(t, p, "vpc")) },
	routeTableType: func(t *testing.T, p provider) object {
		return p.make(t, routeTableType, "table", values{"vpcId": vpc(t, p, "vpc").id})
	},
	routeType: func(t *testing.T, p provider) object {
		v := vpc(t, p, "vpc")
		table := p.make(t, routeTableType, "table", values{"vpcId": v.id})
		return p.make(t, routeType, "route", values{
			"routeTableId": table.id, "destinationCidrBlock": "0.0.0.0/0", "gatewayId": gateway(t, p, v).id,
		})
	},
	associationType: func(t *testing.T, p provider) object {
		v := vpc(t, p, "vpc")
		table := p.make(t, routeTableType, "table", values{"vpcId": v.id})
		return p.make(t, associationType, "association", values{
			"routeTableId": table.id, "subnetId": subnet(t, p, v, "subnet", "10.0.0.0/24", "us-east-1a").id,
		})
	},
	eipType: func(t *testing.T, p provider) object { return p.make(t, eipType, "eip", values{}) },
	natType: func(t *testing.T, p provider) object {
		v := vpc(t, p, "vpc")
		gateway(t, p, v)
		return p.make(t, natType, "nat", values{
			"allocationId": p.make(t, eipType, "eip", values{}).id,
			"subnetId":     subnet(t, p, v, "subnet", "10.0.0.0/24", "us-east-1a").id,
		})
	},
	endpointType: func(t *testing.T, p provider) object {
		return p.make(t, endpointType, "endpoint", values{"vpcId": vpc(t, p, "vpc").id, "serviceName": "com.amazonaws.us-east-1.s3"})
	},
	flowLogType: func(t *testing.T, p provider) object {
		return p.make(t, flowLogType, "log", values{"vpcId": vpc(t, p, "vpc").id, "trafficType": "ALL"})
	},
	groupType: func(t *testing.T, p provider) object {
		return p.make(t, groupType, "group", values{"vpcId": vpc(t, p, "vpc").id})
	},
	defaultGroupType: func(t *testing.T, p provider) object {
		return p.make(t, defaultGroupType, "default", values{"vpcId": vpc(t, p, "vpc").id})
	},
	ruleType: func(t *testing.T, p provider) object {
		group := p.make(t, groupType, "group", values{"vpcId": vpc(t, p, "vpc").id})
		return p.make(t, ruleType, "rule", values{
			"securityGroupId": group.id, "ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "cidrIpv4": "10.0.0.0/16",
		})
	},
	clusterType: func(t *testing.T, p provider) object { return cluster(t, p) },
	accessEntryType: func(t *testing.T, p provider) object {
		return p.make(t, accessEntryType, "entry", values{
			"clusterName": cluster(t, p).id, "principalArn": role(t, p, "operator").outputs["arn"],
		})
	},
	podIdentityType: func(t *testing.T, p provider) object {
		return p.make(t, podIdentityType, "api", values{
			"clusterName": cluster(t, p).id, "namespace": "coffee", "serviceAccount": "api", "roleArn": role(t, p, "api").outputs["arn"],
		})
	},
	"aws:eks/addon:Addon": func(t *testing.T, p provider) object {
		return p.make(t, "aws:eks/addon:Addon", "metrics", values{"clusterName": cluster(t, p).id, "addonName": "metrics-server"})
	},
	accessPolicyType: func(t *testing.T, p provider) object {
		clusterName, principal := cluster(t, p).id, role(t, p, "node").outputs["arn"]
		p.make(t, accessEntryType, "entry", values{"clusterName": clusterName, "principalArn": principal, "type": "EC2"})
		return p.make(t, accessPolicyType, "association", values{
			"clusterName": clusterName, "principalArn": principal, "policyArn": autoNodePolicyARN,
			"accessScope": values{"type": "cluster"},
		})
	},
	roleType: func(t *testing.T, p provider) object { return role(t, p, "role") },
	rolePolicyType: func(t *testing.T, p provider) object {
		return p.make(t, rolePolicyType, "policy", values{
			"role": role(t, p, "role").id,
			"policy": iampolicy.Document(iampolicy.Statement{
				Effect: iampolicy.Allow, Action: []string{"logs:PutLogEvents"}, Resource: []string{"*"},
			}),
		})
	},
	attachmentType: func(t *testing.T, p provider) object {
		return p.make(t, attachmentType, "attachment", values{"role": role(t, p, "role").id, "policyArn": clusterPolicyARN})
	},
	keyType:        func(t *testing.T, p provider) object { return p.make(t, keyType, "key", values{}) },
	logGroupType:   func(t *testing.T, p provider) object { return p.make(t, logGroupType, "log", values{}) },
	repositoryType: func(t *testing.T, p provider) object { return p.make(t, repositoryType, "api", values{}) },
	lifecycleType: func(t *testing.T, p provider) object {
		return p.make(t, lifecycleType, "lifecycle", values{
			"repository": p.make(t, repositoryType, "api", values{}).id, "policy": `{"rules":[]}`,
		})
	},
	repositoryPolicyType: func(t *testing.T, p provider) object {
		return p.make(t, repositoryPolicyType, "policy", values{
			"repository": p.make(t, repositoryType, "api", values{}).id, "policy": pullPolicy,
		})
	},
	oidcProviderType:         func(t *testing.T, p provider) object { return p.make(t, oidcProviderType, "github", oidcInputs) },
	vaultType:                func(t *testing.T, p provider) object { return vault(t, p) },
	vaultLockType:            vaultLock,
	backupPlanType:           func(t *testing.T, p provider) object { return backupPlan(t, p, vault(t, p)) },
	backupSelectionType:      backupSelection,
	restoreTestType:          restoreTest,
	restoreTestSelectionType: restoreTestSelection,
	subnetGroupType:          func(t *testing.T, p provider) object { return subnetGroup(t, p) },
	parameterType: func(t *testing.T, p provider) object {
		return p.make(t, parameterType, "parameters", values{"family": "postgres16"})
	},
	databaseType: func(t *testing.T, p provider) object {
		return p.make(t, databaseType, "database", databaseInputs(subnetGroup(t, p)))
	},
	"aws:elasticache/subnetGroup:SubnetGroup": func(t *testing.T, p provider) object {
		return p.make(t, "aws:elasticache/subnetGroup:SubnetGroup", "group", values{"subnetIds": ids(subnets(t, p, vpc(t, p, "vpc")))})
	},
	"aws:elasticache/parameterGroup:ParameterGroup": func(t *testing.T, p provider) object {
		return p.make(t, "aws:elasticache/parameterGroup:ParameterGroup", "parameters", values{"family": "redis7"})
	},
	"aws:elasticache/replicationGroup:ReplicationGroup": func(t *testing.T, p provider) object {
		return p.make(t, "aws:elasticache/replicationGroup:ReplicationGroup", "redis", values{
			"description": "redis", "nodeType": "cache.t4g.micro",
		})
	},
	"aws:secretsmanager/secret:Secret": secret,
	"aws:secretsmanager/secretVersion:SecretVersion": func(t *testing.T, p provider) object {
		return p.make(t, "aws:secretsmanager/secretVersion:SecretVersion", "version", values{
			"secretId": secret(t, p).id, "secretString": "not a real one",
		})
	},
	bucketType: bucket,
	"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": ofBucket("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", values{
		"blockPublicAcls": true,
	}),
	"aws:s3/bucketOwnershipControls:BucketOwnershipControls": ofBucket("aws:s3/bucketOwnershipControls:BucketOwnershipControls", values{
		"rule": values{"objectOwnership": "BucketOwnerEnforced"},
	}),
	"aws:s3/bucketPolicy:BucketPolicy": func(t *testing.T, p provider) object {
		b := bucket(t, p)
		return p.make(t, "aws:s3/bucketPolicy:BucketPolicy", "policy", values{
			"bucket": b.id,
			"policy": iampolicy.Document(iampolicy.Statement{
				Effect: iampolicy.Deny, Principal: values{"AWS": "*"}, Action: []string{"s3:*"},
				Resource:  []string{b.text(t, "arn") + "/*"},
				Condition: map[string]map[string][]string{"Bool": {"aws:SecureTransport": {"false"}}},
			}),
		})
	},
	"aws:s3/bucketVersioning:BucketVersioning": ofBucket("aws:s3/bucketVersioning:BucketVersioning", values{
		"versioningConfiguration": values{"status": "Enabled"},
	}),
	"aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": ofBucket(
		"aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration", values{
			"rules": []any{values{"applyServerSideEncryptionByDefault": values{"sseAlgorithm": "AES256"}}},
		}),
	"aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": ofBucket(
		"aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", values{
			"rules": []any{values{"id": "old", "status": "Enabled", "expiration": values{"days": 30}}},
		}),
	"aws:s3/bucketCorsConfiguration:BucketCorsConfiguration": ofBucket("aws:s3/bucketCorsConfiguration:BucketCorsConfiguration", values{
		"corsRules": []any{values{"allowedMethods": []any{"GET"}, "allowedOrigins": []any{"https://coffee.example"}}},
	}),
	"aws:s3/bucketLogging:BucketLogging": func(t *testing.T, p provider) object {
		b := bucket(t, p)
		return p.make(t, "aws:s3/bucketLogging:BucketLogging", "logging", values{
			"bucket": b.id, "targetBucket": b.id, "targetPrefix": "log/",
		})
	},
	balancerType:    func(t *testing.T, p provider) object { return balancer(t, p, nil) },
	targetGroupType: func(t *testing.T, p provider) object { return targetGroup(t, p, vpc(t, p, "vpc").id) },
	listenerType:    listener,
	listenerRuleType: func(t *testing.T, p provider) object {
		rule, _ := listenerRule(t, p)
		return rule
	},
	egressRuleType: func(t *testing.T, p provider) object {
		group := p.make(t, groupType, "group", values{"vpcId": vpc(t, p, "vpc").id})
		return p.make(t, egressRuleType, "rule", values{
			"securityGroupId": group.id, "ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "cidrIpv4": "10.0.0.0/16",
		})
	},
	certificateType:           certificate,
	certificateValidationType: certificateValidation,
	recordType:                func(t *testing.T, p provider) object { return proof(t, p, certificate(t, p)) },
	webACLType:                webACL,
	webACLAssociationType: func(t *testing.T, p provider) object {
		return p.make(t, webACLAssociationType, "edge", values{
			"resourceArn": balancer(t, p, nil).id, "webAclArn": webACL(t, p).outputs["arn"],
		})
	},
	webACLLoggingType: func(t *testing.T, p provider) object {
		group := p.make(t, logGroupType, "log", values{"name": "aws-waf-logs-edge"})
		return p.make(t, webACLLoggingType, "edge", values{
			"resourceArn": webACL(t, p).outputs["arn"], "logDestinationConfigs": []any{group.outputs["arn"]},
		})
	},
}

const bucketType = "aws:s3/bucket:Bucket"

func bucket(t *testing.T, p provider) object { return p.make(t, bucketType, "media", values{}) }

// ofBucket makes what configures a bucket.
func ofBucket(typ string, inputs values) func(*testing.T, provider) object {
	return func(t *testing.T, p provider) object {
		return p.make(t, typ, "media", with(inputs, values{"bucket": bucket(t, p).id}))
	}
}

func secret(t *testing.T, p provider) object {
	return p.make(t, "aws:secretsmanager/secret:Secret", "secret", values{})
}

func TestEveryTypeHasAMinimalCase(t *testing.T) {
	assert.Equal(t, aws.Types(), slices.Sorted(maps.Keys(minimal)), "minimal wants a case for every type of the catalogue, and for no other")
}

// What the SDK promises a program to be there must be: an output that is missing would be an empty text.
func TestEveryPromisedOutputIsThere(t *testing.T) {
	for _, typ := range aws.Types() {
		t.Run(typ, func(t *testing.T) {
			require.NotNil(t, minimal[typ], "minimal has no case for it")
			made := minimal[typ](t, newProvider(t))
			require.Equal(t, typ, made.typ)
			assert.NotEmpty(t, made.id)
			assert.Equal(t, made.id, made.outputs["id"])
			schema := aws.EntryOf(typ).Schema
			for _, name := range schema.AlwaysPresent() {
				assert.NotNilf(t, made.outputs[name], "output %s is missing", name)
			}
			assert.Empty(t, schema.CheckOutputs(resource.NewPropertyMapFromMap(made.outputs)))
		})
	}
}

// ARNs and owners say where a thing is, and programs build policies of them.
func TestOutputsNameTheAccountAndRegion(t *testing.T) {
	for _, typ := range aws.Types() {
		t.Run(typ, func(t *testing.T) {
			require.NotNil(t, minimal[typ], "minimal has no case for it")
			made := minimal[typ](t, newProvider(t))
			if arn, ok := made.outputs["arn"].(string); ok {
				parts := strings.SplitN(arn, ":", 6)
				require.Lenf(t, parts, 6, "%s is no ARN", arn)
				switch parts[2] {
				case "s3": // bucket names are of the whole world
					assert.Equal(t, []string{"", ""}, parts[3:5], arn)
				case "iam": // has no regions
					assert.Equal(t, []string{"", account}, parts[3:5], arn)
				default:
					assert.Equal(t, []string{region, account}, parts[3:5], arn)
				}
			}
			if owner, ok := made.outputs["ownerId"]; ok {
				assert.Equal(t, account, owner)
			}
			if slices.Contains(aws.EntryOf(typ).Schema.Outputs(), "region") {
				assert.Equal(t, region, made.outputs["region"])
			}
		})
	}
}

// A misspelt input in an entry would silently never match.
func TestEntriesNameInputsOfTheSDK(t *testing.T) {
	for _, typ := range aws.Types() {
		entry := aws.EntryOf(typ)
		for _, input := range entry.Inputs {
			assert.Truef(t, takes(entry.Schema, input), "%s: the SDK has no input %s", typ, input)
		}
		for input, to := range entry.Refers {
			if assert.Containsf(t, aws.Types(), to[0], "%s: %s refers to a type the catalogue has no entry for", typ, input) {
				assert.Containsf(t, append(aws.EntryOf(to[0]).Schema.Outputs(), "id"), to[1], "%s: %s refers to an output that %s has not", typ, input, to[0])
			}
		}
	}
}

// takes tells whether a type takes the dotted input: each step as an object, or as a list of them.
func takes(schema sdkschema.Resource, input string) bool {
	steps := strings.Split(input, ".")
	for lists := range 1 << (len(steps) - 1) {
		value := resource.MakeComputed(resource.NewProperty("")) // passes as any type
		for i := len(steps) - 1; i > 0; i-- {
			value = resource.NewProperty(resource.PropertyMap{resource.PropertyKey(steps[i]): value})
			if lists>>(i-1)&1 == 1 {
				value = resource.NewProperty([]resource.PropertyValue{value})
			}
		}
		failures := schema.Check(resource.PropertyMap{resource.PropertyKey(steps[0]): value})
		if !slices.ContainsFunc(failures, func(f plugin.CheckFailure) bool { return f.Reason != "is required" }) {
			return true
		}
	}
	return false
}
