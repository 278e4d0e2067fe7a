package edge

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/lb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/components/encryption"
)

// The firewall's types, by token and not by the SDK's package wafv2: compiling that takes 5.2 GB, more than
// the rest of the program together (docs/decisions/0007-edge.md). The sandbox holds what is written here to the same
// schema (internal/sandbox/aws/wafv2schema.go).
const (
	webACLType        = "aws:wafv2/webAcl:WebAcl"
	associationType   = "aws:wafv2/webAclAssociation:WebAclAssociation"
	loggingConfigType = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"
)

// resource is a resource registered by its token.
type resource struct {
	pulumi.CustomResourceState

	ARN pulumi.StringOutput `pulumi:"arn"`
}

// createFirewall makes the web ACL, puts it before the load balancer and keeps a record of what it does. It
// returns the name of the log group.
func (b *builder) createFirewall(balancer *lb.LoadBalancer) (pulumi.StringOutput, error) {
	acl := &resource{}
	err := b.ctx.RegisterResource(webACLType, b.name, pulumi.Map{
		"description":      pulumi.Sprintf("Before load balancer %s", b.name),
		"scope":            pulumi.String("REGIONAL"),
		"defaultAction":    pulumi.Map{"allow": pulumi.Map{}},
		"rules":            b.firewallRules(),
		"visibilityConfig": visibility(b.name),
		"tags":             b.nameTag(b.name),
	}, acl, b.parent)
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("creating web ACL %q: %w", b.name, err)
	}
	err = b.ctx.RegisterResource(associationType, b.name, pulumi.Map{
		"resourceArn": balancer.Arn,
		"webAclArn":   acl.ARN,
	}, &resource{}, b.parent)
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("associating web ACL %q: %w", b.name, err)
	}
	return b.logFirewall(acl)
}

// logFirewall keeps what the firewall decided, without what signs people in.
func (b *builder) logFirewall(acl *resource) (pulumi.StringOutput, error) {
	name := b.name + "-firewall"
	key, err := encryption.NewKey(b.ctx, name, &encryption.Args{
		Description: fmt.Sprintf("Logs of the firewall of %s", b.name),
		Protect:     b.args.Protect,
		LogsOf:      &encryption.LogsOf{Region: b.args.Region, AccountID: b.args.AccountID},
	}, b.parent)
	if err != nil {
		return pulumi.StringOutput{}, err
	}
	group, err := cloudwatch.NewLogGroup(b.ctx, name, &cloudwatch.LogGroupArgs{
		// WAF writes to no other (https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html).
		NamePrefix:      pulumi.Sprintf("aws-waf-logs-%s-", b.args.ClusterName),
		RetentionInDays: pulumi.Int(b.args.FirewallLogRetentionDays),
		KmsKeyId:        key.Arn,
		Tags:            b.nameTag(name),
	}, b.parent)
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("creating log group %q: %w", name, err)
	}
	redacted := pulumi.Array{}
	for _, header := range []string{"authorization", "cookie"} {
		redacted = append(redacted, pulumi.Map{"singleHeader": pulumi.Map{"name": pulumi.String(header)}})
	}
	err = b.ctx.RegisterResource(loggingConfigType, b.name, pulumi.Map{
		"resourceArn":           acl.ARN,
		"logDestinationConfigs": pulumi.StringArray{group.Arn},
		"redactedFields":        redacted,
	}, &resource{}, b.parent)
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("logging web ACL %q: %w", b.name, err)
	}
	return group.Name, nil
}

// Answers to requests that are turned away (RFC 9110, RFC 6585).
const (
	notFound        = 404
	lengthRequired  = 411
	contentTooLarge = 413
	tooManyRequests = 429
)

// firewallRules are the rules, in the order they are asked in. Each has a priority of its own for good, so that
// one that comes or goes moves no other.
func (b *builder) firewallRules() pulumi.Array {
	rules := pulumi.Array{
		// First, so that what is too much costs nothing more.
		b.block(0, "rate-limit", tooManyRequests, pulumi.Map{"rateBasedStatement": pulumi.Map{
			"aggregateKeyType":    pulumi.String("IP"),
			"limit":               pulumi.Int(b.args.RequestsPerAddress),
			"evaluationWindowSec": pulumi.Int(RateWindowSeconds),
		}}),
		b.block(10, "large-bodies", contentTooLarge, pulumi.Map{"regexMatchStatement": pulumi.Map{
			"fieldToMatch":        announcedLength(),
			"regexString":         pulumi.String(greaterThan(b.args.MaxBodyBytes)),
			"textTransformations": transformations("NONE"),
		}}),
		// A body that does not say how long it is could be of any length. Those of which all can be seen are let in.
		b.block(20, "bodies-of-unknown-length", lengthRequired, pulumi.Map{"andStatement": pulumi.Map{"statements": pulumi.Array{
			pulumi.Map{"notStatement": pulumi.Map{"statement": sizeOver(announcedLength(), 0)}},
			sizeOver(pulumi.Map{"body": pulumi.Map{"oversizeHandling": pulumi.String("MATCH")}}, inspectedBytes),
		}}}),
	}
	if hidden := b.hiddenPaths(); hidden != "" {
		rules = append(rules, b.block(30, "hidden-paths", notFound, pulumi.Map{"regexMatchStatement": pulumi.Map{
			"fieldToMatch": pulumi.Map{"uriPath": pulumi.Map{}},
			"regexString":  pulumi.String(hidden),
			// However the path is written, it is the same to the service.
			"textTransformations": transformations("URL_DECODE", "NORMALIZE_PATH", "LOWERCASE"),
		}}))
	}
	return append(rules,
		b.managed(100, "AmazonIpReputationList"),
		b.managed(110, "KnownBadInputsRuleSet"),
		// It would refuse every body of more than 8 KB. Those are not too large: large-bodies says what is.
		b.managed(120, "CommonRuleSet", "SizeRestrictions_BODY"),
	)
}

// hiddenPaths is a regular expression of the paths that are not found, and of all below them.
func (b *builder) hiddenPaths() string {
	var paths []string
	for _, route := range b.args.Routes {
		for _, hidden := range route.HiddenPaths {
			paths = append(paths, regexp.QuoteMeta(hidden))
		}
	}
	if len(paths) == 0 {
		return ""
	}
	return "^(" + strings.Join(paths, "|") + ")(/|$)"
}

// block is a rule that turns away what a statement matches.
func (b *builder) block(priority int, name string, status int, statement pulumi.Map) pulumi.Map {
	return pulumi.Map{
		"name":     pulumi.String(name),
		"priority": pulumi.Int(priority),
		"action": pulumi.Map{"block": pulumi.Map{
			"customResponse": pulumi.Map{"responseCode": pulumi.Int(status)},
		}},
		"statement":        statement,
		"visibilityConfig": visibility(b.name + "-" + name),
	}
}

// managed is a group of rules that AWS keeps up to date
// (https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html). Those named as counted
// count what they match, and let it pass.
func (b *builder) managed(priority int, group string, counted ...string) pulumi.Map {
	overrides := pulumi.Array{}
	for _, rule := range counted {
		overrides = append(overrides, pulumi.Map{
			"name":        pulumi.String(rule),
			"actionToUse": pulumi.Map{"count": pulumi.Map{}},
		})
	}
	statement := pulumi.Map{"vendorName": pulumi.String("AWS"), "name": pulumi.String("AWSManagedRules" + group)}
	if len(overrides) > 0 {
		statement["ruleActionOverrides"] = overrides
	}
	return pulumi.Map{
		"name":             pulumi.String(group),
		"priority":         pulumi.Int(priority),
		"overrideAction":   pulumi.Map{"none": pulumi.Map{}},
		"statement":        pulumi.Map{"managedRuleGroupStatement": statement},
		"visibilityConfig": visibility(b.name + "-" + group),
	}
}

// visibility counts what a rule matches. No samples: they would show what the log leaves out.
func visibility(metric string) pulumi.Map {
	return pulumi.Map{
		"cloudwatchMetricsEnabled": pulumi.Bool(true),
		"sampledRequestsEnabled":   pulumi.Bool(false),
		"metricName":               pulumi.String(metric),
	}
}

// announcedLength is the header in which a request says how long its body is, in lower case, as WAF wants it.
func announcedLength() pulumi.Map {
	return pulumi.Map{"singleHeader": pulumi.Map{"name": pulumi.String("content-length")}}
}

func sizeOver(field pulumi.Map, size int) pulumi.Map {
	return pulumi.Map{"sizeConstraintStatement": pulumi.Map{
		"fieldToMatch":        field,
		"comparisonOperator":  pulumi.String("GT"),
		"size":                pulumi.Int(size),
		"textTransformations": transformations("NONE"),
	}}
}

func transformations(kinds ...string) pulumi.Array {
	list := pulumi.Array{}
	for i, kind := range kinds {
		list = append(list, pulumi.Map{"priority": pulumi.Int(i), "type": pulumi.String(kind)})
	}
	return list
}
