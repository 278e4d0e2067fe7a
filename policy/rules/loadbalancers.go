package rules

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"coffee-platform/policy/object"
	"coffee-platform/policy/reach"
	"coffee-platform/policy/rule"
)

var (
	// isListener selects listeners of the load balancers that have a type.
	isListener = rule.OfType(reach.BalancerTypes("Listener")...)
	// isTypedBalancer selects application, network and gateway load balancers: all but the classic ones.
	isTypedBalancer       = rule.OfType(reach.BalancerTypes("LoadBalancer")...)
	isFirewallAssociation = rule.OfType("aws:wafv2/webAclAssociation:WebAclAssociation", "aws:wafregional/webAclAssociation:WebAclAssociation")
)

var guardBalancers = rule.Rule{
	ID:    "c19",
	Name:  "guard-load-balancers",
	Title: "Load balancers speak TLS as it is recommended today, drop what is no valid HTTP, keep a record and have a firewall before them",
	Why:   "everything from the internet comes through them: what they let pass everyone behind them has to deal with, and what they do not record nobody knows of",
	Fix: "redirect HTTP to HTTPS, set sslPolicy, dropInvalidHeaderFields: true and accessLogs, and associate a wafv2.WebAcl; " +
		"of an Ingress the class's parameters or annotations say the same: ssl-redirect, ssl-policy, load-balancer-attributes, wafv2-acl-arn",
	Severity: apitype.PolicySeverityHigh,
	Level:    apitype.Mandatory,
	Controls: []rule.Control{
		rule.FSBP("ELB.1"), rule.FSBP("ELB.4"), rule.FSBP("ELB.5"), rule.FSBP("ELB.12"), rule.FSBP("ELB.16"), rule.FSBP("ELB.17"), rule.FSBP("ELB.18"),
		rule.Checkov("CKV_AWS_2"), rule.Checkov("CKV_AWS_91"), rule.Checkov("CKV_AWS_103"), rule.Checkov("CKV_AWS_131"), rule.Checkov("CKV_AWS_328"),
		rule.Trivy("AWS-0047"), rule.Trivy("AWS-0052"), rule.Trivy("AWS-0054"),
	},
	Settings: []rule.Setting{{
		Name:        "tlsPolicies",
		Description: "Security policies that listeners may have.",
		// Those of TLS 1.3, and 1.2 with forward secrecy, that FSBP ELB.17 names or AWS recommends after them
		// (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html).
		Default: []string{
			"ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09", "ELBSecurityPolicy-TLS13-1-3-PQ-2025-09",
			"ELBSecurityPolicy-TLS13-1-2-Res-2021-06", "ELBSecurityPolicy-TLS13-1-3-2021-06", "ELBSecurityPolicy-TLS13-1-2-2021-06",
		},
	}},
	AppliesTo: either(isTypedBalancer, isListener, isClassicBalancer),
	Check: func(r rule.Resource, env rule.Env) rule.Result {
		var result rule.Result
		if isListener(r) {
			checkListener(r, env.Settings.Texts("tlsPolicies"), &result)
			return result
		}
		if isClassicBalancer(r) {
			checkClassicBalancer(r, &result)
			return result
		}
		logs := r.Inputs.Get("accessLogs").Only()
		demandTrue(logs.Get("enabled"), "which is false", &result)
		if isApplication(r) != rule.No {
			demandTrue(r.Inputs.Get("dropInvalidHeaderFields"), "which is false", &result)
			demandText(r.Inputs.Get("desyncMitigationMode"), "", &result, "defensive", "strictest")
		}
		return result
	},
	CheckStack: checkBalancers,
}

// checkBalancers looks at what several resources, or a controller, make a load balancer of.
func checkBalancers(stack rule.Stack, env rule.Env) rule.Result {
	var result rule.Result
	balancers := stack.Select(func(r rule.Resource) bool { return isTypedBalancer(r) && isApplication(r) != rule.No })
	rules := stack.Select(isListenerRule)
	ingresses := object.All(stack, &result, kindIngress, kindIngressOld)
	if len(balancers)+len(rules)+len(ingresses) == 0 && result.Outcome() == rule.Passed {
		return rule.Skip("no application load balancer in the stack")
	}
	for _, balancer := range balancers {
		checkFirewall(balancer, stack, &result)
	}
	checkListenerRules(rules, stack, &result)
	classes, elsewhere := ingressClassesOf(stack, &result), guardsUnseen(stack)
	for _, ingress := range ingresses {
		checkIngressBalancer(ingress, classes.of(ingress), env.Settings.Texts("tlsPolicies"), elsewhere, &result)
	}
	return result
}

// guardsUnseen tells whether a web ACL may be before a load balancer that the stack does not show.
func guardsUnseen(stack rule.Stack) rule.Truth {
	for _, association := range stack.Select(isFirewallAssociation) {
		if len(stack.Referenced(association, "resourceArn", func(rule.Resource) bool { return true })) == 0 {
			return rule.Maybe
		}
	}
	return rule.No
}

// isApplication tells whether a load balancer is one of HTTP, as one is that does not say.
func isApplication(balancer rule.Resource) rule.Truth {
	text, state := balancer.Inputs.Get("loadBalancerType").Text()
	if state == rule.Missing {
		return rule.Yes
	}
	return knownTo(state, text == "application")
}

// checkListener demands TLS of today, or a redirect to it.
func checkListener(r rule.Resource, policies []string, result *rule.Result) {
	at := r.Inputs.Get("protocol")
	protocol, state := at.Text()
	switch {
	case result.Unreadable(at, state, "a string"):
	case protocol == "HTTPS" || protocol == "TLS":
		demandText(r.Inputs.Get("sslPolicy"), "which is one of 2016", result, policies...)
	// One that does not say is of HTTP.
	case protocol == "HTTP" || state == rule.Missing:
		checkRedirect(r.Inputs.Get("defaultActions"), result)
	}
}

// checkRedirect demands that an action of a plain listener sends everybody to HTTPS.
func checkRedirect(at rule.Value, result *rule.Result) {
	redirects := rule.No
	for _, action := range listed(at, "a list of actions", result) {
		kind, state := action.Get("type").Text()
		protocol, known := action.Get("redirect").Only().Get("protocol").Text()
		redirects = redirects.Or(knownTo(state, strings.EqualFold(kind, "redirect")).And(knownTo(known, protocol == "HTTPS")).And(rule.Is(known != rule.Missing)))
	}
	switch {
	case at.State() == rule.Unknown:
	case redirects == rule.No:
		result.Fail(at, "does not send plain HTTP to HTTPS")
	case redirects == rule.Maybe:
		result.Undetermined(at, "may send plain HTTP to HTTPS: that is known only after deployment")
	}
}

// checkFirewall demands a web ACL before a load balancer, whose id is its ARN.
func checkFirewall(balancer rule.Resource, stack rule.Stack, result *rule.Result) {
	found, more := stack.Referring(balancer, "", "resourceArn", isFirewallAssociation)
	if len(found) > 0 {
		return
	}
	missingFrom(balancer, more || isApplication(balancer) == rule.Maybe, "no firewall before it", result)
}

var durableBalancers = rule.Rule{
	ID:        "e11",
	Name:      "durable-load-balancers",
	Title:     "Production load balancers are in two zones and cannot be deleted by accident",
	Why:       "a deleted load balancer takes its name with it, and everything that knew it, and one in a single zone goes with that",
	Fix:       "set enableDeletionProtection: true and subnets of two zones or more",
	Severity:  apitype.PolicySeverityMedium,
	Level:     apitype.Mandatory,
	Tiers:     []rule.Tier{rule.Prod},
	Controls:  []rule.Control{rule.FSBP("ELB.6"), rule.FSBP("ELB.13"), rule.Checkov("CKV_AWS_150")},
	AppliesTo: isTypedBalancer,
	Check: func(r rule.Resource, env rule.Env) rule.Result {
		var result rule.Result
		if !env.GivesUp(r) {
			demandTrue(r.Inputs.Get("enableDeletionProtection"), "which is false", &result)
		}
		// AWS refuses two subnets of one zone.
		at := r.Inputs.Get("subnets")
		if mappings := r.Inputs.Get("subnetMappings"); at.State() == rule.Missing {
			at = mappings
		}
		subnets, state := at.List()
		switch {
		case result.Unreadable(at, state, "a list of subnets"):
		case len(subnets) < 2:
			result.Fail(at, "has %d, and so the load balancer is in fewer than two zones", len(subnets))
		}
		return result
	},
}
