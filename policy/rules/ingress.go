package rules

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"coffee-platform/policy/object"
	"coffee-platform/policy/rule"
)

const (
	kindIngress      = "networking.k8s.io/Ingress"
	kindIngressOld   = "extensions/Ingress"
	kindIngressClass = "networking.k8s.io/IngressClass"
	// kindClassParams hold what Auto Mode makes load balancers with.
	kindClassParams = "eks.amazonaws.com/IngressClassParams"
	// kindClassParamsOld are those of the AWS Load Balancer Controller.
	kindClassParamsOld = "elbv2.k8s.aws/IngressClassParams"
)

// certificateAnnotation names certificates to the AWS Load Balancer Controller.
const certificateAnnotation = "alb.ingress.kubernetes.io/certificate-arn"

var encryptIngress = rule.Rule{
	ID:        "c18",
	Name:      "encrypt-ingress",
	Title:     "Ingresses have a certificate, and a name that they serve",
	Why:       "without a certificate logins travel in plain text, and an Ingress for any host answers for names that someone else points at it",
	Fix:       "set spec.tls, or certificateARNs on the class's IngressClassParams, and a full host name in every rule",
	Severity:  apitype.PolicySeverityHigh,
	Level:     apitype.Mandatory,
	Controls:  []rule.Control{rule.Gatekeeper("httpsonly"), rule.Gatekeeper("block-wildcard-ingress")},
	AppliesTo: object.Selects(kindIngress, kindIngressOld),
	Check: func(r rule.Resource, _ rule.Env) rule.Result {
		var result rule.Result
		for _, o := range object.In(r, &result, kindIngress, kindIngressOld) {
			checkHosts(o, &result)
			checkOwnCertificate(o, &result)
		}
		return result
	},
	CheckStack: func(stack rule.Stack, _ rule.Env) rule.Result {
		var result rule.Result
		all := object.All(stack, &result, kindIngress, kindIngressOld)
		if len(all) == 0 && result.Outcome() == rule.Passed {
			return rule.Skip("no Ingress in the stack")
		}
		classes := classesOf(stack, &result)
		for _, o := range all {
			certified := ownCertificate(o).Or(classCertificate(o, classes))
			report(o.Get("spec", "tls"), certified.Not(), "is not set, and the Ingress has no certificate by its class either", &result)
		}
		return result
	},
}

func checkHosts(o object.Object, result *rule.Result) {
	backend := o.Get("spec", "defaultBackend")
	if former := o.Get("spec", "backend"); backend.State() == rule.Missing {
		backend = former
	}
	report(backend, filled(backend), "serves every host", result)
	at := o.Get("spec", "rules")
	rules, state := at.List()
	result.Unreadable(at, state, "a list of rules")
	if state == rule.Missing && o.Patch {
		result.Unpatched(at)
	}
	for _, one := range rules {
		at := one.Get("host")
		host, state := at.Text()
		switch {
		case result.Unreadable(at, state, "a host name"):
		case host == "":
			result.Fail(at, "is not set, which serves every host")
		case strings.Contains(host, "*"):
			result.Fail(at, "is %s, which serves hosts that nobody named", at.Show())
		}
	}
}

// checkOwnCertificate fails an Ingress that can have no certificate. One whose class may
// hold it is judged with the whole stack.
func checkOwnCertificate(o object.Object, result *rule.Result) {
	at := o.Get("spec", "tls")
	class := o.Get("spec", "ingressClassName")
	byClass := rule.Is(o.Patch || class.State() != rule.Missing).And(rule.Maybe)
	report(at, ownCertificate(o).Or(byClass).Not(), "is not set", result)
}

func ownCertificate(o object.Object) rule.Truth {
	annotation := o.Get("metadata", "annotations", certificateAnnotation)
	certificate, state := annotation.Text()
	annotated := rule.Is(certificate != "").Or(rule.Is(state == rule.Unknown).And(rule.Maybe))
	return filled(o.Get("spec", "tls")).Or(annotated)
}

// ingressClass is a class of Ingresses, of which a cluster has one or two.
type ingressClass struct {
	name rule.Value
	// certified tells whether its parameters name certificates.
	certified rule.Truth
}

func classesOf(stack rule.Stack, result *rule.Result) []ingressClass {
	params := object.All(stack, result, kindClassParams, kindClassParamsOld)
	var classes []ingressClass
	for _, class := range object.All(stack, result, kindIngressClass) {
		certified := rule.No
		for _, p := range params {
			refers := sameText(class.Get("spec", "parameters", "name"), p.Get("metadata", "name"))
			certified = certified.Or(refers.And(filled(p.Get("spec", "certificateARNs"))))
		}
		classes = append(classes, ingressClass{class.Get("metadata", "name"), certified})
	}
	return classes
}

// classCertificate tells whether an Ingress has its certificates by its class. A class that is not in the stack
// may have some.
func classCertificate(o object.Object, classes []ingressClass) rule.Truth {
	name := o.Get("spec", "ingressClassName")
	if name.State() == rule.Missing {
		return rule.Is(o.Patch).And(rule.Maybe)
	}
	certified, found := rule.No, rule.No
	for _, class := range classes {
		chosen := sameText(name, class.name)
		found, certified = found.Or(chosen), certified.Or(chosen.And(class.certified))
	}
	return certified.Or(found.Not().And(rule.Maybe))
}
