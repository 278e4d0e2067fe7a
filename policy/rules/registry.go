package rules

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"coffee-platform/policy/iamdocument"
	"coffee-platform/policy/rule"
)

const (
	ecrLifecycle = "aws:ecr/lifecyclePolicy:LifecyclePolicy"
	ecrScanning  = "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration"
)

var immutableImages = rule.Rule{
	ID:        "g4",
	Name:      "immutable-images",
	Title:     "A tag of an image, once given, stays with it",
	Why:       "where a tag can be moved, what was tested is not what runs",
	Fix:       "set imageTagMutability: IMMUTABLE, without exceptions",
	Severity:  apitype.PolicySeverityHigh,
	Level:     apitype.Mandatory,
	Controls:  []rule.Control{rule.FSBP("ECR.2"), rule.Checkov("CKV_AWS_51"), rule.Trivy("AWS-0031")},
	AppliesTo: rule.OfType(ecrRepository, ecrTemplate),
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		var result rule.Result
		demandText(r.Inputs.Get("imageTagMutability"), "which is MUTABLE", &result, "IMMUTABLE")
		return result
	},
}

var scanImages = rule.Rule{
	ID:       "g5",
	Name:     "scan-images",
	Title:    "Images are scanned when they are pushed",
	Why:      "a known flaw in an image is found before it runs, or by someone else after",
	Fix:      "set imageScanningConfiguration: {scanOnPush: true}, or write an ecr.RegistryScanningConfiguration with a rule",
	Severity: apitype.PolicySeverityHigh,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{rule.FSBP("ECR.1"), rule.CISEKS("5.1.1"), rule.Checkov("CKV_AWS_163"), rule.Trivy("AWS-0030")},
	CheckStack: func(stack rule.Stack, _ rule.Env) rule.Result {
		var result rule.Result
		repositories := stack.OfType(ecrRepository)
		if len(repositories) == 0 {
			return rule.Skip("no repository in the stack")
		}
		all := rule.No
		for _, registry := range stack.OfType(ecrScanning) {
			all = all.Or(scansAll(registry))
		}
		for _, repository := range repositories {
			at := repository.Inputs.Get("imageScanningConfiguration").Only().Get("scanOnPush")
			refuse(at, isOn(at).Or(all).Not(), "is not true, and the registry does not scan either", &result)
		}
		return result
	},
}

// scansAll tells whether a registry scans every repository when something is pushed.
func scansAll(registry rule.Resource) rule.Truth {
	var ignored rule.Result
	at := registry.Inputs.Get("rules")
	if at.State() == rule.Unknown {
		return rule.Maybe
	}
	scans := rule.No
	for _, one := range listed(at, "a list of rules", &ignored) {
		often, state := one.Get("scanFrequency").Text()
		pushed := knownTo(state, often == "SCAN_ON_PUSH" || often == "CONTINUOUS_SCAN")
		filters := one.Get("repositoryFilters")
		if filters.State() == rule.Unknown {
			scans = scans.Or(pushed.And(rule.Maybe))
		}
		for _, filter := range listed(filters, "a list of filters", &ignored) {
			pattern, state := filter.Get("filter").Text()
			scans = scans.Or(pushed.And(knownTo(state, iamdocument.Wildcard(pattern))))
		}
	}
	return scans
}

var endImages = rule.Rule{
	ID:        "g6",
	Name:      "end-images",
	Title:     "Repositories drop old images by themselves, and are not deleted while there are any",
	Why:       "images without an end cost more every month, and a repository deleted with its images takes away what runs",
	Fix:       "write an ecr.LifecyclePolicy for the repository, and leave forceDelete out",
	Severity:  apitype.PolicySeverityLow,
	Level:     apitype.Mandatory,
	Controls:  []rule.Control{rule.FSBP("ECR.3")},
	AppliesTo: rule.OfType(ecrRepository),
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		var result rule.Result
		demandFalse(r.Inputs.Get("forceDelete"), &result)
		return result
	},
	CheckStack: func(stack rule.Stack, _ rule.Env) rule.Result {
		var result rule.Result
		repositories := stack.OfType(ecrRepository)
		if len(repositories) == 0 {
			return rule.Skip("no repository in the stack")
		}
		for _, repository := range repositories {
			policies, more := stack.Referring(repository, "name", "repository", rule.OfType(ecrLifecycle))
			lacks(repository, policies, more, "no lifecycle policy", &result)
		}
		return result
	},
}
