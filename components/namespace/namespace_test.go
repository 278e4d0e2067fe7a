package namespace_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"coffee-platform/components/namespace"
	"coffee-platform/components/networkpolicy"
	"coffee-platform/internal/testkit"
)

const policyType = "kubernetes:networking.k8s.io/v1:NetworkPolicy"

func validArgs() *namespace.Args {
	return &namespace.Args{
		NamespaceName: "coffee", PodSecurityVersion: "1.35", DNSAddress: "172.20.0.10",
		Quota: map[string]string{"requests.cpu": "4", "requests.memory": "16Gi", "limits.memory": "32Gi", "pods": "20"},
	}
}

func program(args *namespace.Args) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := namespace.New(ctx, "product", args)
		return err
	}
}

func TestOnlyRestrictedPodsAreAdmitted(t *testing.T) {
	for _, mode := range testkit.Modes {
		t.Run(string(mode), func(t *testing.T) {
			r := testkit.MustRun(t, mode, program(validArgs()))
			n := r.One(t, "kubernetes:core/v1:Namespace", "product")
			assert.Equal(t, "coffee", n.Get(t, "metadata", "name"))
			assert.Equal(t, "restricted", n.Get(t, "metadata", "labels", "pod-security.kubernetes.io/enforce"))
			assert.Equal(t, "v1.35", n.Get(t, "metadata", "labels", "pod-security.kubernetes.io/enforce-version"))
			for _, x := range r.All() {
				assert.True(t, r.Descends(x, "coffee:namespace:Namespace"), "%s is an orphan", x.URN)
			}
		})
	}
}

func TestPodsAreBounded(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	assert.Equal(t, map[string]any{"requests.cpu": "4", "requests.memory": "16Gi", "limits.memory": "32Gi", "pods": "20"},
		r.One(t, "kubernetes:core/v1:ResourceQuota", "product").Get(t, "spec", "hard"))
	limits := r.One(t, "kubernetes:core/v1:LimitRange", "product").Get(t, "spec", "limits", 0).(map[string]any)
	assert.Equal(t, "Container", limits["type"])
	assert.Contains(t, limits["default"], "memory", "what says nothing has a limit")
	assert.NotContains(t, limits["default"], "cpu", "a CPU limit would be given to every pod that has none on purpose")
	assert.Contains(t, limits["defaultRequest"], "cpu")
}

func TestNobodySpeaksToAnybodyUnlessAPolicySaysSo(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	deny := r.One(t, policyType, "product-default-deny")
	assert.Empty(t, deny.Get(t, "spec").(map[string]any)["ingress"])
	assert.Empty(t, deny.Get(t, "spec").(map[string]any)["egress"])
	names := r.One(t, policyType, "product-allow-dns")
	assert.Equal(t, "172.20.0.10/32", names.Get(t, "spec", "egress", 0, "to", 0, "ipBlock", "cidr"))
	assert.Empty(t, names.Get(t, "spec").(map[string]any)["ingress"])
	assert.Len(t, r.OfType(policyType), 2)
}

func TestDeclaredCallsOfAllPods(t *testing.T) {
	args := validArgs()
	args.Rules.Callees = []networkpolicy.Peer{networkpolicy.PublicHTTPS}
	policy := testkit.MustRun(t, testkit.Update, program(args)).One(t, policyType, "product-allow-declared")
	assert.Equal(t, "0.0.0.0/0", policy.Get(t, "spec", "egress", 0, "to", 0, "ipBlock", "cidr"))
}

func TestRefusedArguments(t *testing.T) {
	for want, change := range map[string]func(*namespace.Args){
		`name: "Coffee_" is not a DNS label`:                     func(a *namespace.Args) { a.NamespaceName = "Coffee_" },
		`podSecurityVersion: "latest" is not a Kubernetes versi`: func(a *namespace.Args) { a.PodSecurityVersion = "latest" },
		`quota.pods: "" is not a positive`:                       func(a *namespace.Args) { delete(a.Quota, "pods") },
		`quota.requests.cpu: "0" is not a positive`:              func(a *namespace.Args) { a.Quota["requests.cpu"] = "0" },
		"quota.limits.cpu: bounds CPU limits":                    func(a *namespace.Args) { a.Quota["limits.cpu"] = "8" },
		`dnsAddress: "dns" is not an IPv4 address`:               func(a *namespace.Args) { a.DNSAddress = "dns" },
		"rules.callees[0].ports: is empty":                       func(a *namespace.Args) { a.Rules.Callees = []networkpolicy.Peer{{Component: "api"}} },
	} {
		args := validArgs()
		change(args)
		assert.ErrorContains(t, testkit.Refused(t, program(args)), want)
	}
}

func TestPodsWaitForTheLoadBalancer(t *testing.T) {
	for _, gated := range []bool{true, false} {
		args := validArgs()
		args.GateOnLoadBalancer = gated
		r := testkit.MustRun(t, testkit.Update, program(args))
		labels := r.One(t, "kubernetes:core/v1:Namespace", "product").Get(t, "metadata", "labels").(map[string]any)
		assert.Equal(t, gated, labels["eks.amazonaws.com/pod-readiness-gate-inject"] == "enabled")
	}
}
