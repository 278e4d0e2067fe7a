package rules

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"coffee-platform/policy/iamdocument"
	"coffee-platform/policy/rule"
)

var blockPublicAccess = rule.Rule{
	ID:       "c10",
	Name:     "block-public-access",
	Title:    "Every bucket blocks public access in each of the four ways",
	Why:      "one policy or ACL written in haste publishes a bucket; the block holds whatever they say",
	Fix:      "write an s3.BucketPublicAccessBlock for the bucket with all four switches true",
	Severity: apitype.PolicySeverityCritical,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.FSBP("S3.1"), rule.FSBP("S3.8"), rule.CISAWS("3.1.4"),
		rule.Checkov("CKV_AWS_53"), rule.Checkov("CKV_AWS_54"), rule.Checkov("CKV_AWS_55"), rule.Checkov("CKV_AWS_56"),
		rule.Checkov("CKV2_AWS_6"),
		rule.Trivy("AWS-0086"), rule.Trivy("AWS-0087"), rule.Trivy("AWS-0091"), rule.Trivy("AWS-0093"), rule.Trivy("AWS-0094"),
	},
	AppliesTo: rule.OfType(bucketPublicAccess, accountPublicAccess),
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		var result rule.Result
		for _, name := range []string{"blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"} {
			demandTrue(r.Inputs.Get(name), "which is false", &result)
		}
		return result
	},
	CheckStack: func(stack rule.Stack, _ rule.Env) rule.Result {
		return eachBucket(stack, func(bucket rule.Resource, result *rule.Result) {
			if blocks, more := ofBucket(bucket, stack, rule.OfType(bucketPublicAccess)); len(blocks) == 0 {
				missingFrom(bucket, more, "no public access block", result)
			}
		})
	},
}

var noPublicBuckets = rule.Rule{
	ID:       "c11",
	Name:     "no-public-buckets",
	Title:    "No bucket is given to everyone by an ACL or a policy, and ACLs are off",
	Why:      "ACLs and policies for everyone are how data becomes public; ACLs besides let an uploader keep what is in your bucket",
	Fix:      "set objectOwnership: BucketOwnerEnforced, drop the ACL, and name principals or narrow the statement by aws:SourceArn, aws:SourceVpce or aws:PrincipalOrgID",
	Severity: apitype.PolicySeverityCritical,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.FSBP("S3.2"), rule.FSBP("S3.3"), rule.FSBP("S3.12"),
		rule.Checkov("CKV_AWS_20"), rule.Checkov("CKV_AWS_57"), rule.Checkov("CKV_AWS_70"), rule.Trivy("AWS-0092"),
	},
	AppliesTo: either(isBucket, isBucketACL, isObject, isOwnership, rule.OfType(bucketPolicyType)),
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		var result rule.Result
		if isOwnership(r) {
			demandText(r.Inputs.Get("rule").Only().Get("objectOwnership"), "and must be", &result, "BucketOwnerEnforced")
			return result
		}
		checkACL(r.Inputs.Get("acl"), &result)
		refusePublicGrants(r.Inputs.Get("grants"), &result)
		for _, grant := range listed(r.Inputs.Get("accessControlPolicy").Only().Get("grants"), "a list of grants", &result) {
			checkGrantee(grant.Get("grantee").Only().Get("uri"), &result)
		}
		checkNotOpen(r.Inputs.Get("policy"), &result)
		return result
	},
}

// checkACL refuses the canned ACLs that give to people outside the account
// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl).
func checkACL(at rule.Value, result *rule.Result) {
	acl, state := at.Text()
	switch {
	case result.Unreadable(at, state, "a string"):
	case strings.HasPrefix(acl, "public-") || acl == "authenticated-read" || acl == "aws-exec-read":
		result.Fail(at, "is %s, which gives to people outside the account", at.Show())
	}
}

func refusePublicGrants(at rule.Value, result *rule.Result) {
	for _, grant := range listed(at, "a list of grants", result) {
		checkGrantee(grant.Get("uri"), result)
	}
}

// checkGrantee refuses the two groups that are everyone: AllUsers and AuthenticatedUsers,
// the latter everyone with any AWS account.
func checkGrantee(at rule.Value, result *rule.Result) {
	uri, state := at.Text()
	switch {
	case result.Unreadable(at, state, "a string"):
	case strings.HasSuffix(uri, "/AllUsers") || strings.HasSuffix(uri, "/AuthenticatedUsers"):
		result.Fail(at, "is everyone")
	}
}

// checkNotOpen refuses the statements of a resource's policy that give to everyone.
func checkNotOpen(at rule.Value, result *rule.Result) {
	for _, statement := range iamdocument.Statements(at, result) {
		switch statement.Open() {
		case rule.Yes:
			result.Fail(statement.At, "allows everyone, and no condition narrows it")
		case rule.Maybe:
			result.Undetermined(statement.At, "may allow everyone: that is known only after deployment")
		}
	}
}
