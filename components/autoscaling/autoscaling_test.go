package autoscaling_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"coffee-platform/components/autoscaling"
	"coffee-platform/components/cluster"
	"coffee-platform/components/namespace"
	"coffee-platform/internal/charts"
	"coffee-platform/internal/testkit"
)

const (
	releaseType     = "kubernetes:helm.sh/v3:Release"
	associationType = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
	addonType       = "aws:eks/addon:Addon"
	policyType      = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
	component       = "coffee:autoscaling:Autoscaling"
)

func validArgs() *autoscaling.Args {
	return &autoscaling.Args{
		Replicas:           2,
		PodSecurityVersion: "1.35",
		DNSAddress:         "172.20.0.10",
		Quota:              map[string]string{"requests.cpu": "2", "requests.memory": "4Gi", "limits.memory": "8Gi", "pods": "10"},
		WatchNamespace:     "coffee",
		CloudWatch:         true,
		Region:             testkit.Region,
		AccountID:          testkit.Account,
		ClusterName:        testkit.ClusterName,
	}
}

// program gives it a cluster and a namespace, as its user does.
func program(args *autoscaling.Args) pulumi.RunFunc {
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
		_, err = autoscaling.New(ctx, "autoscaling", args)
		return err
	}
}

func own(r *testkit.Recorder) []string {
	var types []string
	for _, x := range r.All() {
		if x.Custom && r.Descends(x, component) {
			types = append(types, x.Type)
		}
	}
	return types
}

func TestEveryResourceBelongsToTheComponent(t *testing.T) {
	for _, mode := range testkit.Modes {
		t.Run(string(mode), func(t *testing.T) {
			assert.ElementsMatch(t, []string{
				"kubernetes:core/v1:Namespace", releaseType, "aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy", associationType, addonType,
				"kubernetes:core/v1:ResourceQuota", "kubernetes:core/v1:LimitRange", policyType, policyType,
			}, own(testkit.MustRun(t, mode, program(validArgs()))))
		})
	}
}

// Where nothing is scaled by metrics of AWS, KEDA has no identity in AWS.
func TestIdentityOnlyForCloudWatch(t *testing.T) {
	policy := testkit.MustRun(t, testkit.Update, program(validArgs())).One(t, "aws:iam/rolePolicy:RolePolicy", "autoscaling")
	assert.JSONEq(t, `{"Version":"2012-10-17","Statement":[{"Sid":"Metrics","Effect":"Allow","Action":["cloudwatch:GetMetricData"],"Resource":["*"]}]}`,
		policy.Get(t, "policy").(string))

	args := validArgs()
	args.CloudWatch = false
	types := own(testkit.MustRun(t, testkit.Update, program(args)))
	assert.NotContains(t, types, "aws:iam/role:Role")
	assert.NotContains(t, types, associationType)
}

// Scaling by CPU takes somebody who measures it.
func TestMetricsServerIsPinned(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	addon := r.One(t, addonType, "autoscaling-metrics-server")
	assert.Equal(t, "metrics-server", addon.Get(t, "addonName"))
	assert.Regexp(t, `^v\d+\.\d+\.\d+-eksbuild\.\d+$`, addon.Get(t, "addonVersion"))
	assert.Contains(t, r.One(t, releaseType, "autoscaling").Dependencies, addon.URN)
}

func TestChartIsPinned(t *testing.T) {
	for _, mode := range testkit.Modes {
		release := testkit.MustRun(t, mode, program(validArgs())).One(t, releaseType, "autoscaling")
		assert.Equal(t, charts.KEDA.Version, release.Get(t, "version"))
		assert.Equal(t, charts.KEDA.Repository, release.Get(t, "repositoryOpts", "repo"))
		assert.Equal(t, "keda", release.Get(t, "namespace"))
		assert.Equal(t, true, release.Get(t, "atomic"), "a release that failed halfway is taken back")
	}
}

func TestOperatorWatchesOneNamespace(t *testing.T) {
	release := testkit.MustRun(t, testkit.Update, program(validArgs())).One(t, releaseType, "autoscaling")
	assert.Equal(t, "coffee", release.Get(t, "values", "watchNamespace"))
	assert.Equal(t, false, release.Get(t, "values", "rbac", "enabledCustomScaledRefKinds"), "objects of every kind")
}

func TestScalersOutliveTheChart(t *testing.T) {
	release := testkit.MustRun(t, testkit.Update, program(validArgs())).One(t, releaseType, "autoscaling")
	assert.Equal(t, "keep", release.Get(t, "values", "crds", "additionalAnnotations", "helm.sh/resource-policy"))
}

// Pods that start before their identity have none, and what the chart makes in a namespace needs it to be there.
func TestOrder(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	release := r.One(t, releaseType, "autoscaling")
	for _, before := range []testkit.Resource{
		r.One(t, associationType, "autoscaling"),
		r.One(t, "kubernetes:core/v1:Namespace", "autoscaling"),
		r.One(t, "kubernetes:core/v1:Namespace", "product"),
	} {
		assert.Contains(t, release.Dependencies, before.URN)
	}
}

// The operator's service account is the one that has the identity.
func TestServiceAccount(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	release := r.One(t, releaseType, "autoscaling")
	association := r.One(t, associationType, "autoscaling")
	assert.Equal(t, association.Get(t, "serviceAccount"), release.Get(t, "values", "serviceAccount", "operator", "name"))
	assert.Equal(t, association.Get(t, "namespace"), release.Get(t, "namespace"))
}

// A budget for one pod would block every drain.
func TestBudgetOnlyForSeveralPods(t *testing.T) {
	release := testkit.MustRun(t, testkit.Update, program(validArgs())).One(t, releaseType, "autoscaling")
	for _, part := range []string{"operator", "metricServer"} {
		assert.EqualValues(t, 1, release.Get(t, "values", "podDisruptionBudget", part, "minAvailable"), part)
	}
	args := validArgs()
	args.Replicas = 1
	release = testkit.MustRun(t, testkit.Update, program(args)).One(t, releaseType, "autoscaling")
	for _, part := range []string{"operator", "metricsServer"} {
		assert.EqualValues(t, 1, release.Get(t, "values", part, "replicaCount"), part)
	}
	assert.NotContains(t, release.Get(t, "values"), "podDisruptionBudget")
}

func TestRefusedArguments(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*autoscaling.Args)
		want   string
	}{
		{"replicas", func(a *autoscaling.Args) { a.Replicas = 0 }, "replicas: 0 scales nothing"},
		{"namespace", func(a *autoscaling.Args) { a.WatchNamespace = "" }, `watchNamespace: "" is not a namespace`},
		{"own namespace", func(a *autoscaling.Args) { a.WatchNamespace = "keda" }, "a DNS label other than keda"},
		{"region", func(a *autoscaling.Args) { a.Region = "" }, "region: is empty"},
		{"account", func(a *autoscaling.Args) { a.AccountID = "1" }, `accountId: "1" is not an AWS account`},
		{"cluster", func(a *autoscaling.Args) { a.ClusterName = " " }, "clusterName: is empty"},
		{"standard", func(a *autoscaling.Args) { a.PodSecurityVersion = "1" }, `podSecurityVersion: "1"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := validArgs()
			c.change(args)
			assert.ErrorContains(t, testkit.Refused(t, func(ctx *pulumi.Context) error {
				_, err := autoscaling.New(ctx, "autoscaling", args)
				return err
			}), c.want)
		})
	}
}
