package media

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/internal/iampolicy"
)

// ReadWritePolicy is the policy document of who may read, write and delete objects, and use their key for
// that; what is deleted can still be brought back.
func (m *Media) ReadWritePolicy() pulumi.StringOutput {
	return pulumi.All(m.BucketARN, m.KeyARN).ApplyT(func(arns []any) string {
		return readWritePolicy(arns[0].(string), arns[1].(string))
	}).(pulumi.StringOutput)
}

func readWritePolicy(bucket, key string) string {
	return iampolicy.Document(
		iampolicy.Statement{
			Sid:      "Objects",
			Effect:   iampolicy.Allow,
			Action:   []string{"s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"},
			Resource: []string{bucket + "/*"},
		},
		// Without it an object that is not there reads as forbidden, not as missing
		// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html).
		iampolicy.Statement{
			Sid:      "Bucket",
			Effect:   iampolicy.Allow,
			Action:   []string{"s3:ListBucket"},
			Resource: []string{bucket},
		},
		// Uploads in parts are decrypted as they are put together
		// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html).
		iampolicy.Statement{
			Sid:      "Key",
			Effect:   iampolicy.Allow,
			Action:   []string{"kms:Decrypt", "kms:GenerateDataKey"},
			Resource: []string{key},
		},
	)
}
