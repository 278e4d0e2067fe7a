package rules

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"coffee-platform/policy/iamdocument"
	"coffee-platform/policy/rule"
)

var encryptBuckets = rule.Rule{
	ID:    "d5",
	Name:  "encrypt-buckets",
	Title: "Buckets encrypt with a customer key, except those AWS delivers logs into",
	Why:   "with S3's own key whoever may read the bucket reads the data; with a customer key that is a second permission, and one that can be revoked",
	// S3 delivers its logs into no bucket with another encryption
	// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html).
	Fix:      "write an s3.BucketServerSideEncryptionConfiguration with sseAlgorithm aws:kms and kmsMasterKeyId",
	Severity: apitype.PolicySeverityHigh,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.FSBP("S3.17"), rule.Checkov("CKV_AWS_19"), rule.Checkov("CKV_AWS_145"), rule.Trivy("AWS-0088"), rule.Trivy("AWS-0132"),
	},
	AppliesTo: either(isBucket, isBucketEncryption),
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		var result rule.Result
		rules := encryptionRules(r, &result)
		if len(rules) == 0 && result.Outcome() == rule.Passed {
			return rule.Skip("writes no encryption")
		}
		for _, one := range rules {
			if text, state := algorithmOf(one).Text(); state == rule.Known && !byKMS(text) {
				return rule.Skip("encrypts with S3's own key, right only where AWS delivers logs: that the whole stack tells")
			}
			checkEncryptionRule(one, rule.No, &result)
		}
		return result
	},
	CheckStack: func(stack rule.Stack, _ rule.Env) rule.Result {
		targets := logTargetsIn(stack)
		return eachBucket(stack, func(bucket rule.Resource, result *rule.Result) {
			logs := receivesLogs(bucket, targets, stack)
			about, more := ofBucket(bucket, stack, isBucketEncryption)
			var rules []rule.Value
			unread := len(result.Unknowns)
			for _, r := range append(about, bucket) {
				rules = append(rules, encryptionRules(r, result)...)
			}
			for _, one := range rules {
				checkEncryptionRule(one, logs, result)
			}
			if len(rules) > 0 || logs == rule.Yes || len(result.Unknowns) > unread {
				return
			}
			missingFrom(bucket, more || logs == rule.Maybe, "no encryption but S3's own", result)
		})
	},
}

// encryptionRules reads the encryption written in a resource: a list of rules, or inside
// a bucket an object with one.
func encryptionRules(r rule.Resource, result *rule.Result) []rule.Value {
	var rules []rule.Value
	for _, at := range []rule.Value{
		r.Inputs.Get("rules"),
		r.Inputs.Get("serverSideEncryptionConfiguration").Only().Get("rule"),
		r.Inputs.Get("serverSideEncryptionConfigurations").Only().Get("rules"),
	} {
		items, state := at.List()
		switch state {
		case rule.Malformed:
			rules = append(rules, at)
		case rule.Unknown:
			result.Undetermined(at, "is known only after deployment")
		}
		rules = append(rules, items...)
	}
	return rules
}

func defaultEncryption(one rule.Value) rule.Value {
	if byDefault := one.Get("applyServerSideEncryptionByDefaults"); byDefault.State() != rule.Missing && byDefault.State() != rule.Malformed {
		return byDefault.Only()
	}
	return one.Get("applyServerSideEncryptionByDefault").Only()
}

func algorithmOf(one rule.Value) rule.Value { return defaultEncryption(one).Get("sseAlgorithm") }

func byKMS(algorithm string) bool { return algorithm == "aws:kms" || algorithm == "aws:kms:dsse" }

// checkEncryptionRule demands a customer key, unless logs are delivered into the bucket.
func checkEncryptionRule(one rule.Value, logs rule.Truth, result *rule.Result) {
	at := algorithmOf(one)
	algorithm, state := at.Text()
	switch {
	case result.Unreadable(at, state, "a string"):
	case byKMS(algorithm):
		checkCustomerKey(defaultEncryption(one).Get("kmsMasterKeyId"), rule.Value{}, result)
	case logs == rule.Yes:
	case logs == rule.Maybe:
		result.Undetermined(at, "is %s, right only where AWS delivers logs, and that is known only after deployment", at.Show())
	default:
		result.Fail(at, "is %s, not aws:kms", at.Show())
	}
}

var encryptedTransport = rule.Rule{
	ID:       "d6",
	Name:     "encrypted-transport",
	Title:    "Every bucket refuses requests that do not come over TLS",
	Why:      "S3 answers plain HTTP too, and what it carries, signed links included, can be read on the way",
	Fix:      "deny s3:* to everyone on the bucket and everything in it if aws:SecureTransport is false",
	Severity: apitype.PolicySeverityHigh,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{rule.FSBP("S3.5"), rule.CISAWS("3.1.1")},
	AppliesTo: func(r rule.Resource) bool {
		return r.Type == bucketPolicyType || isBucket(r) && r.Inputs.Get("policy").State() != rule.Missing
	},
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		var result rule.Result
		at := r.Inputs.Get("policy")
		statements := iamdocument.Statements(at, &result)
		if result.Outcome() == rule.Undetermined && len(statements) == 0 {
			return result
		}
		denied := rule.No
		for _, statement := range statements {
			denied = denied.Or(deniesPlainHTTP(statement))
		}
		switch denied {
		case rule.No:
			result.Fail(at, "denies no request that comes over plain HTTP")
		case rule.Maybe:
			result.Undetermined(at, "may deny plain HTTP: that is known only after deployment")
		}
		return result
	},
	CheckStack: func(stack rule.Stack, _ rule.Env) rule.Result {
		return eachBucket(stack, func(bucket rule.Resource, result *rule.Result) {
			policies, more := ofBucket(bucket, stack, rule.OfType(bucketPolicyType))
			if len(policies) == 0 && bucket.Inputs.Get("policy").State() == rule.Missing {
				missingFrom(bucket, more, "no policy, and so none that denies plain HTTP", result)
			}
		})
	},
}

// deniesPlainHTTP tells whether a statement denies everyone everything on the bucket and
// what is in it, on no other condition than that the request came over plain HTTP.
func deniesPlainHTTP(statement iamdocument.Statement) rule.Truth {
	everyone, everything, objects, bucket := rule.No, rule.No, rule.No, rule.No
	for _, principal := range statement.Principals {
		everyone = everyone.Or(principal.Anyone())
	}
	for _, action := range statement.Actions {
		text, state := action.Text()
		everything = everything.Or(knownTo(state, text == "*" || text == "s3:*"))
	}
	for _, resource := range statement.Resources {
		text, state := resource.Text()
		inside := strings.HasSuffix(text, "/*")
		whole := iamdocument.Unscoped(text) && !inside
		objects = objects.Or(knownTo(state, whole || inside))
		bucket = bucket.Or(knownTo(state, whole || !inside))
	}
	return statement.Allows.Not().And(everyone).And(everything).And(objects).And(bucket).
		And(rule.Is(len(statement.Conditions) == 1)).
		And(statement.Holds("Bool", "aws:SecureTransport", "false"))
}

// knownTo is maybe for a value that is not known.
func knownTo(state rule.State, holds bool) rule.Truth {
	if state != rule.Known {
		return rule.Maybe
	}
	return rule.Is(holds)
}
