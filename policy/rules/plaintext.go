package rules

import (
	"cmp"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"coffee-platform/policy/object"
	"coffee-platform/policy/plaintext"
	"coffee-platform/policy/rule"
	"coffee-platform/policy/workload"
)

const (
	kindConfigMap = "core/ConfigMap"
	kindSecret    = "core/Secret"
)

var noSecretsInPods = rule.Rule{
	ID:        "h1",
	Name:      "no-secrets-in-pods",
	Title:     "No container has a secret written into its environment or its command",
	Why:       "whoever may read a Deployment reads it there, and so do the state, the audit log and every export",
	Fix:       "keep the secret in Secrets Manager, deliver it by an ExternalSecret and take it with valueFrom.secretKeyRef",
	Severity:  apitype.PolicySeverityCritical,
	Level:     apitype.Mandatory,
	Controls:  []rule.Control{rule.KubeLinter("env-var-secret")},
	AppliesTo: workload.Selects,
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		return workload.Judge(r, func(pod workload.Pod, result *rule.Result) {
			pod.EachContainer(result, func(container rule.Value) {
				checkEnvironment(container.Get("env"), result)
				checkCommand(container, result)
			}, workload.InitContainers, workload.Containers, workload.EphemeralContainers)
		})
	},
}

func checkEnvironment(at rule.Value, result *rule.Result) {
	variables, state := at.List()
	result.Unreadable(at, state, "a list of variables")
	for _, variable := range variables {
		if variable.State() == rule.Unknown {
			result.Undetermined(variable, "is known only after deployment")
			continue
		}
		name, state := variable.Get("name").Text()
		if state == rule.Unknown && variable.Get("value").State() != rule.Missing {
			result.Undetermined(variable.Get("name"), "is known only after deployment")
		}
		checkText(variable.Get("value"), result, func(text string) string { return plaintext.Secret(name, text) })
	}
}

// checkCommand looks at the words of a container's command one after the other: a flag may name what follows it.
func checkCommand(container rule.Value, result *rule.Result) {
	before := ""
	for _, list := range []string{"command", "args"} {
		for _, word := range listed(container.Get(list), "a list of texts", result) {
			checkText(word, result, func(text string) string {
				return cmp.Or(plaintext.Secret("", text), plaintext.Arguments(before, text))
			})
			before, _ = word.Text()
		}
	}
}

// checkText judges a text that anyone may read. One that Pulumi knows to be secret is so
// whatever it is.
func checkText(at rule.Value, result *rule.Result, judge func(string) string) {
	text, state := at.Text()
	_, isBool := at.Bool()
	switch {
	case state == rule.Missing:
	case at.Secret():
		result.Fail(at, "is marked secret")
	case state == rule.Malformed && isBool == rule.Known:
		// Written without quotes. Kubernetes refuses it, and it is no secret.
	case result.Unreadable(at, state, "a text"):
	default:
		if why := judge(text); why != "" {
			result.Fail(at, "%s", why)
		}
	}
}

var noSecretsInConfigMaps = rule.Rule{
	ID:        "h3",
	Name:      "no-secrets-in-config-maps",
	Title:     "No ConfigMap holds a secret",
	Why:       "ConfigMaps are read by everyone who may look into a namespace and are not encrypted like Secrets",
	Fix:       "keep the secret in Secrets Manager and deliver it by an ExternalSecret",
	Severity:  apitype.PolicySeverityHigh,
	Level:     apitype.Mandatory,
	Controls:  []rule.Control{rule.Trivy("KSV-0109"), rule.Trivy("KSV-01010")},
	AppliesTo: object.Selects(kindConfigMap),
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		var result rule.Result
		for _, o := range object.In(r, &result, kindConfigMap) {
			checkFiles(o.Get("data"), func(text string) string { return text }, &result)
			checkFiles(o.Get("binaryData"), plaintext.Decoded, &result)
		}
		return result
	},
}

// checkFiles looks at the files of a ConfigMap, by their names.
func checkFiles(at rule.Value, read func(string) string, result *rule.Result) {
	names, state := at.Keys()
	result.Unreadable(at, state, "an object")
	for _, name := range names {
		checkText(at.Get(name), result, func(text string) string { return plaintext.Secret(name, read(text)) })
	}
}

var deliverSecrets = rule.Rule{
	ID:        "h4",
	Name:      "deliver-secrets",
	Title:     "Secrets are delivered to the cluster, not written by the program",
	Why:       "a Secret the program writes is in the state and in whoever's hands the program is, and is rotated by nobody",
	Fix:       "create an ExternalSecret that refers to the secret in Secrets Manager",
	Severity:  apitype.PolicySeverityHigh,
	Level:     apitype.Mandatory,
	Controls:  []rule.Control{rule.CISEKS("4.4.2")},
	AppliesTo: object.Selects(kindSecret),
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		var result rule.Result
		for _, o := range object.In(r, &result, kindSecret) {
			for _, field := range []string{"data", "stringData"} {
				at := o.Get(field)
				report(at, filled(at), "holds values", &result)
			}
		}
		return result
	},
}
