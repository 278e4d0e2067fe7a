package aws_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A security group has a rule once, however it is written and whatever it is called.
func TestRulesAreThereOnce(t *testing.T) {
	p := newProvider(t)
	v := vpc(t, p, "vpc")
	group, other := p.make(t, groupType, "group", values{"vpcId": v.id}), p.make(t, groupType, "other", values{"vpcId": v.id})
	https := values{"securityGroupId": group.id, "ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "cidrIpv4": "10.0.0.0/16"}
	from := func(source values) values { return with(with(https, values{"cidrIpv4": nil}), source) }
	all := values{"securityGroupId": group.id, "ipProtocol": "-1", "cidrIpv4": "10.0.0.0/16"}
	for name, inputs := range map[string]values{
		"https": https, "everything": all,
		"from a group": from(values{"referencedSecurityGroupId": other.id}),
		"over IPv6":    from(values{"cidrIpv6": "2001:db8::/32"}),
	} {
		p.make(t, ruleType, name, inputs)
	}
	for name, again := range map[string]values{
		"the same":               with(https, values{"description": "HTTPS", "tags": values{"Name": "again"}}),
		"by number":              with(https, values{"ipProtocol": "6"}),
		"in capitals":            with(https, values{"ipProtocol": "TCP"}),
		"an address in it":       with(https, values{"cidrIpv4": "10.0.7.1/16"}),
		"everything, with ports": with(all, values{"fromPort": 0, "toPort": 65535}),
		"from a group":           from(values{"referencedSecurityGroupId": other.id}),
		"over IPv6, in full":     from(values{"cidrIpv6": "2001:0db8:0::/32"}),
	} {
		_, err := p.try(t, ruleType, "again", again)
		assert.ErrorContains(t, err, "InvalidPermission.Duplicate", name)
	}
	for name, inputs := range map[string]values{
		"another port":     with(https, values{"toPort": 444}),
		"another protocol": with(https, values{"ipProtocol": "udp"}),
		"another network":  with(https, values{"cidrIpv4": "10.1.0.0/16"}),
		"another group":    with(https, values{"securityGroupId": other.id}),
	} {
		_, err := p.try(t, ruleType, name, inputs)
		assert.NoError(t, err, name)
	}
	p.make(t, egressRuleType, "out", https)
}

func TestARuleIsNotChangedToAnother(t *testing.T) {
	p := newProvider(t)
	group := p.make(t, groupType, "group", values{"vpcId": vpc(t, p, "vpc").id})
	https := values{"securityGroupId": group.id, "ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "cidrIpv4": "10.0.0.0/16"}
	p.make(t, ruleType, "https", https)
	http := p.make(t, ruleType, "http", with(https, values{"fromPort": 80, "toPort": 80}))
	require.ErrorContains(t, p.change(t, http, https), `the specified rule "peer: 10.0.0.0/16, TCP, from port: 443, to port: 443, ALLOW" already exists`)
	require.NoError(t, p.change(t, http, with(http.inputs.Mappable(), values{"cidrIpv4": "10.1.0.0/16"})))
	require.NoError(t, p.change(t, http, with(https, values{"cidrIpv4": "10.1.0.0/16", "description": "HTTPS"})))
}
