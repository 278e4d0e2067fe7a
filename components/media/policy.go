package media

import (
	"coffee-platform/components/privatebucket"
	"coffee-platform/internal/iampolicy"
)

// Condition keys of requests to S3
// (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html).
const (
	encryptionHeader  = "s3:x-amz-server-side-encryption"
	keyHeader         = "s3:x-amz-server-side-encryption-aws-kms-key-id"
	customerKeyHeader = "s3:x-amz-server-side-encryption-customer-algorithm"
)

// mediaPolicy refuses uploads encrypted in any way but with the bucket's key. An upload that asks for
// nothing, as those of browsers do, gets that key by default and is let in
// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html).
func mediaPolicy(bucket, key string) string {
	upload, objects := []string{"s3:PutObject"}, []string{bucket + "/*"}
	asked, notAsked := []string{"false"}, []string{"true"}
	return iampolicy.Document(append(privatebucket.DenyOpenConnections(bucket),
		privatebucket.Deny("DenyOtherEncryption", upload, objects, privatebucket.Conditions{
			"Null":            {encryptionHeader: asked},
			"StringNotEquals": {encryptionHeader: {"aws:kms"}},
		}),
		privatebucket.Deny("DenyOtherKeys", upload, objects, privatebucket.Conditions{
			"Null":         {keyHeader: asked},
			"ArnNotEquals": {keyHeader: {key}},
		}),
		// KMS without a key is the key that AWS manages for the whole account.
		privatebucket.Deny("DenyDefaultKey", upload, objects, privatebucket.Conditions{
			"Null": {encryptionHeader: asked, keyHeader: notAsked},
		}),
		privatebucket.Deny("DenyCustomerKeys", upload, objects, privatebucket.Conditions{
			"Null": {customerKeyHeader: asked},
		}),
	)...)
}

// accessLogPolicy lets S3 deliver the access logs of one bucket of one account
// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html).
func accessLogPolicy(logs, source, account string) string {
	return iampolicy.Document(append(privatebucket.DenyOpenConnections(logs), iampolicy.Statement{
		Sid:       "AllowAccessLogs",
		Effect:    iampolicy.Allow,
		Principal: map[string]any{"Service": "logging.s3.amazonaws.com"},
		Action:    []string{"s3:PutObject"},
		Resource:  []string{logs + "/" + accessLogPrefix + "*"},
		Condition: privatebucket.Conditions{
			"ArnLike":      {"aws:SourceArn": {source}},
			"StringEquals": {"aws:SourceAccount": {account}},
		},
	})...)
}
