package cluster_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/components/cluster"
	"coffee-platform/internal/testkit"
)

const (
	componentType   = "eks:index:Cluster"
	accessEntryType = "aws:eks/accessEntry:AccessEntry"
	associationType = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
	attachmentType  = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
	rolePolicyType  = "aws:iam/rolePolicy:RolePolicy"
	providerType    = "pulumi:providers:kubernetes"

	deployerARN = "arn:aws:iam::111122223333:role/infrastructure"
)

func validArgs() *cluster.Args {
	return &cluster.Args{
		ClusterName:        "coffee-test",
		Version:            "1.35",
		Admins:             []string{deployerARN},
		LogTypes:           []string{"api", "audit"},
		LogRetentionDays:   30,
		DeletionProtection: true,
		Protect:            true,
		Region:             testkit.Region,
		AccountID:          testkit.Account,
		PrivateAccessCIDRs: []string{"10.20.0.0/16"},
		PrivateSubnetIDs:   pulumi.ToStringArray([]string{"subnet-1", "subnet-2"}),
	}
}

func program(args *cluster.Args) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := cluster.New(ctx, "cluster", args)
		return err
	}
}

// Whoever deploys from within the VPC gets to the private endpoint before it is asked for anything.
func TestPrivateEndpointAdmitsTheNetworksNamed(t *testing.T) {
	for _, mode := range testkit.Modes {
		r := testkit.MustRun(t, mode, program(validArgs()))
		rule := r.One(t, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "cluster-endpoint-0")
		assert.Equal(t, "10.20.0.0/16", rule.Get(t, "cidrIpv4"))
		assert.EqualValues(t, 443, rule.Get(t, "fromPort"))
		assert.EqualValues(t, 443, rule.Get(t, "toPort"))
		assert.Contains(t, r.One(t, providerType, "cluster").Dependencies, rule.URN)
	}
	args := validArgs()
	args.PrivateAccessCIDRs = []string{"vpc"}
	assert.ErrorContains(t, testkit.Refused(t, program(args)), `privateAccessCidrs[0]: "vpc" is not a network`)
}

// A security group has a rule once: EC2 refuses the same again when half of the cluster is there.
func TestPrivateEndpointAdmitsANetworkOnce(t *testing.T) {
	args := validArgs()
	args.PrivateAccessCIDRs = []string{"10.20.0.0/16", "10.21.0.0/16", "10.20.7.0/16"}
	assert.ErrorContains(t, testkit.Refused(t, program(args)), "privateAccessCidrs[2]: 10.20.7.0/16 is 10.20.0.0/16 again")
}

func TestEveryResourceBelongsToTheComponent(t *testing.T) {
	for _, mode := range testkit.Modes {
		t.Run(string(mode), func(t *testing.T) {
			r := testkit.MustRun(t, mode, program(validArgs()))
			require.Greater(t, len(r.All()), 15)
			for _, x := range r.All() {
				assert.True(t, r.Descends(x, "coffee:cluster:Cluster"), "%s is an orphan", x.URN)
			}
		})
	}
}

func TestControlPlane(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	c := r.One(t, componentType, "cluster")
	assert.Equal(t, "API", c.Get(t, "authenticationMode"), "access entries, no aws-auth")
	assert.Equal(t, "STANDARD", c.Get(t, "upgradePolicy", "supportType"), "extended support costs six times as much")
	assert.Equal(t, true, c.Get(t, "autoMode", "enabled"))
	assert.Empty(t, c.Get(t, "autoMode", "computeConfig", "nodePools"), "built-in pools cannot carry tags")
	assert.Equal(t, false, c.Get(t, "autoMode", "createNodeRole"))
	assert.Equal(t, true, c.Get(t, "endpointPrivateAccess"))
	assert.Equal(t, []any{"api", "audit"}, c.Get(t, "enabledClusterLogTypes"))
	assert.Contains(t, c.Get(t, "encryptionConfigKeyArn"), ":key/")
	assert.Equal(t, []any{"subnet-1", "subnet-2"}, c.Get(t, "privateSubnetIds"))
}

func TestEndpointIsPublicOnlyForNamedNetworks(t *testing.T) {
	private := testkit.MustRun(t, testkit.Update, program(validArgs())).One(t, componentType, "cluster")
	assert.Equal(t, false, private.Get(t, "endpointPublicAccess"))
	assert.NotContains(t, private.Inputs, "publicAccessCidrs")

	args := validArgs()
	args.PublicAccessCIDRs = []string{"203.0.113.7/32"}
	public := testkit.MustRun(t, testkit.Update, program(args)).One(t, componentType, "cluster")
	assert.Equal(t, true, public.Get(t, "endpointPublicAccess"))
	assert.Equal(t, []any{"203.0.113.7/32"}, public.Get(t, "publicAccessCidrs"))
}

// The cluster must not be there before its role can do its work, nor be asked for logs before their
// group is there: EKS would make one that keeps them for ever.
func TestControlPlaneWaitsForItsRoleAndLogGroup(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	c := r.One(t, componentType, "cluster")
	group := r.One(t, "aws:cloudwatch/logGroup:LogGroup", "cluster")
	assert.Equal(t, "/aws/eks/coffee-test/cluster", group.Get(t, "name"))
	assert.EqualValues(t, 30, group.Get(t, "retentionInDays"))
	assert.Contains(t, c.Dependencies, group.URN)
	var grants int
	for _, x := range append(r.OfType(attachmentType), r.OfType(rolePolicyType)...) {
		if strings.HasPrefix(x.Name, "cluster-control-plane-") {
			grants++
			assert.Contains(t, c.Dependencies, x.URN, "the cluster may be made before %s", x.Name)
		}
	}
	assert.Equal(t, 7, grants)
}

func TestRolesTrustOnlyTheirService(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	for name, want := range map[string]string{"cluster-control-plane": "eks.amazonaws.com", "cluster-node": "ec2.amazonaws.com"} {
		var trust struct {
			Statement []struct{ Principal map[string]string }
		}
		text := r.One(t, "aws:iam/role:Role", name).Get(t, "assumeRolePolicy").(string)
		require.NoError(t, json.Unmarshal([]byte(text), &trust))
		require.Len(t, trust.Statement, 1)
		assert.Equal(t, map[string]string{"Service": want}, trust.Statement[0].Principal)
	}
}

func TestNodesMayOnlyJoinAndPullImages(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	var policies []any
	for _, x := range r.OfType(attachmentType) {
		if strings.HasPrefix(x.Name, "cluster-node-") {
			policies = append(policies, x.Get(t, "policyArn"))
		}
	}
	assert.ElementsMatch(t, []any{
		"arn:aws:iam::aws:policy/AmazonEKSWorkerNodeMinimalPolicy",
		"arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly",
	}, policies)
	assert.Equal(t, "EC2", r.One(t, accessEntryType, "cluster-node").Get(t, "type"))
	assert.Equal(t, "arn:aws:eks::aws:cluster-access-policy/AmazonEKSAutoNodePolicy",
		r.One(t, associationType, "cluster-node").Get(t, "policyArn"))
}

func TestAdminsGetAnAccessEntryEach(t *testing.T) {
	args := validArgs()
	args.Admins = []string{"arn:aws:iam::111122223333:role/alice", "arn:aws:iam::111122223333:role/bob"}
	r := testkit.MustRun(t, testkit.Update, program(args))
	assert.Equal(t, args.Admins[1], r.One(t, accessEntryType, "cluster-admin-1").Get(t, "principalArn"))
	assert.Equal(t, "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
		r.One(t, associationType, "cluster-admin-0").Get(t, "policyArn"))
	for _, name := range []string{"cluster-admin-0", "cluster-admin-1"} {
		assert.Contains(t, r.One(t, providerType, "cluster").Dependencies, r.One(t, associationType, name).URN,
			"the program is one of them: what it does in the cluster waits until it is let in")
	}
}

// Without these permissions no node with an encrypted disk, or with tags of one's own, is ever launched.
func TestControlPlaneMayEncryptDisksAndTag(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	disks := r.One(t, rolePolicyType, "cluster-control-plane-disks").Get(t, "policy").(string)
	key := r.One(t, componentType, "cluster").Get(t, "encryptionConfigKeyArn").(string)
	assert.Contains(t, disks, "kms:CreateGrant")
	assert.Contains(t, disks, key)
	assert.NotContains(t, disks, `"*"`, "one key, not all keys")
	assert.Contains(t, r.One(t, rolePolicyType, "cluster-control-plane-tags").Get(t, "policy"), "ec2:CreateFleet")
}

func TestNetworkPoliciesAreEnforced(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	settings := r.One(t, "kubernetes:core/v1:ConfigMap", "cluster-network-policies")
	assert.Equal(t, "amazon-vpc-cni", settings.Get(t, "metadata", "name"))
	assert.Equal(t, "kube-system", settings.Get(t, "metadata", "namespace"))
	assert.Equal(t, "true", settings.Get(t, "data", "enable-network-policy-controller"))
}

func TestProviderSurvivesANewKubeconfig(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	assert.Equal(t, "coffee-test", r.One(t, providerType, "cluster").Get(t, "clusterIdentifier"))
}

func TestLogsAreEncrypted(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	assert.Equal(t, r.One(t, componentType, "cluster").Get(t, "encryptionConfigKeyArn"), r.One(t, "aws:cloudwatch/logGroup:LogGroup", "cluster").Get(t, "kmsKeyId"))
	assert.Contains(t, r.One(t, "aws:kms/key:Key", "cluster").Get(t, "policy"), "logs.us-east-1.amazonaws.com")
}

func TestProtect(t *testing.T) {
	for _, protected := range []bool{true, false} {
		args := validArgs()
		args.Protect = protected
		r := testkit.MustRun(t, testkit.Update, program(args))
		assert.Equal(t, protected, r.One(t, componentType, "cluster").Protect)
		assert.Equal(t, protected, r.One(t, "aws:kms/key:Key", "cluster").Protect)
	}
}

func TestRefusedArguments(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*cluster.Args)
		want   string
	}{
		{"name", func(a *cluster.Args) { a.ClusterName = "-coffee" }, `name: "-coffee" is not a cluster name`},
		{"version out of support", func(a *cluster.Args) { a.Version = "1.29" }, `version: "1.29" is not in EKS standard support: use one of [1.35 1.36]`},
		{"endpoint open to all", func(a *cluster.Args) { a.PublicAccessCIDRs = []string{"0.0.0.0/0"} }, "publicAccessCidrs[0]: 0.0.0.0/0 opens the Kubernetes API to the internet"},
		{"endpoint half open", func(a *cluster.Args) { a.PublicAccessCIDRs = []string{"203.0.0.0/8"} }, "opens the Kubernetes API"},
		{"endpoint for a private network", func(a *cluster.Args) { a.PublicAccessCIDRs = []string{"10.0.0.0/16"} }, "is a private network"},
		{"endpoint for nothing", func(a *cluster.Args) { a.PublicAccessCIDRs = []string{"home"} }, `"home" is not an IPv4 block`},
		{"nobody is let in", func(a *cluster.Args) { a.Admins = nil }, "admins: is empty"},
		{"admin is a user", func(a *cluster.Args) { a.Admins = []string{"arn:aws:iam::111122223333:user/bob"} }, "admins[0]: "},
		{"unknown log", func(a *cluster.Args) { a.LogTypes = []string{"kubelet"} }, `logTypes[0]: "kubelet" is not a control-plane log`},
		{"no retention", func(a *cluster.Args) { a.LogRetentionDays = 0 }, "logRetentionDays: CloudWatch Logs cannot keep logs for 0 days"},
		{"odd retention", func(a *cluster.Args) { a.LogRetentionDays = 8 }, "logRetentionDays: CloudWatch Logs cannot keep logs for 8 days"},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := validArgs()
			c.change(args)
			assert.ErrorContains(t, testkit.Refused(t, program(args)), c.want)
		})
	}
}
