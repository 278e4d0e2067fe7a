package aws

import (
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// The schema of three types of the SDK's package wafv2, WRITTEN BY HAND after github.com/pulumi/pulumi-aws/sdk/v7,
// because importing that package costs every build too much (docs/decisions/0007-edge.md has the figures). Only what
// this project's web ACL uses is here: anything else is refused as unknown. A test holds every name and type to the
// SDK's source, which it reads and does not compile.
type (
	webACLInputs struct {
		DefaultAction    wafDefaultAction    `pulumi:"defaultAction"`
		Description      *string             `pulumi:"description"`
		Name             *string             `pulumi:"name"`
		NamePrefix       *string             `pulumi:"namePrefix"`
		Region           *string             `pulumi:"region"`
		Rules            []wafRule           `pulumi:"rules"`
		Scope            string              `pulumi:"scope"`
		Tags             map[string]string   `pulumi:"tags"`
		VisibilityConfig wafVisibilityConfig `pulumi:"visibilityConfig"`
	}

	webACL struct {
		ApplicationIntegrationURL pulumi.StringOutput    `pulumi:"applicationIntegrationUrl"`
		ARN                       pulumi.StringOutput    `pulumi:"arn"`
		Capacity                  pulumi.IntOutput       `pulumi:"capacity"`
		DefaultAction             pulumi.MapOutput       `pulumi:"defaultAction"`
		Description               pulumi.StringPtrOutput `pulumi:"description"`
		LockToken                 pulumi.StringOutput    `pulumi:"lockToken"`
		Name                      pulumi.StringOutput    `pulumi:"name"`
		NamePrefix                pulumi.StringOutput    `pulumi:"namePrefix"`
		Region                    pulumi.StringOutput    `pulumi:"region"`
		Rules                     pulumi.ArrayOutput     `pulumi:"rules"`
		Scope                     pulumi.StringOutput    `pulumi:"scope"`
		Tags                      pulumi.StringMapOutput `pulumi:"tags"`
		TagsAll                   pulumi.StringMapOutput `pulumi:"tagsAll"`
		VisibilityConfig          pulumi.MapOutput       `pulumi:"visibilityConfig"`
	}

	webACLAssociationInputs struct {
		Region      *string `pulumi:"region"`
		ResourceARN string  `pulumi:"resourceArn"`
		WebACLARN   string  `pulumi:"webAclArn"`
	}

	webACLAssociation struct {
		Region      pulumi.StringOutput `pulumi:"region"`
		ResourceARN pulumi.StringOutput `pulumi:"resourceArn"`
		WebACLARN   pulumi.StringOutput `pulumi:"webAclArn"`
	}

	webACLLoggingConfigurationInputs struct {
		LogDestinationConfigs []string           `pulumi:"logDestinationConfigs"`
		RedactedFields        []wafRedactedField `pulumi:"redactedFields"`
		Region                *string            `pulumi:"region"`
		ResourceARN           string             `pulumi:"resourceArn"`
	}

	webACLLoggingConfiguration struct {
		LogDestinationConfigs pulumi.StringArrayOutput `pulumi:"logDestinationConfigs"`
		RedactedFields        pulumi.ArrayOutput       `pulumi:"redactedFields"`
		Region                pulumi.StringOutput      `pulumi:"region"`
		ResourceARN           pulumi.StringOutput      `pulumi:"resourceArn"`
	}

	wafDefaultAction struct {
		Allow *wafEmpty `pulumi:"allow"`
		Block *wafEmpty `pulumi:"block"`
	}

	wafVisibilityConfig struct {
		CloudwatchMetricsEnabled bool   `pulumi:"cloudwatchMetricsEnabled"`
		MetricName               string `pulumi:"metricName"`
		SampledRequestsEnabled   bool   `pulumi:"sampledRequestsEnabled"`
	}

	wafRule struct {
		Action           *wafAction          `pulumi:"action"`
		Name             string              `pulumi:"name"`
		OverrideAction   *wafOverrideAction  `pulumi:"overrideAction"`
		Priority         int                 `pulumi:"priority"`
		Statement        wafStatement        `pulumi:"statement"`
		VisibilityConfig wafVisibilityConfig `pulumi:"visibilityConfig"`
	}

	wafAction struct {
		Block *wafBlock `pulumi:"block"`
		Count *wafEmpty `pulumi:"count"`
	}

	wafBlock struct {
		CustomResponse *wafCustomResponse `pulumi:"customResponse"`
	}

	wafCustomResponse struct {
		ResponseCode int `pulumi:"responseCode"`
	}

	wafOverrideAction struct {
		Count *wafEmpty `pulumi:"count"`
		None  *wafEmpty `pulumi:"none"`
	}

	wafStatement struct {
		AndStatement              *wafAndStatement            `pulumi:"andStatement"`
		ByteMatchStatement        *wafByteMatchStatement      `pulumi:"byteMatchStatement"`
		ManagedRuleGroupStatement *wafManagedStatement        `pulumi:"managedRuleGroupStatement"`
		NotStatement              *wafNotStatement            `pulumi:"notStatement"`
		OrStatement               *wafAndStatement            `pulumi:"orStatement"`
		RateBasedStatement        *wafRateStatement           `pulumi:"rateBasedStatement"`
		RegexMatchStatement       *wafRegexStatement          `pulumi:"regexMatchStatement"`
		SizeConstraintStatement   *wafSizeConstraintStatement `pulumi:"sizeConstraintStatement"`
	}

	wafAndStatement struct {
		Statements []wafStatement `pulumi:"statements"`
	}

	wafNotStatement struct {
		Statement *wafStatement `pulumi:"statement"`
	}

	wafByteMatchStatement struct {
		FieldToMatch         *wafFieldToMatch        `pulumi:"fieldToMatch"`
		PositionalConstraint string                  `pulumi:"positionalConstraint"`
		SearchString         string                  `pulumi:"searchString"`
		TextTransformations  []wafTextTransformation `pulumi:"textTransformations"`
	}

	wafRegexStatement struct {
		FieldToMatch        *wafFieldToMatch        `pulumi:"fieldToMatch"`
		RegexString         string                  `pulumi:"regexString"`
		TextTransformations []wafTextTransformation `pulumi:"textTransformations"`
	}

	wafSizeConstraintStatement struct {
		ComparisonOperator  string                  `pulumi:"comparisonOperator"`
		FieldToMatch        *wafFieldToMatch        `pulumi:"fieldToMatch"`
		Size                int                     `pulumi:"size"`
		TextTransformations []wafTextTransformation `pulumi:"textTransformations"`
	}

	wafRateStatement struct {
		AggregateKeyType    string `pulumi:"aggregateKeyType"`
		EvaluationWindowSec *int   `pulumi:"evaluationWindowSec"`
		Limit               int    `pulumi:"limit"`
	}

	wafManagedStatement struct {
		Name                string              `pulumi:"name"`
		RuleActionOverrides []wafActionOverride `pulumi:"ruleActionOverrides"`
		VendorName          string              `pulumi:"vendorName"`
		Version             *string             `pulumi:"version"`
	}

	wafActionOverride struct {
		ActionToUse *wafAction `pulumi:"actionToUse"`
		Name        string     `pulumi:"name"`
	}

	wafFieldToMatch struct {
		Body         *wafBody         `pulumi:"body"`
		SingleHeader *wafSingleHeader `pulumi:"singleHeader"`
		URIPath      *wafEmpty        `pulumi:"uriPath"`
	}

	wafBody struct {
		OversizeHandling *string `pulumi:"oversizeHandling"`
	}

	wafSingleHeader struct {
		Name string `pulumi:"name"`
	}

	wafTextTransformation struct {
		Priority int    `pulumi:"priority"`
		Type     string `pulumi:"type"`
	}

	wafRedactedField struct {
		SingleHeader *wafSingleHeader `pulumi:"singleHeader"`
	}

	// wafEmpty is one of the many choices that are all in their name.
	wafEmpty struct{}
)

// The arguments, as sdkschema wants them.
type (
	webACLArgs                     struct{}
	webACLAssociationArgs          struct{}
	webACLLoggingConfigurationArgs struct{}
)

func (webACLArgs) ElementType() reflect.Type { return reflect.TypeFor[webACLInputs]() }
func (webACLAssociationArgs) ElementType() reflect.Type {
	return reflect.TypeFor[webACLAssociationInputs]()
}
func (webACLLoggingConfigurationArgs) ElementType() reflect.Type {
	return reflect.TypeFor[webACLLoggingConfigurationInputs]()
}
