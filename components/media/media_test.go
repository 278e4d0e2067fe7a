package media_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/components/media"
	"coffee-platform/internal/testkit"
)

const (
	bucketType     = "aws:s3/bucket:Bucket"
	blockType      = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
	policyType     = "aws:s3/bucketPolicy:BucketPolicy"
	ownershipType  = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
	encryptionType = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
	versioningType = "aws:s3/bucketVersioning:BucketVersioning"
	lifecycleType  = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
	corsType       = "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration"
	loggingType    = "aws:s3/bucketLogging:BucketLogging"

	logs = "media-access-logs"
)

// buckets are the names of both: what makes one private makes the other private too.
var buckets = []string{"media", logs}

func validArgs() *media.Args {
	return &media.Args{
		AccountID:                 testkit.Account,
		Origins:                   []string{"https://app.example.com", "http://localhost:3000"},
		IntermediatePrefix:        "intermediate/",
		IntermediateRetentionDays: 3,
		OldVersionRetentionDays:   30,
		AccessLogRetentionDays:    90,
		Protect:                   true,
	}
}

func program(args *media.Args) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := media.New(ctx, "media", args)
		return err
	}
}

func TestEveryResourceBelongsToTheComponent(t *testing.T) {
	for _, mode := range testkit.Modes {
		t.Run(string(mode), func(t *testing.T) {
			r := testkit.MustRun(t, mode, program(validArgs()))
			assert.Len(t, r.All(), 18, "%v", r.Names())
			for _, x := range r.All() {
				assert.True(t, r.Descends(x, "coffee:media:Media"), "%s is an orphan", x.URN)
			}
		})
	}
}

func TestNothingIsPublic(t *testing.T) {
	for _, mode := range testkit.Modes {
		t.Run(string(mode), func(t *testing.T) {
			r := testkit.MustRun(t, mode, program(validArgs()))
			for _, name := range buckets {
				block := r.One(t, blockType, name)
				for _, input := range []string{"blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"} {
					assert.Equal(t, true, block.Get(t, input), "%s of %s", input, name)
				}
				assert.Equal(t, "BucketOwnerEnforced", r.One(t, ownershipType, name).Get(t, "rule", "objectOwnership"))
			}
		})
	}
}

// Each configuration is of the bucket whose name it has.
func TestConfigurationsAreOfTheirBucket(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	for _, name := range buckets {
		for _, typ := range []string{blockType, policyType, ownershipType, encryptionType, versioningType, lifecycleType} {
			assert.Regexp(t, "^"+name+"-[0-9a-f]{7}$", r.One(t, typ, name).Get(t, "bucket"), typ)
		}
	}
}

// Two changes at once of who reaches a bucket: S3 refuses one.
func TestAccessIsSetOneAfterTheOther(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	for _, name := range buckets {
		assert.Contains(t, r.One(t, policyType, name).Dependencies, r.One(t, blockType, name).URN)
		assert.Contains(t, r.One(t, ownershipType, name).Dependencies, r.One(t, policyType, name).URN)
		assert.Contains(t, r.One(t, lifecycleType, name).Dependencies, r.One(t, versioningType, name).URN, "old versions need versions")
	}
	assert.Contains(t, r.One(t, loggingType, "media").Dependencies, r.One(t, policyType, logs).URN, "or the first logs are refused")
}

func TestObjectsAreEncryptedWithTheBucketsKey(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	rule := r.One(t, encryptionType, "media").Get(t, "rules", 0).(map[string]any)
	assert.Equal(t, "aws:kms", rule["applyServerSideEncryptionByDefault"].(map[string]any)["sseAlgorithm"])
	assert.Contains(t, rule["applyServerSideEncryptionByDefault"].(map[string]any)["kmsMasterKeyId"], ":key/")
	assert.Equal(t, true, rule["bucketKeyEnabled"])
	assert.Equal(t, []any{"SSE-C"}, rule["blockedEncryptionTypes"])
	assert.Equal(t, "AES256", r.One(t, encryptionType, logs).Get(t, "rules", 0, "applyServerSideEncryptionByDefault", "sseAlgorithm"),
		"S3 delivers access logs to no bucket with a customer key")
}

// statement is a statement of a bucket policy.
type statement struct {
	Sid, Effect string
	Principal   map[string]any
	Action      []string
	Resource    []string
	Condition   map[string]map[string][]string
}

// policyOf are the statements of a bucket's policy, by their ids.
func policyOf(t *testing.T, r *testkit.Recorder, name string) map[string]statement {
	t.Helper()
	var document struct{ Statement []statement }
	require.NoError(t, json.Unmarshal([]byte(r.One(t, policyType, name).Get(t, "policy").(string)), &document))
	statements := map[string]statement{}
	for _, s := range document.Statement {
		statements[s.Sid] = s
	}
	require.Len(t, statements, len(document.Statement), "two statements with one id")
	return statements
}

func TestConnectionsAreEncrypted(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	for _, name := range buckets {
		arn := fmt.Sprintf("arn:aws:s3:::%s", r.One(t, policyType, name).Get(t, "bucket"))
		for sid, condition := range map[string]map[string]map[string][]string{
			"DenyPlainHTTP": {"Bool": {"aws:SecureTransport": {"false"}}},
			"DenyOldTLS":    {"NumericLessThan": {"s3:TlsVersion": {"1.2"}}},
		} {
			assert.Equal(t, statement{
				Sid: sid, Effect: "Deny", Principal: map[string]any{"AWS": "*"},
				Action: []string{"s3:*"}, Resource: []string{arn, arn + "/*"}, Condition: condition,
			}, policyOf(t, r, name)[sid])
		}
	}
}

// uploads are what a request to upload may ask for, and whether it may.
var uploads = []struct {
	name    string
	asks    map[string]string
	allowed bool
}{
	{"nothing, as browsers do", nil, true},
	{"the bucket's key", map[string]string{"s3:x-amz-server-side-encryption": "aws:kms", "s3:x-amz-server-side-encryption-aws-kms-key-id": "KEY"}, true},
	{"another key", map[string]string{"s3:x-amz-server-side-encryption": "aws:kms", "s3:x-amz-server-side-encryption-aws-kms-key-id": "arn:aws:kms:us-east-1:1:key/other"}, false},
	{"the account's key", map[string]string{"s3:x-amz-server-side-encryption": "aws:kms"}, false},
	{"S3's keys", map[string]string{"s3:x-amz-server-side-encryption": "AES256"}, false},
	{"a key of its own", map[string]string{"s3:x-amz-server-side-encryption-customer-algorithm": "AES256"}, false},
}

func TestUploadsCannotChooseTheirEncryption(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	key := r.One(t, encryptionType, "media").Get(t, "rules", 0, "applyServerSideEncryptionByDefault", "kmsMasterKeyId").(string)
	statements := policyOf(t, r, "media")
	for _, upload := range uploads {
		t.Run(upload.name, func(t *testing.T) {
			var denied []string
			for sid, s := range statements {
				if s.Effect == "Deny" && s.Action[0] == "s3:PutObject" && holds(t, s.Condition, upload.asks, key) {
					denied = append(denied, sid)
				}
			}
			assert.Equal(t, upload.allowed, len(denied) == 0, "denied by %v", denied)
		})
	}
}

// holds evaluates conditions as IAM does: all of them, negated ones also for what is not there
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html).
func holds(t *testing.T, when map[string]map[string][]string, asks map[string]string, key string) bool {
	t.Helper()
	for operator, keys := range when {
		for name, values := range keys {
			value, given := asks[name]
			if value == "KEY" {
				value = key
			}
			switch operator {
			case "Null":
				if given == (values[0] == "true") {
					return false
				}
			case "StringNotEquals", "ArnNotEquals":
				if given && value == values[0] {
					return false
				}
			default:
				require.Failf(t, "unknown operator", "%s", operator)
			}
		}
	}
	return true
}

func TestAccessIsLogged(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	logging := r.One(t, loggingType, "media")
	source, target := logging.Get(t, "bucket"), logging.Get(t, "targetBucket")
	assert.Contains(t, source, "media-")
	assert.Contains(t, target, logs+"-")
	allowed := policyOf(t, r, logs)["AllowAccessLogs"]
	assert.Equal(t, statement{
		Sid: "AllowAccessLogs", Effect: "Allow", Principal: map[string]any{"Service": "logging.s3.amazonaws.com"},
		Action:   []string{"s3:PutObject"},
		Resource: []string{fmt.Sprintf("arn:aws:s3:::%s/%s*", target, logging.Get(t, "targetPrefix"))},
		Condition: map[string]map[string][]string{
			"ArnLike":      {"aws:SourceArn": {fmt.Sprintf("arn:aws:s3:::%s", source)}},
			"StringEquals": {"aws:SourceAccount": {testkit.Account}},
		},
	}, allowed)
}

func TestOnlyTheProductsOriginsAreAllowed(t *testing.T) {
	for _, mode := range testkit.Modes {
		t.Run(string(mode), func(t *testing.T) {
			r := testkit.MustRun(t, mode, program(validArgs()))
			require.Len(t, r.OfType(corsType), 1, "nobody's page reads access logs")
			require.Len(t, r.One(t, corsType, "media").Get(t, "corsRules"), 1)
			rule := r.One(t, corsType, "media").Get(t, "corsRules", 0).(map[string]any)
			assert.Equal(t, []any{"https://app.example.com", "http://localhost:3000"}, rule["allowedOrigins"])
			assert.ElementsMatch(t, []any{"PUT", "GET", "HEAD"}, rule["allowedMethods"])
			assert.Contains(t, rule["exposeHeaders"], "ETag", "uploads in parts are completed with it")
			assert.Contains(t, rule["allowedHeaders"], "content-type")
			assert.NotContains(t, rule["allowedHeaders"], "*")
		})
	}
}

// rulesOf are a bucket's lifecycle rules, by their ids.
func rulesOf(t *testing.T, r *testkit.Recorder, name string) map[string]map[string]any {
	t.Helper()
	rules := map[string]map[string]any{}
	for _, element := range r.One(t, lifecycleType, name).Get(t, "rules").([]any) {
		rule := element.(map[string]any)
		assert.Equal(t, "Enabled", rule["status"])
		rules[rule["id"].(string)] = rule
	}
	return rules
}

func TestWhatNobodyNeedsIsRemoved(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, program(validArgs()))
	everything := map[string]any{"prefix": ""}
	for _, name := range buckets {
		uploads := rulesOf(t, r, name)["abort-incomplete-uploads"]
		assert.Equal(t, everything, uploads["filter"])
		assert.Equal(t, map[string]any{"daysAfterInitiation": 7.}, uploads["abortIncompleteMultipartUpload"])
		assert.Equal(t, map[string]any{"expiredObjectDeleteMarker": true}, rulesOf(t, r, name)["expire-old-versions"]["expiration"])
	}
	renders := rulesOf(t, r, "media")["expire-intermediate-renders"]
	assert.Equal(t, map[string]any{"prefix": "intermediate/"}, renders["filter"])
	assert.Equal(t, map[string]any{"days": 3.}, renders["expiration"])
	assert.Equal(t, map[string]any{"noncurrentDays": 1.}, renders["noncurrentVersionExpiration"])
	entries := rulesOf(t, r, logs)["expire-access-logs"]
	assert.Equal(t, map[string]any{"prefix": r.One(t, loggingType, "media").Get(t, "targetPrefix")}, entries["filter"])
	assert.Equal(t, map[string]any{"days": 90.}, entries["expiration"])
}

// What a user deleted can be brought back, and nothing but intermediate renders goes by itself.
func TestDeletesAreRecoverable(t *testing.T) {
	rules := rulesOf(t, testkit.MustRun(t, testkit.Update, program(validArgs())), "media")
	assert.Len(t, rules, 3)
	versions := rules["expire-old-versions"]
	assert.Equal(t, map[string]any{"prefix": ""}, versions["filter"])
	assert.Equal(t, map[string]any{"noncurrentDays": 30.}, versions["noncurrentVersionExpiration"])
	assert.NotContains(t, versions["expiration"], "days")
	for _, mode := range testkit.Modes {
		for _, name := range buckets {
			assert.Equal(t, "Enabled", testkit.MustRun(t, mode, program(validArgs())).One(t, versioningType, name).Get(t, "versioningConfiguration", "status"))
		}
	}
}

func TestProtect(t *testing.T) {
	for _, protected := range []bool{true, false} {
		args := validArgs()
		args.Protect, args.ForceDestroy = protected, !protected
		r := testkit.MustRun(t, testkit.Update, program(args))
		for _, name := range buckets {
			bucket := r.One(t, bucketType, name)
			assert.Equal(t, protected, bucket.Protect)
			assert.Equal(t, !protected, bucket.Get(t, "forceDestroy"))
		}
		assert.Equal(t, protected, r.One(t, "aws:kms/key:Key", "media").Protect, "without its key no object can be read")
	}
}

func TestOutputs(t *testing.T) {
	r := testkit.MustRun(t, testkit.Update, func(ctx *pulumi.Context) error {
		m, err := media.New(ctx, "media", validArgs())
		if err != nil {
			return err
		}
		_, err = cloudwatch.NewLogGroup(ctx, "user", &cloudwatch.LogGroupArgs{Tags: pulumi.StringMap{
			"name": m.BucketName, "arn": m.BucketARN, "host": m.RegionalDomainName, "key": m.KeyARN,
		}})
		return err
	})
	outputs := r.One(t, "aws:cloudwatch/logGroup:LogGroup", "user").Get(t, "tags").(map[string]any)
	name := r.One(t, corsType, "media").Get(t, "bucket").(string)
	assert.Equal(t, map[string]any{
		"name": name, "arn": "arn:aws:s3:::" + name, "host": name + ".s3." + testkit.Region + ".amazonaws.com",
		"key": r.One(t, encryptionType, "media").Get(t, "rules", 0, "applyServerSideEncryptionByDefault", "kmsMasterKeyId"),
	}, outputs)
}

func TestRefusedArguments(t *testing.T) {
	origin := func(text string) func(*media.Args) {
		return func(a *media.Args) { a.Origins = []string{text} }
	}
	for _, c := range []struct {
		name   string
		change func(*media.Args)
		want   string
	}{
		{"account", func(a *media.Args) { a.AccountID = "1234" }, `accountId: "1234" is not an AWS account: it has 12 digits`},
		{"no origins", func(a *media.Args) { a.Origins = nil }, "origins: is empty"},
		{"any origin", origin("*"), `origins[0]: "*" is not an origin: write one like https://app.example.com`},
		{"any host", origin("https://*.example.com"), "origins[0]: "},
		{"plain HTTP", origin("http://app.example.com"), "origins[0]: "},
		{"localhost without a port", origin("http://localhost"), "origins[0]: "},
		{"a path", origin("https://app.example.com/"), "origins[0]: "},
		{"no scheme", origin("app.example.com"), "origins[0]: "},
		{"capitals", origin("https://App.example.com"), "origins[0]: "},
		{"a port that browsers leave out", origin("https://app.example.com:443"), "origins[0]: "},
		{"no port after the colon", origin("https://app.example.com:"), "origins[0]: "},
		{"a user", origin("https://user@app.example.com"), "origins[0]: "},
		{"not a host", origin("https://app_.example.com"), "origins[0]: "},
		{"twice", func(a *media.Args) { a.Origins = []string{"https://a.example.com", "https://a.example.com"} }, "origins[1]: https://a.example.com is named twice"},
		{"no prefix", func(a *media.Args) { a.IntermediatePrefix = "" }, `intermediatePrefix: "" is not the beginning of keys: write one like intermediate/`},
		{"everything under a slash", func(a *media.Args) { a.IntermediatePrefix = "/" }, "intermediatePrefix: "},
		{"half a name", func(a *media.Args) { a.IntermediatePrefix = "intermediate" }, "intermediatePrefix: "},
		{"intermediates at once", func(a *media.Args) { a.IntermediateRetentionDays = 0 }, "intermediateRetentionDays: 0 is outside 1 to 3653 days"},
		{"no recovery", func(a *media.Args) { a.OldVersionRetentionDays = 0 }, "oldVersionRetentionDays: 0 is outside 1 to 3653 days"},
		{"recovery for ever", func(a *media.Args) { a.OldVersionRetentionDays = 3654 }, "oldVersionRetentionDays: "},
		{"no logs", func(a *media.Args) { a.AccessLogRetentionDays = 0 }, "accessLogRetentionDays: 0 is outside 1 to 3653 days"},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := validArgs()
			c.change(args)
			assert.ErrorContains(t, testkit.Refused(t, program(args)), c.want)
		})
	}
}

func TestOriginsWithPorts(t *testing.T) {
	args := validArgs()
	args.Origins = []string{"https://dev.example.com:8443", "http://localhost:3000"}
	assert.Empty(t, args.Validate())
}
