package rules

import (
	"slices"
	"strings"

	"coffee-platform/policy/object"
	"coffee-platform/policy/rule"
)

// balancerControllers make a load balancer of an Ingress of theirs: Auto Mode's, the AWS Load Balancer
// Controller, and the latter as the former annotation calls it.
var balancerControllers = []string{"eks.amazonaws.com/alb", "ingress.k8s.aws/alb", "alb"}

// balancerAnnotation begins the names of all annotations that say how the load balancer of an Ingress is to be
// (https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/).
const balancerAnnotation = "alb.ingress.kubernetes.io/"

// checkIngressBalancer demands of the load balancer that a controller makes of an Ingress what others have to do.
// What a class says counts for all of its Ingresses, whatever their annotations, so that nothing can be told where
// it is not seen. Elsewhere is Maybe when a web ACL may be before the load balancer that no Ingress names.
func checkIngressBalancer(ingress object.Object, class ingressClass, policies []string, elsewhere rule.Truth, result *rule.Result) {
	controller, state := class.controller.Text()
	switch {
	case class.open || state != rule.Known:
		result.Undetermined(ingress.Get("spec", "ingressClassName"), "is no class that this stack says all of, and may make a load balancer of any kind")
	case slices.Contains(balancerControllers, controller):
		ingressBalancer{ingress, class}.check(policies, elsewhere, result)
	}
}

// ingressBalancer is the load balancer of an Ingress, as the Ingress and its class say it is to be.
type ingressBalancer struct {
	object.Object
	class ingressClass
}

func (b ingressBalancer) check(policies []string, elsewhere rule.Truth, result *rule.Result) {
	redirect := b.option("sslRedirectPort", "ssl-redirect")
	report(redirect, b.listens("HTTP").And(b.isNotSet(redirect)), "is not set, and plain HTTP is not sent to HTTPS", result)
	policy := b.option("sslPolicy", "ssl-policy")
	report(policy, b.listens("HTTPS").And(b.isNotOf(policy, policies)), "is no TLS policy of today", result)
	attributes := b.annotation("load-balancer-attributes")
	for _, on := range []string{"routing.http.drop_invalid_header_fields.enabled", "access_logs.s3.enabled"} {
		report(attributes, b.attribute(on, "true").Not(), "do not set "+on, result)
	}
	report(attributes, b.attribute("routing.http.desync_mitigation_mode", "monitor"), "only watch for requests that mislead", result)
	report(b.option("wafv2AclArn", "wafv2-acl-arn"), b.firewall().Or(elsewhere).Not(), "names no firewall", result)
}

// shared tells whether another Ingress may say what this one does not: it is of a group, or a patch that leaves
// as it is what it does not name.
func (b ingressBalancer) shared() bool {
	return b.Patch || b.option("group", "group.name").State() != rule.Missing
}

func (b ingressBalancer) annotation(name string) rule.Value {
	return b.Get("metadata", "annotations", balancerAnnotation+name)
}

// option is what the parameters of the class say, which come first, or else an annotation.
func (b ingressBalancer) option(param, annotation string) rule.Value {
	for _, p := range b.class.params {
		if at := p.Get("spec", param); at.State() != rule.Missing {
			return at
		}
	}
	return b.annotation(annotation)
}

// isNotSet tells whether nobody says something that this Ingress may say.
func (b ingressBalancer) isNotSet(at rule.Value) rule.Truth {
	text, state := at.Text()
	if state == rule.Unknown || text == "" && b.shared() {
		return rule.Maybe
	}
	return rule.Is(text == "")
}

// isNotOf tells whether a text is none of those wanted, as one is not that is not set.
func (b ingressBalancer) isNotOf(at rule.Value, wanted []string) rule.Truth {
	text, _ := at.Text()
	if text == "" {
		return b.isNotSet(at)
	}
	return rule.Is(!slices.Contains(wanted, text))
}

// listens tells whether there is a listener of a protocol. Unless ports are named, there is one of HTTPS if
// certificates are, and else one of HTTP.
func (b ingressBalancer) listens(protocol string) rule.Truth {
	ports, state := b.annotation("listen-ports").Decoded().List()
	switch {
	case state == rule.Missing && !b.Patch:
		encrypted := b.class.certified().Or(b.isNotSet(b.annotation("certificate-arn")).Not())
		if protocol == "HTTPS" {
			return encrypted
		}
		return encrypted.Not()
	case state != rule.Known:
		return rule.Maybe
	}
	listens := rule.No
	for _, port := range ports {
		listens = listens.Or(rule.Is(port.Get(protocol).State() == rule.Known))
	}
	return listens
}

// attribute tells whether an attribute of the load balancer has a value, by the class or else an annotation.
func (b ingressBalancer) attribute(key, want string) rule.Truth {
	text, state := b.annotation("load-balancer-attributes").Text()
	found := rule.Is(state == rule.Unknown || b.shared()).And(rule.Maybe)
	for _, pair := range strings.Split(text, ",") {
		if name, value, _ := strings.Cut(strings.TrimSpace(pair), "="); name == key {
			found = rule.Is(value == want)
		}
	}
	for _, p := range b.class.params {
		items, state := p.Get("spec", "loadBalancerAttributes").List()
		if state == rule.Unknown {
			found = rule.Maybe
		}
		for _, item := range items {
			switch is(item.Get("key"), key, false) {
			case rule.Yes:
				return is(item.Get("value"), want, false)
			case rule.Maybe:
				found = rule.Maybe
			}
		}
	}
	return found
}

// firewall tells whether a web ACL is named, of either generation, by its ARN, id or name.
func (b ingressBalancer) firewall() rule.Truth {
	named := rule.No
	for _, at := range []rule.Value{
		b.option("wafv2AclArn", "wafv2-acl-arn"), b.option("wafv2AclName", "wafv2-acl-name"),
		b.annotation("waf-acl-id"), b.annotation("web-acl-id"),
	} {
		if text, _ := at.Text(); text != "none" {
			named = named.Or(b.isNotSet(at).Not())
		}
	}
	return named
}
