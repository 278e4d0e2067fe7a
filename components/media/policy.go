package media

import "coffee-platform/internal/iampolicy"

// minTLSVersion is the oldest version of TLS that is not broken (RFC 8996).
const minTLSVersion = "1.2"

// Condition keys of requests to S3
// (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html).
const (
	encryptionHeader  = "s3:x-amz-server-side-encryption"
	keyHeader         = "s3:x-amz-server-side-encryption-aws-kms-key-id"
	customerKeyHeader = "s3:x-amz-server-side-encryption-customer-algorithm"
)

type conditions = map[string]map[string][]string

// deny refuses requests that meet all conditions, whoever makes them.
func deny(sid string, actions, resources []string, when conditions) iampolicy.Statement {
	return iampolicy.Statement{
		Sid:       sid,
		Effect:    iampolicy.Deny,
		Principal: map[string]any{"AWS": "*"},
		Action:    actions,
		Resource:  resources,
		Condition: when,
	}
}

// denyOpenConnections refuses requests that others on the way could read.
func denyOpenConnections(bucket string) []iampolicy.Statement {
	everything, all := []string{"s3:*"}, []string{bucket, bucket + "/*"}
	return []iampolicy.Statement{
		deny("DenyPlainHTTP", everything, all, conditions{"Bool": {"aws:SecureTransport": {"false"}}}),
		deny("DenyOldTLS", everything, all, conditions{"NumericLessThan": {"s3:TlsVersion": {minTLSVersion}}}),
	}
}

// mediaPolicy refuses uploads encrypted in any way but with the bucket's key. An upload that asks for
// nothing, as those of browsers do, gets that key by default and is let in
// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html).
func mediaPolicy(bucket, key string) string {
	upload, objects := []string{"s3:PutObject"}, []string{bucket + "/*"}
	asked, notAsked := []string{"false"}, []string{"true"}
	return iampolicy.Document(append(denyOpenConnections(bucket),
		deny("DenyOtherEncryption", upload, objects, conditions{
			"Null":            {encryptionHeader: asked},
			"StringNotEquals": {encryptionHeader: {"aws:kms"}},
		}),
		deny("DenyOtherKeys", upload, objects, conditions{
			"Null":         {keyHeader: asked},
			"ArnNotEquals": {keyHeader: {key}},
		}),
		// KMS without a key is the key that AWS manages for the whole account.
		deny("DenyDefaultKey", upload, objects, conditions{
			"Null": {encryptionHeader: asked, keyHeader: notAsked},
		}),
		deny("DenyCustomerKeys", upload, objects, conditions{
			"Null": {customerKeyHeader: asked},
		}),
	)...)
}

// accessLogPolicy lets S3 deliver the access logs of one bucket of one account
// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html).
func accessLogPolicy(logs, source, account string) string {
	return iampolicy.Document(append(denyOpenConnections(logs), iampolicy.Statement{
		Sid:       "AllowAccessLogs",
		Effect:    iampolicy.Allow,
		Principal: map[string]any{"Service": "logging.s3.amazonaws.com"},
		Action:    []string{"s3:PutObject"},
		Resource:  []string{logs + "/" + accessLogPrefix + "*"},
		Condition: conditions{
			"ArnLike":      {"aws:SourceArn": {source}},
			"StringEquals": {"aws:SourceAccount": {account}},
		},
	})...)
}
