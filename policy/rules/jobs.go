package rules

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"coffee-platform/policy/object"
	"coffee-platform/policy/rule"
)

// Kinds that make Jobs.
const (
	kindJob       = "batch/Job"
	kindCronJob   = "batch/CronJob"
	kindScaledJob = "keda.sh/ScaledJob"
)

// jobSpecs says where each kind keeps the specification of its Jobs.
var jobSpecs = map[string][]string{
	kindJob:       {"spec"},
	kindCronJob:   {"spec", "jobTemplate", "spec"},
	kindScaledJob: {"spec", "jobTargetRef"},
}

var endJobs = rule.Rule{
	ID:        "a7",
	Name:      "end-jobs",
	Title:     "Every Job ends and is cleared away by whoever made it",
	Why:       "a Job without a deadline runs for ever, one without backoffLimit hides that nobody thought about retries, finished Jobs of a schedule pile up, and one that Pulumi owns would be made again if it cleared itself away",
	Fix:       "set activeDeadlineSeconds and backoffLimit; ttlSecondsAfterFinished in a CronJob's jobTemplate, and not on a Job of its own",
	Severity:  apitype.PolicySeverityMedium,
	Level:     apitype.Mandatory,
	AppliesTo: object.Selects(kindJob, kindCronJob, kindScaledJob),
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		var result rule.Result
		for _, o := range object.In(r, &result, kindJob, kindCronJob, kindScaledJob) {
			spec := o.Get(jobSpecs[o.Kind]...)
			requireNumber(spec.Get("activeDeadlineSeconds"), 1, o.Patch, &result)
			requireNumber(spec.Get("backoffLimit"), 0, o.Patch, &result)
			switch o.Kind {
			case kindCronJob:
				requireNumber(spec.Get("ttlSecondsAfterFinished"), 0, o.Patch, &result)
			case kindJob:
				checkStays(spec.Get("ttlSecondsAfterFinished"), &result)
			}
			// KEDA clears the Jobs it makes by successfulJobsHistoryLimit and failedJobsHistoryLimit.
		}
		return result
	},
}

// requireNumber requires a whole number, and that it is no lower than the least.
func requireNumber(at rule.Value, least int64, patch bool, result *rule.Result) {
	number, state := at.Int()
	switch {
	case result.Unreadable(at, state, "a whole number"):
	case state == rule.Missing && patch:
		result.Unpatched(at)
	case state == rule.Missing:
		result.Fail(at, "is not set")
	case number < least:
		result.Fail(at, "is %s, below %d", at.Show(), least)
	}
}

func checkStays(at rule.Value, result *rule.Result) {
	_, state := at.Int()
	if !result.Unreadable(at, state, "a whole number") && state != rule.Missing {
		result.Fail(at, "is %s: Kubernetes would delete the Job, and the next update make and run it again", at.Show())
	}
}
