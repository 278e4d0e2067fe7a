package namespace_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"coffee-platform/components/namespace"
	"coffee-platform/internal/testkit"
)

func program(args *namespace.Args) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := namespace.New(ctx, "product", args)
		return err
	}
}

func TestOnlyRestrictedPodsAreAdmitted(t *testing.T) {
	for _, mode := range testkit.Modes {
		t.Run(string(mode), func(t *testing.T) {
			r := testkit.MustRun(t, mode, program(&namespace.Args{NamespaceName: "coffee", PodSecurityVersion: "1.35"}))
			n := r.One(t, "kubernetes:core/v1:Namespace", "product")
			assert.Equal(t, "coffee", n.Get(t, "metadata", "name"))
			assert.Equal(t, "restricted", n.Get(t, "metadata", "labels", "pod-security.kubernetes.io/enforce"))
			assert.Equal(t, "v1.35", n.Get(t, "metadata", "labels", "pod-security.kubernetes.io/enforce-version"))
			assert.True(t, r.Descends(n, "coffee:namespace:Namespace"))
		})
	}
}

func TestPodsWaitForTheLoadBalancer(t *testing.T) {
	for _, gated := range []bool{true, false} {
		r := testkit.MustRun(t, testkit.Update, program(&namespace.Args{
			NamespaceName: "coffee", PodSecurityVersion: "1.35", GateOnLoadBalancer: gated,
		}))
		labels := r.One(t, "kubernetes:core/v1:Namespace", "product").Get(t, "metadata", "labels").(map[string]any)
		assert.Equal(t, gated, labels["eks.amazonaws.com/pod-readiness-gate-inject"] == "enabled")
	}
}

func TestRefusedArguments(t *testing.T) {
	err := testkit.Refused(t, program(&namespace.Args{NamespaceName: "Coffee_", PodSecurityVersion: "latest"}))
	assert.ErrorContains(t, err, `name: "Coffee_" is not a DNS label`)
	assert.ErrorContains(t, err, `podSecurityVersion: "latest" is not a Kubernetes version`)
}
