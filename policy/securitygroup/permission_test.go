package securitygroup

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/policy/rule"
)

// Every way AWS lets a rule be written is the same permission, and says where it stands.
func TestEveryWayOfWritingIsTheSamePermission(t *testing.T) {
	listed := map[string]any{"protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": []any{"0.0.0.0/0"}}
	loose := map[string]any{"type": "ingress", "protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": []any{"0.0.0.0/0"}}
	single := map[string]any{"ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "cidrIpv4": "0.0.0.0/0"}
	for typ, c := range map[string]struct {
		inputs map[string]any
		at     string
	}{
		Group:        {map[string]any{"ingress": []any{listed}}, "ingress[0]"},
		DefaultGroup: {map[string]any{"ingress": []any{listed}}, "ingress[0]"},
		Rule:         {loose, ""},
		IngressRule:  {single, ""},
	} {
		var result rule.Result
		found := Permissions(rule.Resource{Type: typ, Inputs: rule.NewValue("urn", resource.NewPropertyMapFromMap(c.inputs))}, &result)
		require.Len(t, found, 1, typ)
		assert.Equal(t, rule.Passed, result.Outcome(), typ)
		p := found[0]
		assert.Equal(t, rule.Yes, p.Inbound, typ)
		assert.Equal(t, "urn", p.At.URN(), typ)
		assert.Equal(t, c.at, p.At.Path(), typ)
		protocol, _ := p.Protocol.Text()
		from, _ := p.From.Int()
		to, _ := p.To.Int()
		assert.Equal(t, []any{"tcp", int64(22), int64(22)}, []any{protocol, from, to}, typ)
		require.Len(t, p.Ranges, 1, typ)
		admitted, state := Range(p.Ranges[0])
		assert.Equal(t, rule.Known, state, typ)
		assert.True(t, Worldwide(admitted), typ)
		assert.Empty(t, p.PrefixLists, typ)
	}
}
