package rules

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"coffee-platform/policy/rule"
	"coffee-platform/policy/workload"
)

const workerComponent = "worker"

// defaultGraceSeconds is how long Kubernetes waits for a pod that does not say
// (terminationGracePeriodSeconds).
const defaultGraceSeconds = 30

var endPodsGently = rule.Rule{
	ID:       "k4",
	Name:     "end-pods-gently",
	Title:    "Releases replace pods one by one, and pods have the time to finish what they began",
	Why:      "Recreate takes everything down first, a short grace period cuts the work in hand, and a serving pod that stops at once still gets requests from load balancers that have not heard of it",
	Fix:      "use RollingUpdate, set terminationGracePeriodSeconds to what the longest task takes, and a preStop hook on containers that serve",
	Severity: apitype.PolicySeverityLow,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{rule.KubeLinter("no-rolling-update-strategy")},
	Settings: []rule.Setting{
		{Name: "graceSeconds", Description: "Least grace period of any pod that serves.", Default: int64(defaultGraceSeconds)},
		// Dramatiq's shutdown timeout, 600,000 ms, and a minute (docs/image-contract.md).
		{Name: "workerGraceSeconds", Description: "Least grace period of pods of the component worker.", Default: int64(660)},
		// A 5-minute video takes up to 15 minutes (docs/decisions/0003-render-node-pool.md).
		{Name: "renderGraceSeconds", Description: "Least grace period of pods that render.", Default: int64(900)},
	},
	AppliesTo: workload.Selects,
	Check: func(r rule.Resource, env rule.Env) rule.Result {
		return workload.Judge(r, func(pod workload.Pod, result *rule.Result) {
			checkStrategy(pod, result)
			if !runsToItsEnd(pod) {
				checkGrace(pod, env.Settings, result)
				checkPreStop(pod, result)
			}
		})
	},
}

// checkStrategy: what a Deployment calls Recreate is OnDelete, by hand, elsewhere.
func checkStrategy(pod workload.Pod, result *rule.Result) {
	for _, field := range []string{"strategy", "updateStrategy"} {
		at := pod.Owner.Get("spec", field, "type")
		strategy, state := at.Text()
		switch {
		case result.Unreadable(at, state, "a text"):
		case strategy == "Recreate" || strategy == "OnDelete":
			result.Fail(at, "is %s", at.Show())
		}
	}
}

func checkGrace(pod workload.Pod, settings rule.Settings, result *rule.Result) {
	at := pod.Spec.Get("terminationGracePeriodSeconds")
	grace, state := at.Int()
	if result.Unreadable(at, state, "a number of seconds") {
		return
	}
	if state == rule.Missing {
		if pod.Patch {
			result.Unpatched(at)
			return
		}
		grace = defaultGraceSeconds
	}
	component := pod.Metadata.Get("labels", componentLabel)
	for _, class := range []struct {
		applies rule.Truth
		setting string
	}{
		{rule.Yes, "graceSeconds"},
		{is(component, workerComponent, pod.Patch), "workerGraceSeconds"},
		{isRender(pod), "renderGraceSeconds"},
	} {
		if least := settings.Number(class.setting); grace < least {
			report(at, class.applies, "is below what the pod's class demands, "+class.setting, result)
		}
	}
}

// checkPreStop asks the containers that offer a port. A worker's is for metrics: nobody
// waits for its answers, and it has its work from a queue.
func checkPreStop(pod workload.Pod, result *rule.Result) {
	worker := is(pod.Metadata.Get("labels", componentLabel), workerComponent, pod.Patch)
	pod.EachContainer(result, func(container rule.Value) {
		hook := container.Get("lifecycle", "preStop")
		missing := filled(hook).Not()
		if hook.State() == rule.Missing && pod.Patch {
			missing = rule.Maybe
		}
		report(hook, filled(container.Get("ports")).And(worker.Not()).And(missing), "is not set", result)
	}, workload.Containers)
}
