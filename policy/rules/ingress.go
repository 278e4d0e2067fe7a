package rules

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"coffee-platform/policy/object"
	"coffee-platform/policy/rule"
)

const (
	kindIngress    = "networking.k8s.io/Ingress"
	kindIngressOld = "extensions/Ingress"
)

// certificateAnnotation names certificates to the AWS Load Balancer Controller.
const certificateAnnotation = balancerAnnotation + "certificate-arn"

var encryptIngress = rule.Rule{
	ID:        "c18",
	Name:      "encrypt-ingress",
	Title:     "Ingresses have a certificate, and a name that they serve",
	Why:       "without a certificate logins travel in plain text, and an Ingress for any host answers for names that someone else points at it",
	Fix:       "set spec.tls, or the certificates of the class's IngressClassParams (certificateARNs, or certificateArn of elbv2.k8s.aws), and a full host name in every rule",
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
		classes := ingressClassesOf(stack, &result)
		for _, o := range all {
			certified := ownCertificate(o).Or(classes.of(o).certified())
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

// checkOwnCertificate fails an Ingress that can have no certificate: its class is the former annotation's, which
// holds none. One whose class, or the cluster's default one, may hold it is judged with the whole stack.
func checkOwnCertificate(o object.Object, result *rule.Result) {
	former := o.Get("metadata", "annotations", formerClassAnnotation).State()
	byClass := rule.Is(o.Patch || former != rule.Known || o.Get("spec", "ingressClassName").State() != rule.Missing)
	report(o.Get("spec", "tls"), ownCertificate(o).Or(byClass.And(rule.Maybe)).Not(), "is not set", result)
}

func ownCertificate(o object.Object) rule.Truth {
	annotation := o.Get("metadata", "annotations", certificateAnnotation)
	certificate, state := annotation.Text()
	annotated := rule.Is(certificate != "").Or(rule.Is(state == rule.Unknown).And(rule.Maybe))
	return filled(o.Get("spec", "tls")).Or(annotated)
}

// certificatesOf is where parameters of a class name certificates, by their kind
// (https://docs.aws.amazon.com/eks/latest/userguide/auto-configure-alb.html).
var certificatesOf = map[string]string{kindClassParams: "certificateARNs", kindClassParamsOld: "certificateArn"}

// certified tells whether an Ingress has certificates by its class.
func (c ingressClass) certified() rule.Truth {
	certified := rule.Is(c.open).And(rule.Maybe)
	for _, p := range c.params {
		certified = certified.Or(filled(p.Get("spec", certificatesOf[p.Kind])))
	}
	return certified
}
