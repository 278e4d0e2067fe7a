package e2e

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	networkingv1 "k8s.io/api/networking/v1"
	"sigs.k8s.io/yaml"
)

// Two policies: all pods are isolated, web may call api by the name of its port and the world but not the
// private part of it, and api admits web.
const twoPolicies = `
- metadata: {namespace: shop, name: default-deny}
  spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
- metadata: {namespace: shop, name: web}
  spec:
    podSelector: {matchLabels: {app: web}}
    policyTypes: [Egress]
    egress:
    - to: [{podSelector: {matchLabels: {app: api}}}]
      ports: [{port: http, protocol: TCP}]
    - to: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}]
      ports: [{port: 443}, {port: 8000, endPort: 8010}, {port: 53, protocol: UDP}]
- metadata: {namespace: shop, name: api}
  spec:
    podSelector: {matchLabels: {app: api}}
    policyTypes: [Ingress]
    ingress:
    - from: [{podSelector: {matchLabels: {app: web}}}, {namespaceSelector: {matchLabels: {team: ops}}, podSelector: {matchLabels: {app: probe}}}]
      ports: [{port: 8000}]
`

func TestConnects(t *testing.T) {
	var policies []networkingv1.NetworkPolicy
	require.NoError(t, yaml.UnmarshalStrict([]byte(twoPolicies), &policies))
	pod := func(namespace, app, team string) endpoint {
		return endpoint{namespace: namespace, namespaceLabels: map[string]string{"team": team}, labels: map[string]string{"app": app}}
	}
	web, other := pod("shop", "web", ""), pod("shop", "other", "")
	api := pod("shop", "api", "")
	api.ports = append(api.ports, portNamed("http", 8000), portNamed("metrics", 9000))
	at := func(address string) endpoint { return endpoint{address: netip.MustParseAddr(address)} }

	for name, c := range map[string]struct {
		from, to endpoint
		port     int32
		want     bool
	}{
		"by the port's name":                       {web, api, 8000, true},
		"another port of the same pod":             {web, api, 9000, false},
		"who is not named":                         {other, api, 8000, false},
		"what has no ingress rule":                 {web, other, 8000, false},
		"a pod of another namespace":               {pod("elsewhere", "probe", "ops"), api, 8000, true},
		"a namespace of other labels":              {pod("elsewhere", "probe", "dev"), api, 8000, false},
		"another pod of that namespace":            {pod("elsewhere", "web", "ops"), api, 8000, false},
		"a namespace without policies to anywhere": {pod("elsewhere", "web", ""), at("10.1.2.3"), 22, true},
		"a public address":                         {web, at("52.0.0.1"), 443, true},
		"an address that is excepted":              {web, at("10.1.2.3"), 443, false},
		"a port in a range":                        {web, at("52.0.0.1"), 8005, true},
		"a port after the range":                   {web, at("52.0.0.1"), 8011, false},
		"a port of another protocol":               {web, at("52.0.0.1"), 53, false},
		"from outside into an isolated pod":        {at("52.0.0.1"), api, 8000, false},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := connects(policies, c.from, c.to, c.port)
			require.NoError(t, err)
			assert.Equal(t, c.want, got)
		})
	}
}
