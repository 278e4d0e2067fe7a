package rules

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"coffee-platform/policy/rule"
)

var recoverableBuckets = rule.Rule{
	ID:       "e8",
	Name:     "recoverable-buckets",
	Title:    "Buckets keep old versions and a record of requests, drop what is left over, and outside dev are not emptied when deleted",
	Why:      "an object that was overwritten is gone without versions, who did it nobody knows without a record, and parts of broken uploads cost for ever",
	Fix:      "write an s3.BucketVersioning, s3.BucketLogging and s3.BucketLifecycleConfiguration with abortIncompleteMultipartUpload, and leave forceDestroy out",
	Severity: apitype.PolicySeverityMedium,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.FSBP("S3.9"), rule.FSBP("S3.10"), rule.FSBP("S3.13"), rule.FSBP("S3.14"),
		rule.Checkov("CKV_AWS_18"), rule.Checkov("CKV_AWS_21"), rule.Checkov("CKV_AWS_300"), rule.Trivy("AWS-0089"), rule.Trivy("AWS-0090"),
	},
	AppliesTo: either(isBucket, isBucketVersioning, isBucketLifecycle),
	Check: func(r rule.Resource, env rule.Env) rule.Result {
		var result rule.Result
		switch {
		case isBucketVersioning(r):
			demandText(r.Inputs.Get("versioningConfiguration").Only().Get("status"), "and must be", &result, "Enabled")
		case isBucketLifecycle(r):
			checkAborts(r.Inputs.Get("rules"), abortsUpload, &result)
		// What dev makes is meant to go.
		case env.Tier != rule.Dev && !env.GivesUp(r):
			demandFalse(r.Inputs.Get("forceDestroy"), &result)
		default:
			return rule.Skip("a bucket of dev, or of a component that its stack file gives up, may be emptied when it is deleted")
		}
		return result
	},
	CheckStack: func(stack rule.Stack, _ rule.Env) rule.Result {
		targets := logTargetsIn(stack)
		return eachBucket(stack, func(bucket rule.Resource, result *rule.Result) {
			if _, has := inside(bucket, "versioning", "versionings"); !has {
				about, more := ofBucket(bucket, stack, isBucketVersioning)
				lacks(bucket, about, more, "no versioning", result)
			} else {
				checkInlineVersioning(bucket, result)
			}
			if at, has := inside(bucket, "lifecycleRules"); has {
				checkAborts(at, abortsUploadInline, result)
			} else {
				about, more := ofBucket(bucket, stack, isBucketLifecycle)
				lacks(bucket, about, more, "no lifecycle", result)
			}
			// The record of requests to the records would never end.
			logs := receivesLogs(bucket, targets, stack)
			if _, has := inside(bucket, "logging", "loggings"); has || logs == rule.Yes {
				return
			}
			about, more := ofBucket(bucket, stack, isBucketLogging)
			lacks(bucket, about, more || logs == rule.Maybe, "no record of requests", result)
		})
	},
}

// inside returns what a bucket itself says under one of the names.
func inside(bucket rule.Resource, names ...string) (rule.Value, bool) {
	for _, name := range names {
		if at := bucket.Inputs.Get(name); at.State() != rule.Missing {
			return at, true
		}
	}
	return rule.Value{}, false
}

func lacks(bucket rule.Resource, about []rule.Resource, more bool, what string, result *rule.Result) {
	if len(about) == 0 {
		missingFrom(bucket, more, what, result)
	}
}

func checkInlineVersioning(bucket rule.Resource, result *rule.Result) {
	at, _ := inside(bucket, "versioning", "versionings")
	demandTrue(at.Only().Get("enabled"), "which is false", result)
}

// checkAborts looks for a lifecycle rule that ends uploads nobody finished.
func checkAborts(at rule.Value, aborts func(rule.Value) rule.Truth, result *rule.Result) {
	found := rule.No
	for _, one := range listed(at, "a list of rules", result) {
		found = found.Or(aborts(one))
	}
	switch {
	case at.State() == rule.Unknown:
	case found == rule.No:
		result.Fail(at, "ends no upload that nobody finished")
	case found == rule.Maybe:
		result.Undetermined(at, "may end uploads that nobody finished: that is known only after deployment")
	}
}

func abortsUpload(one rule.Value) rule.Truth {
	status, state := one.Get("status").Text()
	days, known := one.Get("abortIncompleteMultipartUpload").Only().Get("daysAfterInitiation").Int()
	return knownTo(state, status == "Enabled").And(after(days, known))
}

func abortsUploadInline(one rule.Value) rule.Truth {
	days, known := one.Get("abortIncompleteMultipartUploadDays").Int()
	return isOn(one.Get("enabled")).And(after(days, known))
}

// after tells whether a number of days is given.
func after(days int64, state rule.State) rule.Truth {
	if state == rule.Unknown {
		return rule.Maybe
	}
	return rule.Is(days > 0)
}
