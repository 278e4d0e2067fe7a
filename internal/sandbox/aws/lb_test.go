package aws_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/internal/iampolicy"
)

const (
	balancerType              = "aws:lb/loadBalancer:LoadBalancer"
	targetGroupType           = "aws:lb/targetGroup:TargetGroup"
	listenerType              = "aws:lb/listener:Listener"
	listenerRuleType          = "aws:lb/listenerRule:ListenerRule"
	egressRuleType            = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
	certificateType           = "aws:acm/certificate:Certificate"
	certificateValidationType = "aws:acm/certificateValidation:CertificateValidation"
	recordType                = "aws:route53/record:Record"
	webACLType                = "aws:wafv2/webAcl:WebAcl"
	webACLAssociationType     = "aws:wafv2/webAclAssociation:WebAclAssociation"
	webACLLoggingType         = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"

	zone = "Z0123456789ABCDEFGHIJ"
)

// publicSubnets are two subnets, in two zones of a VPC with a way to the internet.
func publicSubnets(t *testing.T, p provider) []object {
	t.Helper()
	v := vpc(t, p, "vpc")
	gateway(t, p, v)
	return subnets(t, p, v)
}

func balancer(t *testing.T, p provider, others values) object {
	t.Helper()
	return p.make(t, balancerType, "edge", with(values{"subnets": ids(publicSubnets(t, p))}, others))
}

func targetGroup(t *testing.T, p provider, vpcID any) object {
	t.Helper()
	return p.make(t, targetGroupType, "api", values{"vpcId": vpcID, "port": 8000, "protocol": "HTTP", "targetType": "ip"})
}

var notFound = []any{values{"type": "fixed-response", "fixedResponse": values{"contentType": "text/plain", "statusCode": "404"}}}

func listener(t *testing.T, p provider) object {
	t.Helper()
	return p.make(t, listenerType, "http", values{
		"loadBalancerArn": balancer(t, p, nil).id, "port": 80, "protocol": "HTTP", "defaultActions": notFound,
	})
}

func ruleInputs(listener object, target string) values {
	return values{
		"listenerArn": listener.id, "priority": 10,
		"conditions": []any{values{"pathPattern": values{"values": []any{"/api/*"}}}},
		"actions":    []any{values{"type": "forward", "forward": values{"targetGroups": []any{values{"arn": target, "weight": 1}}}}},
	}
}

// listenerRule is a rule that forwards to a target group.
func listenerRule(t *testing.T, p provider) (rule, group object) {
	t.Helper()
	l := listener(t, p)
	group = targetGroup(t, p, p.objects.OfType(vpcType)[0].ID)
	return p.make(t, listenerRuleType, "api", ruleInputs(l, group.id)), group
}

func certificate(t *testing.T, p provider) object {
	t.Helper()
	return p.make(t, certificateType, "edge", values{"domainName": "app.coffee.example", "validationMethod": "DNS"})
}

// proof is the record that ACM asks for.
func proof(t *testing.T, p provider, certificate object) object {
	t.Helper()
	option := certificate.outputs["domainValidationOptions"].([]any)[0].(values)
	return p.make(t, recordType, "proof", values{
		"zoneId": zone, "name": option["resourceRecordName"], "type": "CNAME", "ttl": 300, "records": []any{option["resourceRecordValue"]},
	})
}

func certificateValidation(t *testing.T, p provider) object {
	t.Helper()
	c := certificate(t, p)
	proof(t, p, c)
	return p.make(t, certificateValidationType, "edge", values{"certificateArn": c.id})
}

var metric = values{"cloudwatchMetricsEnabled": true, "metricName": "edge", "sampledRequestsEnabled": false}

func rateRule(others values) values {
	return with(values{
		"name": "rate", "priority": 0, "visibilityConfig": metric, "action": values{"block": values{}},
		"statement": values{"rateBasedStatement": values{"aggregateKeyType": "IP", "limit": 2000}},
	}, others)
}

func groupRule(others values) values {
	return with(values{
		"name": "common", "priority": 1, "visibilityConfig": metric, "overrideAction": values{"none": values{}},
		"statement": values{"managedRuleGroupStatement": values{"vendorName": "AWS", "name": "AWSManagedRulesCommonRuleSet"}},
	}, others)
}

func webACLInputs(rules ...any) values {
	return values{
		"scope": "REGIONAL", "defaultAction": values{"allow": values{}}, "visibilityConfig": metric, "rules": rules,
	}
}

func webACL(t *testing.T, p provider) object {
	t.Helper()
	return p.make(t, webACLType, "edge", webACLInputs(rateRule(nil), groupRule(nil)))
}

func TestLoadBalancersRefused(t *testing.T) {
	valid := values{"subnets": []any{"a", "b"}}
	checkRefuses(t, balancerType, []refusal{
		{"too long a name", valid, values{"name": strings.Repeat("a", 33)}, "name"},
		{"an end", valid, values{"name": "edge-"}, "name"},
		{"a name AWS keeps", valid, values{"name": "internal-edge"}, "name"},
		{"a type", valid, values{"loadBalancerType": "classic"}, "loadBalancerType"},
		{"a mode", valid, values{"desyncMitigationMode": "off"}, "desyncMitigationMode"},
		{"a way with headers", valid, values{"xffHeaderProcessingMode": "drop"}, "xffHeaderProcessingMode"},
		{"too long a time", valid, values{"idleTimeout": 4001}, "idleTimeout"},
	})
	group := values{"port": 80, "protocol": "HTTP", "vpcId": "vpc"}
	health := func(others values) values {
		return values{"healthCheck": with(values{"interval": 10, "timeout": 5}, others)}
	}
	checkRefuses(t, targetGroupType, []refusal{
		{"too long a name", group, values{"name": strings.Repeat("a", 33)}, "name"},
		{"a type", group, values{"targetType": "pod"}, "targetType"},
		{"a port", group, values{"port": 0}, "port"},
		{"too long a drain", group, values{"deregistrationDelay": 3601}, "deregistrationDelay"},
		{"an algorithm", group, values{"loadBalancingAlgorithmType": "random"}, "loadBalancingAlgorithmType"},
		{"a timeout over the interval", group, health(values{"timeout": 10}), "healthCheck"},
		{"too short an interval", group, health(values{"interval": 4, "timeout": 2}), "healthCheck"},
		{"a path", group, health(values{"path": "health"}), "healthCheck"},
	})
	plain := values{"loadBalancerArn": "lb", "port": 80, "protocol": "HTTP", "defaultActions": notFound}
	checkRefuses(t, listenerType, []refusal{
		{"HTTPS without a certificate", plain, values{"protocol": "HTTPS"}, "certificateArn"},
		{"HTTP with a policy", plain, values{"sslPolicy": "ELBSecurityPolicy-2016-08"}, "protocol"},
		{"an action", plain, values{"defaultActions": []any{values{"type": "drop"}}}, "defaultActions"},
		{"another status", plain, values{"defaultActions": []any{values{"type": "redirect", "redirect": values{"statusCode": "HTTP_307"}}}}, "defaultActions"},
		{"too long a body", plain, values{"defaultActions": []any{values{"type": "fixed-response", "fixedResponse": values{
			"contentType": "text/plain", "statusCode": "404", "messageBody": strings.Repeat("x", 1025),
		}}}}, "defaultActions"},
	})
	rule := ruleInputs(object{id: "listener"}, "group")
	patterns := func(all ...any) values {
		return values{"conditions": []any{values{"pathPattern": values{"values": all}}}}
	}
	checkRefuses(t, listenerRuleType, []refusal{
		{"a priority", rule, values{"priority": 50001}, "priority"},
		{"no condition", rule, values{"conditions": []any{}}, "conditions"},
		{"too many values", rule, patterns("/a", "/b", "/c", "/d", "/e", "/f"), "conditions"},
		{"too long a value", rule, patterns("/" + strings.Repeat("a", 128)), "conditions"},
		{"a weight", rule, values{"actions": []any{values{"type": "forward", "forward": values{
			"targetGroups": []any{values{"arn": "group", "weight": 1000}},
		}}}}, "actions"},
		{"a transform", rule, values{"transforms": []any{values{"type": "body-rewrite"}}}, "transforms"},
	})
}

func TestLoadBalancersNeedTwoZonesAndTheInternet(t *testing.T) {
	p := newProvider(t)
	v := vpc(t, p, "vpc")
	both := subnets(t, p, v)
	_, err := p.try(t, balancerType, "edge", values{"subnets": ids(both)})
	require.ErrorContains(t, err, "has no internet gateway")
	p.make(t, balancerType, "inside", values{"subnets": ids(both), "internal": true})
	way := gateway(t, p, v)
	_, err = p.try(t, balancerType, "edge", values{"subnets": ids(both[:1])})
	require.ErrorContains(t, err, "two different Availability Zones")
	again := subnet(t, p, v, "again", "10.0.2.0/24", "us-east-1a")
	_, err = p.try(t, balancerType, "edge", values{"subnets": ids([]object{both[0], again})})
	require.ErrorContains(t, err, "same Availability Zone")

	made := p.make(t, balancerType, "edge", values{"subnets": ids(both)})
	require.ErrorContains(t, p.remove(way), "mapped public address", "its addresses are the gateway's to give")
	require.ErrorContains(t, p.remove(both[0]), "is in use by")
	require.NoError(t, p.remove(made))
	require.NoError(t, p.remove(way))
}

func TestProtectedLoadBalancersStay(t *testing.T) {
	p := newProvider(t)
	b := balancer(t, p, values{"enableDeletionProtection": true})
	require.ErrorContains(t, p.remove(b), "OperationNotPermitted")
	require.NoError(t, p.change(t, b, with(b.inputs.Mappable(), values{"enableDeletionProtection": false})))
	require.NoError(t, p.remove(b))
}

func TestAccessLogsNeedTheBucketsLeave(t *testing.T) {
	p := newProvider(t)
	b := bucket(t, p)
	logging := values{"subnets": ids(publicSubnets(t, p)), "accessLogs": values{"bucket": b.id, "enabled": true}}
	_, err := p.try(t, balancerType, "edge", logging)
	require.ErrorContains(t, err, "Access Denied for bucket")
	p.make(t, bucketPolicyType, "policy", values{"bucket": b.id, "policy": iampolicy.Document(iampolicy.Statement{
		Effect: iampolicy.Allow, Principal: values{"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
		Action: []string{"s3:PutObject"}, Resource: []string{b.text(t, "arn") + "/*"},
	})})
	encryption := p.make(t, bucketEncryptionType, "encryption", values{"bucket": b.id, "rules": []any{
		values{"applyServerSideEncryptionByDefault": values{"sseAlgorithm": "aws:kms"}},
	}})
	_, err = p.try(t, balancerType, "edge", logging)
	require.ErrorContains(t, err, "encrypts with a KMS key")
	require.NoError(t, p.remove(encryption))
	p.make(t, balancerType, "edge", logging)
}

func TestListenersHavePortsOfTheirOwn(t *testing.T) {
	p := newProvider(t)
	l := listener(t, p)
	_, err := p.try(t, listenerType, "again", l.inputs.Mappable())
	assert.ErrorContains(t, err, "DuplicateListener")
}

func TestPrioritiesAreUnique(t *testing.T) {
	p := newProvider(t)
	rule, _ := listenerRule(t, p)
	_, err := p.try(t, listenerRuleType, "again", rule.inputs.Mappable())
	require.ErrorContains(t, err, "PriorityInUse")
	p.make(t, listenerRuleType, "other", with(rule.inputs.Mappable(), values{"priority": 11}))
	last := p.make(t, listenerRuleType, "last", with(rule.inputs.Mappable(), values{"priority": nil}))
	assert.EqualValues(t, 12, last.outputs["priority"], "after all others")
}

func TestTargetGroupsInUseStay(t *testing.T) {
	p := newProvider(t)
	rule, group := listenerRule(t, p)
	require.ErrorContains(t, p.remove(group), "ResourceInUse")
	require.NoError(t, p.remove(rule))
	require.NoError(t, p.remove(group))
}

func TestListenersTakeIssuedCertificatesOnly(t *testing.T) {
	p := newProvider(t)
	b, c := balancer(t, p, nil), certificate(t, p)
	https := values{"loadBalancerArn": b.id, "port": 443, "protocol": "HTTPS", "certificateArn": c.id, "defaultActions": notFound}
	_, err := p.try(t, listenerType, "https", https)
	require.ErrorContains(t, err, "UnsupportedCertificate")
	_, err = p.try(t, certificateValidationType, "edge", values{"certificateArn": c.id})
	require.ErrorContains(t, err, "timeout while waiting", "nobody has proved whose the name is")
	proof(t, p, c)
	p.make(t, certificateValidationType, "edge", values{"certificateArn": c.id})
	l := p.make(t, listenerType, "https", https)
	require.ErrorContains(t, p.remove(c), "ResourceInUseException")
	require.NoError(t, p.remove(l))
	require.NoError(t, p.remove(c))
}

func TestCertificatesAndRecordsRefused(t *testing.T) {
	domain := values{"domainName": "app.coffee.example", "validationMethod": "DNS"}
	checkRefuses(t, certificateType, []refusal{
		{"a name", domain, values{"domainName": "app_1"}, "domainName"},
		{"too long a name", domain, values{"domainName": strings.Repeat("a", 60) + ".example"}, "domainName"},
		{"a method", domain, values{"validationMethod": "HTTP"}, "validationMethod"},
	})
	record := values{"zoneId": zone, "name": "app.coffee.example", "type": "CNAME", "ttl": 60, "records": []any{"a.example"}}
	checkRefuses(t, recordType, []refusal{
		{"a zone", record, values{"zoneId": "coffee.example"}, "zoneId"},
		{"a name", record, values{"name": "app coffee"}, "name"},
		{"a type", record, values{"type": "WWW"}, "type"},
		{"nothing", record, values{"records": nil, "ttl": nil}, "records"},
		{"no ttl", record, values{"ttl": nil}, "ttl"},
	})
}

func TestARecordIsThereOnce(t *testing.T) {
	p := newProvider(t)
	r := proof(t, p, certificate(t, p))
	_, err := p.try(t, recordType, "again", r.inputs.Mappable())
	assert.ErrorContains(t, err, "AlreadyExists")
}

func TestWebACLsRefused(t *testing.T) {
	valid := webACLInputs(rateRule(nil), groupRule(nil))
	rules := func(all ...any) values { return values{"rules": all} }
	statement := func(kind string, body values) values {
		return rateRule(values{"statement": values{kind: body}})
	}
	regex := values{"fieldToMatch": values{"uriPath": values{}}, "regexString": "x", "textTransformations": []any{values{"priority": 0, "type": "NONE"}}}
	checkRefuses(t, webACLType, []refusal{
		{"a name", valid, values{"name": "a b"}, "name"},
		{"a scope", valid, values{"scope": "GLOBAL"}, "scope"},
		{"both by default", valid, values{"defaultAction": values{"allow": values{}, "block": values{}}}, "defaultAction"},
		{"a metric", valid, values{"visibilityConfig": with(metric, values{"metricName": "a b"})}, "visibilityConfig"},
		{"a priority twice", valid, rules(rateRule(nil), groupRule(values{"priority": 0})), "rules"},
		{"a name twice", valid, rules(rateRule(nil), groupRule(values{"name": "rate"})), "rules"},
		{"a group with an action", valid, rules(groupRule(values{"action": values{"block": values{}}, "overrideAction": nil})), "rules"},
		{"a rule without an action", valid, rules(rateRule(values{"action": nil})), "rules"},
		{"too low a rate", valid, rules(statement("rateBasedStatement", values{"aggregateKeyType": "IP", "limit": 9})), "rules"},
		{"a window", valid, rules(statement("rateBasedStatement", values{"aggregateKeyType": "IP", "limit": 10, "evaluationWindowSec": 90})), "rules"},
		{"too long a pattern", valid, rules(statement("regexMatchStatement", with(regex, values{"regexString": strings.Repeat("x", 513)}))), "rules"},
		{"no transformation", valid, rules(statement("regexMatchStatement", with(regex, values{"textTransformations": []any{}}))), "rules"},
		{"a header in capitals, within", valid, rules(statement("notStatement", values{"statement": values{
			"regexMatchStatement": with(regex, values{"fieldToMatch": values{"singleHeader": values{"name": "Cookie"}}}),
		}})), "rules"},
		{"a statement nobody wrote down", valid, rules(statement("geoMatchStatement", values{})), "rules[0].statement.geoMatchStatement"},
	})
	checkRefuses(t, webACLLoggingType, []refusal{
		{"another log", values{"resourceArn": "acl", "logDestinationConfigs": []any{"arn:aws:logs:us-east-1:1:log-group:aws-waf-logs-x"}},
			values{"logDestinationConfigs": []any{"arn:aws:logs:us-east-1:1:log-group:x"}}, "logDestinationConfigs"},
	})
}

func TestManagedRuleGroupsExist(t *testing.T) {
	p := newProvider(t)
	assert.EqualValues(t, 700, webACL(t, p).outputs["capacity"])
	_, err := p.try(t, webACLType, "other", webACLInputs(groupRule(values{
		"statement": values{"managedRuleGroupStatement": values{"vendorName": "AWS", "name": "AWSManagedRulesEverything"}},
	})))
	assert.ErrorContains(t, err, "WAFNonexistentItemException")
}

func TestWebACLsInUseStay(t *testing.T) {
	p := newProvider(t)
	b, acl := balancer(t, p, nil), webACL(t, p)
	p.make(t, webACLAssociationType, "edge", values{"resourceArn": b.id, "webAclArn": acl.outputs["arn"]})
	require.ErrorContains(t, p.remove(acl), "WAFAssociatedItemException")
	require.NoError(t, p.remove(b), "the association goes with the load balancer")
	require.NoError(t, p.remove(acl))
}

// AWS takes shorter names of these than of most, and the provider makes none that is too long.
func TestNamesMadeForLoadBalancersFit(t *testing.T) {
	p := newProvider(t)
	for length, fits := range map[int]bool{24: true, 25: false} {
		_, err := p.Check(p.ctx, plugin.CheckRequest{
			URN: urn(targetGroupType, strings.Repeat("a", length)), News: resource.PropertyMap{}, RandomSeed: []byte("x"),
		})
		assert.Equal(t, fits, err == nil, "%d characters and eight more: %v", length, err)
	}
}
