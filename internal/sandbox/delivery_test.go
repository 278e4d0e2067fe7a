package sandbox_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apiextensions"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/components/chart"
	"coffee-platform/components/externalsecret"
	"coffee-platform/internal/charts"
	"coffee-platform/internal/sandbox/cloud"
)

const clusterEndpoint = "https://coffee.eks.example"

// withSecret is a program of a secret of one version that is delivered to a pod, of which the ConfigMap "pod"
// stands for the template.
func withSecret(version string) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		provider, err := kubernetes.NewProvider(ctx, "kubernetes", &kubernetes.ProviderArgs{
			Kubeconfig: pulumi.String(`{"clusters":[{"name":"coffee","cluster":{"server":"` + clusterEndpoint + `"}}]}`),
		})
		if err != nil {
			return err
		}
		inCluster := pulumi.Provider(provider)
		names := pulumi.StringMap{}
		for _, name := range []string{"external-secrets", "coffee"} {
			namespace, err := corev1.NewNamespace(ctx, name, &corev1.NamespaceArgs{Metadata: &metav1.ObjectMetaArgs{Name: pulumi.String(name)}}, inCluster)
			if err != nil {
				return err
			}
			names[name] = namespace.Metadata.Name().Elem()
		}
		release, err := chart.Install(ctx, "external-secrets", &chart.Args{
			Chart: charts.ExternalSecrets, Values: map[string]any{"replicaCount": 1}, Namespace: names["external-secrets"],
		}, inCluster)
		if err != nil {
			return err
		}
		store, err := apiextensions.NewCustomResource(ctx, "store", &apiextensions.CustomResourceArgs{
			ApiVersion: pulumi.String("external-secrets.io/v1"),
			Kind:       pulumi.String("SecretStore"),
			Metadata:   &metav1.ObjectMetaArgs{Name: pulumi.String("aws"), Namespace: names["coffee"]},
			OtherFields: kubernetes.UntypedArgs{"spec": pulumi.Map{"provider": pulumi.Map{"aws": pulumi.StringMap{
				"service": pulumi.String("SecretsManager"), "region": pulumi.String("us-east-1"),
			}}}},
		}, inCluster, pulumi.DependsOn([]pulumi.Resource{release}))
		if err != nil {
			return err
		}
		secretName, err := externalsecret.New(ctx, "api", &externalsecret.Args{
			Values:    map[string]externalsecret.Ref{"JWT": {ARN: pulumi.String("arn"), Version: pulumi.String(version), Property: "current"}},
			Namespace: names["coffee"],
			StoreName: store.Metadata.Name().Elem(),
		}, inCluster)
		if err != nil {
			return err
		}
		_, err = corev1.NewConfigMap(ctx, "pod", &corev1.ConfigMapArgs{
			Metadata: &metav1.ObjectMetaArgs{Namespace: names["coffee"]},
			Data:     pulumi.StringMap{"secret": secretName},
		}, inCluster)
		return err
	}
}

// Each version of a secret is delivered under a name of its own: pods that have the one roll when there is
// another, and until they have, the one they have stays.
func TestEveryVersionOfASecretIsDeliveredUnderItsOwnName(t *testing.T) {
	t.Parallel()
	const deliveryType = "kubernetes:external-secrets.io/v1:ExternalSecret"
	ctx, w := context.Background(), newWorld(t)
	w.options.PolicyPack = "" // the program is a piece of a stack
	version := "v-1"
	w.options.Program = func(map[string]string) pulumi.RunFunc {
		return func(ctx *pulumi.Context) error { return withSecret(version)(ctx) }
	}
	s := w.open(t, "dev")
	require.NoError(t, s.Cloud().Put(&cloud.Object{
		Type: "aws:eks/cluster:Cluster", ID: "coffee", Outputs: map[string]any{"name": "coffee", "endpoint": clusterEndpoint},
	}))

	delivered := func() string {
		t.Helper()
		w.must(t, s.Up(ctx))
		objects := s.Cloud().OfType(deliveryType)
		require.Len(t, objects, 1)
		pods := s.Cloud().OfType("kubernetes:core/v1:ConfigMap")
		require.Len(t, pods, 1)
		name := objects[0].Outputs["metadata"].(map[string]any)["name"].(string)
		assert.Equal(t, name, pods[0].Outputs["data"].(map[string]any)["secret"])
		return name
	}
	first := delivered()
	assert.Regexp(t, `^api-[0-9a-f]+$`, first)
	assert.Equal(t, first, delivered(), "the same version under another name")

	before := len(s.Operations())
	version = "v-2"
	second := delivered()
	assert.NotEqual(t, first, second)
	var order []string
	for _, operation := range s.Operations()[before:] {
		order = append(order, fmt.Sprint(operation.Kind, " ", operation.URN.Type()))
	}
	assert.Equal(t, []string{
		"create " + deliveryType, "create kubernetes:core/v1:ConfigMap",
		"delete kubernetes:core/v1:ConfigMap", "delete " + deliveryType,
	}, order)
}
