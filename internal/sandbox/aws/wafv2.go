package aws

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"coffee-platform/internal/sandbox/sdkschema"
)

const tokenWebACL = "aws:wafv2/webAcl:WebAcl"

var (
	// https://docs.aws.amazon.com/waf/latest/APIReference/API_CreateWebACL.html, API_Rule.html
	wafName = regexp.MustCompile(`^[\w-]{1,128}$`)
	// https://docs.aws.amazon.com/waf/latest/APIReference/API_VisibilityConfig.html
	wafMetricName = regexp.MustCompile(`^[\w#:./-]{1,255}$`)
	// https://docs.aws.amazon.com/waf/latest/developerguide/logging-destinations.html: log groups, buckets and
	// delivery streams alike.
	wafLogDestination = regexp.MustCompile(`:(log-group:|deliverystream/|s3:::)aws-waf-logs-`)
)

// Limits of WAF, by page of https://docs.aws.amazon.com/waf/latest/.
const (
	minRateLimit   = 10         // APIReference/API_RateBasedStatement.html
	maxRateLimit   = 2000000000 // the same
	maxRegexLength = 512        // APIReference/API_RegexMatchStatement.html
	maxWebACLUnits = 5000       // developerguide/aws-waf-capacity-units.html
)

// managedUnits are the capacity units that managed rule groups take
// (https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html).
var managedUnits = map[any]int{
	"AWSManagedRulesCommonRuleSet":          700,
	"AWSManagedRulesKnownBadInputsRuleSet":  200,
	"AWSManagedRulesSQLiRuleSet":            200,
	"AWSManagedRulesAmazonIpReputationList": 25,
	"AWSManagedRulesAnonymousIpList":        50,
	"AWSManagedRulesLinuxRuleSet":           200,
}

// Which inputs replace an object follows the provider's documentation
// (https://www.pulumi.com/registry/packages/aws/api-docs/wafv2/).
var wafv2Types = map[string]entry{
	tokenWebACL: {
		schema:   sdkschema.Of(webACLArgs{}, webACL{}),
		autoName: "name",
		replace:  []string{"name", "namePrefix", "scope"},
		unique:   []string{"name"},
		check:    (*checker).checkWebACL,
		id:       (*creation).uuid,
		compute: func(c *creation) {
			c.set("arn", c.arn("wafv2", "regional/webacl/%s/%s", c.text("name"), c.id))
			c.set("applicationIntegrationUrl", "")
			c.setDefault("namePrefix", "")
		},
		derive: func(c *creation) {
			c.set("lockToken", c.token("lock", 32)) // another for each update: API_UpdateWebACL.html
			c.set("capacity", c.units())
		},
		// CreateWebACL, UpdateWebACL.
		refusals: []refusal{
			{[]string{"rules"}, (*creation).unknownManagedGroup},
			{[]string{"rules"}, (*creation).tooManyUnits},
		},
		// https://docs.aws.amazon.com/waf/latest/APIReference/API_DeleteWebACL.html
		inUse: "WAFAssociatedItemException",
	},
	"aws:wafv2/webAclAssociation:WebAclAssociation": {
		schema:  sdkschema.Of(webACLAssociationArgs{}, webACLAssociation{}),
		replace: []string{"resourceArn", "webAclArn"},
		references: []reference{
			{input: "resourceArn", typ: tokenLoadBalancer, property: "arn", part: true},
			{input: "webAclArn", typ: tokenWebACL, property: "arn", holds: true},
		},
		id: func(c *creation) string { return c.text("webAclArn") + "," + c.text("resourceArn") },
	},
	"aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": {
		schema:  sdkschema.Of(webACLLoggingConfigurationArgs{}, webACLLoggingConfiguration{}),
		replace: []string{"resourceArn"},
		references: []reference{
			{input: "resourceArn", typ: tokenWebACL, property: "arn", part: true},
			{input: "logDestinationConfigs", typ: tokenLogGroup, property: "arn"},
		},
		check: func(c *checker) {
			value, ok := c.value("logDestinationConfigs")
			if !ok {
				return
			}
			for _, destination := range lookup(value.Mappable(), "") {
				if text, _ := destination.(string); !wafLogDestination.MatchString(text) {
					c.fail("logDestinationConfigs", "WAFInvalidParameterException: the name of %v does not start with aws-waf-logs-", destination)
				}
			}
		},
		id: idFromInput("resourceArn"),
	},
}

// managedGroups are the managed rule groups of a web ACL.
func (c *creation) managedGroups() []any {
	return lookup(c.outputs["rules"], "statement.managedRuleGroupStatement.name")
}

// units are those that a web ACL takes, of its managed groups alone: what a rule of one's own takes depends on
// every word of it.
func (c *creation) units() int {
	units := 0
	for _, group := range c.managedGroups() {
		units += managedUnits[group]
	}
	return units
}

// tooManyUnits holds a web ACL to what WAF has room for.
func (c *creation) tooManyUnits() error {
	if units := c.units(); units > maxWebACLUnits {
		return fmt.Errorf("WAFLimitsExceededException: %d capacity units, and a web ACL has at most %d", units, maxWebACLUnits)
	}
	return nil
}

// unknownManagedGroup holds a web ACL to groups that there are.
func (c *creation) unknownManagedGroup() error {
	for _, group := range c.managedGroups() {
		if _, known := managedUnits[group]; !known {
			return fmt.Errorf("WAFNonexistentItemException: AWS has no managed rule group %v that the sandbox knows of", group)
		}
	}
	return nil
}

// checkWebACL follows https://docs.aws.amazon.com/waf/latest/APIReference/API_WebACL.html and the types it names.
func (c *checker) checkWebACL() {
	c.matches("name", wafName, "a name WAF takes: up to 128 letters, digits, _ and -")
	c.oneOf("scope", "REGIONAL", "CLOUDFRONT")
	c.checkMetric("visibilityConfig", c.list("visibilityConfig"))
	for _, action := range c.list("defaultAction") {
		if len(action) != 1 {
			c.fail("defaultAction", "WAFInvalidParameterException: either allow or block")
		}
	}
	priorities, names := map[any]bool{}, map[any]bool{}
	for _, rule := range c.list("rules") {
		name := rule["name"]
		if priorities[rule["priority"]] {
			c.fail("rules", "WAFInvalidParameterException: priority %v of rule %v is another rule's", rule["priority"], name)
		}
		if names[name] {
			c.fail("rules", "WAFInvalidParameterException: two rules are named %v", name)
		}
		priorities[rule["priority"]], names[name] = true, true
		if text, ok := name.(string); ok && !wafName.MatchString(text) {
			c.fail("rules", "WAFInvalidParameterException: %q is not the name of a rule", text)
		}
		c.checkMetric("rules", []map[string]any{copyOf(rule["visibilityConfig"])})
		c.checkWAFRule(rule)
	}
}

func (c *checker) checkMetric(input string, configs []map[string]any) {
	for _, config := range configs {
		if text, ok := config["metricName"].(string); ok && !wafMetricName.MatchString(text) {
			c.fail(input, "WAFInvalidParameterException: %q is not the name of a metric", text)
		}
	}
}

func (c *checker) checkWAFRule(rule map[string]any) {
	name, statement := rule["name"], copyOf(rule["statement"])
	if len(statement) != 1 {
		c.fail("rules", "WAFInvalidParameterException: rule %v wants one statement, not %d", name, len(statement))
	}
	// A group has actions of its own, which are overridden or not; everything else has an action.
	_, group := statement["managedRuleGroupStatement"]
	_, action := rule["action"]
	_, override := rule["overrideAction"]
	if action == group || override != group {
		c.fail("rules", "WAFInvalidParameterException: rule %v wants an overrideAction if it is a group, else an action", name)
	}
	for _, one := range lookup(statement, "rateBasedStatement") {
		rate := copyOf(one)
		limit, _ := rate["limit"].(float64)
		if limit < minRateLimit || limit > maxRateLimit {
			c.fail("rules", "WAFInvalidParameterException: limit %v of rule %v is outside %d to %d", rate["limit"], name, minRateLimit, maxRateLimit)
		}
		// API_RateBasedStatement.html
		if window, given := rate["evaluationWindowSec"]; given && !slices.Contains([]any{60.0, 120.0, 300.0, 600.0}, window) {
			c.fail("rules", "WAFInvalidParameterException: evaluationWindowSec %v of rule %v is none of 60, 120, 300 and 600", window, name)
		}
	}
	c.checkWAFStatement(name, statement)
}

// checkWAFStatement looks at a statement and at those within it.
func (c *checker) checkWAFStatement(name any, statement map[string]any) {
	for kind, value := range statement {
		body := copyOf(value)
		for _, inner := range append(lookup(body["statements"], ""), lookup(body["statement"], "")...) {
			c.checkWAFStatement(name, copyOf(inner))
		}
		if _, looks := body["fieldToMatch"]; !looks {
			continue
		}
		transformations := lookup(body["textTransformations"], "")
		if len(transformations) == 0 {
			c.fail("rules", "WAFInvalidParameterException: %s of rule %v wants a text transformation", kind, name)
		}
		pattern, _ := body["regexString"].(string)
		if len(pattern) > maxRegexLength {
			c.fail("rules", "WAFInvalidParameterException: regexString of rule %v has %d characters, and WAF takes at most %d", name, len(pattern), maxRegexLength)
		}
		// WAF matches names of headers in lower case; the provider refuses others.
		for _, header := range lookup(body["fieldToMatch"], "singleHeader.name") {
			if text, _ := header.(string); text != strings.ToLower(text) {
				c.fail("rules", "WAFInvalidParameterException: header %q of rule %v is not in lower case", text, name)
			}
		}
	}
}
