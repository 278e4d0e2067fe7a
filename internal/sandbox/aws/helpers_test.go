package aws_test

import (
	"context"
	"net"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/peer"

	"coffee-platform/internal/iampolicy"
	"coffee-platform/internal/sandbox/aws"
	"coffee-platform/internal/sandbox/cloud"
)

const (
	vpcType           = "aws:ec2/vpc:Vpc"
	subnetType        = "aws:ec2/subnet:Subnet"
	gatewayType       = "aws:ec2/internetGateway:InternetGateway"
	routeTableType    = "aws:ec2/routeTable:RouteTable"
	routeType         = "aws:ec2/route:Route"
	associationType   = "aws:ec2/routeTableAssociation:RouteTableAssociation"
	eipType           = "aws:ec2/eip:Eip"
	natType           = "aws:ec2/natGateway:NatGateway"
	endpointType      = "aws:ec2/vpcEndpoint:VpcEndpoint"
	flowLogType       = "aws:ec2/flowLog:FlowLog"
	groupType         = "aws:ec2/securityGroup:SecurityGroup"
	defaultGroupType  = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
	ruleType          = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	clusterType       = "aws:eks/cluster:Cluster"
	accessEntryType   = "aws:eks/accessEntry:AccessEntry"
	accessPolicyType  = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
	podIdentityType   = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
	roleType          = "aws:iam/role:Role"
	rolePolicyType    = "aws:iam/rolePolicy:RolePolicy"
	attachmentType    = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
	keyType           = "aws:kms/key:Key"
	logGroupType      = "aws:cloudwatch/logGroup:LogGroup"
	repositoryType    = "aws:ecr/repository:Repository"
	lifecycleType     = "aws:ecr/lifecyclePolicy:LifecyclePolicy"
	subnetGroupType   = "aws:rds/subnetGroup:SubnetGroup"
	parameterType     = "aws:rds/parameterGroup:ParameterGroup"
	databaseType      = "aws:rds/instance:Instance"
	clusterPolicyARN  = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
	autoNodePolicyARN = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSAutoNodePolicy"
	account, region   = "111122223333", "us-east-1"
)

// values are inputs or outputs as plain values.
type values = map[string]any

// with is a copy of inputs with others put in; nil takes one out.
func with(inputs, others values) values {
	result := values{}
	for _, m := range []values{inputs, others} {
		for name, value := range m {
			if value == nil {
				delete(result, name)
			} else {
				result[name] = value
			}
		}
	}
	return result
}

// object is something a provider has made.
type object struct {
	typ, id string
	urn     resource.URN
	inputs  resource.PropertyMap
	outputs values
}

// text is a text output, which must be there.
func (o object) text(t *testing.T, name string) string {
	t.Helper()
	text, ok := o.outputs[name].(string)
	require.Truef(t, ok, "%s has no text %s: %v", o.typ, name, o.outputs[name])
	return text
}

// provider calls the stand-in the way the engine does.
type provider struct {
	*aws.Provider
	ctx context.Context
	// objects is the cloud it keeps what it makes in.
	objects *cloud.Cloud
}

// newProvider makes a stand-in with an empty cloud and configures it.
func newProvider(t *testing.T) provider {
	t.Helper()
	c, err := cloud.Open(filepath.Join(t.TempDir(), "cloud.jsonl"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	p := provider{aws.New(c), context.Background(), c}
	p.configure(t, values{"region": region, "allowedAccountIds": []any{account}})
	return p
}

func (p provider) configure(t *testing.T, config values) {
	t.Helper()
	_, err := p.Configure(p.ctx, plugin.ConfigureRequest{Inputs: resource.NewPropertyMapFromMap(config)})
	require.NoError(t, err)
}

// over is the same stand-in over a connection of its own.
func (p provider) over(port int) provider {
	p.ctx = peer.NewContext(p.ctx, &peer.Peer{Addr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}})
	return p
}

func urn(typ, name string) resource.URN {
	return resource.URN("urn:pulumi:test::coffee-platform::" + typ + "::" + name)
}

// check is what Check makes of inputs, and what it finds wrong with them, by input.
func (p provider) check(t *testing.T, typ, name string, olds resource.PropertyMap, inputs values) (resource.PropertyMap, map[string]string) {
	t.Helper()
	checked, err := p.Check(p.ctx, plugin.CheckRequest{
		URN: urn(typ, name), Olds: olds, News: resource.NewPropertyMapFromMap(inputs), RandomSeed: []byte(typ + name),
	})
	require.NoError(t, err)
	failures := map[string]string{}
	for _, failure := range checked.Failures {
		failures[string(failure.Property)] = failure.Reason
	}
	return checked.Properties, failures
}

// try makes an object of inputs that must pass the check.
func (p provider) try(t *testing.T, typ, name string, inputs values) (object, error) {
	t.Helper()
	checked, failures := p.check(t, typ, name, nil, inputs)
	require.Emptyf(t, failures, "inputs of %s %s", typ, name)
	created, err := p.Create(p.ctx, plugin.CreateRequest{URN: urn(typ, name), Properties: checked})
	if err != nil {
		return object{}, err
	}
	return object{
		typ: typ, id: string(created.ID), urn: urn(typ, name), inputs: checked, outputs: created.Properties.Mappable(),
	}, nil
}

// make makes an object.
func (p provider) make(t *testing.T, typ, name string, inputs values) object {
	t.Helper()
	o, err := p.try(t, typ, name, inputs)
	require.NoErrorf(t, err, "%s %s", typ, name)
	return o
}

// remove deletes an object.
func (p provider) remove(o object) error {
	_, err := p.Delete(p.ctx, plugin.DeleteRequest{URN: o.urn, ID: resource.ID(o.id)})
	return err
}

// diff says what changing an object's inputs to others would do.
func (p provider) diff(t *testing.T, typ, name string, before, after values) plugin.DiffResult {
	t.Helper()
	result, err := p.Diff(p.ctx, plugin.DiffRequest{
		URN:       urn(typ, name),
		OldInputs: resource.NewPropertyMapFromMap(before),
		NewInputs: resource.NewPropertyMapFromMap(after),
	})
	require.NoError(t, err)
	return result
}

// The smallest of each thing.

func vpc(t *testing.T, p provider, name string) object {
	t.Helper()
	return p.make(t, vpcType, name, values{"cidrBlock": "10.0.0.0/16"})
}

func subnet(t *testing.T, p provider, vpc object, name, block, zone string) object {
	t.Helper()
	return p.make(t, subnetType, name, values{"vpcId": vpc.id, "cidrBlock": block, "availabilityZone": zone})
}

// subnets are two, in two zones of a VPC.
func subnets(t *testing.T, p provider, vpc object) []object {
	t.Helper()
	return []object{
		subnet(t, p, vpc, vpc.urn.Name()+"-a", "10.0.0.0/24", "us-east-1a"),
		subnet(t, p, vpc, vpc.urn.Name()+"-b", "10.0.1.0/24", "us-east-1b"),
	}
}

func ids(objects []object) []any {
	var all []any
	for _, o := range objects {
		all = append(all, o.id)
	}
	return all
}

func role(t *testing.T, p provider, name string) object {
	t.Helper()
	return p.make(t, roleType, name, values{"assumeRolePolicy": iampolicy.ServiceTrust("eks.amazonaws.com")})
}

// gateway is an internet gateway.
func gateway(t *testing.T, p provider, vpc object) object {
	t.Helper()
	return p.make(t, gatewayType, vpc.urn.Name()+"-gateway", values{"vpcId": vpc.id})
}

func clusterInputs(role object, subnets []object) values {
	return values{"roleArn": role.outputs["arn"], "vpcConfig": values{"subnetIds": ids(subnets)}}
}

func cluster(t *testing.T, p provider) object {
	t.Helper()
	return p.make(t, clusterType, "cluster", clusterInputs(role(t, p, "cluster"), subnets(t, p, vpc(t, p, "vpc"))))
}

func databaseInputs(group object) values {
	return values{
		"instanceClass": "db.t4g.micro", "engine": "postgres", "engineVersion": "16.9", "allocatedStorage": 20,
		"username": "coffee", "manageMasterUserPassword": true, "skipFinalSnapshot": true, "dbSubnetGroupName": group.id,
	}
}

func subnetGroup(t *testing.T, p provider) object {
	t.Helper()
	return p.make(t, subnetGroupType, "group", values{"subnetIds": ids(subnets(t, p, vpc(t, p, "vpc")))})
}
