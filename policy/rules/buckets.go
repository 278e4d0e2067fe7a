package rules

import (
	"strings"

	"coffee-platform/policy/iamdocument"
	"coffee-platform/policy/rule"
)

// Types of buckets, and of what is written about them in a resource of its own. The
// provider has most of them under two names, the V2 ones for programs written against
// versions 5 and 6 of it.
const (
	bucketPublicAccess  = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
	accountPublicAccess = "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"
	bucketPolicyType    = "aws:s3/bucketPolicy:BucketPolicy"
)

var (
	bucketTypes        = []string{"aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"}
	isBucket           = rule.OfType(bucketTypes...)
	isBucketACL        = rule.OfType("aws:s3/bucketAcl:BucketAcl", "aws:s3/bucketAclV2:BucketAclV2")
	isObject           = rule.OfType("aws:s3/bucketObject:BucketObject", "aws:s3/bucketObjectv2:BucketObjectv2", "aws:s3/objectCopy:ObjectCopy")
	isOwnership        = rule.OfType("aws:s3/bucketOwnershipControls:BucketOwnershipControls")
	isBucketEncryption = rule.OfType(
		"aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
		"aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2")
	isBucketVersioning = rule.OfType("aws:s3/bucketVersioning:BucketVersioning", "aws:s3/bucketVersioningV2:BucketVersioningV2")
	isBucketLifecycle  = rule.OfType(
		"aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
		"aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2")
	isBucketLogging = rule.OfType("aws:s3/bucketLogging:BucketLogging", "aws:s3/bucketLoggingV2:BucketLoggingV2")
)

// either selects what any of the selectors does.
func either(selectors ...rule.Selector) rule.Selector {
	return func(r rule.Resource) bool {
		for _, selects := range selectors {
			if selects(r) {
				return true
			}
		}
		return false
	}
}

// ofBucket finds what is written about a bucket in resources of their own.
func ofBucket(bucket rule.Resource, stack rule.Stack, selects rule.Selector) (about []rule.Resource, more bool) {
	return stack.Referring(bucket, "bucket", "bucket", selects)
}

// eachBucket asks about every bucket of a stack.
func eachBucket(stack rule.Stack, ask func(bucket rule.Resource, result *rule.Result)) rule.Result {
	var result rule.Result
	buckets := stack.OfType(bucketTypes...)
	if len(buckets) == 0 {
		return rule.Skip("no bucket in the stack")
	}
	for _, bucket := range buckets {
		ask(bucket, &result)
	}
	return result
}

// missingFrom records that a bucket lacks something, unless what is known only after
// deployment may be it.
func missingFrom(bucket rule.Resource, more bool, what string, result *rule.Result) {
	if more {
		result.Undetermined(bucket.Inputs, "has %s, unless one that is known only after deployment is its own", what)
		return
	}
	result.Fail(bucket.Inputs, "has %s", what)
}

// logTargets are where buckets and load balancers of a stack have the records of requests to them delivered, as
// they say themselves: by the name or id of a bucket, or by its URN as the engine records it.
type logTargets struct {
	named map[string]bool
	// open is true when a target is not known, and nothing on record of what it is computed from.
	open bool
}

func logTargetsIn(stack rule.Stack) logTargets {
	targets := logTargets{named: map[string]bool{}}
	for _, bucket := range stack.OfType(bucketTypes...) {
		targets.add(bucket, "logging", "targetBucket")
		targets.add(bucket, "loggings", "targetBucket")
	}
	for _, balancer := range stack.Select(isLoadBalancer) {
		targets.add(balancer, "accessLogs", "bucket")
	}
	return targets
}

// add takes over whom a field of a property names.
func (t *logTargets) add(from rule.Resource, property, field string) {
	recorded := from.PropertyDependencies[property]
	for _, urn := range recorded {
		t.named[urn] = true
	}
	switch name, state := from.Inputs.Get(property).Only().Get(field).Text(); state {
	case rule.Known:
		t.named[name] = true
	case rule.Unknown:
		t.open = t.open || len(recorded) == 0
	}
}

func (t logTargets) has(bucket rule.Resource) rule.Truth {
	name, named := bucket.Inputs.Get("bucket").Text()
	id, made := bucket.Outputs.Get("id").Text()
	return rule.Is(t.named[bucket.URN] || named == rule.Known && t.named[name] || made == rule.Known && t.named[id]).
		Or(rule.Is(t.open).And(rule.Maybe))
}

// receivesLogs tells whether AWS delivers logs into a bucket: another one or a load balancer names it, or a policy
// lets a log delivery service write. The load balancers of some regions write as an account instead.
func receivesLogs(bucket rule.Resource, targets logTargets, stack rule.Stack) rule.Truth {
	loggers, moreLoggers := stack.Referring(bucket, "bucket", "targetBucket", isBucketLogging)
	policies, morePolicies := ofBucket(bucket, stack, rule.OfType(bucketPolicyType))
	receives := targets.has(bucket).Or(rule.Is(len(loggers) > 0)).
		Or(rule.Is(moreLoggers || morePolicies).And(rule.Maybe))
	for _, policy := range append(policies, bucket) {
		receives = receives.Or(admitsLogs(policy.Inputs.Get("policy")))
	}
	return receives
}

// admitsLogs tells whether a policy lets a log delivery service write.
func admitsLogs(policy rule.Value) rule.Truth {
	var unread rule.Result // what is wrong with it its own rules say
	admits := rule.No
	for _, statement := range iamdocument.Statements(policy, &unread) {
		for _, principal := range statement.Principals {
			admits = admits.Or(statement.Allows.And(deliversLogs(principal)))
		}
	}
	return admits.Or(rule.Is(len(unread.Unknowns) > 0).And(rule.Maybe))
}

// deliversLogs recognises the services that deliver logs
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html).
func deliversLogs(principal iamdocument.Principal) rule.Truth {
	service, state := principal.ID.Text()
	switch {
	case state == rule.Unknown:
		return rule.Maybe
	case principal.Type != "Service":
		return rule.No
	}
	for _, name := range []string{"logging.s3.", "delivery.logs.", "logdelivery.elasticloadbalancing.", "cloudtrail."} {
		if strings.HasPrefix(service, name) {
			return rule.Yes
		}
	}
	return rule.No
}
