package identity_test

import (
	"encoding/json"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/components/cluster"
	"coffee-platform/components/identity"
	"coffee-platform/internal/iampolicy"
	"coffee-platform/internal/testkit"
)

const associationType = "aws:eks/podIdentityAssociation:PodIdentityAssociation"

func validArgs() *identity.Args {
	return &identity.Args{
		Namespace:      "coffee",
		ServiceAccount: "api",
		Region:         testkit.Region,
		AccountID:      testkit.Account,
		ClusterName:    testkit.ClusterName,
		Cluster:        pulumi.String(testkit.ClusterName),
		Permissions: pulumi.String(iampolicy.Document(iampolicy.Statement{
			Effect: iampolicy.Allow, Action: []string{"s3:GetObject"}, Resource: []string{"arn:aws:s3:::media/*"},
		})),
	}
}

// program gives the identity a cluster, as its user does.
func program(args *identity.Args) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		c, err := cluster.New(ctx, "cluster", &cluster.Args{
			ClusterName: testkit.ClusterName, Version: "1.35", Admins: []string{"arn:aws:iam::111122223333:role/infrastructure"},
			LogRetentionDays: 30, Region: testkit.Region, AccountID: testkit.Account,
			PrivateSubnetIDs: pulumi.ToStringArray([]string{"subnet-1", "subnet-2"}),
		})
		if err != nil {
			return err
		}
		args.Cluster = c.Name
		_, err = identity.New(ctx, "api", args)
		return err
	}
}

func TestEveryResourceBelongsToTheComponent(t *testing.T) {
	for _, mode := range testkit.Modes {
		t.Run(string(mode), func(t *testing.T) {
			r := testkit.MustRun(t, mode, program(validArgs()))
			var own []string
			for _, x := range r.All() {
				if x.Custom && r.Descends(x, "coffee:identity:Identity") {
					own = append(own, x.Type)
				}
			}
			assert.ElementsMatch(t, []string{"aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy", associationType}, own)
		})
	}
}

// Nobody but EKS, for pods of the one service account in the one cluster, assumes the role.
func TestTrust(t *testing.T) {
	for _, mode := range testkit.Modes {
		r := testkit.MustRun(t, mode, program(validArgs()))
		var trust struct {
			Statement []struct {
				Principal map[string]string
				Action    []string
				Condition map[string]map[string][]string
			}
		}
		text := r.One(t, "aws:iam/role:Role", "api").Get(t, "assumeRolePolicy").(string)
		require.NoError(t, json.Unmarshal([]byte(text), &trust))
		require.Len(t, trust.Statement, 1)
		assert.Equal(t, map[string]string{"Service": "pods.eks.amazonaws.com"}, trust.Statement[0].Principal)
		assert.ElementsMatch(t, []string{"sts:AssumeRole", "sts:TagSession"}, trust.Statement[0].Action)
		assert.Equal(t, map[string]map[string][]string{"StringEquals": {
			"aws:RequestTag/kubernetes-namespace":       {"coffee"},
			"aws:RequestTag/kubernetes-service-account": {"api"},
			"aws:RequestTag/eks-cluster-arn":            {"arn:aws:eks:us-east-1:111122223333:cluster/coffee-test"},
		}}, trust.Statement[0].Condition)
	}
}

func TestAssociation(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	association := r.One(t, associationType, "api")
	assert.Equal(t, "coffee", association.Get(t, "namespace"))
	assert.Equal(t, "api", association.Get(t, "serviceAccount"))
	assert.Equal(t, testkit.ClusterName, association.Get(t, "clusterName"))
	assert.Contains(t, association.Get(t, "roleArn"), ":role/api-")
	permissions := r.One(t, "aws:iam/rolePolicy:RolePolicy", "api")
	assert.Contains(t, permissions.Get(t, "policy"), "s3:GetObject")
	assert.Contains(t, association.Dependencies, permissions.URN, "pods that start would have a role that may do nothing")
}

func TestRefusedArguments(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*identity.Args)
		want   string
	}{
		{"namespace", func(a *identity.Args) { a.Namespace = "Coffee" }, `namespace: "Coffee" is not a DNS label`},
		{"service account", func(a *identity.Args) { a.ServiceAccount = "" }, `serviceAccount: "" is not a DNS label`},
		{"account", func(a *identity.Args) { a.AccountID = "1" }, `accountId: "1" is not an AWS account`},
		{"cluster", func(a *identity.Args) { a.ClusterName = " " }, "clusterName: is empty"},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := validArgs()
			c.change(args)
			assert.ErrorContains(t, testkit.Refused(t, func(ctx *pulumi.Context) error {
				_, err := identity.New(ctx, "api", args)
				return err
			}), c.want)
		})
	}
}
