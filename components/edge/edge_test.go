package edge_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/components/edge"
	"coffee-platform/internal/testkit"
)

const (
	balancerType     = "aws:lb/loadBalancer:LoadBalancer"
	listenerType     = "aws:lb/listener:Listener"
	ruleType         = "aws:lb/listenerRule:ListenerRule"
	groupType        = "aws:lb/targetGroup:TargetGroup"
	bindingType      = "kubernetes:eks.amazonaws.com/v1:TargetGroupBinding"
	certificateType  = "aws:acm/certificate:Certificate"
	validationType   = "aws:acm/certificateValidation:CertificateValidation"
	recordType       = "aws:route53/record:Record"
	webACLType       = "aws:wafv2/webAcl:WebAcl"
	associationType  = "aws:wafv2/webAclAssociation:WebAclAssociation"
	loggingType      = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"
	logGroupType     = "aws:cloudwatch/logGroup:LogGroup"
	ingressType      = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	egressType       = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
	bucketType       = "aws:s3/bucket:Bucket"
	bucketPolicyType = "aws:s3/bucketPolicy:BucketPolicy"

	renderPort = 3001
)

func validArgs() *edge.Args {
	return &edge.Args{
		Domain: "app.coffee.example",
		ZoneID: "Z0123456789ABCDEFGHIJ",
		Routes: []edge.Route{
			{
				Name: "api", Priority: 100, PathPrefix: "/api/", Service: "api", Port: 8000,
				HealthPath: "/health", DrainSeconds: 30, Namespace: pulumi.String("coffee"),
			},
			{
				Name: "frontend", Priority: 1000, PathPrefix: "/", Service: "frontend", Port: 3000,
				HealthPath: "/livez", DrainSeconds: 30, Namespace: pulumi.String("coffee"),
			},
		},
		Internal:                 map[string]int{"render": renderPort},
		ClusterName:              "coffee-test",
		RequestsPerAddress:       2000,
		MaxBodyBytes:             10 << 20,
		AccessLogRetentionDays:   90,
		FirewallLogRetentionDays: 30,
		DeletionProtection:       true,
		Protect:                  true,
		Region:                   testkit.Region,
		AccountID:                testkit.Account,
	}
}

// program makes an edge in a network whose internet gateway nothing else waits for.
func program(args *edge.Args) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		if err := args.Validate().Err(); err != nil {
			_, err := edge.New(ctx, "edge", args)
			return err
		}
		network, err := testkit.NewNetwork(ctx)
		if err != nil {
			return err
		}
		gateway, err := ec2.NewInternetGateway(ctx, "gateway", &ec2.InternetGatewayArgs{VpcId: network.VPCID.ToStringOutput()})
		if err != nil {
			return err
		}
		args.VPCID, args.PublicSubnetIDs = network.VPCID, network.SubnetIDs
		args.InternetGateway, args.ClusterSecurityGroupID = gateway, network.ClientGroupID
		_, err = edge.New(ctx, "edge", args)
		return err
	}
}

func run(t *testing.T, change func(*edge.Args)) *testkit.Recorder {
	t.Helper()
	args := validArgs()
	if change != nil {
		change(args)
	}
	return testkit.MustRun(t, testkit.Update, program(args))
}

func TestEveryResourceBelongsToTheComponent(t *testing.T) {
	for _, mode := range testkit.Modes {
		t.Run(string(mode), func(t *testing.T) {
			r := testkit.MustRun(t, mode, program(validArgs()))
			foreign := testkit.NetworkResources + 1 // the gateway
			require.Greater(t, len(r.All()), foreign+25)
			var own int
			for _, x := range r.All() {
				if r.Descends(x, "coffee:edge:Edge") {
					own++
				}
			}
			assert.Equal(t, len(r.All())-foreign, own, "%v", r.Names())
		})
	}
}

func TestLoadBalancer(t *testing.T) {
	b := run(t, nil).One(t, balancerType, "edge")
	for input, want := range map[string]any{
		"internal": false, "loadBalancerType": "application", "ipAddressType": "ipv4",
		"dropInvalidHeaderFields": true, "desyncMitigationMode": "defensive", "xffHeaderProcessingMode": "append",
		"enableWafFailOpen": false, "enableHttp2": true, "preserveHostHeader": true, "enableZonalShift": true,
	} {
		assert.Equal(t, want, b.Get(t, input), input)
	}
	assert.EqualValues(t, edge.IdleTimeoutSeconds, b.Get(t, "idleTimeout"))
	assert.Len(t, b.Get(t, "subnets"), 2)
}

func TestDeletionProtection(t *testing.T) {
	for _, protected := range []bool{true, false} {
		r := run(t, func(a *edge.Args) { a.DeletionProtection, a.Protect, a.ForceDestroy = protected, protected, !protected })
		assert.Equal(t, protected, r.One(t, balancerType, "edge").Get(t, "enableDeletionProtection"))
		assert.Equal(t, protected, r.One(t, bucketType, "edge-access-logs").Protect)
		assert.Equal(t, !protected, r.One(t, bucketType, "edge-access-logs").Get(t, "forceDestroy"))
		assert.Equal(t, protected, r.One(t, "aws:kms/key:Key", "edge-firewall").Protect)
	}
}

// AWS refuses a load balancer in a VPC without a way to the internet, and to take that away from under one.
func TestLoadBalancerWaitsForTheInternet(t *testing.T) {
	r := run(t, nil)
	assert.Contains(t, r.One(t, balancerType, "edge").Dependencies, r.One(t, "aws:ec2/internetGateway:InternetGateway", "gateway").URN)
}

func TestPlainHTTPIsOnlyRedirected(t *testing.T) {
	l := run(t, nil).One(t, listenerType, "edge-http")
	assert.EqualValues(t, 80, l.Get(t, "port"))
	assert.Equal(t, []any{map[string]any{"type": "redirect", "redirect": map[string]any{
		"protocol": "HTTPS", "port": "443", "statusCode": "HTTP_301",
	}}}, l.Get(t, "defaultActions"))
}

func TestHTTPS(t *testing.T) {
	r := run(t, nil)
	l := r.One(t, listenerType, "edge-https")
	assert.EqualValues(t, 443, l.Get(t, "port"))
	assert.Equal(t, "HTTPS", l.Get(t, "protocol"))
	assert.Equal(t, "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09", l.Get(t, "sslPolicy"))
	assert.Equal(t, "max-age=31536000", l.Get(t, "routingHttpResponseStrictTransportSecurityHeaderValue"))
	assert.Equal(t, "nosniff", l.Get(t, "routingHttpResponseXContentTypeOptionsHeaderValue"))
	assert.Equal(t, false, l.Get(t, "routingHttpResponseServerEnabled"))
	assert.Contains(t, l.Dependencies, r.One(t, validationType, "edge").URN, "no listener takes a certificate that is not issued")
}

// A name that nobody gave the product, and the load balancer's own, get nothing.
func TestOtherNamesAreNotFound(t *testing.T) {
	r := run(t, nil)
	assert.Equal(t, "fixed-response", r.One(t, listenerType, "edge-https").Get(t, "defaultActions", 0, "type"))
	assert.Equal(t, "404", r.One(t, listenerType, "edge-https").Get(t, "defaultActions", 0, "fixedResponse", "statusCode"))
	require.Len(t, r.OfType(ruleType), 2)
	for _, rule := range r.OfType(ruleType) {
		assert.Equal(t, []any{"app.coffee.example"}, rule.Get(t, "conditions", 0, "hostHeader", "values"), rule.Name)
	}
}

func TestCertificateIsValidatedByDNS(t *testing.T) {
	r := run(t, nil)
	c := r.One(t, certificateType, "edge")
	assert.Equal(t, "app.coffee.example", c.Get(t, "domainName"))
	assert.Equal(t, "DNS", c.Get(t, "validationMethod"))
	proof := r.One(t, recordType, "edge-validation")
	assert.Equal(t, "CNAME", proof.Get(t, "type"))
	assert.Contains(t, proof.Get(t, "name"), ".app.coffee.example")
	assert.Contains(t, r.One(t, validationType, "edge").Dependencies, proof.URN)
}

func TestDomainLeadsToTheLoadBalancer(t *testing.T) {
	record := run(t, nil).One(t, recordType, "edge")
	assert.Equal(t, "app.coffee.example", record.Get(t, "name"))
	assert.Equal(t, "Z0123456789ABCDEFGHIJ", record.Get(t, "zoneId"))
	assert.Equal(t, "A", record.Get(t, "type"))
	assert.Contains(t, record.Get(t, "aliases", 0, "name"), ".elb.amazonaws.com")
}

func TestRoutes(t *testing.T) {
	r := run(t, nil)
	for _, c := range []struct {
		name     string
		path     string
		priority int
	}{{"api", "/api/*", 100}, {"frontend", "/*", 1000}} {
		rule := r.One(t, ruleType, "edge-"+c.name)
		assert.EqualValues(t, c.priority, rule.Get(t, "priority"))
		assert.Equal(t, []any{c.path}, rule.Get(t, "conditions", 1, "pathPattern", "values"))
		groups := rule.Get(t, "actions", 0, "forward", "targetGroups").([]any)
		require.Len(t, groups, 1)
		assert.Contains(t, groups[0].(map[string]any)["arn"], ":targetgroup/edge-"+c.name+"-")
		assert.NotContains(t, rule.Inputs, "transforms", "nobody changes the path unless told to")
	}
}

func TestPrefixIsStrippedOnlyWhereAskedFor(t *testing.T) {
	r := run(t, func(a *edge.Args) { a.Routes[0].StripPrefix = true })
	rewrite := r.One(t, ruleType, "edge-api").Get(t, "transforms", 0, "urlRewriteConfig", "rewrite").(map[string]any)
	pattern := regexp.MustCompile(rewrite["regex"].(string))
	replace := strings.ReplaceAll(rewrite["replace"].(string), "$1", "${1}")
	for path, want := range map[string]string{"/api/": "/", "/api/videos/7?x=1": "/videos/7?x=1", "/apis/x": "/apis/x", "/x/api/y": "/x/api/y"} {
		assert.Equal(t, want, pattern.ReplaceAllString(path, replace), path)
	}
}

func TestTargetGroups(t *testing.T) {
	g := run(t, nil).One(t, groupType, "edge-api")
	assert.Equal(t, "ip", g.Get(t, "targetType"))
	assert.EqualValues(t, 8000, g.Get(t, "port"))
	assert.Equal(t, "/health", g.Get(t, "healthCheck", "path"))
	assert.Equal(t, "200", g.Get(t, "healthCheck", "matcher"))
	assert.EqualValues(t, edge.PreStopSeconds+30, g.Get(t, "deregistrationDelay"), "as long as the pod itself takes to stop")
	assert.Equal(t, "coffee-test", g.Get(t, "tags", "eks:eks-cluster-name"), "without it the cluster may not register pods")
}

func TestBindings(t *testing.T) {
	r := run(t, nil)
	require.Len(t, r.OfType(bindingType), 2)
	binding := r.One(t, bindingType, "edge-api")
	assert.Equal(t, "coffee", binding.Get(t, "metadata", "namespace"))
	assert.NotContains(t, binding.Get(t, "metadata"), "name", "a new target group gets a new binding, before the old one goes")
	assert.Equal(t, "api", binding.Get(t, "spec", "serviceRef", "name"))
	assert.EqualValues(t, 8000, binding.Get(t, "spec", "serviceRef", "port"))
	assert.Equal(t, "ip", binding.Get(t, "spec", "targetType"))
	assert.Contains(t, binding.Get(t, "spec", "targetGroupARN"), ":targetgroup/edge-api-")
	assert.NotContains(t, binding.Get(t, "spec"), "networking", "the rules of the security groups are not the controller's")
	assert.Contains(t, binding.Dependencies, r.One(t, groupType, "edge-api").URN, "on the way down the binding goes before its target group")
	assert.Contains(t, binding.Dependencies, r.One(t, ruleType, "edge-api").URN, "nobody checks the health of a group that no listener uses")
}

// The load balancer reaches the routed ports of the cluster and nothing else, so that no rule of a listener and no
// binding can lead to another.
func TestOnlyRoutedPortsAreReached(t *testing.T) {
	r := run(t, nil)
	var out, in, open []any
	for _, rule := range r.OfType(egressType) {
		assert.NotContains(t, rule.Inputs, "cidrIpv4", rule.Name)
		assert.Equal(t, rule.Get(t, "fromPort"), rule.Get(t, "toPort"))
		assert.Equal(t, r.One(t, ingressType, fmt.Sprintf("edge-from-balancer-%v", rule.Get(t, "toPort"))).Get(t, "securityGroupId"),
			rule.Get(t, "referencedSecurityGroupId"), "to the cluster's group")
		out = append(out, rule.Get(t, "toPort"))
	}
	for _, rule := range r.OfType(ingressType) {
		assert.Equal(t, rule.Get(t, "fromPort"), rule.Get(t, "toPort"))
		if _, world := rule.Inputs["cidrIpv4"]; world {
			open = append(open, rule.Get(t, "toPort"))
			continue
		}
		in = append(in, rule.Get(t, "toPort"))
	}
	assert.ElementsMatch(t, []any{3000.0, 8000.0}, out)
	assert.ElementsMatch(t, out, in)
	assert.ElementsMatch(t, []any{80.0, 443.0}, open)
}

func TestRenderIsNeverRouted(t *testing.T) {
	r := run(t, nil)
	for _, x := range slices.Concat(r.OfType(groupType), r.OfType(bindingType), r.OfType(egressType), r.OfType(ingressType)) {
		text, err := json.Marshal(x.Inputs)
		require.NoError(t, err)
		assert.NotContains(t, string(text), "3001", x.Name)
		assert.NotContains(t, string(text), "render", x.Name)
	}
	for name, route := range map[string]edge.Route{
		"by name": {Name: "movies", Priority: 5, PathPrefix: "/movies/", Service: "render", Port: 3333, HealthPath: "/health"},
		"by port": {Name: "movies", Priority: 5, PathPrefix: "/movies/", Service: "movies", Port: renderPort, HealthPath: "/health"},
		"as a canary": {Name: "movies", Priority: 5, PathPrefix: "/movies/", Service: "movies", Port: 3333, HealthPath: "/health",
			Canary: &edge.Canary{Service: "render"}},
	} {
		t.Run(name, func(t *testing.T) {
			args := validArgs()
			args.Routes = append(args.Routes, route)
			assert.ErrorContains(t, testkit.Refused(t, program(args)), "must never be reached from outside")
		})
	}
}

func TestCanary(t *testing.T) {
	r := run(t, func(a *edge.Args) { a.Routes[0].Canary = &edge.Canary{Service: "api-canary", Percent: 5} })
	groups := r.One(t, ruleType, "edge-api").Get(t, "actions", 0, "forward", "targetGroups").([]any)
	require.Len(t, groups, 2)
	assert.EqualValues(t, 95, groups[0].(map[string]any)["weight"])
	assert.EqualValues(t, 5, groups[1].(map[string]any)["weight"])
	assert.Contains(t, groups[1].(map[string]any)["arn"], ":targetgroup/edge-api-canary-")
	assert.Equal(t, "api-canary", r.One(t, bindingType, "edge-api-canary").Get(t, "spec", "serviceRef", "name"))
	assert.Len(t, r.OfType(egressType), 2, "it is on the route's own port")
}

func TestAccessLogs(t *testing.T) {
	r := run(t, nil)
	logs := r.One(t, balancerType, "edge").Get(t, "accessLogs").(map[string]any)
	assert.Equal(t, true, logs["enabled"])
	assert.Contains(t, logs["bucket"], "edge-access-logs-")
	assert.Contains(t, r.One(t, balancerType, "edge").Dependencies, r.One(t, bucketPolicyType, "edge-access-logs").URN,
		"AWS tries to write when it is told to")

	type statement struct {
		Effect    string
		Principal map[string]string
		Resource  []string
	}
	var policy struct{ Statement []statement }
	require.NoError(t, json.Unmarshal([]byte(r.One(t, bucketPolicyType, "edge-access-logs").Get(t, "policy").(string)), &policy))
	allowed := slices.DeleteFunc(policy.Statement, func(s statement) bool { return s.Effect != "Allow" })
	require.Len(t, allowed, 1)
	assert.Equal(t, map[string]string{"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}, allowed[0].Principal)
	require.Len(t, allowed[0].Resource, 1)
	assert.Regexp(t, `^arn:aws:s3:::edge-access-logs-[0-9a-f]{7}/alb/AWSLogs/111122223333/\*$`, allowed[0].Resource[0])
	assert.Equal(t, "AES256", r.One(t, "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration", "edge-access-logs").
		Get(t, "rules", 0, "applyServerSideEncryptionByDefault", "sseAlgorithm"), "a load balancer delivers to no other")
	rules := r.One(t, "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "edge-access-logs").Get(t, "rules").([]any)
	assert.True(t, slices.ContainsFunc(rules, func(rule any) bool {
		expiration, _ := rule.(map[string]any)["expiration"].(map[string]any)
		return expiration["days"] == 90.0
	}), "%v", rules)
}

// rules are the firewall's by name.
func rules(t *testing.T, r *testkit.Recorder) map[string]map[string]any {
	t.Helper()
	byName := map[string]map[string]any{}
	for _, rule := range r.One(t, webACLType, "edge").Get(t, "rules").([]any) {
		byName[rule.(map[string]any)["name"].(string)] = rule.(map[string]any)
	}
	return byName
}

func at(value any, path ...string) any {
	for _, step := range path {
		m, _ := value.(map[string]any)
		value = m[step]
	}
	return value
}

func TestFirewallIsBeforeTheLoadBalancer(t *testing.T) {
	r := run(t, nil)
	association := r.One(t, associationType, "edge")
	assert.Contains(t, association.Get(t, "resourceArn"), ":loadbalancer/app/edge-")
	assert.Contains(t, association.Get(t, "webAclArn"), ":regional/webacl/edge-")
	acl := r.One(t, webACLType, "edge")
	assert.Equal(t, "REGIONAL", acl.Get(t, "scope"))
	assert.Equal(t, map[string]any{"allow": map[string]any{}}, acl.Get(t, "defaultAction"))
}

func TestRateLimit(t *testing.T) {
	rule := rules(t, run(t, nil))["rate-limit"]
	assert.Equal(t, map[string]any{"aggregateKeyType": "IP", "limit": 2000.0, "evaluationWindowSec": 300.0},
		at(rule, "statement", "rateBasedStatement"))
	assert.EqualValues(t, 429, at(rule, "action", "block", "customResponse", "responseCode"))
	assert.EqualValues(t, 0, rule["priority"], "it is asked first")
}

func TestBodiesAreLimitedByTheirLength(t *testing.T) {
	for _, limit := range []int{8192, 9999, 10 << 20, 999_999, 1 << 30} {
		rule := rules(t, run(t, func(a *edge.Args) { a.MaxBodyBytes = limit }))["large-bodies"]
		assert.EqualValues(t, 413, at(rule, "action", "block", "customResponse", "responseCode"))
		assert.Equal(t, "content-length", at(rule, "statement", "regexMatchStatement", "fieldToMatch", "singleHeader", "name"))
		tooLong := regexp.MustCompile(at(rule, "statement", "regexMatchStatement", "regexString").(string))
		for _, length := range []int{0, 1, limit / 10, limit - 1, limit, limit + 1, limit + 9, limit * 2, limit * 10, limit * 999} {
			assert.Equal(t, length > limit, tooLong.MatchString(fmt.Sprint(length)), "%d of at most %d", length, limit)
			assert.Equal(t, length > limit, tooLong.MatchString("000"+fmt.Sprint(length)), "zeros before it change nothing")
		}
	}
}

// Without a length there is no telling how much comes: what is more than the firewall sees is refused.
func TestBodiesOfUnknownLengthAreRefused(t *testing.T) {
	rule := rules(t, run(t, nil))["bodies-of-unknown-length"]
	assert.EqualValues(t, 411, at(rule, "action", "block", "customResponse", "responseCode"))
	both := at(rule, "statement", "andStatement", "statements").([]any)
	require.Len(t, both, 2)
	assert.Equal(t, "content-length", at(both[0], "notStatement", "statement", "sizeConstraintStatement", "fieldToMatch", "singleHeader", "name"))
	assert.EqualValues(t, 8192, at(both[1], "sizeConstraintStatement", "size"))
	assert.Equal(t, "MATCH", at(both[1], "sizeConstraintStatement", "fieldToMatch", "body", "oversizeHandling"))
}

func TestManagedRules(t *testing.T) {
	all := rules(t, run(t, nil))
	for _, name := range []string{"AmazonIpReputationList", "KnownBadInputsRuleSet", "CommonRuleSet"} {
		statement := at(all[name], "statement", "managedRuleGroupStatement")
		assert.Equal(t, "AWSManagedRules"+name, at(statement, "name"))
		assert.Equal(t, map[string]any{"none": map[string]any{}}, all[name]["overrideAction"], "%s blocks", name)
	}
	assert.Equal(t, []any{map[string]any{"name": "SizeRestrictions_BODY", "actionToUse": map[string]any{"count": map[string]any{}}}},
		at(all["CommonRuleSet"], "statement", "managedRuleGroupStatement", "ruleActionOverrides"), "it would refuse every body above 8 KB")
}

func TestHiddenPathsAreNotFound(t *testing.T) {
	assert.NotContains(t, rules(t, run(t, nil)), "hidden-paths")
	rule := rules(t, run(t, func(a *edge.Args) {
		a.Routes[0].StripPrefix = true
		a.Routes[0].HiddenPaths = []string{"/api/metrics", "/api/health"}
	}))["hidden-paths"]
	assert.EqualValues(t, 404, at(rule, "action", "block", "customResponse", "responseCode"))
	var how []any
	for _, transformation := range at(rule, "statement", "regexMatchStatement", "textTransformations").([]any) {
		how = append(how, at(transformation, "type"))
	}
	assert.Equal(t, []any{"URL_DECODE", "NORMALIZE_PATH", "LOWERCASE"}, how, "however it is written")
	hidden := regexp.MustCompile(at(rule, "statement", "regexMatchStatement", "regexString").(string))
	for path, want := range map[string]bool{
		"/api/metrics": true, "/api/metrics/": true, "/api/health/x": true, "/api/metricsx": false, "/metrics": false, "/x/api/metrics": false,
	} {
		assert.Equal(t, want, hidden.MatchString(path), path)
	}
}

func TestFirewallKeepsARecord(t *testing.T) {
	r := run(t, nil)
	group := r.One(t, logGroupType, "edge-firewall")
	assert.Equal(t, "aws-waf-logs-coffee-test-", group.Get(t, "namePrefix"), "WAF writes to no other")
	assert.EqualValues(t, 30, group.Get(t, "retentionInDays"))
	assert.Contains(t, group.Get(t, "kmsKeyId"), ":key/")
	logging := r.One(t, loggingType, "edge")
	assert.Contains(t, logging.Get(t, "logDestinationConfigs", 0), ":log-group:aws-waf-logs-coffee-test-")
	assert.Equal(t, []any{
		map[string]any{"singleHeader": map[string]any{"name": "authorization"}},
		map[string]any{"singleHeader": map[string]any{"name": "cookie"}},
	}, logging.Get(t, "redactedFields"), "tokens are in no log")
	for name, rule := range rules(t, r) {
		assert.Equal(t, false, at(rule, "visibilityConfig", "sampledRequestsEnabled"), "samples of %s would show tokens", name)
	}
}

func TestRefusedArguments(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*edge.Args)
		want   string
	}{
		{"no domain", func(a *edge.Args) { a.Domain = "" }, `domain: "" is not a domain name`},
		{"a URL", func(a *edge.Args) { a.Domain = "https://app.coffee.example" }, "domain: "},
		{"a wildcard", func(a *edge.Args) { a.Domain = "*.coffee.example" }, "domain: "},
		{"too long a domain", func(a *edge.Args) { a.Domain = strings.Repeat("a", 60) + ".example" }, "at most 64 characters"},
		{"zone by name", func(a *edge.Args) { a.ZoneID = "coffee.example" }, `zoneId: "coffee.example" is not the id`},
		{"no cluster", func(a *edge.Args) { a.ClusterName = "" }, "clusterName: is empty"},
		{"no routes", func(a *edge.Args) { a.Routes = nil }, "routes: is empty"},
		{"route's name", func(a *edge.Args) { a.Routes[0].Name = "the-products-api" }, "routes[0].name: "},
		{"name twice", func(a *edge.Args) { a.Routes[1].Name = "api" }, "routes[1].name: api is named twice"},
		{"priority", func(a *edge.Args) { a.Routes[0].Priority = 0 }, "routes[0].priority: 0 is outside 1 to 50000"},
		{"priority twice", func(a *edge.Args) { a.Routes[1].Priority = 100 }, "routes[1].priority: 100 is another route's"},
		{"prefix twice", func(a *edge.Args) { a.Routes[1].PathPrefix = "/api/" }, "routes[1].pathPrefix: /api/ is another route's"},
		{"shadowed", func(a *edge.Args) { a.Routes[1].Priority = 1 }, "routes[1].priority: 1 comes before api, whose path /api/ is part of /"},
		{"prefix without an end", func(a *edge.Args) { a.Routes[0].PathPrefix = "/api" }, `routes[0].pathPrefix: "/api" is not the beginning of paths`},
		{"pattern", func(a *edge.Args) { a.Routes[0].PathPrefix = "/*/" }, "routes[0].pathPrefix: "},
		{"nothing to strip", func(a *edge.Args) { a.Routes[1].StripPrefix = true }, "routes[1].stripPrefix: "},
		{"hidden elsewhere", func(a *edge.Args) { a.Routes[0].HiddenPaths = []string{"/metrics"} }, "routes[0].hiddenPaths[0]: "},
		{"service", func(a *edge.Args) { a.Routes[0].Service = "API" }, "routes[0].service: "},
		{"port", func(a *edge.Args) { a.Routes[0].Port = 80 }, "routes[0].port: 80 is outside 1024 to 65535"},
		{"health", func(a *edge.Args) { a.Routes[0].HealthPath = "health" }, "routes[0].healthPath: "},
		{"drain", func(a *edge.Args) { a.Routes[0].DrainSeconds = 3600 }, "routes[0].drainSeconds: 3600 is outside 0 to 3580 seconds"},
		{"canary of itself", func(a *edge.Args) { a.Routes[0].Canary = &edge.Canary{Service: "api"} }, "routes[0].canary.service: "},
		{"canary's part", func(a *edge.Args) { a.Routes[0].Canary = &edge.Canary{Service: "x", Percent: 101} }, "routes[0].canary.percent: 101"},
		{"too few requests", func(a *edge.Args) { a.RequestsPerAddress = 10 }, "requestsPerAddress: 10 is outside"},
		{"too small a body", func(a *edge.Args) { a.MaxBodyBytes = 100 }, "maxBodyBytes: 100 is outside 8192 to"},
		{"too large a body", func(a *edge.Args) { a.MaxBodyBytes = 2 << 30 }, "maxBodyBytes: "},
		{"no logs", func(a *edge.Args) { a.AccessLogRetentionDays = 0 }, "accessLogRetentionDays: 0 is outside"},
		{"odd retention", func(a *edge.Args) { a.FirewallLogRetentionDays = 8 }, "firewallLogRetentionDays: CloudWatch Logs cannot keep logs for 8 days"},
		{"account", func(a *edge.Args) { a.AccountID = "1" }, "accountId: "},
		{"region", func(a *edge.Args) { a.Region = "us" }, "region: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := validArgs()
			c.change(args)
			assert.ErrorContains(t, testkit.Refused(t, program(args)), c.want)
		})
	}
}
