package externalsecret_test

import (
	"testing"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"coffee-platform/components/externalsecret"
	"coffee-platform/internal/testkit"
)

const (
	externalSecretType = "kubernetes:external-secrets.io/v1:ExternalSecret"
	secretARN          = "arn:aws:secretsmanager:us-east-1:111122223333:secret:jwt-AbCdEf"
)

func validArgs() *externalsecret.Args {
	return &externalsecret.Args{
		Values: map[string]externalsecret.Ref{
			"JWT_SECRET":          {ARN: pulumi.String(secretARN), Version: pulumi.String("v-1"), Property: "current"},
			"JWT_SECRET_PREVIOUS": {ARN: pulumi.String(secretARN), Version: pulumi.String("v-1"), Property: "previous"},
		},
		Namespace: pulumi.String("coffee"),
		StoreName: pulumi.String("aws"),
		Labels:    pulumi.StringMap{"app.kubernetes.io/name": pulumi.String("api")},
	}
}

// program gives a ConfigMap the name of the Secret, as a pod has it.
func program(args *externalsecret.Args) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		workload := &pulumi.ResourceState{}
		if err := ctx.RegisterComponentResource("coffee:workload:Workload", "api", workload); err != nil {
			return err
		}
		name, err := externalsecret.New(ctx, "api", args, pulumi.Parent(workload))
		if err != nil {
			return err
		}
		_, err = corev1.NewConfigMap(ctx, "pod", &corev1.ConfigMapArgs{
			Metadata: &metav1.ObjectMetaArgs{Namespace: pulumi.String("coffee")},
			Data:     pulumi.StringMap{"secret": name},
		})
		return err
	}
}

func TestEveryValueIsOfOneVersion(t *testing.T) {
	for _, mode := range testkit.Modes {
		t.Run(string(mode), func(t *testing.T) {
			r := testkit.MustRun(t, mode, program(validArgs()))
			delivered := r.One(t, externalSecretType, "api")
			assert.True(t, r.Descends(delivered, "coffee:workload:Workload"))
			assert.Equal(t, []any{
				map[string]any{"secretKey": "JWT_SECRET", "remoteRef": map[string]any{"key": secretARN, "property": "current", "version": "uuid/v-1"}},
				map[string]any{"secretKey": "JWT_SECRET_PREVIOUS", "remoteRef": map[string]any{"key": secretARN, "property": "previous", "version": "uuid/v-1"}},
			}, delivered.Get(t, "spec", "data"))
			assert.Equal(t, map[string]any{"kind": "SecretStore", "name": "aws"}, delivered.Get(t, "spec", "secretStoreRef"))
			assert.Equal(t, "coffee", delivered.Get(t, "metadata", "namespace"))
			assert.Equal(t, "api", delivered.Get(t, "metadata", "labels", "app.kubernetes.io/name"))
		})
	}
}

// A version never changes: not in place, and not under the same name.
func TestEveryVersionIsASecretOfItsOwn(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	delivered := r.One(t, externalSecretType, "api")
	assert.Equal(t, []string{"spec"}, delivered.ReplaceOnChanges)
	assert.NotContains(t, delivered.Get(t, "metadata"), "name", "a name of its own would be the same for every version")
	assert.Equal(t, map[string]any{"creationPolicy": "Owner", "immutable": true}, delivered.Get(t, "spec", "target"))
	assert.Equal(t, "CreatedOnce", delivered.Get(t, "spec", "refreshPolicy"))
}

// Pods that got the name before the Secret is there would wait for it, and a rollout with them.
func TestNameIsKnownWhenTheSecretIsThere(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	delivered := r.One(t, externalSecretType, "api")
	assert.Equal(t, "condition=Ready", delivered.Get(t, "metadata", "annotations", "pulumi.com/waitFor"))
	pod := r.One(t, "kubernetes:core/v1:ConfigMap", "pod")
	assert.Equal(t, "api-autonamed", pod.Get(t, "data", "secret"))
	assert.Contains(t, pod.Dependencies, delivered.URN)
}

func TestRefusedArguments(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*externalsecret.Args)
		want   string
	}{
		{"nothing", func(a *externalsecret.Args) { a.Values = nil }, "values: is empty"},
		{"variable", func(a *externalsecret.Args) { a.Values["1-JWT"] = externalsecret.Ref{Property: "current"} }, "values[1-JWT]: is not the name of an environment variable"},
		{"property", func(a *externalsecret.Args) { a.Values["JWT"] = externalsecret.Ref{} }, "values[JWT].property: is empty"},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := validArgs()
			c.change(args)
			assert.ErrorContains(t, testkit.Refused(t, func(ctx *pulumi.Context) error {
				_, err := externalsecret.New(ctx, "api", args, pulumi.Parent(nil))
				return err
			}), c.want)
		})
	}
}
