package networkpolicy_test

import (
	"testing"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"coffee-platform/components/networkpolicy"
	"coffee-platform/internal/testkit"
)

const policyType = "kubernetes:networking.k8s.io/v1:NetworkPolicy"

func policy(t *testing.T, mode testkit.Mode, args *networkpolicy.Args) testkit.Resource {
	t.Helper()
	args.PolicyName, args.Namespace = "app", pulumi.String("coffee")
	return testkit.MustRun(t, mode, func(ctx *pulumi.Context) error {
		parent, err := corev1.NewNamespace(ctx, "parent", nil)
		if err != nil {
			return err
		}
		_, err = networkpolicy.New(ctx, "app", args, pulumi.Parent(parent))
		return err
	}).One(t, policyType, "app")
}

func TestWhatIsNotAllowedIsDeniedBothWays(t *testing.T) {
	for _, mode := range testkit.Modes {
		spec := policy(t, mode, &networkpolicy.Args{}).Get(t, "spec").(map[string]any)
		assert.Equal(t, []any{"Ingress", "Egress"}, spec["policyTypes"])
		assert.NotContains(t, spec, "ingress", "an empty list reads as a change whenever it is applied")
		assert.NotContains(t, spec, "egress")
		assert.Equal(t, map[string]any{}, spec["podSelector"], "all pods of the namespace")
	}
}

func TestEachCallHasItsOwnPorts(t *testing.T) {
	spec := policy(t, testkit.Update, &networkpolicy.Args{
		Pods: map[string]string{"app.kubernetes.io/name": "app"},
		Rules: networkpolicy.Rules{
			Callers: []networkpolicy.Peer{
				{Component: "worker", Ports: []int{8000}},
				{CIDRs: []string{"10.10.192.0/22", "10.10.196.0/22"}, Ports: []int{8000}},
			},
			Callees: []networkpolicy.Peer{
				{Component: "keda-operator", Namespace: "keda", Ports: []int{9666}},
				networkpolicy.DNS("172.20.0.10"),
				networkpolicy.PublicHTTPS,
			},
		},
	}).Get(t, "spec").(map[string]any)

	assert.Equal(t, map[string]any{"matchLabels": map[string]any{"app.kubernetes.io/name": "app"}}, spec["podSelector"])
	tcp := func(port float64) map[string]any { return map[string]any{"protocol": "TCP", "port": port} }
	assert.Equal(t, []any{
		map[string]any{
			"from":  []any{map[string]any{"podSelector": map[string]any{"matchLabels": map[string]any{"app.kubernetes.io/component": "worker"}}}},
			"ports": []any{tcp(8000)},
		},
		map[string]any{
			"from": []any{
				map[string]any{"ipBlock": map[string]any{"cidr": "10.10.192.0/22"}},
				map[string]any{"ipBlock": map[string]any{"cidr": "10.10.196.0/22"}},
			},
			"ports": []any{tcp(8000)},
		},
	}, spec["ingress"])
	assert.Equal(t, []any{
		map[string]any{
			"to": []any{map[string]any{
				"podSelector":       map[string]any{"matchLabels": map[string]any{"app.kubernetes.io/component": "keda-operator"}},
				"namespaceSelector": map[string]any{"matchLabels": map[string]any{"kubernetes.io/metadata.name": "keda"}},
			}},
			"ports": []any{tcp(9666)},
		},
		map[string]any{
			"to":    []any{map[string]any{"ipBlock": map[string]any{"cidr": "172.20.0.10/32"}}},
			"ports": []any{tcp(53), map[string]any{"protocol": "UDP", "port": 53.}},
		},
		map[string]any{
			"to": []any{map[string]any{"ipBlock": map[string]any{
				"cidr":   "0.0.0.0/0",
				"except": []any{"10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"},
			}}},
			"ports": []any{tcp(443)},
		},
	}, spec["egress"])
}

func TestRefusedRules(t *testing.T) {
	for _, c := range []struct {
		name string
		peer networkpolicy.Peer
		want string
	}{
		{"nobody", networkpolicy.Peer{Ports: []int{80}}, "callers[0]: names pods and addresses, or neither"},
		{"pods and addresses", networkpolicy.Peer{Component: "api", CIDRs: []string{"10.0.0.0/8"}, Ports: []int{80}}, "callers[0]: names pods and addresses"},
		{"every port", networkpolicy.Peer{Component: "api"}, "callers[0].ports: is empty"},
		{"port", networkpolicy.Peer{Component: "api", Ports: []int{0}}, "callers[0].ports: 0 is not a port"},
		{"range", networkpolicy.Peer{CIDRs: []string{"10.0.0.1/8"}, Ports: []int{80}}, `callers[0].cidrs: "10.0.0.1/8" is not an address range`},
		{"exception", networkpolicy.Peer{CIDRs: []string{"10.0.0.0/8"}, Except: []string{"x"}, Ports: []int{80}}, `callers[0].cidrs: "x" is not`},
	} {
		t.Run(c.name, func(t *testing.T) {
			problems := networkpolicy.Rules{Callers: []networkpolicy.Peer{c.peer}}.Validate()
			assert.ErrorContains(t, problems.Err(), c.want)
		})
	}
	assert.Empty(t, networkpolicy.Rules{Callees: []networkpolicy.Peer{networkpolicy.PodIdentity, networkpolicy.PublicHTTPS}}.Validate())
}
