package externalsecrets_test

import (
	"encoding/json"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/components/cluster"
	"coffee-platform/components/externalsecrets"
	"coffee-platform/components/namespace"
	"coffee-platform/internal/charts"
	"coffee-platform/internal/testkit"
)

const (
	releaseType = "kubernetes:helm.sh/v3:Release"
	storeType   = "kubernetes:external-secrets.io/v1:SecretStore"
	component   = "coffee:externalsecrets:ExternalSecrets"

	secretARN = "arn:aws:secretsmanager:us-east-1:111122223333:secret:jwt-AbCdEf"
	keyARN    = "arn:aws:kms:us-east-1:111122223333:key/k"
)

func validArgs() *externalsecrets.Args {
	return &externalsecrets.Args{
		Replicas:           2,
		PodSecurityVersion: "1.35",
		DNSAddress:         "172.20.0.10",
		Quota:              map[string]string{"requests.cpu": "2", "requests.memory": "4Gi", "limits.memory": "8Gi", "pods": "10"},
		StoreNamespace:     "coffee",
		Region:             testkit.Region,
		AccountID:          testkit.Account,
		ClusterName:        testkit.ClusterName,
		SecretARNs:         pulumi.ToStringArray([]string{secretARN}),
		KeyARNs:            pulumi.ToStringArray([]string{keyARN}),
	}
}

// program gives it a cluster and a namespace, as its user does.
func program(args *externalsecrets.Args) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		c, err := cluster.New(ctx, "cluster", &cluster.Args{
			ClusterName: testkit.ClusterName, Version: "1.35", Admins: []string{"arn:aws:iam::111122223333:role/infrastructure"},
			LogRetentionDays: 30, Region: testkit.Region, AccountID: testkit.Account,
			PrivateSubnetIDs: pulumi.ToStringArray([]string{"subnet-1", "subnet-2"}),
		})
		if err != nil {
			return err
		}
		product, err := namespace.New(ctx, "product", &namespace.Args{
			NamespaceName: "coffee", PodSecurityVersion: "1.35", DNSAddress: "172.20.0.10", Quota: args.Quota,
		})
		if err != nil {
			return err
		}
		args.Cluster, args.Namespace = c.Name, product.Name
		_, err = externalsecrets.New(ctx, "external-secrets", args)
		return err
	}
}

func TestEveryResourceBelongsToTheComponent(t *testing.T) {
	for _, mode := range testkit.Modes {
		t.Run(string(mode), func(t *testing.T) {
			r := testkit.MustRun(t, mode, program(validArgs()))
			var own []string
			for _, x := range r.All() {
				if x.Custom && r.Descends(x, component) {
					own = append(own, x.Type)
				}
			}
			assert.ElementsMatch(t, []string{
				"kubernetes:core/v1:Namespace", releaseType, storeType,
				"aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy", "aws:eks/podIdentityAssociation:PodIdentityAssociation",
				"kubernetes:core/v1:ResourceQuota", "kubernetes:core/v1:LimitRange",
				"kubernetes:networking.k8s.io/v1:NetworkPolicy", "kubernetes:networking.k8s.io/v1:NetworkPolicy",
			}, own)
		})
	}
}

func TestChartIsPinned(t *testing.T) {
	for _, mode := range testkit.Modes {
		release := testkit.MustRun(t, mode, program(validArgs())).One(t, releaseType, "external-secrets")
		assert.Equal(t, charts.ExternalSecrets.Version, release.Get(t, "version"))
		assert.Equal(t, charts.ExternalSecrets.Repository, release.Get(t, "repositoryOpts", "repo"))
		assert.Equal(t, "external-secrets", release.Get(t, "namespace"))
		assert.Equal(t, true, release.Get(t, "atomic"), "a release that failed halfway is taken back")
	}
}

// The controller may read what was named to it, and decrypt only through Secrets Manager.
func TestOnlyNamedSecretsAreRead(t *testing.T) {
	policy := testkit.MustRun(t, testkit.Update, program(validArgs())).One(t, "aws:iam/rolePolicy:RolePolicy", "external-secrets")
	var document struct {
		Statement []struct {
			Action, Resource []string
			Condition        map[string]map[string][]string
		}
	}
	require.NoError(t, json.Unmarshal([]byte(policy.Get(t, "policy").(string)), &document))
	require.Len(t, document.Statement, 2)
	assert.Equal(t, []string{"secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"}, document.Statement[0].Action)
	assert.Equal(t, []string{secretARN}, document.Statement[0].Resource)
	assert.Equal(t, []string{"kms:Decrypt"}, document.Statement[1].Action)
	assert.Equal(t, []string{keyARN}, document.Statement[1].Resource)
	assert.Equal(t, map[string]map[string][]string{"StringEquals": {"kms:ViaService": {"secretsmanager.us-east-1.amazonaws.com"}}}, document.Statement[1].Condition)
}

// Nothing of it reaches beyond the namespace that gets the secrets.
func TestControllerWorksInOneNamespace(t *testing.T) {
	release := testkit.MustRun(t, testkit.Update, program(validArgs())).One(t, releaseType, "external-secrets")
	assert.Equal(t, "coffee", release.Get(t, "values", "scopedNamespace"))
	assert.Equal(t, true, release.Get(t, "values", "scopedRBAC"))
	assert.Equal(t, false, release.Get(t, "values", "rbac", "serviceAccountTokenCreate"))
	assert.Equal(t, false, release.Get(t, "values", "certController", "create"), "it may read every Secret of the cluster")
	assert.Equal(t, false, release.Get(t, "values", "webhook", "create"), "its certificate comes from the controller above")
	for _, cluster := range []string{"processClusterExternalSecret", "processClusterStore", "processClusterGenerator", "processClusterPushSecret"} {
		assert.Equal(t, false, release.Get(t, "values", cluster), cluster)
	}
}

func TestSecretsOutliveTheChart(t *testing.T) {
	release := testkit.MustRun(t, testkit.Update, program(validArgs())).One(t, releaseType, "external-secrets")
	assert.Equal(t, "keep", release.Get(t, "values", "crds", "annotations", "helm.sh/resource-policy"))
}

// The store asks as the controller itself: it names neither keys nor a service account.
func TestStore(t *testing.T) {
	for _, mode := range testkit.Modes {
		store := testkit.MustRun(t, mode, program(validArgs())).One(t, storeType, "external-secrets")
		assert.Equal(t, map[string]any{"provider": map[string]any{"aws": map[string]any{"service": "SecretsManager", "region": "us-east-1"}}}, store.Get(t, "spec"))
		assert.Equal(t, "coffee", store.Get(t, "metadata", "namespace"))
		assert.Equal(t, "condition=Ready", store.Get(t, "metadata", "annotations", "pulumi.com/waitFor"))
	}
}

// Pods that start before their identity have none, and a store before its controller never becomes ready.
func TestOrder(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	release := r.One(t, releaseType, "external-secrets")
	for _, before := range []testkit.Resource{
		r.One(t, "aws:eks/podIdentityAssociation:PodIdentityAssociation", "external-secrets"),
		r.One(t, "kubernetes:core/v1:Namespace", "external-secrets"),
		r.One(t, "kubernetes:core/v1:Namespace", "product"),
	} {
		assert.Contains(t, release.Dependencies, before.URN)
	}
	assert.Contains(t, r.One(t, storeType, "external-secrets").Dependencies, release.URN)
}

// A budget for one pod would block every drain.
func TestBudgetOnlyForSeveralPods(t *testing.T) {
	release := testkit.MustRun(t, testkit.Update, program(validArgs())).One(t, releaseType, "external-secrets")
	assert.Equal(t, map[string]any{"enabled": true, "minAvailable": 1.0}, release.Get(t, "values", "podDisruptionBudget"))

	args := validArgs()
	args.Replicas = 1
	release = testkit.MustRun(t, testkit.Update, program(args)).One(t, releaseType, "external-secrets")
	assert.EqualValues(t, 1, release.Get(t, "values", "replicaCount"))
	assert.NotContains(t, release.Get(t, "values"), "podDisruptionBudget")
}

func TestRefusedArguments(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*externalsecrets.Args)
		want   string
	}{
		{"replicas", func(a *externalsecrets.Args) { a.Replicas = 0 }, "replicas: 0 delivers nothing"},
		{"namespace", func(a *externalsecrets.Args) { a.StoreNamespace = "Coffee" }, `storeNamespace: "Coffee" is not a namespace`},
		{"own namespace", func(a *externalsecrets.Args) { a.StoreNamespace = "external-secrets" }, "a DNS label other than external-secrets"},
		{"region", func(a *externalsecrets.Args) { a.Region = "" }, "region: is empty"},
		{"account", func(a *externalsecrets.Args) { a.AccountID = "1" }, `accountId: "1" is not an AWS account`},
		{"cluster", func(a *externalsecrets.Args) { a.ClusterName = " " }, "clusterName: is empty"},
		{"standard", func(a *externalsecrets.Args) { a.PodSecurityVersion = "latest" }, `podSecurityVersion: "latest"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := validArgs()
			c.change(args)
			assert.ErrorContains(t, testkit.Refused(t, func(ctx *pulumi.Context) error {
				_, err := externalsecrets.New(ctx, "external-secrets", args)
				return err
			}), c.want)
		})
	}
}
