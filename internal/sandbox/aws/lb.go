package aws

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/lb"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"coffee-platform/internal/sandbox/cloud"
	"coffee-platform/internal/sandbox/sdkschema"
)

const (
	tokenLoadBalancer = "aws:lb/loadBalancer:LoadBalancer"
	tokenTargetGroup  = "aws:lb/targetGroup:TargetGroup"
	tokenListener     = "aws:lb/listener:Listener"
	tokenListenerRule = "aws:lb/listenerRule:ListenerRule"

	// logDelivery is who writes access logs
	// (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html).
	logDelivery = "logdelivery.elasticloadbalancing.amazonaws.com"

	// balancerZone is the hosted zone of load balancers in us-east-1
	// (https://docs.aws.amazon.com/general/latest/gr/elb.html); the sandbox has no other.
	balancerZone = "Z35SXDOTRQ7X7K"
)

// balancerName is the name of a load balancer, and of a target group
// (https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html,
// API_CreateTargetGroup.html).
var balancerName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?$`)

// Limits, by page of https://docs.aws.amazon.com/elasticloadbalancing/latest/.
const (
	maxBalancerName    = 32    // API_CreateLoadBalancer.html, API_CreateTargetGroup.html
	maxPriority        = 50000 // API_CreateRule.html
	maxConditionValues = 5     // application/rule-condition-types.html
	maxConditionText   = 128   // the same
	maxForwardGroups   = 5     // API_ForwardActionConfig.html
	maxWeight          = 999   // API_TargetGroupTuple.html
	maxMessageBody     = 1024  // API_FixedResponseActionConfig.html
)

var listenerSchema = sdkschema.Of(lb.ListenerArgs{}, lb.Listener{})

// Which inputs replace an object, and what is computed, follow the provider's documentation of each type
// (https://www.pulumi.com/registry/packages/aws/api-docs/lb/); what AWS refuses follows the Elastic Load
// Balancing API reference (https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/), by action.
var lbTypes = map[string]entry{
	tokenLoadBalancer: {
		schema:      sdkschema.Of(lb.LoadBalancerArgs{}, lb.LoadBalancer{}),
		autoName:    "name",
		maxAutoName: maxBalancerName,
		replace:     []string{"name", "namePrefix", "internal", "loadBalancerType", "customerOwnedIpv4Pool"},
		unique:      []string{"name"},
		references: []reference{
			{input: "subnets", typ: tokenSubnet, property: "id", holds: true},
			{input: "securityGroups", typ: tokenSecurityGroup, property: "id", holds: true},
			{input: "accessLogs.bucket", typ: tokenBucket, property: "bucket"},
		},
		check:   (*checker).checkLoadBalancer,
		id:      balancerARN("loadbalancer/app"),
		compute: (*creation).computeLoadBalancer,
		// CreateLoadBalancer, SetSubnets, ModifyLoadBalancerAttributes.
		refusals: []refusal{
			{[]string{"subnets"}, (*creation).misplacedBalancer},
			{[]string{"accessLogs"}, (*creation).unwelcomeLogs},
		},
		// DeleteLoadBalancer.
		refuseDelete: func(_ *cloud.Cloud, balancer *cloud.Object) string {
			if balancer.Outputs["enableDeletionProtection"] == true {
				return "OperationNotPermitted: load balancer cannot be deleted because deletion protection is enabled"
			}
			return ""
		},
	},
	tokenTargetGroup: {
		schema:      sdkschema.Of(lb.TargetGroupArgs{}, lb.TargetGroup{}),
		autoName:    "name",
		maxAutoName: maxBalancerName,
		replace:     []string{"name", "namePrefix", "port", "protocol", "protocolVersion", "targetType", "vpcId", "ipAddressType"},
		unique:      []string{"name"},
		references:  []reference{{input: "vpcId", typ: tokenVPC, property: "id"}},
		check:       (*checker).checkTargetGroup,
		id:          balancerARN("targetgroup"),
		compute:     (*creation).computeTargetGroup,
		// DeleteTargetGroup.
		inUse: "ResourceInUse",
	},
	tokenListener: {
		schema:  listenerSchema,
		replace: []string{"loadBalancerArn"},
		references: []reference{
			{input: "loadBalancerArn", typ: tokenLoadBalancer, property: "arn", part: true},
			{input: "certificateArn", typ: tokenCertificate, property: "arn", holds: true},
			{input: "defaultActions.targetGroupArn", typ: tokenTargetGroup, property: "arn", holds: true},
			{input: "defaultActions.forward.targetGroups.arn", typ: tokenTargetGroup, property: "arn", holds: true},
		},
		check:   (*checker).checkListener,
		id:      partARN("loadBalancerArn", ":loadbalancer/", ":listener/"),
		compute: (*creation).computeListener,
		derive: func(c *creation) {
			policy := ""
			if c.text("protocol") == "HTTPS" {
				policy = "ELBSecurityPolicy-2016-08" // API_CreateListener.html
			}
			c.setDefault("sslPolicy", policy)
		},
		// CreateListener, ModifyListener.
		refusals: []refusal{
			{[]string{"loadBalancerArn", "port"}, (*creation).takenPort},
			{[]string{"certificateArn"}, (*creation).unissuedCertificate},
		},
	},
	tokenListenerRule: {
		schema:  sdkschema.Of(lb.ListenerRuleArgs{}, lb.ListenerRule{}),
		replace: []string{"listenerArn"},
		references: []reference{
			{input: "listenerArn", typ: tokenListener, property: "arn", part: true},
			{input: "actions.targetGroupArn", typ: tokenTargetGroup, property: "arn", holds: true},
			{input: "actions.forward.targetGroups.arn", typ: tokenTargetGroup, property: "arn", holds: true},
		},
		check: (*checker).checkListenerRule,
		id:    partARN("listenerArn", ":listener/", ":listener-rule/"),
		compute: func(c *creation) {
			c.set("arn", c.id)
			c.setDefault("priority", c.lastPriority()+1)
		},
		// CreateRule, SetRulePriorities.
		refusals: []refusal{{[]string{"listenerArn", "priority"}, func(c *creation) error {
			for _, other := range c.rulesBeside() {
				if other.Outputs["priority"] == c.outputs["priority"] {
					return fmt.Errorf("PriorityInUse: priority %v is currently in use by %s", c.outputs["priority"], other.ID)
				}
			}
			return nil
		}}},
	},
}

// balancerARN makes ARNs of a kind, a name and 16 hexadecimal digits, which are also ids
// (https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html).
func balancerARN(kind string) func(*creation) string {
	return func(c *creation) string {
		return c.arn("elasticloadbalancing", "%s/%s/%s", kind, c.text("name"), c.token("id", 16))
	}
}

// partARN makes ARNs of what the whole's says, with more digits.
func partARN(whole, was, is string) func(*creation) string {
	return func(c *creation) string {
		return strings.Replace(c.text(whole), was, is, 1) + "/" + c.token("id", 16)
	}
}

func arnSuffix(arn string) string {
	_, resourcePart, _ := strings.Cut(arn, ":loadbalancer/")
	if resourcePart == "" {
		_, resourcePart, _ = strings.Cut(arn, ":targetgroup/")
		return "targetgroup/" + resourcePart
	}
	return resourcePart
}

func (c *checker) checkBalancerName() {
	c.matches("name", balancerName, "a name AWS takes: up to 32 letters, digits and hyphens, none at an end")
	if name, ok := c.text("name"); ok && strings.HasPrefix(name, "internal-") {
		c.fail("name", "ValidationError: %q starts with internal-", name)
	}
}

// checkLoadBalancer follows CreateLoadBalancer and
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html.
func (c *checker) checkLoadBalancer() {
	c.checkBalancerName()
	c.oneOf("loadBalancerType", "application", "network", "gateway")
	c.oneOf("ipAddressType", "ipv4", "dualstack", "dualstack-without-public-ipv4")
	c.oneOf("desyncMitigationMode", "monitor", "defensive", "strictest")
	c.oneOf("xffHeaderProcessingMode", "append", "preserve", "remove")
	c.between("idleTimeout", 1, 4000)
	c.between("clientKeepAlive", 60, 604800)
}

func (c *creation) computeLoadBalancer() {
	c.setDefault("loadBalancerType", "application")
	c.setDefault("internal", false)
	c.setDefault("ipAddressType", "ipv4")
	c.set("vpcId", c.vpcOf("subnets"))
	c.set("arn", c.id)
	c.set("arnSuffix", arnSuffix(c.id))
	c.set("dnsName", fmt.Sprintf("%s-%s.%s.elb.amazonaws.com", c.text("name"), c.token("dns", 10), c.instance.region))
	c.set("zoneId", balancerZone)
	c.setDefault("enableDeletionProtection", false)
	c.setDefault("enforceSecurityGroupInboundRulesOnPrivateLinkTraffic", "")
	c.setDefault("enablePrefixForIpv6SourceNat", "")
	c.setDefault("secondaryIpsAutoAssignedPerSubnet", 0)
	c.setDefault("namePrefix", "")
	c.setDefault("securityGroups", []any{})
}

// misplacedBalancer holds an application load balancer to two zones of a VPC, and one that faces the internet
// to an internet gateway (CreateLoadBalancer).
func (c *creation) misplacedBalancer() error {
	subnets := lookup(c.inputs, "subnets")
	switch zones := c.zonesOf(subnets); {
	case zones < len(subnets):
		return errors.New("InvalidConfigurationRequest: a load balancer cannot be attached to multiple subnets in the same Availability Zone")
	case zones < 2:
		return errors.New("ValidationError: at least two subnets in two different Availability Zones must be specified")
	case c.outsideVPC("subnets") != nil:
		return errors.New("InvalidConfigurationRequest: all subnets must belong to the same VPC")
	case c.outputs["internal"] != true && !c.hasInternetGateway(c.outputs["vpcId"]):
		return fmt.Errorf("InvalidSubnet: VPC %v has no internet gateway", c.outputs["vpcId"])
	}
	return nil
}

// unwelcomeLogs holds a load balancer with access logs to a bucket that lets Elastic Load Balancing write, of
// its region, and not encrypted with a key of KMS
// (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html).
func (c *creation) unwelcomeLogs() error {
	logs := copyOf(c.outputs["accessLogs"])
	if logs["enabled"] != true {
		return nil
	}
	bucket := c.cloud.Find(tokenBucket, "bucket", logs["bucket"])
	denied := func(why string) error {
		return fmt.Errorf("InvalidConfigurationRequest: Access Denied for bucket: %v. Please check S3bucket permission: %s", logs["bucket"], why)
	}
	policy := c.cloud.Find("aws:s3/bucketPolicy:BucketPolicy", "bucket", logs["bucket"])
	if policy == nil || !admitsLogs(fmt.Sprint(policy.Outputs["policy"])) {
		return denied("its policy does not let " + logDelivery + " write")
	}
	if bucket.Outputs["region"] != c.instance.region {
		return denied("it is in another region")
	}
	encryption := c.cloud.Find("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration", "bucket", logs["bucket"])
	if encryption != nil && slices.Contains(lookup(encryption.Outputs["rules"], "applyServerSideEncryptionByDefault.sseAlgorithm"), any("aws:kms")) {
		return denied("it encrypts with a KMS key")
	}
	return nil
}

// admitsLogs tells whether a bucket policy lets Elastic Load Balancing in.
func admitsLogs(policy string) bool {
	return slices.ContainsFunc(bucketStatements(policy), func(s bucketStatement) bool {
		return s.Effect == "Allow" && slices.Contains(lookup(s.Principal, "Service"), any(logDelivery))
	})
}

// checkTargetGroup follows CreateTargetGroup and
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupAttribute.html.
func (c *checker) checkTargetGroup() {
	c.checkBalancerName()
	c.oneOf("targetType", "instance", "ip", "lambda", "alb")
	c.oneOf("protocol", "HTTP", "HTTPS", "TCP", "TLS", "UDP", "TCP_UDP", "GENEVE", "QUIC", "TCP_QUIC")
	c.oneOf("protocolVersion", "HTTP1", "HTTP2", "GRPC")
	c.oneOf("ipAddressType", "ipv4", "ipv6")
	c.between("port", 1, 65535)
	c.between("deregistrationDelay", 0, 3600)
	c.oneOf("loadBalancingAlgorithmType", "round_robin", "least_outstanding_requests", "weighted_random")
	for _, health := range c.list("healthCheck") {
		for name, bounds := range map[string][2]float64{
			"interval": {5, 300}, "timeout": {2, 120}, "healthyThreshold": {2, 10}, "unhealthyThreshold": {2, 10},
		} {
			if n, ok := health[name].(float64); ok && (n < bounds[0] || n > bounds[1]) {
				c.fail("healthCheck", "ValidationError: %s %v is outside %v to %v", name, n, bounds[0], bounds[1])
			}
		}
		interval, hasInterval := health["interval"].(float64)
		timeout, hasTimeout := health["timeout"].(float64)
		if hasInterval && hasTimeout && timeout >= interval {
			c.fail("healthCheck", "ValidationError: health check timeout '%v' must be smaller than the interval '%v'", timeout, interval)
		}
		if path, ok := health["path"].(string); ok && !strings.HasPrefix(path, "/") {
			c.fail("healthCheck", "ValidationError: path %q does not start with /", path)
		}
	}
}

func (c *creation) computeTargetGroup() {
	c.set("arn", c.id)
	c.set("arnSuffix", arnSuffix(c.id))
	c.setDefault("namePrefix", "")
	c.setDefault("connectionTermination", false)
	c.setDefault("ipAddressType", "ipv4")
	c.setDefault("loadBalancerArns", []any{})
	c.setDefault("loadBalancingAlgorithmType", "round_robin")
	c.setDefault("loadBalancingAnomalyMitigation", "off")
	c.setDefault("loadBalancingCrossZoneEnabled", "use_load_balancer_configuration")
	c.setDefault("preserveClientIp", "")
	c.setDefault("protocolVersion", "HTTP1")
	c.setDefault("stickiness", map[string]any{"enabled": false, "type": "lb_cookie", "cookieDuration": 86400})
	c.setDefault("targetGroupHealth", map[string]any{})
	c.setDefault("healthCheck", map[string]any{})
}

// checkListener follows CreateListener and API_Action.html.
func (c *checker) checkListener() {
	c.between("port", 1, 65535)
	c.oneOf("protocol", "HTTP", "HTTPS", "TCP", "TLS", "UDP", "TCP_UDP", "GENEVE", "QUIC", "TCP_QUIC")
	protocol, _ := c.text("protocol")
	_, certificate := c.inputs["certificateArn"]
	_, policy := c.inputs["sslPolicy"]
	switch {
	case protocol == "HTTPS" && !certificate:
		c.fail("certificateArn", "ValidationError: a certificate must be specified for HTTPS listeners")
	case protocol == "HTTP" && (certificate || policy):
		c.fail("protocol", "ValidationError: certificates and SSL policies are for HTTPS and TLS listeners")
	}
	c.checkActions("defaultActions")
}

func (c *checker) checkActions(input string) {
	c.eachOneOf(input, "type", "forward", "redirect", "fixed-response", "authenticate-cognito", "authenticate-oidc", "jwt-validation")
	c.eachOneOf(input, "redirect.statusCode", "HTTP_301", "HTTP_302")
	c.eachOneOf(input, "fixedResponse.contentType", "text/plain", "text/css", "text/html", "application/javascript", "application/json")
	for _, action := range c.list(input) {
		groups := lookup(action, "forward.targetGroups")
		if len(groups) > maxForwardGroups {
			c.fail(input, "TooManyTargetGroups: %d, and an action forwards to at most %d", len(groups), maxForwardGroups)
		}
		for _, weight := range lookup(action, "forward.targetGroups.weight") {
			if n, ok := weight.(float64); ok && (n < 0 || n > maxWeight) {
				c.fail(input, "ValidationError: weight %v is outside 0 to %d", weight, maxWeight)
			}
		}
		for _, body := range lookup(action, "fixedResponse.messageBody") {
			if text, ok := body.(string); ok && len(text) > maxMessageBody {
				c.fail(input, "ValidationError: a body of %d characters, and AWS takes at most %d", len(text), maxMessageBody)
			}
		}
	}
}

func (c *creation) computeListener() {
	c.set("arn", c.id)
	c.setDefault("protocol", "HTTP")
	c.setDefault("mutualAuthentication", map[string]any{"mode": "off"})
	c.setDefault("tcpIdleTimeoutSeconds", 0)
	for _, output := range listenerSchema.AlwaysPresent() {
		if strings.HasPrefix(output, "routingHttp") {
			c.setDefault(output, "")
		}
	}
	c.setDefault("routingHttpResponseServerEnabled", true)
}

// takenPort holds a listener to a port of its own.
func (c *creation) takenPort() error {
	for _, other := range c.others() {
		if other.Outputs["loadBalancerArn"] == c.outputs["loadBalancerArn"] && other.Outputs["port"] == c.outputs["port"] {
			return fmt.Errorf("DuplicateListener: a listener already exists on port %v of this load balancer", c.outputs["port"])
		}
	}
	return nil
}

// unissuedCertificate holds a listener to a certificate that has been issued. AWS's error for one that has not
// says nothing of that.
func (c *creation) unissuedCertificate() error {
	certificate := c.text("certificateArn")
	if certificate == "" || c.cloud.Find(tokenCertificateValidation, "certificateArn", certificate) != nil {
		return nil
	}
	return fmt.Errorf("UnsupportedCertificate: the certificate '%s' must have a fully-qualified domain name, "+
		"a supported signature, and a supported key size (it has not been issued)", certificate)
}

// rulesBeside are the other rules of a rule's listener.
func (c *creation) rulesBeside() []*cloud.Object {
	return slices.DeleteFunc(c.others(), func(o *cloud.Object) bool { return o.Outputs["listenerArn"] != c.outputs["listenerArn"] })
}

// lastPriority is the highest that a rule of the listener has, after which the provider puts one that is given none
// (https://www.pulumi.com/registry/packages/aws/api-docs/lb/listenerrule/).
func (c *creation) lastPriority() float64 {
	last := 0.
	for _, other := range c.rulesBeside() {
		priority, _ := other.Outputs["priority"].(float64)
		last = max(last, priority)
	}
	return last
}

// checkListenerRule follows CreateRule, API_RuleCondition.html and
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-transforms.html.
func (c *checker) checkListenerRule() {
	c.between("priority", 1, maxPriority)
	c.checkActions("actions")
	c.eachOneOf("transforms", "type", "host-header-rewrite", "url-rewrite")
	conditions, known := c.inputs[resource.PropertyKey("conditions")]
	if known && conditions.IsArray() && len(conditions.ArrayValue()) == 0 {
		c.fail("conditions", "ValidationError: a rule wants a condition")
	}
	values := 0
	for _, condition := range c.list("conditions") {
		for _, kind := range []string{"hostHeader", "pathPattern", "httpHeader", "httpRequestMethod", "sourceIp"} {
			for _, value := range lookup(condition, kind+".values") {
				values++
				if text, ok := value.(string); ok && len(text) > maxConditionText {
					c.fail("conditions", "ValidationError: a value of %d characters, and AWS takes at most %d", len(text), maxConditionText)
				}
			}
		}
	}
	if values > maxConditionValues {
		c.fail("conditions", "ValidationError: %d values, and a rule has at most %d", values, maxConditionValues)
	}
}
