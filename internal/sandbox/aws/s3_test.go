package aws_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/internal/iampolicy"
	"coffee-platform/internal/sandbox/aws"
	"coffee-platform/internal/sandbox/cloud"
)

const (
	bucketBlockType      = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
	bucketPolicyType     = "aws:s3/bucketPolicy:BucketPolicy"
	bucketOwnershipType  = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
	bucketVersioningType = "aws:s3/bucketVersioning:BucketVersioning"
	bucketEncryptionType = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
	bucketLifecycleType  = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
	bucketCORSType       = "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration"
	bucketLoggingType    = "aws:s3/bucketLogging:BucketLogging"
)

// assertPasses holds an entry to finding nothing wrong with inputs.
func assertPasses(t *testing.T, typ string, inputs resource.PropertyMap) {
	t.Helper()
	p := newProvider(t)
	checked, err := p.Check(p.ctx, plugin.CheckRequest{URN: urn(typ, "x"), News: inputs, RandomSeed: []byte("x")})
	require.NoError(t, err)
	assert.Empty(t, checked.Failures)
}

func TestBucketNames(t *testing.T) {
	for _, name := range []string{"abc", "coffee-media", "my.bucket.1", strings.Repeat("a", 63)} {
		assertPasses(t, bucketType, resource.NewPropertyMapFromMap(values{"bucket": name}))
	}
	for _, name := range []string{
		"ab", strings.Repeat("a", 64), "Coffee", "coffee_media", "-coffee", "coffee-", "coffee.", "a..b", "192.168.5.4",
		"xn--coffee", "sthree-coffee", "amzn-s3-demo-coffee", "coffee-s3alias", "coffee--ol-s3", "coffee--x-s3", "coffee.mrap",
	} {
		_, failures := newProvider(t).check(t, bucketType, "x", nil, values{"bucket": name})
		assert.Containsf(t, failures["bucket"], "InvalidBucketName", "%s", name)
	}
}

func TestBucketConfigurationsRefused(t *testing.T) {
	valid := iampolicy.Document(iampolicy.Statement{
		Effect: iampolicy.Deny, Principal: values{"AWS": "*"}, Action: []string{"s3:*"}, Resource: []string{"arn:aws:s3:::b"},
	})
	policy := values{"bucket": "b", "policy": valid}
	checkRefuses(t, bucketPolicyType, []refusal{
		{"for nobody", policy, values{"policy": strings.Replace(valid, "Principal", "Principle", 1)}, "policy"},
		{"of nothing", policy, values{"policy": strings.Replace(valid, "Resource", "Resources", 1)}, "policy"},
		{"for nobody, outside a list", policy, values{"policy": `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::b"}}`}, "policy"},
		{"no policy", policy, values{"policy": "{}"}, "policy"},
		{"too long", policy, values{"policy": strings.Replace(valid, `:::b`, `:::b/`+strings.Repeat("x", 20480), 1)}, "policy"},
	})
	checkRefuses(t, bucketOwnershipType, []refusal{
		{"an owner", values{"bucket": "b", "rule": values{"objectOwnership": "BucketOwnerEnforced"}},
			values{"rule": values{"objectOwnership": "Everybody"}}, "rule"},
	})
	checkRefuses(t, bucketVersioningType, []refusal{
		{"a status", values{"bucket": "b", "versioningConfiguration": values{"status": "Enabled"}},
			values{"versioningConfiguration": values{"status": "On"}}, "versioningConfiguration"},
	})
	encrypted := func(rule values) values { return values{"rules": []any{rule}} }
	byKey := values{"bucket": "b", "rules": []any{values{"applyServerSideEncryptionByDefault": values{"sseAlgorithm": "aws:kms", "kmsMasterKeyId": "arn"}}}}
	checkRefuses(t, bucketEncryptionType, []refusal{
		{"an algorithm", byKey, encrypted(values{"applyServerSideEncryptionByDefault": values{"sseAlgorithm": "AES512"}}), "rules"},
		{"a key without KMS", byKey, encrypted(values{"applyServerSideEncryptionByDefault": values{"sseAlgorithm": "AES256", "kmsMasterKeyId": "arn"}}), "rules"},
		{"a blocked type", byKey, encrypted(values{"blockedEncryptionTypes": []any{"SSE-S3"}}), "rules"},
	})
	cors := values{"bucket": "b", "corsRules": []any{values{"allowedMethods": []any{"PUT"}, "allowedOrigins": []any{"https://*.example.com"}}}}
	allowing := func(others values) values {
		return values{"corsRules": []any{with(values{"allowedMethods": []any{"PUT"}, "allowedOrigins": []any{"https://a.example.com"}}, others)}}
	}
	checkRefuses(t, bucketCORSType, []refusal{
		{"no rules", cors, values{"corsRules": []any{}}, "corsRules"},
		{"a method", cors, allowing(values{"allowedMethods": []any{"OPTIONS"}}), "corsRules"},
		{"an origin", cors, allowing(values{"allowedOrigins": []any{"https://*.*.com"}}), "corsRules"},
		{"an exposed header", cors, allowing(values{"exposeHeaders": []any{"x-amz-*"}}), "corsRules"},
	})
}

func TestLifecyclesRefused(t *testing.T) {
	rule := func(others values) values {
		return with(values{"id": "old", "status": "Enabled", "expiration": values{"days": 30}}, others)
	}
	rules := func(all ...any) values { return values{"rules": all} }
	valid := with(rules(rule(nil), rule(values{"id": "other"})), values{"bucket": "b"})
	tagged := values{"tag": values{"key": "a", "value": "b"}}
	checkRefuses(t, bucketLifecycleType, []refusal{
		{"a status", valid, rules(rule(values{"status": "On"})), "rules"},
		{"an id twice", valid, rules(rule(nil), rule(nil)), "rules"},
		{"too long an id", valid, rules(rule(values{"id": strings.Repeat("a", 256)})), "rules"},
		{"no action", valid, rules(rule(values{"expiration": nil})), "rules"},
		{"no days", valid, rules(rule(values{"expiration": values{"days": 0}})), "rules"},
		{"no days for versions", valid, rules(rule(values{"noncurrentVersionExpiration": values{"noncurrentDays": 0}})), "rules"},
		{"days and markers", valid, rules(rule(values{"expiration": values{"days": 1, "expiredObjectDeleteMarker": true}})), "rules"},
		{"tagged markers", valid, rules(rule(values{"filter": tagged, "expiration": values{"expiredObjectDeleteMarker": true}})), "rules"},
		{"tagged uploads", valid, rules(rule(values{
			"filter":                         values{"and": values{"tags": values{"a": "b"}}},
			"abortIncompleteMultipartUpload": values{"daysAfterInitiation": 7},
		})), "rules"},
	})
}

func TestBucketConfigurationPassesWhatIsNotKnown(t *testing.T) {
	unknown := resource.MakeComputed(resource.NewProperty(""))
	for typ, input := range map[string]resource.PropertyKey{
		bucketType: "tags", bucketPolicyType: "policy", bucketOwnershipType: "rule", bucketVersioningType: "versioningConfiguration",
		bucketEncryptionType: "rules", bucketLifecycleType: "rules", bucketCORSType: "corsRules",
	} {
		inputs := resource.PropertyMap{input: unknown}
		if typ != bucketType {
			inputs["bucket"] = unknown
		}
		assertPasses(t, typ, inputs)
	}
}

func TestBucketPolicyIsOfItsBucket(t *testing.T) {
	p := newProvider(t)
	b := bucket(t, p)
	_, err := p.try(t, bucketPolicyType, "policy", values{"bucket": b.id, "policy": iampolicy.Document(iampolicy.Statement{
		Effect: iampolicy.Deny, Principal: values{"AWS": "*"}, Action: []string{"s3:*"},
		Resource: []string{b.text(t, "arn"), b.text(t, "arn") + "s/*"},
	})})
	assert.ErrorContains(t, err, "MalformedPolicy: policy has invalid resource")
}

// A bucket that lets nothing public through takes no public policy; without that block, S3 takes it.
func TestPublicBucketPolicyIsRefused(t *testing.T) {
	for _, blocked := range []bool{true, false} {
		p := newProvider(t)
		b := bucket(t, p)
		p.make(t, bucketBlockType, "block", values{"bucket": b.id, "blockPublicPolicy": blocked})
		_, err := p.try(t, bucketPolicyType, "policy", values{"bucket": b.id, "policy": iampolicy.Document(iampolicy.Statement{
			Effect: iampolicy.Allow, Principal: values{"AWS": "*"}, Action: []string{"s3:GetObject"}, Resource: []string{b.text(t, "arn") + "/*"},
		})})
		if blocked {
			assert.ErrorContains(t, err, "AccessDenied")
		} else {
			assert.NoError(t, err)
		}
	}
}

// A condition makes a policy one that is not public if it fixes who asks or from where, and by nothing else
// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html, "The meaning of
// public", from which some of these are).
func TestWhatS3CallsPublic(t *testing.T) {
	everyone := `"Principal": "*"`
	for _, c := range []struct {
		principal, condition string
		public               bool
	}{
		{everyone, `{"Bool": {"aws:SecureTransport": "true"}}`, true},
		{everyone, `{"StringEquals": {"s3:x-amz-acl": "private"}}`, true},
		{everyone, `{"StringLike": {"aws:SourceVpc": "vpc-*"}}`, true},
		{everyone, `{"StringEquals": {"aws:SourceVpc": "vpc-91237329"}}`, false},
		{everyone, `{"StringEquals": {"aws:SourceVpce": ["vpce-1", "vpce-2"]}, "Bool": {"aws:SecureTransport": "true"}}`, false},
		{everyone, `{"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}`, true},
		{everyone, `{"StringEqualsIfExists": {"aws:SourceVpce": "vpce-1"}}`, true},
		{everyone, `{"StringEquals": {"aws:PrincipalOrgID": "o-1"}}`, false},
		{everyone, `{"StringEquals": {"aws:PrincipalOrgID": "${aws:PrincipalOrgID}"}}`, true},
		{everyone, `{"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}`, false},
		{everyone, `{"IpAddress": {"aws:SourceIp": "0.0.0.0/1"}}`, true},
		{everyone, `{"ArnEquals": {"aws:SourceArn": "arn:aws:sns:us-east-1:111122223333:uploads"}}`, false},
		{everyone, `{"ArnLike": {"aws:SourceArn": "arn:aws:sns:us-east-1:111122223333:*"}}`, true},
		{everyone, `{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:user/${aws:username}"}}`, true},
		{everyone, `{"StringLike": {"aws:userid": "AROAEXAMPLE:*"}}`, true},
		{everyone, `{"ArnLike": {"s3:DataAccessPointArn": "arn:aws:s3:us-east-1:111122223333:accesspoint/*"}}`, false},
		{everyone, `{"ArnLike": {"s3:DataAccessPointArn": "arn:aws:s3:us-east-1:*:accesspoint/media"}}`, true},
		{`"Principal": {"AWS": ["arn:aws:iam::111122223333:root", "*"]}`, `{}`, true},
		{`"NotPrincipal": {"AWS": "arn:aws:iam::111122223333:root"}`, `{}`, true},
		{`"Principal": {"AWS": "arn:aws:iam::111122223333:root"}`, `{}`, false},
		{`"Principal": {"Service": "cloudfront.amazonaws.com"}`, `{}`, false},
	} {
		p := newProvider(t)
		b := bucket(t, p)
		p.make(t, bucketBlockType, "block", values{"bucket": b.id, "blockPublicPolicy": true})
		statement := `{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "` + b.text(t, "arn") + `/*", ` + c.principal + `, "Condition": ` + c.condition + `}`
		_, err := p.try(t, bucketPolicyType, "policy", values{"bucket": b.id, "policy": `{"Version": "2012-10-17", "Statement": ` + statement + `}`})
		if c.public {
			assert.ErrorContains(t, err, "AccessDenied: public policies", statement)
		} else {
			assert.NoError(t, err, statement)
		}
	}
}

func TestABucketIsConfiguredOnce(t *testing.T) {
	p := newProvider(t)
	b := bucket(t, p)
	p.make(t, bucketBlockType, "block", values{"bucket": b.id})
	_, err := p.try(t, bucketBlockType, "another", values{"bucket": b.id})
	assert.ErrorContains(t, err, "AlreadyExists")
}

func TestVersioningIsForEver(t *testing.T) {
	p := newProvider(t)
	inputs := values{"bucket": bucket(t, p).id, "versioningConfiguration": values{"status": "Enabled"}}
	versioning := p.make(t, bucketVersioningType, "versioning", inputs)
	assert.ErrorContains(t, p.change(t, versioning, with(inputs, values{"versioningConfiguration": values{"status": "Disabled"}})), "can only be suspended")
	require.NoError(t, p.change(t, versioning, with(inputs, values{"versioningConfiguration": values{"status": "Suspended"}})))
}

func TestLogsStayInTheirRegion(t *testing.T) {
	p := newProvider(t)
	b := bucket(t, p)
	elsewhere := p.over(2)
	elsewhere.configure(t, values{"region": "eu-central-1", "allowedAccountIds": []any{account}})
	logs := elsewhere.make(t, bucketType, "logs", values{})
	_, err := p.try(t, bucketLoggingType, "logging", values{"bucket": b.id, "targetBucket": logs.id, "targetPrefix": ""})
	assert.ErrorContains(t, err, "CrossLocationLoggingProhibited")
}

// A bucket with something in it is deleted only by a provider that empties it first.
func TestFullBucketIsNotDeleted(t *testing.T) {
	for _, force := range []bool{false, true} {
		c, err := cloud.Open(t.TempDir() + "/cloud.jsonl")
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, c.Close()) })
		p := provider{aws.New(c), t.Context(), c}
		p.configure(t, values{"region": region, "allowedAccountIds": []any{account}})
		b := p.make(t, bucketType, "media", values{"forceDestroy": force})
		require.NoError(t, c.Put(&cloud.Object{
			Type: "aws:s3/bucketObjectv2:BucketObjectv2", ID: "video.mp4", Outputs: values{"bucket": b.id},
		}))
		if force {
			assert.NoError(t, p.remove(b))
		} else {
			assert.ErrorContains(t, p.remove(b), "BucketNotEmpty")
		}
	}
}
