package aws

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"coffee-platform/internal/sandbox/cloud"
	"coffee-platform/internal/sandbox/sdkschema"
	"coffee-platform/policy/iamdocument"
	"coffee-platform/policy/rule"
)

const (
	tokenBucket            = "aws:s3/bucket:Bucket"
	tokenPublicAccessBlock = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
	// tokenBucketObject is what a bucket is not deleted with; the catalogue itself makes none.
	tokenBucketObject = "aws:s3/bucketObjectv2:BucketObjectv2"
)

// Limits of S3 (https://docs.aws.amazon.com/AmazonS3/latest/userguide/, by page).
const (
	maxBucketPolicyBytes = 20480 // bucket-policies.html
	maxLifecycleRules    = 1000  // object-lifecycle-mgmt.html
	maxCORSRules         = 100   // ManageCorsUsing.html
	maxRuleID            = 255   // API_LifecycleRule.html
)

// inBucket is the reference of everything that configures a bucket: S3 deletes a bucket with all its
// configuration.
var inBucket = reference{input: "bucket", typ: tokenBucket, property: "bucket", part: true}

// perBucket are the inputs that make a bucket's configuration that of another bucket.
var perBucket = []string{"bucket", "expectedBucketOwner"}

var s3Types = map[string]entry{
	tokenBucket: {
		schema:   sdkschema.Of(s3.BucketArgs{}, s3.Bucket{}),
		autoName: "bucket",
		replace:  []string{"bucket", "bucketPrefix", "bucketNamespace", "objectLockEnabled"},
		// Of all accounts there are.
		unique:  []string{"bucket"},
		check:   (*checker).checkBucketName,
		compute: (*creation).computeBucket,
		refuseDelete: func(c *cloud.Cloud, bucket *cloud.Object) string {
			if bucket.Outputs["forceDestroy"] != true && c.Find(tokenBucketObject, "bucket", bucket.ID) != nil {
				return "BucketNotEmpty: the bucket you tried to delete is not empty. You must delete all versions in the bucket."
			}
			return ""
		},
	},
	tokenPublicAccessBlock: {
		schema:     sdkschema.Of(s3.BucketPublicAccessBlockArgs{}, s3.BucketPublicAccessBlock{}),
		replace:    []string{"bucket"},
		references: []reference{inBucket},
		id:         idFromInput("bucket"),
	},
	"aws:s3/bucketPolicy:BucketPolicy": {
		schema:     sdkschema.Of(s3.BucketPolicyArgs{}, s3.BucketPolicy{}),
		replace:    []string{"bucket"},
		references: []reference{inBucket},
		check:      (*checker).checkBucketPolicy,
		id:         idFromInput("bucket"),
		refusals: []refusal{
			{[]string{"bucket", "policy"}, (*creation).policyOfAnotherBucket},
			{[]string{"bucket", "policy"}, (*creation).publicPolicy},
		},
	},
	"aws:s3/bucketOwnershipControls:BucketOwnershipControls": {
		schema:     sdkschema.Of(s3.BucketOwnershipControlsArgs{}, s3.BucketOwnershipControls{}),
		replace:    []string{"bucket"},
		references: []reference{inBucket},
		check: func(c *checker) {
			c.eachOneOf("rule", "objectOwnership", "BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter")
		},
		id: idFromInput("bucket"),
	},
	"aws:s3/bucketVersioning:BucketVersioning": {
		schema:     sdkschema.Of(s3.BucketVersioningArgs{}, s3.BucketVersioning{}),
		replace:    perBucket,
		references: []reference{inBucket},
		check: func(c *checker) {
			c.eachOneOf("versioningConfiguration", "status", "Enabled", "Suspended", "Disabled")
			c.eachOneOf("versioningConfiguration", "mfaDelete", "Enabled", "Disabled")
		},
		id: idFromInput("bucket"),
		// https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html
		refuseUpdate: func(old *cloud.Object, inputs map[string]any) string {
			was, will := copyOf(old.Inputs["versioningConfiguration"])["status"], copyOf(inputs["versioningConfiguration"])["status"]
			if was != "Disabled" && will == "Disabled" {
				return "versioningConfiguration.status cannot be updated to Disabled: a bucket that was versioned can only be suspended"
			}
			return ""
		},
	},
	"aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": {
		schema:  sdkschema.Of(s3.BucketServerSideEncryptionConfigurationArgs{}, s3.BucketServerSideEncryptionConfiguration{}),
		replace: perBucket,
		references: []reference{
			inBucket,
			{input: "rules.applyServerSideEncryptionByDefault.kmsMasterKeyId", typ: tokenKey, property: "arn"},
		},
		// API_ServerSideEncryptionByDefault.html, API_BlockedEncryptionTypes.html
		check: func(c *checker) {
			c.eachOneOf("rules", "blockedEncryptionTypes", "SSE-C", "NONE")
			c.eachOneOf("rules", "applyServerSideEncryptionByDefault.sseAlgorithm", "AES256", "aws:kms", "aws:kms:dsse")
			for _, rule := range c.list("rules") {
				byDefault := copyOf(rule["applyServerSideEncryptionByDefault"])
				if byDefault["kmsMasterKeyId"] != nil && byDefault["sseAlgorithm"] == "AES256" {
					c.fail("rules", "InvalidArgument: a KMS key is not applicable if the default algorithm is not aws:kms or aws:kms:dsse")
				}
			}
		},
		id: idFromInput("bucket"),
	},
	"aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": {
		schema:     sdkschema.Of(s3.BucketLifecycleConfigurationArgs{}, s3.BucketLifecycleConfiguration{}),
		replace:    perBucket,
		references: []reference{inBucket},
		check:      (*checker).checkLifecycle,
		id:         idFromInput("bucket"),
		compute: func(c *creation) {
			c.setDefault("expectedBucketOwner", "")
			c.setDefault("transitionDefaultMinimumObjectSize", "all_storage_classes_128K")
		},
	},
	"aws:s3/bucketCorsConfiguration:BucketCorsConfiguration": {
		schema:     sdkschema.Of(s3.BucketCorsConfigurationArgs{}, s3.BucketCorsConfiguration{}),
		replace:    perBucket,
		references: []reference{inBucket},
		check:      (*checker).checkCORS,
		id:         idFromInput("bucket"),
	},
	"aws:s3/bucketLogging:BucketLogging": {
		schema:  sdkschema.Of(s3.BucketLoggingArgs{}, s3.BucketLogging{}),
		replace: perBucket,
		references: []reference{
			inBucket,
			{input: "targetBucket", typ: tokenBucket, property: "bucket"},
		},
		id: idFromInput("bucket"),
		// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html
		refusals: []refusal{{[]string{"bucket", "targetBucket"}, func(c *creation) error {
			source, target := c.cloud.Find(tokenBucket, "bucket", c.text("bucket")), c.cloud.Find(tokenBucket, "bucket", c.text("targetBucket"))
			if source.Outputs["region"] != target.Outputs["region"] {
				return fmt.Errorf("CrossLocationLoggingProhibited: %s is in %v, and logs of a bucket in %v stay there",
					target.ID, target.Outputs["region"], source.Outputs["region"])
			}
			return nil
		}}},
	},
}

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
var (
	bucketName         = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]|\.[a-z0-9]){1,62}$`)
	bucketNamePrefixes = []string{"xn--", "sthree-", "amzn-s3-demo-"}
	bucketNameSuffixes = []string{"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3", "-"}
)

func (c *checker) checkBucketName() {
	name, ok := c.text("bucket")
	if !ok {
		return
	}
	reserved := func(parts []string, has func(string, string) bool) bool {
		return slices.ContainsFunc(parts, func(part string) bool { return has(name, part) })
	}
	_, notAddress := netip.ParseAddr(name)
	if len(name) < 3 || len(name) > 63 || !bucketName.MatchString(name) || notAddress == nil ||
		reserved(bucketNamePrefixes, strings.HasPrefix) || reserved(bucketNameSuffixes, strings.HasSuffix) {
		c.fail("bucket", "InvalidBucketName: %q is not a bucket name: 3 to 63 lower-case letters, digits, hyphens and single dots, "+
			"no IP address, and no prefix or suffix that AWS keeps for itself", name)
	}
}

func (c *creation) computeBucket() {
	c.set("arn", "arn:aws:s3:::"+c.id)
	c.set("bucketDomainName", c.id+".s3.amazonaws.com")
	c.set("bucketRegionalDomainName", fmt.Sprintf("%s.s3.%s.amazonaws.com", c.id, c.text("region")))
	c.set("bucketRegion", c.text("region"))
	c.set("hostedZoneId", "Z3AQBSTGFYJSTF")
	c.setDefault("bucketNamespace", "global")
	c.setDefault("requestPayer", "BucketOwner")
	c.setDefault("objectLockEnabled", false)
	c.setDefault("forceDestroy", false)
	c.setDefault("versioning", map[string]any{"enabled": false, "mfaDelete": false})
	// Since January 2023 every object is encrypted
	// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html).
	c.setDefault("serverSideEncryptionConfiguration", map[string]any{"rule": map[string]any{
		"applyServerSideEncryptionByDefault": map[string]any{"sseAlgorithm": "AES256"}, "bucketKeyEnabled": false,
	}})
	for _, unset := range []string{"accelerationStatus", "acl", "bucketPrefix", "policy", "websiteDomain", "websiteEndpoint"} {
		c.setDefault(unset, "")
	}
	for _, unset := range []string{"logging", "objectLockConfiguration", "replicationConfiguration", "website"} {
		c.setDefault(unset, map[string]any{})
	}
}

// bucketStatement is what S3 looks at in a statement of a bucket policy.
type bucketStatement struct {
	Effect                  string
	Principal, NotPrincipal any
	Resource, NotResource   any
}

// bucketStatements are those of a policy, which may also be one outside a list; nil if it is no policy.
func bucketStatements(policy string) []bucketStatement {
	var document struct{ Statement json.RawMessage }
	if err := json.Unmarshal([]byte(policy), &document); err != nil {
		return nil // refused as no policy
	}
	var statements []bucketStatement
	if json.Unmarshal(document.Statement, &statements) == nil {
		return statements
	}
	var single bucketStatement
	if json.Unmarshal(document.Statement, &single) == nil {
		return []bucketStatement{single}
	}
	return nil
}

// checkBucketPolicy follows https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html.
func (c *checker) checkBucketPolicy() {
	c.policy("policy", maxBucketPolicyBytes)
	text, _ := c.text("policy")
	for i, s := range bucketStatements(text) {
		if s.Principal == nil && s.NotPrincipal == nil {
			c.fail("policy", "MalformedPolicy: missing required field Principal in statement %d", i)
		}
		if s.Resource == nil && s.NotResource == nil {
			c.fail("policy", "MalformedPolicy: missing required field Resource in statement %d", i)
		}
	}
}

// policyOfAnotherBucket holds a policy to its own bucket
// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html).
func (c *creation) policyOfAnotherBucket() error {
	arn := "arn:aws:s3:::" + c.text("bucket")
	for _, s := range bucketStatements(c.text("policy")) {
		for _, r := range lookup(s.Resource, "") {
			if text, _ := r.(string); text != arn && !strings.HasPrefix(text, arn+"/") {
				return fmt.Errorf("MalformedPolicy: policy has invalid resource: %s is not of %s", text, arn)
			}
		}
	}
	return nil
}

// publicPolicy holds a policy to what the bucket's public access block lets through
// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html).
func (c *creation) publicPolicy() error {
	block := c.cloud.Find(tokenPublicAccessBlock, "bucket", c.text("bucket"))
	if block == nil || block.Outputs["blockPublicPolicy"] != true || !isPublic(c.text("policy")) {
		return nil
	}
	return fmt.Errorf("AccessDenied: public policies are prevented by the BlockPublicPolicy setting of %s", c.text("bucket"))
}

// isPublic tells whether S3 calls a policy public: it allows everyone something, and no condition fixes who asks or
// from where. The policy pack knows which conditions do. S3 is stricter than it in one thing, the fixed values
// ("The meaning of public" on the same page): none has a wildcard or a variable, also not in what is somebody's.
func isPublic(policy string) bool {
	document := rule.NewValue("", resource.PropertyMap{"policy": resource.NewProperty(policy)}).Get("policy")
	return slices.ContainsFunc(iamdocument.Statements(document, &rule.Result{}), func(s iamdocument.Statement) bool {
		s.Conditions = slices.DeleteFunc(s.Conditions, varies)
		return s.Open() == rule.Yes
	})
}

// varies tells whether a condition has a value that is not fixed. The names of access points may be any, if the
// account that has them is fixed.
func varies(condition iamdocument.Condition) bool {
	return !strings.EqualFold(condition.Key, "s3:DataAccessPointArn") && slices.ContainsFunc(condition.Values, func(value rule.Value) bool {
		text, _ := value.Text()
		return !iamdocument.Fixed(text)
	})
}

// checkLifecycle follows https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html and the
// types it names.
func (c *checker) checkLifecycle() {
	rules := c.list("rules")
	if len(rules) > maxLifecycleRules {
		c.fail("rules", "%d rules: AWS takes at most %d", len(rules), maxLifecycleRules)
	}
	c.eachOneOf("rules", "status", "Enabled", "Disabled")
	seen := map[any]bool{}
	for _, rule := range rules {
		id := rule["id"]
		if text, _ := id.(string); len(text) > maxRuleID || seen[id] {
			c.fail("rules", "InvalidArgument: rule ID must be unique, and at most %d characters: %v", maxRuleID, id)
		}
		seen[id] = true
		c.checkLifecycleActions(rule)
	}
}

func (c *checker) checkLifecycleActions(rule map[string]any) {
	id, actions := rule["id"], 0
	for _, action := range []string{"abortIncompleteMultipartUpload", "expiration", "noncurrentVersionExpiration", "noncurrentVersionTransitions", "transitions"} {
		if _, given := rule[action]; given {
			actions++
		}
	}
	if actions == 0 {
		c.fail("rules", "InvalidRequest: at least one action needs to be specified in rule %v", id)
	}
	for _, days := range []string{"abortIncompleteMultipartUpload.daysAfterInitiation", "expiration.days", "noncurrentVersionExpiration.noncurrentDays"} {
		for _, n := range lookup(rule, days) {
			if number, ok := n.(float64); ok && number < 1 {
				c.fail("rules", "InvalidArgument: %s of rule %v must be a positive integer, not %v", days, id, n)
			}
		}
	}
	expiration := copyOf(rule["expiration"])
	if expiration["expiredObjectDeleteMarker"] == true && (expiration["days"] != nil || expiration["date"] != nil) {
		c.fail("rules", "MalformedXML: rule %v cannot have expiredObjectDeleteMarker together with days or date", id)
	}
	tagged := len(lookup(rule, "filter.tag.key")) > 0 || len(copyOf(copyOf(copyOf(rule["filter"])["and"])["tags"])) > 0
	if tagged && (rule["abortIncompleteMultipartUpload"] != nil || expiration["expiredObjectDeleteMarker"] == true) {
		c.fail("rules", "InvalidRequest: rule %v is filtered by tags, and uploads and delete markers have none", id)
	}
}

// checkCORS follows https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html.
func (c *checker) checkCORS() {
	rules := c.list("corsRules")
	if _, known := c.value("corsRules"); known && len(rules) == 0 || len(rules) > maxCORSRules {
		c.fail("corsRules", "MalformedXML: 1 to %d rules, not %d", maxCORSRules, len(rules))
	}
	c.eachOneOf("corsRules", "allowedMethods", "GET", "PUT", "POST", "DELETE", "HEAD")
	for _, rule := range rules {
		for name, wildcards := range map[string]int{"allowedOrigins": 1, "allowedHeaders": 1, "exposeHeaders": 0} {
			for _, value := range lookup(rule, name) {
				if text, _ := value.(string); strings.Count(text, "*") > wildcards {
					c.fail("corsRules", "InvalidRequest: %s %q can not have more than %d wildcard", name, text, wildcards)
				}
			}
		}
	}
}
